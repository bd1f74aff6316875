/** Signed baselines as a user meets them: options, config file, exit codes, and what is never printed or waited for. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cli/in-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, GROWN, RECORDS, textOf } from '../trust/signed-files.ts';
import { type Ended, evidenceDiff } from './command.ts';

const folder = temporaryFolder();
const CONFIG = 'evidence-diff.config.json';
const ed = (...args: readonly string[]): Promise<Ended> => run(args, { cwd: folder });
/** Likewise, in a process of its own. */
const spawned = (...args: readonly string[]): Ended => evidenceDiff(args, { cwd: folder });
const SIDES = ['baseline.ndjson', 'current.ndjson'] as const;

/** Exit code and headline; the verdict is the first word of it. */
async function compared(...args: readonly string[]): Promise<readonly [number | null, string]> {
  const { status, stdout, stderr } = await ed(...SIDES, ...args);
  return [status, (stdout === '' ? stderr : stdout).split('\n')[0] ?? ''];
}
const untrusted = (kind: string): readonly unknown[] => [3, expect.stringMatching(`^UNTRUSTED: .*${kind}`)];

async function withConfig(config: string, action: () => Promise<unknown>): Promise<void> {
  writeFileSync(join(folder, CONFIG), config);
  try {
    await action();
  } finally {
    rmSync(join(folder, CONFIG));
  }
}

beforeAll(async () => {
  fileOf(folder, SIDES[0], textOf(RECORDS));
  fileOf(folder, SIDES[1], textOf(GROWN));
  expect(spawned('keygen', '--output', 'alice').status).toBe(0);
  for (const name of ['bob', 'mallory']) expect((await ed('keygen', '--output', name)).status).toBe(0);
  expect(spawned('sign', SIDES[0], '--key', 'alice', '--upgrade', '2027.Q2')).toMatchObject({ status: 0, stderr: '' });
  execFileSync('mkfifo', [join(folder, 'pipe'), join(folder, 'piped.ndjson.dsse.json')]);
  copyFileSync(join(folder, SIDES[0]), join(folder, 'piped.ndjson'));
});

describe('a signed baseline', () => {
  it('is believed with the key of its signer, and with no other', async () => {
    expect(spawned(...SIDES, '--trusted-key', 'alice.pub')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^PASS/),
    });
    expect(await compared('--trusted-key', 'mallory.pub')).toEqual(untrusted('key-untrusted'));
    expect((await compared('--trusted-key', 'mallory.pub', '--trusted-key', 'alice.pub'))[0]).toBe(0);
    expect((await compared('--trusted-key', 'alice.pub', '--expect-upgrade', '2027.Q2'))[0]).toBe(0);
    expect(await compared('--trusted-key', 'alice.pub', '--expect-upgrade', '2027.Q1')).toEqual(
      untrusted('subject-mismatch'),
    );
    expect(await compared('--trusted-key', 'alice.pub', '--expect-subject', 'system=prod')).toEqual(
      untrusted('subject-mismatch'),
    );
    expect(await compared('--trusted-key', 'alice.pub', '--expect-subject', 'prod')).toEqual(
      untrusted('subject-mismatch'),
    );
    expect((await compared('--trusted-key', 'alice.pub', '--expect-subject', 'test'))[0]).toBe(0);
    expect(await compared('--max-baseline-age', '1s')).toEqual([3, expect.stringContaining('baseline-stale')]);
  });

  it('keeps the private key for its owner, and never replaces one', async () => {
    expect(statSync(join(folder, 'alice')).mode & 0o777).toBe(0o600);
    const before = readFileSync(join(folder, 'alice'));
    expect(spawned('keygen', '--output', 'alice').status).toBe(64);
    writeFileSync(join(folder, 'half.pub'), 'there already');
    expect((await ed('keygen', '--output', 'half')).status).toBe(64);
    expect(() => statSync(join(folder, 'half'))).toThrow();
    expect(readFileSync(join(folder, 'alice')).equals(before)).toBe(true);
  });

  it('is compared with its roots in the same way: verify-roots', async () => {
    expect(spawned('roots-export', SIDES[0], '--output', 'roots.json').status).toBe(0);
    const roots = ['verify-roots', '--baseline', 'roots.json', SIDES[0], '--trusted-key', 'alice.pub'];
    expect(await ed(...roots)).toMatchObject({ status: 3, stdout: expect.stringMatching(/signature-missing/) });
    expect((await ed('sign', 'roots.json', '--key', 'alice')).status).toBe(0);
    expect(spawned(...roots)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^PASS/) });
    expect(spawned('verify-signature', 'roots.json', '--trusted-key', 'alice.pub').status).toBe(0);
    const text = readFileSync(join(folder, 'roots.json'), 'utf8');
    writeFileSync(join(folder, 'roots.json'), `${text}\n`);
    expect(spawned(...roots)).toMatchObject({ status: 3, stdout: expect.stringMatching(/signature-invalid/) });
    expect(spawned('verify-signature', 'roots.json', '--trusted-key', 'alice.pub').status).toBe(3);
    // The signature of the snapshot is not one of its roots.
    expect((await ed(...roots, '--signature', `${SIDES[0]}.dsse.json`)).status).toBe(3);
  });

  it('as standard input needs a signature that is named', async () => {
    const input = readFileSync(join(folder, SIDES[0]), 'utf8');
    const stdin = (...args: readonly string[]): Promise<Ended> =>
      run(['-', SIDES[1], '--trusted-key', 'alice.pub', ...args], { cwd: folder, input });
    expect(await stdin()).toMatchObject({ status: 3, stdout: expect.stringContaining('name one with --signature') });
    expect((await stdin('--signature', `${SIDES[0]}.dsse.json`)).status).toBe(0);
    const forged = evidenceDiff(['-', SIDES[1], '--trusted-key', 'alice.pub', '--signature', `${SIDES[0]}.dsse.json`], {
      cwd: folder,
      input: input.replace('"n":0', '"n":7'),
    });
    expect(forged.status).toBe(3);
  });

  it('as a database has none beside it', async () => {
    const url = 'postgres://reader@127.0.0.1:1/none';
    const { status, stdout } = await ed(url, SIDES[1], '--trusted-key', 'alice.pub', '--allow-plaintext');
    // What cannot be read comes first: a signature of it is the lesser question.
    expect([status, stdout.split('\n')[0]]).toEqual([3, expect.stringMatching(/^UNTRUSTED: .*source-incomplete/)]);
    expect(stdout).toContain('signature-missing');
  });
});

describe('options that cannot be meant', () => {
  it.each([
    ['--threshold 0', ['--trusted-key', 'alice.pub', '--threshold', '0']],
    ['a threshold above the number of keys', ['--trusted-key', 'alice.pub', '--threshold', '2']],
    ['a threshold that is no number', ['--trusted-key', 'alice.pub', '--threshold', '1e0']],
    ['a threshold without a key', ['--threshold', '1']],
    ['a signature without a key', ['--signature', `${SIDES[0]}.dsse.json`]],
    ['an upgrade without a key', ['--expect-upgrade', '2027.Q2']],
    ['an empty key', ['--trusted-key', '']],
    ['an empty signature', ['--trusted-key', 'alice.pub', '--signature', '']],
    ['an empty upgrade', ['--trusted-key', 'alice.pub', '--expect-upgrade', '']],
    ['an empty age', ['--max-baseline-age', '']],
    ['an age without a unit', ['--max-baseline-age', '7']],
    ['a negative age', ['--max-baseline-age', '-7d']],
    ['an empty subject', ['--expect-subject', '']],
    ['a subject without a member', ['--expect-subject', '=prod']],
    ['a subject twice', ['--expect-subject', 'system=a', '--expect-subject', 'b']],
    ['two signatures', ['--trusted-key', 'alice.pub', '--signature', 'a', '--signature', 'b']],
    ['a report in place of the signature', ['--output', `${SIDES[0]}.dsse.json`, '--format', 'json']],
    ['a report in place of a key', ['--trusted-key', 'alice.pub', '--output', 'alice.pub', '--format', 'json']],
  ])('%s: exit code 64, and nothing is written', async (_, args) => {
    const before = readFileSync(join(folder, `${SIDES[0]}.dsse.json`));
    expect(await ed(...SIDES, ...args)).toMatchObject({ status: 64, stdout: '' });
    expect(readFileSync(join(folder, `${SIDES[0]}.dsse.json`)).equals(before)).toBe(true);
  });

  it('verify-signature without a key, of standard input, and a proof in place of its key', async () => {
    expect(spawned('verify-signature', SIDES[0]).status).toBe(64);
    expect((await ed('verify-signature', '-', '--trusted-key', 'alice.pub')).status).toBe(64);
    const record = ['--tenant', 'acme', '--stream', 'bundles', '--id', 'b000000', '--key', 'alice'];
    const before = readFileSync(join(folder, 'alice'));
    expect((await ed('prove', '--snapshot', SIDES[0], ...record, '--output', 'alice')).status).toBe(64);
    expect(readFileSync(join(folder, 'alice')).equals(before)).toBe(true);
    const growth = ['prove', '--from', SIDES[0], '--to', SIDES[1], '--output', 'p.json', '--with-body'];
    expect((await ed(...growth)).status).toBe(64);
  });
});

describe('the config file', () => {
  const asked = (...args: readonly string[]) => compared('--config', CONFIG, ...args);

  it('names keys that are trusted, also where both sides are files', async () => {
    await withConfig('{ "trustedKeys": ["mallory.pub"] }', async () => {
      expect(await asked()).toEqual(untrusted('key-untrusted'));
      expect((await asked('--trusted-key', 'alice.pub'))[0]).toBe(0);
    });
    await withConfig('{ "trustedKeys": ["alice.pub", "bob.pub"], "signatureThreshold": 2 }', async () => {
      expect(await asked()).toEqual(untrusted('key-untrusted'));
      expect((await asked('--trusted-key', 'alice.pub'))[0]).toBe(64);
      expect((await asked('--threshold', '1'))[0]).toBe(0);
    });
    await withConfig('{ "trustedKeys": ["nowhere.pub"] }', async () =>
      expect(await asked()).toEqual(untrusted('key-untrusted')),
    );
  });

  it('demands a signature where it says so, with keys or without', async () => {
    await withConfig('{ "requireSignature": true }', async () =>
      expect(await asked()).toEqual(untrusted('key-untrusted')),
    );
    await withConfig('{ "signatureThreshold": 2 }', async () =>
      expect(await asked()).toEqual(untrusted('key-untrusted')),
    );
    expect(await compared('--require-signature')).toEqual(untrusted('key-untrusted'));
    expect((await ed(SIDES[1], SIDES[1], '--allow-same', '--require-signature')).stdout).toMatch(
      /^UNTRUSTED.*signature-missing/,
    );
  });

  it.each([
    ['trustedKeys', '{ "trustedKeys": ["mallory.pub"] }'],
    ['signatureThreshold', '{ "signatureThreshold": 1 }'],
    ['requireSignature', '{ "requireSignature": true }'],
    ['gates.cutover.evidenceFailures', '{ "gates": { "cutover": { "evidenceFailures": 9 } } }'],
    ['gates.cutover.queries', '{ "gates": { "cutover": { "queries": { "errorRate": "vector(0)" } } } }'],
  ])('that was merely found here and has %s is a usage error', (member, config) =>
    withConfig(config, async () => {
      const { status, stderr } = await ed(...SIDES, '--trusted-key', 'alice.pub');
      expect(status).toBe(64);
      expect(stderr).toContain(`has ${member}: such a file may name sources and formats alone; give it by --config`);
    }),
  );

  it('that was merely found here may name sources', async () => {
    await withConfig(
      '{ "source": "nowhere.ndjson", "gates": { "cutover": { "metricsUrl": "http://127.0.0.1:1" } } }',
      async () => expect((await compared())[0]).toBe(0),
    );
  });

  it.each([
    '{ "trustedKeys": []',
    '{ "trustedKeys": [] }',
    '{ "trustedkeys": ["alice.pub"] }',
    '{ "requireSignature": false }',
    '',
  ])('that is wrong stops a comparison: %s', (config) =>
    withConfig(config, async () => expect((await compared())[0]).toBe(64)),
  );

  it('that was asked for and is not there stops it, too', async () => {
    expect((await compared('--config', 'nowhere.json'))[0]).toBe(64);
  });
});

describe('files that would never end', () => {
  it('a named pipe as a key, a signature or a proof is refused at once', async () => {
    expect(await compared('--trusted-key', 'pipe')).toEqual(untrusted('key-untrusted'));
    expect(await compared('--trusted-key', 'alice.pub', '--signature', 'pipe')).toEqual(untrusted('signature-missing'));
    const piped = await ed('piped.ndjson', SIDES[1], '--trusted-key', 'alice.pub');
    expect([piped.status, piped.stdout]).toEqual([3, expect.stringContaining('not a regular file')]);
    expect((await ed('piped.ndjson', SIDES[1])).status).toBe(0);
    expect(spawned('sign', SIDES[1], '--key', 'pipe').status).toBe(3);
    expect((await ed('sign', 'piped.ndjson', '--key', 'alice')).status).toBe(2);
    expect(spawned('verify-proof', 'pipe', '--trusted-key', 'alice.pub').status).toBe(2);
    expect((await compared('--consistency-proof', 'pipe'))[0]).toBe(2);
  });

  it('so is a folder, a device, and what is far too long', async () => {
    mkdirSync(join(folder, 'a-folder'), { recursive: true });
    for (const path of ['a-folder', '/dev/zero', '/dev/null']) {
      expect(await compared('--trusted-key', path)).toEqual(untrusted('key-untrusted'));
      expect(await compared('--trusted-key', 'alice.pub', '--signature', path)).toEqual(untrusted('signature-missing'));
      expect((await ed('verify-proof', path, '--trusted-key', 'alice.pub')).status).toBe(2);
    }
  });

  it('a folder of checkpoints that cannot be made is named', () => {
    const signing = ['--key', 'alice', '--state', 'folder.state'];
    const { status, stderr } = spawned('checkpoint', SIDES[0], ...signing, '--output', join(SIDES[0], 'x'));
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^report-write-failed: .*could not make the folder/)]);
  });
});

describe('C11: a private key is printed nowhere', () => {
  const report = join(folder, 'leak.json');
  const CASES: readonly (readonly [string, (pem: string) => readonly string[]])[] = [
    ['1: as a trusted key', () => [...SIDES, '--trusted-key', 'mallory']],
    ['2: likewise, in a JSON report', () => [...SIDES, '--trusted-key', 'mallory', '--format', 'json']],
    // A path that begins with a dash, as a key does, is joined by `=`; without it no path is read.
    ['3: itself as a trusted key', (pem) => [...SIDES, `--trusted-key=${pem}`]],
    ['3b: likewise, not joined', (pem) => [...SIDES, '--trusted-key', pem]],
    ['4: itself, in a report', (pem) => [...SIDES, `--trusted-key=${pem}`, '--output', report]],
    ['5: as a signature', () => [...SIDES, '--trusted-key', 'alice.pub', '--signature', 'mallory']],
    ['6: itself as a signature', (pem) => [...SIDES, '--trusted-key', 'alice.pub', `--signature=${pem}`]],
    ['7: as a baseline', () => ['mallory', SIDES[1]]],
    ['8: as the current side', () => [SIDES[0], 'mallory']],
    ['9: as a config file', () => [...SIDES, '--config', 'mallory']],
    ['10: itself as an argument', (pem) => [pem, SIDES[1]]],
    ['11: itself as one too many', (pem) => [...SIDES, `x${pem}`]],
    ['12: for signing something that is not sound', () => ['sign', 'alice.pub', '--key', 'mallory']],
    ['13: itself for signing', (pem) => ['sign', SIDES[0], `--key=${pem}`]],
    ['13b: likewise, not joined', (pem) => ['sign', SIDES[0], '--key', pem]],
    ['14: as a file to be signed', () => ['sign', 'mallory', '--key', 'alice']],
    ['15: to verify a signature with', () => ['verify-signature', SIDES[0], '--trusted-key', 'mallory']],
    ['16: as a proof', () => ['verify-proof', 'mallory', '--trusted-key', 'alice.pub']],
    ['17: to verify a proof with', () => ['verify-proof', 'mallory', '--trusted-key', 'mallory']],
    [
      '18: itself as the key of a checkpoint',
      (pem) => ['checkpoint', SIDES[0], `--key=${pem}`, '--state', 's', '--output', 'cp'],
    ],
    ['19: cut off in its middle', () => [...SIDES, '--trusted-key', 'cut.key']],
    ['20: as a proof of growth', () => [...SIDES, '--consistency-proof', 'mallory']],
    ['21: as a profile', () => ['profile', 'show', 'mallory']],
    ['22: as the root of a proof', (pem) => ['verify-proof', 'p', `--root=${pem}`]],
  ];

  /** A usage error, a report and a key: also what the start and the end of a process print is looked at. */
  const SPAWNED_TOO: ReadonlySet<string> = new Set(
    CASES.map(([name]) => name).filter((name) => /^(?:4|11|13):/.test(name)),
  );

  it.each(CASES)('%s', async (name, argsOf) => {
    const pem = readFileSync(join(folder, 'mallory'), 'utf8');
    writeFileSync(join(folder, 'cut.key'), pem.slice(0, 80));
    rmSync(report, { force: true });
    const args = argsOf(pem);
    const { status, stdout, stderr } = SPAWNED_TOO.has(name) ? spawned(...args) : await run(args, { cwd: folder });
    expect([0, 70]).not.toContain(status);
    const written = args.includes(report) ? readFileSync(report, 'utf8') : '';
    const told = `${stdout}${stderr}${written}`;
    expect(told).not.toBe('');
    const digits = pem.split('\n')[1] ?? '';
    // The first digits say only that it is an Ed25519 key; all private keys have them.
    for (let at = 20; at + 6 <= digits.length; at++) expect(told).not.toContain(digits.slice(at, at + 6));
  });
});

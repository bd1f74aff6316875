/** prove and verify-proof as users run them: what each exit code stands for. */
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPrivateKey } from '../../src/trust/node-keys.ts';
import { checkpointText, signNote } from '../../src/trust/signed-note.ts';
import { run } from '../cli/in-process.ts';
import { bodies, bundles, chained, trailerOf } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, GROWN, RECORDS, textOf } from '../trust/signed-files.ts';
import { type Ended, evidenceDiff } from './command.ts';
import { refusingModules } from './refusing-modules.ts';

const folder = temporaryFolder();
const ed = (...args: readonly string[]): Promise<Ended> => run(args, { cwd: folder });
/** Likewise, in a process of its own. */
const spawned = (...args: readonly string[]): Ended => evidenceDiff(args, { cwd: folder });
const RECORD = ['--tenant', 'acme', '--stream', 'ledger/1', '--id', 'e2'];
const { globalRoot } = trailerOf(RECORDS);

/** Exit code and the first word of the answer. */
async function checked(...args: readonly string[]): Promise<readonly [number | null, string]> {
  const { status, stdout, stderr } = await ed('verify-proof', ...args);
  return [status, (stdout === '' ? stderr : stdout).split(/[: ]/)[0] ?? ''];
}

function changed(from: string, to: string, change: (text: string) => string): string {
  const text = readFileSync(join(folder, from), 'utf8');
  const other = change(text);
  expect(other).not.toBe(text);
  fileOf(folder, to, other);
  return to;
}

/** A proof as 0.1.0 made it: with a checkpoint of the global root, which is read as ever, and not made any more. */
function noteOf(name: string, root = globalRoot): string {
  const key = readPrivateKey(readFileSync(join(folder, 'alice'), 'utf8'), 'alice');
  const checkpoint = signNote(checkpointText({ origin: 'test', size: 1, root }), 'test', key);
  const proof = JSON.parse(readFileSync(join(folder, 'bare.proof.json'), 'utf8')) as object;
  fileOf(folder, name, JSON.stringify({ ...proof, signed: { checkpoint } }));
  return name;
}

beforeAll(async () => {
  fileOf(folder, 'baseline.ndjson', textOf(RECORDS));
  fileOf(folder, 'current.ndjson', textOf(GROWN));
  fileOf(folder, 'was.ndjson', textOf(RECORDS, {}, 'summary'));
  fileOf(folder, 'is.ndjson', textOf(GROWN, {}, 'summary'));
  for (const name of ['alice', 'bob', 'mallory']) expect((await ed('keygen', '--output', name)).status).toBe(0);
  copyFileSync(join(folder, 'alice.pub'), join(folder, 'alice-again.pub'));
  const proof = await ed(
    'prove',
    '--snapshot',
    'baseline.ndjson',
    ...RECORD,
    '--key',
    'alice',
    '--output',
    'note.proof.json',
  );
  expect(proof).toMatchObject({ status: 0, stdout: expect.stringContaining(`global root ${globalRoot}`) });
  expect((await ed('prove', '--snapshot', 'baseline.ndjson', ...RECORD, '--output', 'bare.proof.json')).status).toBe(0);
  expect((await ed('sign', 'baseline.ndjson', '--key', 'alice', '--key', 'bob')).status).toBe(0);
  const withBody = ['--with-body', '--output', 'signed.proof.json'];
  expect((await ed('prove', '--snapshot', 'baseline.ndjson', ...RECORD, ...withBody)).status).toBe(0);
  const sides = ['--from', 'baseline.ndjson', '--to', 'current.ndjson', '--key', 'alice'];
  expect(spawned('prove', ...sides, '--output', 'growth.proof.json').status).toBe(0);
});

describe('exit code 0: shown, and vouched for', () => {
  it('by a checkpoint, a statement, or a root that is known', async () => {
    expect(await checked('note.proof.json', '--trusted-key', 'alice.pub')).toEqual([0, 'PASS']);
    expect(await checked('signed.proof.json', '--trusted-key', 'bob.pub')).toEqual([0, 'PASS']);
    expect(await checked('bare.proof.json', '--root', globalRoot)).toEqual([0, 'PASS']);
    const asked = ['--root', globalRoot, '--trusted-key', 'alice.pub'];
    expect(await checked('bare.proof.json', ...asked)).toEqual([0, 'PASS']);
    expect(await checked('bare.proof.json', ...asked, '--threshold', '1')).toEqual([3, 'UNTRUSTED']);
    const both = ['--trusted-key', 'alice.pub', '--trusted-key', 'bob.pub', '--threshold', '2'];
    expect(await checked('signed.proof.json', ...both)).toEqual([0, 'PASS']);
    expect(await checked('growth.proof.json', '--trusted-key', 'alice.pub')).toEqual([0, 'PASS']);
  });

  it('and it names the keys, as JSON too, without their bytes', async () => {
    const args = ['note.proof.json', '--trusted-key', 'alice.pub', '--format', 'json'];
    const { vouched } = JSON.parse((await ed('verify-proof', ...args)).stdout);
    for (const { keys } of vouched) expect(keys).toEqual([{ id: expect.any(String), algorithm: 'ed25519' }]);
    expect(vouched.length).toBeGreaterThan(0);
  });

  it('and it says of what', async () => {
    const { stdout } = spawned('verify-proof', 'note.proof.json', '--trusted-key', 'alice.pub');
    expect(stdout).toContain('the record in the proof is number 3 of 4 in stream "ledger/1" of tenant "acme"');
    expect(stdout).toMatch(/signed statement "baseline.ndjson" by the key [0-9a-f]{64} \(ed25519\)/);
    const old = await ed('verify-proof', noteOf('old.json'), '--trusted-key', 'alice.pub');
    expect([old.status, old.stdout]).toEqual([
      0,
      expect.stringMatching(/signed checkpoint "test" by the key [0-9a-f]{64}/),
    ]);
  });
});

describe('exit code 1: the proof does not show what it says', () => {
  it.each<[string, (text: string) => string]>([
    ['another record', (text) => text.replace('"id":"e2"', '"id":"e1"')],
    ['another time', (text) => text.replace('"seq":3', '"seq":4')],
    ['another index', (text) => text.replace('"index":2', '"index":1')],
    ['another head', (text) => text.replace(/"head":"[0-9a-f]{64}"/, `"head":"${'0'.repeat(64)}"`)],
    ['a hash more', (text) => text.replace('"path":[', `"path":["${'0'.repeat(64)}",`)],
    ['another tenant', (text) => text.replaceAll('"tenant":"acme"', '"tenant":"globex"')],
  ])('%s', async (_, change) => {
    expect(await checked(changed('bare.proof.json', 'other.proof.json', change), '--root', globalRoot)).toEqual([
      1,
      'FAIL',
    ]);
  });

  it('a proof is not made of a store that did not grow out of the other', async () => {
    const forged = [...bundles(3), ...chained([{ n: 'forged' }, ...bodies(6).slice(1)])];
    fileOf(folder, 'forged.ndjson', textOf(forged));
    const made = await ed('prove', '--from', 'baseline.ndjson', '--to', 'forged.ndjson', '--output', 'none.proof.json');
    expect([made.status, made.stderr]).toEqual([1, expect.stringMatching(/^FAIL: stream "ledger\/1" of "acme"/)]);
    expect(() => readFileSync(join(folder, 'none.proof.json'))).toThrow();
  });

  it('nor signed for a database, for standard input, or for an upgrade without a key', async () => {
    const record = ['--tenant', 'acme', '--stream', 'ledger/1', '--id', 'e2', '--output', 'none.proof.json'];
    for (const snapshot of ['postgres://reader@127.0.0.1:1/none', '-']) {
      const { status, stderr } = await ed('prove', '--snapshot', snapshot, ...record, '--key', 'alice');
      expect([status, stderr]).toEqual([64, expect.stringContaining('capture one with verify-all')]);
    }
    expect(spawned('prove', '--snapshot', 'baseline.ndjson', ...record, '--upgrade', '2027.Q2').status).toBe(64);
  });

  it('nor of a store that is not sound', () => {
    fileOf(folder, 'unsound.ndjson', textOf(RECORDS).replace('"n":1', '"n":7'));
    const made = spawned('prove', '--snapshot', 'unsound.ndjson', ...RECORD, '--output', 'none.proof.json');
    expect([made.status, made.stderr]).toEqual([1, expect.stringContaining('is not sound')]);
  });
});

describe('exit code 2: it cannot be read, or shows a part', () => {
  it.each<[string, string | (() => string)]>([
    ['a file that is not there', 'nowhere.json'],
    ['a snapshot', 'baseline.ndjson'],
    ['a signature', 'baseline.ndjson.dsse.json'],
    ['a proof that is cut off', () => changed('bare.proof.json', 'cut.json', (text) => text.slice(0, -9))],
    ['a member twice', () => changed('bare.proof.json', 'twice.json', (text) => text.replace('{', '{"version": 1,'))],
    [
      'a member of another version',
      () => changed('bare.proof.json', 'more.json', (text) => text.replace('{', '{"more": 1,')),
    ],
    [
      'an upper-case hash',
      () => changed('bare.proof.json', 'upper.json', (text) => text.replaceAll(globalRoot, globalRoot.toUpperCase())),
    ],
  ])('%s', async (_, file) => {
    const name = typeof file === 'string' ? file : file();
    expect(await checked(name, '--root', globalRoot)).toEqual([2, 'INCOMPLETE']);
  });

  it('a record that is not there, a summary that has none, and a set that grew', async () => {
    const none = ['--tenant', 'acme', '--stream', 'ledger/1', '--id', 'e9', '--output', 'none.proof.json'];
    expect((await ed('prove', '--snapshot', 'baseline.ndjson', ...none)).status).toBe(2);
    expect((await ed('prove', '--snapshot', 'was.ndjson', ...RECORD, '--output', 'none.proof.json')).status).toBe(2);
    fileOf(folder, 'set.ndjson', textOf([...bundles(4), ...chained(bodies(4))]));
    const sides = ['--from', 'baseline.ndjson', '--to', 'set.ndjson', '--key', 'alice'];
    expect((await ed('prove', ...sides, '--output', 'set.proof.json')).status).toBe(0);
    expect(await checked('set.proof.json', '--trusted-key', 'alice.pub')).toEqual([2, 'INCOMPLETE']);
  });
});

describe('exit code 3: nobody who is trusted vouches for it', () => {
  it('no signature, that of another, too few, or a root that is another', async () => {
    expect(await checked('bare.proof.json', '--trusted-key', 'alice.pub')).toEqual([3, 'UNTRUSTED']);
    expect(await checked('bare.proof.json')).toEqual([3, 'UNTRUSTED']);
    expect(await checked('note.proof.json', '--trusted-key', 'mallory.pub')).toEqual([3, 'UNTRUSTED']);
    expect(await checked('bare.proof.json', '--root', '0'.repeat(64))).toEqual([3, 'UNTRUSTED']);
    expect(await checked('note.proof.json', '--trusted-key', 'nowhere.pub', '--root', globalRoot)).toEqual([
      3,
      'UNTRUSTED',
    ]);
    expect(await checked('growth.proof.json', '--root', globalRoot)).toEqual([3, 'UNTRUSTED']);
  });

  it('that of another system or origin, where one is demanded; what was signed is printed always', async () => {
    const key = ['--trusted-key', 'alice.pub'];
    const { stdout } = await ed('verify-proof', 'signed.proof.json', ...key);
    expect(stdout).toContain('signed was the system "test", captured at 2027-03-01T10:00:00.000Z, no upgrade\n');
    expect(await checked('signed.proof.json', ...key, '--expect-subject', 'test')).toEqual([0, 'PASS']);
    expect(await checked('signed.proof.json', ...key, '--expect-subject', 'prod')).toEqual([3, 'UNTRUSTED']);
    expect(await checked('signed.proof.json', ...key, '--expect-origin', 'test')).toEqual([3, 'UNTRUSTED']);
  });

  it('C10: one key in two files is one key, also for a checkpoint', async () => {
    const twice = ['--trusted-key', 'alice.pub', '--trusted-key', 'alice-again.pub', '--threshold', '2'];
    expect(await checked('note.proof.json', ...twice)).toEqual([3, 'UNTRUSTED']);
    expect(await checked(noteOf('old.json'), ...twice)).toEqual([3, 'UNTRUSTED']);
    expect(await checked('signed.proof.json', ...twice)).toEqual([3, 'UNTRUSTED']);
  });

  it('a checkpoint that is changed, and that of another root', async () => {
    const size = (text: string): string => text.replace('test\\n1\\n', 'test\\n2\\n');
    noteOf('old.json');
    const key = ['--trusted-key', 'alice.pub'];
    expect(await checked(changed('old.json', 'size.json', size), ...key)).toEqual([3, 'UNTRUSTED']);
    expect(await checked(noteOf('stolen.json', trailerOf(GROWN).globalRoot), ...key)).toEqual([3, 'UNTRUSTED']);
  });
});

describe('the command line', () => {
  it.each([
    ['no file', []],
    ['a root that is none', ['bare.proof.json', '--root', 'abc']],
    ['a root in upper case', ['bare.proof.json', '--root', globalRoot.toUpperCase()]],
    ['an empty root', ['bare.proof.json', '--root', '']],
    ['a signature', ['bare.proof.json', '--trusted-key', 'alice.pub', '--signature', 'x']],
    ['a threshold without a key', ['bare.proof.json', '--threshold', '1']],
    ['a subject without a key', ['bare.proof.json', '--root', globalRoot, '--expect-subject', 'test']],
    ['an origin without a key', ['bare.proof.json', '--root', globalRoot, '--expect-origin', 'test']],
    ['an empty origin', ['bare.proof.json', '--trusted-key', 'alice.pub', '--expect-origin', '']],
    ['a subject without a member', ['bare.proof.json', '--trusted-key', 'alice.pub', '--expect-subject', '=x']],
    ['a threshold above the keys', ['bare.proof.json', '--trusted-key', 'alice.pub', '--threshold', '2']],
  ])('with %s is wrong: exit code 64', async (_, args) => {
    expect((await ed('verify-proof', ...args)).status).toBe(64);
  });

  it('that is wrong is so in a process of its own, too', () => {
    expect(spawned('verify-proof', 'bare.proof.json', '--root', 'abc').status).toBe(64);
  });
});

describe('verify-proof', () => {
  const args = ['verify-proof', 'signed.proof.json', '--trusted-key', 'alice.pub'];

  it('loads no schema library, no source, no renderer of reports, and nothing that compares', () => {
    const env = refusingModules([
      '/node_modules/zod/',
      '/chunks/comparison-',
      '/chunks/open-',
      '/chunks/text-',
      '/dist/index.js',
    ]);
    expect(evidenceDiff(args, { cwd: folder, env })).toMatchObject({ status: 0, stderr: '' });
  });

  it('would be caught loading one', () => {
    const { status, stderr } = evidenceDiff(args, { cwd: folder, env: refusingModules(['/chunks/voucher-']) });
    expect([status, stderr]).toEqual([70, expect.stringContaining('loaded file:')]);
  });

  it('names every key that cannot be used', () => {
    const keys = ['nowhere.pub', 'alice', 'alice.pub'].flatMap((name) => ['--trusted-key', name]);
    const { status, stdout } = spawned('verify-proof', 'note.proof.json', ...keys);
    expect(status).toBe(3);
    expect(stdout.split('\n').filter((line) => line.startsWith('key-untrusted: '))).toEqual([
      'key-untrusted: nowhere.pub: there is no such file',
      expect.stringMatching(/^key-untrusted: alice: it is a private key/),
    ]);
  });
});

describe('--consistency-proof', () => {
  const summaries = async (...args: readonly string[]): Promise<number | null> =>
    (await ed('was.ndjson', 'is.ndjson', ...args)).status;

  it('lets two summaries pass where chains only grew, and without it the comparison is INCOMPLETE', async () => {
    expect(await summaries()).toBe(2);
    expect(await summaries('--consistency-proof', 'growth.proof.json')).toBe(0);
  });

  it('does not help a history that was made anew', async () => {
    const forged = [...bundles(3), ...chained([{ n: 'forged' }, ...bodies(6).slice(1)])];
    fileOf(folder, 'forged-is.ndjson', textOf(forged, {}, 'summary'));
    expect((await ed('was.ndjson', 'forged-is.ndjson', '--consistency-proof', 'growth.proof.json')).status).toBe(2);
    fileOf(folder, 'forged-full.ndjson', textOf(forged));
    const full = await ed('was.ndjson', 'forged-full.ndjson', '--consistency-proof', 'growth.proof.json');
    expect([full.status, full.stdout]).toEqual([1, expect.stringContaining('history-not-prefix')]);
  });

  it('that proves a record, or cannot be read, is named: exit code 2', async () => {
    for (const file of ['bare.proof.json', 'nowhere.json', 'was.ndjson']) {
      expect(await summaries('--consistency-proof', file)).toBe(2);
    }
    expect(await summaries('--consistency-proof', '')).toBe(64);
    expect(await summaries('--consistency-proof', 'growth.proof.json', '--output', 'growth.proof.json')).toBe(64);
  });
});

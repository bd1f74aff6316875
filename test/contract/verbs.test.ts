/** What every verb of the registry does, new ones as well: help, an example that works, JSON, and usage errors. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { flagOf } from '../../src/cli/options/define.ts';
import { compareVerb, VERBS } from '../../src/cli/verbs/index.ts';
import { run } from '../cli/in-process.ts';
import type { Ended } from '../e2e/command.ts';
import { ROOT } from '../e2e/documents.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const prepared = join(folder, 'prepared');
let cwd = prepared;
const ed = (...args: readonly string[]): Promise<Ended> => run(args, { cwd });

/** What the examples find in the folder where they are run, each made by the command itself. */
const BEFORE: readonly (readonly string[])[] = [
  ['keygen', '--output', 'evidence.key'],
  ['verify-all', 'baseline.json', '--output', 'baseline.ndjson'],
  ['sign', 'baseline.ndjson', '--key', 'evidence.key', '--upgrade', '2027.Q2'],
  ['roots-export', 'current.json', '--output', 'roots.json'],
  ['baseline.json', 'current.json', '--output', 'continuity.json'],
  ['attest', 'continuity.json', '--key', 'evidence.key', '--output', 'continuity.sigstore.json'],
  ['export', 'baseline.json', '--output', 'evidence-bundles'],
  ['verify-all', 'baseline.json', '--shard', '0/2', '--output', 'shard-0.ndjson'],
  ['verify-all', 'baseline.json', '--shard', '1/2', '--output', 'shard-1.ndjson'],
  [
    ...['prove', '--snapshot', 'baseline.ndjson', '--tenant', 'acme', '--stream', 'evidence-locker/bundles'],
    ...['--id', 'sbom:ledger-ui', '--output', 'sbom.proof.json'],
  ],
];

/** Exit codes that are not 0: the quick start is older than a gate lets through. */
const CODE_OF: Readonly<Record<string, number>> = { gate: 2 };

/** The same of an example: a store that grew does not hold in frozen mode. */
const CODE_OF_EXAMPLE: Readonly<Record<string, number>> = { ...CODE_OF, compare: 1, explain: 1 };

/** What an example makes must not be there. */
const MAKES: Readonly<Record<string, readonly string[]>> = {
  keygen: ['evidence.key', 'evidence.key.pub'],
  export: ['evidence-bundles'],
};

/** A command line of each verb that prints its result, without the name and `--format json`. */
const PRINTS: Readonly<Record<string, readonly string[]>> = {
  compare: ['baseline.json', 'current.json'],
  'verify-all': ['baseline.json', '--output', 'again.ndjson'],
  snapshot: ['show', '00000003-0000001B-1@2027-03-01T10:00:00.000Z@0/16B3748@0123456789abcdef'],
  merge: ['shard-0.ndjson', 'shard-1.ndjson', '--output', 'again.ndjson'],
  export: ['baseline.json', '--output', 'again'],
  import: ['sboms.json', '--records', '/sboms', '--map', 'id=/serialNumber', '--output', 'again.ndjson'],
  'verify-bundle': ['evidence-bundles'],
  stats: ['baseline.json'],
  'roots-export': ['baseline.json'],
  'audit-report': ['current.json', '--since', '2027-03-01'],
  'digest-index': ['baseline.json', '--output', 'other.index'],
  migrate: ['--dry-run', '--baseline', 'baseline.json', 'current.json'],
  explain: ['baseline.json', 'current.json'],
  'reindex-check': ['--baseline', 'baseline.json', 'current.json'],
  'verify-continuity': ['--baseline', 'baseline.json', 'current.json'],
  'verify-roots': ['--baseline', 'roots.json', 'current.json'],
  keygen: ['--output', 'other.key'],
  sign: ['baseline.ndjson', '--key', 'evidence.key', '--upgrade', '2027.Q2'],
  'verify-signature': ['baseline.ndjson', '--trusted-key', 'evidence.key.pub'],
  attest: ['continuity.json', '--key', 'evidence.key', '--output', 'again.sigstore.json'],
  'verify-verdict': ['continuity.sigstore.json', '--trusted-key', 'evidence.key.pub'],
  checkpoint: ['baseline.ndjson', '--key', 'evidence.key', '--state', 'other.state', '--output', 'other-checkpoints'],
  timestamp: ['baseline.ndjson'],
  witness: ['verify', 'cosigned.checkpoint', '--witness-policy', 'witnesses.policy'],
  prove: ['--from', 'baseline.json', '--to', 'current.json', '--output', 'growth.proof.json'],
  'verify-proof': ['sbom.proof.json', '--trusted-key', 'evidence.key.pub'],
  init: ['sboms-before.json'],
  profile: ['list'],
  'cross-check': ['baseline.json'],
  gate: ['cutover', '--report', 'continuity.json', '--metrics-file', 'metrics.prom'],
  journal: ['append', 'other.journal', '--upgrade', 'u', '--step', '1', '--type', 'step'],
  schema: ['record'],
  completion: ['zsh'],
  man: [],
};

/** What the command lines of `PRINTS` make, and would not make a second time. */
const AGAIN: Readonly<Record<string, readonly string[]>> = {
  export: ['again'],
  keygen: ['other.key', 'other.key.pub'],
};

/** What these print is a script of a shell or roff, for programs that read no JSON: they have no option at all. */
const WITHOUT_JSON: ReadonlySet<string> = new Set(['completion', 'man']);

beforeAll(async () => {
  cpSync(join(ROOT, 'fixtures/quickstart'), prepared, { recursive: true });
  // No clock must be past the year of the quick start: of a side from the future no report is read again.
  for (const name of ['baseline.json', 'current.json']) {
    const text = readFileSync(join(prepared, name), 'utf8');
    writeFileSync(join(prepared, name), text.replace(/("capturedAt": ?")2027/, '$12026'));
  }
  writeFileSync(join(prepared, 'metrics.prom'), '# none\n');
  writeFileSync(join(prepared, 'sboms.json'), '{"sboms":[{"serialNumber":"urn:uuid:1"}]}');
  for (const args of BEFORE) expect(await ed(...args)).toMatchObject({ status: 0, stderr: '' });
  const signing = ['--key', 'evidence.key', '--state', 'watched.state', '--output', 'watched', '--format', 'json'];
  const [log] = JSON.parse((await ed('checkpoint', 'baseline.ndjson', ...signing)).stdout).written;
  cpSync(join(prepared, log.path), join(prepared, 'cosigned.checkpoint'));
  writeFileSync(join(prepared, 'witnesses.policy'), `log ${log.verifierKey}\nquorum none\n`);
});

/** Each test has the folder as it was: what one makes would be in the way of another. */
beforeEach(() => {
  cwd = mkdtempSync(join(folder, 'run-'));
  cpSync(prepared, cwd, { recursive: true });
});

/** The help may have made the example what it likes: it is run as it stands there. */
async function exampleOf(name: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await ed(...name, '--help');
  return /Example:\n {2}evidence-diff (.*)\n/.exec(stdout)?.[1]?.split(' ') ?? [];
}

describe.each([compareVerb, ...VERBS].map(({ name, load }) => [name, load] as const))('%s', (name, load) => {
  const verb = name === compareVerb.name ? [] : [name];
  const args = [...verb, ...(PRINTS[name] ?? [])];
  const [misspelt, meant] = WITHOUT_JSON.has(name) ? ['--hlep', '--help'] : ['--fromat', '--format'];

  it('has a help that names its options, with an example that works', async () => {
    const { stdout } = await ed(...verb, '--help');
    for (const option of Object.keys((await load()).verb.options)) {
      expect(stdout).toMatch(new RegExp(`--(?:no-)?${flagOf(option).slice(2)}\\b`));
    }
    const example = await exampleOf(verb);
    for (const made of MAKES[name] ?? []) rmSync(join(cwd, made), { recursive: true });
    expect(example.length).toBeGreaterThan(0);
    const { status, stderr } = await ed(...example);
    expect(status, stderr).toBe(CODE_OF_EXAMPLE[name] ?? 0);
  });

  it.runIf(WITHOUT_JSON.has(name))('has no options, and prints what it says there is', async () => {
    expect((await load()).verb.options).toEqual({});
    const { status, stdout, stderr } = await ed(...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^(?:#compdef evidence-diff|\.TH EVIDENCE)/);
  });

  it.skipIf(WITHOUT_JSON.has(name))('--format json prints one object', async () => {
    expect(PRINTS).toHaveProperty([name]);
    const { status, stdout, stderr } = await ed(...args, '--format', 'json');
    expect(status, stderr).toBe(CODE_OF[name] ?? 0);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(stdout.endsWith('}\n')).toBe(true);
    // A JSON Schema is none of our documents; a record of the journal says what it is of by its stream.
    if (!['schema', 'journal'].includes(name)) expect(result).toMatchObject({ kind: expect.any(String), version: 1 });
  });

  const PRINTED = { status: 2, stdout: '' };

  it('standard output that fails is exit code 2, and nothing says PASS or proceed', async () => {
    const { stderr, ...ended } = await run(args, { cwd, stdoutFails: 'ENOSPC' });
    expect(ended, stderr).toEqual(PRINTED);
    expect(stderr).not.toMatch(/^(?:PASS|proceed)/m);
    expect(stderr).toMatch(/^report-write-failed: standard output: could not be written \(ENOSPC\)/m);
  });

  it.skipIf(WITHOUT_JSON.has(name))(
    'the same with --format json ends standard error with one JSON object',
    async () => {
      for (const stdoutFails of ['ENOSPC', 'EPIPE']) {
        const { stderr, ...ended } = await run([...args, '--format', 'json'], { cwd, stdoutFails });
        expect(ended, stderr).toEqual(PRINTED);
        const told = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
        expect(told).toMatchObject({ error: { kind: 'report-write-failed' }, exitCode: 2 });
        expect([undefined, 'INCOMPLETE']).toContain(told['verdict']);
        for (const made of AGAIN[name] ?? []) rmSync(join(cwd, made), { recursive: true, force: true });
      }
    },
  );

  it('an unknown option is a usage error that names the near miss', async () => {
    const { status, stdout, stderr } = await ed(...args, misspelt, 'json');
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(`error: unknown option '${misspelt}'; did you mean ${meant}?\nTry 'evidence-diff `);
  });

  it.each([[['--format', 'json']], [['--format=json']]])(
    'a usage error with %j is one JSON object on standard error',
    async (json) => {
      const { status, stdout, stderr } = await ed(...args, misspelt, ...json);
      expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
      expect(stderr.match(/\n/g)).toHaveLength(1);
      expect(JSON.parse(stderr)).toEqual({
        error: {
          kind: 'usage',
          message: `unknown option '${misspelt}'; did you mean ${meant}?`,
          hint: `Try 'evidence-diff ${verb.map((word) => `${word} `).join('')}--help'.`,
        },
        exitCode: 64,
      });
    },
  );
});

describe('--progress=json', () => {
  it('is one object a line on standard error, and takes no argument away', async () => {
    const { status, stderr } = await ed('--progress=json', 'baseline.json', 'current.json');
    expect(status).toBe(0);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line)).at(-1)).toEqual({
      phase: 'writing',
      records: expect.any(Number),
      share: expect.toSatisfy((share) => share === null || (share >= 0 && share <= 1)),
      secondsLeft: expect.toSatisfy((left) => left === null || left >= 0),
    });
  });

  it('is undone by --no-progress after it', async () => {
    expect((await ed('baseline.json', 'current.json', '--progress=json', '--no-progress')).stderr).toBe('');
  });

  it('of another kind is a usage error', async () => {
    expect(await ed('baseline.json', 'current.json', '--progress=xml')).toMatchObject({ status: 64, stdout: '' });
  });
});

it('a fault that ends a run is JSON as well, and says its exit code', async () => {
  const { status, stdout, stderr } = await ed('keygen', '--output', 'evidence.key', '--format', 'json');
  expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
  expect(JSON.parse(stderr)).toMatchObject({ error: { kind: 'usage' }, exitCode: 64 });
  const broken = await ed(
    'checkpoint',
    'nowhere.json',
    ...['--key', 'baseline.json', '--state', 's', '--output', 'c', '--format=json'],
  );
  expect(JSON.parse(broken.stderr)).toMatchObject({ error: { kind: 'key-untrusted' }, exitCode: broken.status });
});

describe('without a result, --format json prints one JSON object on standard error', () => {
  const cut = async (): Promise<void> => {
    const baseline = readFileSync(join(cwd, 'baseline.ndjson'), 'utf8');
    writeFileSync(join(cwd, 'cut.ndjson'), baseline.slice(0, baseline.length / 2));
    writeFileSync(join(cwd, 'unsound.ndjson'), baseline.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${'1'.repeat(64)}"`));
    const entry = ['journal', 'append', 'a.journal', '--upgrade', 'u', '--step', '1', '--type', 'step'];
    expect((await ed(...entry)).status).toBe(0);
    writeFileSync(
      join(cwd, 'a.journal'),
      readFileSync(join(cwd, 'a.journal'), 'utf8').replace('"step":"1"', '"step":"2"'),
    );
    writeFileSync(join(cwd, 'empty.journal'), '');
  };

  it.each([
    [['stats', 'cut.ndjson'], 2, 'input-truncated'],
    [['stats', 'unsound.ndjson'], 1, 'chain-genesis-changed'],
    [['stats', 'nowhere.json'], 2, 'source-incomplete'],
    [['roots-export', 'cut.ndjson'], 2, 'input-truncated'],
    [['roots-export', 'unsound.ndjson'], 1, 'chain-genesis-changed'],
    [['journal', 'verify', 'a.journal'], 1, 'hash-mismatch'],
    [['journal', 'show', 'a.journal'], 1, 'hash-mismatch'],
    [['journal', 'verify', 'empty.journal'], 2, 'input-truncated'],
    [['journal', 'append', 'a.journal', '--step', '2', '--type', 'step'], 1, 'hash-mismatch'],
  ])('%j', async (args, code, kind) => {
    await cut();
    const { stderr, ...ended } = await ed(...args, '--format', 'json');
    expect(ended, stderr).toEqual({ status: code, stdout: '' });
    expect(stderr.match(/\n/g)).toHaveLength(1);
    const verdict = code === 1 ? 'FAIL' : 'INCOMPLETE';
    expect(JSON.parse(stderr)).toMatchObject({ error: { kind, message: expect.any(String) }, verdict, exitCode: code });
  });
});

it.each(['stats', 'roots-export'])('%s without a result has no password in its JSON', async (verb) => {
  const { status, stderr } = await ed(verb, './me:canary9@nowhere.json', '--format', 'json');
  expect(status).toBe(2);
  expect(JSON.parse(stderr).findings).toHaveLength(1);
  expect(stderr).toContain('me:***@nowhere.json');
  expect(stderr).not.toContain('canary9');
});

/** A demand on a baseline is heeded by every verb that has one: none says that all is well of another file. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compareVerb, loadVerbs } from '../../src/cli/verbs/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, GROWN, RECORDS, textOf } from '../trust/signed-files.ts';
import { run } from './in-process.ts';

const cwd = temporaryFolder();
const OUTPUT = 'made';
const RECORD = ['--tenant', 'acme', '--stream', 'ledger/1', '--id', 'e2', '--output', OUTPUT];

/** One run of each verb that has a baseline; all is well without a demand. */
const RUNS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  compare: [['was.ndjson', 'is.ndjson']],
  'verify-continuity': [['--baseline', 'was.ndjson', 'is.ndjson']],
  'verify-roots': [['--baseline', 'roots.json', 'was.ndjson']],
  'audit-report': [['--since', '2026-01-01', '--baseline', 'was.ndjson', 'is.ndjson']],
  'reindex-check': [['--baseline', 'was.ndjson', 'is.ndjson']],
  explain: [['was.ndjson', 'is.ndjson']],
  prove: [
    ['--from', 'was.ndjson', '--to', 'is.ndjson', '--output', OUTPUT],
    ['--snapshot', 'was.ndjson', ...RECORD],
  ],
  migrate: [['--dry-run', '--baseline', 'was.ndjson', 'is.ndjson']],
};

/** What is demanded of a baseline of `migrate` besides its digest, the signature of the migration says. */
const DIGEST_ALONE: ReadonlySet<string> = new Set(['migrate']);

const digestOf = (name: string): string =>
  `sha256:${createHash('sha256')
    .update(readFileSync(join(cwd, name)))
    .digest('hex')}`;

beforeAll(async () => {
  fileOf(cwd, 'was.ndjson', textOf(RECORDS));
  fileOf(cwd, 'is.ndjson', textOf(GROWN));
  for (const key of ['k', 'other']) await run(['keygen', '--output', key], { cwd });
  expect((await run(['sign', 'was.ndjson', '--key', 'k'], { cwd })).status).toBe(0);
  expect((await run(['roots-export', 'was.ndjson', '--output', 'roots.json'], { cwd })).status).toBe(0);
  expect((await run(['sign', 'roots.json', '--key', 'k'], { cwd })).status).toBe(0);
});

let before: readonly string[] = [];
beforeEach(() => {
  before = readdirSync(cwd);
});

it('is known of every verb that has a baseline', async () => {
  const verbs = [(await compareVerb.load()).verb, ...(await loadVerbs())];
  const names = verbs.flatMap((verb) => {
    const words = Object.keys({ ...verb.arguments, ...verb.options });
    return words.includes('baseline') || words.includes('from') || verb.name === 'explain' ? [verb.name] : [];
  });
  expect(names.sort()).toEqual(Object.keys(RUNS).sort());
});

const LINES = Object.entries(RUNS).flatMap(([name, runs]) => runs.map((words) => [name, words] as const));

describe.each(LINES)('%s %j', (name, words) => {
  const verb = name === 'compare' ? [] : [name];
  const ed = (...more: readonly string[]) => run([...verb, ...words, ...more], { cwd });
  const file = words.find((word) => ['was.ndjson', 'roots.json'].includes(word)) ?? '';

  /** Nothing is proven of what is not believed, and nothing is left of the attempt. */
  async function expectUntrusted(says: string, ...more: readonly string[]): Promise<void> {
    const { status, stdout, stderr } = await ed(...more);
    expect([status, `${stdout}${stderr}`]).toEqual([3, expect.stringContaining(says)]);
    expect(readdirSync(cwd)).toEqual(before);
    expect(existsSync(join(cwd, OUTPUT))).toBe(false);
  }

  async function expectWell(...more: readonly string[]): Promise<void> {
    const { status, stderr } = await ed(...more);
    expect([status, stderr]).toEqual([0, '']);
    if (!words.includes(OUTPUT)) return;
    const { rmSync } = await import('node:fs');
    rmSync(join(cwd, OUTPUT));
  }

  it('has the digest that is demanded, or is not believed', async () => {
    await expectWell('--expect-digest', digestOf(file));
    await expectUntrusted('expected ', '--expect-digest', digestOf('is.ndjson'));
  });

  it.skipIf(DIGEST_ALONE.has(name))('is of whom and signed by whom is demanded, or is not believed', async () => {
    await expectWell('--trusted-key', 'k.pub');
    await expectUntrusted('key', '--trusted-key', 'other.pub');
    await expectUntrusted('signature', '--require-signature');
    await expectUntrusted('another-system', '--expect-subject', 'another-system');
  });

  it.runIf(name === 'prove' || name === 'explain')('is not believed where its bytes were not all read', async () => {
    const { status } = await run(
      [...verb, ...words.map((word) => (word === file ? 'nowhere.ndjson' : word)), '--expect-digest', digestOf(file)],
      { cwd },
    );
    expect(status).toBe(3);
  });
});

it('explain of one side alone says what it takes', async () => {
  const { status, stderr } = await run(['explain', 'was.ndjson'], { cwd });
  expect([status, stderr]).toEqual([
    2,
    expect.stringMatching(/report of a comparison, or both sides: evidence-diff explain BASELINE/),
  ]);
});

describe('a demand that nothing can be held to', () => {
  it('is refused of a report', async () => {
    await run(['was.ndjson', 'is.ndjson', '--output', 'report.json'], { cwd });
    for (const demand of [
      ['--expect-digest', digestOf('was.ndjson')],
      ['--trusted-key', 'k.pub'],
    ]) {
      const { status, stderr } = await run(['explain', 'report.json', ...demand], { cwd });
      expect([status, stderr]).toEqual([64, expect.stringContaining(`${demand[0]} is for two sources`)]);
    }
  });

  it('of a key in the config file is heeded, too', async () => {
    fileOf(cwd, 'keys.json', JSON.stringify({ trustedKeys: ['other.pub'], requireSignature: true }));
    for (const words of [
      ['explain', 'was.ndjson', 'is.ndjson'],
      ['prove', '--snapshot', 'was.ndjson', ...RECORD],
    ])
      expect((await run([...words, '--config', 'keys.json'], { cwd })).status).toBe(3);
  });

  it('is no output: a key that is read is not replaced by a proof', async () => {
    const words = ['prove', '--snapshot', 'was.ndjson', ...RECORD.slice(0, -1), 'k.pub', '--trusted-key', 'k.pub'];
    const { status, stderr } = await run(words, { cwd });
    expect([status, stderr]).toEqual([64, expect.stringContaining('k.pub')]);
  });
});

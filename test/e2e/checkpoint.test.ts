/** checkpoint as users run it: what is refused, what a crash leaves behind, and several processes at once. */
import { existsSync, linkSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cli/in-process.ts';
import { bundles, chained } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, GROWN, RECORDS, textOf } from '../trust/signed-files.ts';
import { type Ended, evidenceDiff, start } from './command.ts';

const folder = temporaryFolder();
const ed = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  run(args, { cwd: folder, env });
const spawned = (args: readonly string[], env: Readonly<Record<string, string>>): Ended =>
  evidenceDiff(args, { cwd: folder, env });
const signing = (store: string, ...more: readonly string[]): readonly string[] => [
  '--key',
  'alice',
  '--state',
  `${store}.state`,
  '--output',
  store,
  ...more,
];
const sign = (source: string, store: string, ...more: readonly string[]): Promise<Ended> =>
  ed(['checkpoint', source, ...signing(store, ...more)]);
const notesOf = (store: string): readonly string[] =>
  existsSync(join(folder, store))
    ? readdirSync(join(folder, store)).map((name) => readFileSync(join(folder, store, name), 'utf8'))
    : [];
const stateOf = (store: string): string => readFileSync(join(folder, `${store}.state`), 'utf8');

beforeAll(async () => {
  expect((await ed(['keygen', '--output', 'alice'])).status).toBe(0);
  fileOf(folder, 'baseline.ndjson', textOf(RECORDS));
  fileOf(folder, 'current.ndjson', textOf(GROWN));
  const other = chained([{ n: 'other' }, { n: 'history' }]);
  fileOf(folder, 'other.ndjson', textOf([...bundles(3), ...other]));
  fileOf(folder, 'sets.ndjson', textOf(bundles(3)));
});

describe('the command line', () => {
  it('that 0.1.0 took is answered with what to do: a global root is no growing log', async () => {
    const { status, stdout, stderr } = await ed(['checkpoint', 'baseline.ndjson', '--key', 'alice', '--output', 'old']);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toContain('checkpoint needs --state FILE');
    expect(stderr).toContain('state them in a signature, evidence-diff sign FILE --key K');
    expect(existsSync(join(folder, 'old'))).toBe(false);
  });

  it.each([
    ['an attempt of 0', ['baseline.ndjson', ...signing('x', '--attempt', '0')]],
    ['an attempt that is no number', ['baseline.ndjson', ...signing('x', '--attempt', 'two')]],
    ['an origin with white space', ['baseline.ndjson', ...signing('x', '--origin', 'a b')]],
    ['an origin with a plus', ['baseline.ndjson', ...signing('x', '--origin', 'a+b')]],
    ['an origin that ends in a slash', ['baseline.ndjson', ...signing('x', '--origin', 'a/')]],
    ['an origin with a control character', ['baseline.ndjson', ...signing('x', '--origin', 'a\u007fb')]],
    ['an origin that is too long', ['baseline.ndjson', ...signing('x', '--origin', 'a'.repeat(257))]],
    ['an empty origin', ['baseline.ndjson', ...signing('x', '--origin', '')]],
    ['a journal and a source', ['baseline.ndjson', ...signing('x', '--journal', 'j', '--origin', 'o')]],
    ['a journal without an origin', [...signing('x', '--journal', 'j')]],
    ['standard output as the state', ['baseline.ndjson', '--key', 'alice', '--state', '-', '--output', 'x']],
    ['the source as the state', ['baseline.ndjson', '--key', 'alice', '--state', 'baseline.ndjson', '--output', 'x']],
    ['the key as the state', ['baseline.ndjson', '--key', 'alice', '--state', 'alice', '--output', 'x']],
  ])('with %s is wrong: exit code 64, and nothing is written', async (_, args) => {
    const before = readdirSync(folder).sort();
    expect((await ed(['checkpoint', ...args])).status).toBe(64);
    expect(readdirSync(folder).sort()).toEqual(before);
  });
});

describe('an upgrade', () => {
  it('is signed as it grows; what was rewritten is refused, and a rollback begins anew', async () => {
    const first = await sign('baseline.ndjson', 'grown');
    expect(first).toMatchObject({ status: 0, stderr: expect.stringContaining('1 sets have no checkpoint') });
    expect(first.stdout).toMatch(
      /^grown\/[0-9a-f]{32}\.checkpoint size 4 root [0-9a-f]{64} key test\/acme\/ledger%2F1\+/,
    );
    expect((await sign('current.ndjson', 'grown')).stdout).toMatch(/ size 6 /);
    const refused = await sign('other.ndjson', 'grown');
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^FAIL: nothing was signed.*\nchain-truncated: stream "ledger\/1" of "acme"/);
    expect(refused.stderr).toContain('--attempt N');
    expect((await sign('other.ndjson', 'grown', '--attempt', '2')).stdout).toMatch(
      / key test\/acme\/ledger%2F1\/attempt-2\+/,
    );
    expect((await sign('current.ndjson', 'grown', '--attempt', '1')).status).toBe(2);
    expect(notesOf('grown')).toHaveLength(2);
  });

  it('of sets alone has nothing to be signed: exit code 2', async () => {
    const { status, stderr } = await sign('sets.ndjson', 'sets');
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/^INCOMPLETE: .* has no ordered stream.*evidence-diff sign/),
    ]);
    expect(notesOf('sets')).toEqual([]);
    expect(existsSync(join(folder, 'sets.state'))).toBe(false);
  });

  it('is written down in a journal, which is a log as well', async () => {
    const append = (step: string): Promise<Ended> =>
      ed(['journal', 'append', 'up.ndjson', '--upgrade', 'u1', '--step', step, '--type', 'step']);
    const signed = (...more: readonly string[]): Promise<Ended> =>
      ed(['checkpoint', ...signing('journal', '--journal', 'up.ndjson', '--origin', 'example.com/prod', ...more)]);
    fileOf(folder, 'up.ndjson', '');
    expect((await signed()).status).toBe(2);
    await append('1');
    expect((await signed()).stdout).toMatch(/ size 1 .* key example\.com\/prod\/u1\/upgrade-journal\+/);
    const first = readFileSync(join(folder, 'up.ndjson'));
    await append('2');
    await append('3');
    expect((await signed()).stdout).toMatch(/ size 3 /);
    const whole = readFileSync(join(folder, 'up.ndjson'));
    fileOf(folder, 'up.ndjson', first);
    expect(await signed()).toMatchObject({ status: 1, stderr: expect.stringContaining('chain-truncated') });
    await append('4');
    await append('5');
    expect(await signed()).toMatchObject({ status: 1, stderr: expect.stringContaining('history-not-prefix') });
    await append('6');
    expect(await signed()).toMatchObject({ status: 1, stderr: expect.stringContaining('history-not-prefix') });
    fileOf(folder, 'up.ndjson', whole.toString().replace('"step":"1"', '"step":"9"'));
    expect((await signed()).status).toBe(1);
    fileOf(folder, 'up.ndjson', whole.subarray(0, -5));
    expect((await signed()).status).toBe(2);
    fileOf(folder, 'up.ndjson', whole);
    expect(await signed()).toMatchObject({ status: 0, stdout: expect.stringMatching(/ size 3 /) });
    expect(notesOf('journal')).toHaveLength(1);
  });
});

/** The environment in which `code` runs before the command; `builtins` are what it may replace. */
function preload(code: string): Record<string, string> {
  const whole = `import crypto from 'node:crypto'; import fs from 'node:fs/promises'; import { syncBuiltinESMExports } from 'node:module'; ${code}; syncBuiltinESMExports();`;
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(whole)}` };
}

describe('a crash', () => {
  it('before a signature is made finds the state remembering the tree; the next run signs it, and no other', async () => {
    const killed = preload(`crypto.sign = () => process.kill(process.pid, 'SIGKILL')`);
    const { status, stdout } = spawned(['checkpoint', 'baseline.ndjson', ...signing('killed')], killed);
    expect([status, stdout, notesOf('killed')]).toEqual([null, '', []]);
    expect(stateOf('killed')).toContain('"origin":"test/acme/ledger%2F1"');
    expect((await sign('other.ndjson', 'killed')).status).toBe(1);
    expect((await sign('baseline.ndjson', 'killed')).stdout).toMatch(/ size 4 /);
  });

  it.each([
    [
      'put in its place',
      `const { rename } = fs; fs.rename = (from, to) => to.endsWith('.state') ? Promise.reject(Object.assign(new Error('no'), { code: 'EIO' })) : rename(from, to)`,
    ],
    [
      'synced, nor its folder',
      `const { open } = fs; fs.open = async (...args) => { const file = await open(...args); file.sync = () => Promise.reject(Object.assign(new Error('no'), { code: 'EIO' })); return file; }`,
    ],
  ])('of the disk: a state that cannot be %s lets no signature be made', (_, code) => {
    const watched = preload(`${code}; crypto.sign = () => { process.stdout.write('signed'); process.exit(0); }`);
    const { status, stdout } = spawned(['checkpoint', 'baseline.ndjson', ...signing('faulty')], watched);
    expect([status, stdout, notesOf('faulty')]).toEqual([2, '', []]);
  });

  it('would be caught signing first', () => {
    const watched = preload(`crypto.sign = () => { process.stdout.write('signed'); process.exit(0); }`);
    expect(spawned(['checkpoint', 'baseline.ndjson', ...signing('watched')], watched).stdout).toBe('signed');
  });
});

describe('several processes at once', () => {
  it('sign one of two histories, whichever comes first, under whatever name they know the state', async () => {
    fileOf(folder, 'race.state', '');
    expect((await sign('baseline.ndjson', 'race')).status).toBe(2);
    const sources = ['baseline.ndjson', 'other.ndjson', 'baseline.ndjson', 'other.ndjson'];
    symlinkSync('linked.state', join(folder, 'link.state'));
    expect((await sign('baseline.ndjson', 'link')).status).toBe(2);
    const states = ['raced.state', './raced.state', 'via.state', 'raced.state'];
    fileOf(
      folder,
      'raced.state',
      `{"kind":"evidence-checkpoint-state","version":1,"begin":"test","attempt":1,"signed":[]}`,
    );
    symlinkSync('raced.state', join(folder, 'via.state'));
    const at = (name: string): string => join(folder, name);
    const running = sources.map((source, nth) => {
      const state = at(states[nth] ?? '');
      return start(['checkpoint', at(source), '--key', at('alice'), '--state', state, '--output', at(`raced-${nth}`)]);
    });
    const ended = await Promise.all(running.map((one) => one.ended));
    const signed = sources.filter((_, nth) => ended[nth]?.status === 0);
    expect(new Set(signed).size, JSON.stringify(ended)).toBe(1);
    expect(ended.map(({ status }) => status).toSorted()).toEqual([0, 0, 1, 1]);
    const texts = new Set([0, 1, 2, 3].flatMap((nth) => notesOf(`raced-${nth}`)));
    expect(texts.size).toBe(1);
  });

  it('a state with two names is refused: each would remember something else', async () => {
    expect((await sign('baseline.ndjson', 'named')).status).toBe(0);
    linkSync(join(folder, 'named.state'), join(folder, 'twice.state'));
    const { status, stderr } = await sign('current.ndjson', 'named');
    expect([status, stderr]).toEqual([2, expect.stringContaining('a second name')]);
  });
});

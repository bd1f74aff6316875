/** `--chain-key`: every verb that reads evidence has it, and without the key none says that all is well. */
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareVerb, loadVerbs } from '../../src/cli/verbs/index.ts';
import { ndjson, type PlainRecord, ZEROS } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { run } from './in-process.ts';

const cwd = temporaryFolder();
const KEY = 'a secret\n';
const chains = {
  s: { recipe: { algorithm: 'sha256', of: [{ prev: 'hex' }, { field: '/body' }], hmacKey: 'chain-1' } },
};

function store(length: number): string {
  let prev = ZEROS;
  const records = Array.from({ length }, (_, at): PlainRecord => {
    const record = { tenant: 'a', stream: 's', id: `e${at}`, seq: at + 1, type: 't', prev, body: `body ${at}` };
    prev = createHmac('sha256', KEY).update(`${prev}${record.body}`).digest('hex');
    return { ...record, recordedAt: '2027-01-01T00:00:00Z', hash: prev };
  });
  return ndjson(records, { chains, header: { capturedAt: '2027-02-01T00:00:00Z' } });
}

const GIVEN = ['--chain-key', 'chain-1=chain-key.txt'];
/** One run of each verb; in this order, since some read what others have written. */
const RUNS: readonly (readonly string[])[] = [
  ['before.ndjson', 'after.ndjson'],
  ['verify-all', 'before.ndjson'],
  ['stats', 'before.ndjson'],
  ['roots-export', 'before.ndjson', '--output', 'roots.json'],
  ['digest-index', 'before.ndjson', '--output', 'before.index'],
  ['cross-check', 'before.ndjson'],
  ['verify-continuity', '--baseline', 'before.ndjson', 'after.ndjson'],
  ['verify-roots', '--baseline', 'roots.json', 'before.ndjson'],
  ['explain', 'before.ndjson', 'after.ndjson'],
  ['reindex-check', '--baseline', 'before.ndjson', 'after.ndjson'],
  ['audit-report', '--since', '2026-01-01', 'before.ndjson'],
  ['migrate', '--dry-run', '--baseline', 'before.ndjson', 'after.ndjson'],
  ['export', 'before.ndjson', '--output', 'bundle'],
  ['verify-bundle', 'bundle'],
  ['sign', 'before.ndjson', '--key', 'k'],
  ['verify-signature', 'before.ndjson', '--trusted-key', 'k.pub'],
  ['checkpoint', 'before.ndjson', '--key', 'k', '--state', 'state', '--output', 'points', '--origin', 'here.example/x'],
  ['prove', '--snapshot', 'before.ndjson', '--tenant', 'a', '--stream', 's', '--id', 'e1', '--output', 'p.json'],
];

beforeAll(async () => {
  writeFileSync(join(cwd, 'before.ndjson'), store(3));
  writeFileSync(join(cwd, 'after.ndjson'), store(4));
  writeFileSync(join(cwd, 'chain-key.txt'), KEY);
  writeFileSync(join(cwd, 'keys.json'), JSON.stringify({ chainKeys: { 'chain-1': 'chain-key.txt' } }));
  await run(['keygen', '--output', 'k'], { cwd });
});

it('is an option of every verb that reads evidence, and of no other', async () => {
  const verbs = [(await compareVerb.load()).verb, ...(await loadVerbs())];
  const having = verbs.filter(({ options }) => Object.hasOwn(options, 'chainKey')).map(({ name }) => name);
  // What `merge` reads is what verify-all has written. What `import` reads is of others, and by a profile: test/sources/items.
  expect(having.sort()).toEqual(['compare', 'import', 'merge', ...RUNS.slice(1).map(([name = '']) => name)].sort());
});

describe.each(RUNS.map((argv) => [argv[0]?.includes('.') === true ? 'compare' : argv[0], argv] as const))(
  '%s',
  (name, argv) => {
    it('is not well without the key, and is with it', async () => {
      const without = await run(argv, { cwd });
      expect([without.status, `${without.stdout}${without.stderr}`]).toEqual([
        2,
        expect.stringContaining('--chain-key chain-1=FILE'),
      ]);
      const given = await run([...argv, ...GIVEN], { cwd });
      expect([given.status, given.stderr]).toEqual([0, expect.anything()]);
    });

    it('is not well with a key for which there is no use', async () => {
      const more = ['--chain-key', 'other=chain-key.txt'];
      // What is written once is not written again.
      if (name === 'sign' || name === 'checkpoint' || name === 'export') return;
      const { status, stdout, stderr } = await run([...argv, ...GIVEN, ...more], { cwd });
      expect([status, `${stdout}${stderr}`]).toEqual([2, expect.stringContaining('the key "other" was given')]);
    });
  },
);

describe('the key', () => {
  const audit = (...args: readonly string[]) => run(['verify-all', 'before.ndjson', ...args], { cwd });

  it('may be named by the config file, and the command line comes first', async () => {
    writeFileSync(join(cwd, 'wrong.key'), 'another');
    expect((await audit('--config', 'keys.json')).status).toBe(0);
    expect((await audit('--config', 'keys.json', '--chain-key', 'chain-1=wrong.key')).status).toBe(1);
    expect((await run(['before.ndjson', 'after.ndjson', '--config', 'keys.json'], { cwd })).status).toBe(0);
  });

  it('is not taken from a config file that was merely found', async () => {
    const found = temporaryFolder();
    for (const file of ['before.ndjson', 'chain-key.txt'])
      writeFileSync(join(found, file), readFileSync(join(cwd, file)));
    writeFileSync(join(found, 'evidence-diff.config.json'), readFileSync(join(cwd, 'keys.json')));
    const { status, stderr } = await run(['before.ndjson', 'before.ndjson', '--allow-same'], { cwd: found });
    expect([status, stderr]).toEqual([64, expect.stringContaining('chainKeys')]);
  });

  it.each([
    [['--chain-key', 'chain-1'], 'NAME=FILE'],
    [['--chain-key', 'chain-1=nowhere'], 'nowhere'],
    [[...GIVEN, ...GIVEN], 'more than once'],
    [[...GIVEN, '--output', 'chain-key.txt'], 'chain-key.txt'],
    [['--config', 'keys.json', '--output', 'chain-key.txt'], 'chain-key.txt'],
  ])('%j is a usage error', async (args, says) => {
    const { status, stderr } = await run(['stats', 'before.ndjson', ...args], { cwd });
    expect([status, stderr]).toEqual([64, expect.stringContaining(says)]);
    expect(readFileSync(join(cwd, 'chain-key.txt'), 'utf8')).toBe(KEY);
  });
});

/** What somebody is told who gives the command something that it cannot read as it is: what it is, and what to do. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bodies, bundles, chained, LEDGER_RULE, ndjson } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { run } from './in-process.ts';

const folder = temporaryFolder();

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const CSV = file('audit.csv', 'event_id,tenant_id,action\n17,acme,approve\n18,acme,deny\n');
const ARRAY = file('mine.json', '[{"name":"a"},{"name":"b"}]');
const OBJECT = file('wrapped.json', '{"exported":"today","evidence":[{"name":"a"}]}');
const LINES = file('lines.ndjson', '{"name":"a"}\n{"name":"b"}\n');

describe('one source that others wrote', () => {
  it.each([CSV, ARRAY, OBJECT, LINES])(
    '%s: names init, --profile and import, whatever verb it is given to',
    async (source) => {
      const index = join(folder, 'index.json');
      for (const args of [['verify-all'], ['stats'], ['roots-export'], ['digest-index', '--output', index]]) {
        const { status, stdout, stderr } = await run([args[0] ?? '', source, ...args.slice(1)]);
        expect(status, args[0]).toBe(2);
        const told = stdout + stderr;
        expect(told, args[0]).toMatch(
          /`evidence-diff init \S+ --output \S+\.profile\.json`.*`--profile \S+`.*evidence-diff import/s,
        );
      }
    },
  );

  it('is not called the current side where there is no other', async () => {
    for (const args of [
      ['verify-all', CSV],
      ['stats', CSV],
      ['verify-all', 'nowhere.json'],
    ]) {
      const { stdout, stderr } = await run(args);
      expect(stdout + stderr).toContain(args[1]);
      expect(stdout + stderr).not.toMatch(/current:/);
    }
    const { stdout } = await run([CSV, ARRAY]);
    expect(stdout).toMatch(/baseline: .*audit\.csv[\s\S]*current: .*mine\.json/);
  });

  it('that cannot be shared out is said to be made a snapshot first', async () => {
    const shards = ['--shard', '0/3', '--output', join(folder, 'shard.ndjson')];
    const some = join(folder, 'some');
    mkdirSync(some);
    const refused = await run(['verify-all', some, ...shards]);
    expect(refused.status).toBe(2);
    expect(refused.stdout + refused.stderr).toMatch(
      /--shard takes a database or a snapshot file.*make a snapshot of it first/,
    );
    const summary = await run(['verify-all', ARRAY, ...shards, '--depth', 'summary']);
    expect(summary.status).toBe(64);
    expect(summary.stderr).toMatch(/--shard: a summary has no records/);
  });
});

describe('two sides that others wrote', () => {
  it('are told apart though neither is read, and known for one where they are', async () => {
    const two = await run([CSV, ARRAY]);
    expect(two.status).toBe(2);
    expect(two.stdout).toMatch(/1 held: not-same-input/);
    const one = await run([CSV, CSV]);
    expect(one.status).toBe(3);
    expect(one.stdout).toMatch(/same-input/);
    expect(one.stdout).toMatch(/evidence-diff init/);
  });
});

it('merge names the shard whose statement does not fit its records', async () => {
  const records = ['a', 'b', 'c', 'd'].flatMap((tenant) => [
    ...bundles(3, { tenant, stream: 'bundles' }),
    ...chained(bodies(3), { tenant, stream: 'ledger/main' }),
  ]);
  const whole = file(
    'whole.ndjson',
    ndjson(records, { chains: LEDGER_RULE, header: { capturedAt: '2027-03-01T10:00:00.000Z' } }),
  );
  const shards = [0, 1].map((at) => join(folder, `part-${at}.ndjson`));
  for (const [at, output] of shards.entries()) {
    expect((await run(['verify-all', whole, '--shard', `${at}/2`, '--output', output])).status).toBe(0);
  }
  const [, second = ''] = shards;
  writeFileSync(second, readFileSync(second, 'utf8').replace(/"type":"[^"]*"/, '"type":"altered"'));
  const merged = await run(['merge', ...shards, '--output', join(folder, 'merged.ndjson')]);
  expect(merged.status).toBe(1);
  expect(merged.stdout).toMatch(/part-1\.ndjson: the trailer states \/root/);
  expect(merged.stdout).not.toMatch(/part-0\.ndjson: the trailer/);
});

describe('init of what is packed', () => {
  const store = join(folder, 'store');
  mkdirSync(join(store, 'sboms'), { recursive: true });
  for (const at of [1, 2]) writeFileSync(join(store, 'sboms', `${at}.json`), `{"name":"n${at}","size":${at}}`);
  writeFileSync(join(store, 'approvals.csv'), 'ticket,who\n17,ann\n18,bob\n');
  const pack = (...args: readonly string[]): string => {
    const path = join(folder, args[0] ?? '');
    execFileSync('tar', ['-C', store, ...args.slice(1), '-cf', path, '.']);
    return path;
  };

  it('is that of what it unpacks to, and what it makes reads both', async () => {
    const profiles = [];
    for (const source of [store, pack('store.tar'), pack('store.tgz', '-z')]) {
      const profile = join(folder, `${profiles.length}.profile.json`);
      expect((await run(['init', source, '--output', profile])).status).toBe(0);
      profiles.push(JSON.parse(readFileSync(profile, 'utf8')).items);
      const compared = await run([store, join(folder, 'store.tar'), '--profile', profile, '--mode', 'frozen']);
      expect(compared.stdout).toMatch(/^PASS: 4 baseline records/);
    }
    expect(new Set(profiles.map((items) => JSON.stringify(items))).size).toBe(1);
  });

  it('is what a verb names that cannot read it without', async () => {
    const { status, stderr } = await run(['stats', join(folder, 'store.tar')]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/evidence-diff init \S*store\.tar --output store\.profile\.json/);
  });

  it('in a published layout says that it is in one, and reads it by that', async () => {
    const bag = join(folder, 'bag');
    mkdirSync(join(bag, 'data'), { recursive: true });
    const digest = createHash('sha256').update('{}').digest('hex');
    writeFileSync(join(bag, 'bagit.txt'), 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n');
    writeFileSync(join(bag, 'data', 'a.json'), '{}');
    writeFileSync(join(bag, 'manifest-sha256.txt'), `${digest}  data/a.json\n`);
    const profile = join(folder, 'bag.profile.json');
    const { stdout } = await run(['init', bag, '--output', profile]);
    expect(stdout).toMatch(/a BagIt bag, which every verb reads as it is/);
    expect(JSON.parse(readFileSync(profile, 'utf8')).items).toEqual([{ from: { layout: 'bagit' } }]);
    expect((await run(['stats', bag, '--profile', profile])).status).toBe(0);
  });
});

describe('another document of evidence-diff', () => {
  const current = file('side.ndjson', ndjson(chained([{ n: 1 }, { n: 2 }])));

  /** Written over several lines, and on one. */
  const spelled = (document: string): readonly string[] => [document, JSON.stringify(JSON.parse(document))];

  it.each([
    ['roots.json', ['roots-export', current], /a file of roots, not a snapshot; give it to verify-roots: /],
    ['report.json', [current, current, '--allow-same'], /a report of a comparison, not a snapshot; .*explain reads/],
    ['counts.json', ['stats', current], /of kind evidence-stats, not a snapshot/],
  ])('%s is named, in whatever lines it is written, with the verb that takes it', async (name, args, says) => {
    const { stdout } = await run([...args, '--format', 'json']);
    for (const document of spelled(stdout)) {
      const path = file(name, document);
      for (const sides of [
        [path, current],
        [current, path],
      ]) {
        const told = await run([...sides, '--format', 'text']);
        expect([told.status, told.stdout.split('\n')[0]]).toEqual([2, expect.stringMatching(/^INCOMPLETE: /)]);
        expect(told.stdout).toMatch(says);
      }
    }
  });
});

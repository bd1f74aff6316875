/** A finding about an item names the file that it is in, and which item of it: an id of its own says nothing of that. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ContinuityReport, compare, merge, renderReport, verifyAll } from '../../../src/index.ts';
import { bodies, chained, LEDGER_RULE, ndjson } from '../../store.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder();

function write(path: string, content: unknown): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const sbom = (at: number, more: object = {}): object => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: `urn:uuid:3e671687-395b-41f5-a30f-a58921a6000${at}`,
  version: 1,
  ...more,
});

const messages = ({ findings }: ContinuityReport, kind: string): readonly string[] =>
  findings.filter((finding) => finding.kind === kind).map(({ message }) => message);

const foundIn = ({ changes }: ContinuityReport): unknown =>
  changes.map(({ examples }) => examples.map(({ foundAt }) => foundAt));

describe('a folder of SBOMs, named by their own ids', () => {
  for (const at of [1, 2, 3]) write(`before/deep/${at}.json`, sbom(at));
  for (const at of [1, 2, 4]) write(`after/deep/${at}.json`, sbom(at, at === 2 ? { components: [] } : {}));

  it('names the file of what was modified, is missing, or was added', async () => {
    const report = await compare(join(folder, 'before'), join(folder, 'after'), { mode: 'frozen' });
    expect(report.verdict).toBe('FAIL');
    expect(messages(report, 'record-modified')).toEqual([expect.stringMatching(/\(in .*after\/deep\/2\.json\)$/)]);
    expect(messages(report, 'record-missing')).toEqual([expect.stringMatching(/\(in .*before\/deep\/3\.json\)$/)]);
    expect(messages(report, 'record-added')).toEqual([expect.stringMatching(/\(in .*after\/deep\/4\.json\)$/)]);
    expect(foundIn(report)).toEqual([[join(folder, 'after/deep/2.json')]]);
    for (const format of ['text', 'markdown', 'html'] as const) {
      expect(await renderReport(report, format)).toMatch(/after\W+deep\W+2\W+json/);
    }
  });

  it('says so no more than once where the id is the path', async () => {
    const profile = {
      kind: 'evidence-profile' as const,
      version: 2 as const,
      name: 'paths',
      items: [{ from: { files: '**/*.json' }, id: { path: true as const } }],
    };
    const report = await compare(join(folder, 'before'), join(folder, 'after'), { source: { profile } });
    expect(messages(report, 'record-missing')).toEqual([expect.not.stringMatching(/\(in /)]);
    expect(foundIn(report)).toEqual([[undefined]]);
  });
});

it('names the item of an array, and the line of CSV', async () => {
  const array = [write('a.json', [sbom(1), sbom(2)]), write('b.json', [sbom(2, { components: [] }), sbom(1)])] as const;
  expect(messages(await compare(...array), 'record-modified')).toEqual([
    expect.stringMatching(/b\.json, (line 1|item 0)\)$/),
  ]);
  const rows = [write('a.csv', 'id,v\n1,a\n2,b\n'), write('b.csv', 'id,v\n1,a\n2,c\n')] as const;
  const report = await compare(...rows, { source: { records: '', map: { id: 'id' } } });
  expect(messages(report, 'record-modified')).toEqual([expect.stringMatching(/b\.csv, line 3\)$/)]);
});

it('names no file of a snapshot, whose records have their place in it', async () => {
  const texts = [chained(bodies(3)), chained(bodies(2))].map((records) => ndjson(records, { chains: LEDGER_RULE }));
  const [was = '', is = ''] = texts.map((text, at) => write(`${at}.ndjson`, text));
  expect(JSON.stringify((await compare(was, is)).findings)).not.toMatch(/\(in /);
});

it('merge names the shard of a record whose link is broken', async () => {
  const records = ['a', 'b', 'c'].flatMap((tenant) => chained(bodies(4), { tenant, stream: 'ledger/main' }));
  const header = { capturedAt: '2027-03-01T10:00:00.000Z' };
  const whole = write('whole.ndjson', ndjson(records, { chains: LEDGER_RULE, header }));
  const shards = [0, 1].map((index) => join(folder, `part-${index}.ndjson`));
  for (const [index, output] of shards.entries()) await verifyAll(whole, { output, shard: { index, count: 2 } });
  const [, second = ''] = shards;
  writeFileSync(
    second,
    readFileSync(second, 'utf8').replace(/"prev":"(.)/, (_, digit) => `"prev":"${digit === 'a' ? 'b' : 'a'}`),
  );
  const { findings } = await merge(shards, {});
  const broken = findings.filter(({ kind }) => kind === 'chain-genesis-changed' || kind === 'chain-break');
  expect(broken.map(({ message }) => message)).toContainEqual(expect.stringMatching(/\(in .*part-1\.ndjson\)$/));
  rmSync(second);
});

/** A small file in place of the records of a set: growth is shown by it, and nothing else. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { compare, digestIndex, verifyAll, verifyRoots } from '../../src/index.ts';
import { run } from '../cli/in-process.ts';
import { runs, seed } from '../long.ts';
import { ndjson, type PlainRecord } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, textOf } from '../trust/signed-files.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const ed = (...args: readonly string[]) => run(args, { cwd: folder });

const sbom = (number: number, body: unknown = { number }): PlainRecord =>
  ({
    tenant: 'acme',
    stream: 'sboms',
    id: `sbom-${String(number).padStart(3, '0')}`,
    type: 'sbom',
    body,
  }) as PlainRecord;
const other = (number: number): PlainRecord => ({ ...sbom(number), tenant: 'globex', stream: 'vex' });

const BEFORE = [1, 3, 5, 7, 9].map((number) => sbom(number));
const OTHERS = [1, 2].map(other);
const GROWN = [...[0, 1, 2, 3, 5, 7, 8, 9, 10].map((number) => sbom(number)), ...OTHERS];

/** Baseline, its summary, roots and index; and the current side. */
async function stores(was: readonly PlainRecord[], is: readonly PlainRecord[], name = 'set') {
  const paths = {
    was: `${name}-was.ndjson`,
    is: `${name}-is.ndjson`,
    sum: `${name}-sum.ndjson`,
    index: `${name}.index`,
  };
  fileOf(folder, paths.was, textOf(was));
  fileOf(folder, paths.is, textOf(is));
  await verifyAll(at(paths.was), { output: at(paths.sum), depth: 'summary', includeMerkleRoots: true });
  await digestIndex(at(paths.was), { output: at(paths.index) });
  return { was: at(paths.was), is: at(paths.is), summary: at(paths.sum), index: at(paths.index) };
}

let store: Awaited<ReturnType<typeof stores>>;
beforeAll(async () => {
  store = await stores([...BEFORE, ...OTHERS], GROWN);
});

async function changed(is: readonly PlainRecord[], mode: 'append' | 'frozen' = 'append') {
  const path = fileOf(folder, 'changed.ndjson', textOf([...is, ...OTHERS]));
  return compare(store.summary, path, { digestIndex: store.index, mode });
}

describe('a summary and a digest index', () => {
  it('pass where a set grew, which the summary alone cannot show', async () => {
    expect((await compare(store.summary, store.is)).verdict).toBe('INCOMPLETE');
    const report = await compare(store.summary, store.is, { digestIndex: store.index });
    expect(report).toMatchObject({
      verdict: 'PASS',
      relation: 'extended',
      totals: { matched: 7, added: 4, missing: 0 },
    });
    expect(report.demands).toContainEqual({ demand: 'digest-index', asked: store.index, state: 'held' });
    const frozen = await compare(store.summary, store.is, { digestIndex: store.index, mode: 'frozen' });
    expect(frozen.verdict).toBe('FAIL');
  });

  it('pass verify-roots on a living store', async () => {
    expect((await ed('roots-export', store.was, '--output', 'roots.json')).status).toBe(0);
    expect((await ed('verify-roots', '--baseline', 'roots.json', store.is)).status).toBe(2);
    const { status, stdout } = await ed(
      'verify-roots',
      '--baseline',
      'roots.json',
      store.is,
      '--digest-index',
      store.index,
    );
    expect([status, stdout.split('\n')[0]]).toEqual([0, expect.stringMatching(/^PASS: 7 baseline records intact/)]);
    expect((await verifyRoots(at('roots.json'), store.is, { digestIndex: store.index })).verdict).toBe('PASS');
  });

  it.each<readonly [string, readonly PlainRecord[], readonly number[]]>([
    ['removed', [0, 1, 3, 7, 8, 9, 10].map((n) => sbom(n)), [3]],
    ['altered', [sbom(1), sbom(3), sbom(5, { number: 55 }), sbom(7), sbom(9), sbom(10)], [3]],
    ['swapped', [sbom(1), sbom(3, { number: 5 }), sbom(5, { number: 3 }), sbom(7), sbom(9), sbom(10)], [2, 3]],
    ['removed at both ends', [sbom(3), sbom(5), sbom(7), sbom(8), sbom(8.5), sbom(8.6)], [1, 5]],
    ['removed, and fewer than before', [sbom(1), sbom(9)], [2, 3, 4]],
    ['altered, and as many as before', [sbom(1, 'x'), sbom(3), sbom(5), sbom(7), sbom(9)], [1]],
  ])('%s leaves are named: FAIL', async (_, is, numbers) => {
    const report = await changed(is);
    expect(report.verdict).toBe('FAIL');
    const missing = report.findings.filter(({ kind }) => kind === 'record-missing');
    expect(missing.map(({ message }) => Number(/^record (\d+) of the 5/.exec(message)?.[1]))).toEqual(numbers);
    expect(report.totals).toMatchObject({ matched: 7 - numbers.length, missing: numbers.length, modified: 0 });
    expect(report.totals.added).toBe(is.length - 5 + numbers.length);
  });

  it('say FAIL where the whole set is gone, or another tenant has it', async () => {
    const moved = GROWN.map((record) => ({ ...record, tenant: record.tenant === 'acme' ? 'bcme' : record.tenant }));
    const report = await compare(store.summary, fileOf(folder, 'moved.ndjson', textOf(moved)), {
      digestIndex: store.index,
    });
    expect(report.verdict).toBe('FAIL');
    expect(report.findingCounts).toMatchObject({ 'tenant-missing': 1 });
  });

  it('judge any two sets as their records do', async () => {
    const number = fc.integer({ min: 1, max: 40 });
    const numbers = fc.uniqueArray(number, { minLength: 1, maxLength: 25 }).map((all) => all.sort((a, b) => a - b));
    const altered = fc.uniqueArray(number, { maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(numbers, numbers, altered, fc.boolean(), async (was, more, changes, keeps) => {
        const now = keeps ? [...new Set([...was, ...more])].sort((a, b) => a - b) : more;
        const is = now.map((one) => sbom(one, changes.includes(one) ? 'altered' : { number: one }));
        const sides = await stores(
          was.map((one) => sbom(one)),
          is,
          'any',
        );
        const byRecords = await compare(sides.was, sides.is);
        const byIndex = await compare(sides.summary, sides.is, { digestIndex: sides.index });
        expect(byIndex.verdict).toBe(byRecords.verdict);
        const { matched, missing, modified, added } = byRecords.totals;
        expect(byIndex.totals).toMatchObject({ matched, missing: missing + modified, added: added + modified });
      }),
      { numRuns: runs(25, 500), seed },
    );
  });
});

describe('an index that is not the one of the baseline', () => {
  const verdictWith = async (index: string) => compare(store.summary, store.is, { digestIndex: index });

  it('of other records, of fewer sets or of more, is refuted and never PASS', async () => {
    const fewer = await stores([...BEFORE.slice(1), ...OTHERS], GROWN, 'fewer');
    const one = await stores(BEFORE, GROWN, 'one');
    const more = await stores([...BEFORE, ...OTHERS, { ...other(1), stream: 'wex' }], GROWN, 'more');
    for (const { index } of [fewer, one, more]) {
      const report = await verdictWith(index);
      expect([report.verdict, report.demands.find(({ demand }) => demand === 'digest-index')?.state]).toEqual([
        'INCOMPLETE',
        'refuted',
      ]);
    }
  });

  it('is refuted beside the records of both sides as well', async () => {
    const { index } = await stores(BEFORE, GROWN, 'beside');
    expect((await compare(store.was, store.is, { digestIndex: index })).verdict).toBe('INCOMPLETE');
    expect((await compare(store.was, store.is, { digestIndex: store.index })).verdict).toBe('PASS');
  });

  it('cannot help where the current side has no records', async () => {
    await verifyAll(store.is, { output: at('is-sum.ndjson'), depth: 'summary', includeMerkleRoots: true });
    const report = await compare(store.summary, at('is-sum.ndjson'), { digestIndex: store.index });
    expect([report.verdict, report.demands.at(-1)?.state]).toEqual(['INCOMPLETE', 'impossible']);
  });

  it('any flipped byte is never PASS, and never exit code 70', async () => {
    const bytes = readFileSync(store.index);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (place, by) => {
        const flipped = Uint8Array.from(bytes);
        flipped[place] = (flipped[place] ?? 0) ^ by;
        writeFileSync(at('flipped.index'), flipped);
        expect((await verdictWith(at('flipped.index'))).verdict).toBe('INCOMPLETE');
      }),
      { numRuns: runs(60, 2000), seed },
    );
  });

  it('cut short, with more behind it, a folder, or not there: INCOMPLETE, and it says so', async () => {
    const bytes = readFileSync(store.index);
    writeFileSync(at('cut.index'), bytes.subarray(0, bytes.length - 40));
    writeFileSync(at('long.index'), Buffer.concat([bytes, Buffer.from('x')]));
    for (const name of ['cut.index', 'long.index', 'nowhere.index', '.', store.was]) {
      const { status, stdout } = await ed(store.summary, store.is, '--digest-index', name);
      expect([status, stdout]).toEqual([2, expect.stringContaining('the digest index')]);
    }
    expect((await ed(store.summary, store.is, '--digest-index', '')).status).toBe(64);
    expect((await ed(store.summary, store.is, '--digest-index', store.index, '--output', store.index)).status).toBe(64);
  });
});

describe('digest-index', () => {
  it('writes 32 bytes a record of sets, and no records of chains', () => {
    const head = 'evidence-digest-index v1\n'.length;
    const bytes = readFileSync(store.index);
    const length = Number(bytes.subarray(-11).toString());
    expect(statSync(store.index).size).toBe(head + 32 * 7 + length + 11);
    expect(JSON.parse(bytes.subarray(-11 - length, -11).toString())).toMatchObject({
      sets: [
        { tenant: 'acme', stream: 'sboms', size: 5 },
        { tenant: 'globex', stream: 'vex', size: 2 },
      ],
    });
  });

  it('makes none of what is not sound, or has no records, and leaves what is there', async () => {
    writeFileSync(at('kept.index'), 'kept');
    writeFileSync(
      at('unsound.ndjson'),
      ndjson(BEFORE, {}).replace('"number":5', '"number":5,"bodyDigest":"x"').slice(0, -40),
    );
    for (const [source, code] of [
      ['unsound.ndjson', 2],
      [store.summary, 2],
      ['nowhere.ndjson', 2],
    ] as const) {
      const { status, stderr } = await ed('digest-index', source, '--output', 'kept.index');
      expect(status).toBe(code);
      expect(stderr).not.toContain('is not sound');
      expect(readFileSync(at('kept.index'), 'utf8')).toBe('kept');
    }
    expect((await ed('digest-index', store.was, '--output', '-')).status).toBe(64);
  });
});

/** Records that a migration brings into another order: in memory or not, nothing differs and nothing stays behind. */
import { mkdtempSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { comparePlaces, type PlacedRecord, RecordSort } from '../../src/engine/record-sort.ts';
import { countsOf } from '../in-memory.ts';
import { runs } from '../long.ts';
import { bundles, type PlainRecord } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { compareMigrated } from './migrated.ts';

const folder = temporaryFolder();
const { TMPDIR } = process.env;
afterEach(() => {
  if (TMPDIR === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = TMPDIR;
});

/** Files without a name that this process has open. */
function temporaryFiles(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.includes('/evidence-diff-') && path.endsWith('/run (deleted)') ? [path] : [];
    } catch {
      return [];
    }
  });
}

const name = fc.constantFrom('a', 'a\0', 'a\u0001', 'a\0b', 'b', 'é', '\uffee', '😀', '');
const placed: fc.Arbitrary<PlacedRecord> = fc.record({
  tenant: name,
  stream: name,
  id: name,
  seq: fc.option(fc.constantFrom(0, 1, 9, 10, Number.MAX_SAFE_INTEGER), { nil: undefined }),
  text: fc.uint8Array({ maxLength: 40 }),
  origin: fc.record({ rule: fc.integer({ min: -1, max: 9 }), stream: name, first: fc.boolean() }),
  known: fc.array(
    fc.record({
      kind: fc.constant('hash-mismatch' as const),
      tenant: name,
      stream: name,
      id: fc.option(name, { nil: undefined }),
      seq: fc.option(fc.nat(), { nil: undefined }),
      record: fc.constant('0'.repeat(64)),
      reason: name,
    }),
    { maxLength: 2 },
  ),
});

/** The order, said another way: by tenant, stream, position and id; what is equal as it came. */
function inOrder(records: readonly PlacedRecord[]): readonly PlacedRecord[] {
  return [...records].sort((a, b) => {
    const bySeq = a.tenant === b.tenant && a.stream === b.stream ? (a.seq ?? -1) - (b.seq ?? -1) : 0;
    return bySeq === 0 ? comparePlaces(a, b) : bySeq;
  });
}

describe('the sort', () => {
  it('gives back what was added, in order, whatever fits into memory', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(placed, { maxLength: 40 }),
        fc.constantFrom(1, 500, 1 << 20),
        async (records, bound) => {
          const sort = new RecordSort(bound);
          try {
            for (const record of records) {
              sort.add(record);
              if (sort.isFull) await sort.spill();
            }
            const sorted: PlacedRecord[] = [];
            for await (const record of sort.sorted()) sorted.push(record);
            expect(sorted).toEqual(inOrder(records));
          } finally {
            await sort.close();
          }
          expect(temporaryFiles()).toEqual([]);
        },
      ),
      { numRuns: runs(100, 3000, 50) },
    );
  });

  it('that is broken off while it writes has nothing left open', async () => {
    const sort = new RecordSort(1);
    const text = new Uint8Array(1 << 20);
    for (let seq = 0; seq < 8; seq++) {
      sort.add({
        tenant: 't',
        stream: 's',
        id: 'a',
        seq,
        text,
        origin: { rule: 0, stream: 's', first: false },
        known: [],
      });
    }
    const spilled = sort.spill();
    await sort.close();
    await expect(spilled).rejects.toMatchObject({ kind: 'interrupted' });
    expect(temporaryFiles()).toEqual([]);
  });
});

/** 28 MB in two streams: more than is sorted in memory. */
const LARGE = bundles(14).map((record, at): PlainRecord => ({ ...record, body: { at, text: 'x'.repeat(1 << 20) } }));
const rules = [
  { name: 'r', match: { stream: 'bundles' }, place: { stream: { from: 'bundles', to: 'archive' } } },
  { name: 's', match: { stream: 'zebra' }, place: { stream: { from: 'zebra', to: 'aardvark' } } },
];
const before = [...LARGE, ...LARGE.map((record): PlainRecord => ({ ...record, stream: 'zebra' }))];
const moved = (stream: string): PlainRecord[] => LARGE.map((record) => ({ ...record, stream }));
const after = [...moved('aardvark'), ...moved('archive')];

describe('a migration of more than fits into memory', () => {
  it('passes where it is as migrated, and nothing stays open', async () => {
    const report = await compareMigrated(before, after, { rules });
    expect(report).toMatchObject({ verdict: 'PASS', totals: { matched: 28, added: 0, missing: 0 } });
    expect(temporaryFiles()).toEqual([]);
  });

  it('fails for one record altered, and one lost', async () => {
    const tampered = after.slice(1).map((record, at) => (at === 20 ? { ...record, body: { at: 0 } } : record));
    const report = await compareMigrated(before, tampered, { rules });
    expect(report).toMatchObject({ verdict: 'FAIL', totals: { missing: 1, modified: 1 } });
  });

  it('is INCOMPLETE where there is no room to sort it', async () => {
    process.env['TMPDIR'] = join(mkdtempSync(join(folder, 'no-')), 'room');
    const report = await compareMigrated(before, after, { rules });
    expect(report.verdict).toBe('INCOMPLETE');
    expect(countsOf(report)['source-incomplete']).toBe(1);
    expect(report.findings.map(({ message }) => message).join('\n')).toMatch(
      /no room for what has to be sorted.*TMPDIR/s,
    );
  });

  it('is INCOMPLETE where it is broken off, and nothing stays open', async () => {
    const stop = new AbortController();
    let turns = 0;
    const onProgress = (): void => {
      if (++turns === 10) stop.abort();
    };
    const report = await compareMigrated(before, after, { rules }, { options: { signal: stop.signal, onProgress } });
    expect(report.verdict).toBe('INCOMPLETE');
    expect(countsOf(report)['interrupted']).toBe(1);
    expect(temporaryFiles()).toEqual([]);
  });
});

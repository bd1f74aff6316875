/** The other half of the campaign: what honest people do is never called forged. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { long, runs } from '../long.ts';
import { forge, forgedText } from './edit.ts';
import { EDITS } from './edits.ts';
import { next } from './edits-records.ts';
import { compareTexts, kindsOf, seeds } from './run-comparison.ts';
import { type Container, type Depth, snapshotOf, snapshotText } from './snapshot-text.ts';
import { makeChain, makeSet, makeStore, type Store, type StoreRecord, sorted, streamsOf } from './store.ts';
import { AS_IT_CAME, CANONICAL, Chance, RawNumber, type Spelling } from './value.ts';

const SEEDS = seeds(runs(4, 100));
const CONTAINERS: readonly Container[] = ['json', 'ndjson'];
const DEPTHS: readonly Depth[] = ['full', 'digest', 'summary'];
const ORIGINALS: ReadonlyMap<number, Store> = new Map(SEEDS.map((seed) => [seed, makeStore(seed)]));

/** The store of a seed, made once. */
function storeAt(seed: number): Store {
  return ORIGINALS.get(seed) ?? makeStore(seed);
}

function textOf(
  store: Store,
  records: readonly StoreRecord[] = store.records,
  depth: Depth = 'full',
  container: Container = 'ndjson',
  spelling: Spelling = AS_IT_CAME,
): string {
  return snapshotText(snapshotOf(store, records, depth), container, spelling);
}

type Growth = (store: Store, chance: Chance) => StoreRecord[];

const chains: Growth = (store, chance) =>
  streamsOf(store.records).flatMap((stream) => {
    let last = stream.at(-1) as StoreRecord;
    if (last.seq === undefined) return [];
    return Array.from({ length: chance.between(1, 3) }, () => {
      last = next({ store }, last, chance);
      return last;
    });
  });

const sets: Growth = (store, chance) =>
  streamsOf(store.records).flatMap(([first]) => {
    if (first === undefined || first.seq !== undefined) return [];
    return ['!', 'B', 'b', '~'].map((letter) => ({
      ...next({ store }, first, chance),
      id: `${letter}${chance.hex(9)}`,
    }));
  });

const streams: Growth = (store, chance) => [
  ...makeChain(store, chance, store.records[0]?.tenant ?? '', 'findings-ledger/09'),
  ...makeSet(store, chance, store.records[0]?.tenant ?? '', 'attestations/new'),
];

const tenants: Growth = (store, chance) =>
  ['!', 'éclair', '\u{10ffff}'].flatMap((tenant) => [
    ...makeChain(store, chance, tenant, 'findings-ledger/01'),
    ...makeSet(store, chance, tenant, 'attestations'),
  ]);

const GROWTHS: readonly (readonly [string, Growth])[] = [
  ['every chain grows at its end', chains],
  ['every set grows anywhere', sets],
  ['new streams', streams],
  ['new tenants', tenants],
  ['everything at once', (store, chance) => [chains, sets, streams, tenants].flatMap((grow) => grow(store, chance))],
];

function shortOf(report: ContinuityReport): unknown {
  const { verdict, relation, totals } = report;
  return { verdict, relation, totals, kinds: kindsOf(report) };
}

function identical(store: Store): unknown {
  const totals = { matched: store.records.length, added: 0, missing: 0, modified: 0, relinked: 0, moved: 0 };
  return { verdict: 'PASS', relation: 'identical', totals, kinds: [] };
}

describe('growth is what append mode allows, and nothing else', () => {
  for (const [name, grow] of GROWTHS) {
    it(`B20: ${name}: PASS with the exact number of additions, FAIL in frozen mode`, async () => {
      for (const seed of SEEDS) {
        const store = storeAt(seed);
        const added = grow(store, new Chance(`growth ${seed}`));
        const is = textOf(store, sorted([...store.records, ...added]));
        const report = await compareTexts(textOf(store), is);
        const totals = {
          matched: store.records.length,
          added: added.length,
          missing: 0,
          modified: 0,
          relinked: 0,
          moved: 0,
        };
        const isNew = added.some(({ tenant }) => store.records.every((record) => record.tenant !== tenant));
        const kinds = ['record-added', ...(isNew ? ['tenant-added'] : [])];
        expect({ seed, ...(shortOf(report) as object) }).toEqual({
          seed,
          verdict: 'PASS',
          relation: 'extended',
          totals,
          kinds,
        });
        const frozen = await compareTexts(textOf(store), is, { mode: 'frozen' });
        expect({ seed, verdict: frozen.verdict }).toEqual({ seed, verdict: 'FAIL' });
        expect(kindsOf(frozen)).toEqual(expect.arrayContaining(kinds));
      }
    });
  }

  it('a summary baseline proves that chains only grew', async () => {
    for (const seed of SEEDS) {
      const store = storeAt(seed);
      const added = [...chains(store, new Chance(`growth ${seed}`)), ...tenants(store, new Chance(`tenants ${seed}`))];
      const is = textOf(store, sorted([...store.records, ...added]));
      const { verdict, totals, findings } = await compareTexts(textOf(store, store.records, 'summary'), is);
      expect({ seed, verdict, added: totals.added, findings: findings.filter((one) => one.class !== 'info') }).toEqual({
        seed,
        verdict: 'PASS',
        added: added.length,
        findings: [],
      });
    }
  });

  it('a summary baseline cannot tell how a set grew: INCOMPLETE, never PASS', async () => {
    for (const seed of SEEDS) {
      const store = storeAt(seed);
      const is = textOf(store, sorted([...store.records, ...sets(store, new Chance(`growth ${seed}`))]));
      const report = await compareTexts(textOf(store, store.records, 'summary'), is);
      expect({ seed, verdict: report.verdict }).toEqual({ seed, verdict: 'INCOMPLETE' });
      expect(kindsOf(report)).toContain('proof-unavailable');
    }
  });
});

/** Text in which any character may be escaped, and `/` too. */
function escaped(text: string, chance: Chance): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  const isPair = /[\ud800-\udfff]/.test(text);
  const parts = units.map((unit) => {
    const character = String.fromCharCode(unit);
    if (isPair || chance.below(3) === 0) {
      const hex = unit.toString(16).padStart(4, '0');
      return `\\u${chance.below(2) === 0 ? hex : hex.toUpperCase()}`;
    }
    return character === '/' ? '\\/' : JSON.stringify(character).slice(1, -1);
  });
  return `"${parts.join('')}"`;
}

/** Another token of the same value. */
function respelled(value: number | RawNumber, chance: Chance): string {
  const token = value instanceof RawNumber ? value.token : String(value);
  if (token === '0') return chance.pick(['0.0', '0e5', '0.00E-2', '0E+0']);
  if (token === '1e400') return chance.pick(['1E400', '10e399', '0.1e+401', '1.000e400']);
  if (token.includes('.')) return chance.pick([`${token}0`, `${token}e0`, `${token}E+00`, `${token}00e-0`]);
  return chance.pick([`${token}.0`, `${token}e0`, `${token}00E-2`, `${token}.000e+0`]);
}

function spellings(chance: Chance, container: Container): readonly (readonly [string, Spelling])[] {
  const space = (): string => chance.pick(['', ' ', '\t', '\r', '  ', container === 'json' ? '\n' : '']);
  const names = (list: readonly string[]): readonly string[] => chance.shuffled(list);
  const string = (text: string): string => escaped(text, chance);
  const number = (value: number | RawNumber): string => respelled(value, chance);
  return [
    ['in canonical form', CANONICAL],
    ['with its members shuffled', { ...AS_IT_CAME, names }],
    ['with white space', { ...AS_IT_CAME, space }],
    ['with its texts escaped', { ...AS_IT_CAME, string }],
    ['with its numbers spelled otherwise', { ...AS_IT_CAME, number, count: AS_IT_CAME.number }],
    ['with all of it at once', { string, number, count: AS_IT_CAME.number, names, space }],
  ];
}

describe('the same evidence in another spelling is the same evidence', () => {
  for (const container of CONTAINERS) {
    for (const [at, [name]] of spellings(new Chance(''), container).entries()) {
      it(`E01, E03: a ${container} snapshot ${name}`, async () => {
        for (const seed of SEEDS) {
          const store = storeAt(seed);
          const [, spelling] = spellings(new Chance(`spelling ${seed}`), container)[at] ?? ['', CANONICAL];
          const is = textOf(store, store.records, 'full', container, spelling);
          expect({ seed, report: shortOf(await compareTexts(textOf(store), is)) }).toEqual({
            seed,
            report: identical(store),
          });
        }
      });
    }
  }

  for (const was of DEPTHS) {
    // The stores take turns over depths, containers and packing: each is there with two of them, in the long campaign with all.
    it(`a ${was} snapshot and one of any depth, in any container, with gzip or without`, async () => {
      const ways = DEPTHS.flatMap((is) =>
        CONTAINERS.flatMap((container) => [false, true].map((packed) => ({ is, container, packed }))),
      );
      for (const [turn, seed] of SEEDS.entries()) {
        const store = storeAt(seed);
        const baseline = textOf(store, store.records, was, 'json');
        for (const [at, { is, container, packed }] of ways.entries()) {
          if (!long && SEEDS.length > 1 && (at + turn) % 4 !== 0) continue;
          const text = textOf(store, store.records, is, container);
          const report = shortOf(await compareTexts(baseline, packed ? gzipSync(text) : text));
          expect({ seed, is, container, packed, report }).toEqual({
            seed,
            is,
            container,
            packed,
            report: identical(store),
          });
        }
      }
    });
  }
});

describe('a report is a function of the two inputs', () => {
  const WHOLE = 1 << 24;
  const CHUNKS = [1, 2, 3, 7, 64, 4096, WHOLE];

  async function reportsAt(
    sizes: readonly number[],
    was: string,
    is: string | Uint8Array,
  ): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const chunkBytes of sizes) {
      const { run, ...report } = await compareTexts(was, is, {}, chunkBytes);
      expect(run.durationMs).toBeGreaterThanOrEqual(0);
      found.add(JSON.stringify(report));
    }
    return found;
  }

  for (const container of CONTAINERS) {
    it(`a ${container} snapshot of any content gives one report at every chunk size, byte for byte`, async () => {
      const seed = SEEDS[0] ?? 0;
      const store = storeAt(seed);
      const was = textOf(store, store.records, 'full', container);
      expect(await reportsAt(CHUNKS, was, was)).toHaveLength(1);
      expect(await reportsAt(CHUNKS, was, gzipSync(was))).toHaveLength(1);
      const few = EDITS.filter((_, at) => at % runs(40, 3) === 0 && !EDITS[at]?.name.includes('million'));
      for (const edit of few) {
        const forgery = forge(edit, 0, store, edit.depth ?? 'full', new Chance(`${edit.name} ${seed}`));
        if (forgery === undefined) continue;
        expect({
          edit: edit.name,
          reports: (await reportsAt([5, 64, 4096, WHOLE], was, forgedText(forgery, container))).size,
        }).toEqual({
          edit: edit.name,
          reports: 1,
        });
      }
    });
  }
});

/** What is said of a change; groups of changes, held against a grouping made in the simplest way, and their bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BODY_FAULTY,
  type ChangedRecord,
  Changes,
  changeFinding,
  type Judged,
  leavesOf,
} from '../../../src/core/judge/changes.ts';
import type { Difference } from '../../../src/core/judge/difference.ts';
import {
  CHANGE_CLASSES,
  type ChangeGroup,
  type ChangeShare,
  type GroupedPlace,
} from '../../../src/core/report/changes.ts';
import type { SnapshotSummary, TenantSummary } from '../../../src/core/snapshot/summary.ts';
import { compareTexts } from '../../in-memory.ts';
import { bundles, ndjson } from '../../store.ts';

const NO_HASH = `sha256:${'0'.repeat(64)}` as const;

/** A baseline of which only counts are told. */
function baselineOf(tenants: Readonly<Record<string, Readonly<Record<string, number>>>>): SnapshotSummary {
  const list = Object.entries(tenants).map(([tenant, types]): TenantSummary => {
    const counts = new Map(Object.entries(types));
    const records = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return { tenant, records, root: NO_HASH, counts, streams: [] };
  });
  return { records: list.reduce((sum, { records }) => sum + records, 0), globalRoot: NO_HASH, tenants: list };
}

const EMPTY = baselineOf({});
/** Of which no tenant and no type comes into any group. */
const OTHERS = baselineOf({ other: { other: 1 } });

function placeAt(pointer: string, of: Partial<GroupedPlace> = {}): GroupedPlace {
  return { pointer, change: 'changed', class: 'other', baseline: 1, current: 2, ...of };
}

function recordOf(of: Partial<ChangedRecord> = {}): ChangedRecord {
  return { tenant: 'acme', stream: 's', id: 'one', type: '', recordedAt: undefined, ...of };
}

describe('what is said of two records that differ', () => {
  const judged: Judged = { id: 'one', seq: 3, leaf: 'was', hash: undefined, type: 'sbom', recordedAt: undefined };
  const unseen = leavesOf(judged, { ...judged, leaf: 'is' });
  const place = placeAt('/body/a');
  const seen: Difference = { ...unseen, path: '/body/a', baseline: 1, current: 2, count: 1, places: [place] };

  it.each<readonly [string, boolean, Partial<Judged>, Difference]>([
    ['content changed', false, {}, unseen],
    ['content untouched, custody members changed', true, {}, unseen],
    ['content changed at /body/a', false, {}, seen],
    ['content changed at /body/a (and 1 other place)', false, {}, { ...seen, count: 2 }],
    ['content changed at /body/a (and 2 other places)', false, {}, { ...seen, count: 3 }],
    ['content changed at /body/a, added', false, {}, { ...seen, what: 'added' }],
    ['content changed at /body/a, added (and 1 other place)', false, {}, { ...seen, what: 'added', count: 2 }],
    ['content untouched, custody members changed at /links', true, {}, { ...seen, path: '/links', what: 'added' }],
    [
      'content changed at /body/a; lists changed so much that not all of their elements were aligned',
      false,
      {},
      { ...seen, unaligned: true },
    ],
    ['content changed; seq was 3, is 4', false, { seq: 4 }, unseen],
    ['content changed; seq was 3, is none', false, { seq: undefined }, unseen],
  ])('%s', (message, sameContent, current, difference) => {
    expect(changeFinding(judged, { ...judged, ...current }, sameContent, difference).message).toBe(message);
  });

  it('names a position that the baseline did not have', () => {
    expect(changeFinding({ ...judged, seq: undefined }, judged, false, unseen).message).toMatch(/seq was none, is 3$/);
  });

  it('shows the leaves where no place is known, and else the places and how many are left out', () => {
    const of = (sameContent: boolean, difference: Difference): object => {
      const { message: _, ...shown } = changeFinding(judged, judged, sameContent, difference);
      return shown;
    };
    const values = { baseline: 1, current: 2, path: '/body/a' };
    expect(unseen).toMatchObject({ count: 0, kindsOmitted: 0, unaligned: false });
    expect(of(false, unseen)).toEqual({ baseline: 'was', current: 'is' });
    expect(of(false, seen)).toEqual({ ...values, places: [place] });
    expect(of(false, { ...seen, count: 2 })).toEqual({ ...values, places: [place], placesOmitted: 1 });
    expect(of(true, { ...seen, count: 2 })).toEqual(values);
    expect(BODY_FAULTY).toMatch(/^content changed: the body is gone/);
  });
});

/* Groups of them. */

interface Added {
  readonly record: ChangedRecord & { readonly type: string };
  readonly kinds: readonly GroupedPlace[];
  readonly kindsOmitted: number;
  readonly count: number;
}

/** Names of which UTF-8 and UTF-16 sort the last two differently. */
const NAMES = ['a', 'b', 'A', '\u{1F600}', '\u{FF61}'];
const name = fc.constantFrom(...NAMES);
const days = ['2027-01-01', '2027-01-02', '2027-03-01'];

const added: fc.Arbitrary<Added> = fc.record({
  record: fc.record({
    tenant: name,
    stream: fc.constantFrom('s', 't'),
    id: fc.string({ maxLength: 2 }),
    type: fc.constantFrom('', 'sbom', 'scan'),
    recordedAt: fc.constantFrom(undefined, 'no time', ...days.map((day) => `${day}T23:59:59Z`)),
  }),
  kinds: fc
    .subarray(['/a', '/b', '/c'])
    .chain((pointers) =>
      fc.tuple(
        ...pointers.map((pointer) =>
          fc.constantFrom(...CHANGE_CLASSES.slice(0, 2)).map((of) => placeAt(pointer, { class: of })),
        ),
      ),
    ),
  kindsOmitted: fc.constantFrom(0, 0, 1, 5),
  count: fc.constantFrom(1, 1, 1, 3),
});

const baselines = fc.dictionary(name, fc.dictionary(fc.constantFrom('sbom', 'scan'), fc.integer({ min: 0, max: 9 })));

/** Largest first, then by the bytes of the name. */
function sharesOf(names: readonly (readonly [string, number])[]): ChangeShare[] {
  const counts = new Map<string, number>();
  for (const [one, count] of names) counts.set(one, (counts.get(one) ?? 0) + count);
  const list = [...counts].map(([one, count]) => ({ name: one, count }));
  return list.sort((a, b) => b.count - a.count || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

/** What a group must say, from all that was put into it. */
function expectedGroup(all: readonly Added[], { records, tenants }: SnapshotSummary): unknown {
  const [first] = all;
  const count = all.reduce((sum, one) => sum + one.count, 0);
  const ofTenant = (tenant: string): number => tenants.find((one) => one.tenant === tenant)?.records ?? 0;
  const ofType = (type: string): number => tenants.reduce((sum, { counts }) => sum + (counts.get(type) ?? 0), 0);
  const above = (shares: ChangeShare[], known: (of: string) => number): ChangeShare[] | undefined => {
    const more = shares.filter((share) => share.count / count > known(share.name) / records);
    return more.length === 0 ? undefined : more;
  };
  const dated = all.filter(({ record }) => record.recordedAt?.endsWith('Z'));
  const byDay = sharesOf(dated.map(({ record, count: of }) => [String(record.recordedAt).slice(0, 10), of]));
  const types = all.filter(({ record }) => record.type !== '');
  return {
    count,
    places: first?.kinds,
    placesOmitted: first?.kindsOmitted === 0 ? undefined : first?.kindsOmitted,
    examples: all.slice(0, 2).map(({ record: { tenant, stream, id } }) => ({ tenant, stream, id })),
    tenants: above(sharesOf(all.map(({ record, count: of }) => [record.tenant, of])), ofTenant),
    types: above(sharesOf(types.map(({ record, count: of }) => [record.type, of])), ofType),
    days: byDay.length === 0 ? undefined : byDay,
  };
}

const isOther = ({ places: [first] }: ChangeGroup): boolean => first === undefined || first.class === 'other';

describe('groups of changes', () => {
  it('are those that a grouping by equal sets of places gives', () => {
    fc.assert(
      fc.property(fc.array(added, { maxLength: 40 }), baselines, (all, known) => {
        const baseline = baselineOf(known);
        const changes = new Changes();
        const groups = new Map<string, Added[]>();
        for (const one of all) {
          changes.add(one.record, one, one.count);
          const key = JSON.stringify([one.kinds, one.kindsOmitted > 0]);
          groups.set(key, [...(groups.get(key) ?? []), one]);
        }
        const listed = changes.list(baseline);
        expect(changes.omitted).toBe(0);
        const inAnyOrder = (list: readonly unknown[]): unknown[] =>
          list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
        const expected = [...groups.values()].map((one) => expectedGroup(one, baseline));
        const said = listed.map((group) => ({
          placesOmitted: undefined,
          tenants: undefined,
          types: undefined,
          days: undefined,
          ...group,
        }));
        expect(inAnyOrder(said.map(sorted))).toEqual(inAnyOrder(expected.map(sorted)));
        for (const [at, group] of listed.slice(1).entries()) {
          const before = listed[at] as ChangeGroup;
          expect(before.count).toBeLessThanOrEqual(group.count);
          if (before.count === group.count && isOther(group)) expect(isOther(before)).toBe(true);
        }
      }),
    );
  });

  it('are listed the same in whichever order the records came', () => {
    const groupsOf = (all: readonly Added[]): readonly unknown[] => {
      const changes = new Changes();
      for (const one of all) changes.add(one.record, { ...one, kindsOmitted: 0 }, one.count);
      return changes.list(EMPTY).map(({ examples: _, ...group }) => group);
    };
    fc.assert(
      fc.property(fc.array(added, { maxLength: 12 }), (all) => {
        expect(groupsOf(all.toReversed())).toEqual(groupsOf(all));
      }),
    );
  });

  it('are listed the rarest first, then what may say another thing, then by their places', () => {
    const changes = new Changes();
    const add = (pointer: string, of: Partial<GroupedPlace> = {}): void =>
      changes.add(recordOf(), { kinds: [placeAt(pointer, of)], kindsOmitted: 0 });
    for (const pointer of ['/often', '/often', '/z', '/y']) add(pointer);
    add('/a', { class: 'case' });
    changes.addUnseen({ tenant: 'acme', stream: 's' }, 1);
    const pointers = changes.list(EMPTY).map(({ count, places }) => [count, places[0]?.pointer]);
    expect(pointers).toEqual([
      [1, '/y'],
      [1, '/z'],
      [1, undefined],
      [1, '/a'],
      [2, '/often'],
    ]);
  });

  it('of records of which it is not known where they changed are one, without places', () => {
    const changes = new Changes();
    changes.addUnseen({ tenant: 'acme', stream: 's' }, 7);
    changes.addUnseen({ tenant: 'beta', stream: 't', id: 'x', seq: 3, foundAt: 'a.json item 2' }, 2);
    expect(changes.list(baselineOf({ acme: { sbom: 9 }, beta: { sbom: 1 } }))).toEqual([
      {
        count: 9,
        places: [],
        examples: [
          { tenant: 'acme', stream: 's' },
          { tenant: 'beta', stream: 't', id: 'x', seq: 3, foundAt: 'a.json item 2' },
        ],
        tenants: [{ name: 'beta', count: 2 }],
      },
    ]);
  });

  it('show ten tenants, types and days, the largest ones', () => {
    const changes = new Changes();
    for (let nth = 0; nth < 12; nth++) {
      const two = String(nth + 10);
      const record = recordOf({ tenant: `t${two}`, type: `k${two}`, recordedAt: `2027-01-${two}T00:00:00Z` });
      changes.add(record, { kinds: [], kindsOmitted: 0 }, nth + 1);
    }
    const [group] = changes.list(OTHERS);
    const largest = Array.from({ length: 10 }, (_, nth) => ({ two: String(21 - nth), count: 12 - nth }));
    expect(group?.tenants).toEqual(largest.map(({ two, count }) => ({ name: `t${two}`, count })));
    expect(group?.types).toEqual(largest.map(({ two, count }) => ({ name: `k${two}`, count })));
    expect(group?.days).toEqual(largest.map(({ two, count }) => ({ name: `2027-01-${two}`, count })));
  });
});

describe('records beyond those that a report lists', () => {
  it('are looked at all the same: the one of another kind may be the last', async () => {
    const was = bundles(6).map((record, at) => ({ ...record, body: { at, word: 'a', status: 'open' } }));
    const is = was.map((record, at) => ({
      ...record,
      body: { ...record.body, ...(at < 5 ? { word: 'A' } : { status: 'closed' }) },
    }));
    const report = await compareTexts(ndjson(was), ndjson(is), { maxFindings: 1 });
    expect(report.findings.filter(({ kind }) => kind === 'record-modified')).toHaveLength(1);
    expect(report.changes).toMatchObject([
      { count: 1, places: [{ pointer: '/body/status' }], examples: [{ id: was[5]?.id }] },
      { count: 5, places: [{ pointer: '/body/word' }], examples: [{ id: was[0]?.id }, { id: was[1]?.id }] },
    ]);
  });
});

describe('the bounds of groups', () => {
  it('are a thousand groups: the records of others are counted together, those of known ones not', () => {
    const changes = new Changes();
    const add = (nth: number, count: number): void =>
      changes.add(recordOf(), { kinds: [placeAt(`/${nth}`)], kindsOmitted: 0 }, count);
    for (let nth = 0; nth < 1002; nth++) add(nth, 1);
    add(1001, 5);
    add(999, 5);
    expect(changes.omitted).toBe(7);
    const listed = changes.list(EMPTY);
    expect(listed).toHaveLength(1000);
    expect(listed.at(-1)).toMatchObject({ count: 6, places: [{ pointer: '/999' }] });
  });

  it('are a hundred places of a group, and the rest is counted', () => {
    const kinds = Array.from({ length: 103 }, (_, nth) => placeAt(`/${nth}`));
    for (const [kindsOmitted, omitted] of [
      [0, 3],
      [4, 7],
    ] as const) {
      const changes = new Changes();
      changes.add(recordOf(), { kinds, kindsOmitted });
      expect(changes.list(EMPTY)).toMatchObject([{ places: kinds.slice(0, 100), placesOmitted: omitted }]);
    }
  });

  it.each([
    ['pointer', (text: string) => placeAt(`/${text}`)],
    ['element', (text: string) => placeAt('/a', { element: text })],
    ['value before', (text: string) => placeAt('/a', { baseline: text })],
    ['value now', (text: string) => placeAt('/a', { current: text })],
  ] as const)('are what all of them take: of a long %s later groups show the first place alone', (_, placeOf) => {
    const changes = new Changes();
    const long = 'x'.repeat(900_000);
    const kinds = (nth: number): GroupedPlace[] =>
      [placeOf(`${nth}${long}`), placeOf(`+${nth}${long}`)].map((one) => ({
        ...one,
        class: CHANGE_CLASSES[nth] ?? 'other',
      }));
    for (let nth = 0; nth < 4; nth++) changes.add(recordOf(), { kinds: kinds(nth), kindsOmitted: 0 }, nth + 1);
    expect(changes.list(EMPTY).map(({ places, placesOmitted }) => [places.length, placesOmitted])).toEqual([
      [2, undefined],
      [2, undefined],
      [1, 1],
      [1, 1],
    ]);
  });

  it.each([
    [0, 2],
    [1, 1],
  ])('are 4,000,000 units of text, with 100 for each place: of %i more the last place is not shown', (more, shown) => {
    const changes = new Changes();
    // Beside its pointer a place is its 100 and the values 1 and 2.
    const placeOf = (units: number): GroupedPlace => placeAt('x'.repeat(units - 102));
    const kinds = [placeOf(1_000_000), placeOf(3_000_000 + more)];
    changes.add(recordOf(), { kinds, kindsOmitted: 0 });
    expect(changes.list(EMPTY)[0]?.places).toHaveLength(shown);
  });

  it('are 64 names that are counted: what comes together is counted to its end, however many came before', () => {
    const changes = new Changes();
    const add = (tenant: string, count: number): void =>
      changes.add(recordOf({ tenant }), { kinds: [], kindsOmitted: 0 }, count);
    add('large', 9);
    for (let nth = 0; nth < 63; nth++) add(`small${nth}`, 2);
    // The 65th is kept, though it is the least, and one of the others goes.
    for (let times = 0; times < 5; times++) add('together', 1);
    expect(changes.list(OTHERS)[0]?.tenants?.slice(0, 3)).toEqual([
      { name: 'large', count: 9 },
      { name: 'together', count: 5 },
      { name: 'small1', count: 2 },
    ]);
  });
});

/** Members in one order, so that two of the same are the same text. */
function sorted(group: unknown): unknown {
  return Object.fromEntries(Object.entries(group as object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

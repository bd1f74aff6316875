/**
 * Honest migrations pass, whatever rules they are made of; and whatever is done to the current side besides, a PASS is given
 * only where it is f(baseline), byte for byte, and growth: as a second f says, which shares nothing with the code.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../long.ts';
import { LEDGER_RULE, type PlainRecord, referenceCanonical, relinked } from '../store.ts';
import { compareMigrated, type Setting } from './migrated.ts';
import {
  type Body,
  CHAIN_RULES,
  expectedOf,
  inOrder,
  pick,
  placeOf,
  type Random,
  type RandomRule,
  randomOf,
  rechained,
  SET_RULES,
  storeOf,
  streamOf,
} from './random-migration.ts';

const CHAINS = { chains: LEDGER_RULE };

interface World {
  readonly before: readonly PlainRecord[];
  readonly rules: readonly RandomRule[];
  readonly expected: readonly PlainRecord[];
}

function compared({ before, rules }: World, after: readonly PlainRecord[]) {
  const files = Object.assign({}, ...rules.map((rule) => rule.files ?? {})) as Record<string, string>;
  const setting: Setting = { files, signed: true, before: CHAINS, after: CHAINS };
  return compareMigrated(before, after, { rules: rules.map(({ rule }) => rule) }, setting);
}

function worldOf(
  random: Random,
  size: number,
  rules: (before: readonly PlainRecord[]) => readonly RandomRule[],
): World {
  const before = storeOf(random, size);
  const made = rules(before);
  return { before, rules: made, expected: expectedOf(before, made) };
}

/** At most one rule a stream: a mixture. */
function mixture(random: Random, before: readonly PlainRecord[]): readonly RandomRule[] {
  const made: RandomRule[] = [];
  for (const stream of ['access_log', 'bundles']) {
    if (random() < 0.7) made.push(pick(random, Object.values(SET_RULES))(random, stream, before));
  }
  if (made.length === 0 || random() < 0.7)
    made.push(pick(random, Object.values(CHAIN_RULES))(random, 'ledger/1', before));
  return made;
}

const SINGLE = [
  ...Object.entries(SET_RULES).map(([name, make]) => ({ name: `${name} of a set`, make, stream: 'access_log' })),
  ...Object.entries(CHAIN_RULES).map(([name, make]) => ({ name: `${name} of a chain`, make, stream: 'ledger/1' })),
];
const SIZE = runs(40, 350);

describe('an honest migration', () => {
  it.each(SINGLE)('passes: $name', async ({ make, stream }) => {
    const random = randomOf(7);
    const world = worldOf(random, SIZE, (before) => [make(random, stream, before)]);
    const report = await compared(world, world.expected);
    expect(report.findings.filter(({ class: forced }) => forced !== 'info')).toEqual([]);
    expect(report).toMatchObject({ verdict: 'PASS', relation: 'migrated' });
    expect(report.current.globalRoot).toBe(report.migration?.expected?.globalRoot);
  });

  it.each(Array.from({ length: 29 }, (_, seed) => ({ seed })))('passes: mixture $seed', async ({ seed }) => {
    const random = randomOf(1000 + seed);
    const world = worldOf(random, SIZE, (before) => mixture(random, before));
    const report = await compared(world, world.expected);
    expect(report.findings.filter(({ class: forced }) => forced !== 'info')).toEqual([]);
    expect(report).toMatchObject({ verdict: 'PASS', relation: 'migrated' });
  });
});

/* What is done to the current side besides. */

type Tamper = (random: Random, after: readonly PlainRecord[], world: World) => readonly PlainRecord[];

function replaceOne(after: readonly PlainRecord[], random: Random, change: (record: PlainRecord) => PlainRecord) {
  const at = Math.floor(random() * after.length);
  return after.map((record, index) => (index === at ? change(record) : record));
}

function altered(random: Random, { body, ...record }: PlainRecord): PlainRecord {
  const members = structuredClone(body as Body);
  const name = pick(random, Object.keys(members));
  const value = members[name];
  members[name] = typeof value === 'number' ? value + 1 : typeof value === 'string' ? `${value} ` : null;
  return { ...record, body: members };
}

const relinkedStream: Tamper = (random, after) => {
  const victim = pick(random, after);
  const key = streamOf(victim);
  const mine = after.filter((record) => streamOf(record) === key);
  const changed = replaceOne(mine, random, (record) => altered(random, record));
  const linked =
    victim.seq === undefined ? changed : random() < 0.5 ? rechained(changed) : relinked(changed, 'sha256-jcs-body');
  return inOrder([...after.filter((record) => streamOf(record) !== key), ...linked]);
};

const TAMPERS: Readonly<Record<string, Tamper>> = {
  nothing: (_, after) => after,
  lost: (random, after) => {
    const at = Math.floor(random() * after.length);
    return after.filter((_, index) => index !== at);
  },
  'body altered': (random, after) => replaceOne(after, random, (record) => altered(random, record)),
  'member altered': (random, after) =>
    replaceOne(after, random, (record) =>
      pick(random, [
        { ...record, type: 'c' },
        { ...record, recordedAt: '2026-03-01T10:00:11Z' },
        { ...record, attrs: { status: 'open', more: '' } },
        { ...record, hash: 'f'.repeat(64) },
        { ...record, prev: 'f'.repeat(64) },
      ]),
    ),
  'as it was before': (random, after, { before }) => {
    const victim = pick(random, before);
    return inOrder([...after.filter((record) => placeOf(record) !== placeOf(victim)), victim]);
  },
  'all of a stream as before': (random, after, { before }) => {
    const key = streamOf(pick(random, before));
    return inOrder([
      ...after.filter((record) => streamOf(record) !== key),
      ...before.filter((record) => streamOf(record) === key),
    ]);
  },
  'put where it was before': (random, after, { before, expected }) => {
    const kept = new Set(expected.map(placeOf));
    const gone = before.filter((record) => !kept.has(placeOf(record)));
    return gone.length === 0 ? after : inOrder([...after, altered(random, pick(random, gone))]);
  },
  'bodies swapped': (random, after) => {
    const [one, other] = [pick(random, after), pick(random, after)];
    return after.map((record) =>
      record === one
        ? { ...record, body: other.body ?? null }
        : record === other
          ? { ...record, body: one.body ?? null }
          : record,
    );
  },
  'linked anew': relinkedStream,
  'id taken over': (random, after) => {
    const [one, other] = [pick(random, after), pick(random, after)];
    return inOrder(after.map((record) => (record === one ? { ...record, id: `${other.id}x` } : record)));
  },
  moved: (random, after) => inOrder(replaceOne(after, random, (record) => ({ ...record, tenant: 'mallory' }))),
  grown: (random, after) => {
    const model = pick(
      random,
      after.filter(({ seq }) => seq === undefined),
    );
    return inOrder([...after, { ...model, id: `zz${Math.floor(random() * 1e6)}` }]);
  },
  'rule misread': (_, after, { before, rules }) => {
    const half = rules.map((rule, at) =>
      at === 0 ? { ...rule, isFor: (one: PlainRecord) => rule.isFor(one) && one.tenant !== 'globex' } : rule,
    );
    const result = expectedOf(before, half);
    return result.length === 0 ? after : result;
  },
};

/** Whether `after` is f(baseline) and growth in sets: what is expected stands there to the letter, all else is new. */
function isContinuous({ before, expected }: World, after: readonly PlainRecord[]): boolean {
  const is = new Map(after.map((record) => [placeOf(record), referenceCanonical(record)]));
  if (is.size < after.length) return false;
  const places = new Set(expected.map(placeOf));
  const left = new Set(before.map(placeOf).filter((place) => !places.has(place)));
  return (
    expected.every((record) => is.get(placeOf(record)) === referenceCanonical(record)) &&
    after.every((record) => places.has(placeOf(record)) || (record.seq === undefined && !left.has(placeOf(record))))
  );
}

describe('whatever is done besides', () => {
  it('a PASS is given where the current side is f(baseline) and growth, and nowhere else', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const random = randomOf(seed);
        const world = worldOf(random, 5 + Math.floor(random() * 8), (before) => mixture(random, before));
        const name = pick(random, Object.keys(TAMPERS));
        const once = TAMPERS[name]?.(random, world.expected, world) ?? [];
        const after = random() < 0.2 ? (pick(random, Object.values(TAMPERS))(random, once, world) ?? once) : once;
        const { verdict } = await compared(world, after);
        seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
        expect(verdict === 'PASS').toBe(isContinuous(world, after));
      }),
      { numRuns: runs(150, 2000) },
    );
    expect([...seen.keys()].sort()).toEqual(expect.arrayContaining(['FAIL', 'PASS']));
  });
});

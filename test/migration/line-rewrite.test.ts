/**
 * Lines that a rule makes as bytes, against the simple way, its oracle: the same records from any bodies and operations, the
 * same losses, nothing where the simple way finds a mismatch; and the same report of any comparison.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { canonicalBytes, canonicalText } from '../../src/core/json/canonical.ts';
import { parseJson } from '../../src/core/json/parse.ts';
import type { JsonObject } from '../../src/core/json/value.ts';
import { isSpliceable } from '../../src/core/migration/body-splice.ts';
import { LineRewrite, type RewriteLimits } from '../../src/core/migration/line-rewrite.ts';
import type { MigrationRule } from '../../src/core/migration/migration.ts';
import { MapMismatch } from '../../src/core/migration/mismatch.ts';
import { lossOf, type PatchOperation, patched } from '../../src/core/migration/patch.ts';
import { portable, utf8 } from '../../src/core/platform.ts';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import type { Lines } from '../../src/core/snapshot/byte-window.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import type { JsonInput } from '../../src/index.ts';
import { parseMigration } from '../../src/wire/migration.ts';
import { respelledText } from '../core/batch/spelling.ts';
import { runs, seed } from '../long.ts';
import { LEDGER_RULE, type PlainRecord, ZEROS } from '../store.ts';
import { Chance } from '../tamper/value.ts';
import { damaged, recordsMade, relinkedChains, spelled } from './damage.ts';
import { compareMigrated } from './migrated.ts';
import {
  CHAIN_RULES,
  expectedOf,
  pick,
  placeOf,
  type Random,
  type RandomRule,
  randomOf,
  rechained,
  SET_RULES,
  storeOf,
} from './random-migration.ts';

/** The rules of a migration as it is read from its file. */
function ruleOf(patch: readonly object[], others: object = {}): MigrationRule {
  const about = { kind: 'evidence-migration', version: 1, upgrade: 'u', from: '1', to: '2', baseline: '0'.repeat(64) };
  const rule = { name: 'r', match: { stream: 's' }, patch, ...others };
  const text = JSON.stringify({ ...about, rules: [rule] });
  return parseMigration(nodePlatform, utf8(text), () => new Uint8Array(0)).rules[0] as MigrationRule;
}

const NAMES = ['a', 'b', 'c', 'é', '"\\', ''];
const anyName = fc.constantFrom(...NAMES);
const anyPath = anyName.map((name) => `/body/${name}`);
const anyValue: fc.Arbitrary<JsonInput> = fc.oneof(
  fc.constantFrom<JsonInput>('x', 'y', 1, 0.5, true, null, '{"k":[1]}', '2026-03-01 10:00:00', 'É"\\\u0001'),
  fc.json({ maxDepth: 2 }).map((text) => JSON.parse(text) as JsonInput),
);
const anyConversion = fc.oneof(
  fc.constantFrom(
    { values: { x: 'z', y: 'z' } },
    { values: { x: 1, y: { k: [] } } },
    { text: true },
    { case: 'upper' },
    { scale: 2 },
    { json: 'value' },
    { json: 'text' },
    { unicode: 'NFC' },
    { zone: 'Europe/Berlin' },
  ),
  fc
    .array(fc.oneof(anyPath, fc.constantFrom(':', '"', 'é')), { minLength: 1, maxLength: 3 })
    .map((concat) => ({ concat })),
);

/** Any operation at such places. */
const operationAt = (anyPlace: fc.Arbitrary<string>): fc.Arbitrary<object> =>
  fc.oneof(
    fc.record({ op: fc.constantFrom('add', 'replace', 'test'), path: anyPlace, value: anyValue }),
    fc.record({ op: fc.constant('remove'), path: anyPlace }),
    fc.record({ op: fc.constantFrom('move', 'copy'), from: anyPlace, path: anyPlace }),
    fc.record({ op: fc.constant('convert'), path: anyPlace, to: anyConversion }),
  );
const anyBody = fc.dictionary(anyName, anyValue, { maxKeys: 5, noNullPrototype: true });

/** Values with something within, and pointers that mostly lead to it. */
const anyDeepBody = fc.dictionary(
  fc.constantFrom('a', 'b', 'é'),
  fc.constantFrom<JsonInput>({ k: ['x', 'y'], x: 1 }, { x: 'x', k: { k: true } }, ['x', { k: [1] }], 'x'),
  { minKeys: 2, noNullPrototype: true },
);
const anyDeepPath = fc.constantFrom(
  ...new Array<string>(4).fill('/body/c'),
  ...['a', 'b', 'é'].flatMap((name) =>
    ['', '/k', '/k', '/x', '/k/0', '/0', '/-', '/new'].map((to) => `/body/${name}${to}`),
  ),
);

const KINDS: Readonly<Record<string, readonly [fc.Arbitrary<object>, fc.Arbitrary<Record<string, JsonInput>>]>> = {
  members: [operationAt(anyPath), anyBody],
  'what lies within members': [operationAt(anyDeepPath), anyDeepBody],
};

function lineOf(members: object): Uint8Array {
  return canonicalBytes(parseJson(portable, utf8(JSON.stringify(members))));
}

function linesOf(records: readonly Uint8Array[], commas = false): Lines {
  const text = Buffer.concat(records.flatMap((record) => [record, Buffer.from(commas ? ',\n' : '\n')]));
  return { bytes: text, start: 0, end: text.length, commas, anySpelling: true };
}

const MOST = { bytes: 64 * 1024, lines: 64 };

/** What makes lines by one rule, which is for all of them. */
function rewriteBy(rule: MigrationRule, most: RewriteLimits): LineRewrite {
  const rewrite = new LineRewrite([rule], most);
  rewrite.open({ asked: [], choose: () => 0 });
  return rewrite;
}

/** What the simple way makes of a record, and which operations took something away; undefined where it does not fit. */
function simply(record: Uint8Array, patch: readonly PatchOperation[]): { text: string; lost: number } | undefined {
  const json = parseJson(portable, record) as JsonObject;
  let lost = 0;
  try {
    patched(json, patch, (at, loss) => {
      expect(loss).toBe(lossOf(patch[at] as PatchOperation));
      lost |= 1 << at;
    });
  } catch (fault) {
    if (fault instanceof MapMismatch) return undefined;
    throw fault;
  }
  return { text: canonicalText(json), lost };
}

describe('lines with other bodies', () => {
  it.each(Object.keys(KINDS))('are those of the simple way, with the same losses; none at a mismatch: %s', (kind) => {
    const seen = { made: 0, fitting: 0, refused: 0 };
    const [anyOperation, anyOf] = KINDS[kind] ?? [operationAt(anyPath), anyBody];
    const operations = fc.array(anyOperation, { minLength: 1, maxLength: 4 });
    const bodies = fc.array(anyOf, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(operations, bodies, fc.boolean(), fc.boolean(), (patch, given, hasAttrs, commas) => {
        const rule = ruleOf(patch);
        expect(isSpliceable(rule)).toBe(true);
        const attrs = hasAttrs ? { attrs: { k: '}"{', z: '' } } : {};
        const rewrite = rewriteBy(rule, MOST);
        for (const body of given) {
          const record = lineOf({ ...attrs, body, id: 'i', stream: 's', tenant: 't', type: 'x' });
          rewrite.make(linesOf([record], commas), MOST.bytes);
          const right = simply(record, rule.patch);
          if (right === undefined) seen.refused++;
          else seen.fitting++;
          if (rewrite.lines === 0) continue;
          seen.made++;
          const made = Buffer.from(rewrite.bytes.subarray(0, rewrite.ends[0])).toString();
          expect(made).toBe(`${right?.text}${commas ? ',' : ''}\n`);
          expect(rewrite.lost[0]).toBe(right?.lost);
          expect(rewrite.sourceEnds[0]).toBe(record.length + (commas ? 2 : 1));
        }
      }),
      { numRuns: runs(300, 50_000), seed },
    );
    // All that fit, but for a text that is too long or a name with an escape within a value that is converted.
    expect(seen.made).toBe(seen.fitting);
    expect(seen.fitting).toBeGreaterThan(runs(300, 50_000) / 4);
    expect(seen.refused).toBeGreaterThan(runs(300, 50_000) / 4);
  });

  it('take their links from the lines at the same places, and end where those have another form', () => {
    const rule = ruleOf([{ op: 'remove', path: '/body/a' }], {
      rechain: { recipe: 'sha256-prev-body', genesis: 'zeros' },
    });
    const link = (digit: string): object => ({ hash: digit.repeat(64), prev: ZEROS });
    const about = { stream: 's', tenant: 't', type: 'x' };
    const was = [1, 2, 3, 4].map((seq) =>
      lineOf({ body: { a: 1, n: seq }, id: `"${seq}`, seq, ...link('1'), ...about }),
    );
    const is = [1, 2, 3, 4].map((seq) =>
      lineOf({ body: { n: seq }, id: `"${seq}`, seq, ...link('2'), ...about, ...(seq === 3 ? { id: 'longer' } : {}) }),
    );
    const rewrite = rewriteBy(rule, MOST);
    rewrite.make(linesOf(was), MOST.bytes, linesOf(is, true));
    expect(rewrite.lines).toBe(2);
    expect(Buffer.from(rewrite.bytes.subarray(0, rewrite.ends[1])).equals(linesOf(is.slice(0, 2)).bytes)).toBe(true);
    // Of lines that have no such links nothing is made.
    for (const odd of [{ hash: '1'.repeat(32) }, { prev: null }, { hash: undefined }, { bodyDigest: 'sha256:' }]) {
      const members = { body: { a: 1 }, id: 'i', seq: 1, ...link('1'), ...about, ...odd };
      const stated = Object.entries(members).filter(([, value]) => value !== undefined);
      rewrite.make(linesOf([lineOf(Object.fromEntries(stated))]), MOST.bytes, linesOf(is));
      expect(rewrite.lines, JSON.stringify(odd)).toBe(0);
    }
  });

  it('are never more than there is room for', () => {
    const rule = ruleOf([{ op: 'add', path: '/body/long', value: 'x'.repeat(200) }]);
    const record = lineOf({ body: { n: 1 }, id: 'i', stream: 's', tenant: 't', type: 'x' });
    const lines = linesOf(Array.from({ length: 100 }, () => record));
    const right = simply(record, rule.patch)?.text ?? '';
    for (const bytes of [50, 100, 300, 301, 700, 5000, 100_000]) {
      const rewrite = rewriteBy(rule, { bytes, lines: 64 });
      rewrite.make(lines, bytes);
      const end = rewrite.lines === 0 ? 0 : (rewrite.ends[rewrite.lines - 1] as number);
      expect(Buffer.from(rewrite.bytes.subarray(0, end)).toString()).toBe(`${right}\n`.repeat(rewrite.lines));
      expect(rewrite.lines).toBeLessThanOrEqual(64);
    }
  });

  it('are made of nothing but what the rule is for in all of its streams', () => {
    const remove = { op: 'remove', path: '/body/a' };
    expect(isSpliceable(ruleOf([remove, { op: 'copy', from: '/body/a/b', path: '/body/c' }]))).toBe(true);
    for (const patch of [
      [{ op: 'add', path: '/body', value: {} }],
      [{ op: 'convert', path: '/recordedAt', to: { zone: 'UTC' } }],
      [{ op: 'copy', from: '/attrs/a', path: '/body/a' }],
      [{ op: 'convert', path: '/body/a', to: { concat: ['/type'] } }],
    ]) {
      expect(isSpliceable(ruleOf(patch, { rechain: { recipe: 'sha256-prev-body', genesis: 'null' } }))).toBe(false);
    }
    expect(isSpliceable(ruleOf([remove], { place: { tenant: { value: 'x' } } }))).toBe(false);
  });
});

/* Whole comparisons. */

/** Rules that are mostly of the kind whose lines are made as bytes. */
function someRules(random: Random, before: readonly PlainRecord[]): readonly RandomRule[] {
  return ['access_log', 'bundles', 'ledger/1'].flatMap((stream) => {
    if (random() < 0.15) return [];
    const make = stream.startsWith('ledger') ? CHAIN_RULES['rechain'] : SET_RULES['patch'];
    const made = make?.(random, stream, before);
    if (made === undefined) return [];
    const { rule, ...rest } = made;
    const { patch, match } = rule as { readonly patch: readonly object[]; readonly match: { stream: string } };
    const flat = patch.filter((operation) => !JSON.stringify(operation).includes('/body/nested/list'));
    if (flat.length < patch.length || random() < 0.1) return [made];
    return 'where' in match && (match.where as readonly unknown[]).length > 0 && random() < 0.8
      ? []
      : [{ rule, ...rest }];
  });
}

describe('a comparison whose lines are made as bytes', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('has the same report as the one that makes each record by itself, whatever the rules and the damage', async () => {
    const made = recordsMade();
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (start) => {
        const random = randomOf(start);
        const sound = storeOf(random, 8 + Math.floor(random() * 12));
        const rules = someRules(random, sound);
        const spoilt = random() < 0.6 ? sound : damaged(sound, random);
        const before = random() < 0.5 ? spoilt : relinkedChains(spoilt);
        const expected = expectedOf(sound, [...rules]);
        const was = new Map(before.map((record) => [placeOf(record), record]));
        const late = random() < 0.7 ? 0 : random() * 0.3;
        const left = expected.map((record) => (random() < late ? (was.get(placeOf(record)) ?? record) : record));
        const grown = random() < 0.5 ? left : damaged(left, random);
        const hit = random() < 0.6 ? grown : damaged(grown, random);
        const after = random() < 0.5 ? hit : relinkedChains(hit);
        const declared = { rules: rules.map(({ rule }) => rule) };
        const options = { mode: random() < 0.3 ? 'frozen' : 'append' } as const;
        const signed = random() < 0.8;
        const inJson = (['before', 'after'] as const).filter(() => random() < 0.25);
        // A side in other spellings, or a few lines of it.
        const foreign = (['before', 'after'] as const).filter(() => random() < 0.25);
        const [spelling, once] = [`${start}`, pick(random, [1, 4])];
        const spell = (side: 'before' | 'after', text: string): string =>
          foreign.includes(side) ? respelledText(new Chance(spelling), text, once) : text;
        const by = async (simply: boolean): Promise<unknown> => {
          vi.stubEnv('EVIDENCE_DIFF_ENGINE', simply ? 'off' : 'eager');
          const chains = { chains: LEDGER_RULE };
          const setting = { signed, before: chains, after: chains, simply, options, inJson, spell };
          const { run: _, ...report } = await compareMigrated(spelled(before), spelled(after), declared, setting);
          seen.set(report.verdict, (seen.get(report.verdict) ?? 0) + 1);
          return report;
        };
        expect(await by(false)).toStrictEqual(await by(true));
      }),
      { numRuns: runs(30, 5000), seed },
    );
    expect([...seen.keys()]).toEqual(expect.arrayContaining(['FAIL', 'PASS']));
    expect(made.records).toBeGreaterThan(runs(30, 5000) * 10);
  });

  it('finds each record of a set that cannot be chained anew', async () => {
    const about = { tenant: 'acme', stream: 'bundles', type: 'x' };
    const before = rechained([1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ ...about, id: `b${n}`, body: { a: 1, n } })));
    // The first is as it was, so that what follows could be linked to it.
    const after = rechained(
      before.map((record, at) => (at === 0 ? record : { ...record, body: { n: (record.body as { n: number }).n } })),
    );
    const rechain = { recipe: 'sha256-prev-body', genesis: 'zeros' };
    const patch = [{ op: 'remove', path: '/body/a' }];
    const rules = [{ name: 'r', match: { stream: 'bundles' }, patch, rechain }];
    const by = async (engine: string): Promise<ContinuityReport> => {
      vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
      const chains = { chains: { bundles: rechain } };
      return compareMigrated(
        spelled(before),
        spelled(after),
        { rules },
        { signed: true, before: chains, after: chains },
      );
    };
    const [{ run: _, ...fast }, { run: __, ...slow }] = [await by('eager'), await by('off')];
    expect(fast).toStrictEqual(slow);
    expect(fast.verdict).toBe('FAIL');
    expect(fast.findings.filter(({ kind }) => kind === 'migration-map-mismatch')).toHaveLength(8);
  });

  it.each(['before', 'after'] as const)(
    'makes nothing of lines in other spellings, in which a name has escapes: %s',
    async (foreign) => {
      const about = { tenant: 'acme', stream: 'bundles', type: 'x' };
      const before = Array.from({ length: 40 }, (_, n) => ({ ...about, id: `b${10 + n}`, body: { a: 1, n } }));
      const rules = [{ name: 'r', match: { stream: 'bundles' }, patch: [{ op: 'remove', path: '/body/a' }] }];
      // As the engine would find them, had the rule been for a member of another name.
      const spell = (side: string, text: string): string =>
        side === foreign ? text.replaceAll('"a":1', '"\\u0061":1') : text;
      const by = async (engine: string): Promise<ContinuityReport> => {
        vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
        return compareMigrated(spelled(before), spelled(before), { rules }, { signed: true, spell });
      };
      const [{ run: _, ...fast }, { run: __, ...slow }] = [await by('eager'), await by('off')];
      expect(fast).toStrictEqual(slow);
      expect(fast.verdict).toBe('FAIL');
    },
  );
});

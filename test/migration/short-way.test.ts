/**
 * The short way to a migrated record against the simple one, its oracle: the same record from any record and any body, and
 * the same report of any comparison.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { canonicalBytes } from '../../src/core/json/canonical.ts';
import { jsonFrom } from '../../src/core/json/from-plain.ts';
import { parseJson } from '../../src/core/json/parse.ts';
import type { Json, JsonObject } from '../../src/core/json/value.ts';
import { BodyRewrite } from '../../src/core/migration/body-rewrite.ts';
import { portable, utf8 } from '../../src/core/platform.ts';
import { RecordDecoder } from '../../src/core/snapshot/record.ts';
import type { JsonInput } from '../../src/index.ts';
import { recordsTaken } from '../core/batch/taken.ts';
import { runs, seed } from '../long.ts';
import { LEDGER_RULE, type PlainRecord, referenceCanonical, referenceDigest } from '../store.ts';
import { compareMigrated } from './migrated.ts';
import {
  CHAIN_RULES,
  expectedOf,
  pick,
  placeOf,
  type Random,
  type RandomRule,
  randomOf,
  SET_RULES,
  storeOf,
} from './random-migration.ts';

const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const anyHash = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });
const anyValue = fc.json({ maxDepth: 3 }).map((text) => parseJson(portable, utf8(text)));

function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined });
}

const anyRecord = fc.record({
  ...{ tenant: anyText, stream: anyText, id: anyText, type: anyText },
  ...{ seq: maybe(fc.nat()), recordedAt: maybe(fc.constant('2026-03-01T10:00:00Z')) },
  ...{ prev: maybe(fc.option(fc.oneof(anyHash, anyText))), hash: maybe(fc.oneof(anyHash, anyText)) },
  ...{ attrs: maybe(fc.dictionary(anyText, anyText, { maxKeys: 2 })), body: anyValue, stated: maybe(anyText) },
});

function textOf({ body, ...members }: Readonly<Record<string, unknown>> & { readonly body: Json }): Uint8Array {
  const stated = Object.entries(members).filter(([, value]) => value !== undefined);
  return canonicalBytes(new Map(jsonFrom(Object.fromEntries(stated) as JsonInput) as JsonObject).set('body', body));
}

function nested(levels: number): Json {
  return levels === 0 ? null : [nested(levels - 1)];
}

describe('a record with another body', () => {
  const short = new BodyRewrite(portable);
  const [reader, oracle] = [new RecordDecoder(portable), new RecordDecoder(portable)];

  it('is what a reader takes of its text', () => {
    let made = 0;
    fc.assert(
      fc.property(anyRecord, anyValue, maybe(anyHash), fc.option(anyHash), (record, body, hash, prev) => {
        const { stated, ...members } = record;
        const was = { ...members, bodyDigest: stated };
        const bytes = textOf(was);
        const read = reader.decode(bytes, 0, bytes.length);
        const links = hash === undefined ? undefined : { prev, hashOf: () => hash };
        const is = { ...was, bodyDigest: undefined, body, ...(hash === undefined ? {} : { prev, hash }) };
        const text = textOf(is);
        const right = oracle.decode(text, 0, text.length);
        const got = short.rewritten(read, reader.canonical, body, links);
        if (got === undefined) return;
        made++;
        expect(got).toStrictEqual(right);
        expect(Buffer.from(short.canonical).toString()).toBe(Buffer.from(oracle.canonical).toString());
        expect(Buffer.from(short.canonicalWithDigest).equals(oracle.canonicalWithDigest)).toBe(true);
      }),
      { numRuns: runs(500, 20_000), seed },
    );
    // Hashes that are no hex are left to the simple way; most are hex.
    expect(made).toBeGreaterThan(runs(500, 20_000) / 2);
  });

  it('is left to the simple way where its body is no part of the text that is given', () => {
    const text = canonicalBytes(jsonFrom({ tenant: 't', stream: 's', id: 'i', type: 'x', body: 12 }));
    // One buffer for several texts, as those of Node are: a body that stands elsewhere in it is none of this record.
    const pool = new Uint8Array(3 * text.length);
    for (const copy of [0, 1, 2]) pool.set(text, copy * text.length);
    const at = (copy: number): Uint8Array => pool.subarray(copy * text.length, (copy + 1) * text.length);
    const read = reader.decode(pool, text.length, 2 * text.length);
    const body = read.body as Uint8Array;
    const start = body.byteOffset - at(1).byteOffset;
    expect(short.rewritten({ ...read, body: at(1).subarray(start, start + 2) }, at(1), true)).toBeDefined();
    for (const elsewhere of [
      at(0).subarray(start, start + 2),
      at(2).subarray(start, start + 2),
      at(1).subarray(start - 3, start - 1),
      at(1).subarray(start + 1, start + 2),
      text.slice(start, start + 2),
    ]) {
      expect(short.rewritten({ ...read, body: elsewhere }, at(1), true)).toBeUndefined();
    }
  });

  it('is left to the simple way where no reader takes it, or its links have another form', () => {
    const bytes = canonicalBytes(jsonFrom({ tenant: 't', stream: 's', id: 'i', type: 'x', body: 1 }));
    const read = reader.decode(bytes, 0, bytes.length);
    const deep = nested(127);
    expect(short.rewritten(read, reader.canonical, deep)).toBeDefined();
    expect(short.rewritten(read, reader.canonical, nested(128))).toBeUndefined();
    for (const odd of [undefined, 'ABC', '"'.repeat(64)]) {
      expect(short.rewritten(read, reader.canonical, deep, { prev: null, hashOf: () => odd })).toBeUndefined();
    }
  });
});

/* Records that the rules of `random-migration.ts` do not fit, or that the short way cannot make, come between. */

function odd(record: PlainRecord, random: () => number): PlainRecord {
  const { body, ...rest } = record;
  return pick<() => PlainRecord>(random, [
    () => ({ ...record, bodyDigest: referenceDigest(body) }),
    () => ({ ...record, bodyDigest: `sha256:${'0'.repeat(64)}` }),
    () => ({ ...record, body: 'no object' }),
    () => ({ ...rest, bodyDigest: referenceDigest(body) }),
    () => ({ ...record, id: `${record.id}"\\é😀` }),
    () => ({ ...record, body: { ...(body as object), operation: 'unheard of', repo: 'Ü/é' } }),
    () => ({ ...record, prev: 'x"y' }),
  ])();
}

describe('a comparison', () => {
  it('has the same report by either way', async () => {
    const verdicts = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (start) => {
        const random = randomOf(start);
        const sound = storeOf(random, 4 + Math.floor(random() * 6));
        const before = random() < 0.6 ? sound : sound.map((one) => (random() < 0.05 ? odd(one, random) : one));
        const make = (kind: 'patch' | 'rechain', stream: string) =>
          (kind === 'patch' ? SET_RULES : CHAIN_RULES)[kind]?.(random, stream, before) ?? [];
        const rules = [make('patch', 'access_log'), make('patch', 'bundles'), make('rechain', 'ledger/1')].flat();
        const expected = expectedOf(sound, rules);
        const after = random() < 0.5 ? expected : expected.map((one) => (random() < 0.05 ? odd(one, random) : one));
        const [chains, signed] = [{ chains: LEDGER_RULE }, random() < 0.7];
        const by = async (simply: boolean): Promise<unknown> => {
          const setting = { signed, before: chains, after: chains, simply };
          const declared = { rules: rules.map(({ rule }) => rule) };
          const { run: _, ...report } = await compareMigrated(before, after, declared, setting);
          verdicts.add(report.verdict);
          return report;
        };
        expect(await by(false)).toStrictEqual(await by(true));
      }),
      { numRuns: runs(40, 2000), seed },
    );
    expect([...verdicts].sort()).toEqual(expect.arrayContaining(['FAIL', 'PASS']));
  });
});

/* Lines of streams that no rule is for are taken many at once: against record by record, made the simple way. */

/** Lines as the engine takes them. */
function canonical(records: readonly PlainRecord[]): readonly PlainRecord[] {
  return records.map((record) => JSON.parse(referenceCanonical(record)) as PlainRecord);
}

function ofTenant(tenant: string, { rule, isFor, ...rest }: RandomRule): RandomRule {
  const match = { ...(rule as { readonly match: object }).match, tenant };
  return { ...rest, rule: { ...rule, match }, isFor: (record) => record.tenant === tenant && isFor(record) };
}

/** Rules for some streams, of one tenant or of all; the others are as they were. */
function someRules(random: Random, before: readonly PlainRecord[]): readonly RandomRule[] {
  return ['access_log', 'bundles', 'ledger/1'].flatMap((stream) => {
    if (random() < 0.4) return [];
    const makers = stream.startsWith('ledger') ? CHAIN_RULES : SET_RULES;
    const kinds = ['patch', 'offset', 'rechain', 'retire', 'erase'].filter((kind) => kind in makers);
    const made = [makers[pick(random, kinds)]?.(random, stream, before) ?? []].flat();
    return random() < 0.5 ? made : made.map((one) => ofTenant('globex', one));
  });
}

/** What may have happened to a side. */
function damaged(records: readonly PlainRecord[], random: Random): readonly PlainRecord[] {
  const at = Math.floor(random() * records.length);
  const one = records[at] as PlainRecord;
  const id = records[Math.floor(random() * records.length)]?.id ?? '';
  return pick<() => readonly PlainRecord[]>(random, [
    () => records,
    () => records.filter((_, index) => index !== at),
    () => records.with(at, odd(one, random)),
    () => records.with(at, { ...one, type: pick(random, ['a', 'b', 'new']) }),
    () => records.with(at, { ...one, id }),
    () => records.with(at, { ...one, hash: 'a'.repeat(64) }),
    () => records.toSpliced(at, 0, one),
    () => records.toSpliced(at + 1, 0, { ...one, id: `${one.id}+` }),
  ])();
}

describe('a comparison that takes many records at once', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('has the same report as the one that takes each by itself, whatever the rules and the damage', async () => {
    const engine = recordsTaken();
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (start) => {
        const random = randomOf(start);
        const sound = storeOf(random, 8 + Math.floor(random() * 20));
        const rules = someRules(random, sound);
        const before = random() < 0.7 ? sound : damaged(sound, random);
        const expected = expectedOf(sound, [...rules]);
        // Records that were not migrated are the same lines on both sides, and are not what is expected.
        const was = new Map(before.map((record) => [placeOf(record), record]));
        const late = random() < 0.6 ? 0 : random();
        const left = expected.map((record) => (random() < late ? (was.get(placeOf(record)) ?? record) : record));
        const grown = random() < 0.5 ? left : damaged(left, random);
        const after = random() < 0.5 ? grown : damaged(grown, random);
        const files = Object.assign({}, ...rules.map((one) => one.files ?? {})) as Record<string, string>;
        const declared = { rules: rules.map(({ rule }) => rule) };
        const options = { mode: random() < 0.3 ? 'frozen' : 'append' } as const;
        const by = async (simply: boolean): Promise<unknown> => {
          vi.stubEnv('EVIDENCE_DIFF_ENGINE', simply ? 'off' : 'eager');
          const chains = { chains: LEDGER_RULE };
          const setting = { signed: true, before: chains, after: chains, simply, files, options };
          const { run: _, ...report } = await compareMigrated(canonical(before), canonical(after), declared, setting);
          seen.set(report.verdict, (seen.get(report.verdict) ?? 0) + 1);
          return report;
        };
        expect(await by(false)).toStrictEqual(await by(true));
      }),
      { numRuns: runs(80, 4000), seed },
    );
    expect([...seen.keys()]).toEqual(expect.arrayContaining(['FAIL', 'PASS']));
    expect(engine.records).toBeGreaterThan(runs(80, 4000) * 20);
  });
});

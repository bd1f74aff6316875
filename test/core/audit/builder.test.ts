/** A builder writes what a reader will read back with the same roots, and refuses what a reader would refuse. */
import { describe, expect, it } from 'vitest';
import { SnapshotBuilder, type SnapshotOptions } from '../../../src/core/audit/builder.ts';
import { EvidenceError } from '../../../src/core/errors.ts';
import { parseJson } from '../../../src/core/json/parse.ts';
import { type Platform, portable } from '../../../src/core/platform.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { auditText } from '../../in-memory.ts';
import {
  bodies,
  bundles,
  chained,
  LEDGER_RULE,
  type PlainRecord,
  referenceCanonical,
  trailerOf,
  withoutBody,
} from '../../store.ts';

const decoder = new TextDecoder();
const STORE = [...bundles(3), ...chained(bodies(4)), ...bundles(2, { tenant: 'b', stream: 's' })];
const CHAINS = { chains: LEDGER_RULE };

function built(
  records: readonly PlainRecord[],
  options: SnapshotOptions = {},
  platform: Platform = nodePlatform,
): readonly string[] {
  const builder = new SnapshotBuilder(platform, options);
  const texts = records.map((record) => builder.append(record)).filter((text) => text !== undefined);
  return [builder.header, ...texts, builder.trailer(builder.finish())].map((text) => decoder.decode(text));
}

function refusal(records: readonly PlainRecord[], options: SnapshotOptions = {}): string {
  try {
    built(records, options);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return `${error.kind}: ${error.reason}`;
  }
  return 'accepted';
}

describe('a snapshot that was built', () => {
  it.each(['full', 'digest', 'summary'] as const)(
    'at depth %s is sound and has the roots of the reference',
    async (depth) => {
      const lines = built(STORE, { ...CHAINS, depth });
      expect(lines.at(-1)).toBe(referenceCanonical(trailerOf(STORE)));
      expect(lines.length).toBe(depth === 'summary' ? 2 : STORE.length + 2);
      const audit = await auditText(lines.map((line) => `${line}\n`).join(''));
      expect([audit.verdict, audit.findingCounts]).toEqual(['PASS', {}]);
      expect(audit.summary?.globalRoot).toBe(trailerOf(STORE).globalRoot);
    },
  );

  it('holds canonical texts, with bodies or with digests in their place', () => {
    expect(built(STORE).slice(1, -1)).toEqual(STORE.map(referenceCanonical));
    expect(built(STORE, { depth: 'digest' }).slice(1, -1)).toEqual(
      STORE.map((record) => referenceCanonical(withoutBody(record))),
    );
  });

  it('is the same on every platform, and from plain objects, Json and bytes', () => {
    const whole = built(STORE, CHAINS);
    expect(built(STORE, CHAINS, portable)).toEqual(whole);
    const texts = STORE.map((record) => new TextEncoder().encode(JSON.stringify(record, undefined, 2)));
    expect(built(texts as never, CHAINS)).toEqual(whole);
    expect(built(texts.map((text) => parseJson(portable, text)) as never, CHAINS)).toEqual(whole);
  });

  it('is a copy, also of a Buffer that is used again', () => {
    const builder = new SnapshotBuilder(nodePlatform);
    const buffer = Buffer.from(STORE.slice(0, 1).map(referenceCanonical).join(''));
    const text = builder.append(buffer);
    const before = decoder.decode(text);
    buffer.fill(0);
    expect(decoder.decode(text)).toBe(before);
  });

  it('keeps numbers that a double would round, given as text', () => {
    const text = new TextEncoder().encode('{"tenant":"t","stream":"s","id":"i","type":"x","body":9007199254740993.10}');
    expect(built([text as never])[1]).toContain('"body":9007199254740993.1,');
  });

  it('may leave its roots out', () => {
    const builder = new SnapshotBuilder(nodePlatform);
    for (const record of STORE) builder.append(record);
    const trailer = decoder.decode(builder.trailer(builder.finish(), false));
    expect(trailer).not.toMatch(/oot":/);
    expect(JSON.parse(trailer)).toMatchObject({
      records: STORE.length,
      tenants: [{ tenant: 'acme' }, { tenant: 'b' }],
    });
  });

  it('takes the same id in another stream, ordered or not: an id is unique in its stream', () => {
    const twice = [...chained(bodies(3), { stream: 'ledger/1' }), ...chained(bodies(3), { stream: 'ledger/2' })];
    expect(refusal(twice)).toBe('accepted');
    expect(refusal([...bundles(2, { stream: 'a' }), ...bundles(2, { stream: 'b' })])).toBe('accepted');
  });
});

describe('a builder refuses', () => {
  const [one, two, three] = chained(bodies(3)) as [PlainRecord, PlainRecord, PlainRecord];
  const [a, b] = bundles(2) as [PlainRecord, PlainRecord];

  it.each<readonly [string, readonly PlainRecord[], RegExp]>([
    ['ids out of order', [b, a], /record-reordered/],
    ['an id twice (B11)', [a, a], /duplicate-id/],
    ['an id twice with other content (B11)', [a, { ...a, body: 'other' }], /duplicate-id/],
    ['an id twice in an ordered stream (B11)', [one, { ...two, id: one.id }], /duplicate-id/],
    [
      'seq out of order',
      [one, two, three].map((record, at) => ({ ...record, seq: 3 - at })),
      /record-reordered|seq-gap/,
    ],
    ['a seq twice (B23)', [one, { ...two, seq: 1 }], /seq-gap/],
    ['a gap in seq (B23)', [one, { ...two, seq: 3 }], /seq-gap/],
    ['a broken link', [one, three], /seq-gap|chain-break/],
    ['streams out of order', [...bundles(1, { stream: 'b' }), ...bundles(1, { stream: 'a' })], /record-reordered/],
    ['tenants out of order', [...bundles(1, { tenant: 'b' }), ...bundles(1, { tenant: 'a' })], /record-reordered/],
    [
      'a stream in two parts',
      [...bundles(1), ...bundles(1, { stream: 'c' }), ...bundles(1, { from: 5 })],
      /record-reordered/,
    ],
    [
      'a stated digest that is not that of the body (B13)',
      [{ ...a, bodyDigest: `sha256:${'0'.repeat(64)}` }],
      /body-digest-mismatch/,
    ],
    ['a hash that is none (B15)', [{ ...a, hash: 'A'.repeat(64) }], /hash-malformed/],
  ])('%s', (_, records, says) => {
    expect(refusal(records)).toMatch(says);
    expect(refusal(records)).toMatch(/^schema-violation/);
  });

  it('a hash that is not what the recipe gives (B13)', () => {
    expect(refusal([one, { ...two, hash: 'f'.repeat(64) }], CHAINS)).toMatch(/hash-mismatch/);
  });

  it('tenants and streams in the order of UTF-16 code units where that is not the order of UTF-8', () => {
    const inUtf8 = [...bundles(1, { tenant: '\ufb33' }), ...bundles(1, { tenant: '😀' })];
    expect(refusal(inUtf8)).toBe('accepted');
    expect(refusal(inUtf8.toReversed())).toMatch(/record-reordered/);
  });

  it('a record without body in a snapshot that is to hold them all', () => {
    expect(refusal([withoutBody(a)], { depth: 'digest' })).toBe('accepted');
    expect(refusal([withoutBody(a)], { depth: 'full' })).toMatch(/^schema-violation: .*body/);
  });

  it.each([
    ['first', [{ ...a, seq: 1 }, b]],
    ['second', [a, { ...b, seq: 1 }]],
  ])('a stream in which only the %s record has seq', (_, records) => {
    expect(refusal(records)).toMatch(/^schema-violation: .*seq/);
  });

  it.each([
    ['undefined', { ...a, body: [undefined] }],
    ['a date', { ...a, body: new Date(0) }],
    ['NaN', { ...a, body: Number.NaN }],
    ['a function', { ...a, body: () => 1 }],
    ['bytes', { ...a, body: new Uint8Array(3) }],
  ])('E04: what is not JSON, such as %s, as a mistake of the caller', (_, record) => {
    expect(() => built([record])).toThrow(TypeError);
  });
});

/** The place of a fault is a matter of the input alone: it is the same however the bytes come. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { type FrameLimits, SnapshotFramer } from '../../../src/core/snapshot/framer.ts';
import { runs } from '../../long.ts';
import { bundles, json, ndjson } from '../../store.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What cutting `bytes` at `cuts` comes to: how many frames, and the fault with its place. */
function outcomeOf(bytes: Uint8Array, cuts: readonly number[], limits?: FrameLimits): string {
  const framer = new SnapshotFramer(limits);
  const edges = [0, ...[...new Set(cuts)].sort((a, b) => a - b), bytes.length];
  let frames = 0;
  try {
    for (let at = 1; at <= edges.length; at++) {
      if (at < edges.length) framer.write(bytes.slice(edges[at - 1], edges[at]));
      else framer.close();
      for (let found = framer.next(); found !== 'more'; found = framer.next()) {
        if (found === 'end') return `${frames} frames`;
        frames++;
      }
    }
    return 'no end';
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    const { line, byteOffset } = error.where;
    return `${frames} frames, ${error.kind} at line ${line}, byte ${byteOffset}: ${error.reason}`;
  }
}

function everyCut(length: number): readonly number[] {
  return Array.from({ length: length - 1 }, (_, at) => at + 1);
}

const TEXTS = [
  '{"kind":"evidence-snapshot","version":1,"records": [], "trailr": {"a":1}}\n',
  '{"kind":"evidence-snapshot",\n"records"\n: [\n]\n,\n "trailer"\n:\n {}\n , "version" : 1}',
  '{"a":1,"records":[{}, 1]}',
  '{"a":1,"records":[{},\n\n {} {}]}',
  '{"a":1,"records" : {}}',
  '{"a":1,\n"b" 2}',
  '{"a":1,\n"trailer":{} ,"records": []}',
  '{"a":1,\n"trailer":{}}\n x',
  '{"a":1}\n{"b":2}\n\n{"c":3}\n',
  '{"a":1} x\n',
  '{"a":1,\n"b":2}\n',
  '\n\n ',
  '  [1]',
  '{}',
  ndjson(bundles(2)),
  json(bundles(2)),
];

describe('the place of a fault', () => {
  it.each(TEXTS)('of %j is the same for every cut in two, and for every chunk size', (text) => {
    const bytes = bytesOf(text);
    const whole = outcomeOf(bytes, []);
    for (const at of everyCut(bytes.length)) expect([at, outcomeOf(bytes, [at])]).toEqual([at, whole]);
    for (const size of [1, 2, 3, 5, 7, 16, 64]) {
      const cuts = everyCut(bytes.length).filter((at) => at % size === 0);
      expect([size, outcomeOf(bytes, cuts)]).toEqual([size, whole]);
    }
  });

  it('is that of the member that stands in the place of the trailer', () => {
    expect(outcomeOf(bytesOf(TEXTS[0] ?? ''), [])).toMatch(/line 1, byte 55: expected `trailer` after `records`/);
    expect(outcomeOf(bytesOf(TEXTS[1] ?? ''), [])).toMatch(/line 9, byte 65: something follows the trailer/);
  });

  it('is the same for any damaged snapshot, any cuts and any limits', () => {
    const text = fc.constantFrom(ndjson(bundles(3)), json(bundles(3)));
    const damage = fc.record({
      text,
      at: fc.nat(2000),
      drop: fc.nat(3),
      put: fc.constantFrom('', ',', '}', ']', '"', ' ', '\n', '{', 'x', '\\'),
    });
    const limits = fc.record({
      maxRecordBytes: fc.integer({ min: 30, max: 2000 }),
      maxEnvelopeBytes: fc.integer({ min: 30, max: 2000 }),
    });
    fc.assert(
      fc.property(
        damage,
        limits,
        fc.array(fc.nat(2000), { maxLength: 40 }),
        ({ text: whole, at, drop, put }, limit, cuts) => {
          const from = at % whole.length;
          const bytes = bytesOf(whole.slice(0, from) + put + whole.slice(from + drop));
          const inside = cuts.map((cut) => 1 + (cut % Math.max(1, bytes.length - 1)));
          expect(outcomeOf(bytes, inside, limit)).toBe(outcomeOf(bytes, [], limit));
          expect(outcomeOf(bytes, inside)).toBe(outcomeOf(bytes, []));
        },
      ),
      { numRuns: runs(2000, 200_000, 1000) },
    );
  });
});

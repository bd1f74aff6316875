/** Header, records and trailer are found where they are, whatever the chunks; what is too long is never held. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { DEFAULT_LIMITS, type FrameLimits, SnapshotFramer } from '../../../src/core/snapshot/framer.ts';
import { expectLinear } from '../../linear-time.ts';
import { runs } from '../../long.ts';
import { bodies, bundles, chained, json, ndjson, type PlainRecord } from '../../store.ts';

interface Framed {
  readonly frames: readonly string[];
  readonly places: readonly string[];
  readonly fault?: string;
}

const decoder = new TextDecoder();

function faultText(error: unknown): string {
  if (!(error instanceof EvidenceError)) throw error;
  return `${error.kind} at line ${error.where.line}, byte ${error.where.byteOffset}: ${error.reason}`;
}

/** All frames of `chunks`, with line and byte offset of each. */
function framesOf(chunks: Iterable<Uint8Array>, limits?: FrameLimits, left?: () => number): Framed {
  const framer = new SnapshotFramer(limits);
  const input = chunks[Symbol.iterator]();
  const frames: string[] = [];
  const places: string[] = [];
  try {
    for (;;) {
      const found = framer.next();
      if (found === 'end') return { frames, places };
      if (found === 'more') {
        const next = input.next();
        if (next.done === true) framer.close();
        else framer.write(next.value, left?.());
        continue;
      }
      frames.push(`${found} ${decoder.decode(framer.bytes.subarray(framer.start, framer.end))}`);
      const { line, byteOffset } = framer.placeOf(framer.start);
      places.push(`${line}:${byteOffset}`);
    }
  } catch (error) {
    return { frames, places, fault: faultText(error) };
  }
}

function* cut(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    yield bytes.slice(at, at + length);
    at += length;
  }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const RECORDS: PlainRecord[] = [
  ...bundles(2),
  ...chained([{ s: '}{][,"\\"\\\\' }, { deep: [[{ a: [{}] }]] }, 'é😀\u2028', ...bodies(2)]),
];

describe('both containers', () => {
  it('give the texts of header, records and trailer as they stand', () => {
    const lines = ndjson(RECORDS).split('\n');
    const { frames } = framesOf([bytesOf(ndjson(RECORDS))]);
    expect(frames.slice(1)).toEqual(
      lines.slice(1, -1).map((line, at) => (at === RECORDS.length ? `trailer ${line}` : `record ${line}`)),
    );
    expect(framesOf([bytesOf(json(RECORDS))]).frames.slice(1)).toEqual(frames.slice(1));
  });

  it('give lines and byte offsets that point at the frames', () => {
    for (const text of [ndjson(RECORDS), json(RECORDS)]) {
      const bytes = bytesOf(text);
      const { frames, places } = framesOf(cut(bytes, [7]));
      for (const [at, place] of places.entries()) {
        const [line, offset] = place.split(':').map(Number);
        const content = bytesOf((frames[at] ?? '').replace(/^\w+ /, ''));
        expect(decoder.decode(bytes.subarray(offset, (offset ?? 0) + content.length))).toBe(decoder.decode(content));
        expect(line).toBe(decoder.decode(bytes.subarray(0, offset)).split('\n').length);
      }
    }
  });

  it('give the same frames and places at every chunk size', () => {
    for (const text of [ndjson(RECORDS), json(RECORDS), ndjson([]), json([]), ndjson(RECORDS, { depth: 'summary' })]) {
      const bytes = bytesOf(text);
      const whole = framesOf([bytes]);
      expect(whole.fault).toBeUndefined();
      for (let length = 1; length <= bytes.length; length += length < 40 ? 1 : 37) {
        expect(framesOf(cut(bytes, [length])), `chunks of ${length}`).toEqual(whole);
      }
    }
  });

  it('G38: give the same frames, or the same fault at the same place, for any edit of the text and any chunks', () => {
    const texts = [ndjson(RECORDS), json(RECORDS)];
    const edits = fc.record({
      text: fc.constantFrom(...texts),
      at: fc.nat(),
      drop: fc.nat(30),
      insert: fc.oneof(
        fc.constant(''),
        fc.constantFrom('{', '}', '[', ']', '"', '\\', '\n', ',', ' ', '\r\n', '\n\n', '"records":['),
      ),
      lengths: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 }),
    });
    fc.assert(
      fc.property(edits, ({ text, at, drop, insert, lengths }) => {
        const from = at % text.length;
        const bytes = bytesOf(text.slice(0, from) + insert + text.slice(from + drop));
        expect(framesOf(cut(bytes, lengths))).toEqual(framesOf([bytes]));
      }),
      { numRuns: runs(600, 100_000, 300) },
    );
  });

  it('keep frames and places apart when the window slides over many megabytes', () => {
    const records = bundles(40_000);
    const framer = new SnapshotFramer();
    let at = -1;
    for (const chunk of cut(bytesOf(ndjson(records)), [65_537])) {
      framer.write(chunk);
      for (let found = framer.next(); found !== 'more'; found = framer.next(), at++) {
        if (at % 5000 !== 0) continue;
        expect(decoder.decode(framer.bytes.subarray(framer.start, framer.end))).toBe(JSON.stringify(records[at]));
        expect(framer.placeOf(framer.start).line).toBe(at + 2);
      }
    }
    expect(at).toBe(records.length);
  });
});

const SMALL: FrameLimits = { maxRecordBytes: 1000, maxEnvelopeBytes: 5000 };
const [HEADER = ''] = ndjson([]).split('\n');
const recordOf = (length: number): string => {
  const text = JSON.stringify({ ...bundles(1)[0], body: '' });
  return text.replace('"body":""', `"body":"${'x'.repeat(length - text.length)}"`);
};

describe('limits', () => {
  it('take a record of exactly the limit and refuse one byte more, in both containers', () => {
    const trailer = '{"kind":"evidence-snapshot-trailer"}';
    for (const length of [999, 1000]) {
      expect(framesOf([bytesOf(`${HEADER}\n${recordOf(length)}\n${trailer}\n`)], SMALL).fault).toBeUndefined();
      expect(
        framesOf([bytesOf(`${HEADER.slice(0, -1)},"records":[${recordOf(length)}],"trailer":{}}`)], SMALL).fault,
      ).toBeUndefined();
    }
    const ndjsonFault = framesOf([bytesOf(`${HEADER}\n${recordOf(1001)}\n${trailer}\n`)], SMALL).fault;
    expect(ndjsonFault).toMatch(/^input-limit at line 2, byte \d+: .*1000 bytes/);
    const jsonText = `${HEADER.slice(0, -1)},"records":[\n${recordOf(1001)}],"trailer":{}}`;
    expect(framesOf([bytesOf(jsonText)], SMALL).fault).toMatch(/^input-limit at line 2, byte \d+: .*1000 bytes/);
  });

  it('take a trailer longer than a record may be, up to a limit of its own', () => {
    const trailer = (length: number): string => `{"kind":"evidence-snapshot-trailer","x":"${'x'.repeat(length)}"}`;
    for (const chunk of [64, 100_000]) {
      expect(framesOf(cut(bytesOf(`${HEADER}\n${trailer(3000)}\n`), [chunk]), SMALL).fault).toBeUndefined();
      expect(
        framesOf(cut(bytesOf(`${HEADER.slice(0, -1)},"records":[],"trailer":${trailer(3000)}}`), [chunk]), SMALL).fault,
      ).toBeUndefined();
    }
    expect(framesOf(cut(bytesOf(`${HEADER}\n${trailer(6000)}\n`), [64]), SMALL).fault).toMatch(/^input-limit/);
  });

  it('read a long trailer in the room of the one before, whatever is said to follow', () => {
    const trailerOfSize = (fill: string): Uint8Array => {
      const tenants = Array.from({ length: 9 }, (_, at) => `{"tenant":"${at}${fill.repeat(1024 * 1024)}"}`).join();
      return bytesOf(`{"kind":"x"}\n{"kind":"evidence-snapshot-trailer","tenants":[${tenants}]}\n`);
    };
    for (const [at, fill] of ['a', 'b', 'c'].entries()) {
      const bytes = trailerOfSize(fill);
      const [header, trailer] = decoder.decode(bytes).split('\n');
      const all = [undefined, 0, 1, bytes.length, 2 ** 40];
      for (const said of all.filter((_, nth) => (nth + at) % runs(1, 1, 3) === 0)) {
        const left = said === undefined ? undefined : (): number => said;
        const { frames, places, fault } = framesOf(cut(bytes, [1024 * 1024]), undefined, left);
        expect([fault, places]).toEqual([undefined, ['1:0', '2:13']]);
        expect(frames[0] === `header ${header}\n` && frames[1] === `trailer ${trailer}`).toBe(true);
      }
    }
  });

  it('take by default a record of 8 MiB and a trailer beyond it', () => {
    expect(DEFAULT_LIMITS.maxRecordBytes).toBe(8 * 1024 * 1024);
    const trailer = `{"kind":"evidence-snapshot-trailer","x":"${'x'.repeat(9 * 1024 * 1024)}"}`;
    const text = bytesOf(`${HEADER}\n${recordOf(8 * 1024 * 1024)}\n${trailer}\n`);
    expect(framesOf(cut(text, [65_536])).fault).toBeUndefined();
  });

  /** More than any memory holds, if it were held. */
  function* endless(start: string, filler: string, megabytes = 600): Generator<Uint8Array> {
    yield bytesOf(start);
    const chunk = bytesOf(filler.repeat(Math.ceil((1024 * 1024) / filler.length)));
    for (let count = 0; count < megabytes; count++) {
      given += chunk.length;
      yield chunk;
    }
  }
  let given = 0;

  it.each([
    ['a record of NDJSON', `${HEADER}\n{"body":"`, 'x'],
    ['a record of the JSON container', `${HEADER.slice(0, -1)},"records":[{"body":"`, 'x'],
    ['brackets without end', `${HEADER.slice(0, -1)},"records":[{"body":`, '[{"a":'],
    ['escapes without end', `${HEADER}\n{"body":"`, '\\"'],
    ['zero bytes', `${HEADER}\n`, '\0'],
  ])('D11: refuse %s of 600 MB after 8 MiB, unread', (_, start, filler) => {
    given = 0;
    const { fault } = framesOf(endless(start, filler));
    expect(fault).toMatch(/^input-limit at line [12], byte \d+: /);
    expect(given).toBeLessThanOrEqual(10 * 1024 * 1024);
  });

  it.each([
    ['a header without end', '{"kind":"', 'x'],
    ['white space without end', '', ' '],
    ['an open object without end', '', '{"a":'],
    ['a trailer of the JSON container without end', `${HEADER.slice(0, -1)},"records":[],"trailer":{"x":"`, 'x'],
    ['a trailer line without end', `${HEADER}\n{"kind":"evidence-snapshot-trailer","x":"`, 'x'],
  ])('D11: refuse %s at the limit of an envelope', (_, start, filler) => {
    given = 0;
    const { fault } = framesOf(endless(start, filler, 64), {
      maxRecordBytes: 64 * 1024,
      maxEnvelopeBytes: 2 * 1024 * 1024,
    });
    expect(fault).toMatch(/^input-limit at line \d+, byte \d+: /);
    expect(given).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  it('name the limit that was exceeded', () => {
    const { fault } = framesOf(endless('{"kind":"', 'x', 1), SMALL);
    expect(fault).toContain(String(SMALL.maxEnvelopeBytes));
  });

  it('look at a long record once: small chunks cost no more than their number', () => {
    const framing = (bytes: number) => {
      const text = bytesOf(`${HEADER}\n${recordOf(bytes)}\n{"kind":"evidence-snapshot-trailer"}\n`);
      const chunks = [...cut(text, [256])];
      return (): void => expect(framesOf(chunks).frames.length).toBe(3);
    };
    expectLinear(framing(200 * 1024), framing(2000 * 1024));
  });
});

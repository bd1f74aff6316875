/** One reading of RFC 3339 in the whole program: of records, headers, journals, metrics and options. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  civilTextOf,
  compareInstants,
  dayOf,
  instantOf,
  instantOrDay,
  isDateTime,
  momentOf,
} from '../../src/core/instant.ts';
import { parseJson } from '../../src/core/json/parse.ts';
import { portable, utf8 } from '../../src/core/platform.ts';
import { RecordDecoder } from '../../src/core/snapshot/record.ts';
import { renderMetrics } from '../../src/reports/metrics-exposition.ts';
import { parseHeader } from '../../src/wire/envelope.ts';
import { runs } from '../long.ts';
import { headerOf } from '../store.ts';

const decoder = new RecordDecoder(portable);

function accepts(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

/** Every reader of a time that the program has. */
const READERS: Readonly<Record<string, (text: string) => boolean>> = {
  record: (recordedAt) =>
    accepts(() => {
      const bytes = utf8(JSON.stringify({ body: 1, id: 'a', recordedAt, stream: 's', tenant: 't', type: 'x' }));
      decoder.decode(bytes, 0, bytes.length);
    }),
  header: (capturedAt) =>
    accepts(() => parseHeader(parseJson(portable, utf8(JSON.stringify(headerOf({ header: { capturedAt } })))))),
  'audit-report': (text) => instantOrDay(text) !== undefined,
  journal: isDateTime,
  metrics: (time) =>
    /baseline_captured_timestamp_seconds -?[0-9]/.test(
      renderMetrics({
        about: 'continuity',
        verdict: 'PASS',
        mode: 'append',
        findings: [],
        findingCounts: {},
        records: [],
        baselineCapturedAt: time,
        startedAt: time,
        finishedAt: time,
        durationMs: 1,
      } as unknown as Parameters<typeof renderMetrics>[0]),
    ),
};

const TIMES: readonly (readonly [string, boolean])[] = [
  ['2027-03-01T10:00:00Z', true],
  ['2027-03-01t10:00:00z', true],
  ['2027-03-01 10:00:00Z', true],
  ['2027-03-01T10:00:00.0123456789Z', true],
  [`2027-03-01T10:00:00.${'1'.repeat(31)}Z`, true],
  ['0000-01-01T00:00:00Z', true],
  ['0001-01-01T00:00:00Z', true],
  ['9999-12-31T23:59:59-23:59', true],
  ['2027-03-01T10:00:60Z', true],
  ['2027-03-01T10:00:61Z', false],
  ['2027-03-01T24:00:00Z', false],
  ['2027-03-01T10:60:00Z', false],
  ['2027-03-01T10:00:00+24:00', false],
  ['2027-03-01T10:00:00+23:60', false],
  ['2027-03-01T10:00:00-00:00', true],
  ['2027-03-01T10:00:00', false],
  ['2027-02-30T10:00:00Z', false],
  ['2027-02-29T10:00:00Z', false],
  ['2028-02-29T10:00:00Z', true],
  ['2030-02-29T10:00:00Z', false],
  ['2000-02-29T10:00:00Z', true],
  ['1900-02-29T10:00:00Z', false],
  ['2100-02-29T10:00:00Z', false],
  ['2027-04-31T10:00:00Z', false],
  ['2027-12-31T10:00:00Z', true],
  ['2027-13-01T10:00:00Z', false],
  ['2027-00-10T10:00:00Z', false],
  ['2027-01-00T10:00:00Z', false],
];

describe.each(Object.entries(READERS))('a time in a %s', (_, read) => {
  it.each(TIMES)('%s is one: %s', (text, isOne) => {
    expect(read(text)).toBe(isOne);
  });
});

describe('an instant', () => {
  const day = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });

  it('of every day that there is, is the one that the calendar of the platform gives', () => {
    fc.assert(
      fc.property(day, (date) => {
        const text = date.toISOString();
        expect(momentOf(text)).toBe(date.getTime());
        expect(dayOf(instantOf(text) ?? { seconds: 0, fraction: '' })).toBe(text.slice(0, 10));
      }),
      { numRuns: runs(2000, 100_000) },
    );
  });

  it('has 29 February in leap years, and in no others', () => {
    for (let year = 1; year <= 9999; year++) {
      const text = `${String(year).padStart(4, '0')}-02-29T00:00:00Z`;
      const leap = new Date(Date.UTC(2000, 1, 29)).setUTCFullYear(year, 1, 29);
      expect([year, isDateTime(text)]).toEqual([year, new Date(leap).getUTCMonth() === 1]);
    }
  });

  it.each([
    ['2027-03-01T10:00:00+02:00', '2027-03-01T08:00:00Z'],
    ['2027-03-01T10:00:00-02:30', '2027-03-01T12:30:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
    ['2027-03-01T10:00:00.500Z', '2027-03-01T10:00:00.5Z'],
  ])('%s is %s', (a, b) => {
    const [first, second] = [instantOf(a), instantOf(b)];
    expect(first).toBeDefined();
    expect(first !== undefined && second !== undefined && compareInstants(first, second)).toBe(0);
  });

  it('beyond the digits of a millisecond is told apart', () => {
    const [a, b] = [instantOf('2027-03-01T10:00:00.0000001Z'), instantOf('2027-03-01T10:00:00.0000002Z')];
    expect(a !== undefined && b !== undefined && compareInstants(a, b) < 0).toBe(true);
    expect(momentOf('1969-12-31T23:59:59.0019Z')).toBe(-999);
  });
});

it('infinity is kept in a record, where a database gave it, and is no time', () => {
  for (const text of ['infinity', '-infinity']) {
    expect([text, READERS['record']?.(text), instantOf(text), READERS['header']?.(text)]).toEqual([
      text,
      true,
      undefined,
      false,
    ]);
  }
  expect(READERS['record']?.('Infinity')).toBe(false);
});

it('seconds since 1970 are a date and a time of day of two digits each', () => {
  const texts = [0, 59, 3661, 86_399, -1, 1_803_895_445].map(civilTextOf);
  expect(texts).toEqual([
    ...['1970-01-01T00:00:00', '1970-01-01T00:00:59', '1970-01-01T01:01:01', '1970-01-01T23:59:59'],
    ...['1969-12-31T23:59:59', new Date(1_803_895_445_000).toISOString().slice(0, 19)],
  ]);
  expect([-62_167_219_201, 253_402_300_800].map(civilTextOf)).toEqual([undefined, undefined]);
});

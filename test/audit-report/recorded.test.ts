/** Times of records: exact, in UTC days, and every record counted in one place. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddedTally, buildAuditReport, RecordedTally, timeClassOf } from '../../src/audit-report/tally.ts';
import { compareInstants, dayOf, type Instant, instantOf, instantOrDay } from '../../src/core/instant.ts';

function instant(text: string): Instant {
  const found = instantOrDay(text);
  if (found === undefined) throw new Error(`no time: ${text}`);
  return found;
}

const valid = fc.date({
  min: new Date('0001-01-02T00:00:00Z'),
  max: new Date('9999-12-30T00:00:00Z'),
  noInvalidDate: true,
});

describe('an instant', () => {
  it('is what the clock of another says, at any offset', () => {
    fc.assert(
      fc.property(valid, fc.integer({ min: -1439, max: 1439 }), (date, minutes) => {
        const local = new Date(date.getTime() + minutes * 60_000);
        const size = Math.abs(minutes);
        const two = (value: number): string => String(value).padStart(2, '0');
        const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        const found = instant(local.toISOString().replace('Z', offset));
        expect(found.seconds).toBe(Math.floor(date.getTime() / 1000));
        expect(dayOf(found)).toBe(date.toISOString().slice(0, 10));
      }),
    );
  });

  it('keeps every digit behind the point', () => {
    const order = [
      '2027-03-01T10:00:00Z',
      '2027-03-01T10:00:00.000001Z',
      '2027-03-01T10:00:00.0000011Z',
      '2027-03-01T10:00:00.1Z',
    ];
    for (const [at, text] of order.entries()) {
      for (const [other, later] of order.entries()) {
        expect(Math.sign(compareInstants(instant(text), instant(later)))).toBe(Math.sign(at - other));
      }
    }
    expect(compareInstants(instant('2027-03-01T11:00:00.10+01:00'), instant('2027-03-01t10:00:00.1z'))).toBe(0);
    expect(compareInstants(instant('2027-03-01'), instant('2027-03-01 00:00:00+00:00'))).toBe(0);
    expect(instant('2016-12-31T23:59:60Z')).toEqual(instant('2017-01-01T00:00:00Z'));
  });

  it.each([
    '',
    '2027-02-29',
    '2027-13-01',
    '2027-00-10',
    '2027-01-00',
    '2027-03-01T24:00:00Z',
    '2027-03-01T10:60:00Z',
    '2027-03-01T10:00:00',
    '2027-03-01T10:00Z',
    '2027-03-01T10:00:00.Z',
    '2027-03-01T10:00:00+24:00',
    '+2027-03-01',
    ' 2027-03-01',
    'now',
    'infinity',
    '1772359200',
  ])('is not said by %j', (text) => {
    expect(instantOrDay(text)).toBeUndefined();
  });

  it('of a record is no plain day', () => {
    expect(instantOf('2027-03-01')).toBeUndefined();
  });
});

describe('the counts of records by their times', () => {
  const since = instant('2027-03-01T10:00:00Z');

  it('have a place for each kind of time', () => {
    expect(timeClassOf('2027-03-01T10:00:00Z', since)[0]).toBe('since');
    expect(timeClassOf('2027-03-01T09:59:59.999999Z', since)[0]).toBe('before');
    expect(timeClassOf('infinity', since)[0]).toBe('infinite');
    expect(timeClassOf('-infinity', since)[0]).toBe('infinite');
    expect(timeClassOf(undefined, since)[0]).toBe('absent');
    expect(timeClassOf('yesterday', since)[0]).toBe('unparsable');
  });

  it('count every record once, by tenant, type and UTC day', () => {
    const tally = new RecordedTally(since);
    const record = (recordedAt: string | undefined, type = 'sbom', tenant = 'b'): void => {
      tally.add({ tenant, type, recordedAt });
    };
    record('2027-03-02T00:30:00+01:00');
    record('2027-03-02T00:30:00Z');
    record('2027-03-02T00:30:00Z', 'vex');
    record('2026-01-01T00:00:00Z');
    for (const odd of [undefined, 'infinity', 'x']) record(odd, 'sbom', 'a');
    expect(tally.total()).toEqual({ since: 3, before: 1, infinite: 1, absent: 1, unparsable: 1 });
    expect(tally.tenants()).toEqual([
      { tenant: 'a', times: { since: 0, before: 0, infinite: 1, absent: 1, unparsable: 1 }, types: [] },
      {
        tenant: 'b',
        times: { since: 3, before: 1, infinite: 0, absent: 0, unparsable: 0 },
        types: [
          {
            type: 'sbom',
            records: 2,
            days: [
              { day: '2027-03-01', records: 1 },
              { day: '2027-03-02', records: 1 },
            ],
          },
          { type: 'vex', records: 1, days: [{ day: '2027-03-02', records: 1 }] },
        ],
      },
    ]);
  });

  it('say of added records whether they are those since then, and which are back-dated', () => {
    const of = (id: string, recordedAt: string | undefined) => ({
      tenant: 't',
      stream: 's',
      id,
      seq: undefined,
      type: 'x',
      recordedAt,
    });
    const captured = '2027-03-01T10:00:30Z';
    const tally = new AddedTally({ since, most: 1 });
    tally.add(of('new', '2027-03-01T11:00:00Z'), captured);
    expect(tally.conclude(1, 1)).toMatchObject({ agrees: true, sinceNotAdded: 0, backDated: { records: 0 } });
    expect(tally.conclude(3, 1)).toMatchObject({ agrees: false, sinceNotAdded: 2 });
    expect(tally.conclude(1, 2).agrees).toBeNull();
    expect(tally.conclude(undefined, 1)).toMatchObject({ agrees: null, sinceNotAdded: null });
    tally.add(of('between', '2027-03-01T10:00:10Z'), captured);
    tally.add(of('old', '2027-02-01T10:00:10Z'), undefined);
    tally.add(of('odd', undefined), captured);
    const { backDated, agrees, times } = tally.conclude(2, 4);
    expect(agrees).toBe(false);
    expect(times).toMatchObject({ since: 2, before: 1, absent: 1 });
    expect(backDated.records).toBe(2);
    expect(backDated.listed).toEqual([
      {
        tenant: 't',
        stream: 's',
        id: 'between',
        type: 'x',
        recordedAt: '2027-03-01T10:00:10Z',
        beforeSince: false,
        beforeBaseline: true,
      },
    ]);
  });

  it('that are of the very moment are neither before it nor before the baseline', () => {
    const tally = new AddedTally({ since, most: 9 });
    for (const [id, recordedAt] of [
      ['at the baseline', '2027-03-01T10:00:30Z'],
      ['before it', '2027-03-01T10:00:29.999Z'],
    ] as const) {
      tally.add({ tenant: 't', stream: 's', id, seq: undefined, type: 'x', recordedAt }, '2027-03-01T10:00:30Z');
    }
    tally.add(
      { tenant: 't', stream: 's', id: 'since', seq: undefined, type: 'x', recordedAt: '2027-03-01T10:00:00Z' },
      undefined,
    );
    const { backDated, times } = tally.conclude(3, 3);
    expect(times).toMatchObject({ since: 3, before: 0 });
    expect(backDated.listed.map(({ id }) => id)).toEqual(['before it']);
  });
});

describe('what an audit report says was not checked', () => {
  const none = { since: 1, before: 0, infinite: 0, absent: 0, unparsable: 0 };
  const notesOf = (over: object): readonly string[] =>
    buildAuditReport({
      verdict: 'PASS',
      since: '2027-03-01',
      source: { records: 1 },
      roots: [],
      times: none,
      tenants: [],
      added: null,
      comparison: null,
      findings: [],
      findingCounts: {},
      journal: null,
      complete: true,
      run: {},
      ...over,
    } as never).notChecked;
  const BASELINE = /^that nothing was lost: without a baseline/;
  const CLAIMS = /^that the times of the records are right: they are what the records say of themselves$/;

  it.each([
    ['always', {}, [BASELINE, CLAIMS]],
    ['with a comparison, what that did not', { comparison: { notChecked: ['x'], headline: 'y' } }, [/^x$/, CLAIMS]],
    [
      'of one record without a time',
      { times: { ...none, absent: 1 } },
      [BASELINE, CLAIMS, /^when 1 record was recorded: 1 without a time, 0 infinite, 0 not RFC 3339$/],
    ],
    [
      'of records with times that are none',
      { times: { ...none, infinite: 2, unparsable: 3 } },
      [BASELINE, CLAIMS, /^when 5 records were recorded: 0 without a time, 2 infinite, 3 not RFC 3339$/],
    ],
    ['of a source that broke off', { complete: false }, [BASELINE, CLAIMS, /not read to its end/]],
    [
      'where it cannot be told what was added',
      { added: { agrees: null, backDated: { records: 0 } } },
      [BASELINE, CLAIMS, /^whether what was added is what was recorded since then$/],
    ],
    ['where it can', { added: { agrees: true, backDated: { records: 0 } } }, [BASELINE, CLAIMS]],
  ])('%s', (_, over, notes) => {
    expect(notesOf(over)).toEqual(notes.map((note) => expect.stringMatching(note)));
  });
});

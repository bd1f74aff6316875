import { describe, expect, it } from 'vitest';
import {
  compareSubjects,
  isLaterBaseline,
  mappingOf,
  pairedPlaces,
  unreadOf,
} from '../../../src/core/report/subjects.ts';
import type { Subject } from '../../../src/core/snapshot/header.ts';

const COLUMNS = { id: 'text', body: 'jsonb' };

function subject(table: string, others: Subject = {}): Subject {
  return { source: 'postgres', columns: { [table]: COLUMNS }, ...others };
}

const kindsOf = (baseline: Subject, current: Subject): readonly string[] =>
  compareSubjects(baseline, current).findings.map(({ kind, message }) => `${kind}: ${message}`);

describe('conditions on the rows', () => {
  const filtered = (table: string, where: string): Subject => subject(table, { filters: { [table]: where } });

  it('that are the same are no finding, also where the table is in another schema', () => {
    expect(kindsOf(filtered('blue.events', 'seq > 5'), filtered('blue.events', 'seq > 5'))).toEqual([]);
    expect(kindsOf(filtered('blue.events', 'seq > 5'), filtered('green.events', 'seq > 5'))).toEqual([]);
  });

  it('that differ are, in whichever schema', () => {
    for (const table of ['blue.events', 'green.events']) {
      expect(kindsOf(filtered('blue.events', 'seq > 5'), filtered(table, 'seq > 6'))).toContainEqual(
        'source-filtered: the rows of blue.events were chosen by seq > 5, now by seq > 6',
      );
    }
  });

  it('on one side alone are', () => {
    expect(kindsOf(filtered('blue.events', 'seq > 5'), subject('green.events'))).toEqual([
      'source-filtered: the rows of blue.events were chosen by seq > 5, now by no condition',
    ]);
    expect(kindsOf(subject('blue.events'), filtered('green.events', 'seq > 5'))).toEqual([
      'source-filtered: the rows of green.events were chosen by no condition, now by seq > 5',
    ]);
  });

  it('are said to be what was not looked at', () => {
    expect(compareSubjects(filtered('blue.events', 'seq > 5'), subject('blue.events')).notes).toHaveLength(1);
  });
});

describe('a view', () => {
  const view = (table: string, digest: string): Subject => subject(table, { views: { [table]: digest } });

  it('with another definition is a finding, also in another schema', () => {
    expect(kindsOf(view('blue.events', 'a'), view('green.events', 'a'))).toEqual([]);
    expect(kindsOf(view('blue.events', 'a'), view('green.events', 'b'))).toEqual([
      'source-schema-changed: the definition of the view blue.events was changed',
    ]);
  });
});

describe('the kind of a relation', () => {
  const view = (table: string): Subject => subject(table, { views: { [table]: 'a' } });

  it('that changed is a finding, either way, also in another schema', () => {
    for (const table of ['blue.events', 'green.events']) {
      expect(kindsOf(view('blue.events'), subject(table))).toEqual([
        'source-schema-changed: blue.events was a view and is a table',
      ]);
      expect(kindsOf(subject('blue.events'), view(table))).toEqual([
        'source-schema-changed: blue.events was a table and is a view',
      ]);
    }
  });

  it('is named beside what a view may leave out', () => {
    const { notes } = compareSubjects(view('blue.events'), subject('blue.events'));
    expect(notes).toEqual(['what the view blue.events leaves out or makes up']);
  });
});

describe('columns', () => {
  const typed = (columns: Record<string, string>): Subject => ({
    source: 'postgres',
    columns: { 'public.t': columns },
  });

  it.each([
    ['gone', { id: 'text' }],
    ['of another type', { id: 'text', body: 'text' }],
  ])('that are %s are no finding: the records are compared', (_, columns) => {
    expect(kindsOf(typed(COLUMNS), typed(columns as Record<string, string>))).toEqual([]);
  });

  it('that are new are told, and are no finding', () => {
    const { findings, notes } = compareSubjects(typed(COLUMNS), typed({ ...COLUMNS, note: 'text' }));
    expect([findings, notes]).toEqual([[], ['columns that public.t did not have before: note']]);
  });
});

describe('where two sides were read', () => {
  const notesOf = (was: unknown, is: unknown): readonly string[] => {
    const of = (systemIdentifier: unknown): Subject =>
      (systemIdentifier === undefined ? {} : { systemIdentifier }) as Subject;
    return compareSubjects(of(was), of(is)).notes;
  };

  it.each([
    ['one cluster', '7', '7', []],
    ['no cluster at all', undefined, undefined, []],
    ['a cluster and a file', '7', undefined, []],
    ['two clusters', '7', '8', [/two database clusters/]],
    ['a server that does not tell', null, '7', [/did not tell which cluster/]],
    ['another that does not tell', '7', null, [/did not tell which cluster/]],
  ])('%s', (_, was, is, told) => {
    expect(notesOf(was, is)).toEqual(told.map((text) => expect.stringMatching(text)));
  });

  it.each([
    ['baseline', { standby: true }, {}],
    ['current', {}, { standby: true }],
  ])('from a standby on the side %s', (side, was, is) => {
    expect(compareSubjects(was, is).notes).toEqual([
      `whether the ${side} side was up to date: it was read from a standby`,
    ]);
  });

  it('without columns on one side there is nothing to compare', () => {
    const read = subject('blue.events');
    expect(compareSubjects(read, {})).toEqual({ findings: [], notes: [] });
    expect(compareSubjects({}, read)).toEqual({ findings: [], notes: [] });
  });
});

describe('what a record was made of, when its table has another name', () => {
  const mapped = (places: Readonly<Record<string, object>>): Subject => ({ mapping: places as never });
  const pairs = (was: Readonly<Record<string, object>>, is: Readonly<Record<string, object>>) =>
    Object.fromEntries(pairedPlaces(mapped(was), mapped(is)));
  const told = (was: Readonly<Record<string, object>>, is: Readonly<Record<string, object>>) =>
    mappingOf(mapped(was), mapped(is)).declared;

  it('is found by its name, in another schema, by its stream, or as the one left over', () => {
    const [a, b, c] = [{ stream: 'a' }, { stream: 'b' }, { stream: 'c' }];
    expect(pairs({ 's.t': a, 's.u': b }, { 's.u': b, 's.t': a })).toEqual({ 's.t': 's.t', 's.u': 's.u' });
    expect(pairs({ 'old.t': a, 'old.u': b }, { 'new.u': b, 'new.t': a })).toEqual({
      ...{ 'old.t': 'new.t', 'old.u': 'new.u' },
    });
    expect(pairs({ x: a, y: b, z: c }, { p: c, q: a, r: b })).toEqual({ x: 'q', y: 'r', z: 'p' });
    expect(pairs({ x: a, y: b }, { p: a, q: c })).toEqual({ x: 'p', y: 'q' });
  });

  it('is nobody else’s where it has kept its own, and is not guessed where several may be it', () => {
    const [a, b] = [{ stream: 'a' }, { stream: 'b' }];
    expect(pairs({ 's.t': a, 'o.t': a }, { 's.t': a, 'n.t': a, 'm.u': b })).toMatchObject({
      's.t': 's.t',
      'o.t': 'n.t',
    });
    expect(pairs({ x: a, y: a }, { p: a, q: a })).toEqual({});
    expect(pairs({ x: a, y: b }, { p: { stream: 'e' }, q: { stream: 'f' } })).toEqual({});
    expect(pairs({ x: a }, { p: { stream: 'e' }, q: { stream: 'f' } })).toEqual({});
  });

  it('is told, with what it was and is', () => {
    expect(told({ x: { id: 'a' } }, { x: { id: 'a' } })).toEqual([]);
    expect(told({ x: { id: 'a' } }, { y: { id: 'b' } })).toEqual([
      'x was read, now it is y',
      'id of x was read from a, now from b',
    ]);
    expect(told({ x: { id: 'a' }, y: { id: 'b' } }, { x: { id: 'a' } })).toEqual(['y was read, and is not now']);
    expect(told({ x: { id: 'a' } }, { x: { id: 'a' }, y: { id: 'b' } })).toEqual(['y is read for the first time']);
    // A side that says nothing of how a table was read declares nothing of it.
    expect(told({ x: {} }, { x: { id: 'a' } })).toEqual([]);
    expect(told({ x: { id: 'a' } }, { x: {} })).toEqual([]);
  });

  it('is told of the first thousand, with how many more there are', () => {
    const fields = (value: string): object =>
      Object.fromEntries(Array.from({ length: 1002 }, (_, at) => [`f${at}`, value]));
    const declared = told({ x: fields('a') }, { x: fields('b') });
    expect(declared).toHaveLength(1001);
    expect([declared[0], declared.at(-1)]).toEqual(['f0 of x was read from a, now from b', 'and 2 more']);
  });
});

describe('a baseline that was captured later', () => {
  it.each<[string | null, string | null, boolean]>([
    ['2027-03-01T10:01:00Z', '2027-03-01T10:00:00Z', false],
    ['2027-03-01T10:01:00.001Z', '2027-03-01T10:00:00Z', true],
    ['2027-03-01T11:00:00Z', '2027-03-01T11:30:00+02:00', true],
    ['2027-03-01T10:00:00Z', '2027-03-01T11:30:00+01:00', false],
    ['2027-03-01T10:00:00Z', '2028-03-01T10:00:00Z', false],
    ['2027-03-01T10:00:00Z', null, false],
    [null, '2027-03-01T10:00:00Z', false],
  ])('%s beside %s: %s', (was, is, isLater) => {
    expect(isLaterBaseline(was, is)).toBe(isLater);
  });
});

it('names what nothing reads of a side that nobody said how to read, and of no other', () => {
  const unread = { '/a': ['x', 'y'], '/b': ['x'] };
  const subject = { system: 's', unread };
  expect(unreadOf([subject])).toEqual([]);
  expect(unreadOf([{ ...subject, recognised: [] }, subject])).toEqual(['x', 'y']);
});

/** Edits of what a record says: its body, type, time and attributes. */
import { ALL, type Draft, type Edit } from './edit.ts';
import { makeBody, type StoreRecord } from './store.ts';
import { type Chance, type Members, RawNumber, type Value } from './value.ts';

function bodyOf(record: StoreRecord): Members {
  if (record.body === undefined) throw new Error('every record of a store has a body');
  return record.body;
}

/** An edit of one record, wherever chance takes it. */
function content(
  name: string,
  threats: readonly string[],
  change: (record: StoreRecord, chance: Chance) => void,
): Edit {
  return {
    name,
    threats,
    levels: ALL,
    apply: ({ records }: Draft, chance: Chance) => {
      const record = chance.pick(records);
      change(record, chance);
      return [record];
    },
    kinds: ['record-modified'],
  };
}

/** An edit that gives a member of the body another value. */
function member(name: string, threats: readonly string[], path: string, change: (was: Value) => Value): Edit {
  return content(name, threats, (record) => {
    const body = bodyOf(record);
    body.set(path, change(body.get(path) as Value));
  });
}

function members(value: Value): Members {
  return value as Members;
}

const BODY: readonly Edit[] = [
  member('a number changes by its last digit', ['B13'], 'count', (was) => (was as number) + 1),
  member('a text loses its last character', ['B13'], 'text', (was) => (was as string).slice(0, -1)),
  member('a text gets a space at its end', ['B13', 'B12'], 'composed', (was) => `${was as string} `),
  member('a zero-width character slips into a text', ['B12'], 'composed', (was) => `${was as string}\u200b`),
  member('an integer beyond 2^53 changes by one', ['D07'], 'big', () => new RawNumber('9007199254740992')),
  member('a fraction beyond a double is rounded', ['D08'], 'price', () => new RawNumber('10.5')),
  member('a number beyond every double changes', ['D09'], 'far', () => new RawNumber('1e401', '1e+401')),
  member('zero becomes minus zero', ['D09'], 'zero', () => new RawNumber('-0')),
  member('null becomes an empty text', ['B25'], 'nothing', () => ''),
  member('null becomes zero', ['B25'], 'nothing', () => 0),
  member('an empty text becomes null', ['B25'], 'empty', () => null),
  member('zero becomes a text', ['B25'], 'zero', () => '0'),
  member('a text becomes a number', ['B25'], 'zeroText', () => 0),
  member('true and false change places', ['B25'], 'flag', (was) => was !== true),
  member('true or false becomes a text', ['B25'], 'flag', String),
  member('an empty object becomes an empty array', ['B25'], 'none', () => []),
  member('an array is reordered', ['B27'], 'list', (was) => [...(was as Value[])].reverse()),
  member('an array loses its last element', ['B27'], 'list', (was) => (was as Value[]).slice(0, -1)),
  member('an array is wrapped in another', ['B27'], 'list', (was) => [was]),
  member('a nested member is added', ['B26'], 'nested', (was) => members(was).set('reviewed', true)),
  member('the border between two texts moves', ['A14'], 'nested', (was) =>
    members(was).set(
      'inner',
      new Map<string, Value>([
        ['a', 'a'],
        ['b', 'bc'],
      ]),
    ),
  ),
  member('two members change values', ['A14'], 'nested', (was) =>
    members(was).set(
      'inner',
      new Map<string, Value>([
        ['a', 'c'],
        ['b', 'ab'],
      ]),
    ),
  ),
  member('NFC becomes NFD', ['E02', 'B12'], 'composed', (was) => (was as string).normalize('NFD')),
  content('null becomes missing', ['B25'], (record) => bodyOf(record).delete('nothing')),
  content('an empty text becomes missing', ['B25'], (record) => bodyOf(record).delete('empty')),
  content('missing becomes null', ['B25'], (record) => bodyOf(record).set('addedLater', null)),
  content('`__proto__` is added to the body', ['D02', 'D03'], (record) =>
    bodyOf(record).set('__proto__', new Map<string, Value>([['severity', 'low']])),
  ),
  content('`constructor` is added to the body', ['D02'], (record) => bodyOf(record).set('constructor', 'Object')),
  content('`toJSON` is added to the body', ['E05'], (record) => bodyOf(record).set('toJSON', 'x')),
  content('a member of the body is renamed', ['B26'], (record) => {
    const body = bodyOf(record);
    body.set('Count', body.get('count') as Value);
    body.delete('count');
  }),
  content('a member of the body moves a level down', ['B26'], (record) => {
    const body = bodyOf(record);
    members(body.get('nested') as Value).set('count', body.get('count') as Value);
    body.delete('count');
  }),
  content('the whole body is another', ['B13'], (record, chance) => {
    record.body = makeBody(chance);
  }),
];

const COLUMNS: readonly Edit[] = [
  content('the type changes', ['A13'], (record) => {
    record.type = `${record.type}.x`;
  }),
  content('the type changes by a homoglyph', ['B12'], (record) => {
    record.type = `${record.type.slice(0, 1)}\u0455${record.type.slice(1)}`;
  }),
  content('the time changes by a microsecond', ['B24'], (record) => {
    const micros = Number(record.recordedAt?.slice(20, 26)) + 1;
    record.recordedAt = `${record.recordedAt?.slice(0, 20)}${String(micros).padStart(6, '0')}Z`;
  }),
  content('the time is written in another zone', ['B24'], (record) => {
    const hour = Number(record.recordedAt?.slice(11, 13)) + 1;
    const text = `${record.recordedAt?.slice(0, 11)}${String(hour).padStart(2, '0')}${record.recordedAt?.slice(13)}`;
    record.recordedAt = text.replace('Z', '+01:00');
  }),
  content('the time gets a zero at its end', ['B24'], (record) => {
    record.recordedAt = record.recordedAt?.replace('Z', '0Z') ?? '';
  }),
  content('the time loses its microseconds', ['B24'], (record) => {
    record.recordedAt = `${record.recordedAt?.slice(0, 23)}Z`;
  }),
  content('the time is removed', ['B24', 'B25'], (record) => {
    delete record.recordedAt;
  }),
  content('an attribute changes', ['B13'], (record) => record.attrs?.set('storageKey', 's3://elsewhere/0')),
  content('an attribute is removed', ['B25'], (record) => record.attrs?.delete('status')),
  content('an attribute is added', ['B26'], (record) => record.attrs?.set('__proto__', '')),
  content('the attributes are emptied', ['B25'], (record) => record.attrs?.clear()),
  content('the attributes are removed', ['B25'], (record) => {
    delete record.attrs;
  }),
];

export const CONTENT_EDITS: readonly Edit[] = [...BODY, ...COLUMNS];

/** What public migrations, libraries and databases do to a value, and the class that it has for each. */
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/core/json/parse.ts';
import type { Json } from '../../../src/core/json/value.ts';
import { classOfChange } from '../../../src/core/judge/change-class.ts';
import { portable, utf8 } from '../../../src/core/platform.ts';
import type { ChangeClass } from '../../../src/core/report/changes.ts';

const json = (text: string): Json | undefined => (text === '' ? undefined : parseJson(portable, utf8(text)));

/** Each side as JSON; nothing for what is not there. */
const KINDS: readonly (readonly [what: string, was: string, is: string, ChangeClass])[] = [
  // Times.
  ['Z written as an offset', '"2027-01-01T00:00:00Z"', '"2027-01-01T00:00:00+00:00"', 'same-instant'],
  ['another zone', '"2027-01-01T00:00:00Z"', '"2027-01-01T01:00:00+01:00"', 'same-instant'],
  ['another zone and day', '"2027-01-01T00:30:00+01:00"', '"2026-12-31T23:30:00Z"', 'same-instant'],
  ['zeros of milliseconds', '"2027-01-01T00:00:00Z"', '"2027-01-01T00:00:00.000Z"', 'same-instant'],
  ['seven digits of .NET', '"2027-01-01T00:00:00.1234560Z"', '"2027-01-01T00:00:00.123456Z"', 'same-instant'],
  ['timestamptz as PostgreSQL prints it', '"2027-01-01T00:00:00Z"', '"2027-01-01 00:00:00+00"', 'same-instant'],
  ['offset without a colon', '"2027-01-01T00:00:00+0000"', '"2027-01-01T00:00:00+00:00"', 'same-instant'],
  ['UTC by name', '"2027-01-01 00:00:00 UTC"', '"2027-01-01T00:00:00Z"', 'same-instant'],
  ['a space for the T, no zone', '"2027-01-01 00:00:00"', '"2027-01-01T00:00:00"', 'same-instant'],
  ['seconds left out', '"2027-01-01T00:00Z"', '"2027-01-01T00:00:00Z"', 'same-instant'],
  ['small letters', '"2027-01-01t00:00:00z"', '"2027-01-01T00:00:00Z"', 'case'],
  ['seconds since 1970', '1798761600', '"2027-01-01T00:00:00Z"', 'same-instant'],
  ['milliseconds since 1970', '"2027-01-01T00:00:00.123Z"', '1798761600123', 'same-instant'],
  ['microseconds cut to milliseconds', '"2027-01-01T00:00:00.123456Z"', '"2027-01-01T00:00:00.123Z"', 'precision'],
  ['microseconds rounded up', '"2027-01-01T00:00:00.999999Z"', '"2027-01-01T00:00:01.000Z"', 'precision'],
  ['nanoseconds to microseconds', '"2027-01-01T00:00:00.123456789Z"', '"2027-01-01T00:00:00.123457Z"', 'precision'],
  ['timestamp to date', '"2027-01-01T13:00:00Z"', '"2027-01-01"', 'precision'],
  ['date to timestamp', '"2027-01-01"', '"2027-01-01T00:00:00Z"', 'precision'],
  ['a zone put where there was none', '"2027-01-01T00:00:00"', '"2027-01-01T00:00:00Z"', 'other'],
  ['a zone taken for another', '"2027-01-01T00:00:00Z"', '"2027-01-01T00:00:00+01:00"', 'other'],
  ['a second later', '"2027-01-01T00:00:00Z"', '"2027-01-01T00:00:01Z"', 'other'],
  ['a microsecond later', '"2027-01-01T00:00:00.000001Z"', '"2027-01-01T00:00:00.000002Z"', 'other'],
  ['seconds read as milliseconds', '1798761600', '1798761600000', 'other'],
  ['a leap second taken for the second after it', '"2016-12-31T23:59:60Z"', '"2017-01-01T00:00:00Z"', 'other'],
  ['a leap second with an offset', '"2016-12-31T23:59:60Z"', '"2017-01-01T00:59:60+01:00"', 'same-instant'],
  ['a leap second as an epoch', '"2016-12-31T23:59:60Z"', '1483228800', 'other'],
  ['a fraction before 1970 cut off', '"1969-12-31T23:59:59.900Z"', '"1969-12-31T23:59:59Z"', 'precision'],
  ['a second earlier than that', '"1969-12-31T23:59:59.100Z"', '"1970-01-01T00:00:00Z"', 'other'],
  ['a day later, as a date', '"2027-01-01T13:00:00Z"', '"2027-01-02"', 'other'],
  // Numbers.
  ['bigint through a double', '9007199254740993', '9007199254740992', 'precision'],
  ['a bigint that a double prints otherwise', '12345678901234567891', '12345678901234567000', 'precision'],
  ['a bigint as the double that is nearest', '12345678901234567891', '12345678901234567168', 'precision'],
  ['another bigint that a double cannot tell from it', '12345678901234567890', '12345678901234567891', 'other'],
  ['double through a single', '0.1', '0.10000000149011612', 'precision'],
  ['numeric rounded to two digits', '12.345', '12.35', 'precision'],
  ['numeric cut to a whole number', '12.3', '12', 'precision'],
  ['a negative number cut off', '-12.9', '-12', 'precision'],
  ['a last digit that became 0, however it is written', '9.3631', '9.3630', 'precision'],
  ['a small number with fewer digits', '1.25e-8', '1.2e-8', 'precision'],
  ['a half rounded up', '12.5', '13', 'precision'],
  ['a half rounded to even', '12.5', '12', 'precision'],
  ['a number that only ever rises', '12.01', '13', 'other'],
  ['a negative one that falls', '-12.01', '-13', 'other'],
  ['a number that got digits it never had', '13', '12.01', 'other'],
  ['a third with fewer digits', '0.3333333333333333', '0.33333', 'precision'],
  ['a number that became 0', '0.4', '0', 'other'],
  ['one more', '5', '6', 'other'],
  ['ten times as much', '12.5', '125', 'other'],
  ['another sign', '5', '-5', 'other'],
  ['another digit of as many', '12.34', '12.35', 'other'],
  ['numeric(10,2) as text', '"1.1"', '"1.10"', 'scale'],
  ['a whole number with a point', '"5"', '"5.0"', 'scale'],
  ['an exponent', '"1e3"', '"1000"', 'scale'],
  ['digits cut in a text', '"12.345"', '"12.34"', 'precision'],
  ['zeros before a number', '"7"', '"007"', 'padding'],
  // Texts.
  ['char(n), filled with spaces', '"ab"', '"ab   "', 'padding'],
  ['spaces at the beginning', '"  ab"', '"ab"', 'padding'],
  ['a line feed at the end', '"ab\\n"', '"ab"', 'padding'],
  ['base64 without its padding', '"YQ=="', '"YQ"', 'padding'],
  ['uuid in capitals', '"550e8400-e29b-41d4-a716-446655440000"', '"550E8400-E29B-41D4-A716-446655440000"', 'case'],
  ['an enum in capitals', '"open"', '"OPEN"', 'case'],
  ['sharp s in capitals', '"straße"', '"STRASSE"', 'case'],
  ['NFD to NFC', '"e\\u0301"', '"\\u00e9"', 'unicode-form'],
  ['Angstrom sign to letter', '"\\u212b"', '"\\u00c5"', 'unicode-form'],
  ['ligature taken apart', '"\\ufb01"', '"fi"', 'case'],
  ['charset repaired', '"MÃ¼ller"', '"Müller"', 'other'],
  ['charset lost', '"Müller"', '"M?ller"', 'other'],
  ['an enum renamed', '"push"', '"create"', 'other'],
  ['a verdict', '"deny"', '"allow"', 'other'],
  ['a name cut off', '"a long name"', '"a long"', 'other'],
  [
    'a uuid made anew',
    '"urn:uuid:00000000-0000-4000-8000-000000000000"',
    '"urn:uuid:11111110-0000-4000-8000-000000000000"',
    'other',
  ],
  ['a Cyrillic letter', '"paypal"', '"p\\u0430ypal"', 'other'],
  ['a uuid without dashes', '"550e8400-e29b-41d4-a716-446655440000"', '"550e8400e29b41d4a716446655440000"', 'other'],
  // Types.
  ['integer to text', '5', '"5"', 'type'],
  ['text to numeric', '"1.10"', '1.1', 'type'],
  ['boolean to text', 'true', '"true"', 'type'],
  ['null to text', 'null', '"null"', 'type'],
  ['boolean to number', 'true', '1', 'other'],
  ['null to nothing', 'null', '""', 'other'],
  ['a default in the place of null', 'null', '0', 'other'],
  ['text to json', '"{\\"a\\":[1]}"', '{"a":[1.0]}', 'type'],
  ['json to text', '[1,2]', '"[1, 2]"', 'type'],
  ['one value to a list', '"a"', '["a"]', 'other'],
  ['list to object', '[]', '{}', 'other'],
  // Texts that hold JSON.
  ['json to jsonb: spaces', '"{\\"a\\":1}"', '"{\\"a\\": 1}"', 'padding'],
  ['json to jsonb: order of keys', '"{\\"b\\":1,\\"a\\":2}"', '"{\\"a\\": 2, \\"b\\": 1}"', 'order'],
  ['json in a text, changed', '"{\\"a\\":1}"', '"{\\"a\\":2}"', 'other'],
  // Members.
  ['a column added', '', '0', 'added-member'],
  ['a column added with null', '', 'null', 'added-member'],
  ['a column dropped', '"x"', '', 'removed-member'],
  ['an object dropped', '{"a":1}', '', 'removed-member'],
];

describe('the class of a change', () => {
  it('has at least sixty public kinds in its table', () => expect(KINDS.length).toBeGreaterThanOrEqual(60));

  it.each(KINDS)('%s', (_, was, is, expected) => {
    expect(classOfChange(json(was), json(is))).toBe(expected);
  });

  it.each(KINDS.filter(([, was, is]) => was !== '' && is !== ''))(
    '%s: the same the other way round',
    (_, was, is, expected) => {
      expect(classOfChange(json(is), json(was))).toBe(expected);
    },
  );
});

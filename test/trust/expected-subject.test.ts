/** How an expected subject is written, and where one does not fit. */
import { describe, expect, it } from 'vitest';
import { readExpectedSubject, subjectDifferences } from '../../src/trust/trust-demands.ts';

describe('an expected subject', () => {
  it.each<[readonly string[], readonly (readonly [string, string])[]]>([
    [[], []],
    [['prod'], [['system', 'prod']]],
    [['system=prod'], [['system', 'prod']]],
    [
      ['region=eu', 'prod'],
      [
        ['region', 'eu'],
        ['system', 'prod'],
      ],
    ],
    [['a=b=c'], [['a', 'b=c']]],
    [['a='], [['a', '']]],
    [['__proto__=x'], [['__proto__', 'x']]],
  ])('%j is read', (asked, expected) => {
    const read = readExpectedSubject(asked);
    expect(typeof read === 'string' ? read : [...read]).toEqual(expected);
  });

  it.each([[['']], [['=x']], [['=']], [['a=1', 'a=1']], [['prod', 'system=prod']]])('%j cannot be meant', (asked) => {
    expect(typeof readExpectedSubject(asked)).toBe('string');
  });

  it('is met member by member, by the same text and no other', () => {
    const found = { system: 'prod', version: 2, nothing: null };
    const differences = (...expected: readonly (readonly [string, string])[]): readonly string[] =>
      subjectDifferences(found, new Map(expected));
    expect(differences()).toEqual([]);
    expect(differences(['system', 'prod'], ['version', '2'], ['nothing', 'null'])).toEqual([]);
    expect(differences(['system', 'PROD'], ['version', '3'])).toEqual([
      'it has "prod" as "system", expected is "PROD"',
      'it has "2" as "version", expected is "3"',
    ]);
    expect(differences(['toString', ''])).toEqual(['it has no "toString", expected is ""']);
  });
});

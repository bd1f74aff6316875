import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { canonicalNumber, isNumberToken } from '../../../src/core/json/value.ts';
import { thrownBy } from './documents.ts';

const SPELLINGS: readonly (readonly [string, string])[] = [
  ['0', '0'],
  ['0.000', '0'],
  ['0e99999999999999999999', '0'],
  ['-0', '-0'],
  ['-0.0', '-0'],
  ['-0e5', '-0'],
  ['1.0', '1'],
  ['1e2', '100'],
  ['100E-2', '1'],
  ['1.10', '1.1'],
  ['120', '120'],
  ['-12.50e1', '-125'],
  ['100000000000000000000', '100000000000000000000'],
  ['999999999999999999999', '999999999999999999999'],
  ['1000000000000000000000', '1e+21'],
  ['1234567890123456789012', '1.234567890123456789012e+21'],
  ['12345678901234567890.25', '12345678901234567890.25'],
  ['123456789012345678901.25', '123456789012345678901.25'],
  ['0.000001', '0.000001'],
  ['0.00000123', '0.00000123'],
  ['0.0000001', '1e-7'],
  ['0.00000012345', '1.2345e-7'],
  ['5e-324', '5e-324'],
  ['1E400', '1e+400'],
  ['1e-999', '1e-999'],
  ['-1.5e+0000400', '-1.5e+400'],
  ['0.4e00669999999999999999999', '4e+669999999999999999998'],
  ['0.00001e-9007199254740993', '1e-9007199254740998'],
];

describe('exact numbers', () => {
  it.each(SPELLINGS)('E03: %s is written as %s', (token, canonical) => {
    expect(isNumberToken(token)).toBe(true);
    expect(canonicalNumber(token)).toBe(canonical);
    expect(canonicalNumber(canonical)).toBe(canonical);
  });

  it('D07: integers beyond 2^53 keep every digit', () => {
    expect(canonicalNumber('9007199254740993')).toBe('9007199254740993');
    expect(canonicalNumber('9007199254740992')).toBe('9007199254740992');
    expect(canonicalNumber('12345678901234567890')).toBe('12345678901234567890');
  });

  it('D08: decimals beyond the precision of a double keep every digit', () => {
    expect(canonicalNumber('10.5000000000000000001')).toBe('10.5000000000000000001');
    expect(canonicalNumber('0.1000000000000000055511')).toBe('0.1000000000000000055511');
    expect(canonicalNumber('333333333.33333329')).toBe('333333333.33333329');
  });

  it('D09: minus zero, overflow and underflow stay what they are', () => {
    expect(new Set(['0', '-0', '1e400', '1e-999'].map(canonicalNumber)).size).toBe(4);
  });

  it.each([
    '',
    '-',
    '+1',
    '01',
    '-01',
    '.5',
    '1.',
    '1.e1',
    '1e',
    '1e+',
    '0x10',
    'NaN',
    'Infinity',
    ' 1',
    '1 ',
    '1\n',
    '١',
  ])('D09: %j is no number token', (text) => {
    expect(isNumberToken(text)).toBe(false);
  });

  it('exponents of 1000 digits are exact, longer ones are refused as input-limit', () => {
    const nines = '9'.repeat(1000);
    expect(canonicalNumber(`1e${nines}`)).toBe(`1e+${nines}`);
    expect(canonicalNumber(`10e-00${nines}`)).toBe(`1e-${'9'.repeat(999)}8`);
    expect(canonicalNumber(`0e1${nines}`)).toBe('0');
    for (const token of [`1e1${nines}`, `1e-1${nines}`, `10e${nines}`, `0.1e-${nines}`]) {
      const error = thrownBy(() => canonicalNumber(token));
      expect(error).toBeInstanceOf(EvidenceError);
      expect(error).toMatchObject({ kind: 'input-limit' });
    }
  });
});

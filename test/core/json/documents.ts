/** Random JSON texts for the tests of the reader, the writer and the scan. */
import * as fc from 'fast-check';
import { EvidenceError } from '../../../src/core/errors.ts';
import { canonicalText } from '../../../src/core/json/canonical.ts';
import { parseJson } from '../../../src/core/json/parse.ts';
import type { Json } from '../../../src/core/json/value.ts';
import { type Platform, portable } from '../../../src/core/platform.ts';

/** Another decoder than the portable one, and a faster: Node's own. */
export const platform: Platform = {
  ...portable,
  text: (bytes, start, end) => Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'),
};

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function read(text: string): Json {
  return parseJson(platform, bytesOf(text));
}

/** What `act` threw. */
export function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The canonical form of `bytes`, or undefined where the reader refuses them, with nothing but an EvidenceError. */
export function canonicalOrRefused(bytes: Uint8Array): string | undefined {
  try {
    return canonicalText(parseJson(platform, bytes));
  } catch (error) {
    if (error instanceof EvidenceError) return undefined;
    throw error;
  }
}

/** `digits` × 10^`exponent`, spelled in one of the many ways that RFC 8259 allows. */
export interface NumberSpelling {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
  readonly zerosBehind: number;
  /** Where the point stands; negative for leading zeros behind it. */
  readonly point: number;
  readonly letter: 'e' | 'E';
  readonly plus: boolean;
  readonly exponentZeros: number;
}

export function spell(number: NumberSpelling): string {
  const digits = number.digits + '0'.repeat(number.zerosBehind);
  let exponent = number.exponent - number.zerosBehind;
  const point = Math.min(number.point, digits.length);
  let mantissa = digits;
  if (point <= 0) mantissa = `0.${'0'.repeat(-point)}${digits}`;
  else if (point < digits.length) mantissa = `${digits.slice(0, point)}.${digits.slice(point)}`;
  exponent += digits.length - point;
  mantissa = mantissa.replace(/^0+(?=[0-9])/, '');
  const sign = number.negative ? '-' : '';
  if (exponent === 0) return sign + mantissa;
  const exponentSign = exponent < 0 ? '-' : number.plus ? '+' : '';
  return `${sign}${mantissa}${number.letter}${exponentSign}${'0'.repeat(number.exponentZeros)}${Math.abs(exponent)}`;
}

const spellingOnly = {
  zerosBehind: fc.nat({ max: 4 }),
  point: fc.integer({ min: -4, max: 40 }),
  letter: fc.constantFrom('e', 'E'),
  plus: fc.boolean(),
  exponentZeros: fc.nat({ max: 2 }),
};

const digitsUpTo = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...'00123456789'), { minLength: 1, maxLength })
    .map((digits) => digits.join('').replace(/^0+(?=[0-9])/, ''));

/** Any decimal number: often with more digits, or a larger exponent, than a double has. */
export const anyNumber: fc.Arbitrary<NumberSpelling> = fc.record<NumberSpelling>({
  negative: fc.boolean(),
  digits: fc.oneof(digitsUpTo(5), digitsUpTo(17), digitsUpTo(40)),
  exponent: fc.oneof(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -400, max: 400 })),
  ...spellingOnly,
});

/** Decimals of at most 15 digits well within the range of a double survive it (DBL_DIG of C17 §5.2.4.2.2 is 15). */
export const doubleNumber: fc.Arbitrary<NumberSpelling> = fc
  .record<NumberSpelling>({
    negative: fc.boolean(),
    digits: digitsUpTo(15),
    exponent: fc.oneof(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -280, max: 280 })),
    ...spellingOnly,
  })
  .map((number) => (/[1-9]/.test(number.digits) ? number : { ...number, negative: false }));

const character: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abAZ09 _/<>\u007f') },
  { weight: 2, arbitrary: fc.constantFrom(...'"\\\b\f\n\r\t\u0000\u001f\u0001') },
  { weight: 2, arbitrary: fc.constantFrom(...'éßЖ€中\u2028\u2029\u0080\u0301') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '😀',
      '\u{10000}',
      '\u{10ffff}',
      '\ud7ff',
      '\ue000',
      '\uee80',
      '\ufb33',
      '\uffff',
      '\ufeff',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
);

const SHORT: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['/', '\\/'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function spellCharacter(text: string, style: number): string {
  const short = SHORT.get(text);
  if (style === 1 && short !== undefined) return short;
  const mustEscape = text < ' ' || text === '"' || text === '\\';
  if (style < 4 && !mustEscape) return text;
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, '0'));
  return units.map((unit) => `\\u${style % 2 === 0 ? unit : unit.toUpperCase()}`).join('');
}

interface SpelledString {
  readonly text: string;
  readonly spelled: string;
}

const spelledString: fc.Arbitrary<SpelledString> = fc
  .array(fc.tuple(character, fc.nat({ max: 5 })), { maxLength: 8 })
  .map((characters) => ({
    text: characters.map(([c]) => c).join(''),
    spelled: `"${characters.map(([c, style]) => spellCharacter(c, style)).join('')}"`,
  }));

const spelledName: fc.Arbitrary<SpelledString> = fc.oneof(
  { weight: 5, arbitrary: spelledString },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('__proto__', 'constructor', 'toString', 'toJSON', 'hasOwnProperty', '1', '10', '9', '')
      .map((text) => ({ text, spelled: JSON.stringify(text) })),
  },
);

const space: fc.Arbitrary<string> = fc.constantFrom('', '', '', ' ', '\n', '\t', '\r\n  ');

/** Random JSON texts in random spelling with such numbers; objects alone where `objects` is true. */
export function texts(number: fc.Arbitrary<NumberSpelling>, objects = false): fc.Arbitrary<string> {
  const { value, object } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('null', 'true', 'false'),
      number.map(spell),
      spelledString.map(({ spelled }) => spelled),
      tie('array'),
      tie('object'),
    ),
    array: fc
      .array(fc.tuple(space, tie('value'), space), { maxLength: 4 })
      .map((elements) => `[${elements.map((parts) => parts.join('')).join(',')}]`),
    object: fc
      .uniqueArray(fc.tuple(spelledName, fc.tuple(space, space, space, space), tie('value')), {
        maxLength: 6,
        selector: ([name]) => name.text,
      })
      .map((members) => {
        const parts = members.map(([name, [a, b, c, d], member]) => `${a}${name.spelled}${b}:${c}${member}${d}`);
        return `{${parts.join(',')}}`;
      }),
  }));
  return objects ? object : fc.tuple(space, value, space).map((parts) => parts.join(''));
}

/** One change to some bytes. */
interface Edit {
  readonly kind: 'set' | 'insert' | 'delete' | 'double';
  /** Where, as a fraction of the length in millionths. */
  readonly where: number;
  readonly byte: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('set', 'insert', 'delete', 'double'),
  where: fc.nat({ max: 999_999 }),
  byte: fc.oneof(
    fc.constantFrom(
      ...bytesOf('"\\/,:{}[]0123456789.eE+-ntu \n\r\t'),
      0xef,
      0xbb,
      0xbf,
      0xed,
      0xa0,
      0xc0,
      0xf4,
      0x80,
      0,
    ),
    fc.nat({ max: 255 }),
  ),
});

function apply(bytes: Uint8Array, { kind, where, byte }: Edit): Uint8Array {
  const at = Math.floor((where / 1_000_000) * bytes.length);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(kind === 'insert' || kind === 'double' ? at : at + 1);
  const middle = kind === 'delete' ? [] : [kind === 'double' ? (bytes[at] ?? byte) : byte];
  return Uint8Array.from([...before, ...middle, ...after]);
}

/** `original` with at most `most` random changes to its bytes. */
export function mutated(original: fc.Arbitrary<Uint8Array>, most: number): fc.Arbitrary<Uint8Array> {
  return fc.tuple(original, fc.array(edit, { maxLength: most })).map(([bytes, edits]) => edits.reduce(apply, bytes));
}

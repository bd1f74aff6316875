/** Characters that an attacker would put into an id, and a check for them that shares nothing with the code. */
import fc from 'fast-check';

const NASTY = [
  ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)),
  '\u007f',
  '\u0080',
  '\u0085',
  '\u009b',
  '\u009f',
  '\u00ad',
  '\u061c',
  '\u115f',
  '\u180e',
  '\u200b',
  '\u200c',
  '\u200d',
  '\u200e',
  '\u200f',
  '\u2028',
  '\u2029',
  '\u202a',
  '\u202b',
  '\u202c',
  '\u202d',
  '\u202e',
  '\u2060',
  '\u2066',
  '\u2067',
  '\u2068',
  '\u2069',
  '\u3164',
  '\ufe0f',
  '\ufeff',
  '\ufff9',
  '\ud800',
  '\udbff',
  '\udc00',
  '\udfff',
  '\u{e0001}',
  '\u{e007f}',
  '\u001b[2J',
  '\u001b]52;c;eA==\u0007',
  '\nPASS: all is well',
  '%s',
  '%d',
  '\\',
  '"',
  '-',
  '#',
  '::error::',
];

export const anyCharacter: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
);

function isControl(code: number): boolean {
  const ranges: readonly (readonly [number, number])[] = [
    [0x00, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x61c, 0x61c],
    [0x180e, 0x180e],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0xd800, 0xdfff],
    [0xfe00, 0xfe0f],
    [0xfeff, 0xfeff],
    [0xfff0, 0xfffb],
    [0xe0000, 0xe0fff],
  ];
  return ranges.some(([from, to]) => code >= from && code <= to);
}

/** Whether `text` holds anything that controls, hides or reorders on a terminal; line feeds count. */
export function controls(text: string): boolean {
  for (const character of text) if (isControl(character.codePointAt(0) ?? 0)) return true;
  return false;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableJson, quoted, shortened } from '../../src/reports/printable.ts';
import { runs } from '../long.ts';
import { anyCharacter, controls } from './hostile.ts';

describe('printable', () => {
  it.each([
    ['\u001b[2J\u001b[31m', '\\u{1b}[2J\\u{1b}[31m'],
    ['\u001b]8;;http://x\u0007', '\\u{1b}]8;;http://x\\u{7}'],
    ['\u009b31m', '\\u{9b}31m'],
    ['a\r\nVERDICT: PASS\t', 'a\\r\\nVERDICT: PASS\\t'],
    ['\u007f\u0085', '\\u{7f}\\u{85}'],
    ['ab\u202ecd\u2066', 'ab\\u{202e}cd\\u{2066}'],
    ['a\u200bb\u200d\ufeff\u00ad', 'a\\u{200b}b\\u{200d}\\u{feff}\\u{ad}'],
    ['\u2028\u2029', '\\u{2028}\\u{2029}'],
    ['x\ud800y\udc00', 'x\\u{d800}y\\u{dc00}'],
    ['\u{e0041}\ufe0f\u3164\uffff', '\\u{e0041}\\u{fe0f}\\u{3164}\\u{ffff}'],
  ])('G27: %j is shown as visible escapes', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('leaves text of any script, emoji and backslashes as they are', () => {
    const text = 'Ärger 証拠 \u{1f512} привет عربي C:\\x %s %d {x} <b>';
    expect(printable(text)).toBe(text);
  });

  it('G27: no string whatever keeps a character that controls a terminal, and what is left is stable', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 60 }), (text) => {
        const shown = printable(text);
        return !controls(shown) && printable(shown) === shown;
      }),
      { numRuns: runs(3000, 200_000) },
    );
  });
});

describe('printableJson and quoted', () => {
  it('G27: JSON keeps its value and loses every character that controls a terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 60 }), (text) => {
        const value = { [text]: [text] };
        const json = printableJson(JSON.stringify(value, null, 2));
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(controls(json.replaceAll('\n', ''))).toBe(false);
      }),
      { numRuns: runs(1500, 100_000) },
    );
  });

  it('tells an escape from text that looks like one', () => {
    expect(quoted('a\nb')).toBe('"a\\nb"');
    expect(quoted('a\\nb')).toBe('"a\\\\nb"');
    expect(quoted('\u{e0041}')).toBe('"\\udb40\\udc41"');
  });
});

describe('shortened', () => {
  it('cuts the middle between code points and says how many are left out', () => {
    expect(shortened('abcdef', 6)).toBe('abcdef');
    expect(shortened('abcdefghij', 4)).toBe('ab...(6 more)...ij');
    expect(shortened('\u{1f512}'.repeat(6), 4)).toBe('\u{1f512}\u{1f512}...(2 more)...\u{1f512}\u{1f512}');
  });
});

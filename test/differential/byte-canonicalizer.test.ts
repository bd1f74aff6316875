/** The canonicalizer of bytes against its oracle: reading strictly and writing canonically. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/core/json/canonical.ts';
import { ByteCanonicalizer } from '../../src/core/json/fast/byte-canonicalizer.ts';
import { compareNames } from '../../src/core/json/utf8.ts';
import { portable } from '../../src/core/platform.ts';
import {
  anyNumber,
  bytesOf,
  canonicalOrRefused,
  doubleNumber,
  mutated,
  platform,
  read,
  texts,
} from '../core/json/documents.ts';
import { expectLinear } from '../linear-time.ts';
import { long, runs } from '../long.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';

const SUITE = 'vectors/JSONTestSuite';
const suite = sharedFolder(SUITE);

const numRuns = runs(2000, 100_000, 600);

const canonicalizer = new ByteCanonicalizer(portable);
const before = bytesOf('[{"a": "\\u00');
const behind = bytesOf('41"}, 1');

/** The canonical text of `text`, which lies within others, as in a file; undefined where it is refused. */
function canonicalized(text: Uint8Array): string | undefined {
  const bytes = Buffer.concat([before, text, behind]);
  const result = canonicalizer.canonicalize(bytes, before.length, before.length + text.length);
  return result === undefined ? undefined : platform.text(result, 0, result.length);
}

/** The law: the same bytes as the oracle, or a refusal where that refuses. Returns whether it was accepted. */
function holds(text: Uint8Array): boolean {
  const expected = canonicalOrRefused(text);
  const found = canonicalized(text);
  // Of hundreds of thousands, to ask `expect` each time would take longer than what is asked.
  if (found !== expected) expect(found).toBe(expected);
  return expected !== undefined;
}

function accepts(text: string): boolean {
  return holds(bytesOf(text));
}

function campaign(inputs: fc.Arbitrary<Uint8Array>): { accepted: number; refused: number } {
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(inputs, (bytes) => {
      if (holds(bytes)) seen.accepted++;
      else seen.refused++;
    }),
    { numRuns },
  );
  return seen;
}

const spelled = fc.oneof(texts(doubleNumber), texts(anyNumber), texts(anyNumber, true));

/** Characters, the order of which differs by UTF-8 bytes, UTF-16 code units and canonical spelling. */
const TELLING = [
  ...['a', 'u', 'n', 'b', '0', '/', '~', '"', '\\', '\u007f', 'é', 'í', '中'],
  ...Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)),
  ...['\ud7ff', '\ue000', '\uee80', '\uf900', '\ufb33', '\uffff', '\u{10000}', '😀', '\u{fffff}', '\u{10ffff}'],
];

const name = fc.array(fc.constantFrom(...TELLING), { maxLength: 4 }).map((parts) => parts.join(''));

function shuffled(names: readonly string[]): string {
  return `{${names.map((text, i) => `${JSON.stringify(text)} : ${i}`).join(' , ')}}`;
}

describe('the canonicalizer of bytes writes what reading and writing writes, and refuses what the reader refuses', () => {
  it('E01, E02, E03: for documents in random spelling: always accepted', () => {
    expect(campaign(spelled.map(bytesOf))).toEqual({ accepted: numRuns, refused: 0 });
  });

  it('E07: for whatever the canonical writer wrote', () => {
    const written = spelled.map((text) => bytesOf(canonicalText(read(text))));
    expect(campaign(written)).toEqual({ accepted: numRuns, refused: 0 });
  });

  it('D01, D04, D05, D06, D09, D12: for texts with some bytes changed', () => {
    const { accepted, refused } = campaign(mutated(spelled.map(bytesOf), 3));
    expect(accepted).toBeGreaterThan(numRuns / 10);
    expect(refused).toBeGreaterThan(numRuns / 10);
  });

  it('for random bytes', () => {
    const byte = fc.oneof(fc.constantFrom(...bytesOf('{}[]":,\\u019ae-.tfn ')), fc.nat({ max: 255 }));
    campaign(fc.array(byte, { maxLength: 12 }).map((bytes) => Uint8Array.from(bytes)));
  });

  it('E01: for objects with names in any order, and D01: for names that come twice', () => {
    const names = fc.oneof(fc.uniqueArray(name, { maxLength: 12 }), fc.array(name, { maxLength: 5 }));
    const { accepted, refused } = campaign(names.map((all) => bytesOf(shuffled(all))));
    expect(accepted).toBeGreaterThan(numRuns / 2);
    expect(refused).toBeGreaterThan(numRuns / 50);
  });

  it('E03: for numbers of any spelling', () => {
    const token = fc
      .array(
        fc.constantFrom('0', '0', '1', '9', '00000', '1234567', '999999999999999', '.', '-', '+', 'e', 'E', 'e+', 'e-'),
        { minLength: 1, maxLength: 6 },
      )
      .map((parts) => bytesOf(`[${parts.join('')}]`));
    const { accepted, refused } = campaign(token);
    expect(accepted).toBeGreaterThan(numRuns / 20);
    expect(refused).toBeGreaterThan(numRuns / 4);
  });
});

describe('the canonicalizer of bytes does so at every edge', () => {
  it('E02: for every escape of one code unit, in either case of its digits, in names and values', () => {
    for (let code = 0; code < 0x10000; code++) {
      const digits = code.toString(16).padStart(4, '0');
      const surrogate = code >= 0xd800 && code <= 0xdfff;
      const both = bytesOf(`{"\\u${digits}": "a\\u${digits.toUpperCase()}b"}`);
      const expected = surrogate
        ? undefined
        : canonicalText(new Map([[String.fromCharCode(code), `a${String.fromCharCode(code)}b`]]));
      const found = canonicalized(both);
      if (found !== expected) expect(found, digits).toBe(expected);
    }
  });

  it('D06: for surrogates, in pairs and alone', () => {
    for (const text of ['\\ud83d\\ude00', '\\uD800\\uDC00', '\\uDBFF\\udfff', '\\ud7ff\\ue000']) {
      expect(accepts(`"${text}"`), text).toBe(true);
    }
    const lone = [
      '\\ud800',
      '\\udc00',
      '\\ud800\\ud800',
      '\\udc00\\ud800',
      '\\udc00\\udc00',
      '\\ud800\\ue000',
      '\\ud800\\u0041',
      '\\ud800x',
      '\\ud800\\n',
    ];
    for (const text of [...lone, '\\ud83d\\ude0', '\\ud83d\\ude0g', '\\ud83d\\', '\\ud83d\\u', '\\ud83dude00']) {
      expect(accepts(`"${text}"`), text).toBe(false);
      expect(accepts(`{"${text}":0}`), text).toBe(false);
    }
  });

  it('D04: for every byte behind a backslash, and every bad digit', () => {
    for (let byte = 0; byte < 256; byte++) {
      holds(Uint8Array.from([0x22, 0x5c, byte, 0x22]));
      for (let place = 0; place < 4; place++) {
        const digits = [0x30, 0x30, 0x34, 0x31];
        digits[place] = byte;
        holds(Uint8Array.from([0x22, 0x5c, 0x75, ...digits, 0x22]));
      }
    }
  });

  it('D05: for all two bytes, and all lead bytes with telling continuations, within a string', () => {
    const telling = [0x22, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
    // In `npm test` a third of the pairs, other ones after each first byte.
    const step = runs(1, 1, 3);
    let accepted = 0;
    for (let a = 0; a < 256; a++) {
      for (let b = a % step; b < 256; b += step) if (holds(Uint8Array.from([0x22, a, b, 0x22]))) accepted++;
      if (a < 0xc0) continue;
      for (const b of telling)
        for (const c of telling)
          for (const d of telling) {
            // What stands behind a bad byte is not looked at: two of the three vary, the third is a good one.
            if (!long && b !== 0x90 && c !== 0x80 && d !== 0x80) continue;
            if (holds(Uint8Array.from([0x22, a, b, c, d, 0x22]))) accepted++;
          }
    }
    expect(accepted).toBeGreaterThan(5000 / step);
  });

  it('for every text cut short', () => {
    const text = bytesOf(' {"b": [1, -2.50, {"é😀": "\\ud83d\\ude00\\u00e9"}], "a": [true, false, null, {}, []]} ');
    for (let length = 0; length < text.length - 1; length++) expect(holds(text.subarray(0, length))).toBe(false);
    expect(holds(text)).toBe(true);
  });

  it('D01: for duplicate names, adjacent or not, whatever their spelling', () => {
    for (const text of [
      '{"a":0,"a":0}',
      '{"a":0,"\\u0061":0}',
      '{"b":0,"a":0,"b":0}',
      '{"c":0,"b":0,"a":0,"\\u0063":0}',
      '{"":0,"":0}',
      '{"/":0,"\\/":0}',
      '{"\\n":0,"\\u000A":0}',
      '{"😀":0,"\\ud83d\\ude00":0}',
      '{"__proto__":0,"a":0,"__proto__":0}',
      '{"z":{"b":0,"a":0,"b":0},"a":0}',
    ]) {
      expect(accepts(text), text).toBe(false);
    }
  });

  it('D02: for the names of what objects inherit, and the empty one', () => {
    expect(accepts('{"toString":{},"__proto__":{"constructor":1,"__proto__":2,"":3},"hasOwnProperty":[],"":0}')).toBe(
      true,
    );
  });

  it('E01: for nested objects that are all out of order', () => {
    const text =
      '{"z": {"b": [{"y": 1, "x": {"q": 0, "p": {}}}, {"d": "", "c": 1}], "a": {"2": 2, "10": 1}}, "m": {"b": 1, "a": 2}, "a": 0}';
    expect(canonicalized(bytesOf(text))).toBe(
      '{"a":0,"m":{"a":2,"b":1},"z":{"a":{"10":1,"2":2},"b":[{"x":{"p":{},"q":0},"y":1},{"c":1,"d":""}]}}',
    );
    let nested = '0';
    for (let i = 0; i < 128; i++) nested = `{"b": ${nested}, "a": "${'x'.repeat(i)}"}`;
    expect(accepts(nested)).toBe(true);
  });

  it('D10: for nests of any depth', () => {
    for (const depth of [1, 2, 126, 127, 128, 129, 130, 1000]) {
      expect(accepts(`${'['.repeat(depth)}${']'.repeat(depth)}`)).toBe(depth <= 128);
      expect(accepts(`${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`)).toBe(depth <= 128);
      expect(accepts(`${' [ { "b" : 0, "a" : '.repeat(depth / 2)}0${' } ] '.repeat(depth / 2)}`)).toBe(depth < 130);
    }
    expect(accepts('['.repeat(100_000))).toBe(false);
  });

  it('D09: for numbers whose canonical spelling is longer than their own, or beyond the limit', () => {
    expect(accepts(`[${'1e20,'.repeat(10_000)}1E-6]`)).toBe(true);
    expect(accepts(`1e${'9'.repeat(999)}`)).toBe(true);
    expect(accepts(`1e${'9'.repeat(1001)}`)).toBe(false);
    for (const text of [
      '-0',
      '0',
      '-',
      '+1',
      '01',
      '-01',
      '1.',
      '.5',
      '1e',
      '1e+',
      '0x1',
      '1 2',
      'NaN',
      '-Infinity',
      '1.10',
    ]) {
      accepts(text);
    }
  });

  it('for texts of every length around that of a new buffer, with numbers that grow before members that move', () => {
    for (let size = 1500; size < 5000; size += 7) {
      const text = bytesOf(`{"b":[${'1e20,'.repeat(size % 500)}0],"a":"${'x'.repeat(size)}"}`);
      const fresh = new ByteCanonicalizer(portable);
      const result = fresh.canonicalize(text, 0, text.length) ?? bytesOf('');
      expect(platform.text(result, 0, result.length), `${size}`).toBe(canonicalOrRefused(text));
    }
  });

  it('for white space and byte order marks', () => {
    expect(accepts(' \t\r\n{ \t\r\n"b"\n:\r1\t, "a" : [ \n ] } \n')).toBe(true);
    for (const text of [
      '',
      ' ',
      '\ufeff{}',
      '{}\ufeff',
      '\u00a0{}',
      '{}\v',
      '\f{}',
      '{}{}',
      '{},',
      '{,}',
      '[,]',
      '[1,]',
      '{"a":1,}',
    ]) {
      expect(accepts(text), JSON.stringify(text)).toBe(false);
    }
  });

  it('for ranges that do not lie in the bytes, with a refusal', () => {
    const bytes = bytesOf('{}');
    for (const [start, end] of [
      [-1, 2],
      [0, 3],
      [2, 1],
      [Number.NaN, 2],
      [0, Number.NaN],
    ] as const) {
      expect(canonicalizer.canonicalize(bytes, start, end)).toBeUndefined();
    }
  });

  it('for a text behind one that was refused in the middle of its objects', () => {
    expect(accepts('{"b":{"d":0,"c":[{"z":1,"y":')).toBe(false);
    expect(accepts('{"b":{"d":0,"c":1},"a":2}')).toBe(true);
  });

  it('E01: for two names, in the order of their code units', () => {
    const spelling = (text: string): Uint8Array => bytesOf(JSON.stringify(text).slice(1, -1));
    fc.assert(
      fc.property(name, name, name, (prefix, a, b) => {
        const [x, y] = [prefix + a, prefix + b];
        const [first, second] = [spelling(x), spelling(y)];
        const both = Uint8Array.from([...first, ...second]);
        const order = compareNames(both, 0, first.length, first.length, both.length);
        expect(Math.sign(order)).toBe(x === y ? 0 : x < y ? -1 : 1);
      }),
      { numRuns },
    );
  });
});

describe.skipIf(suite === undefined)(`the canonicalizer of bytes on JSONTestSuite${skippedWithout(SUITE)}`, () => {
  it('does so for every file', () => {
    let accepted = 0;
    for (const folder of ['test_parsing', 'test_transform']) {
      for (const file of readdirSync(join(suite ?? '', folder))) {
        if (holds(readFileSync(join(suite ?? '', folder, file)))) accepted++;
      }
    }
    expect(accepted).toBeGreaterThan(90);
  });
});

describe('the canonicalizer of bytes takes no more time than the length of the text allows', () => {
  const canonicalizing = (text: string): (() => Uint8Array | undefined) => {
    const bytes = bytesOf(text);
    return () => canonicalizer.canonicalize(bytes, 0, bytes.length);
  };
  const expectLinearIn = (text: (size: number) => string): void =>
    expectLinear(canonicalizing(text(5000)), canonicalizing(text(50_000)));
  const membersOf = (size: number): readonly string[] =>
    Array.from({ length: size }, (_, i) => `"${String(i).padStart(6, '0')}":${i}`);

  it('D10: for many members in reversed order, and again with the first name at the end', () => {
    const members = membersOf(100_000);
    const reversed = canonicalizing(`{${members.toReversed().join(', ')}}`)();
    expect(Buffer.compare(reversed ?? bytesOf(''), bytesOf(`{${members.join(',')}}`))).toBe(0);
    expect(canonicalizing(`{${[...members.toReversed(), members.at(-1)].join(',')}}`)()).toBeUndefined();
    expectLinearIn((size) => `{${membersOf(size).toReversed().join(', ')}}`);
    expectLinearIn((size) => `{${[...membersOf(size).toReversed(), membersOf(size).at(-1)].join(',')}}`);
  });

  it('D10: for one long name with escapes among many short ones', () => {
    const named = (size: number): string => {
      const short = Array.from({ length: size }, (_, i) => `"\\u0002${i}":0`);
      return `{${[...short, `"\\n${'\\\\'.repeat(10 * size)}":0`, '"\\u0001":0'].join(',')}}`;
    };
    expect(canonicalizing(named(50_000))()).toBeDefined();
    expectLinearIn(named);
  });
});

/** Every platform gives the same answers: the portable one, which runs anywhere, and that of Node, which is faster. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexOf, isHash, type Platform, portable, utf8 } from '../../src/core/platform.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { runs } from '../long.ts';
import { sha256 } from '../store.ts';

const PLATFORMS: readonly [string, Platform][] = [
  ['portable', portable],
  ['nodePlatform', nodePlatform],
];
const wellFormed = fc.string({ unit: 'binary', maxLength: 200 }).filter((text) => text.isWellFormed());

describe.each(PLATFORMS)('%s', (_, platform) => {
  it('gives the digests of FIPS 180-4', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    const none = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    const long = '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1';
    expect(platform.sha256(utf8('abc'))).toBe(abc);
    expect(platform.sha256(new Uint8Array())).toBe(none);
    expect(platform.sha256(utf8('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'))).toBe(long);
  });

  it('hashes as OpenSSL does, at all lengths around a block, and what a view shows of its buffer', () => {
    const bytes = Uint8Array.from({ length: 400 }, (_, at) => (at * 37) % 256);
    for (let length = 0; length < 260; length++) {
      const view = bytes.subarray(100, 100 + length);
      expect(platform.sha256(view)).toBe(sha256(view));
      expect(isHash(platform.sha256(view))).toBe(true);
    }
  });

  it('leaves the bytes as they were, and does not keep them (A12)', () => {
    const bytes = utf8('evidence');
    const before = platform.sha256(bytes);
    expect(hexOf(bytes)).toBe(hexOf(utf8('evidence')));
    bytes[0] = 0;
    expect(platform.sha256(bytes)).not.toBe(before);
    expect(platform.text(bytes, 1, 8)).toBe('vidence');
    bytes[1] = 0x78;
    expect(platform.text(bytes, 1, 8)).toBe('xidence');
  });

  it('gives back the text of any well-formed string, from any place in a buffer', () => {
    fc.assert(
      fc.property(wellFormed, fc.uint8Array({ maxLength: 9 }), (text, before) => {
        const bytes = Uint8Array.from([...before, ...new TextEncoder().encode(text), 0x22, 0xff]);
        expect(platform.text(bytes, before.length, bytes.length - 2)).toBe(text);
      }),
      { numRuns: runs(600, 100_000) },
    );
  });

  it('keeps a byte order mark and characters that are no characters: text is not a document', () => {
    for (const text of ['\ufeffx', '\ufffe', '\uffff', '\u0000', '\ufffd', '\u{10ffff}', '\u007f\u0080\u07ff\u0800']) {
      const bytes = new TextEncoder().encode(text);
      expect(platform.text(bytes, 0, bytes.length)).toBe(text);
    }
  });

  it('gives empty text for an empty range', () => {
    expect(platform.text(utf8('x'), 1, 1)).toBe('');
    expect(platform.text(new Uint8Array(), 0, 0)).toBe('');
  });

  it('reads every code point that there is', () => {
    let text = '';
    for (let point = 0; point <= 0x10ffff; point += point < 0x3000 ? 1 : 61) {
      if (point < 0xd800 || point > 0xdfff) text += String.fromCodePoint(point);
    }
    const bytes = new TextEncoder().encode(text);
    expect(platform.text(bytes, 0, bytes.length) === text).toBe(true);
    expect(hexOf(utf8(text)) === hexOf(bytes)).toBe(true);
  });
});

describe('utf8', () => {
  it('writes what TextEncoder writes', () => {
    fc.assert(
      fc.property(wellFormed, (text) => {
        expect(utf8(text)).toEqual(new TextEncoder().encode(text));
      }),
      { numRuns: runs(600, 100_000) },
    );
  });

  it.each(['\ud800', 'a\udc00', '\udc00\ud800', '\ud800x'])('refuses the lone surrogate in %j (D04)', (text) => {
    expect(() => utf8(text)).toThrow(RangeError);
  });
});

describe('isHash (A17, B15)', () => {
  it.each([
    '',
    'a'.repeat(63),
    'a'.repeat(65),
    'A'.repeat(64),
    `${'a'.repeat(63)}g`,
    `${'a'.repeat(64)}\n`,
    `sha256:${'a'.repeat(57)}`,
  ])('refuses %j', (text) => {
    expect(isHash(text)).toBe(false);
  });

  it('takes 64 lower-case digits', () => {
    expect(isHash('0123456789abcdef'.repeat(4))).toBe(true);
  });
});

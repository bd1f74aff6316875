/** DER is read strictly: what is written is read again, and what X.690 has another encoding of is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Der, der, derInteger, oidOf, readDer, smallInteger, TAG, timeOf } from '../../src/trust/der.ts';

/** Base 128, as X.690 section 8.19 says, with arithmetic alone. */
function arcBytes(arc: number): number[] {
  const digits = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(128 + (rest % 128));
  return digits;
}

const oid = (...content: readonly number[]): Der => readDer(der(TAG.oid, Uint8Array.from(content)));
const told = (value: Der): string => oidOf(value, 'the purpose');

describe('an object identifier', () => {
  const arc = fc.oneof(fc.nat(300), fc.constantFrom(127, 128, 16_383, 16_384, 2 ** 32, 2 ** 45 - 80));
  const roots = fc.oneof(fc.tuple(fc.constantFrom(0, 1), fc.nat(39)), fc.tuple(fc.constant(2), arc));

  it('is read as it is written', () => {
    fc.assert(
      fc.property(roots, fc.array(arc, { maxLength: 6 }), ([first, second], more) => {
        const content = [40 * first + second, ...more].flatMap(arcBytes);
        expect(told(oid(...content))).toBe([first, second, ...more].join('.'));
        // Whatever is cut off in the midst of an arc is said to be.
        if ((content.at(-1) ?? 0) < 128 && content.length > 1 && (content.at(-2) ?? 0) >= 128) {
          expect(() => told(oid(...content.slice(0, -1)))).toThrow('the purpose is cut off');
        }
      }),
    );
  });

  it.each<readonly [string, readonly number[], string]>([
    ['empty', [], 'the purpose is empty'],
    ['not the shortest', [0x2a, 0x80, 0x01], 'the purpose is not the shortest one'],
    ['not the shortest in its first arcs', [0x80, 0x2a], 'the purpose is not the shortest one'],
    ['too long', arcBytes(2 ** 45 + 1), 'the purpose is too long'],
    ['cut off', [0x81], 'the purpose is cut off'],
    ['cut off behind two bytes', [0x2a, 0x81, 0x81], 'the purpose is cut off'],
  ])('that is %s is refused', (_, content, says) => {
    expect(() => told(oid(...content))).toThrow(says);
  });

  it('is another value where the tag is another one', () => {
    expect(() => told(readDer(derInteger(1)))).toThrow('the purpose is not there, or something else');
    expect(() => oidOf(undefined, 'the purpose')).toThrow('the purpose is not there, or something else');
  });
});

describe('a value', () => {
  it('is read again, of any length, and not where anything is cut off or follows', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 127, 128, 255, 256, 300), (length) => {
        const content = new Uint8Array(length).fill(7);
        const bytes = der(TAG.octetString, content);
        expect(readDer(bytes)).toMatchObject({ tag: TAG.octetString, parts: [] });
        expect(Buffer.from(readDer(bytes).content).equals(content)).toBe(true);
        expect(() => readDer(bytes.subarray(0, -1))).toThrow('it is cut off');
        expect(() => readDer(Buffer.concat([bytes, Uint8Array.of(0)]))).toThrow('something follows it');
      }),
    );
  });

  it.each<readonly [string, string]>([
    ['', 'it is cut off'],
    ['04', 'it is cut off'],
    ['0480', 'a length is not definite'],
    ['0481', 'it is cut off'],
    ['04817f', 'a length is not the shortest one'],
    ['048200ff', 'a length is not the shortest one'],
    ['0484000000', 'a length is too long'],
    ['1f0100', 'a tag is too long'],
    [`${'3080'.repeat(2)}`, 'a length is not definite'],
  ])('of the bytes %s is refused: %s', (hex, says) => {
    expect(() => readDer(Buffer.from(hex, 'hex'))).toThrow(says);
  });

  it('is nested 32 times at most', () => {
    const nested = (times: number): Uint8Array => (times === 0 ? der(TAG.null) : der(TAG.sequence, nested(times - 1)));
    expect(readDer(nested(32)).tag).toBe(TAG.sequence);
    expect(() => readDer(nested(33))).toThrow('it is nested too deeply');
  });
});

describe('a whole number', () => {
  it('is the shortest that has no sign', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(0, 1, 127, 128, 255, 256, 2 ** 32 - 1), fc.nat(2 ** 31 - 1)), (value) => {
        const { content } = readDer(derInteger(value));
        expect(BigInt(`0x${Buffer.from(content).toString('hex')}`)).toBe(BigInt(value));
        expect(content[0] ?? 0).toBeLessThan(0x80);
        if (content.length > 1 && content[0] === 0) expect(content[1] ?? 0).toBeGreaterThanOrEqual(0x80);
        const large = Buffer.from(value.toString(16).padStart(40, '0'), 'hex');
        expect(Buffer.from(derInteger(large)).equals(derInteger(value))).toBe(true);
        if (value < 128) expect(smallInteger(readDer(derInteger(value)), 'the version')).toBe(value);
        else expect(() => smallInteger(readDer(derInteger(value)), 'the version')).toThrow('is another number');
      }),
    );
  });
});

describe('a time', () => {
  const timed = (text: string): number => timeOf(readDer(der(TAG.generalizedTime, Buffer.from(text))), 'the time');

  it.each([
    ['20270301100000Z', Date.UTC(2027, 2, 1, 10)],
    ['20280229235959Z', Date.UTC(2028, 1, 29, 23, 59, 59)],
    ['20270301100000.5Z', Date.UTC(2027, 2, 1, 10, 0, 0, 500)],
    ['20270301100000.123456789Z', Date.UTC(2027, 2, 1, 10, 0, 0, 123)],
  ])('%s is read', (text, expected) => {
    expect(timed(text)).toBe(expected);
  });

  it.each(['20270229100000Z', '20270301240000Z', '20271301100000Z', '20270301100060Z'])('%s is none', (text) => {
    expect(() => timed(text)).toThrow('the time is no time');
  });

  it.each([
    '20270301100000',
    '20270301100000.50Z',
    '202703011000Z',
    '20270301100000+0100',
    '20270301100000.1234567891Z',
  ])('%s is none in UTC', (text) => {
    expect(() => timed(text)).toThrow('the time is no time in UTC');
  });
});

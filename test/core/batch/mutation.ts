/** Lines with bytes or tokens that do not belong there. */
import type { Chance } from '../../tamper/value.ts';

const ALPHABET = Buffer.from(
  '"\\{}[]:,0123456789-+.eEtrufalsnbd \t\r\x00\x1f\x7f\x80\xbf\xc3\xa9\xed\xa0\xee\xf0\x9f\xf4\x90abcdZT',
  'latin1',
);
const TOKENS = [
  'null',
  'true',
  '-0',
  '0.0',
  '1e21',
  '1E5',
  '1.5e-7',
  '0.0000001',
  '0.000001',
  '00',
  '-',
  '""',
  '[]',
  '{}',
  '\\u0008',
  '\\u001F',
  '\\u001f',
  '\\/',
  '"a":1,',
  '\ud7ff',
  '\ue000',
  '\u{10000}',
];

/** `line` with from none to three changes, or one token in the place of another. */
export function mutated(chance: Chance, line: Uint8Array): Uint8Array {
  let bytes = Buffer.from(line);
  for (let count = chance.below(4); count > 0; count--) {
    const at = chance.below(bytes.length);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const byte = Buffer.of(ALPHABET[chance.below(ALPHABET.length)] ?? 0);
    const kind = chance.below(6);
    if (kind === 0) bytes = Buffer.concat([before, byte, after.subarray(1)]);
    else if (kind === 1) bytes = Buffer.concat([before, after.subarray(1)]);
    else if (kind === 2) bytes = Buffer.concat([before, byte, after]);
    else if (kind === 3) bytes = Buffer.concat([before, bytes.subarray(Math.max(0, at - chance.below(40)))]);
    else if (kind === 4)
      bytes = Buffer.concat([before, Buffer.from(chance.pick(TOKENS)), after.subarray(chance.below(4))]);
    else bytes = Buffer.concat([before, Buffer.of((bytes[at] ?? 0) ^ (1 << chance.below(8))), after.subarray(1)]);
    if (bytes.length === 0) return Buffer.from('{}');
  }
  return bytes.includes(10) ? line : bytes;
}

/** How archives begin. What unpacks them is loaded when there is one. */
import { Buffer } from 'node:buffer';

/** Length of a block of tar, which a header is. */
export const TAR_BLOCK = 512;

/** The bytes before the first zero. */
export function tarField(block: Uint8Array, at: number, length: number): Uint8Array {
  const bytes = block.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** A number of a tar header, in octal digits or in GNU's base 256; undefined if it is none. */
export function tarNumber(block: Uint8Array, at: number, length: number): number | undefined {
  const bytes = block.subarray(at, at + length);
  if (((bytes[0] ?? 0) & 0x80) === 0) {
    const digits = Buffer.from(tarField(block, at, length))
      .toString('latin1')
      .trim();
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
  }
  const value = bytes.reduce((sum, byte, index) => sum * 256 + (index === 0 ? byte & 0x7f : byte), 0);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Whether the checksum of a tar header is right; that of an empty block is not. */
export function tarChecksumHolds(block: Uint8Array): boolean {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return tarNumber(block, 148, 8) === sum;
}

export function beginsTar(bytes: Uint8Array): boolean {
  return bytes.length >= TAR_BLOCK && tarChecksumHolds(bytes.subarray(0, TAR_BLOCK));
}

export function beginsZip(bytes: Uint8Array): boolean {
  // `PK` and a local header, or the end of a directory without entries.
  const [p, k, a, b] = bytes;
  return p === 0x50 && k === 0x4b && ((a === 3 && b === 4) || (a === 5 && b === 6));
}

export function beginsZstd(bytes: Uint8Array): boolean {
  return bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
}

/** A place in the bytes of one JSON text, and the errors that name it. */
import { EvidenceError } from '../errors.ts';
import { CR, LF, SPACE, TAB } from './ascii.ts';

/** What {@link Cursor.peek} gives behind the last byte. */
export const END = -1;

export class Cursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Offset in `bytes` of the next byte. */
  at: number;
  private readonly start: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.at = start;
  }

  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] as number) : END;
  }

  /** Whether the next bytes are exactly these. */
  looksAt(...expected: readonly number[]): boolean {
    return this.at + expected.length <= this.end && expected.every((byte, i) => this.bytes[this.at + i] === byte);
  }

  skipSpace(): void {
    for (;;) {
      const c = this.peek();
      if (c !== SPACE && c !== LF && c !== CR && c !== TAB) return;
      this.at++;
    }
  }

  /** The error for a byte, or an end, that the grammar does not allow here. */
  unexpected(): EvidenceError {
    const c = this.peek();
    return this.malformed(c === END ? 'unexpected end of the JSON text' : `unexpected byte ${hexByte(c)}`);
  }

  malformed(reason: string, byteOffset: number = this.at): EvidenceError {
    return new EvidenceError('input-malformed', reason, { where: this.where(byteOffset) });
  }

  limit(reason: string, byteOffset: number = this.at): EvidenceError {
    return new EvidenceError('input-limit', reason, { where: this.where(byteOffset) });
  }

  /** Lines are counted only when there is an error to place. */
  private where(byteOffset: number): { line: number; byteOffset: number } {
    let line = 1;
    for (let at = this.start; at < byteOffset; at++) if (this.bytes[at] === LF) line++;
    return { line, byteOffset };
  }
}

/** How a single byte is named in a reason, e.g. `0x2c`. */
export function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

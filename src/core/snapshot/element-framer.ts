/** Finds where the elements of the array `records` begin and end. Keeps its place, so that no byte is seen twice. */
import { EvidenceError } from '../errors.ts';
import type { ByteWindow } from './byte-window.ts';

const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

export interface ElementFrame {
  readonly start: number;
  readonly end: number;
}

type Expected = 'first' | 'element' | 'comma-or-end';

export class ElementFramer {
  readonly #window: ByteWindow;
  readonly #maxElementBytes: number;
  #expected: Expected = 'first';
  /** Bytes of the current element seen so far, its open brackets, and whether we are in a string, after a backslash. */
  #seen = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(window: ByteWindow, maxElementBytes: number) {
    this.#window = window;
    this.#maxElementBytes = maxElementBytes;
  }

  /** The next element; `end-of-array` when the closing bracket was consumed; `more` when bytes are wanting. */
  next(closed: boolean): ElementFrame | 'end-of-array' | 'more' {
    if (this.#seen === 0) {
      const found = this.#between(closed);
      if (found !== 'element') return found;
    }
    const { start } = this.#window;
    const end = this.#elementEnd();
    if (end < 0) {
      if (this.#seen > this.#maxElementBytes) throw this.#tooLong();
      return closed ? this.#truncated() : 'more';
    }
    if (end - start > this.#maxElementBytes) throw this.#tooLong();
    this.#seen = 0;
    this.#expected = 'comma-or-end';
    this.#window.consume(end);
    return { start, end };
  }

  /** Consumes what stands between two elements. */
  #between(closed: boolean): 'element' | 'end-of-array' | 'more' {
    const window = this.#window;
    for (;;) {
      window.skipWhiteSpace();
      if (window.start >= window.end) return closed ? this.#truncated() : 'more';
      const byte = window.bytes[window.start];
      if (byte === OPEN_BRACE && this.#expected !== 'comma-or-end') return 'element';
      if (byte !== COMMA || this.#expected !== 'comma-or-end') return this.#endOfArray(byte);
      this.#expected = 'element';
      window.consume(window.start + 1);
    }
  }

  #endOfArray(byte: number | undefined): 'end-of-array' {
    if (byte !== CLOSE_BRACKET || this.#expected === 'element') throw this.#unexpected();
    this.#window.consume(this.#window.start + 1);
    return 'end-of-array';
  }

  /** Index after the element's last byte, or -1. */
  #elementEnd(): number {
    const { bytes, start, end } = this.#window;
    for (let at = start + this.#seen; at < end; at++) {
      const byte = bytes[at];
      if (this.#inString) this.#inText(byte);
      else if (byte === QUOTE) this.#inString = true;
      else if (this.#closesElement(byte)) return at + 1;
    }
    this.#seen = end - start;
    return -1;
  }

  #inText(byte: number | undefined): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #closesElement(byte: number | undefined): boolean {
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      this.#depth--;
      return this.#depth === 0;
    }
    return false;
  }

  #unexpected(): EvidenceError {
    const wanted = this.#expected === 'comma-or-end' ? 'a comma or the end of `records`' : 'a record (a JSON object)';
    return new EvidenceError('input-malformed', `expected ${wanted}`, {
      where: this.#window.placeOf(this.#window.start),
    });
  }

  #tooLong(): EvidenceError {
    const reason = `a record is longer than the limit of ${this.#maxElementBytes} bytes`;
    return new EvidenceError('input-limit', reason, { where: this.#window.placeOf(this.#window.start) });
  }

  #truncated(): never {
    const where = this.#window.placeOf(this.#window.end);
    throw new EvidenceError('input-truncated', 'the input ends within `records`; the trailer is missing', { where });
  }
}

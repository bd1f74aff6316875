/**
 * Where records are written, as bytes, one behind the other: values of rows as JSON, in canonical form as far as a value
 * has one. What is ASCII and needs no escape is copied as it came; all else goes through a text.
 */
import { EvidenceError } from '../../core/errors.ts';
import { canonicalText } from '../../core/json/canonical.ts';
import { QUOTE } from '../../core/json/cursor.ts';
import { ByteCanonicalizer } from '../../core/json/fast/byte-canonicalizer.ts';
import { parseJson } from '../../core/json/parse.ts';
import { MOST_RECORD_BYTES } from '../../core/limits.ts';
import { type Platform, portable, utf8 } from '../../core/platform.ts';
import type { RowCells } from './row-cells.ts';

const FIRST_BYTES = 64 * 1024;
const UTF8_BYTES_A_UNIT = 3;
/** Shorter runs of bytes are copied faster one by one than by a call. */
const SHORT_COPY = 32;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const FIRST_BEYOND_ASCII = 0x80;

const TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(\+00)?$/;

/** A time of day as RFC 3339, with all its digits; what has no such form (infinity, years BC) stays as it is. */
export function rfc3339(text: string): string {
  const found = TIME.exec(text);
  if (found === null) return text;
  const [, date, time, zone] = found;
  return `${date}T${time}${zone === undefined ? '' : 'Z'}`;
}

/** Tokens of numbers are all that is asked for. */
const platform: Platform = {
  ...portable,
  text: (bytes, start, end) => Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'),
};

export class RecordBytes {
  bytes: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  length = 0;
  readonly #canonicalizer: ByteCanonicalizer = new ByteCanonicalizer(platform);
  /** Where the record begins that is written. */
  #start = 0;

  /** Another record begins here. */
  begin(): void {
    this.#start = this.length;
  }

  /** @throws EvidenceError `input-limit` if the record is longer than a snapshot may hold */
  end(): void {
    const length = this.length - this.#start;
    if (length > MOST_RECORD_BYTES) refuseLong(length);
  }

  /** Makes room for so many bytes more; not for what is too long, however it is spelled. */
  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const length = this.length + more - this.#start;
    if (length > UTF8_BYTES_A_UNIT * MOST_RECORD_BYTES) refuseLong(length);
    const larger = Buffer.allocUnsafe(2 * (this.length + more));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  byte(byte: number): void {
    this.#reserve(1);
    this.bytes[this.length++] = byte;
  }

  put(bytes: Uint8Array): void {
    this.#copy(bytes, 0, bytes.length);
  }

  #copy(from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    const { bytes } = this;
    let to = this.length;
    if (length > SHORT_COPY) bytes.set(start === 0 && end === from.length ? from : from.subarray(start, end), to);
    else for (let at = start; at < end; at++) bytes[to++] = from[at] as number;
    this.length += length;
  }

  /** Writes `text` as it is. */
  text(text: string): void {
    this.#reserve(UTF8_BYTES_A_UNIT * text.length);
    this.length += this.bytes.write(text, this.length, 'utf8');
  }

  /** Writes `text` as a string of JSON. */
  string(text: string): void {
    this.text(JSON.stringify(text));
  }

  /** Writes a value as it came. */
  raw(row: RowCells, index: number): void {
    this.#copy(row.bytes, row.startOf(index), row.endOf(index));
  }

  /** Writes a value as a string of JSON. */
  cell(row: RowCells, index: number): void {
    if (!this.#asItIs(row.bytes, row.startOf(index), row.endOf(index))) this.string(row.text(index) ?? '');
  }

  /** Writes bytes as a string of JSON; false, and nothing, where one of them needs more than to be copied. */
  #asItIs(bytes: Uint8Array, start: number, end: number): boolean {
    this.#reserve(end - start + 2);
    const out = this.bytes;
    let to = this.length;
    out[to++] = QUOTE;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte < SPACE || byte >= FIRST_BEYOND_ASCII || byte === QUOTE || byte === BACKSLASH) return false;
      out[to++] = byte;
    }
    out[to++] = QUOTE;
    this.length = to;
    return true;
  }

  /** Writes a time of day as a string of JSON. */
  time(row: RowCells, index: number): void {
    this.string(rfc3339(row.text(index) ?? ''));
  }

  /** Writes JSON in canonical form; as it is where that is refused, for the reader to say why. */
  json(row: RowCells, index: number): void {
    const canonical = this.#canonicalizer.canonicalize(row.bytes, row.startOf(index), row.endOf(index));
    if (canonical === undefined) this.#refusedJson(row.text(index) ?? '');
    else this.#copy(canonical, 0, canonical.length);
  }

  /** Bytes that are no UTF-8 may have been what was refused: as a text they are others. */
  #refusedJson(text: string): void {
    const bytes = utf8(text);
    this.put(this.#canonicalizer.canonicalize(bytes, 0, bytes.length) ?? bytes);
  }

  /**
   * Writes a text that is JSON.
   *
   * @throws EvidenceError if it is none
   */
  jsonInText(row: RowCells, index: number): void {
    this.text(canonicalText(parseJson(portable, utf8(row.text(index) ?? ''))));
  }
}

function refuseLong(length: number): never {
  const reason = `it makes a record of some ${length} bytes, and a record has at most ${MOST_RECORD_BYTES}`;
  const advice =
    'take the digest of its bytes alone ("body": {"field": …, "as": "bytes"}), or map one that is stored (bodyDigest)';
  throw new EvidenceError('input-limit', reason, { advice });
}

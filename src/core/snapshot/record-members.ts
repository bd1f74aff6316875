/** The members of one record, taken from its canonical bytes and checked against the table of docs/snapshot.md. */

import { EvidenceError } from '../errors.ts';
import { isDateTime, isInfinite } from '../instant.ts';
import { BACKSLASH, COLON, COMMA, LOWER_N, OPEN_BRACE, QUOTE } from '../json/cursor.ts';
import type { CanonicalScan } from '../json/fast/canonical-scan.ts';
import {
  anything,
  count,
  type Form,
  filledText,
  type Members,
  mapOf,
  object,
  optional,
  ruled,
  text,
  textForm,
  textOrNull,
} from '../json/form.ts';
import { parseJson } from '../json/parse.ts';
import { isWholeToken } from '../json/value.ts';
import { MOST_LINK_UNITS } from '../limits.ts';
import type { Platform } from '../platform.ts';
import { didYouMean, shortText } from '../words.ts';

const BACKSLASH_TEXT = '\\';

const TRAILER_KIND = '"evidence-snapshot-trailer"';

/** Most code points in a name, by member. */
export const MOST_NAME = 256;
export const MOST_ID = 1024;

const name = filledText(MOST_NAME);
const RECORDED_AT = 'RFC 3339 date and time, kept as the text the source gave';

/** Every member of a record: which may be left out, and what it must be; the reader does as much on bytes. */
const RECORD_MEMBERS = {
  tenant: name,
  stream: name,
  id: filledText(MOST_ID),
  seq: optional(count),
  type: name,
  recordedAt: optional(
    textForm('an RFC 3339 date and time', (text) => isDateTime(text) || isInfinite(text)),
    RECORDED_AT,
  ),
  prev: optional(textOrNull),
  hash: optional(text),
  attrs: optional(mapOf(text)),
  body: optional(anything),
  bodyDigest: optional(text, '`sha256:` and 64 lower-case hexadecimal digits'),
} satisfies Members;

type MemberName = keyof typeof RECORD_MEMBERS;

const MEMBER_NAMES = Object.keys(RECORD_MEMBERS) as readonly MemberName[];

export const BODY_OR_DIGEST = 'a record needs `body` or `bodyDigest`';

/** For the JSON Schema; records are read from their bytes. */
export const recordForm: Form = ruled(
  object(RECORD_MEMBERS),
  BODY_OR_DIGEST,
  ({ body, bodyDigest }) => body !== undefined || bodyDigest !== undefined,
);

function violation(reason: string): EvidenceError {
  return new EvidenceError('schema-violation', reason);
}

/** Whether `text` has from 1 to `most` code points; most texts are short, so they are not counted one by one. */
function isWithin(text: string, most: number): boolean {
  if (text.length <= most) return text.length > 0;
  return text.length <= 2 * most && [...text].length <= most;
}

/** Filled anew by each `read`; the fields keep the values until the next. */
export class RecordMembers {
  readonly #platform: Platform;
  readonly #names: KnownNames<MemberName> = new KnownNames(MEMBER_NAMES);
  readonly #last = { tenant: new LastText(), stream: new LastText(), type: new LastText() } as const;
  #bytes: Uint8Array = new Uint8Array(0);
  tenant = '';
  stream = '';
  id = '';
  type = '';
  seq: number | undefined;
  recordedAt: string | undefined;
  prev: string | null | undefined;
  hash: string | undefined;
  attrs: string | undefined;
  bodyDigest: string | undefined;
  /** Which member of the scan `body` is, -1 for none. */
  bodyIndex = -1;
  bodyDigestIndex = -1;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /**
   * Reads what `scan` has found in `bytes`.
   *
   * @throws EvidenceError `schema-violation` for a missing or unknown member, or one of the wrong form
   */
  read(bytes: Uint8Array, start: number, scan: CanonicalScan): void {
    this.#clear(bytes);
    try {
      for (let at = 0; at < scan.count; at++) this.#member(at, scan);
      this.#requireNames();
    } catch (error) {
      throw error instanceof EvidenceError ? error.at({ byteOffset: start }) : error;
    }
  }

  #clear(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.tenant = this.stream = this.id = this.type = '';
    this.seq = this.recordedAt = this.prev = this.hash = this.attrs = this.bodyDigest = undefined;
    this.bodyIndex = this.bodyDigestIndex = -1;
  }

  #requireNames(): void {
    if (!isWithin(this.tenant, MOST_NAME)) throw violation(`\`tenant\` must have 1 to ${MOST_NAME} characters`);
    if (!isWithin(this.stream, MOST_NAME)) throw violation(`\`stream\` must have 1 to ${MOST_NAME} characters`);
    if (!isWithin(this.id, MOST_ID)) throw violation(`\`id\` must have 1 to ${MOST_ID} characters`);
    if (!isWithin(this.type, MOST_NAME)) throw violation(`\`type\` must have 1 to ${MOST_NAME} characters`);
  }

  #member(at: number, scan: CanonicalScan): void {
    const from = scan.valueStart[at] ?? 0;
    const to = scan.valueEnd[at] ?? 0;
    const name = this.#names.find(this.#bytes, scan.keyStart[at] ?? 0, scan.keyEnd[at] ?? 0);
    switch (name) {
      case 'tenant':
      case 'stream':
      case 'type':
        this[name] = this.#repeated(name, from, to);
        return;
      case 'id':
        this.id = this.#string(name, from, to);
        return;
      case 'hash':
        this.hash = this.#link(name, from, to);
        return;
      case 'bodyDigest':
        this.bodyDigest = this.#link(name, from, to);
        this.bodyDigestIndex = at;
        return;
      case 'recordedAt':
        this.recordedAt = this.#dateTime(from, to);
        return;
      case 'prev':
        this.prev = this.#bytes[from] === LOWER_N ? null : this.#link(name, from, to);
        return;
      case 'seq':
        this.seq = this.#position(from, to);
        return;
      case 'attrs':
        this.attrs = this.#attributes(from, to);
        return;
      case 'body':
        this.bodyIndex = at;
        return;
      default:
        throw this.#unknown(at, scan, name);
    }
  }

  /** Something else than a record may stand in its place: its `kind` says what. */
  #unknown(at: number, scan: CanonicalScan, _: undefined): EvidenceError {
    const nameOf = (member: number): string =>
      this.#string('a member name', (scan.keyStart[member] ?? 0) - 1, (scan.keyEnd[member] ?? 0) + 1);
    for (let member = 0; member < scan.count; member++) {
      if (nameOf(member) !== 'kind') continue;
      const kind = this.#platform.text(this.#bytes, scan.valueStart[member] ?? 0, scan.valueEnd[member] ?? 0);
      if (kind !== TRAILER_KIND)
        return violation('a header or a trailer stands in the place of a record: it has `kind`');
      return new EvidenceError(
        'input-truncated',
        'a trailer stands before the end: the input was put together wrongly',
      );
    }
    const name = nameOf(at).slice(0, 64);
    return violation(`unknown member ${JSON.stringify(name)} in a record${didYouMean(name, MEMBER_NAMES)}`);
  }

  #string(name: string, from: number, to: number): string {
    if (this.#bytes[from] !== QUOTE) throw violation(`\`${name}\` must be a string`);
    const raw = this.#platform.text(this.#bytes, from + 1, to - 1);
    return raw.includes(BACKSLASH_TEXT) ? (parseJson(this.#platform, this.#bytes, from, to) as string) : raw;
  }

  /**
   * A hash, which is kept for the next record, for the stream and for findings. One that is far too long to be any is
   * told apart by its digest: the leaf is made from the bytes, so nothing else rests on its text.
   */
  #link(name: string, from: number, to: number): string {
    const text = this.#string(name, from, to);
    if (text.length <= MOST_LINK_UNITS) return text;
    return `${shortText(text, 64)}, SHA-256 ${this.#platform.sha256(this.#bytes.subarray(from, to))}`;
  }

  /** A string that is mostly that of the record before: comparing bytes costs less than making the text again. */
  #repeated(name: 'tenant' | 'stream' | 'type', from: number, to: number): string {
    const last = this.#last[name];
    if (last.isSame(this.#bytes, from, to)) return last.text;
    const text = this.#string(name, from, to);
    last.keep(this.#bytes, from, to, text);
    return text;
  }

  #dateTime(from: number, to: number): string {
    const text = this.#string('recordedAt', from, to);
    if (text.length > MOST_LINK_UNITS) {
      throw new EvidenceError('input-limit', `\`recordedAt\` has more than ${MOST_LINK_UNITS} characters`);
    }
    // The text itself is what counts: it is kept and never converted. What a database calls infinite is kept, too.
    if (isDateTime(text) || isInfinite(text)) return text;
    throw violation('`recordedAt` must be an RFC 3339 date and time');
  }

  #position(from: number, to: number): number {
    const token = this.#platform.text(this.#bytes, from, to);
    const seq = isWholeToken(token) ? Number(token) : Number.NaN;
    if (!Number.isSafeInteger(seq)) throw violation('`seq` must be an integer from 0 to 2^53-1');
    return seq;
  }

  #attributes(from: number, to: number): string {
    if (this.#bytes[from] !== OPEN_BRACE) throw violation('`attrs` must be an object');
    if (!holdsStringsOnly(this.#bytes, from, to)) throw violation('every member of `attrs` must be a string');
    return this.#platform.text(this.#bytes, from, to);
  }
}

/**
 * Whether every member of the canonical object at `from` is a string: then it is nothing but strings, with a comma or a
 * colon between them, so that any other byte outside of a string belongs to another kind of value.
 */
function holdsStringsOnly(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from + 1; at < to - 1; at++) {
    if (bytes[at] === QUOTE) at = stringEnd(bytes, at);
    else if (bytes[at] !== COMMA && bytes[at] !== COLON) return false;
  }
  return true;
}

/** Index of the quote that ends the string which begins at `from`. */
function stringEnd(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

/* Texts that come again and again, recognised by their bytes, so that they need not be decoded each time. */

function holds(bytes: Uint8Array, from: number, to: number, text: Uint8Array): boolean {
  if (to - from !== text.length) return false;
  for (let at = 0; at < text.length; at++) if (bytes[from + at] !== text[at]) return false;
  return true;
}

/** A fixed set of ASCII names; found by length and first byte, then compared. */
export class KnownNames<Name extends string> {
  readonly #byKey: Map<number, readonly { readonly name: Name; readonly bytes: Uint8Array }[]> = new Map();

  constructor(names: readonly Name[]) {
    for (const name of names) {
      const bytes = Uint8Array.from(name, (character) => character.charCodeAt(0));
      const key = keyOf(bytes[0], bytes.length);
      this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), { name, bytes }]);
    }
  }

  /** The name whose bytes are `bytes[from, to)`, if it is one of them. */
  find(bytes: Uint8Array, from: number, to: number): Name | undefined {
    for (const known of this.#byKey.get(keyOf(bytes[from], to - from)) ?? []) {
      if (holds(bytes, from, to, known.bytes)) return known.name;
    }
    return undefined;
  }
}

function keyOf(first: number | undefined, length: number): number {
  return length * 256 + (first ?? 0);
}

/** The last text of a member, with the bytes that it was made from. */
class LastText {
  text = '';
  #bytes: Uint8Array = new Uint8Array(0);

  isSame(bytes: Uint8Array, from: number, to: number): boolean {
    return holds(bytes, from, to, this.#bytes);
  }

  keep(bytes: Uint8Array, from: number, to: number, text: string): void {
    // A copy, which `slice` is not for a Buffer: the next record is written over these bytes, and would equal itself.
    this.#bytes = new Uint8Array(bytes.subarray(from, to));
    this.text = text;
  }
}

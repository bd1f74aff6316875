/**
 * The short way to a record that differs from the one before only within its body and in its links, as most rules have it:
 * the bytes around the body are taken as they are, and nothing is read again that was read before. The simple way,
 * `RecordDecoder.decode` of the canonical text of the whole, is its oracle (test/migration/short-way.test.ts).
 */

import { canonicalText } from '../json/canonical.ts';
import { BACKSLASH, COMMA, LOWER_N, QUOTE } from '../json/cursor.ts';
import { CanonicalScan } from '../json/fast/canonical-scan.ts';
import type { Json } from '../json/value.ts';
import { type Hash, isSourceHash, type Platform, utf8 } from '../platform.ts';
import type { EvidenceRecord } from '../snapshot/record.ts';

const BODY_NAME = utf8('"body":');
const DIGEST_NAME = utf8('"bodyDigest":"sha256:');
const HASH_NAME = utf8(',"hash":');
const PREV_NAME = utf8(',"prev":');
const NULL = utf8('null');

/** What is put in the place of the links of a record. */
export interface NewLinks {
  readonly prev: string | null;
  /** The hash of the record with the new body and link; undefined if it cannot be made so. */
  readonly hashOf: (record: EvidenceRecord) => string | undefined;
}

type Links = Pick<EvidenceRecord, 'prev' | 'hash'>;

function isLink(text: string | null | undefined): boolean {
  return typeof text !== 'string' || isSourceHash(text);
}

/** `record` with what the short way gives it; all members in the order that the reader gives them. */
function like(
  record: EvidenceRecord,
  body: Uint8Array,
  digest: Hash,
  prev: Links['prev'],
  hash: Links['hash'],
  leaf: Hash,
): EvidenceRecord {
  return {
    tenant: record.tenant,
    stream: record.stream,
    id: record.id,
    seq: record.seq,
    type: record.type,
    recordedAt: record.recordedAt,
    prev,
    hash,
    attrs: record.attrs,
    bodyDigest: `sha256:${digest}`,
    statedBodyDigest: undefined,
    body,
    leaf,
  };
}

/** Writes one text after another into a buffer that is kept. */
class Room {
  bytes: Uint8Array = new Uint8Array(4096);
  length = 0;

  #fit(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(needed + Math.min(needed, 64 * 1024));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  /** What was written; a view that holds until it begins anew. */
  get written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  begin(): void {
    this.length = 0;
  }

  put(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.#fit(end - start);
    this.bytes.set(bytes.subarray(start, end), this.length);
    this.length += end - start;
  }

  putText(text: string): void {
    this.#fit(text.length);
    const { bytes } = this;
    let { length } = this;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x80) {
        this.put(utf8(text));
        return;
      }
      bytes[length++] = unit;
    }
    this.length = length;
  }

  putByte(byte: number): void {
    this.#fit(1);
    this.bytes[this.length++] = byte;
  }

  putQuoted(text: string): void {
    this.putByte(QUOTE);
    this.putText(text);
    this.putByte(QUOTE);
  }
}

/** Where the members behind the body stand in the canonical text of a record, each with the comma before it. */
interface Tail {
  /** Behind the body and the digest that is stated of it. */
  start: number;
  /** Behind the hash. */
  id: number;
  /** Behind the id. */
  prev: number;
  /** Behind the link. */
  rest: number;
}

/**
 * Where the body of a record begins in its canonical text; -1 if it is no part of it. One buffer may hold other texts too
 * (those of Node do): by its place alone nothing is believed.
 */
function bodyIn(bytes: Uint8Array, body: Uint8Array): number {
  const start = body.byteOffset - bytes.byteOffset;
  const isWithin = body.buffer === bytes.buffer && start >= BODY_NAME.length && start + body.length < bytes.length;
  return isWithin && BODY_NAME.every((byte, at) => bytes[start - BODY_NAME.length + at] === byte) ? start : -1;
}

export class BodyRewrite {
  readonly #platform: Platform;
  readonly #scan: CanonicalScan;
  readonly #body = new Room();
  readonly #text = new Room();
  readonly #leafInput = new Room();
  #bytes: Uint8Array = this.#text.bytes;
  readonly #tail: Tail = { start: 0, id: 0, prev: 0, rest: 0 };

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#scan = new CanonicalScan(platform);
  }

  /** Canonical text of the last record; a view that holds until the next. */
  get canonical(): Uint8Array {
    return this.#text.written;
  }

  /** The same with the digest in the place of the body. */
  get canonicalWithDigest(): Uint8Array {
    return this.#leafInput.bytes.subarray(1, this.#leafInput.length);
  }

  /**
   * `record` with another body, and with other links if some are given.
   *
   * @param bytes - its canonical text, of which its body is a part
   * @returns undefined if only the simple way can tell what comes of it
   */
  rewritten(record: EvidenceRecord, bytes: Uint8Array, body: Json, links?: NewLinks): EvidenceRecord | undefined {
    const was = record.body;
    const bodyStart = was === undefined ? -1 : bodyIn(bytes, was);
    if (was === undefined || bodyStart < 0) return undefined;
    this.#bytes = bytes;
    if (!this.#findTail(record, bodyStart + was.length, links !== undefined)) return undefined;
    this.#body.begin();
    this.#body.putText(canonicalText(body));
    const bodyBytes = this.#body.written;
    const digest = this.#platform.sha256(bodyBytes);
    const { prev, hashOf } = links ?? { prev: record.prev, hashOf: undefined };
    const hash = hashOf === undefined ? record.hash : hashOf(like(record, bodyBytes, digest, prev, undefined, ''));
    // Other texts than these are written with escapes.
    const areSpelled = isLink(prev) && isLink(hash) && hash !== undefined;
    if (links !== undefined && !areSpelled) return undefined;
    const linked = links === undefined ? undefined : { prev, hash };
    this.#text.begin();
    this.#text.put(bytes, 0, bodyStart);
    this.#text.put(bodyBytes);
    this.#putTail(this.#text, linked);
    // What was made must be what a reader takes: nested no deeper, above all.
    if (!this.#scan.scan(this.#text.bytes, 0, this.#text.length)) return undefined;
    this.#leafInput.begin();
    this.#leafInput.putByte(0);
    this.#leafInput.put(bytes, 0, bodyStart - BODY_NAME.length);
    this.#leafInput.put(DIGEST_NAME);
    this.#leafInput.putText(digest);
    this.#leafInput.putByte(QUOTE);
    this.#putTail(this.#leafInput, linked);
    const leaf = this.#platform.sha256(this.#leafInput.written);
    return like(record, bodyBytes, digest, prev, hash, leaf);
  }

  #putTail(room: Room, links: Links | undefined): void {
    const bytes = this.#bytes;
    const { start, id, prev: prevAt, rest } = this.#tail;
    if (links === undefined) {
      room.put(bytes, start, bytes.length);
      return;
    }
    room.put(HASH_NAME);
    room.putQuoted(links.hash ?? '');
    room.put(bytes, id, prevAt);
    room.put(PREV_NAME);
    if (typeof links.prev === 'string') room.putQuoted(links.prev);
    else room.put(NULL);
    room.put(bytes, rest, bytes.length);
  }

  /** Finds what stands behind the body: in canonical order its digest, the hash, the id, the link, and the rest. */
  #findTail(record: EvidenceRecord, bodyEnd: number, withLinks: boolean): boolean {
    const tail = this.#tail;
    tail.start = record.statedBodyDigest === undefined ? bodyEnd : this.#behindMember(bodyEnd, 'bodyDigest');
    if (tail.start < 0 || !withLinks) return tail.start >= 0;
    tail.id = record.hash === undefined ? tail.start : this.#behindMember(tail.start, 'hash');
    tail.prev = tail.id < 0 ? -1 : this.#behindMember(tail.id, 'id');
    tail.rest = tail.prev < 0 || record.prev === undefined ? tail.prev : this.#behindMember(tail.prev, 'prev');
    return tail.rest >= 0;
  }

  /** Where the member `name`, a text or null, ends whose comma stands at `at`; -1 if it is not there. */
  #behindMember(at: number, name: string): number {
    const bytes = this.#bytes;
    let from = at + 2;
    if (bytes[at] !== COMMA || bytes[at + 1] !== QUOTE) return -1;
    for (let i = 0; i < name.length; i++) if (bytes[from++] !== name.charCodeAt(i)) return -1;
    from += 2;
    if (bytes[from] === LOWER_N) return from + NULL.length;
    if (bytes[from] !== QUOTE) return -1;
    for (let end = from + 1; end < bytes.length; end++) {
      if (bytes[end] === BACKSLASH) end++;
      else if (bytes[end] === QUOTE) return end + 1;
    }
    return -1;
  }
}

/**
 * A record and its leaf (docs/snapshot.md, "Record" and "Canonical form and leaf hash").
 *
 * Bytes that are already in canonical form, as our own snapshots are, go the short way to their leaf hash: one scan
 * validates them and finds the members, and the leaf input is the same bytes with `body` replaced by its digest. Any
 * other spelling is rewritten to canonical form in one pass first, and what that pass will not take goes through the
 * strict reader, which knows what is wrong. All end in the short way; so there is one place that knows what a record is.
 */

import { EvidenceError } from '../errors.ts';
import { canonicalBytes } from '../json/canonical.ts';
import { OPEN_BRACE, QUOTE } from '../json/cursor.ts';
import { ByteCanonicalizer } from '../json/fast/byte-canonicalizer.ts';
import { CanonicalScan } from '../json/fast/canonical-scan.ts';
import { parseJson } from '../json/parse.ts';
import { isWholeToken, JsonNumber } from '../json/value.ts';
import { type Hash, isHash, type Platform, utf8 } from '../platform.ts';
import { BODY_OR_DIGEST, RecordMembers } from './record-members.ts';

/** One piece of evidence, as far as it is judged. */
export interface EvidenceRecord {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
  /** Position in an ordered stream; undefined in an unordered one. */
  readonly seq: number | undefined;
  readonly type: string;
  readonly recordedAt: string | undefined;
  /** Custody link as given; undefined if the member is not there. Its form is judged by the chain check. */
  readonly prev: string | null | undefined;
  /** The source's own hash as given; its form is judged by the chain check. */
  readonly hash: string | undefined;
  /** Canonical text of `attrs`. */
  readonly attrs: string | undefined;
  /** Recomputed from `body` where that is there, else as given. */
  readonly bodyDigest: string;
  /** As given, whether or not it is right. */
  readonly statedBodyDigest: string | undefined;
  /** Canonical bytes of `body`; a view that holds until the next record of the same side is read. */
  readonly body: Uint8Array | undefined;
  /** RFC 9162 leaf hash of the canonical record without `body`, with `bodyDigest`. */
  readonly leaf: Hash;
  /** Where its source found it, for whoever looks for it by hand; it is no part of the record. */
  readonly foundAt?: string | undefined;
}

/** Behind a message about a record: in which file it is, unless its id says so. */
export function inFile({ id, foundAt }: Pick<EvidenceRecord, 'id' | 'foundAt'>): string {
  return foundAt === undefined || foundAt.endsWith(`/${id}`) ? '' : ` (in ${foundAt})`;
}

const DIGEST_MEMBER = utf8('"bodyDigest":"sha256:');

/** Reads records one after another; keeps buffers, so one decoder serves one side. */
export class RecordDecoder {
  readonly #platform: Platform;
  readonly #scan: CanonicalScan;
  readonly #canonicalizer: ByteCanonicalizer;
  readonly #members: RecordMembers;
  #leafInput: Uint8Array = new Uint8Array(4096);
  #canonical: Uint8Array = this.#leafInput;
  #withDigest: Uint8Array = this.#leafInput;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#scan = new CanonicalScan(platform);
    this.#canonicalizer = new ByteCanonicalizer(platform);
    this.#members = new RecordMembers(platform);
  }

  /** Canonical text of the last record; a view that holds until the next. */
  get canonical(): Uint8Array {
    return this.#canonical;
  }

  /** Canonical text of the last record with `body` replaced by its digest; a view that holds until the next. */
  get canonicalWithDigest(): Uint8Array {
    return this.#withDigest;
  }

  /**
   * The record whose JSON text is `bytes[start, end)`.
   *
   * @throws EvidenceError `input-malformed`, `input-limit` or `schema-violation`, with the offset into `bytes`
   */
  decode(bytes: Uint8Array, start: number, end: number): EvidenceRecord {
    if (this.#scan.scan(bytes, start, end)) return this.#record(bytes, start, end);
    const rewritten = this.#canonicalizer.canonicalize(bytes, start, end);
    const canonical = rewritten ?? this.#simply(bytes, start, end);
    const respelled = rewritten === undefined || this.#canonicalizer.respelledNumber;
    if (!this.#scan.scan(canonical, 0, canonical.length)) {
      const isObject = canonical[0] === OPEN_BRACE;
      const reason = isObject ? 'the record has too many members' : 'a record must be a JSON object';
      throw new EvidenceError('schema-violation', reason, { where: { byteOffset: start } });
    }
    try {
      const record = this.#record(canonical, 0, canonical.length);
      if (respelled && record.seq !== undefined) this.#requireDigits(bytes, start, end);
      return record;
    } catch (error) {
      // Offsets into the canonical copy mean nothing to the user: the place is where the record begins.
      throw error instanceof EvidenceError ? error.at({ byteOffset: start }) : error;
    }
  }

  /** The canonical form the simple way, which knows what is wrong where the short one only refuses. */
  #simply(bytes: Uint8Array, start: number, end: number): Uint8Array {
    return canonicalBytes(parseJson(this.#platform, bytes, start, end));
  }

  /** A position is written in digits alone; that `1.0` has the same canonical form is no reason to read it. */
  #requireDigits(bytes: Uint8Array, start: number, end: number): void {
    const json = parseJson(this.#platform, bytes, start, end);
    const seq = json instanceof Map ? json.get('seq') : undefined;
    if (seq instanceof JsonNumber && isWholeToken(seq.token)) return;
    throw new EvidenceError('schema-violation', '`seq` must be an integer from 0 to 2^53-1, in digits alone');
  }

  #record(bytes: Uint8Array, start: number, end: number): EvidenceRecord {
    const members = this.#members;
    members.read(bytes, start, this.#scan);
    const body = members.bodyIndex < 0 ? undefined : this.#bodyOf(bytes);
    const bodyDigest = body === undefined ? members.bodyDigest : `sha256:${this.#platform.sha256(body)}`;
    if (bodyDigest === undefined) {
      throw new EvidenceError('schema-violation', BODY_OR_DIGEST, { where: { byteOffset: start } });
    }
    const input =
      body === undefined ? this.#copied(bytes, start, end) : this.#withoutBody(bytes, start, end, bodyDigest);
    this.#canonical = bytes.subarray(start, end);
    this.#withDigest = input.subarray(1);
    return {
      tenant: members.tenant,
      stream: members.stream,
      id: members.id,
      seq: members.seq,
      type: members.type,
      recordedAt: members.recordedAt,
      prev: members.prev,
      hash: members.hash,
      attrs: members.attrs,
      bodyDigest,
      statedBodyDigest: members.bodyDigest,
      body,
      leaf: this.#platform.sha256(input),
    };
  }

  #bodyOf(bytes: Uint8Array): Uint8Array {
    const at = this.#members.bodyIndex;
    return bytes.subarray(this.#scan.valueStart[at], this.#scan.valueEnd[at]);
  }

  /** 0x00 || record, for a record that has no body: the domain separation of RFC 9162 §2.1.1. */
  #copied(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const input = this.#room(end - start + 1);
    input.set(bytes.subarray(start, end), 1);
    return input.subarray(0, end - start + 1);
  }

  /**
   * 0x00 || record with `body` replaced by `bodyDigest`. In canonical order `body` stands right before `bodyDigest`,
   * so the digest takes the place of both and nothing else moves.
   */
  #withoutBody(bytes: Uint8Array, start: number, end: number, bodyDigest: string): Uint8Array {
    const { bodyIndex, bodyDigestIndex } = this.#members;
    const cutFrom = (this.#scan.keyStart[bodyIndex] ?? 0) - 1;
    const cutTo = this.#scan.valueEnd[bodyDigestIndex < 0 ? bodyIndex : bodyDigestIndex] ?? end;
    const input = this.#room(end - start + 128);
    input.set(bytes.subarray(start, cutFrom), 1);
    let length = 1 + cutFrom - start;
    input.set(DIGEST_MEMBER, length);
    length += DIGEST_MEMBER.length;
    for (let at = 7; at < 71; at++) input[length++] = bodyDigest.charCodeAt(at);
    input[length++] = QUOTE;
    input.set(bytes.subarray(cutTo, end), length);
    return input.subarray(0, length + end - cutTo);
  }

  #room(length: number): Uint8Array {
    if (this.#leafInput.length < length) this.#leafInput = new Uint8Array(length * 2);
    this.#leafInput[0] = 0x00;
    return this.#leafInput;
  }
}

/** What makes two records of one id the same evidence: all but custody members (`seq`, `prev`, `hash`). */
type Content = Pick<EvidenceRecord, 'type' | 'recordedAt' | 'attrs' | 'bodyDigest'>;

/** Equal text means equal content; the text itself has no further meaning. */
export function contentOf({ type, recordedAt, attrs, bodyDigest }: Content): string {
  return JSON.stringify([type, recordedAt, attrs, bodyDigest]);
}

/** Whether `contentOf` both is the same text, without making it. */
export function isSameContent(a: Content, b: Content): boolean {
  if (a.bodyDigest !== b.bodyDigest || a.attrs !== b.attrs) return false;
  return a.type === b.type && a.recordedAt === b.recordedAt;
}

/* One attribute of a record, which keeps its attributes as canonical text. */

const HASH_LENGTH = 64;

/**
 * The attribute `name` of `attrs`, undefined if there is none.
 *
 * A hash is found without taking the canonical text apart: a quote inside a value is escaped, so only a name can be
 * followed by `":"`, and only one at its beginning has a brace or a comma before its quote.
 */
export function attributeOf(attrs: string, name: string): string | undefined {
  const key = `"${name}":"`;
  const at = attrs.indexOf(key);
  const before = attrs.charCodeAt(at - 1);
  const from = at + key.length;
  const value = attrs.slice(from, from + HASH_LENGTH);
  const plain = at > 0 && (before === 0x7b || before === 0x2c) && isHash(value);
  if (plain && attrs.charCodeAt(from + HASH_LENGTH) === 0x22) return value;
  const all = JSON.parse(attrs) as Readonly<Record<string, string>>;
  return Object.hasOwn(all, name) ? all[name] : undefined;
}

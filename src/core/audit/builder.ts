/** Builds a snapshot record by record: canonical texts as they come, and at the end the trailer. */
import { EvidenceError } from '../errors.ts';
import { canonicalBytes } from '../json/canonical.ts';
import { jsonFrom } from '../json/from-plain.ts';
import { parseJson } from '../json/parse.ts';
import type { Json, JsonObject } from '../json/value.ts';
import { MOST_RECORD_BYTES } from '../limits.ts';
import { readOptions } from '../options.ts';
import { type Platform, portable } from '../platform.ts';
import { present } from '../present.ts';
import { type ChainRule, chainRuleOf, type Depth } from '../snapshot/header.ts';
import { IdSet } from '../snapshot/id-set.ts';
import { type EvidenceRecord, RecordDecoder } from '../snapshot/record.ts';
import type { SnapshotSummary } from '../snapshot/summary.ts';
import { headerText, SNAPSHOT_OPTIONS, type SnapshotOptions, trailerText } from './envelope-text.ts';
import { SideAudit, type SideFault } from './side-audit.ts';

export type { SnapshotOptions };

function rulesOf(options: SnapshotOptions): ReadonlyMap<string, ChainRule> {
  const rule = ({
    genesis = 'zeros',
    recipe = 'none',
    firstSeq = 1,
    gaps = 'refused',
    segments,
  }: Partial<ChainRule>): ChainRule => ({
    genesis,
    recipe,
    firstSeq,
    gaps,
    segments,
  });
  return new Map(Object.entries(options.chains ?? {}).map(([stream, given]) => [stream, rule(given)]));
}

export class SnapshotBuilder {
  readonly #depth: Depth;
  readonly #decoder: RecordDecoder;
  readonly #audit: SideAudit;
  readonly #digestOnly: number;
  #withoutBody = 0;
  #previous: EvidenceRecord | undefined;
  #count = 0;
  /** Canonical JSON text of the header. */
  readonly header: Uint8Array;

  /**
   * @param platform - hashing and text; `portable` runs anywhere
   * @param given - what the snapshot is of, and how much it holds
   * @throws TypeError for an option that there is not, or that is not what it must be
   */
  constructor(platform: Platform, given: SnapshotOptions = {}) {
    const options = readOptions<SnapshotOptions>(given, SNAPSHOT_OPTIONS, 'SnapshotBuilder');
    this.#depth = options.depth ?? 'full';
    this.#digestOnly = options.digestOnly ?? 0;
    this.#decoder = new RecordDecoder(platform);
    this.header = headerText(options);
    const rules = rulesOf(options);
    this.#audit = new SideAudit({
      platform,
      ruleOf: (stream) => chainRuleOf(rules, stream),
      ids: new IdSet(0),
      sideBit: 1,
      onFault: (fault) => this.#refuse(fault),
    });
  }

  /**
   * Takes the next record: sorted by tenant, stream (both as UTF-8), then `seq` or `id`.
   *
   * @param record - a plain object, Json, or the JSON text of the record as bytes
   * @returns its canonical text at the depth of the snapshot; undefined in a summary
   * @throws EvidenceError `schema-violation` or `input-malformed` if it is no record, or does not follow the one before:
   *   out of order, an id twice, a link that does not hold; `input-limit` if it is too long to be read again
   * @throws TypeError if a value is not JSON
   * Both name the record: how many came before it, and its tenant, stream and id.
   */
  append(record: RecordInput): Uint8Array | undefined {
    try {
      this.#append(record instanceof Uint8Array ? record : canonicalBytes(jsonFrom(record)));
      const text = this.#text();
      if (text !== undefined) requireReadable(text);
      this.#count++;
      return text;
    } catch (fault) {
      throw atRecord(fault, record, this.#count);
    }
  }

  #append(bytes: Uint8Array): void {
    const decoded = this.#decoder.decode(bytes, 0, bytes.length);
    this.#requireFitting(decoded);
    this.#audit.append(decoded);
    this.#previous = decoded;
  }

  /** What a reader would refuse is not written. */
  #requireFitting(record: EvidenceRecord): void {
    const { tenant, stream, seq } = record;
    if (this.#depth === 'full' && record.body === undefined && ++this.#withoutBody > this.#digestOnly) {
      throw new EvidenceError('schema-violation', 'a snapshot of depth `full` needs the body of every record');
    }
    const previous = this.#previous;
    if (previous?.tenant !== tenant || previous.stream !== stream) return;
    if ((previous.seq === undefined) !== (seq === undefined)) {
      throw new EvidenceError('schema-violation', 'all records of a stream have `seq`, or none');
    }
  }

  /** A copy: what the decoder has is overwritten by the next record. */
  #text(): Uint8Array | undefined {
    if (this.#depth === 'summary') return undefined;
    // Not `slice`: of a Buffer that is a view.
    return new Uint8Array(this.#depth === 'digest' ? this.#decoder.canonicalWithDigest : this.#decoder.canonical);
  }

  #refuse({ kind, message }: SideFault): never {
    throw new EvidenceError('schema-violation', `${kind}: ${message}`);
  }

  /**
   * Counts and roots of all records taken; nothing can be appended after it.
   *
   * Its trailer as canonical JSON text is `builder.trailer(summary)`.
   */
  finish(): SnapshotSummary {
    return this.#audit.finish();
  }

  /**
   * @param summary - what `finish` has given
   * @param roots - whether the roots are stated; a reader recomputes them in any case, a summary needs them
   */
  trailer(summary: SnapshotSummary, roots = true): Uint8Array {
    return trailerText(summary, roots);
  }
}

function requireReadable({ length }: Uint8Array): void {
  if (length <= MOST_RECORD_BYTES) return;
  const reason = `the record has ${length} bytes, and at most ${MOST_RECORD_BYTES} are read again`;
  throw new EvidenceError('input-limit', reason, {
    advice: 'give `bodyDigest` in the place of a body that is so long',
  });
}

/* Records as a program gives them, and where one stands of which something is wrong. */

/**
 * A value that is JSON as it is: null, boolean, number, bigint, string, `JsonNumber`, list, plain object or Map. What an
 * object holds is seen when it is written: a Date in it is refused then.
 */
export type JsonInput = null | boolean | number | bigint | string | object;

/** The members of a record; docs/snapshot.md says what each means. */
export interface RecordObject {
  readonly tenant: string;
  readonly stream: string;
  /** Unique in its stream. */
  readonly id: string;
  readonly type: string;
  /** Position in an ordered stream. */
  readonly seq?: number | bigint;
  /** RFC 3339 date and time. */
  readonly recordedAt?: string;
  /** `hash` of the record before it in its custody chain; null for the first. */
  readonly prev?: string | null;
  /** The hash that the source itself keeps, as 64 hexadecimal digits. */
  readonly hash?: string;
  readonly attrs?: Readonly<Record<string, string>>;
  readonly body?: JsonInput;
  /** `sha256:` and 64 hexadecimal digits; in place of `body` or beside it. */
  readonly bodyDigest?: string;
}

/** A record as it is given: a plain object, Json, or its JSON text as bytes, which loses no digit of a number. */
export type RecordInput = RecordObject | JsonObject | Uint8Array;

const NAMES = ['tenant', 'stream', 'id'] as const;
const LONGEST_NAME = 256;

/** The members of whatever was given, as far as they can be determined. */
function membersOf(record: unknown): ReadonlyMap<unknown, unknown> {
  try {
    const value: unknown = record instanceof Uint8Array ? parseJson(portable, record) : record;
    if (value instanceof Map) return value;
    return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  } catch {
    return new Map();
  }
}

function isJson(value: unknown): value is Json {
  try {
    jsonFrom(value);
    return true;
  } catch {
    return false;
  }
}

/** `records[3]: acme / bundles / a`, with as many of the names as there are. */
function placeOf(members: ReadonlyMap<unknown, unknown>, index: number): string {
  const names = NAMES.map((name) => members.get(name)).filter((name) => typeof name === 'string');
  const shown = names.map((name) => name.slice(0, LONGEST_NAME)).join(' / ');
  return `records[${index}]${shown === '' ? '' : `: ${shown}`}`;
}

/**
 * `fault` with the place of the record that it is about.
 *
 * @param index - how many records came before it
 */
function atRecord(fault: unknown, record: unknown, index: number): unknown {
  const members = membersOf(record);
  const place = placeOf(members, index);
  if (fault instanceof EvidenceError) {
    const { kind, reason, where, advice, cause } = fault;
    return new EvidenceError(kind, `${reason} (${place})`, {
      // An offset into the text that was made of an object means nothing to whoever gave the object.
      where: record instanceof Uint8Array ? where : {},
      cause,
      ...present({ advice }),
    });
  }
  if (!(fault instanceof TypeError)) return fault;
  const [member] = [...members].find(([, value]) => !isJson(value)) ?? [];
  const what = typeof member === 'string' ? `\`${member.slice(0, LONGEST_NAME)}\`: ` : '';
  return new TypeError(`${what}${fault.message} (${place})`, { cause: fault });
}

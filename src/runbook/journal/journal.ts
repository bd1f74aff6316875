/**
 * The upgrade journal: one evidence record a line, in a custody chain. Pure: bytes in, entries and faults out.
 *
 * It is checked by the chain check of all evidence (core/custody), with genesis `zeros` and the recipe
 * `sha256-prev-body`. That recipe seals the body and its place in the chain, and nothing beside the body. So the body
 * says everything, and the rest of the record must be exactly what follows from it.
 */

import { ChainCheck } from '../../core/custody/chain.ts';
import { ChainTally } from '../../core/custody/chain-tally.ts';
import { sha256PrevBody } from '../../core/custody/recipes.ts';
import { EvidenceError } from '../../core/errors.ts';
import { canonicalBytes } from '../../core/json/canonical.ts';
import { LF } from '../../core/json/cursor.ts';
import { jsonFrom } from '../../core/json/from-plain.ts';
import { parseJson } from '../../core/json/parse.ts';
import type { Json } from '../../core/json/value.ts';
import { type Hash, type Platform, utf8 } from '../../core/platform.ts';
import { type EvidenceRecord, RecordDecoder } from '../../core/snapshot/record.ts';
import { type JournalBody, parseJournalBody } from '../../wire/journal-entry.ts';

export const STREAM = 'upgrade-journal';
export const GENESIS: Hash = '0'.repeat(64);
const RULE = { genesis: 'zeros', recipe: sha256PrevBody.name, firstSeq: 1 } as const;

export interface JournalEntry extends JournalBody {
  /** Its place, from 1. */
  readonly seq: number;
  readonly hash: Hash;
}

/** What speaks against a journal. */
export interface JournalFault {
  /** The kind of finding that it would be in a report. */
  readonly kind: string;
  /** Whether the journal was altered; else it could not be read. */
  readonly broken: boolean;
  /** Line of the file, from 1. */
  readonly line: number;
  readonly message: string;
}

export interface Journal {
  /** Entries up to the first fault; all of them if there is none. */
  readonly entries: readonly JournalEntry[];
  /** Leaf hashes of their records. */
  readonly leaves: readonly Hash[];
  /** The inputs of those: the canonical records, without their bodies. */
  readonly leafInputs: readonly Uint8Array[];
  /** The `hash` of the last of them; the genesis value if there is none. */
  readonly head: Hash;
  /** The first fault; undefined if the journal is sound. */
  readonly fault: JournalFault | undefined;
  /** A last line without a line feed: a write that was never finished. What comes before it is in `entries`. */
  readonly torn: { readonly bytes: Uint8Array; readonly at: number } | undefined;
}

/** The record of entry `seq`. */
function recordOf(platform: Platform, body: JournalBody, seq: number, prev: Hash): Json {
  const sealed = jsonFrom(body);
  const content = canonicalBytes(sealed);
  const link = utf8(prev);
  const input = new Uint8Array(link.length + content.length);
  input.set(link);
  input.set(content, link.length);
  return jsonFrom({
    tenant: body.upgrade,
    stream: STREAM,
    id: `entry-${seq}`,
    seq,
    type: body.type,
    recordedAt: body.recordedAt,
    prev,
    hash: platform.sha256(input),
    body: sealed,
  });
}

/** The line of an entry that follows `journal`, line feed included. */
export function entryLine(platform: Platform, body: JournalBody, journal: Journal): Uint8Array {
  const text = canonicalBytes(recordOf(platform, body, journal.entries.length + 1, journal.head));
  const line = new Uint8Array(text.length + 1);
  line.set(text);
  line[text.length] = LF;
  return line;
}

class Reader {
  readonly #platform: Platform;
  readonly #decoder: RecordDecoder;
  readonly #chain: ChainCheck;
  readonly entries: JournalEntry[] = [];
  readonly leaves: Hash[] = [];
  readonly leafInputs: Uint8Array[] = [];

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#decoder = new RecordDecoder(platform);
    this.#chain = new ChainCheck(platform, RULE, () => sha256PrevBody, new ChainTally());
  }

  get head(): Hash {
    return this.entries.at(-1)?.hash ?? GENESIS;
  }

  get read(): Pick<Journal, 'entries' | 'leaves' | 'leafInputs' | 'head'> {
    return { entries: this.entries, leaves: this.leaves, leafInputs: this.leafInputs, head: this.head };
  }

  /** Takes the next line; what is wrong with it, if anything is. */
  append(bytes: Uint8Array): JournalFault | undefined {
    const line = this.entries.length + 1;
    try {
      const record = this.#decoder.decode(bytes, 0, bytes.length);
      return this.#judge(record, line);
    } catch (fault) {
      if (!(fault instanceof EvidenceError)) throw fault;
      return { kind: fault.kind, broken: false, line, message: fault.reason };
    }
  }

  #judge(record: EvidenceRecord, line: number): JournalFault | undefined {
    const { body: content, hash } = record;
    const [broken] = this.#chain.append(record);
    if (broken !== undefined) return { kind: broken.kind, broken: true, line, message: broken.message };
    if (content === undefined || hash === undefined) {
      throw new EvidenceError('schema-violation', 'an entry needs `body` and `hash`');
    }
    const body = parseJournalBody(parseJson(this.#platform, content));
    const expected = canonicalBytes(recordOf(this.#platform, body, line, this.head));
    if (!isEqual(expected, this.#decoder.canonical)) {
      const message = 'what stands beside the body is not what the body says, and the hash seals the body alone';
      return { kind: 'record-modified', broken: true, line, message };
    }
    const upgrade = this.entries[0]?.upgrade ?? body.upgrade;
    if (body.upgrade !== upgrade) {
      const message = `the entry is of another upgrade, ${JSON.stringify(body.upgrade)}`;
      return { kind: 'record-inserted-in-history', broken: true, line, message };
    }
    this.entries.push({ ...body, seq: line, hash });
    this.leaves.push(record.leaf);
    this.leafInputs.push(Uint8Array.from(this.#decoder.canonicalWithDigest));
    return undefined;
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/**
 * Reads and verifies a journal: each entry, each link, each hash, up to the first that does not hold.
 *
 * @param bytes - the file, from its first byte to its last
 * @returns its entries, for whoever draws or extends them. A file of no bytes has none, and no fault.
 */
export function readJournal(platform: Platform, bytes: Uint8Array): Journal {
  const reader = new Reader(platform);
  let at = 0;
  for (let end = bytes.indexOf(LF, at); end >= 0; end = bytes.indexOf(LF, at)) {
    const fault = reader.append(bytes.subarray(at, end));
    if (fault !== undefined) return { ...reader.read, fault, torn: undefined };
    at = end + 1;
  }
  if (at === bytes.length) return { ...reader.read, fault: undefined, torn: undefined };
  const message = 'the last line does not end in a line feed: a write was never finished, or the file was cut';
  const fault = { kind: 'input-truncated', broken: false, line: reader.entries.length + 1, message };
  return { ...reader.read, fault, torn: { bytes: bytes.subarray(at), at } };
}

/** How many entries follow the one whose hash is `head`; undefined if there is no such entry. */
export function entriesAfter(journal: Journal, head: Hash): number | undefined {
  const at = journal.entries.findIndex(({ hash }) => hash === head);
  return at < 0 ? undefined : journal.entries.length - 1 - at;
}

/** A head that was noted is not in the chain. */
export function headFault({ entries }: Journal): JournalFault {
  const message = 'the expected head is not in the chain: entries were cut off, or the journal was made anew';
  return { kind: 'chain-truncated', broken: true, line: entries.length, message };
}

/**
 * What speaks against `journal` for whoever relies on it: its first fault, or a head that is gone, or that it is empty.
 *
 * @param expectHead - a head that must still be in the chain, if one was noted
 */
export function faultFor(journal: Journal, expectHead: Hash | undefined): JournalFault | undefined {
  const { entries, fault, torn } = journal;
  const headIsGone = expectHead !== undefined && entriesAfter(journal, expectHead) === undefined;
  // An unfinished line hides no entry whose head was ever printed: a head that is not before it was cut off.
  if (headIsGone && (fault === undefined || torn !== undefined)) return headFault(journal);
  if (fault !== undefined || entries.length > 0) return fault;
  return { kind: 'input-truncated', broken: false, line: 1, message: 'the journal has no entries' };
}

/** What the engine reads evidence from: a header, record texts in order, a trailer. */
import type { DerivedRule } from '../custody/recipes.ts';
import type { Where } from '../errors.ts';
import type { Hash } from '../platform.ts';
import type { Finding } from '../report/report.ts';
import type { Lines } from '../snapshot/byte-window.ts';
import type { NullsRule, SnapshotHeader } from '../snapshot/header.ts';
import type { SnapshotSummary } from '../snapshot/summary.ts';
import type { StatedTenant, Trailer } from '../snapshot/trailer.ts';

/**
 * A stream of record texts. `next` answers at once; only when it says `more` is there something to wait for, so that
 * a record costs no promise.
 *
 * All methods throw EvidenceError when something cannot be read; after that only `finish` and `close` may be called.
 */
export interface EvidenceSource {
  /** The name by which the user gave it. */
  readonly name: string;
  /** Reads the header; to be called first. */
  open(): Promise<SnapshotHeader>;
  next(): 'record' | 'more' | 'end';
  fill(): Promise<void>;
  /** The record's JSON text is `bytes[start, end)`, until the next call of `next`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Where index `at` of `bytes` is in the input. */
  where(at: number): Where;
  /**
   * Where the record at hand was found, for a message about it: a file, and the item in it. There where the source is of
   * several files, or its records are items that have no line of their own.
   */
  readonly foundAt?: string | undefined;
  /** What the source says of itself, when `next` has said `end`; undefined if it makes no such statement. */
  readonly trailer: Trailer | undefined;
  /**
   * Of one shard of a file: what the file as a whole results in, by its trailer, of which each shard has looked at its streams.
   * Undefined before the end, and where the trailer states no roots.
   */
  readonly whole?: SnapshotSummary | undefined;
  /** Whether the source states roots; where its `trailer` does not say. */
  readonly rootsStated?: boolean;
  /** Reads what is left and makes sure that the input is still the one that was opened. The digest of its bytes. */
  finish(): Promise<Hash | null>;
  close(): Promise<void>;
  readonly bytesRead: number;
  readonly bytesTotal: number | null;
  /** How many records there are, or an estimate until that is known; null where nothing is known of it. */
  readonly recordsTotal: number | null;
  /** The same for two live sources that are one, however they are spelled; after `open`, undefined where it is none. */
  readonly liveIdentity?: string | undefined;
  /**
   * Says how SQL NULL is to be written in bodies made of columns, so that they can be compared with the other side;
   * before `open`. There where the source writes the bodies itself.
   */
  readonly writeNulls?: (rule: NullsRule) => void;
  /**
   * Says what the baseline states of itself, to the current side of a comparison; before `open`. There where the source
   * could read more than the baseline had: all columns of a table are those that the baseline knew.
   */
  readonly readAgainst?: (baseline: SnapshotHeader) => void;
  /**
   * Says what is to be kept of each tenant that the trailer states, counted from 0; before that is read. There where it may
   * have more of them than memory holds as they are stated.
   */
  readonly shrinkTrailer?: (keep: (stated: StatedTenant, at: number) => StatedTenant) => void;
  /** Values that only a live source knows how to recompute; after `open`. */
  readonly derivedOf?: (tenant: string, stream: string) => readonly DerivedRule[];
  /**
   * Which of its files say what it states of a tenant, or of one stream of it; at the end. There where it is made of
   * several files that state something.
   */
  readonly statedBy?: (tenant: string, stream: string | undefined) => readonly string[];
  /** Takes the function that faults are reported to which no record shows; before `open`. */
  readonly reportFaults?: (report: ReportFault) => void;
  /**
   * Whole lines that are records for sure and can be taken without `next`; undefined if there is none. There where
   * records are lines; where the source derives values, lines in which they hold. Between two records only, and until the next call of any method.
   */
  readonly lines?: () => Lines | undefined;
  /** Takes the first `count` of these lines, which end at `end`. */
  readonly takeLines?: (end: number, count: number) => void;
  /** Whether the record at hand has lost its body, which was reported: it comes with the digest alone. */
  readonly bodyLost?: boolean;
}

/** A source that can leave out what was read before. */
export interface ResumableSource extends EvidenceSource {
  /** What the source is, to the letter: server, database, profile, columns. After `open`. */
  readonly captureIdentity: string | undefined;
  /** At which moment it was read: by it a later run knows what was written since. After `open`. */
  readonly since: string | undefined;
  /** Tenant and stream of the record at hand. */
  readonly place: { readonly tenant: string; readonly stream: string };
  /** Streams (see `placeKey`) whose first records are left out. After `open`. */
  readonly resumed: ReadonlySet<string>;
}

/** A fault of an input that no record of it shows: a file of a bundle that is missing, changed or too many. */
export type InputFault = Pick<Finding, 'kind' | 'message' | 'tenant' | 'stream' | 'id' | 'seq'>;

export type ReportFault = (fault: InputFault) => void;

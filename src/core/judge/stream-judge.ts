/**
 * Compares the records of one stream of two sides, as they stream by.
 *
 * Records are paired by id. In an unordered stream both sides are sorted by id, so pairing is a merge. In an ordered
 * one both sides are taken position by position; an id that stands elsewhere waits until its counterpart comes. That
 * also means that when the baseline's stream ends at n records, n records of the current stream have been taken, and
 * its root at that moment is its root at the baseline's size.
 */
import type { StreamHead } from '../audit/side-audit.ts';
import { EvidenceError } from '../errors.ts';
import { compareUtf8 } from '../json/utf8.ts';
import type { FindingKind } from '../kinds.ts';
import type { Platform } from '../platform.ts';
import { present } from '../present.ts';
import type { Finding } from '../report/report.ts';
import { type EvidenceRecord, inFile, isSameContent } from '../snapshot/record.ts';
import {
  BODY_FAULTY,
  type ChangedRecord,
  changeFinding,
  type Judged,
  leavesOf,
  NOT_SEEN,
  type Said,
} from './changes.ts';
import { type Difference, differenceOf, type RecordTexts } from './difference.ts';
import type { Findings } from './findings.ts';
import { emptyTally, type Tally } from './verdict.ts';
import { describe, PENDING_LIMIT, PENDING_UNITS, twinWords, type Waiting, WaitingTable, waitingOf } from './waiting.ts';

/** Which side's record a step has taken. */
export type Taken = 'both' | 'baseline' | 'current';

/** A record of the baseline found at another position of its stream. */
interface Displaced {
  readonly id: string;
  readonly seq: number | undefined;
  readonly from: number;
  readonly to: number;
}

/** A record whose own hash changed. */
export interface Rehashed {
  readonly seq: number | undefined;
  readonly was: string | null;
  readonly is: string | null;
}

/** What a stream leaves to be sought elsewhere when it ends. */
export interface Leftovers {
  readonly missing: readonly Waiting[];
  readonly added: readonly Waiting[];
}

/** Called with two records of one id that are not the same, while both are at hand. */
export type OnChanged = (baseline: EvidenceRecord, current: EvidenceRecord, texts: RecordTexts) => void;

/** Called with each record that the comparison counts as added. */
export type OnAdded = (record: Waiting) => void;

/** Who is called with what is found. */
export interface Observers {
  readonly onAdded?: OnAdded | undefined;
  readonly onChanged?: OnChanged | undefined;
}

export class StreamJudge {
  readonly tenant: string;
  readonly stream: string;
  readonly tally: Tally = emptyTally();
  readonly #platform: Platform;
  readonly #findings: Findings;
  readonly #onAdded: OnAdded | undefined;
  readonly #onChanged: OnChanged | undefined;
  readonly #waitingBaseline: WaitingTable = new WaitingTable();
  readonly #waitingCurrent: WaitingTable = new WaitingTable();
  #displaced: Displaced[] = [];
  /** Length of their ids. */
  #displacedUnits = 0;
  baselineSize = 0;
  currentSize = 0;
  ordered: boolean;
  /** Of the last record of the baseline; of a record no more is kept, since there may be many streams. */
  #lastBaselineSeq: number | undefined;
  /** `hash` of the last record of the current side. */
  currentHead: string | null = null;
  /** Head of the current stream when it had as many records as the baseline's. */
  headAtBaselineSize: StreamHead | undefined;
  /** The first record seen whose `hash` is not what it was. */
  firstRehashed: Rehashed | undefined;
  /** Whether the baseline's last record was not found in the current stream. */
  tailMissing = false;
  /** Whether the comparison had to stop inside this stream. */
  #abandoned = false;
  /** Whether records that the current side alone has may be counted alone: whether none is observed, or kept. */
  readonly mayCount: boolean;
  /** How many records of the current side were counted alone, and the last of them. */
  #grown = 0;
  #lastGrown: EvidenceRecord | undefined;

  constructor(
    platform: Platform,
    findings: Findings,
    first: EvidenceRecord,
    observers: Observers = {},
    mayCount = false,
  ) {
    this.#onAdded = observers.onAdded;
    this.#onChanged = observers.onChanged;
    this.mayCount = mayCount && observers.onAdded === undefined;
    this.#platform = platform;
    this.#findings = findings;
    this.tenant = first.tenant;
    this.stream = first.stream;
    this.ordered = first.seq !== undefined;
  }

  /** Whether it has closed with every record of both sides the same, in its place: then nothing of it is left to be said. */
  get isPlain(): boolean {
    const { matched } = this.tally;
    if (matched !== this.baselineSize || matched !== this.currentSize || matched === 0) return false;
    return this.#displacedUnits === 0 && this.firstRehashed === undefined && !this.tailMissing && !this.overflowed;
  }

  get overflowed(): boolean {
    return this.#waitingBaseline.overflowed || this.#waitingCurrent.overflowed;
  }

  /** Which of the two next records of this stream is to be taken; undefined means that its side has no more. */
  choose(baseline: EvidenceRecord | undefined, current: EvidenceRecord | undefined): Taken {
    if (current === undefined) return 'baseline';
    if (baseline === undefined) return 'current';
    if (this.ordered) return 'both';
    const order = compareUtf8(baseline.id, current.id);
    if (order === 0) return 'both';
    return order < 0 ? 'baseline' : 'current';
  }

  /** Takes one record of each side. */
  takeBoth(baseline: EvidenceRecord, current: EvidenceRecord, texts: RecordTexts): void {
    this.#seen(baseline, current);
    if (baseline.id === current.id) {
      if (baseline.leaf === current.leaf) this.#equal(current, texts.baselineBodyFaulty, texts.currentBodyFaulty);
      else {
        this.#onChanged?.(baseline, current, texts);
        this.#changed(baseline, current, isSameContent(baseline, current), () =>
          differenceOf(texts, { baseline: baseline.bodyDigest, current: current.bodyDigest }),
        );
      }
      return;
    }
    this.#single('baseline', baseline, texts.baselineBodyFaulty);
    this.#single('current', current, texts.currentBodyFaulty);
  }

  /**
   * Takes records that both sides have, byte for byte, as one: `takeBoth` of each pair would find them equal.
   *
   * @param last - the last of them, or one behind it: of a set, all have no position
   */
  takeEqual(records: number, last: EvidenceRecord | undefined): void {
    if (records === 0 || last === undefined) return;
    this.baselineSize += records;
    this.currentSize += records;
    this.#lastBaselineSeq = last.seq;
    this.currentHead = last.hash ?? null;
    this.tally.matched += records;
  }

  /** Takes one record of one side, whose other side has none to set against it now. */
  takeOne(side: 'baseline' | 'current', record: EvidenceRecord, bodyFaulty: boolean): void {
    if (side === 'baseline') this.#seen(record, undefined);
    else if (this.countsGrowth(record)) {
      this.takeGrowth(1, record);
      return;
    } else this.#seen(undefined, record);
    this.#single(side, record, bodyFaulty);
  }

  /**
   * Whether a record that the current side alone has is only counted, if it stands there or behind that: behind all that the
   * baseline has had of the stream, which waits for nothing. It can have come from nowhere that is still known, and in the
   * list of what was added there is no place for it.
   */
  countsGrowth(at: Pick<EvidenceRecord, 'id' | 'seq'>): boolean {
    if (!this.mayCount || this.#waitingBaseline.size > 0) return false;
    if (at.seq !== undefined && at.seq <= (this.#lastBaselineSeq ?? -1)) return false;
    return !this.#findings.mayList('both', 'record-added', this.#place(at));
  }

  /** Takes records as one of which each is only counted. */
  takeGrowth(records: number, last: EvidenceRecord): void {
    this.currentSize += records;
    this.currentHead = last.hash ?? null;
    this.#grown += records;
    this.#lastGrown = last;
  }

  #countGrown(): void {
    if (this.#lastGrown === undefined) return;
    this.tally.added += this.#grown;
    this.#findings.add('both', { kind: 'record-added', ...this.#place(this.#lastGrown), message: '' }, this.#grown);
  }

  #seen(baseline: EvidenceRecord | undefined, current: EvidenceRecord | undefined): void {
    if (baseline !== undefined) {
      this.baselineSize++;
      this.#lastBaselineSeq = baseline.seq;
    }
    if (current !== undefined) {
      this.currentSize++;
      this.currentHead = current.hash ?? null;
    }
  }

  #single(side: 'baseline' | 'current', record: EvidenceRecord, bodyFaulty: boolean): void {
    const [mine, others] =
      side === 'baseline'
        ? [this.#waitingBaseline, this.#waitingCurrent]
        : [this.#waitingCurrent, this.#waitingBaseline];
    const position = (side === 'baseline' ? this.baselineSize : this.currentSize) - 1;
    const waiting = waitingOf(this.#platform, record, position, bodyFaulty);
    const counterpart = others.take(record.id);
    if (counterpart !== undefined) {
      if (side === 'baseline') this.#meet(waiting, counterpart);
      else this.#meet(counterpart, waiting);
    } else if (!mine.put(record.id, waiting)) this.#giveUp(side, waiting);
  }

  /** Two records of one id at different positions. */
  #meet(baseline: Waiting, current: Waiting): void {
    const { id } = baseline;
    this.#displacedUnits += id.length;
    if (this.#displaced.length < PENDING_LIMIT && this.#displacedUnits <= PENDING_UNITS) {
      this.#displaced.push({ id, seq: current.seq, from: baseline.position, to: current.position });
    }
    if (baseline.leaf === current.leaf) {
      this.#equal(current, baseline.bodyFaulty, current.bodyFaulty);
      return;
    }
    this.#changed(baseline, current, isSameContent(baseline, current), () => leavesOf(baseline, current));
  }

  /** Two records that say the same. They match if their bodies are there, and are what their digests say. */
  #equal(current: Judged, wasFaulty: boolean, isFaulty: boolean): void {
    if (!wasFaulty && !isFaulty) this.tally.matched++;
    else if (wasFaulty) {
      // What the content was is not known: nothing can be held to it.
      this.tally.unjudgedBaseline++;
      this.tally.unjudgedCurrent++;
    } else {
      this.tally.modified++;
      this.#findings.changes.add(this.#placed(current, current), NOT_SEEN);
      this.#add('record-modified', current, { message: BODY_FAULTY });
    }
  }

  #changed(baseline: Judged, current: Judged, sameContent: boolean, look: () => Difference): void {
    if (baseline.hash !== current.hash) {
      this.firstRehashed ??= { seq: current.seq, was: baseline.hash ?? null, is: current.hash ?? null };
    }
    if (sameContent) this.tally.relinked++;
    else this.tally.modified++;
    const kind = sameContent ? 'record-relinked' : 'record-modified';
    const listed = this.#findings.mayList('both', kind, this.#place(current));
    // Of what was modified each record is looked at, listed or not: the one of another kind may be the last.
    const found = listed || !sameContent ? this.#found(current, look, listed) : undefined;
    const difference = found ?? leavesOf(baseline, current);
    if (!sameContent) this.#findings.changes.add(this.#placed(baseline, current), difference);
    // What is not listed is counted, and needs no words.
    this.#add(kind, current, listed ? changeFinding(baseline, current, sameContent, difference) : { message: '' });
  }

  /** Where it is now, and what it was: counts are held against those of the baseline. */
  #placed({ type, recordedAt }: Judged, current: Judged): ChangedRecord {
    const { tenant, stream } = this;
    const { id, seq } = current;
    const foundAt = inFile(current) === '' ? undefined : current.foundAt;
    return { tenant, stream, id, ...present({ seq, foundAt }), type, recordedAt };
  }

  /** What `look` finds; undefined if it cannot look, and a finding of its own where the record is listed. */
  #found({ id, seq }: Judged, look: () => Difference, listed: boolean): Difference | undefined {
    try {
      return look();
    } catch (fault) {
      if (!(fault instanceof EvidenceError)) throw fault;
      if (!listed) return undefined;
      const message = `where the two records differ was not found: ${fault.reason}`;
      this.#add(fault.kind, { id, seq }, { message });
      return undefined;
    }
  }

  #giveUp(side: 'baseline' | 'current', waiting: Waiting): void {
    if (side === 'baseline') {
      this.tally.missing++;
      this.missing(waiting);
    } else {
      this.tally.added++;
      this.added(waiting);
    }
  }

  /** Says that `waiting` of the baseline was found nowhere, if not as its `twin` (see `twinsOf`). */
  missing(waiting: Waiting, twin?: Waiting): void {
    const where = this.#abandoned
      ? 'not at its place in the current side, whose rest was not compared'
      : 'not in the current side';
    this.#add('record-missing', waiting, {
      message: `in the baseline, ${where}: ${describe(waiting)}${twin === undefined ? '' : twinWords(waiting, twin, 'was added')}`,
      baseline: `leaf hash ${waiting.leaf}`,
    });
  }

  /** Says that `waiting` of the current side comes from nowhere in the baseline, if not from its `twin`. */
  added(waiting: Waiting, twin?: Waiting): void {
    this.#onAdded?.(waiting);
    const record = `${describe(waiting)}${twin === undefined ? '' : twinWords(waiting, twin, 'is missing')}`;
    const last = this.#lastBaselineSeq;
    const isHistory = waiting.seq !== undefined && last !== undefined && waiting.seq <= last;
    if (isHistory) {
      const message = `new, but stands before the end of the baseline's history (seq ${last}): ${record}`;
      this.#add('record-inserted-in-history', waiting, { message, current: `leaf hash ${waiting.leaf}` });
    } else {
      const message = `not in the baseline: ${record}`;
      this.#add('record-added', waiting, { message, current: `leaf hash ${waiting.leaf}` });
    }
  }

  #add(
    kind: FindingKind,
    record: { readonly id: string; readonly seq: number | undefined; readonly foundAt?: string | undefined },
    rest: Said,
  ): void {
    const message = `${rest.message}${inFile(record)}`;
    this.#findings.add('both', { kind, ...this.#place(record), ...rest, message });
  }

  #place({ id, seq }: Pick<Judged, 'id' | 'seq'>): Pick<Finding, 'tenant' | 'stream' | 'id' | 'seq'> {
    const { tenant, stream } = this;
    return { tenant, stream, id, ...(seq === undefined ? {} : { seq }) };
  }

  /** Ends the stream: names what changed its place among the others, and hands over what found no counterpart. */
  finish(): Leftovers {
    if (this.ordered) this.#nameReordered();
    const missing = this.#waitingBaseline.drain();
    this.tailMissing = missing.some(({ position }) => position === this.baselineSize - 1);
    this.#countGrown();
    return { missing, added: this.#waitingCurrent.drain() };
  }

  /**
   * Ends the stream before its end. In an ordered one what waits may yet come at another position, and is not judged. In
   * a set the other side had passed its place when it was put to wait: a loss, or in frozen mode an addition, is known
   * then, whatever was not read. Growth that is allowed is not counted by half.
   *
   * @param inOrder - whether the records of this stream have come in one part, so far as they were read
   */
  abandon(inOrder: boolean): Leftovers {
    this.#abandoned = true;
    const missing = this.#waitingBaseline.drain();
    const added = this.#waitingCurrent.drain();
    const passed = inOrder && !this.ordered;
    const known = { missing: passed, added: passed && this.#findings.mode === 'frozen' };
    if (!known.missing) this.tally.unjudgedBaseline += missing.length;
    if (!known.added) this.tally.unjudgedCurrent += added.length + this.#grown;
    else this.#countGrown();
    return { missing: known.missing ? missing : [], added: known.added ? added : [] };
  }

  /** Displaced records keep their order if something before them went or came; else they were reordered. */
  #nameReordered(): void {
    const displaced = this.#displaced.sort((a, b) => a.from - b.from);
    let furthest = -1;
    for (const record of displaced) {
      if (record.to < furthest) {
        const message = `position was ${record.from + 1}, is ${record.to + 1}: behind records that it preceded`;
        this.#add('record-reordered', record, { message, baseline: record.from + 1, current: record.to + 1 });
      } else furthest = record.to;
    }
    this.#displaced = [];
  }
}

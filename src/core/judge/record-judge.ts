/** Compares two sides record by record: pairs their streams, in lock step, and hands each pair to a stream judge. */
import type { SideAudit, SteadyStream } from '../audit/side-audit.ts';
import type { BatchCounts } from '../batch/batch-engine.ts';
import { compareUtf8 } from '../json/utf8.ts';
import type { Platform } from '../platform.ts';
import type { Unjudged } from '../report/report.ts';
import { type EvidenceRecord, inFile } from '../snapshot/record.ts';
import { placeKey, type StreamSummary } from '../snapshot/summary.ts';
import type { RecordTexts } from './difference.ts';
import type { Findings } from './findings.ts';
import { type Observers, StreamJudge, type Taken } from './stream-judge.ts';
import { addTally, emptyTally, type Tally } from './verdict.ts';
import { movesOf, twinsOf, type Waiting, WaitingList } from './waiting.ts';

type Place = { readonly tenant: string; readonly stream: string };

function comparePlaces(a: Place, b: Place): number {
  return a.tenant === b.tenant ? compareUtf8(a.stream, b.stream) : compareUtf8(a.tenant, b.tenant);
}

function isIn(judge: StreamJudge | undefined, record: EvidenceRecord | undefined): boolean {
  return (
    judge !== undefined && record !== undefined && record.stream === judge.stream && record.tenant === judge.tenant
  );
}

/** What is kept of a stream that was compared. */
export interface JudgedStream {
  readonly judge: Pick<StreamJudge, 'tally' | 'headAtBaselineSize' | 'firstRehashed' | 'tailMissing'>;
  /** Whether it was compared from its first to its last record, on both sides. */
  readonly complete: boolean;
}

/** Records of one stream in which there is no fault; of two sides, the baseline comes first. */
export interface CleanBatch {
  /** What each side has of them. */
  readonly counts: readonly BatchCounts[];
  /** The last that each side has; undefined where it has none. */
  readonly lasts: readonly (EvidenceRecord | undefined)[];
  /** Those that the current side alone has, and how many come before each. All others are the same bytes on both sides. */
  readonly alone: readonly { readonly at: number; readonly record: EvidenceRecord }[];
  /** How many more it has alone, which are only counted. */
  readonly grown: number;
}

export class RecordJudge {
  readonly #platform: Platform;
  readonly #findings: Findings;
  readonly #baseline: SideAudit;
  readonly #current: SideAudit;
  readonly #observers: Observers;
  readonly #moves: Moves = new Moves();
  /** Streams that need results of their own. Those that matched completely are left out: their sum is kept, in `#plain`. */
  readonly #judged: Map<string, JudgedStream> = new Map();
  /** Likewise. */
  readonly #tallies: Tally[] = [];
  /** Of all plain streams together. */
  readonly #plain: Tally = emptyTally();
  /** Streams (see `placeKey`) that had closed when the comparison stopped: of these alone, those that are not kept are plain. */
  #closed: ReadonlyMap<string, StreamSummary> | undefined;
  #open: StreamJudge | undefined;
  #stopped = false;
  /** Records read after the comparison stopped, by the place that they stand in (see `placeKey`). */
  readonly #unjudged: Map<string, { baseline: number; current: number }> = new Map();

  /** Appending to both audits is left to this class from here on. */
  constructor(platform: Platform, findings: Findings, baseline: SideAudit, current: SideAudit, on: Observers = {}) {
    this.#observers = on;
    this.#platform = platform;
    this.#findings = findings;
    this.#baseline = baseline;
    this.#current = current;
  }

  /** Whether the comparison had to stop: then both sides are only audited, each by itself. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Some record may have been called missing and added though it had moved: a table was full. */
  overflowed = false;

  /** @param current - what the current side has of it */
  judged(tenant: string, stream: string, current: StreamSummary | undefined): JudgedStream | undefined {
    const key = placeKey({ tenant, stream });
    const kept = this.#judged.get(key);
    if (kept !== undefined) return kept;
    // Where the comparison came to its end every stream was compared.
    const plain = this.#closed === undefined ? current : this.#closed.get(key);
    return plain === undefined ? undefined : plainStream(plain);
  }

  /** The records of all streams that were compared. */
  tallies(): readonly Tally[] {
    return [this.#plain, ...this.#tallies];
  }

  /**
   * Judges the next record of one side or both.
   *
   * @param baseline - the next record of the baseline, undefined if it has no more
   * @param current - likewise
   * @returns whose record was taken
   */
  step(baseline: EvidenceRecord | undefined, current: EvidenceRecord | undefined, texts: RecordTexts): Taken {
    if (this.#stopped) return this.#auditOnly(baseline, current);
    const judge = this.#judgeFor(baseline, current);
    const mine = isIn(judge, baseline) ? baseline : undefined;
    const theirs = isIn(judge, current) ? current : undefined;
    const taken = judge.choose(mine, theirs);
    if (taken === 'current' && judge.ordered) this.#noteHead(judge);
    this.#take(judge, taken === 'current' ? undefined : mine, taken === 'baseline' ? undefined : theirs, texts);
    if (this.#baseline.disordered || this.#current.disordered) this.#stop('disordered');
    return taken;
  }

  /** The stream in which both sides are, each as an engine must know it; undefined if their records come one by one. */
  get steady(): readonly [SteadyStream, SteadyStream] | undefined {
    const judge = this.#open;
    if (this.#stopped || judge === undefined) return undefined;
    const [baseline, current] = [this.#baseline.steady, this.#current.steady];
    if (baseline === undefined || current === undefined) return undefined;
    const isOpen = ({ tenant, stream }: Place): boolean => tenant === judge.tenant && stream === judge.stream;
    return isOpen(baseline) && isOpen(current) ? [baseline, current] : undefined;
  }

  /** Takes records of the open stream in which there is no fault, as one: both sides have them, or the current side alone. */
  takeClean({ counts, lasts, alone, grown }: CleanBatch): void {
    const judge = this.#open;
    if (judge === undefined) throw new RangeError('no stream is open');
    for (const [at, audit] of [this.#baseline, this.#current].entries()) {
      const [counted, last] = [counts[at], lasts[at]];
      if (counted !== undefined && last !== undefined) audit.appendBatch(counted, last);
    }
    let judged = 0;
    for (const { at, record } of alone) {
      judge.takeEqual(at - judged, lasts[0]);
      judge.takeOne('current', record, false);
      judged = at + 1;
    }
    judge.takeEqual((counts[1]?.records ?? 0) - judged - grown, lasts[0]);
    if (grown > 0 && lasts[1] !== undefined) judge.takeGrowth(grown, lasts[1]);
  }

  /** Whether those behind that record that the current side alone has are only counted: nobody observes them. */
  countsGrowth(last: Pick<EvidenceRecord, 'id' | 'seq'>): boolean {
    return this.#open?.countsGrowth(last) === true;
  }

  /**
   * The stream of the current side, as an engine must know it, where the baseline has no more of it, and what follows is
   * only counted.
   *
   * @param baseline - the next record of the baseline, undefined if it has no more
   */
  growing(baseline: EvidenceRecord | undefined): SteadyStream | undefined {
    const judge = this.#open;
    if (this.#stopped || judge?.mayCount !== true || isIn(judge, baseline)) return undefined;
    // Its head when it was as long as the baseline's is taken of the first that comes behind that.
    if (judge.ordered && judge.baselineSize > 0 && judge.headAtBaselineSize === undefined) return undefined;
    const current = this.#current.steady;
    if (current === undefined || current.tenant !== judge.tenant || current.stream !== judge.stream) return undefined;
    return judge.countsGrowth(current.previous) ? current : undefined;
  }

  /** Takes records of that stream in which there is no fault, as one. */
  takeGrowth({ counts: [counts], lasts: [last] }: CleanBatch): void {
    if (counts === undefined || last === undefined) return;
    this.#current.appendBatch(counts, last);
    this.#open?.takeGrowth(counts.records, last);
  }

  #take(
    judge: StreamJudge,
    baseline: EvidenceRecord | undefined,
    current: EvidenceRecord | undefined,
    texts: RecordTexts,
  ): void {
    if (baseline !== undefined) this.#baseline.append(baseline);
    if (current !== undefined) this.#current.append(current);
    if (baseline !== undefined && current !== undefined) judge.takeBoth(baseline, current, texts);
    else if (baseline !== undefined) judge.takeOne('baseline', baseline, texts.baselineBodyFaulty);
    else if (current !== undefined) judge.takeOne('current', current, texts.currentBodyFaulty);
  }

  #judgeFor(baseline: EvidenceRecord | undefined, current: EvidenceRecord | undefined): StreamJudge {
    if (this.#open !== undefined && (isIn(this.#open, baseline) || isIn(this.#open, current))) return this.#open;
    this.#closeStream('complete');
    const first =
      baseline === undefined || (current !== undefined && comparePlaces(current, baseline) < 0) ? current : baseline;
    if (first === undefined) throw new RangeError('there is no record to judge');
    this.#open = new StreamJudge(this.#platform, this.#findings, first, this.#observers, this.#moves.isFull);
    return this.#open;
  }

  /** The baseline's part of the stream has ended: this is the current stream's head at the baseline's size. */
  #noteHead(judge: StreamJudge): void {
    if (judge.headAtBaselineSize !== undefined || judge.currentSize !== judge.baselineSize || judge.baselineSize === 0)
      return;
    judge.headAtBaselineSize = { root: this.#current.streamRoot(), head: judge.currentHead };
  }

  #closeStream(end: 'complete' | 'unread' | 'disordered'): void {
    const judge = this.#open;
    if (judge === undefined) return;
    this.#open = undefined;
    const complete = end === 'complete';
    if (complete && judge.ordered) this.#noteHead(judge);
    const { missing, added } = complete ? judge.finish() : judge.abandon(end === 'unread');
    this.#moves.leave(judge, missing, added);
    this.overflowed ||= judge.overflowed;
    if (complete && judge.isPlain && this.#isAudited(judge)) {
      addTally(this.#plain, judge.tally);
      return;
    }
    const before = this.#judged.get(placeKey(judge));
    if (before !== undefined) {
      // A stream that came back, out of order, has one tally.
      addTally(before.judge.tally, judge.tally);
      return;
    }
    this.#tallies.push(judge.tally);
    this.#judged.set(placeKey(judge), { judge, complete });
  }

  /** Whether both audits have as many records of the stream that closes as were compared: it is still open there. */
  #isAudited({ baselineSize, currentSize }: StreamJudge): boolean {
    return this.#baseline.streamSize === baselineSize && this.#current.streamSize === currentSize;
  }

  /** How many records of a place were read after the comparison stopped. */
  unjudgedAt(tenant: string, stream: string): Unjudged {
    return this.#unjudged.get(placeKey({ tenant, stream })) ?? { baseline: 0, current: 0 };
  }

  /** All records that were read after the comparison stopped. */
  unjudged(): Unjudged {
    const all = { baseline: 0, current: 0 };
    for (const { baseline, current } of this.#unjudged.values()) {
      all.baseline += baseline;
      all.current += current;
    }
    return all;
  }

  #leaveUnjudged(side: 'baseline' | 'current', record: EvidenceRecord): void {
    const key = placeKey(record);
    const at = this.#unjudged.get(key) ?? { baseline: 0, current: 0 };
    at[side]++;
    this.#unjudged.set(key, at);
  }

  #auditOnly(baseline: EvidenceRecord | undefined, current: EvidenceRecord | undefined): Taken {
    if (baseline !== undefined) {
      this.#baseline.append(baseline);
      this.#leaveUnjudged('baseline', baseline);
    }
    if (current !== undefined) {
      this.#current.append(current);
      this.#leaveUnjudged('current', current);
    }
    return baseline === undefined ? 'current' : current === undefined ? 'baseline' : 'both';
  }

  /** Ends the comparison early: a side could not be read on. */
  stop(): void {
    this.#stop('unread');
  }

  /** Streams that are not in order may come in parts: then what waits may yet come, though it will not be compared. */
  #stop(end: 'unread' | 'disordered'): void {
    if (this.#stopped) return;
    this.#closeStream(end);
    this.#stopped = true;
    this.#closed = new Map([...this.#baseline.closedStreams(), ...this.#current.closedStreams()]);
    const outOfOrder = { baseline: this.#baseline.disordered, current: this.#current.disordered };
    this.#moves.resolve(this.#findings, outOfOrder);
  }

  /** Ends the comparison after the last record of both sides. */
  finish(): void {
    if (this.#stopped) return;
    this.#closeStream('complete');
    this.overflowed ||= this.#moves.overflowed;
    this.#moves.resolve(this.#findings);
  }
}

/** A stream of which every record is the same on both sides, in its place: its root and head are those of both. */
function plainStream({ ordered, size, root, head }: StreamSummary): JudgedStream {
  const tally = { ...emptyTally(), matched: size };
  const headAtBaselineSize = ordered ? { root, head } : undefined;
  return { judge: { tally, headAtBaselineSize, firstRehashed: undefined, tailMissing: false }, complete: true };
}

/*
 * What is missing in one place and new in another: a record of the same id and content that changed its stream or
 * tenant. Resolved when everything was read, since the other place may come much later.
 */

export class Moves {
  readonly #missing: WaitingList = new WaitingList();
  readonly #added: WaitingList = new WaitingList();
  /** The judge of each place that has something waiting here: it keeps the tally. */
  readonly #judges: Map<string, StreamJudge> = new Map();
  /** The one that was asked for last. */
  #last: StreamJudge | undefined;

  /** Whether moves may have been overlooked: only if something is missing and something that is new was turned away. */
  get overflowed(): boolean {
    return this.#missing.overflowed || this.#added.overflowed;
  }

  /** Whether something that is new was turned away. */
  get isFull(): boolean {
    return this.#added.overflowed;
  }

  /** Takes over what a stream had left at its end. */
  leave(judge: StreamJudge, missing: readonly Waiting[], added: readonly Waiting[]): void {
    if (missing.length + added.length > 0) this.#judges.set(placeKey(judge), judge);
    for (const waiting of missing) {
      if (!this.#missing.put(waiting)) this.#nameMissing(judge, waiting);
    }
    for (const waiting of added) {
      if (!this.#added.put(waiting)) this.#nameAdded(judge, waiting);
    }
  }

  /**
   * Names everything that still waits: moved where a counterpart is found, else missing or added.
   *
   * @param outOfOrder - sides that had to stop there: what is missing may yet come, or what is new have been, so it is not judged
   */
  resolve(findings: Findings, outOfOrder = { baseline: false, current: false }): void {
    const [missing, added] = [this.#missing.drain(), this.#added.drain()];
    const movedTo = movesOf(missing, added);
    for (const [waiting, target] of movedTo) this.#nameMoved(findings, waiting, target);
    const arrived = new Set(movedTo.values());
    const lost = missing.filter((waiting) => !movedTo.has(waiting));
    const fresh = added.filter((waiting) => !arrived.has(waiting));
    const twins = outOfOrder.current || outOfOrder.baseline ? new Map<Waiting, Waiting>() : twinsOf(lost, fresh);
    for (const waiting of lost) {
      if (outOfOrder.current) this.#judgeOf(waiting).tally.unjudgedBaseline++;
      else this.#nameMissing(this.#judgeOf(waiting), waiting, twins.get(waiting));
    }
    for (const waiting of fresh) {
      if (outOfOrder.baseline) this.#judgeOf(waiting).tally.unjudgedCurrent++;
      else this.#nameAdded(this.#judgeOf(waiting), waiting, twins.get(waiting));
    }
  }

  #nameMoved(findings: Findings, from: Waiting, to: Waiting): void {
    this.#judgeOf(from).tally.movedOut++;
    this.#judgeOf(to).tally.movedIn++;
    findings.markBroken(to);
    const { tenant, stream, id, seq } = from;
    findings.add('both', {
      kind: 'record-moved',
      tenant,
      stream,
      id,
      ...(seq === undefined ? {} : { seq }),
      baseline: placeText(from),
      current: placeText(to),
      message: `moved to tenant ${JSON.stringify(to.tenant)}, stream ${JSON.stringify(to.stream)}${inFile(to)}`,
    });
  }

  #judgeOf(waiting: Waiting): StreamJudge {
    // Those of a stream wait one behind the other.
    if (this.#last?.tenant === waiting.tenant && this.#last.stream === waiting.stream) return this.#last;
    this.#last = this.#judges.get(placeKey(waiting));
    if (this.#last === undefined) throw new RangeError('a record waits that no stream has left');
    return this.#last;
  }

  #nameMissing(judge: StreamJudge, waiting: Waiting, twin?: Waiting): void {
    judge.tally.missing++;
    judge.missing(waiting, twin);
  }

  #nameAdded(judge: StreamJudge, waiting: Waiting, twin?: Waiting): void {
    judge.tally.added++;
    judge.added(waiting, twin);
  }
}

function placeText({ tenant, stream }: Waiting): string {
  return `${tenant} / ${stream}`;
}

/**
 * Judges one stream by its roots, after both sides were read: is the baseline a prefix of what is there now?
 *
 * Where records were compared, this is the second, independent answer to the same question; where one side is a
 * summary, it is the only one.
 */
import type { StreamHead } from '../audit/side-audit.ts';
import type { FailKind } from '../kinds.ts';
import { present } from '../present.ts';
import type { LostLeaf, SetGrowth } from '../proof/set-growth.ts';
import type { FindingValue } from '../report/changes.ts';
import type { Relation, StreamReport, StreamSide, TenantReport } from '../report/report.ts';
import { eachStream, FEW_STREAMS, type StreamSummary, type TenantSummary, withMany } from '../snapshot/summary.ts';
import { counted, grouped } from '../words.ts';
import { BODY_FAULTY } from './changes.ts';
import type { Findings } from './findings.ts';
import type { JudgedStream } from './record-judge.ts';
import { emptyTally, type Tally } from './verdict.ts';

/** All that is known of one stream when both sides have been read. */
/** What is proven, where a migration has touched it: by a draft nothing is. */
export type MigratedRelation = 'migrated' | 'unknown' | undefined;

export interface StreamCase {
  readonly tenant: string;
  readonly stream: string;
  readonly baseline: StreamSummary | undefined;
  readonly current: StreamSummary | undefined;
  /** How its records compared, if they were. */
  readonly judged: JudgedStream | undefined;
  /** Head of the current stream at the baseline's size, if that could be seen. */
  readonly headAtBaselineSize: StreamHead | undefined;
  /** Records of the baseline's size in the current stream whose bodies are gone or altered, where records were not compared. */
  readonly bodyFaults: number;
  /** What a digest index of the baseline shows of it, if it is a set and there is one. */
  readonly indexed?: SetGrowth | undefined;
  /** Whether both sides were read to the end of this stream. */
  readonly known: boolean;
  /** Whether the current chain showed a fault of its own here. */
  readonly chainFaulty: boolean;
  /** What it is where a migration has touched records of it, and all else holds. */
  readonly migrated: MigratedRelation;
}

export interface StreamVerdict {
  readonly report: StreamReport;
  /** Its tally; of a stream whose records were compared, without what was read after that had to stop. */
  readonly tally: Tally;
  /** Whether growth could neither be proven nor refuted. */
  readonly unproven: boolean;
}

/**
 * In frozen mode: names records that must have been added, since there are more than there were. Of the others that
 * proves nothing.
 *
 * @returns how many
 */
export function nameCountedGrowth(
  findings: Findings,
  { tenant, stream }: { readonly tenant?: string; readonly stream?: string },
  baseline: number,
  current: number,
): number {
  const count = current - baseline;
  if (findings.mode !== 'frozen' || count <= 0) return 0;
  const place = present({ tenant, stream });
  const message = `${counted(baseline, 'record')}, now ${grouped(current)}: at least ${counted(count, 'was', 'were')} added`;
  findings.add('both', { kind: 'record-added', ...place, message, baseline, current }, count);
  return count;
}

/** Where a lost leaf stood: its own id is not in the index. */
function lostText({ number, after, before }: LostLeaf, size: number): string {
  const from = after === null ? 'at the beginning' : `behind ${JSON.stringify(after)}`;
  const to = before === null ? 'at the end' : `before ${JSON.stringify(before)}`;
  return `record ${number} of the ${size} of the baseline is not there as it was, by its leaf: it stood ${from}, ${to}`;
}

function isProven(relation: Relation): boolean {
  return relation === 'identical' || relation === 'extended';
}

function streamSide(summary: StreamSummary | undefined): StreamSide | null {
  return summary === undefined ? null : { size: summary.size, root: summary.root, head: summary.head };
}

/** What the report says of a stream, but for records that were not compared. */
function streamReport(
  stream: string,
  baseline: StreamSummary | undefined,
  current: StreamSummary | undefined,
  relation: Relation,
  headAtBaselineSize: StreamHead | undefined,
): StreamReport {
  const side = streamSide(baseline);
  return {
    stream,
    ordered: (baseline ?? current)?.ordered ?? false,
    relation,
    baseline: side,
    current: current === baseline ? side : streamSide(current),
    rootAtBaselineSize: headAtBaselineSize?.root ?? null,
  };
}

/** What the report says of a stream that is the same on both sides. */
function unchangedStream(stream: StreamSummary, relation: Relation): StreamReport {
  const { root, head } = stream;
  return streamReport(stream.stream, stream, stream, relation, stream.ordered ? { root, head } : undefined);
}

/** Whether `report` says of a stream that both sides have, `was`, what `unchangedStream` says of it. */
function isUnchanged(report: StreamReport, was: StreamSummary | undefined): boolean {
  const { stream, ordered, baseline, current, rootAtBaselineSize, unjudged } = report;
  // Of one summary there is one side.
  if (baseline === null || baseline !== current || unjudged !== undefined || stream !== was?.stream) return false;
  return rootAtBaselineSize === (ordered ? baseline.root : null);
}

/**
 * The reports of the streams of a tenant. Where there are many, those of streams that are what they were are drawn from what
 * is kept of the baseline, each time when they are asked for: there may be a million.
 */
export class StreamReports {
  readonly #was: TenantSummary | undefined;
  /** Those that are kept, by their places among all. */
  readonly #kept: Map<number, StreamReport> = new Map();
  #length = 0;
  /** What all the others are. */
  #relation: Relation | undefined;

  /** @param was - the tenant as the baseline has it */
  constructor(was: TenantSummary | undefined) {
    this.#was = was;
  }

  /** Takes the next one; `was` is what the baseline has of it, one stream after the other. */
  add(report: StreamReport, was: StreamSummary | undefined): void {
    const at = this.#length++;
    if (at < FEW_STREAMS || !isUnchanged(report, was) || report.relation !== (this.#relation ?? report.relation))
      this.#kept.set(at, report);
    else this.#relation = report.relation;
  }

  /** The report of the tenant with all of them. */
  of(about: Omit<TenantReport, 'streams'>): TenantReport {
    if (this.#relation !== undefined) return withMany(about, 'streams', () => [...this.#all()]);
    const { tenant, relation, baselineRoot, currentRoot, unjudged, counts } = about;
    const streams = [...this.#kept.values()];
    // Member by member: what is spread has a shape of its own each time, which takes more than the object itself.
    if (unjudged === undefined) return { tenant, relation, baselineRoot, currentRoot, counts, streams };
    return { tenant, relation, baselineRoot, currentRoot, unjudged, counts, streams };
  }

  *#all(): Generator<StreamReport> {
    const was = eachStream(this.#was)[Symbol.iterator]();
    for (let at = 0; at < this.#length; at++) {
      const kept = this.#kept.get(at);
      const stream: StreamSummary | undefined = kept?.baseline === null ? undefined : was.next().value;
      if (kept !== undefined) yield kept;
      else if (stream !== undefined && this.#relation !== undefined) yield unchangedStream(stream, this.#relation);
    }
  }
}

export class StreamRoots {
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  judge(stream: StreamCase): StreamVerdict {
    const unproven = stream.known && !this.#compare(stream);
    const tally = stream.judged?.judge.tally ?? this.#tallyOf(stream);
    const { baseline, current } = stream;
    const relation = this.#relationOf(stream, unproven);
    if (relation === 'identical' && baseline?.root !== current?.root) {
      throw new RangeError(`stream ${JSON.stringify(stream.stream)} is called identical, but its roots differ`);
    }
    return {
      tally,
      unproven,
      report: streamReport(
        stream.stream,
        baseline,
        current,
        (isProven(relation) ? stream.migrated : undefined) ?? relation,
        stream.headAtBaselineSize,
      ),
    };
  }

  /** @returns false if there is no way to know whether the baseline is still there */
  #compare(stream: StreamCase): boolean {
    const { baseline, current } = stream;
    if (baseline === undefined) return true;
    if (current === undefined) {
      this.#add(
        stream,
        'stream-missing',
        `the stream and its ${counted(baseline.size, 'record')} are gone`,
        baseline.root,
        null,
      );
      return true;
    }
    if (baseline.ordered !== current.ordered) {
      const message = 'the stream was ordered on one side and is not on the other';
      this.#add(stream, 'stream-root-mismatch', message, baseline.root, current.root);
      return true;
    }
    this.#compareStated(stream, baseline, current);
    return baseline.ordered
      ? this.#compareOrdered(stream, baseline, current)
      : this.#compareSet(stream, baseline, current);
  }

  /**
   * What a summary states beside its roots, where the roots say that the records are the same: it follows from the
   * records, so it must be the same too. Where there are records it was recomputed.
   */
  #compareStated(stream: StreamCase, baseline: StreamSummary, current: StreamSummary): void {
    if (baseline.root === current.root && baseline.head !== current.head) {
      this.#add(stream, 'manifest-mismatch', 'same records, but another head is stated', baseline.head, current.head);
    }
    const sameStart = stream.headAtBaselineSize?.root === baseline.root;
    const { firstSeq: was, lastSeq: end } = baseline;
    if (!sameStart || was === undefined || current.firstSeq === undefined) return;
    if (was !== current.firstSeq || (baseline.size === current.size && end !== current.lastSeq)) {
      const message = 'same records, but another first or last seq is stated';
      this.#add(stream, 'manifest-mismatch', message, was, current.firstSeq);
    }
  }

  #compareOrdered(stream: StreamCase, baseline: StreamSummary, current: StreamSummary): boolean {
    const at = stream.headAtBaselineSize;
    if (at === undefined && current.size >= baseline.size) {
      this.#unavailable(
        stream,
        `the stream grew from ${grouped(baseline.size)} to ${counted(current.size, 'record')} and neither side has them`,
      );
      return false;
    }
    this.#nameTruncated(stream, baseline, current);
    this.#nameRewritten(stream, baseline, at);
    if (at?.root === baseline.root) return true;
    const size = baseline.size;
    this.#add(
      stream,
      'history-not-prefix',
      size === 1
        ? 'the first record is not that of the baseline'
        : `the first ${grouped(size)} records are not those of the baseline`,
      baseline.root,
      at?.root ?? null,
    );
    this.#add(stream, 'stream-root-mismatch', `root at size ${size} differs`, baseline.root, at?.root ?? current.root);
    return true;
  }

  #nameTruncated(stream: StreamCase, baseline: StreamSummary, current: StreamSummary): void {
    if (current.size >= baseline.size) return;
    const tailMissing = stream.judged === undefined || stream.judged.judge.tailMissing;
    const message = `the chain ended with ${counted(baseline.size, 'record')}, now it ends with ${grouped(current.size)}`;
    if (tailMissing) this.#add(stream, 'chain-truncated', message, baseline.head, current.head);
    if (stream.judged === undefined) this.#add(stream, 'count-decreased', message, baseline.size, current.size);
  }

  /** A chain that is sound in itself but has other hashes than the baseline was made anew. */
  #nameRewritten(stream: StreamCase, baseline: StreamSummary, at: StreamHead | undefined): void {
    if (stream.chainFaulty) return;
    const first = stream.judged?.judge.firstRehashed;
    if (first === undefined && (at === undefined || at.head === baseline.head)) return;
    const from = first?.seq === undefined ? '' : `, first at seq ${first.seq}`;
    const message = `hashes of the chain were made anew${from}: its links hold, but not by the hashes of the baseline`;
    if (first !== undefined) this.#add(stream, 'chain-rewritten', message, first.was, first.is);
    else this.#add(stream, 'chain-rewritten', message, baseline.head, at?.head ?? null);
  }

  #compareSet(stream: StreamCase, baseline: StreamSummary, current: StreamSummary): boolean {
    if (stream.indexed !== undefined) return this.#compareIndexed(stream, stream.indexed, baseline, current);
    const { tenant, stream: name } = stream;
    const byRecords = stream.judged !== undefined;
    if (!byRecords && current.size > baseline.size) {
      this.#unavailable(
        stream,
        `the set grew from ${grouped(baseline.size)} to ${counted(current.size, 'record')}, and a summary cannot show which`,
      );
      return false;
    }
    if (!byRecords && current.size < baseline.size) {
      this.#add(
        stream,
        'count-decreased',
        `${counted(baseline.size, 'record')}, now ${grouped(current.size)}`,
        baseline.size,
        current.size,
      );
    }
    const broken = byRecords ? this.#findings.isBroken(tenant, name) || current.size === baseline.size : true;
    if (broken && baseline.root !== current.root) {
      this.#add(stream, 'stream-root-mismatch', 'the root differs', baseline.root, current.root);
    }
    return true;
  }

  /** A digest index has each leaf of the baseline: those that were not met are lost, whatever the sizes are. */
  #compareIndexed(stream: StreamCase, growth: SetGrowth, baseline: StreamSummary, current: StreamSummary): boolean {
    const { named, lost, unknown } = growth;
    if (growth.matched + lost + unknown !== baseline.size) throw new RangeError('leaves of an index were not judged');
    if (current.size < baseline.size) {
      const message = `${counted(baseline.size, 'record')}, now ${grouped(current.size)}`;
      this.#add(stream, 'count-decreased', message, baseline.size, current.size);
    }
    for (const leaf of named) this.#add(stream, 'record-missing', lostText(leaf, baseline.size), leaf.leaf, null);
    const more = lost - named.length;
    if (more > 0) this.#add(stream, 'record-missing', `${more} more leaves are not there`, null, null, more);
    if (unknown > 0) {
      this.#unavailable(stream, `so many records in a row are lost that of ${unknown} nothing is known`);
    }
    if (lost > 0) this.#add(stream, 'stream-root-mismatch', 'the root differs', baseline.root, current.root);
    return true;
  }

  #relationOf(stream: StreamCase, unproven: boolean): Relation {
    const { baseline, current } = stream;
    if (this.#findings.isBroken(stream.tenant, stream.stream)) return 'broken';
    if (!stream.known || unproven) return 'unknown';
    return baseline?.size === current?.size ? 'identical' : 'extended';
  }

  /** The tally of a stream whose records were not compared: proven by its root, or not judged. */
  #tallyOf(stream: StreamCase): Tally {
    const tally = emptyTally();
    const was = stream.baseline?.size ?? 0;
    const is = stream.current?.size ?? 0;
    const proven = stream.known && this.#isProven(stream);
    if (stream.known && stream.indexed !== undefined && !proven) this.#tallyIndexed(tally, stream.indexed, stream, is);
    else if (!proven) {
      if (stream.known && stream.judged === undefined) tally.added = nameCountedGrowth(this.#findings, stream, was, is);
      tally.unjudgedBaseline = was;
      tally.unjudgedCurrent = is - tally.added;
    } else if (stream.current === undefined) tally.missing = was;
    else {
      const faulty = stream.bodyFaults;
      tally.matched = was - faulty;
      tally.modified = faulty;
      if (faulty > 0) this.#nameFaulty(stream, faulty);
      tally.added = is - was;
      if (is > was) this.#add(stream, 'record-added', `${counted(is - was, 'record')} added`, was, is, is - was);
    }
    return tally;
  }

  /** Of a set that has lost leaves: which record of now was one of them before, an index cannot say. */
  #tallyIndexed(tally: Tally, { matched, lost, unknown, bodyFaults }: SetGrowth, stream: StreamCase, is: number): void {
    tally.matched = matched - bodyFaults;
    tally.modified = bodyFaults;
    if (bodyFaults > 0) this.#nameFaulty(stream, bodyFaults);
    tally.missing = lost;
    tally.unjudgedBaseline = unknown;
    tally.unjudgedCurrent = Math.min(unknown, is - matched);
    tally.added = is - matched - tally.unjudgedCurrent;
    const message = `${counted(tally.added, 'record whose leaf', 'records whose leaves')} the baseline does not have`;
    if (tally.added > 0) this.#add(stream, 'record-added', message, null, null, tally.added);
  }

  #nameFaulty(stream: StreamCase, faulty: number): void {
    this.#findings.changes.addUnseen({ tenant: stream.tenant, stream: stream.stream }, faulty);
    this.#add(stream, 'record-modified', `${counted(faulty, 'record')}: ${BODY_FAULTY}`, null, null, faulty);
  }

  #isProven({ baseline, current, headAtBaselineSize, indexed }: StreamCase): boolean {
    if (baseline === undefined || current === undefined) return true;
    if (baseline.ordered !== current.ordered) return false;
    if (indexed !== undefined) return indexed.matched === baseline.size;
    return baseline.ordered ? headAtBaselineSize?.root === baseline.root : current.root === baseline.root;
  }

  #unavailable({ tenant, stream }: StreamCase, reason: string): void {
    const message = `${reason}: compare snapshots with records`;
    this.#findings.add('both', { kind: 'proof-unavailable', tenant, stream, message });
  }

  #add(
    { tenant, stream }: StreamCase,
    kind: FailKind,
    message: string,
    baseline: FindingValue,
    current: FindingValue,
    count = 1,
  ): void {
    this.#findings.add('both', { kind, tenant, stream, message, baseline, current }, count);
  }
}

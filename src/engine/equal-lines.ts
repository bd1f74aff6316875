/**
 * Takes lines that both sides have, byte for byte, many at once (core/batch).
 *
 * What the engine does not take goes the usual way, record by record, through the reader and the judge. Its word is not
 * believed alone: the last record of each batch is read the usual way, and must have the leaf that the engine gave it.
 */
import type { Lines } from '../core/audit/evidence-source.ts';
import type { SteadyStream } from '../core/audit/side-audit.ts';
import type { BatchCounts, BatchEngine } from '../core/batch/batch-engine.ts';
import { EvidenceError } from '../core/errors.ts';
import type { RecordJudge } from '../core/judge/record-judge.ts';
import type { CompactRange } from '../core/merkle/compact-range.ts';
import type { IdSet } from '../core/snapshot/id-set.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { sameBytes } from './node-platform.ts';
import type { Side } from './side.ts';

const LF = 0x0a;

/** Lengths that are compared are doubled from here: where the sides differ soon, little was compared in vain. */
const FIRST_LOOK = 4096;

/** A batch of fewer records costs more than it saves: after one, as many records go the usual way as after the last, and twice. */
const FEW_RECORDS = 8;
const MOST_WAIT = 64;

export interface EqualLinesOptions {
  readonly engine: BatchEngine;
  readonly baseline: Side;
  readonly current: Side;
  readonly judge: RecordJudge;
  readonly ids: IdSet;
  /** Whether small batches are taken as often as large ones. */
  readonly eager: boolean;
}

export class EqualLines {
  readonly #engine: BatchEngine;
  readonly #baseline: Side;
  readonly #current: Side;
  readonly #judge: RecordJudge;
  readonly #ids: IdSet;
  readonly #eager: boolean;
  #waiting = 0;
  #wait = 1;
  /** The tree of the stream that the engine was last told of: each stream has one of its own. */
  #known: CompactRange | undefined;
  /** The types that it was told of: the counts of a tenant are one object, to which types are only added. */
  #knownTypes: ReadonlyMap<string, number> | undefined;
  #knownSize = 0;

  constructor({ engine, baseline, current, judge, ids, eager }: EqualLinesOptions) {
    this.#eager = eager;
    this.#engine = engine;
    this.#baseline = baseline;
    this.#current = current;
    this.#judge = judge;
    this.#ids = ids;
  }

  /** Takes what it can; nothing where the next record must go the usual way. */
  take(): void {
    if (this.#waiting > 0) {
      this.#waiting--;
      return;
    }
    const taken = this.#takeAll();
    if (taken >= FEW_RECORDS || this.#eager) this.#wait = 1;
    else {
      this.#waiting = this.#wait;
      this.#wait = Math.min(MOST_WAIT, 2 * this.#wait);
    }
  }

  #takeAll(): number {
    let all = 0;
    for (;;) {
      const taken = this.#takeBatch();
      all += taken;
      if (taken === 0 || (taken < FEW_RECORDS && !this.#eager)) return all;
    }
  }

  #takeBatch(): number {
    const mine = this.#baseline.reader.lines();
    const theirs = this.#current.reader.lines();
    if (mine === undefined || theirs === undefined || this.#baseline.isPicky || this.#current.isPicky) return 0;
    const length = commonLines(mine, theirs, this.#engine.mostBytes);
    const steady = length === 0 ? undefined : this.#judge.steady;
    if (steady === undefined || !this.#prepare(steady)) return 0;
    const lines = { ...mine, end: mine.start + length };
    const records = this.#agreed(lines, steady.baseline.ordered);
    if (records === 0) return 0;
    this.#commit(records, steady, lines, theirs);
    return records;
  }

  /** Tells the engine of the stream; false if it is none for it. */
  #prepare({ baseline, current }: { readonly baseline: SteadyStream; readonly current: SteadyStream }): boolean {
    const ids = this.#ids.seeds;
    const { previous } = baseline;
    const same = current.previous;
    // Both sides go on from the same record: so each is linked to it, or neither.
    const isSame = previous.seq === same.seq && previous.hash === same.hash && previous.digits === same.digits;
    if (ids === undefined || !isSame || previous.id !== same.id) return false;
    if (baseline.linked !== current.linked || baseline.hashed !== current.hashed) return false;
    if (baseline.recipe !== current.recipe || baseline.mayLeap !== current.mayLeap) return false;
    if (baseline.ordered !== current.ordered) return false;
    if (this.#known !== baseline.range) {
      const needsBody = this.#baseline.header?.depth === 'full' || this.#current.header?.depth === 'full';
      if (!this.#engine.openStream({ ...baseline, needsBody, ids })) return false;
      this.#known = baseline.range;
    }
    if (!this.#engine.follow(previous)) return false;
    this.#knowTypes(baseline.types, current.types);
    return true;
  }

  /** A type that one side has not had yet goes the usual way. */
  #knowTypes(baseline: ReadonlyMap<string, number>, current: ReadonlyMap<string, number>): void {
    const size = baseline.size + current.size;
    if (this.#knownTypes === baseline && this.#knownSize === size) return;
    this.#engine.knowTypes([...baseline.keys()].filter((type) => current.has(type)));
    this.#knownTypes = baseline;
    this.#knownSize = size;
  }

  /** How many records the engine takes, whose ids are new on both sides, and noted. */
  #agreed({ bytes, start, end }: Lines, ordered: boolean): number {
    const engine = this.#engine;
    engine.load(bytes, start, end);
    const scanned = engine.scan(end - start);
    const hashed = scanned === 0 ? 0 : engine.hash(scanned);
    const length = engine.offsetOf(hashed);
    // What was hashed must still be what was read.
    if (!sameBytes(engine.loaded(length), 0, length, bytes, start, start + length)) throw wrong('its lines changed');
    const numbers = engine.ids;
    for (let record = 0; record < hashed; record++) {
      if (this.#ids.addBoth(numbers[2 * record] ?? 0, numbers[2 * record + 1] ?? 0, ordered)) return record;
    }
    return hashed;
  }

  #commit(
    records: number,
    { baseline, current }: { readonly baseline: SteadyStream; readonly current: SteadyStream },
    lines: Lines,
    theirs: Lines,
  ): void {
    const engine = this.#engine;
    const [from, to] = [engine.offsetOf(records - 1), engine.offsetOf(records)];
    const last = this.#checked(records - 1, { ...lines, start: lines.start + from, end: lines.start + to - 1 });
    const counts: BatchCounts = engine.count(records);
    const [mine, other] = [baseline.range, current.range];
    const [before, after] = [mine.nodes, mine.size + records];
    const nodes = engine.grow(mine.size, before, records);
    mine.growTo(after, nodes);
    // Where nothing came between, both sides have one tree.
    const isSame = other.size + records === after && other.nodes.every((node, at) => node === before[at]);
    other.growTo(other.size + records, isSame ? nodes : engine.grow(other.size, other.nodes, records));
    this.#judge.takeEqual(counts, last);
    this.#baseline.reader.takeLines(lines.start + to, records, last);
    this.#current.reader.takeLines(theirs.start + to, records, last);
  }

  /** The last record of a batch as the reader reads it: it must be what the engine says. */
  #checked(record: number, line: Lines): EvidenceRecord {
    let last: EvidenceRecord;
    try {
      last = this.#baseline.reader.recordAt(line);
    } catch (fault) {
      if (!(fault instanceof EvidenceError)) throw fault;
      throw wrong(`it takes a record that the reader does not: ${fault.reason}`);
    }
    const { ids } = this.#engine;
    if (last.leaf !== this.#engine.leaf(record)) throw wrong('it gives another leaf than the reader');
    if (!this.#ids.areOf(ids[2 * record] ?? 0, ids[2 * record + 1] ?? 0, last.id)) throw wrong('it takes another id');
    return last;
  }
}

/** Then nothing that it said can be believed: no verdict may come of it. */
function wrong(how: string): RangeError {
  return new RangeError(`the batch engine is wrong: ${how} (EVIDENCE_DIFF_ENGINE=off does without it)`);
}

/** How many bytes of whole lines two texts have in common, at most `most`. */
function commonLines(a: Lines, b: Lines, most: number): number {
  const longest = Math.min(a.end - a.start, b.end - b.start, most);
  let [equal, look] = [0, FIRST_LOOK];
  for (; equal < longest && areSame(a, b, equal, Math.min(longest, equal + look)); look *= 2) {
    equal = Math.min(longest, equal + look);
  }
  // The first difference lies in front of `end`: halved, until the two meet.
  for (let end = Math.min(longest, equal + look); end - equal > 1; ) {
    const middle = (equal + end) >> 1;
    if (areSame(a, b, equal, middle)) equal = middle;
    else end = middle;
  }
  const lineEnd = equal === 0 ? -1 : a.bytes.lastIndexOf(LF, a.start + equal - 1);
  return Math.max(0, lineEnd + 1 - a.start);
}

function areSame(a: Lines, b: Lines, from: number, to: number): boolean {
  return sameBytes(a.bytes, a.start + from, a.start + to, b.bytes, b.start + from, b.start + to);
}

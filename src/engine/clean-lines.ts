/**
 * Takes lines many at once (core/batch): all that one side has, or those that two sides have, byte for byte.
 *
 * What the engine does not take goes the usual way, record by record, through the reader and the judge. Its word is not
 * believed alone: the last record of each batch is read the usual way, and must have the leaf that the engine gave it.
 */
import type { Lines } from '../core/audit/evidence-source.ts';
import type { SideAudit, SteadyStream } from '../core/audit/side-audit.ts';
import type { BatchCounts, BatchEngine } from '../core/batch/batch-engine.ts';
import { EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import { BOTH_SIDES, type IdSet, type SideBits } from '../core/snapshot/id-set.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { isEager } from './node-engines.ts';
import { sameBytes } from './node-platform.ts';
import type { Side } from './side.ts';

const LF = 0x0a;

/** Lengths that are compared are doubled from here: where the sides differ soon, little was compared in vain. */
const FIRST_LOOK = 4096;

/** A batch of fewer records costs more than it saves: after one, as many records go the usual way as after the last, and twice. */
const FEW_RECORDS = 8;
const MOST_WAIT = 64;

/** The open stream of each side. */
export type SteadyStreams = readonly [SteadyStream] | readonly [SteadyStream, SteadyStream];

/** The records of a batch, counted from 0; until the next one. */
export interface BatchRecords {
  leafOf(at: number): Hash;
  idOf(at: number): string;
}

export interface CleanLinesOptions {
  readonly engine: BatchEngine;
  /** One, or two that are compared. */
  readonly sides: readonly [Side] | readonly [Side, Side];
  /** What remembers the ids of all of them. */
  readonly ids: IdSet;
  /** The open stream of each; undefined if their records come one by one. */
  readonly steady: () => SteadyStreams | undefined;
  /** Takes records in which there is no fault, as one; `last` is the last, `of` tells of each of them. */
  readonly take: (counts: BatchCounts, last: EvidenceRecord, of: BatchRecords) => void;
}

export class CleanLines {
  readonly #options: CleanLinesOptions;
  readonly #engine: BatchEngine;
  /** Whether small batches are taken as often as large ones. */
  readonly #eager: boolean = isEager();
  readonly #sides: SideBits;
  #waiting = 0;
  #wait = 1;
  /** The tree of the stream that the engine was last told of: each stream has one of its own. */
  #known: SteadyStream['range'] | undefined;
  /** The types that it was told of: the counts of a tenant are one object, to which types are only added. */
  #knownTypes: ReadonlyMap<string, number> | undefined;
  #knownSize = 0;

  constructor(options: CleanLinesOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.#sides = options.sides.length === 1 ? options.sides[0].bit : BOTH_SIDES;
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
    const { sides, steady: steadyOf } = this.#options;
    const [first, second] = sides;
    const lines = linesOf(first);
    const others = second === undefined ? lines : linesOf(second);
    if (lines === undefined || others === undefined) return 0;
    const length = commonLines(lines, others, this.#engine.mostBytes);
    const steady = length === 0 ? undefined : steadyOf();
    if (steady === undefined || !this.#prepare(steady)) return 0;
    const most = Math.min(...steady.map((stream) => stream.most));
    const records = this.#clean({ ...lines, end: lines.start + length }, steady[0].ordered, most);
    if (records > 0) this.#commit(records, steady, [lines, others]);
    return records;
  }

  /** Tells the engine of the stream; false if it is none for it. */
  #prepare(steady: SteadyStreams): boolean {
    const { sides, ids } = this.#options;
    const [first, second = first] = steady;
    const seeds = ids.seedsOf(this.#sides);
    if (seeds === undefined || !goOnAlike(first, second)) return false;
    if (this.#known !== first.range) {
      const needsBody = sides.some(({ header }) => header?.depth === 'full');
      if (!this.#engine.openStream({ ...first, needsBody, ids: seeds })) return false;
      this.#known = first.range;
    }
    if (!this.#engine.follow(first.previous)) return false;
    this.#knowTypes(first.types, second.types);
    return true;
  }

  /** A type that one side has not had yet goes the usual way. */
  #knowTypes(first: ReadonlyMap<string, number>, second: ReadonlyMap<string, number>): void {
    const size = first.size + second.size;
    if (this.#knownTypes === first && this.#knownSize === size) return;
    this.#engine.knowTypes([...first.keys()].filter((type) => second.has(type)));
    this.#knownTypes = first;
    this.#knownSize = size;
  }

  /** How many records the engine takes, whose ids are new, and noted. */
  #clean({ bytes, start, end }: Lines, ordered: boolean, most: number): number {
    const engine = this.#engine;
    engine.load(bytes, start, end);
    const scanned = engine.scan(end - start);
    const hashed = scanned === 0 ? 0 : engine.hash(Math.min(scanned, most));
    const length = engine.offsetOf(hashed);
    // What was hashed must still be what was read.
    if (!sameBytes(engine.loaded(length), 0, length, bytes, start, start + length)) throw wrong('its lines changed');
    const { ids } = this.#options;
    const numbers = engine.ids;
    for (let record = 0; record < hashed; record++) {
      if (ids.addNumbers(numbers[2 * record] ?? 0, numbers[2 * record + 1] ?? 0, this.#sides, ordered)) return record;
    }
    return hashed;
  }

  #commit(records: number, steady: SteadyStreams, lines: readonly [Lines, Lines]): void {
    const engine = this.#engine;
    const { sides, take } = this.#options;
    const { bytes, start } = lines[0];
    const to = engine.offsetOf(records);
    const lineOf = (at: number): Lines => {
      return { bytes, start: start + engine.offsetOf(at), end: start + engine.offsetOf(at + 1) - 1 };
    };
    const last = this.#checked(records - 1, lineOf(records - 1));
    const counts = engine.count(records);
    this.#grow(records, steady);
    take(counts, last, {
      leafOf: (at) => engine.leaf(at),
      idOf: (at) => sides[0].reader.recordAt(lineOf(at)).id,
    });
    for (const [at, { reader }] of sides.entries()) reader.takeLines((lines[at] ?? lines[0]).start + to, records, last);
  }

  #grow(records: number, [{ range: mine }, second]: SteadyStreams): void {
    const engine = this.#engine;
    const [before, after] = [mine.nodes, mine.size + records];
    const nodes = engine.grow(mine.size, before, records);
    mine.growTo(after, nodes);
    const other = second?.range;
    if (other === undefined) return;
    // Where nothing came between, both sides have one tree.
    const isSame = other.size + records === after && other.nodes.every((node, at) => node === before[at]);
    other.growTo(other.size + records, isSame ? nodes : engine.grow(other.size, other.nodes, records));
  }

  /** The last record of a batch as the reader reads it: it must be what the engine says. */
  #checked(record: number, line: Lines): EvidenceRecord {
    const { sides, ids } = this.#options;
    let last: EvidenceRecord;
    try {
      last = sides[0].reader.recordAt(line);
    } catch (fault) {
      if (!(fault instanceof EvidenceError)) throw fault;
      throw wrong(`it takes a record that the reader does not: ${fault.reason}`);
    }
    const numbers = this.#engine.ids;
    if (last.leaf !== this.#engine.leaf(record)) throw wrong('it gives another leaf than the reader');
    if (!ids.areOf(numbers[2 * record] ?? 0, numbers[2 * record + 1] ?? 0, this.#sides, last.id))
      throw wrong('it takes another id');
    return last;
  }
}

/**
 * Takes the lines of one side that is audited by itself.
 *
 * @param see - is told of each batch, behind the audit; `last` is the last of its `count` records
 */
export function cleanLinesOf(
  engine: BatchEngine,
  side: Side,
  audit: SideAudit,
  ids: IdSet,
  see: (last: EvidenceRecord, count: number, of: BatchRecords) => void = () => {},
): CleanLines {
  return new CleanLines({
    engine,
    sides: [side],
    ids,
    steady: () => {
      const { steady } = audit;
      return steady === undefined ? undefined : [steady];
    },
    take: (counts, last, of) => {
      audit.appendBatch(counts, last);
      see(last, counts.records, of);
    },
  });
}

/** Then nothing that it said can be believed: no verdict may come of it. */
function wrong(how: string): RangeError {
  return new RangeError(`the batch engine is wrong: ${how} (EVIDENCE_DIFF_ENGINE=off does without it)`);
}

/** Whether two streams go on from the same record, by the same rule: so each is linked to it, or neither. */
function goOnAlike(a: SteadyStream, b: SteadyStream): boolean {
  if (a === b) return true;
  const [was, is] = [a.previous, b.previous];
  if (was.seq !== is.seq || was.hash !== is.hash || was.digits !== is.digits || was.id !== is.id) return false;
  if (a.linked !== b.linked || a.hashed !== b.hashed || a.ordered !== b.ordered) return false;
  return a.recipe === b.recipe && a.mayLeap === b.mayLeap;
}

function linesOf(side: Side): Lines | undefined {
  return side.isPicky ? undefined : side.reader.lines();
}

/** How many bytes of whole lines two texts have in common, at most `most`; of one text with itself, all of them. */
function commonLines(a: Lines, b: Lines, most: number): number {
  const longest = Math.min(a.end - a.start, b.end - b.start, most);
  let [equal, look] = [a === b ? longest : 0, FIRST_LOOK];
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

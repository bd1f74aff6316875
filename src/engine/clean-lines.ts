/**
 * Takes lines many at once (core/batch): those of one side, or of two sides those whose records both have, and in a set those
 * that are new.
 *
 * What the engine does not take goes the usual way, record by record, through the reader and the judge. Its word is not
 * believed alone: of each batch and side the last record, the first that is not in canonical form and each that is new, and
 * not only counted, are read the usual way, and must have the leaf that the engine gave them; and there must be as many
 * records as lines were taken.
 */
import type { SideAudit, SteadyStream } from '../core/audit/side-audit.ts';
import type { BatchCounts, BatchEngine, SideIndex } from '../core/batch/batch-engine.ts';
import { EvidenceError } from '../core/errors.ts';
import type { CleanBatch, RecordJudge } from '../core/judge/record-judge.ts';
import type { CompactRange } from '../core/merkle/tree.ts';
import type { Hash } from '../core/platform.ts';
import type { Lines } from '../core/snapshot/byte-window.ts';
import { BOTH_SIDES, type IdSet, type SideBits } from '../core/snapshot/id-set.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { isEager } from './node-engines.ts';
import { sameBytes } from './node-platform.ts';
import type { Side } from './side.ts';
import type { SideReader } from './side-reader.ts';

const LF = 0x0a;

/** A batch of fewer records costs more than it saves: after one, as many records go the usual way as after the last, and twice. */
const FEW_RECORDS = 8;
const MOST_WAIT = 64;

/** So many bytes are given to the engine at least: twice as many as it took of the last, since what it leaves was copied in vain. */
const LEAST_LOOK = 64 * 1024;

/** The open stream of each side. */
export type SteadyStreams = readonly [SteadyStream] | readonly [SteadyStream, SteadyStream];

/** The records of a batch, counted from 0; until the next one. */
export interface BatchRecords {
  leafOf(at: number): Hash;
  /** Of one that the first side has. */
  idOf(at: number): string;
  /**
   * All of them as lines in canonical form; views that hold until the next.
   *
   * @param bodies - whether with `body`, where there is one, or with its digest in its place
   */
  lines(bodies: boolean): Iterable<Uint8Array>;
}

/** Is called with each batch of one side: of its `count` records, the last of them, and the tree of its stream with them. */
export type OnBatch = (of: BatchRecords, count: number, last: EvidenceRecord, tree: CompactRange) => void;

/** A side as far as its lines are concerned: one that was read, or what a migration makes of one. */
export interface LineSide extends Pick<Side, 'bit' | 'isPicky' | 'header'> {
  readonly reader: Pick<SideReader, 'recordAt' | 'takeLines'> & {
    /** @param most - bytes that there is use for */
    lines(most: number): Lines | undefined;
  };
}

/** The lines of a side that were given to the engine, and how many bytes of them it has taken. */
interface Loaded {
  readonly side: LineSide;
  readonly at: SideIndex;
  readonly lines: Lines;
}

export interface CleanLinesOptions {
  readonly engine: BatchEngine;
  /** One, or two that are compared. */
  readonly sides: readonly [LineSide] | readonly [LineSide, LineSide];
  /** What remembers the ids of all of them. */
  readonly ids: IdSet;
  /** Whether to look for lines at all. Default: yes. */
  readonly isReady?: () => boolean;
  /** The open stream of each; undefined if their records come one by one. */
  readonly steady: () => SteadyStreams | undefined;
  /** How many of the first records may be taken, if that depends on more than they are themselves. */
  readonly confirm?: (records: number) => number;
  /** Whether those that the second side alone has are only counted, and need not be read. Default: none. */
  readonly countsAlone?: (streams: SteadyStreams) => boolean;
  /** Takes records in which there is no fault, as one; `of` describes each of them. */
  readonly take: (batch: CleanBatch, of: BatchRecords) => void;
}

export class CleanLines {
  readonly #options: CleanLinesOptions;
  readonly #engine: BatchEngine;
  /** Whether small batches are taken as often as large ones. */
  readonly #eager: boolean = isEager();
  readonly #sides: SideBits;
  #waiting = 0;
  #wait = 1;
  #look: number = LEAST_LOOK;
  /** Whether the next record is none for the engine, though there were lines of it on each side. */
  #hasStopped = false;
  /** The tree of the stream that the engine was last given: each stream has one of its own. */
  #known: CompactRange | undefined;
  /** The types that it was given: the counts of a tenant are one object, to which types are only added. */
  #knownTypes: ReadonlyMap<string, number> | undefined;
  #knownSize = 0;

  constructor(options: CleanLinesOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.#sides = options.sides.length === 1 ? options.sides[0].bit : BOTH_SIDES;
  }

  /** Takes what it can; nothing where the next record must go the usual way. */
  take(): void {
    if (this.#options.isReady?.() === false) return;
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
      if (taken === 0 || this.#hasStopped || (taken < FEW_RECORDS && !this.#eager)) return all;
    }
  }

  #takeBatch(): number {
    const loaded = this.#loadable();
    const steady = loaded === undefined ? undefined : this.#options.steady();
    if (loaded === undefined || steady === undefined || !this.#prepare(steady)) return 0;
    const records = this.#clean(loaded, steady);
    if (records > 0) this.#commit(records, steady, loaded);
    return records;
  }

  /** Whole lines of each side, as many as are given to the engine; undefined where a side has none. */
  #loadable(): readonly Loaded[] | undefined {
    const most = Math.min(this.#look, this.#engine.mostBytes);
    const all: Loaded[] = [];
    for (const [at, side] of this.#options.sides.entries()) {
      const lines = side.isPicky ? undefined : side.reader.lines(most);
      const some = lines === undefined ? undefined : firstLines(lines, most);
      if (some === undefined) return undefined;
      all.push({ side, at: at as SideIndex, lines: some });
    }
    return all;
  }

  /** Gives the engine the stream; false if it is none for it. */
  #prepare(steady: SteadyStreams): boolean {
    const { sides, ids } = this.#options;
    const [first, second] = steady;
    const seeds = ids.seedsOf(this.#sides);
    if (seeds === undefined || (second !== undefined && !goOnAlike(first, second))) return false;
    if (this.#engine.user !== this) {
      this.#engine.user = this;
      this.#known = undefined;
      this.#knownTypes = undefined;
    }
    if (this.#known !== first.range) {
      const needsBody = sides.some(({ header }) => header?.depth === 'full');
      if (!this.#engine.openStream({ ...first, needsBody, ids: seeds })) return false;
      this.#known = first.range;
    }
    if (!this.#engine.follow(first.previous)) return false;
    if (second !== undefined && !this.#engine.follow(second.previous, 1)) return false;
    this.#knowTypes(first.types, (second ?? first).types);
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
  #clean(loaded: readonly Loaded[], steady: SteadyStreams): number {
    const engine = this.#engine;
    const lengths = loaded.map(({ lines, at }) => {
      engine.load(lines, at);
      return lines.end - lines.start;
    });
    const scanned = engine.scan(lengths[0] ?? 0, lengths[1]);
    const most = Math.min(...steady.map((stream) => stream.most));
    const sound = scanned === 0 ? 0 : engine.hash(Math.min(scanned, most));
    const hashed = sound === 0 ? 0 : (this.#options.confirm?.(sound) ?? sound);
    // What was hashed must still be what was read.
    for (const { lines, at } of loaded) {
      const length = engine.offsetOf(hashed, at);
      const { bytes, start } = lines;
      if (!sameBytes(engine.loaded(length, at), 0, length, bytes, start, start + length))
        throw wrong('its lines changed');
    }
    if (!engine.isSpellingIntact) throw wrong('its lines changed');
    this.#look = Math.max(LEAST_LOOK, 2 * engine.offsetOf(hashed));
    this.#hasStopped = hashed < most && loaded.every(({ at }) => engine.offsetOf(hashed, at) < (lengths[at] ?? 0));
    this.#hasStopped &&= hashed < engine.mostRecords;
    const { ids } = this.#options;
    const bits = steady.length === 1 ? this.#sides : undefined;
    return ids.addMany(engine.ids, hashed, steady[0].ordered ? 'any' : 'ascending', bits);
  }

  #commit(records: number, steady: SteadyStreams, loaded: readonly Loaded[]): void {
    const engine = this.#engine;
    engine.nextBatch();
    const all = engine.alone(records);
    const grown = this.#options.countsAlone?.(steady) === true ? all.length : 0;
    const alone = (grown > 0 ? [] : all).map((at) => ({ at, record: this.#checked(at, loaded[1]) }));
    const counts = this.#counts(records, loaded, all.length);
    const lasts = loaded.map((side) => {
      const respelled = engine.firstRespelled(records, side.at);
      if (respelled < records) this.#checked(respelled, side);
      const last = lastOf(side.at, records, all);
      return last < 0 ? undefined : (alone.find(({ at }) => at === last)?.record ?? this.#checked(last, side));
    });
    this.#grow(records, steady, counts);
    this.#options.take(
      { counts, lasts, alone, grown },
      {
        leafOf: (at) => engine.leaf(at),
        idOf: (at) => this.#read(at, loaded[0]).id,
        lines: (bodies) => engine.written(records, bodies),
      },
    );
    for (const { side, at, lines } of loaded) {
      const [count, last] = [counts[at]?.records ?? 0, lasts[at]];
      if (last !== undefined) side.reader.takeLines(lines.start + engine.offsetOf(records, at), count, last);
    }
  }

  /** What each side has of them: as many records as lines. */
  #counts(records: number, loaded: readonly Loaded[], alone: number): readonly BatchCounts[] {
    const engine = this.#engine;
    const counts: BatchCounts[] = [];
    for (const { at } of loaded) {
      const of = at === 1 && alone === 0 ? counts[0] : undefined;
      const counted = of ?? engine.count(records, at);
      if (counted.records !== engine.linesIn(engine.offsetOf(records, at), at)) throw wrong('it has lost a line');
      counts.push(counted);
    }
    return counts;
  }

  #grow(records: number, steady: SteadyStreams, counts: readonly BatchCounts[]): void {
    const engine = this.#engine;
    const [mine, other] = steady.map(({ range }) => range);
    const [own, theirs] = counts.map((counted) => counted.records);
    if (mine === undefined || own === undefined) return;
    const [size, before] = [mine.size, mine.nodes];
    const nodes = engine.grow(size, before, records, own);
    mine.growTo(size + own, nodes);
    if (other === undefined || theirs === undefined) return;
    // Where nothing came between, both sides have one tree.
    const isSame = own === records && own === theirs && other.size === size;
    const both = isSame && other.nodes.every((node, at) => node === before[at]);
    const grown = both ? nodes : engine.grow(other.size, other.nodes, records, theirs, 1);
    other.growTo(other.size + theirs, grown);
  }

  /** A record of the batch, as the reader reads it on a side that has it. */
  #read(record: number, loaded: Loaded | undefined): EvidenceRecord {
    if (loaded === undefined) throw wrong('it takes records of a side that is not there');
    const engine = this.#engine;
    const { side, at, lines } = loaded;
    const start = lines.start + engine.offsetOf(record, at);
    const end = lines.start + engine.offsetOf(record + 1, at) - (lines.commas ? 2 : 1);
    return side.reader.recordAt({ ...lines, start, end });
  }

  /** Likewise: it must be what the engine says. */
  #checked(record: number, loaded: Loaded | undefined): EvidenceRecord {
    let read: EvidenceRecord;
    try {
      read = this.#read(record, loaded);
    } catch (fault) {
      if (!(fault instanceof EvidenceError)) throw fault;
      throw wrong(`it takes a record that the reader does not: ${fault.reason}`);
    }
    const numbers = this.#engine.ids;
    if (read.leaf !== this.#engine.leaf(record)) throw wrong('it gives another leaf than the reader');
    if (!this.#options.ids.areOf(numbers[2 * record] ?? 0, numbers[2 * record + 1] ?? 0, this.#sides, read.id))
      throw wrong('it takes another id');
    return read;
  }
}

/** The last of a side's records; -1 if it has none of the batch. */
function lastOf(side: SideIndex, records: number, alone: readonly number[]): number {
  let last = records - 1;
  if (side === 0) for (let from = alone.length - 1; alone[from] === last; from--) last--;
  return last;
}

/** The first whole lines of these, up to so many bytes; undefined if the first is longer. */
function firstLines(lines: Lines, most: number): Lines | undefined {
  const { bytes, start, end } = lines;
  if (end - start <= most) return lines;
  const last = bytes.lastIndexOf(LF, start + most - 1);
  return last < start ? undefined : { ...lines, end: last + 1 };
}

/**
 * Takes the lines of one side that is audited by itself.
 *
 * @param onBatch - is called with each batch, behind the audit
 */
export function cleanLinesOf(
  engine: BatchEngine,
  side: Side,
  audit: SideAudit,
  ids: IdSet,
  onBatch: OnBatch = () => {},
): CleanLines {
  let open: SteadyStream | undefined;
  return new CleanLines({
    engine,
    sides: [side],
    ids,
    steady: () => {
      open = audit.steady;
      return open === undefined ? undefined : [open];
    },
    take: ({ counts: [counts], lasts: [last] }, of) => {
      if (counts === undefined || last === undefined || open === undefined) return;
      audit.appendBatch(counts, last);
      // The last record that was read is the last of the batch.
      const lines = (bodies: boolean): Iterable<Uint8Array> =>
        endingWith(of.lines(bodies), side.reader.canonical(bodies));
      onBatch({ ...of, lines }, counts.records, last, open.range);
    },
  });
}

/** Takes the lines of the current side behind what the baseline has of their stream, where they are only counted. */
export function growthLines(
  engine: BatchEngine,
  [baseline, current]: readonly [Side, Side],
  ids: IdSet,
  judge: RecordJudge,
): CleanLines {
  let open: SteadyStream | undefined;
  const isReady = (): boolean => {
    const { record, reader } = baseline;
    open = record !== undefined || reader.hasEnded ? judge.growing(record) : undefined;
    return open !== undefined;
  };
  const steady = (): SteadyStreams | undefined => (isReady() && open !== undefined ? [open] : undefined);
  return new CleanLines({ engine, sides: [current], ids, isReady, steady, take: (batch) => judge.takeGrowth(batch) });
}

/** Lines of which the last must be `record`, as the reader has it. */
function* endingWith(lines: Iterable<Uint8Array>, record: Uint8Array): Generator<Uint8Array> {
  let piece: Uint8Array = new Uint8Array(0);
  for (piece of lines) yield piece;
  const end = piece.length - 1;
  if (end < record.length || !sameBytes(piece, end - record.length, end, record, 0, record.length))
    throw wrong('it writes another record than was read');
}

/** Then nothing that it said can be believed: no verdict may come of it. */
function wrong(how: string): RangeError {
  return new RangeError(`the batch engine is wrong: ${how} (EVIDENCE_DIFF_ENGINE=off does without it)`);
}

/** Whether two streams go on by the same rule; from which record is for the engine to see. */
function goOnAlike(a: SteadyStream, b: SteadyStream): boolean {
  if (a.previous.digits !== b.previous.digits || a.mayLeap !== b.mayLeap) return false;
  return a.linked === b.linked && a.hashed === b.hashed && a.ordered === b.ordered && a.recipe === b.recipe;
}

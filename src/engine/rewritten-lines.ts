/**
 * Lines of a stream under rules that change bodies and links alone, taken many at once: what the rules make of the lines of
 * the baseline is made as bytes (core/migration/line-rewrite.ts), and goes to the engine in their place, to be set against
 * those of the current side. A second engine audits the baseline as it lies there.
 *
 * Neither is believed alone: the last record of each batch, and the first of each kind, goes the simple way too, and must
 * come out as the same bytes.
 */
import type { SideAudit, SteadyStream } from '../core/audit/side-audit.ts';
import type { BatchEngine } from '../core/batch/batch-engine.ts';
import { EvidenceError } from '../core/errors.ts';
import { canonicalBytes } from '../core/json/canonical.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json, JsonObject } from '../core/json/value.ts';
import { LineRewrite } from '../core/migration/line-rewrite.ts';
import { ruleFor } from '../core/migration/match.ts';
import type { MigrationRule } from '../core/migration/migration.ts';
import { MapMismatch } from '../core/migration/mismatch.ts';
import { patched } from '../core/migration/patch.ts';
import type { Lines } from '../core/snapshot/byte-window.ts';
import type { IdSet } from '../core/snapshot/id-set.ts';
import { type EvidenceRecord, RecordDecoder } from '../core/snapshot/record.ts';
import type { SteadyStreams } from './clean-lines.ts';
import type { MigratedBaseline } from './migrated-baseline.ts';
import { nodePlatform, sameBytes } from './node-platform.ts';
import type { Side } from './side.ts';
import type { SideReader } from './side-reader.ts';

/** The bit of the baseline in what ids are remembered by. */
const BASELINE = 1;

export interface RewrittenParts {
  /** To which what is made of the lines goes, with those of the current side. */
  readonly engine: BatchEngine;
  /** For the lines of the baseline as they are. */
  readonly ownEngine: BatchEngine;
  readonly side: Side;
  readonly own: SideAudit;
  readonly ownIds: IdSet;
  readonly current: SideReader;
  readonly migrated: MigratedBaseline;
  readonly rules: readonly MigrationRule[];
}

/** The open streams of the three audits. */
export interface OpenStreams {
  readonly own: SteadyStream;
  readonly expected: SteadyStream;
  readonly current: SteadyStream;
}

/** A stream whose lines the rules make others of; its records come one behind the other. */
export interface RewrittenStream {
  /** Indices of the rules for records of it: at least one. */
  readonly rules: readonly number[];
  /** Members of bodies that decide, beside the type, which of them is for a record. */
  readonly asked: readonly string[];
}

/** What a rule was for in a batch, and what each of its operations has taken away: from how many, in the order of the first. */
interface Done {
  records: number;
  readonly losses: Map<number, number>;
}

/**
 * Whether what a rule makes of a stream can be set against lines of the current side, by the recipe of its chain. A set has
 * no chain that could be made anew: each of its records is a mismatch, which the simple way finds.
 */
function fitsChain({ rechain }: MigrationRule, { ordered, linked, hashed, recipe, previous }: SteadyStream): boolean {
  if (rechain === undefined) return true;
  return ordered && linked && hashed && recipe !== 'none' && recipe === rechain.recipe && previous.digits === 64;
}

export class RewrittenLines {
  readonly #parts: RewrittenParts;
  readonly #decoder: RecordDecoder = new RecordDecoder(nodePlatform);
  /** Of lines of the baseline: what it gives is a view of its buffer. */
  readonly #ownDecoder: RecordDecoder = new RecordDecoder(nodePlatform);
  readonly #rewrite: LineRewrite;
  /** Kinds of records of which one went the simple way: by rule, what was taken from them. */
  readonly #seen: Set<string> = new Set();
  #stream: RewrittenStream | undefined;
  #open: OpenStreams | undefined;
  /** The lines of the baseline of which the last were made. */
  #lines: Lines | undefined;
  /** The last of the baseline that was noted. */
  #last: EvidenceRecord | undefined;
  #knownStream: SteadyStream['range'] | undefined;

  constructor(parts: RewrittenParts) {
    this.#parts = parts;
    const { mostBytes, mostRecords } = parts.engine;
    this.#rewrite = new LineRewrite(parts.rules, { bytes: mostBytes, lines: mostRecords });
  }

  /** Begins with the lines of another stream. */
  enter(stream: RewrittenStream): void {
    this.#stream = stream;
    this.#rewrite.open({ asked: stream.asked, choose: this.#choose });
  }

  /** Which rule is for the record of a line: the simple way says so, of one in canonical form. */
  readonly #choose = (bytes: Uint8Array, start: number, end: number): number | undefined => {
    try {
      const record = this.#ownDecoder.decode(bytes, start, end);
      const { canonical } = this.#ownDecoder;
      if (!sameBytes(canonical, 0, canonical.length, bytes, start, end)) return undefined;
      return ruleFor(this.#parts.rules, record, () => parseJson(nodePlatform, bytes, start, end) as JsonObject);
    } catch (fault) {
      if (fault instanceof MapMismatch || fault instanceof EvidenceError) return undefined;
      throw fault;
    }
  };

  /** Lines that are expected, made of as many of the baseline as there is use for; undefined where there are none. */
  lines(open: OpenStreams, most: number): Lines | undefined {
    const { side, current } = this.#parts;
    const rewrite = this.#rewrite;
    const lines = side.reader.lines();
    const others = current.lines();
    if (lines === undefined || others === undefined || !this.#isSteady(open)) return undefined;
    rewrite.make(lines, most, this.#isRechained ? others : undefined);
    if (rewrite.lines === 0) return undefined;
    this.#open = open;
    this.#lines = lines;
    const end = rewrite.ends[rewrite.lines - 1] ?? 0;
    return { commas: lines.commas, anySpelling: false, bytes: rewrite.bytes, start: 0, end };
  }

  /** Whether the stream can go on, under whichever of its rules, as it has begun. */
  #isSteady({ expected, current }: OpenStreams): boolean {
    const { migrated, rules } = this.#parts;
    return (
      this.#stream?.rules.every((at) => {
        const rule = rules[at];
        const isAlike = migrated.expected?.isSteady(expected, expected.previous, at) === true;
        return isAlike && rule !== undefined && fitsChain(rule, current);
      }) === true
    );
  }

  /** Then all of its rules say how. */
  get #isRechained(): boolean {
    return this.#parts.rules[this.#stream?.rules[0] ?? -1]?.rechain !== undefined;
  }

  /** What is expected goes on by the rule of the current side, which alone is audited by it. */
  steady({ expected, current }: OpenStreams): SteadyStreams {
    const { range, types, previous } = expected;
    return [{ ...current, range, types, previous, most: Math.min(expected.most, current.most) }, current];
  }

  recordAt(lines: Lines): EvidenceRecord {
    return this.#decoder.decode(lines.bytes, lines.start, lines.end);
  }

  /** How many of the first records may be taken: those whose lines in the baseline are clean, too. */
  readonly confirm = (records: number): number => {
    const { engine } = this.#parts;
    const [made, lines, open] = [this.#rewrite, this.#lines, this.#open];
    if (lines === undefined || open === undefined) throw wrong('lines were made of nothing');
    const wanted = this.#linesTo(engine.offsetOf(records));
    const clean = wanted === 0 ? 0 : this.#clean(wanted, lines, open.own);
    if (clean === wanted) return records;
    const end = made.ends[clean - 1] ?? 0;
    let left = records;
    while (left > 0 && engine.offsetOf(left) > end) left--;
    return left;
  };

  /** How many of the lines that were made end at `offset`. */
  #linesTo(offset: number): number {
    const made = this.#rewrite;
    let { lines } = made;
    while (lines > 0 && (made.ends[lines - 1] ?? 0) > offset) lines--;
    if (lines > 0 && made.ends[lines - 1] !== offset) throw wrong('a batch ends within a line');
    return lines;
  }

  /** How many of the first lines of the baseline are clean records of its open stream. */
  #clean(wanted: number, lines: Lines, own: SteadyStream): number {
    const { ownEngine, side, ownIds } = this.#parts;
    const { sourceEnds } = this.#rewrite;
    const ids = ownIds.seedsOf(BASELINE);
    if (ids === undefined || own.most < wanted) return 0;
    if (this.#knownStream !== own.range) {
      if (!ownEngine.openStream({ ...own, needsBody: side.header?.depth === 'full', ids })) return 0;
      this.#knownStream = own.range;
    }
    if (!ownEngine.follow(own.previous)) return 0;
    ownEngine.knowTypes(own.types.keys());
    const { bytes, start } = lines;
    const end = sourceEnds[wanted - 1] ?? 0;
    // What was made of a line rests on its bytes: of another spelling it would be another record.
    ownEngine.load({ ...lines, end, anySpelling: false });
    const clean = ownEngine.hash(ownEngine.scan(end - start));
    const length = ownEngine.offsetOf(clean);
    // What was hashed must still be what was read, and each line of it one that something was made of.
    if (!sameBytes(ownEngine.loaded(length), 0, length, bytes, start, start + length)) throw wrong('its lines changed');
    if (clean > 0 && sourceEnds[clean - 1] !== start + length) throw wrong('it takes other lines');
    if (ownEngine.linesIn(length, 0) !== clean) throw wrong('it has lost a line');
    return clean;
  }

  /**
   * Notes the first records of the baseline, and what becomes of them.
   *
   * @param last - the last that is expected
   */
  take(records: number, last: EvidenceRecord): void {
    const { own: audit, engine, ownEngine, ownIds, side, migrated } = this.#parts;
    const own = this.#open?.own;
    if (own === undefined) throw wrong('a batch was taken of no stream');
    const at = records - 1;
    const record = side.reader.recordAt(this.#source(at));
    this.#last = record;
    if (record.leaf !== ownEngine.leaf(at)) throw wrong('it gives another leaf than the reader');
    const numbers = ownEngine.ids;
    if (!ownIds.areOf(numbers[2 * at] ?? 0, numbers[2 * at + 1] ?? 0, BASELINE, record.id))
      throw wrong('it takes another id');
    // All hashes are those of one batch, whichever engine has them.
    ownEngine.batches = engine.batches;
    const counts = ownEngine.count(records);
    if (counts.records !== records) throw wrong('it counts other records than it took');
    if (ownIds.addMany(numbers, records, own.ordered ? 'any' : 'ascending', BASELINE) !== records)
      throw wrong('it takes an id twice');
    own.range.growTo(own.range.size + records, ownEngine.grow(own.range.size, own.range.nodes, records));
    audit.appendBatch(counts, record);
    this.#note(records, record, last);
    const rules = this.#rewrite.rules.subarray(0, records);
    migrated.marks.expectMany(records, rules.some((rule) => rule >= 0) ? last : undefined);
    migrated.expected?.follow(last, { rule: rules[at] ?? -1, stream: last.stream, first: false });
  }

  /** Moves the baseline on, too. */
  takeLines(count: number): void {
    if (count === 0) return;
    const end = this.#rewrite.sourceEnds[count - 1] ?? 0;
    if (this.#last !== undefined) this.#parts.side.reader.takeLines(end, count, this.#last);
  }

  /** The line of a record in the baseline, without its end. */
  #source(at: number): Lines {
    const [ends, lines] = [this.#rewrite.sourceEnds, this.#lines];
    if (lines === undefined) throw wrong('lines were made of nothing');
    return lineOf({ ...lines, end: ends[at] ?? 0 }, at === 0 ? lines.start : (ends[at - 1] ?? 0));
  }

  /** The line that was made of it. */
  #madeLine(at: number): Lines {
    const [made, lines] = [this.#rewrite, this.#lines];
    if (lines === undefined) throw wrong('lines were made of nothing');
    return lineOf({ ...lines, bytes: made.bytes, end: made.ends[at] ?? 0 }, at === 0 ? 0 : (made.ends[at - 1] ?? 0));
  }

  /** Counts what rules were for and have taken away; the last record, and the first of a kind, are made the simple way. */
  #note(records: number, record: EvidenceRecord, last: EvidenceRecord): void {
    const { transform } = this.#parts.migrated;
    const at = records - 1;
    for (const [rule, done] of this.#done(at)) transform?.noteMany(rule, done.records, [...done.losses]);
    const outcome = transform?.next(record, { record: () => this.#json(at) });
    const rule = outcome?.is === 'changed' ? outcome.rule : -1;
    if (rule !== this.#rewrite.rules[at] || outcome?.is === 'retired') throw wrong('another rule is for a record');
    this.#requireSame(outcome?.is === 'changed' ? outcome.record : this.#json(at), at, last);
  }

  /** What was done to the first records by each rule, in the order in which they first came. */
  #done(records: number): ReadonlyMap<number, Done> {
    const { lost, rules } = this.#rewrite;
    const all = new Map<number, Done>();
    for (let at = 0; at < records; ) {
      const [first, rule, of] = [at, rules[at] ?? -1, lost[at] ?? 0];
      while (at < records && lost[at] === of && rules[at] === rule) at++;
      this.#checkKind(first, rule, of);
      if (rule < 0) continue;
      const done = all.get(rule) ?? { records: 0, losses: new Map<number, number>() };
      all.set(rule, done);
      done.records += at - first;
      for (let bit = 0; of >>> bit > 0; bit++) {
        if ((of >>> bit) % 2 === 1) done.losses.set(bit, (done.losses.get(bit) ?? 0) + at - first);
      }
    }
    return all;
  }

  #checkKind(at: number, rule: number, lost: number): void {
    const kind = `${rule} ${lost}`;
    if (this.#seen.has(kind)) return;
    this.#seen.add(kind);
    const { bytes, start, end } = this.#source(at);
    if (this.#choose(bytes, start, end) !== rule) throw wrong('another rule is for a record');
    const json = this.#json(at);
    patched(json, this.#parts.rules[rule]?.patch ?? []);
    this.#requireSame(json, at, this.recordAt(this.#madeLine(at)));
  }

  /** A record of the baseline as JSON. */
  #json(at: number): JsonObject {
    const { bytes, start, end } = this.#source(at);
    return parseJson(nodePlatform, bytes, start, end) as JsonObject;
  }

  /** The simple way must lead to the line that was made; links come from the current side, and the engine has checked them. */
  #requireSame(json: JsonObject, at: number, { prev, hash }: EvidenceRecord): void {
    const members = new Map<string, Json>(json);
    if (this.#isRechained) members.set('prev', prev ?? null).set('hash', hash ?? '');
    const text = canonicalBytes(members);
    const { bytes, start, end } = this.#madeLine(at);
    if (!sameBytes(text, 0, text.length, bytes, start, end)) throw wrong('it makes another record than the rules');
  }
}

/** A line from `start` on, without its end. */
function lineOf(lines: Lines, start: number): Lines {
  return { ...lines, start, end: lines.end - (lines.commas ? 2 : 1) };
}

/** Then nothing that it said can be believed: no verdict may come of it. */
function wrong(how: string): RangeError {
  return new RangeError(`the batch engine is wrong: ${how} (EVIDENCE_DIFF_ENGINE=off does without it)`);
}

/**
 * Lines of a comparison through a migration that are taken many at once: of streams that no rule is for, what is expected
 * is the baseline itself, byte for byte. Three audits take them, those of both sides and that of what is expected.
 */
import type { SideAudit, SteadyStream } from '../core/audit/side-audit.ts';
import type { BatchEngine } from '../core/batch/batch-engine.ts';
import type { CleanBatch, RecordJudge } from '../core/judge/record-judge.ts';
import type { IdSet } from '../core/snapshot/id-set.ts';
import type { SteadyStreams } from './clean-lines.ts';
import type { OpenStreams } from './rewritten-lines.ts';

/** The bit of the baseline in what ids are remembered by. */
const BASELINE = 1;

export interface UntouchedParts {
  readonly engine: BatchEngine;
  readonly judge: RecordJudge;
  /** Of the baseline as it lies there, with what remembers its ids: by the same seed as those of the other two. */
  readonly own: SideAudit;
  readonly ownIds: IdSet;
  /** Called with how many records were taken as they are. */
  readonly onTaken: (records: number) => void;
}

export class UntouchedLines {
  readonly #parts: UntouchedParts;
  #own: SteadyStream | undefined;
  #expected: SteadyStream | undefined;
  /** Whether the trees of the two were the same before the batch. */
  #isOneTree = false;

  constructor(parts: UntouchedParts) {
    this.#parts = parts;
  }

  /** The open stream of the baseline and of the current side. */
  steady({ own, expected, current }: OpenStreams): SteadyStreams {
    this.#own = own;
    this.#expected = expected;
    const nodes = expected.range.nodes;
    this.#isOneTree = own.range.size === expected.range.size && own.range.nodes.every((node, at) => node === nodes[at]);
    return [own, current];
  }

  take(batch: CleanBatch): void {
    const { judge, own: audit, onTaken } = this.#parts;
    const [own, expected] = [this.#own, this.#expected];
    const [counted, last] = [batch.counts[0], batch.lasts[0]];
    if (own === undefined || expected === undefined) throw new RangeError('a batch was taken of no stream');
    if (counted !== undefined && last !== undefined) {
      this.#expect(counted.records, batch, own, expected);
      audit.appendBatch(counted, last);
      onTaken(counted.records);
    }
    judge.takeClean(batch);
  }

  /** What the baseline has of a batch is expected as well: its ids, and its leaves. */
  #expect(records: number, { alone }: CleanBatch, own: SteadyStream, { range }: SteadyStream): void {
    const { engine, ownIds } = this.#parts;
    const all = records + alone.length;
    const { ids } = engine;
    for (let at = 0; at < all; at++) {
      const isOwn = ((ids[2 * at + 1] ?? 0) & BASELINE) !== 0;
      if (isOwn) ownIds.addMany(ids.subarray(2 * at, 2 * at + 2), 1, own.ordered ? 'any' : 'ascending', BASELINE);
    }
    // The tree of the baseline has grown by them already.
    const { size } = range;
    range.growTo(size + records, this.#isOneTree ? own.range.nodes : engine.grow(size, range.nodes, all, records));
  }
}

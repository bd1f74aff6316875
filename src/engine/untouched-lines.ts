/**
 * Lines of a comparison through a migration that are taken many at once: of streams that no rule is for, what is expected
 * is the baseline itself, byte for byte. Three audits take them, those of both sides and that of what is expected.
 */
import type { SideAudit, SteadyStream } from '../core/audit/side-audit.ts';
import type { BatchEngine } from '../core/batch/batch-engine.ts';
import type { CleanBatch, RecordJudge } from '../core/judge/record-judge.ts';
import { fits } from '../core/migration/match.ts';
import type { MigrationRule } from '../core/migration/migration.ts';
import type { IdSet } from '../core/snapshot/id-set.ts';
import type { CleanLinesOptions, SteadyStreams } from './clean-lines.ts';

/** The bit of the baseline in what ids are remembered by. */
const BASELINE = 1;

export interface UntouchedParts {
  readonly engine: BatchEngine;
  readonly judge: RecordJudge;
  readonly rules: readonly MigrationRule[];
  /** Of the baseline as it lies there, with what remembers its ids: by the same seed as those of the other two. */
  readonly own: SideAudit;
  readonly ownIds: IdSet;
  /** Told how many records were taken as they are. */
  readonly onTaken: (records: number) => void;
}

export class UntouchedLines implements Pick<CleanLinesOptions, 'steady' | 'take'> {
  readonly #parts: UntouchedParts;
  #own: SteadyStream | undefined;
  #expected: SteadyStream | undefined;
  /** Whether the trees of the two were the same before the batch. */
  #isOneTree = false;

  constructor(parts: UntouchedParts) {
    this.#parts = parts;
  }

  /** The open stream of the baseline and of the current side; undefined if a rule may be for it. */
  readonly steady = (): SteadyStreams | undefined => {
    const { judge, own: audit, rules } = this.#parts;
    const [expected, current] = judge.steady ?? [];
    const own = expected === undefined ? undefined : audit.steady;
    if (expected === undefined || current === undefined || own === undefined) return undefined;
    const { tenant, stream } = expected;
    if (own.tenant !== tenant || own.stream !== stream) return undefined;
    if (rules.some(({ match }) => fits(match.tenant, tenant) && fits(match.stream, stream))) return undefined;
    // A rule may have given records of another stream of the tenant another type: what is taken must be known to all.
    if (own.types.size !== expected.types.size || ![...own.types.keys()].every((type) => expected.types.has(type))) {
      return undefined;
    }
    this.#own = own;
    this.#expected = expected;
    const nodes = expected.range.nodes;
    this.#isOneTree = own.range.size === expected.range.size && own.range.nodes.every((node, at) => node === nodes[at]);
    return [own, current];
  };

  readonly take = (batch: CleanBatch): void => {
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
  };

  /** What the baseline has of a batch is expected as well: its ids, and its leaves. */
  #expect(records: number, { alone }: CleanBatch, own: SteadyStream, { range }: SteadyStream): void {
    const { engine, ownIds } = this.#parts;
    const all = records + alone.length;
    const { ids } = engine;
    for (let at = 0; at < all; at++) {
      const isOwn = ((ids[2 * at + 1] ?? 0) & BASELINE) !== 0;
      if (isOwn) ownIds.addMany(ids.subarray(2 * at, 2 * at + 2), 1, own.ordered, BASELINE);
    }
    // The tree of the baseline has grown by them already.
    const { size } = range;
    range.growTo(size + records, this.#isOneTree ? own.range.nodes : engine.grow(size, range.nodes, all, records));
  }
}

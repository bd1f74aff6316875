/**
 * Lines of a comparison through a migration that are taken many at once: of each open stream, as they are where no rule is
 * for it (untouched-lines.ts), or as the rules for it make them (rewritten-lines.ts).
 */
import type { SideAudit } from '../core/audit/side-audit.ts';
import type { BatchEngine } from '../core/batch/batch-engine.ts';
import type { BatchedHashes } from '../core/custody/chain.ts';
import type { CleanBatch, RecordJudge } from '../core/judge/record-judge.ts';
import { isSpliceable } from '../core/migration/body-splice.ts';
import { isOfStream, membersAsked } from '../core/migration/match.ts';
import type { MigrationRule } from '../core/migration/migration.ts';
import type { Lines } from '../core/snapshot/byte-window.ts';
import type { IdSet } from '../core/snapshot/id-set.ts';
import type { CleanLinesOptions, LineSide, SteadyStreams } from './clean-lines.ts';
import type { MigratedBaseline } from './migrated-baseline.ts';
import { type OpenStreams, RewrittenLines } from './rewritten-lines.ts';
import type { Side } from './side.ts';
import { UntouchedLines } from './untouched-lines.ts';

/** Hashes of the chains of the baseline that were taken many at once: by the engine that has the lines of the open one. */
export class OwnHashes implements BatchedHashes {
  readonly #engine: BatchEngine;
  /** Which engine that is; all count the batches of the one. */
  now: BatchEngine;

  constructor(engine: BatchEngine) {
    this.#engine = engine;
    this.now = engine;
  }

  get batches(): number {
    return this.#engine.batches;
  }

  get recentBatches(): Uint32Array {
    return this.now.recentBatches;
  }

  isRecent(slot: number, hash: string): boolean {
    return this.now.isRecent(slot, hash);
  }
}

export interface MigratedParts {
  readonly engine: BatchEngine;
  /** Another one, if there can be one. */
  readonly ownEngine: () => BatchEngine | undefined;
  readonly hashes: OwnHashes;
  readonly judge: RecordJudge;
  readonly rules: readonly MigrationRule[];
  readonly side: Side;
  readonly current: Side;
  /** Of the baseline as it lies there, with what remembers its ids: by the same seed as those of the other two. */
  readonly own: SideAudit;
  readonly ownIds: IdSet;
  readonly migrated: MigratedBaseline;
}

/** How the records of a stream are taken: many at once, as they are or as rules make them, or one by one. */
type Way = 'untouched' | 'rewritten' | 'single';

export class MigratedLines implements CleanLinesOptions {
  readonly engine: BatchEngine;
  readonly ids: IdSet;
  readonly sides: readonly [LineSide, LineSide];
  readonly #parts: MigratedParts;
  readonly #untouched: UntouchedLines;
  #rewritten: RewrittenLines | undefined;
  #place: { readonly tenant: string; readonly stream: string; readonly way: Way } | undefined;
  #open: OpenStreams | undefined;

  /** @param ids - what remembers the ids of what is expected, and of the current side */
  constructor(parts: MigratedParts, ids: IdSet) {
    const { engine, side, current, migrated } = parts;
    this.#parts = parts;
    this.engine = engine;
    this.ids = ids;
    this.sides = [this.#sideOf(side), current];
    const onTaken = (records: number): void => migrated.marks.expectMany(records);
    this.#untouched = new UntouchedLines({ ...parts, onTaken });
  }

  #sideOf(side: Side): LineSide {
    const { reader, bit } = side;
    const rewritten = (): RewrittenLines | undefined => (this.#isRewritten ? this.#rewritten : undefined);
    return {
      bit,
      get isPicky() {
        return side.isPicky;
      },
      get header() {
        return side.header;
      },
      reader: {
        lines: (most) => this.#lines(most),
        recordAt: (line) => (rewritten() ?? reader).recordAt(line),
        takeLines: (end, count, last) =>
          rewritten() === undefined ? reader.takeLines(end, count, last) : rewritten()?.takeLines(count),
      },
    };
  }

  get #isRewritten(): boolean {
    return this.#place?.way === 'rewritten';
  }

  #lines(most: number): Lines | undefined {
    this.#open = this.#openStreams();
    if (this.#open === undefined) return undefined;
    const way = this.#wayOf(this.#open.expected);
    if (way === 'single') return undefined;
    return way === 'untouched' ? this.#parts.side.reader.lines() : this.#rewritten?.lines(this.#open, most);
  }

  /** The stream that is open on all three; undefined if its records come one by one. */
  #openStreams(): OpenStreams | undefined {
    const { judge, own: audit } = this.#parts;
    const [expected, current] = judge.steady ?? [];
    const own = expected === undefined ? undefined : audit.steady;
    if (expected === undefined || current === undefined || own === undefined) return undefined;
    if (own.tenant !== expected.tenant || own.stream !== expected.stream) return undefined;
    // A rule may have given records of another stream of the tenant another type: what is taken must be known to all.
    if (own.types.size !== expected.types.size || ![...own.types.keys()].every((type) => expected.types.has(type))) {
      return undefined;
    }
    return { own, expected, current };
  }

  #wayOf({ tenant, stream }: OpenStreams['expected']): Way {
    const known = this.#place;
    if (known?.stream === stream && known.tenant === tenant) return known.way;
    const { rules, engine, hashes } = this.#parts;
    const own = rules.filter((rule) => isOfStream(rule, { tenant, stream }));
    const asked = own.some(isSpliceable) ? membersAsked(own) : undefined;
    const rewritten = asked === undefined ? undefined : this.#rewriting();
    rewritten?.enter({ rules: own.map((rule) => rules.indexOf(rule)), asked: asked ?? [] });
    const way = own.length === 0 ? 'untouched' : rewritten === undefined ? 'single' : 'rewritten';
    hashes.now = (way === 'rewritten' ? this.#ownEngine : undefined) ?? engine;
    this.#place = { tenant, stream, way };
    return way;
  }

  #ownEngine: BatchEngine | undefined;

  /** What makes lines by rules; undefined where there can be no other engine. */
  #rewriting(): RewrittenLines | undefined {
    if (this.#rewritten !== undefined) return this.#rewritten;
    const { ownEngine: another, current, ...parts } = this.#parts;
    this.#ownEngine = another();
    if (this.#ownEngine === undefined) return undefined;
    this.#rewritten = new RewrittenLines({ ...parts, ownEngine: this.#ownEngine, current: current.reader });
    return this.#rewritten;
  }

  readonly steady = (): SteadyStreams | undefined => {
    const [open, rewritten] = [this.#open, this.#rewritten];
    if (open === undefined) return undefined;
    return this.#isRewritten ? rewritten?.steady(open) : this.#untouched.steady(open);
  };

  readonly confirm = (records: number): number => {
    return this.#isRewritten ? (this.#rewritten?.confirm(records) ?? 0) : records;
  };

  readonly take = (batch: CleanBatch): void => {
    if (!this.#isRewritten) {
      this.#untouched.take(batch);
      return;
    }
    const [counted, last] = [batch.counts[0], batch.lasts[0]];
    if (counted !== undefined && last !== undefined) this.#rewritten?.take(counted.records, last);
    this.#parts.judge.takeClean(batch);
  };
}

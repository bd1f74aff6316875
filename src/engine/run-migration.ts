/** The migration of one comparison: found, bound to the baseline, applied, and what came of it. */

import type { SideFault } from '../core/audit/side-audit.ts';
import type { BatchEngine } from '../core/batch/batch-engine.ts';
import { EvidenceError } from '../core/errors.ts';
import type { Findings } from '../core/judge/findings.ts';
import type { RecordJudge } from '../core/judge/record-judge.ts';
import type { ReadSide } from '../core/judge/report-builder.ts';
import type { FindingKind } from '../core/kinds.ts';
import { withColumnsOfRules } from '../core/migration/columns-read.ts';
import { type KnownFault, keepsOrder, type Migration } from '../core/migration/migration.ts';
import { holdsIn } from '../core/migration/transform.ts';
import type { Hash } from '../core/platform.ts';
import type { DemandLedger, OpenDemand } from '../core/report/demands.ts';
import type { MigrationReport, MigrationSignature } from '../core/report/migration-report.ts';
import type { SnapshotHeader } from '../core/snapshot/header.ts';
import type { IdSet } from '../core/snapshot/id-set.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { counted } from '../core/words.ts';
import { MigratedBaseline, type MigratedOptions } from './migrated-baseline.ts';
import { MigratedLines, OwnHashes } from './migrated-lines.ts';
import { batchEngineFor } from './node-engines.ts';
import type { Side } from './side.ts';

/** The migration under which two sides are compared, as it was found. */
export interface GivenMigration {
  /** The name by which it was given. */
  readonly asked: string;
  readonly sha256: Hash | null;
  /** Undefined if it cannot be used: then `faults` say why, and nothing is compared. */
  readonly migration: Migration | undefined;
  readonly faults: readonly MigrationFault[];
  readonly signature: MigrationSignature | null;
  /** What was not checked of it. */
  readonly notes: readonly string[];
  /** Whether it is a proposal that nobody has declared: what fits it is continuous under nothing. */
  readonly isDraft?: boolean;
  /** Whether every record is made the simple way, which is the oracle of the short one: for tests. */
  readonly simply?: boolean;
}

export interface MigrationFault {
  readonly kind: FindingKind;
  readonly message: string;
}

type Excuse = KnownFault | 'erased' | undefined;

/** What a report says of a migration, and of what was not checked of it. */
export interface MigrationOutcome {
  readonly report: MigrationReport;
  readonly retired: number;
  /** Records that were read and have not come out. */
  readonly pending: number;
  readonly notes: readonly string[];
}

const UNUSED = {
  expected: null,
  rules: [],
  retired: 0,
  stubs: 0,
  erased: { records: 0, hashesNotRecomputed: 0 },
  moved: 0,
  dropped: [],
  known: { listed: 0, baseline: 0, current: 0 },
};

/** The migration of a comparison that is made under `given`. */
export function underMigration(given: GivenMigration): (demands: DemandLedger, findings: Findings) => RunMigration {
  return (demands, findings) => new RunMigration(given, demands, findings);
}

export class RunMigration {
  readonly #given: GivenMigration;
  readonly #demand: OpenDemand;
  readonly #findings: Findings;
  /** Undefined where it cannot be used. */
  baseline: MigratedBaseline | undefined;

  constructor(given: GivenMigration, ledger: DemandLedger, findings: Findings) {
    this.#given = given;
    this.#demand = ledger.open('migration', given.asked);
    this.#findings = findings;
  }

  /**
   * Takes its place before the baseline.
   *
   * @param ownIds - what remembers the ids of the baseline as it lies there: by the same seed as `options.ids`
   */
  attach(
    side: Side,
    options: Omit<MigratedOptions, 'migration' | 'signed' | 'simply' | 'findings'>,
    ownIds: IdSet,
  ): void {
    const { migration, signature, simply = false } = this.#given;
    if (migration === undefined) return;
    const signed = signature !== null;
    this.baseline = new MigratedBaseline(side, { ...options, migration, signed, simply, findings: this.#findings });
    this.#own = { side, ids: ownIds };
  }

  #own: { readonly side: Side; readonly ids: IdSet } | undefined;
  #hashes: OwnHashes | undefined;

  /** What remembers hashes of the baseline that were taken many at once. */
  hashesOf(engine: BatchEngine | undefined): OwnHashes | undefined {
    this.#hashes = engine === undefined ? undefined : new OwnHashes(engine);
    return this.#hashes;
  }

  /** How lines are taken many at once; undefined where nothing is compared. */
  linesOf(engine: BatchEngine, judge: RecordJudge, current: Side, ids: IdSet): MigratedLines | undefined {
    const { baseline: migrated } = this;
    const { rules } = this.#given.migration ?? {};
    const own = this.#own?.side.audit;
    const hashes = this.#hashes;
    if (migrated === undefined || rules === undefined || this.#own === undefined) return undefined;
    if (own === undefined || hashes === undefined) return undefined;
    const { side, ids: ownIds } = this.#own;
    const ownEngine = (): BatchEngine | undefined => batchEngineFor([side.source, current.source]);
    return new MigratedLines({ engine, ownEngine, hashes, judge, rules, side, current, own, ownIds, migrated }, ids);
  }

  /** What the current side is read against: of a table the columns that the baseline had, and those that rules bring. */
  readAgainst(baseline: SnapshotHeader): SnapshotHeader {
    const { migration } = this.#given;
    return migration === undefined
      ? baseline
      : { ...baseline, subject: withColumnsOfRules(migration, baseline.subject) };
  }

  /** Whether each record must come by itself: it is sorted, cannot be used, or what is on hold is looked for in it. */
  mustSeeEach(baseline: SnapshotHeader | undefined): boolean {
    const { migration, simply = false } = this.#given;
    if (migration === undefined || simply || !keepsOrder(migration)) return true;
    const retires = migration.rules.some(({ retire }) => retire !== undefined);
    return retires && holdsIn(baseline?.subject ?? {}).attribute !== undefined;
  }

  /** What is proven, where it has touched something. */
  relationOf(place?: { readonly tenant: string; readonly stream: string }): 'migrated' | 'unknown' | undefined {
    if (this.baseline?.marks.hasTouched(place) !== true) return undefined;
    return this.#given.isDraft === true ? 'unknown' : 'migrated';
  }

  excuseOf(side: 'baseline' | 'current'): (fault: SideFault) => Excuse {
    return (fault) => {
      const { baseline } = this;
      if (side === 'baseline') return baseline?.marks.knownOfBaseline(fault);
      return baseline?.marks.isErased(fault) === true ? 'erased' : baseline?.marks.knownOfCurrent(fault);
    };
  }

  /**
   * What sees the records of the current side as they come: where stubs are left, what must not be there any longer.
   *
   * @param also - what is to see them as well
   */
  watching(also?: (record: EvidenceRecord) => void): ((record: EvidenceRecord) => void) | undefined {
    if (this.#given.migration?.rules.some(({ retire }) => retire?.leave === 'stubs') !== true) return undefined;
    return (record) => {
      this.baseline?.marks.checkStub(record);
      also?.(record);
    };
  }

  /** Names what is wrong with it; where it cannot be used, or a side has no records, nothing is compared. */
  start(baseline: Side, current: Side): void {
    for (const { kind, message } of this.#given.faults) this.#findings.add('baseline', { kind, message });
    if (this.#given.migration === undefined) {
      baseline.reader.fail(new EvidenceError('proof-unavailable', 'without its migration nothing is compared'));
      return;
    }
    for (const side of [baseline, current]) {
      if (!side.isSummary) continue;
      const reason = 'a migration is proven record by record, and a summary has none';
      side.reader.fail(new EvidenceError('proof-unavailable', reason, { advice: 'compare snapshots with records' }));
    }
  }

  /** Holds it to the baseline that it was made for; to be called when both were read. */
  bind({ sha256, complete }: ReadSide): void {
    const { migration } = this.#given;
    if (migration === undefined || sha256 === migration.baseline || (sha256 === null && !complete)) return;
    const is = sha256 === null ? 'this one is no file' : `this one has ${sha256}`;
    const message = `migration: it was made for a baseline with the SHA-256 ${migration.baseline}, ${is}`;
    this.#findings.add('baseline', { kind: 'subject-mismatch', message });
  }

  /** Says what came of it, when everything was judged. */
  settle(): void {
    if (this.#given.faults.length > 0) this.#demand.refuted(this.#given.faults[0]?.message ?? '');
    else if (this.#findings.has('UNTRUSTED'))
      this.#demand.refuted('the baseline, or the migration, cannot be believed');
    else if (this.#findings.has('FAIL')) this.#demand.refuted('the current side is not what it makes of the baseline');
    else if (this.#findings.has('INCOMPLETE')) this.#demand.impossible('not everything could be read and compared');
    else this.#demand.held();
  }

  /** @param read - the baseline as it was read */
  outcome(read: ReadSide): MigrationOutcome {
    const { asked, sha256, signature, notes, migration } = this.#given;
    const about = {
      name: asked,
      sha256,
      upgrade: migration?.upgrade ?? null,
      from: migration?.from ?? null,
      to: migration?.to ?? null,
      signature,
    };
    const done = this.baseline?.report(read.summary) ?? UNUSED;
    const idle = done.rules.filter(({ records }) => records === 0).map(({ name }) => name);
    const { listed, baseline } = done.known;
    return {
      report: { ...about, ...done },
      retired: done.retired,
      pending: this.baseline?.pending(read.summary, read.complete) ?? 0,
      notes: [
        ...notes,
        ...(idle.length === 0 ? [] : [`rules of the migration that were for no record: ${idle.join(', ')}`]),
        ...(baseline < listed
          ? [`${counted(listed - baseline, 'fault')} that the migration calls known, and the baseline has not`]
          : []),
        ...(this.baseline?.holdDoubts() ?? []),
        ...(done.erased.hashesNotRecomputed === 0
          ? []
          : [
              `${counted(done.erased.hashesNotRecomputed, 'hash', 'hashes')} of records from which the migration has erased something`,
            ]),
      ],
    };
  }
}

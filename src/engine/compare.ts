/**
 * Marches two sources in lock step and judges what comes: the only place that waits.
 *
 * Both sides are read to their end whatever is found, each is audited by itself, and a side that cannot be read on ends
 * the comparison, not the audit of the other: the report lists findings of all classes.
 */
import { randomInt } from 'node:crypto';
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import type { SideAudit } from '../core/audit/side-audit.ts';
import type { BatchEngine } from '../core/batch/batch-engine.ts';
import { RecipeBook } from '../core/custody/declared.ts';
import { RecordMemo } from '../core/custody/recipes.ts';
import { Findings } from '../core/judge/findings.ts';
import { type CleanBatch, RecordJudge } from '../core/judge/record-judge.ts';
import { buildReport, type ReadSide } from '../core/judge/report-builder.ts';
import { SideFaults } from '../core/judge/side-faults.ts';
import type { Observers, OnAdded } from '../core/judge/stream-judge.ts';
import { type SummaryCase, SummaryJudge, settleRoots } from '../core/judge/summary-judge.ts';
import { RECORD_SHARE } from '../core/limits.ts';
import { NodeMemo } from '../core/merkle/tree.ts';
import { present } from '../core/present.ts';
import { countByOfBoth } from '../core/report/count-by.ts';
import { partFinding } from '../core/report/headline.ts';
import type { PartStatement } from '../core/report/part-report.ts';
import type { ContinuityReport, TrustOutcome } from '../core/report/report.ts';
import { compareSubjects } from '../core/report/subjects.ts';
import { type ChainRule, chainRuleOf, currentRuleOf, type SnapshotHeader } from '../core/snapshot/header.ts';
import { IdSet } from '../core/snapshot/id-set.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { placeKey, SummaryMemo } from '../core/snapshot/summary.ts';
import { orderedSizes } from '../core/snapshot/trailer.ts';
import type { LegacyRoots } from '../legacy-roots/check.ts';
import { CleanLines, cleanLinesOf, growthLines, type SteadyStreams } from './clean-lines.ts';
import type { CompareOptions, SourceFacts } from './compare-options.ts';
import { batchEngineFor, nodeDigests } from './node-engines.ts';
import { FINDINGS_BYTES, nodePlatform } from './node-platform.ts';
import { aborted, progressOf, startRun } from './run.ts';
import { openSides, partOf, RunDemands, vouchedFor } from './run-demands.ts';
import type { MigrationOutcome, RunMigration } from './run-migration.ts';
import { Side } from './side.ts';
import type { JudgedBaseline } from './side-reader.ts';

export type { CompareOptions, SourceFacts };

/** Of a baseline that nobody was asked to vouch for. */
const UNSIGNED: TrustOutcome = { findings: [], signature: null };

class Comparison {
  readonly #options: CompareOptions;
  readonly #findings: Findings;
  readonly #faults: SideFaults;
  readonly #baseline: Side;
  readonly #current: Side;
  readonly #facts: SourceFacts;
  readonly #legacy: LegacyRoots | undefined;
  readonly #demands: RunDemands;
  readonly #recipes: RecipeBook;
  readonly #migration: RunMigration | undefined;
  /** The baseline as it is judged: as it was read, or what the migration makes of it. */
  readonly #judged: JudgedBaseline;
  readonly #ids: IdSet;
  #records: RecordJudge | undefined;
  /** Takes records many at once, where that can be. */
  #clean: CleanLines | undefined;
  /** Likewise of the current side alone, behind what the baseline has of a stream. */
  #growth: CleanLines | undefined;
  #interrupted = false;
  /** Where both sides are one shard of their wholes. */
  #part: PartStatement | undefined;

  constructor(baseline: EvidenceSource, current: EvidenceSource, options: CompareOptions, facts: SourceFacts) {
    this.#options = options;
    this.#facts = facts;
    this.#demands = new RunDemands({ ...options, ...facts });
    this.#findings = new Findings(options.mode ?? 'append', options.maxFindings ?? 1000, FINDINGS_BYTES);
    const seed = randomInt(2 ** 32);
    const ids = new IdSet(seed);
    this.#ids = ids;
    this.#faults = new SideFaults(this.#findings, (at) => this.#migration?.baseline?.marks.hasTouched(at) === true);
    this.#recipes = new RecipeBook(nodeDigests, options.chainKeys);
    const shared = {
      platform: nodePlatform,
      findings: this.#findings,
      faults: this.#faults,
      nodeMemo: new NodeMemo(nodePlatform),
      recordMemo: new RecordMemo(nodePlatform),
      summaryMemo: new SummaryMemo(),
      recipes: this.#recipes,
    };
    this.#legacy = facts.legacyRoots?.(nodePlatform, this.#demands.ledger);
    const migration = facts.migration?.(this.#demands.ledger, this.#findings);
    const excusing = (side: 'baseline' | 'current') =>
      migration === undefined ? {} : { excuse: migration.excuseOf(side) };
    // What is expected shares its ids with the current side, as the baseline does where it is judged itself.
    const own = migration === undefined ? ids : new IdSet(seed);
    const watched = { ...this.#legacy?.watching('baseline'), ...excusing('baseline') };
    this.#baseline = new Side(baseline, { ...shared, ids: own, ...watched, side: 'baseline' });
    const onRecord = migration?.watching(facts.onRecord) ?? facts.onRecord;
    const observer = this.#legacy?.watching('current', onRecord) ?? present({ onRecord });
    const watching = { ...observer, ...excusing('current') };
    this.#current = new Side(current, { ...shared, ids, ...watching, side: 'current' });
    migration?.attach(this.#baseline, { ...shared, ids }, own);
    this.#migration = migration;
    this.#judged = migration?.baseline ?? this.#baseline;
  }

  async run(): Promise<Omit<ContinuityReport, 'run'>> {
    try {
      return await this.#run();
    } finally {
      await this.#migration?.baseline?.close();
    }
  }

  async #run(): Promise<Omit<ContinuityReport, 'run'>> {
    await Promise.race([this.#read(), aborted(this.#options.signal)]);
    this.#interrupted ||= this.#options.signal?.aborted ?? false;
    if (this.#interrupted) this.#records?.stop();
    else this.#records?.finish();
    await this.#baseline.finish(this.#interrupted);
    await this.#current.finish(this.#interrupted);
    this.#faults.settle();
    this.#migration?.baseline?.finish(this.#baseline.read().complete);
    if (this.#interrupted) {
      this.#findings.add('both', { kind: 'interrupted', message: 'the run was interrupted before its end' });
    }
    this.#checkTrust();
    return this.#report();
  }

  async #read(): Promise<void> {
    const against = (header: SnapshotHeader): SnapshotHeader => this.#migration?.readAgainst(header) ?? header;
    this.#subjectNotes = await openSides(this.#baseline, this.#current, against);
    this.#part = partOf(this.#baseline, this.#current);
    this.#start();
    this.#migration?.start(this.#baseline, this.#current);
    await this.#march();
  }

  #start(): void {
    const baseline = this.#baseline;
    const current = this.#current;
    const baselineHeader = baseline.header;
    const ruleOf = (stream: string) =>
      baselineHeader === undefined ? undefined : chainRuleOf(baselineHeader.chains, stream);
    this.#compareSubjects();
    const byRecords = !baseline.isSummary && !current.isSummary;
    const countBy = countByOfBoth(baselineHeader?.subject ?? {}, current.header?.subject ?? {});
    // What counts must see each record, and so must some migrations.
    const mayTake = countBy.length === 0 && this.#migration?.mustSeeEach(baselineHeader) !== true;
    const taken = byRecords ? [baseline, current] : baseline.isSummary ? [current] : [];
    const engine = mayTake ? batchEngineFor(taken.map(({ source }) => source)) : undefined;
    const audit = baseline.startAudit(ruleOf, undefined, this.#migration?.hashesOf(engine) ?? engine, countBy);
    const watched = baseline.isSummary
      ? (tenant: string, stream: string) => this.#baselineSize(tenant, stream)
      : undefined;
    const migrated = this.#migration?.baseline;
    const currentAudit = current.startAudit(this.#currentRule(), watched, engine, countBy);
    const judgedAudit = migrated?.start(baselineHeader, engine) ?? audit;
    if (!byRecords) {
      if (engine !== undefined) this.#clean = this.#cleanAlone(engine, currentAudit);
      return;
    }
    const observers = this.#observers(baselineHeader);
    const judge = new RecordJudge(nodePlatform, this.#findings, judgedAudit, currentAudit, observers);
    this.#records = judge;
    if (engine !== undefined) this.#clean = this.#cleanPair(engine, judge);
  }

  #observers(baseline: SnapshotHeader | undefined): Observers {
    const { onAdded, onChanged } = this.#facts;
    const migrated = this.#migration?.baseline;
    if (migrated === undefined && onAdded === undefined) return { onChanged };
    const added: OnAdded = (record) => {
      migrated?.checkAdded(record);
      onAdded?.(record, baseline?.capturedAt ?? undefined);
    };
    return { onAdded: added, onChanged };
  }

  #cleanPair(engine: BatchEngine, judge: RecordJudge): CleanLines {
    const take = (batch: CleanBatch): void => judge.takeClean(batch);
    const sides = [this.#baseline, this.#current] as const;
    const countsAlone = ([, second]: SteadyStreams): boolean =>
      second !== undefined && judge.countsGrowth(second.previous);
    const options = { engine, sides, ids: this.#ids, steady: () => judge.steady, countsAlone, take };
    if (this.#migration === undefined) this.#growth = growthLines(engine, sides, this.#ids, judge);
    return new CleanLines(this.#migration?.linesOf(engine, judge, this.#current, this.#ids) ?? options);
  }

  /** The current side alone, where the baseline has no records. */
  #cleanAlone(engine: BatchEngine, audit: SideAudit): CleanLines {
    return cleanLinesOf(engine, this.#current, audit, this.#ids, ({ leafOf, idOf }, count, last) => {
      this.#facts.index?.takeMany(last, count, leafOf, idOf);
    });
  }

  /** By which rule a chain of the current side is checked. */
  #currentRule(): (stream: string, tenant: string) => ChainRule | undefined {
    const [was, is] = [this.#baseline.header, this.#current.header];
    const migrated = this.#migration?.baseline;
    if (migrated === undefined) return currentRuleOf(was, is);
    return (stream, tenant) => migrated.currentRule(tenant, stream, is?.chains ?? new Map());
  }

  #subjectNotes: readonly string[] = [];

  #compareSubjects(): void {
    const { findings, notes } = compareSubjects(
      this.#baseline.header?.subject ?? {},
      this.#current.header?.subject ?? {},
    );
    this.#demands.settleSchema(this.#findings, findings);
    this.#subjectNotes = [...notes, ...this.#subjectNotes];
  }

  #sizes: ReadonlyMap<string, number> | undefined;

  /** Sizes that a baseline without records states; read from its trailer, which comes before the first record here. */
  #baselineSize(tenant: string, stream: string): number | undefined {
    this.#sizes ??= orderedSizes(this.#baseline.trailer);
    return this.#sizes.get(placeKey({ tenant, stream }));
  }

  async #march(): Promise<void> {
    // A summary has no records: read it whole first, since its sizes are wanted while the other side streams by.
    for (const side of [this.#baseline, this.#current]) if (side.isSummary) await this.#readWhole(side);
    for (;;) {
      this.#clean?.take();
      this.#growth?.take();
      // Asked first without waiting: a record must not cost a promise.
      if (!this.#judged.frame() && !(await this.#framed(this.#judged))) return;
      if (!this.#current.frame() && !(await this.#framed(this.#current))) return;
      if (!this.#decode()) return;
      this.#step();
    }
  }

  /** Decodes what each side has at hand; false if there is nothing left on either. */
  #decode(): boolean {
    const baseline = this.#judged;
    const current = this.#current;
    baseline.decode();
    current.decode(baseline);
    if (baseline.failed || current.failed) this.#records?.stop();
    return baseline.record !== undefined || current.record !== undefined;
  }

  async #readWhole(side: Side): Promise<void> {
    for (;;) {
      if (!(await this.#framed(side))) return;
      side.decode();
      if (side.record === undefined) return;
    }
  }

  /** Waits until a side has its next record at hand, or is at its end; false if the run was interrupted. */
  async #framed(side: Pick<JudgedBaseline, 'frame' | 'fill'>): Promise<boolean> {
    while (!this.#interrupted && !side.frame()) {
      await side.fill();
      this.#interrupted ||= this.#options.signal?.aborted ?? false;
      this.#options.onProgress?.(progressOf(this.#baseline, this.#current));
    }
    return !this.#interrupted;
  }

  #step(): void {
    const baseline = this.#judged;
    const current = this.#current;
    const judge = this.#records;
    if (judge === undefined) {
      const { record } = current;
      const faulty = current.bodyFaulty;
      if (baseline.record !== undefined) baseline.audit?.append(baseline.record);
      if (current.record !== undefined) current.audit?.append(current.record);
      if (record !== undefined) this.#facts.index?.take(record, faulty);
      if (faulty && record !== undefined) this.#countBodyFault(record);
      baseline.take();
      current.take();
      return;
    }
    const taken = judge.step(baseline.record, current.record, {
      baseline: () => baseline.json(RECORD_SHARE),
      current: () => current.json(RECORD_SHARE),
      baselineBodyFaulty: baseline.bodyFaulty,
      currentBodyFaulty: current.bodyFaulty,
    });
    if (taken !== 'current') baseline.take();
    if (taken !== 'baseline') current.take();
  }

  readonly #bodyFaults: Map<string, number> = new Map();

  /** Of a stream in which records cannot be compared one by one, those that the baseline has as well are counted. */
  #countBodyFault(record: EvidenceRecord): void {
    const size = this.#baselineSize(record.tenant, record.stream) ?? Number.POSITIVE_INFINITY;
    if ((this.#current.audit?.streamSize ?? 0) > size) return;
    const key = placeKey(record);
    this.#bodyFaults.set(key, (this.#bodyFaults.get(key) ?? 0) + 1);
  }

  #trust: TrustOutcome = UNSIGNED;

  #checkTrust(): void {
    const { trust } = this.#facts;
    this.#demands.settle(this.#findings, this.#baseline.read(), this.#interrupted);
    if (!this.#interrupted) this.#migration?.bind(this.#baseline.read());
    this.#demands.settleTimes(this.#findings, this.#baseline.header, this.#current.header);
    this.#trust = trust?.(vouchedFor(this.#baseline), this.#interrupted) ?? UNSIGNED;
    for (const { kind, message } of this.#trust.findings) this.#findings.add('baseline', { kind, message });
  }

  /** The baseline, with what its bare roots stand for where the current side proves it. */
  #settled(baseline: ReadSide, current: ReadSide): ReadSide {
    if (!baseline.complete || !current.complete) return baseline;
    const settling = { platform: nodePlatform, findings: this.#findings };
    return { ...baseline, summary: settleRoots(settling, baseline.summary, current.summary) };
  }

  #report(): Omit<ContinuityReport, 'run'> {
    const current = this.#current.read();
    const baseline = this.#settled(this.#baseline.read(), current);
    const inOrder = this.#baseline.inOrder && this.#current.inOrder;
    this.#demands.settleGrowth(this.#findings, baseline, current);
    this.#demands.settleKeys(this.#findings, this.#recipes, this.#part !== undefined);
    if (this.#part !== undefined) this.#findings.add('both', partFinding(this.#part));
    const summary = this.#judged.summary(baseline.summary);
    const proven = this.#demands.provenHeads(summary, current.summary);
    const judged = new SummaryJudge(this.#findings, {
      baseline: summary,
      current: current.summary,
      complete: baseline.complete && current.complete && inOrder,
      isPart: this.#part !== undefined,
      inOrder,
      records: this.#records,
      watchedHead: (tenant, stream) => this.#current.audit?.watchedHead({ tenant, stream }) ?? proven(tenant, stream),
      bodyFaults: (tenant, stream) => this.#bodyFaults.get(placeKey({ tenant, stream })) ?? 0,
      ...present({
        indexed: this.#facts.index?.settle(this.#findings, baseline, current, this.#records !== undefined),
      }),
      faultyChains: this.#faults.faultyChains,
      ...this.#migrated(),
    }).judge();
    return buildReport({
      mode: this.#findings.mode,
      part: this.#part,
      baseline,
      current,
      overflowed: this.#records?.overflowed === true,
      judged,
      findings: this.#findings,
      subjectNotes: [...this.#subjectNotes, ...this.#demands.timeNotes],
      trust: this.#trust,
      demands: this.#demands.ledger,
      sameAllowed: this.#options.allowSame === true,
      // After the judge: what it says of streams and tenants is about the two sides, not about what others published.
      legacy: this.#legacy?.conclude(this.#findings, baseline, current),
      migration: this.#settleMigration(baseline),
    });
  }

  #migrated(): Pick<SummaryCase, 'migrated'> {
    const migrated = this.#migration?.baseline;
    return migrated === undefined ? {} : { migrated: (place) => this.#migration?.relationOf(place) };
  }

  /** Last of all: it holds if nothing was found. */
  #settleMigration(baseline: ReadSide): MigrationOutcome | undefined {
    this.#findings.conclude();
    this.#migration?.settle();
    return this.#migration?.outcome(baseline);
  }
}

/**
 * Compares two sources and closes them.
 *
 * @returns the report; whatever could not be read is a finding in it
 * @throws RangeError or TypeError if the program itself is wrong: no verdict may come of it
 */
export async function compareSources(
  baseline: EvidenceSource,
  current: EvidenceSource,
  options: CompareOptions = {},
  facts: SourceFacts = {},
): Promise<ContinuityReport> {
  const stopRun = startRun();
  try {
    const report = await new Comparison(baseline, current, options, facts).run();
    return { ...report, run: stopRun() };
  } finally {
    facts.index?.close();
    await baseline.close();
    await current.close();
  }
}

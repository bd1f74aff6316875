/**
 * Functions of verbs that most programs have no use for. What does the work is loaded when one is called: schemas, fonts and
 * the runbook take a while to load, and who compares needs none of them. Keys, proofs and logs: on-demand-trust.ts.
 */

import type { AuditReport } from '../audit-report/tally.ts';
import type { ContinuityReport } from '../core/report/report.ts';
import type { SnapshotCapture } from '../engine/capture.ts';
import type { ReadRecord } from '../engine/prove.ts';
import type { GateDecision } from '../runbook/cutover/decide-cutover.ts';
import type { GateName } from '../runbook/cutover/gates.ts';
import type { Appended } from '../runbook/journal/append-entry.ts';
import type { ProfileCheck } from '../sources/postgres/check-profile.ts';
import type { HeldSnapshot } from '../sources/postgres/held-name.ts';
import type { Profile, ProfileInput } from '../wire/profile.ts';
import type { ProfileInput2 } from '../wire/profile-items.ts';
import type { ResumedCapture } from './capture-snapshot.ts';
import type { Explained, ExplainOptions } from './explain.ts';
import type { ProposedProfile } from './init.ts';
import type { JournalAction, JournalCheck, ShownJournal } from './journal.ts';
import type { SchemaName } from './json-schemas.ts';
import type { MetricsOf } from './metrics.ts';
import type { Migrated } from './migrated.ts';
import type { SourceOptions } from './open-source.ts';
import type {
  AuditReportOptions,
  ImportRecordsOptions,
  InitOptions,
  MetricsOptions,
  MigrateOptions,
  ReindexOptions,
} from './options.ts';
import type { BuiltInProfile } from './profiles.ts';
import type { ReindexCheck } from './reindex-check.ts';
import type { RenderOptions } from './render-report.ts';
import type { GateOptions, JournalEntryOptions, JournalOptions } from './runbook-options.ts';
import type { HoldOptions, MergeOptions } from './shards.ts';
/**
 * What was recorded in a source since a time, and whether its evidence holds. Each source is read once.
 *
 * @param name - path of a snapshot or a bundle, `postgres://…`, or `-`
 * @returns the report, for `renderReport`; with `baseline` its verdict is that of the comparison, which is in it
 * @throws TypeError if `since` is no time; for `trust` or `expectDigest` without `baseline`; for an option that there is
 *   not, or that is not what it must be
 * @throws EvidenceError if a profile cannot be read, or the journal does not hold (`input-malformed`)
 */
export async function auditReport(name: string, options: AuditReportOptions): Promise<AuditReport> {
  return (await import('./audit-report.ts')).auditReport(name, options);
}

/**
 * Writes what a migration makes of a baseline as a snapshot, the expected state; or, with `dryRun`, says whether evidence has
 * to be migrated, and drafts a migration from what changed. No store is written to.
 *
 * @returns what was written, or what is needed; what does not fit is a finding in it, never an exception
 * @throws TypeError unless it is one of the two; for an option that there is not, or that is not what it must be
 * @throws EvidenceError if the migration, or a file that it names, cannot be read, or the snapshot not be written
 */
export async function migrate(options: MigrateOptions): Promise<Migrated> {
  return (await import('./migrate.ts')).migrate(options);
}

/**
 * What changed, in groups, the rarest first, and where it is concentrated.
 *
 * @param name - path of a continuity report in JSON; or, with `current`, the baseline, as `compare` takes it
 * @param current - what is there now: both are compared first
 * @throws TypeError for an option that there is not, that is not what it must be, or that is for two sources and there is a report
 * @throws EvidenceError if the report cannot be read, or contradicts itself; if a profile cannot be read
 */
export async function explain(name: string, current?: string, options: ExplainOptions = {}): Promise<Explained> {
  return (await import('./explain.ts')).explain(name, current, options);
}

/**
 * Whether a reindex has kept what it may not change: each record by tenant, stream and id, with its type and the digest of
 * its payload, though roots, links and order may differ. Each side is audited by itself as well.
 *
 * @param baseline - from before: path of a snapshot or a bundle, `postgres://…`, or `-`
 * @param source - what is there now, likewise
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws EvidenceError if a profile cannot be read
 */
export async function reindexCheck(
  baseline: string,
  source: string,
  options: ReindexOptions = {},
): Promise<ReindexCheck> {
  return (await import('./reindex-check.ts')).reindexCheck(baseline, source, options);
}

/**
 * Reads evidence that others wrote in files, by a profile of version 2; audits it, and writes a snapshot of it.
 *
 * @param source - path of a file or folder, or `-`
 * @param profile - the profile, or the path of one
 * @returns what `verifyAll` gives; the snapshot is as deep as the profile reads, unless `depth` says otherwise
 * @throws TypeError for a database, for an option that there is not, or that is not what it must be
 * @throws EvidenceError if the profile cannot be read
 */
export async function importRecords(
  source: string,
  profile: ProfileInput2 | string,
  options: ImportRecordsOptions = {},
): Promise<ResumedCapture> {
  return (await import('./import.ts')).importRecords(source, profile, options);
}

/**
 * The records that a profile of version 2 makes of evidence in files, in the order of a snapshot. Can be run through once.
 *
 * @param source - as of `importRecords`
 * @throws TypeError for a database
 * @throws EvidenceError if the profile or an item cannot be read, an id is missing or comes twice
 * @throws UnsoundSnapshotError after the last record, if they contradict each other
 */
export async function* recordsOf(source: string, profile: ProfileInput2 | string): AsyncGenerator<ReadRecord> {
  yield* (await import('./import.ts')).recordsOf(source, profile);
}

/**
 * Joins the shards of one capture, which `verifyAll` has written with `shard`, and writes the snapshot that one process would
 * have written: the same bytes. All shards must be there, each once, of one capture; else nothing is written.
 *
 * @param shards - paths of all shards, in any order
 * @returns counts, roots, every fault that the whole shows by itself, and what was written
 * @throws TypeError for an empty list; for an option that there is not, or that is not what it must be
 */
export async function merge(shards: readonly string[], options: MergeOptions = {}): Promise<SnapshotCapture> {
  return (await import('./shards.ts')).merge(shards, options);
}

/**
 * Joins the reports of the shards of one comparison, which `compare` has made with `shard`, to the report of the whole. Roots
 * over tenants and over all are recomputed and what only the whole shows is judged; what a report says of records is believed.
 *
 * @param reports - paths of the reports of all shards as JSON, in any order
 * @returns the report, as one process would have made it but for `run` and a line of `notChecked`
 * @throws TypeError for an empty list
 * @throws EvidenceError for a report that cannot be read, contradicts itself, is of no shard, of another comparison, there
 *   twice or not there, or of a shard that was not read to its end
 */
export async function mergeReports(reports: readonly string[]): Promise<ContinuityReport> {
  return (await import('./merge-reports.ts')).mergeReports(reports);
}

/**
 * One snapshot of a database for many readers: `hold` takes it, with the tables of the profile locked against what is not
 * MVCC-safe, gives its name, and holds it until `signal` or for `holdMs`; `show` says what a name stands for.
 *
 * @throws TypeError for a name that is none, for an option that there is not, or that is not what it must be
 * @throws EvidenceError if the database cannot be reached or read, or is gone before the end
 */
export function snapshot(action: 'hold', url: string, options: HoldOptions): Promise<undefined>;
/** @param name - what `hold` has given */
export function snapshot(action: 'show', name: string): Promise<HeldSnapshot>;
export async function snapshot(
  action: 'hold' | 'show',
  name: string,
  options: Partial<HoldOptions> = {},
): Promise<HeldSnapshot | undefined> {
  return (await import('./shards.ts')).snapshot(action, name, options);
}

/**
 * Looks at a file or folder of evidence that others wrote, says what it is, and proposes a profile by which its items
 * become records.
 *
 * @param source - path of the file or folder
 * @returns the profile, what it rests on, and what was guessed
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws EvidenceError `schema-violation` for what is of evidence-diff itself, and for what no profile is known for;
 *   `report-write-failed` if the profile cannot be written, or another file of that name is there
 */
export async function init(source: string, options: InitOptions = {}): Promise<ProposedProfile> {
  return (await import('./init.ts')).init(source, options);
}

/**
 * Says which tables of a database a profile reads: `list` names the built-in ones, `show` gives one as it was understood,
 * `check` tries one on a database and reads no evidence.
 *
 * @throws TypeError for what is not one of the three, for an option that there is not, or that is not what it must be
 * @throws EvidenceError if there is no such profile, it is not one, or the database cannot be reached
 */
export function profile(action: 'list'): Promise<readonly BuiltInProfile[]>;
/** @param which - a built-in profile, the path of one, or a profile itself */
export function profile(
  action: 'show',
  which: ProfileInput | string,
  options?: Pick<SourceOptions, 'schema'>,
): Promise<Profile>;
/** @param url - `postgres://…` */
export function profile(action: 'check', url: string, options?: SourceOptions): Promise<ProfileCheck>;
export async function profile(
  action: 'list' | 'show' | 'check',
  which?: ProfileInput | string,
  options: SourceOptions = {},
): Promise<readonly BuiltInProfile[] | Profile | ProfileCheck> {
  return (await import('./profile.ts')).profile(action, which, options);
}

/**
 * Says whether an upgrade may go on, by the thresholds of the upgrade runbook: from a continuity report, a signed verdict,
 * and metrics of a Prometheus server or of files, as the gate demands them. Whatever is not known is never `proceed`.
 *
 * @param name - which gate
 * @returns the decision, and all that it rests on; what could not be read is a reason in it, never an exception
 * @throws TypeError for a URL, token or series that is none, a server that would be asked in a way that anybody could
 *   answer; for an option that is missing, that there is not, or that is not what it must be
 * @throws TrustError for a key that cannot be used
 */
export async function gate(name: GateName, options: GateOptions): Promise<GateDecision> {
  return (await import('./gate.ts')).decideGate(name, options);
}

/**
 * A journal of an upgrade: steps, approvals, hand-offs, decisions and digests of files, each entry with the hash of the one
 * before it. `append` verifies all that is there and adds an entry, `verify` says whether it holds, `show` gives the
 * entries as well.
 *
 * @param path - the journal, NDJSON; `append` makes it if it is not there
 * @returns for `verify` and `show` the verdict: what does not hold is a fault in it, never an exception
 * @throws TypeError for what is not one of the three; for an option that is missing, that there is not, or that is not
 *   what it must be
 * @throws BrokenJournalError for `append`: the journal does not hold, and nothing was appended
 * @throws EvidenceError if the journal, or a file that is noted in it, cannot be read, locked or written
 */
export function journal(action: 'append', path: string, options: JournalEntryOptions): Promise<Appended>;
export function journal(action: 'verify', path: string, options?: JournalOptions): Promise<JournalCheck>;
export function journal(action: 'show', path: string, options?: JournalOptions): Promise<ShownJournal>;
export async function journal(
  action: JournalAction,
  path: string,
  options: JournalEntryOptions | JournalOptions = {},
): Promise<Appended | JournalCheck | ShownJournal> {
  return (await import('./journal.ts')).journal(action, path, options);
}

/**
 * The JSON Schema (draft 2020-12) of a format; all of them, by name, without one.
 *
 * @throws TypeError for a format that there is not
 */
export function schema(name: SchemaName): Promise<object>;
export function schema(): Promise<Readonly<Record<SchemaName, object>>>;
export async function schema(name?: SchemaName): Promise<object> {
  return (await import('./json-schemas.ts')).schema(name);
}

/**
 * Metrics in Prometheus' text exposition format, as `--metrics` writes them: of a comparison, of one source by itself, or
 * of a run that is in progress.
 *
 * @param of - a report; an audit, such as `verifyAll` gives; or `'continuity'` or `'soundness'` at the start of a run
 * @returns the text of the whole file
 * @throws TypeError for what is none of these, a time that is missing or not needed, or an end before its start, a label
 *   that is taken, an option that there is not, or that is not what it must be
 */
export async function metrics(of: MetricsOf, options: MetricsOptions = {}): Promise<string> {
  return (await import('./metrics.ts')).metrics(of, options);
}

/**
 * Draws the report of a comparison, or an audit report. The same report gives the same drawing.
 *
 * @param format - `text`, `json`, `ndjson`, `junit`, `markdown`, `html` or `pdf`; an audit report `text`, `json` or `pdf`
 * @param options - how a text is drawn: `color` (default false), `details`, and `width` in columns (default 120); `list: 'all'`
 *   gives `ndjson` a line for every tenant and every stream
 * @returns text; of a PDF its bytes
 * @throws TypeError for what is no report, a format that there is not, an option that there is not, is not what it must be,
 *   or has no meaning with the format
 * @throws RangeError for a PDF if `report.run.finishedAt` is no RFC 3339 time
 * @throws EvidenceError `report-write-failed` for a PDF in a bundle that has left behind the files of fonts
 */
export function renderReport(
  report: ContinuityReport | AuditReport,
  format: 'pdf',
  options?: RenderOptions,
): Promise<Uint8Array>;
export function renderReport(
  report: ContinuityReport,
  format: 'text' | 'brief' | 'json' | 'ndjson' | 'junit' | 'markdown' | 'html',
  options?: RenderOptions,
): Promise<string>;
export function renderReport(report: AuditReport, format: 'text' | 'json', options?: RenderOptions): Promise<string>;
export async function renderReport(
  report: ContinuityReport | AuditReport,
  format: string,
  options: RenderOptions = {},
): Promise<string | Uint8Array> {
  return (await import('./render-report.ts')).renderReport(report, format, options);
}

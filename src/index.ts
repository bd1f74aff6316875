/** The public API. Importing it does nothing and loads no database driver; docs/library.md shows each part at work. */

export type { Attestation } from './api/attest.ts';
export { type BundleAudit, exportBundle, readSnapshot, verifyBundle } from './api/bundles.ts';
export { canonicalize, canonicalizeRfc8785 } from './api/canonicalize.ts';
export { type ResumedCapture, verifyAll, writeSnapshot } from './api/capture-snapshot.ts';
export type { Checkpoints } from './api/checkpoints.ts';
export { compare, verifyContinuity, verifyRoots } from './api/compare.ts';
export { auditSnapshot } from './api/compare-snapshots.ts';
export { crossCheck } from './api/cross-check.ts';
export {
  captureSnapshot,
  compareSnapshots,
  compareWithRoots,
  crossCheckSnapshot,
  formatNamed,
  renderPdf,
  signSnapshot,
  verifySnapshotSignature,
} from './api/deprecated.ts';
export type { DigestIndex } from './api/digest-index.ts';
export type { Explained, ExplainOptions } from './api/explain.ts';
export type { TilesExport } from './api/export-tiles.ts';
export {
  type EvidenceRoots,
  type EvidenceStats,
  rootsExport,
  type SourceRoots,
  type SourceStats,
  stats,
} from './api/figures.ts';
export type { ProposedProfile } from './api/init.ts';
export type { JournalCheck, ShownJournal } from './api/journal.ts';
export type { WrittenKeyPair } from './api/keygen.ts';
export type { Migrated } from './api/migrated.ts';
export {
  auditReport,
  explain,
  gate,
  importRecords,
  init,
  journal,
  merge,
  mergeReports,
  metrics,
  migrate,
  profile,
  recordsOf,
  reindexCheck,
  renderReport,
  schema,
  snapshot,
} from './api/on-demand.ts';
export {
  attest,
  checkpoint,
  digestIndex,
  exportTiles,
  keygen,
  prove,
  sign,
  timestamp,
  verifyProof,
  verifySignature,
  verifyVerdict,
  witness,
} from './api/on-demand-trust.ts';
export type { SourceOptions } from './api/open-source.ts';
export type { TrustOptions } from './api/open-trust.ts';
export type {
  AuditByNameOptions as AuditOptions,
  AuditReportOptions,
  CaptureByNameOptions as CaptureOptions,
  ComparisonOptions,
  ExportByNameOptions as ExportOptions,
  ImportRecordsOptions,
  InitOptions,
  KeygenOptions,
  MetricsOptions,
  MigrateOptions,
  ReindexOptions,
  SignOptions,
  StatsOptions,
  VerifyAllOptions,
} from './api/options.ts';
export type {
  CheckpointOptions,
  DigestIndexOptions,
  ProveOptions,
  TilesOptions,
  TimestampOptions,
  WitnessOptions,
} from './api/proof-options.ts';
export { proposeRecipe } from './api/propose-recipe.ts';
export type { Proof } from './api/prove.ts';
export type { ReindexCheck } from './api/reindex-check.ts';
export type { RenderOptions } from './api/render-report.ts';
export type { GateOptions, JournalEntryOptions, JournalOptions } from './api/runbook-options.ts';
export type { HoldOptions, MergeOptions } from './api/shards.ts';
export type { SignedSnapshot } from './api/sign-snapshot.ts';
export type { TimestampCheck } from './api/timestamp.ts';
export type { AttestOptions, VerifyVerdictOptions } from './api/verdict-options.ts';
export type { VerifyProofOptions } from './api/verify-proof.ts';
export type { SignatureCheck } from './api/verify-signature.ts';
export type { WitnessCheck } from './api/witness.ts';
export type { AuditReport } from './audit-report/tally.ts';
export type { BundleExport, WrittenBundle } from './bundle/write.ts';
export type { JsonInput, RecordObject } from './core/audit/builder.ts';
export { SnapshotBuilder, type SnapshotOptions } from './core/audit/builder.ts';
export type { ProposedRecipe } from './core/custody/propose-recipe.ts';
export { EvidenceError, type Where } from './core/errors.ts';
export { parseJson } from './core/json/parse.ts';
export { type Json, JsonNumber, type JsonObject } from './core/json/value.ts';
export { FINDING_KINDS, type FindingClass, type FindingKind, type Mode } from './core/kinds.ts';
export {
  type ConsistencyProof,
  type InclusionProof,
  ProofError,
  rootFromInclusionProof,
  verifyConsistency,
  verifyInclusion,
} from './core/merkle/proof.ts';
export { CompactRange, EMPTY_ROOT, leafHash, nodeHash, rootOf } from './core/merkle/tree.ts';
export { type Hash, type Platform, portable } from './core/platform.ts';
export type { ProofCheck } from './core/proof/proof-check.ts';
export type {
  Check,
  ContinuityReport,
  Finding,
  Relation,
  StreamReport,
  TenantReport,
  Totals,
  Verdict,
} from './core/report/report.ts';
export type { ChainRule, Depth, SnapshotHeader } from './core/snapshot/header.ts';
export { type EvidenceRecord, RecordDecoder } from './core/snapshot/record.ts';
export type { Shard, ShardStatement } from './core/snapshot/shard.ts';
export type { SnapshotSummary, StreamSummary, TenantSummary } from './core/snapshot/summary.ts';
export type { SnapshotAudit } from './engine/audit-run.ts';
export type { SnapshotCapture, WrittenCapture } from './engine/capture.ts';
export type { SecondOpinion } from './engine/cross-check.ts';
export { nodePlatform } from './engine/node-platform.ts';
export { type ReadRecord, type SnapshotReading, UnsoundSnapshotError } from './engine/prove.ts';
export type { Progress } from './engine/run.ts';
export type { RecordInput, WriteOptions, WrittenSnapshot } from './engine/write-snapshot.ts';
export type { LegacyRoot } from './legacy-roots/check.ts';
export type { GateDecision } from './runbook/cutover/decide-cutover.ts';
export type { GateName } from './runbook/cutover/gates.ts';
export { type Appended as AppendedEntry, BrokenJournalError } from './runbook/journal/append-entry.ts';
export type { JournalEntry, JournalFault } from './runbook/journal/journal.ts';
export type { ProfileCheck } from './sources/postgres/check-profile.ts';
export type { HeldSnapshot } from './sources/postgres/held-name.ts';
export type { VerdictCheck, VerdictFinding } from './trust/check-verdict.ts';
export { TrustError } from './trust/trust-error.ts';
export type { Profile, ProfileInput } from './wire/profile.ts';
export type { ProfileInput2 } from './wire/profile-items.ts';
export type { VerdictPredicate, VerdictStatement } from './wire/verdict-statement.ts';

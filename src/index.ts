/** The public API. Importing it does nothing and loads no database driver; docs/library.md shows each part at work. */
export { exportBundle, readSnapshot } from './api/bundles.ts';
export { canonicalize, canonicalizeRfc8785 } from './api/canonicalize.ts';
export { captureSnapshot, type ResumedCapture, writeSnapshot } from './api/capture-snapshot.ts';
export { auditSnapshot, compareSnapshots, compareWithRoots } from './api/compare-snapshots.ts';
export { crossCheckSnapshot } from './api/cross-check.ts';
export type { SourceOptions } from './api/open-source.ts';
export type { TrustOptions } from './api/open-trust.ts';
export type {
  AuditByNameOptions as AuditOptions,
  CaptureByNameOptions as CaptureOptions,
  ComparisonOptions,
  ExportByNameOptions as ExportOptions,
  SignOptions,
} from './api/options.ts';
export type { SignedSnapshot } from './api/sign-snapshot.ts';
export { signSnapshot, verifySnapshotSignature } from './api/signatures.ts';
export type { SignatureCheck } from './api/verify-signature.ts';
export type { BundleExport, WrittenBundle } from './bundle/write.ts';
export type { JsonInput, RecordObject } from './core/audit/builder.ts';
export { SnapshotBuilder, type SnapshotOptions } from './core/audit/builder.ts';
export { EvidenceError, type Where } from './core/errors.ts';
export { parseJson } from './core/json/parse.ts';
export { type Json, JsonNumber, type JsonObject } from './core/json/value.ts';
export { FINDING_KINDS, type FindingClass, type FindingKind, type Mode } from './core/kinds.ts';
export { CompactRange, rootOf } from './core/merkle/compact-range.ts';
export {
  type ConsistencyProof,
  type InclusionProof,
  ProofError,
  rootFromInclusionProof,
  verifyConsistency,
  verifyInclusion,
} from './core/merkle/proof.ts';
export { EMPTY_ROOT, leafHash, nodeHash } from './core/merkle/rfc9162.ts';
export { type Hash, type Platform, portable } from './core/platform.ts';
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
export type { SnapshotSummary, StreamSummary, TenantSummary } from './core/snapshot/summary.ts';
export type { SnapshotAudit } from './engine/audit-run.ts';
export type { SnapshotCapture, WrittenCapture } from './engine/capture.ts';
export type { SecondOpinion } from './engine/cross-check.ts';
export { nodePlatform } from './engine/node-platform.ts';
export { type ReadRecord, type SnapshotReading, UnsoundSnapshotError } from './engine/prove.ts';
export type { Progress } from './engine/run.ts';
export type { RecordInput, WriteOptions, WrittenSnapshot } from './engine/write-snapshot.ts';
export type { LegacyRoot } from './legacy-roots/check.ts';
export { formatNamed } from './reports/index.ts';
export { renderPdf } from './reports/pdf.ts';

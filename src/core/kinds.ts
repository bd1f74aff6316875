/* Every kind of finding and the verdict that it forces: the table of docs/continuity-report.md, once. */

/** What findings force, the gravest first: each outranks those behind it, and all of them PASS. */
export const FORCED = ['UNTRUSTED', 'FAIL', 'INCOMPLETE'] as const;

export type Forced = (typeof FORCED)[number];

/** The gravest verdict that `has` says is forced; undefined if none is, which alone is no PASS yet. */
export function gravest(has: (forced: Forced) => boolean): Forced | undefined {
  return FORCED.find(has);
}

/** The verdict that a finding forces; `info` forces none. */
export type FindingClass = Forced | 'info';

const FAIL = [
  'record-missing',
  'record-modified',
  'record-relinked',
  'record-added',
  'record-inserted-in-history',
  'record-reordered',
  'record-moved',
  'duplicate-id',
  'hash-missing',
  'hash-malformed',
  'hash-mismatch',
  'body-digest-mismatch',
  'chain-break',
  'chain-fork',
  'chain-genesis-changed',
  'chain-truncated',
  'chain-rewritten',
  'seq-gap',
  'history-not-prefix',
  'stream-missing',
  'tenant-missing',
  'tenant-added',
  'count-decreased',
  'stream-root-mismatch',
  'tenant-root-mismatch',
  'global-root-mismatch',
  'manifest-mismatch',
  'migration-map-mismatch',
] as const;

const INCOMPLETE = [
  'input-malformed',
  'input-truncated',
  'input-changed',
  'input-limit',
  'schema-violation',
  'unsupported-version',
  'empty-baseline',
  'empty-current',
  'source-incomplete',
  'source-filtered',
  'source-not-authoritative',
  'source-schema-changed',
  'proof-unavailable',
  'interrupted',
  'report-write-failed',
] as const;

const UNTRUSTED = [
  'signature-missing',
  'signature-invalid',
  'key-untrusted',
  'digest-mismatch',
  'subject-mismatch',
  'baseline-stale',
  'same-input',
] as const;

/** What is said beside a verdict, and forces none in any mode. */
const INFO = ['known-fault', 'weak-scheme'] as const;

/** Kinds that say "could not be read or checked": what an {@link EvidenceError} carries. */
export type IncompleteKind = (typeof INCOMPLETE)[number];
export type FailKind = (typeof FAIL)[number];
export type UntrustedKind = (typeof UNTRUSTED)[number];
type InfoKind = (typeof INFO)[number];
export type FindingKind = FailKind | IncompleteKind | UntrustedKind | InfoKind;

export type Mode = 'append' | 'frozen';

/** All kinds in the order of the contract, then our own. */
export const FINDING_KINDS: readonly FindingKind[] = [...FAIL, ...INCOMPLETE, ...UNTRUSTED, ...INFO];

/** What follows from what happened to records and links: it explains nothing, and stands behind what does. */
const CONSEQUENCES: ReadonlySet<FindingKind> = new Set<FindingKind>([
  'history-not-prefix',
  'count-decreased',
  'stream-root-mismatch',
  'tenant-root-mismatch',
  'global-root-mismatch',
  'manifest-mismatch',
]);

/** Whether `kind` is about roots and sums, which differ because of something else. */
export function isConsequence(kind: FindingKind): boolean {
  return CONSEQUENCES.has(kind);
}

const CLASS_OF: ReadonlyMap<FindingKind, FindingClass> = new Map<FindingKind, FindingClass>([
  ...FAIL.map((kind) => [kind, 'FAIL'] as const),
  ...INCOMPLETE.map((kind) => [kind, 'INCOMPLETE'] as const),
  ...UNTRUSTED.map((kind) => [kind, 'UNTRUSTED'] as const),
  ...INFO.map((kind) => [kind, 'info'] as const),
]);

/**
 * The verdict that a finding of `kind` forces in `mode`: growth is `info` where growth is allowed.
 *
 * @throws TypeError for a kind that is not in the table.
 */
export function classOf(kind: FindingKind, mode: Mode): FindingClass {
  if (mode === 'append' && (kind === 'record-added' || kind === 'tenant-added')) return 'info';
  const forced = CLASS_OF.get(kind);
  if (forced === undefined) throw new TypeError(`unknown finding kind ${JSON.stringify(kind)}`);
  return forced;
}

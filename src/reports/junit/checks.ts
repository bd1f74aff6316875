/** Which check each kind of finding belongs to: the test cases of a JUnit report are checks. */
import type { FailKind, FindingKind } from '../../core/continuity/kinds.ts';

/** What no check of the report has a name for: the relation of a whole stream or tenant, and what stopped a run. */
export const RELATION = 'relation';

const CHECK_OF: Readonly<Record<FailKind, string>> = {
  'record-missing': 'record-comparison',
  'record-modified': 'record-comparison',
  'record-relinked': 'record-comparison',
  'record-added': 'record-comparison',
  'record-inserted-in-history': 'record-comparison',
  'record-reordered': 'order',
  'record-moved': 'record-comparison',
  'duplicate-id': 'order',
  'hash-missing': 'hash-recipe',
  'hash-malformed': 'hash-recipe',
  'hash-mismatch': 'hash-recipe',
  'body-digest-mismatch': 'body-digest',
  'chain-break': 'chain-links',
  'chain-fork': 'chain-links',
  'chain-genesis-changed': 'chain-links',
  'chain-truncated': 'history-prefix',
  'chain-rewritten': 'history-prefix',
  'seq-gap': 'sequence',
  'history-not-prefix': 'history-prefix',
  'stream-missing': RELATION,
  'tenant-missing': RELATION,
  'tenant-added': RELATION,
  'count-decreased': RELATION,
  'stream-root-mismatch': RELATION,
  'tenant-root-mismatch': RELATION,
  'global-root-mismatch': RELATION,
  'manifest-mismatch': 'manifest',
  'migration-map-mismatch': RELATION,
};

/** Checks that findings of another check may speak against: a root that others published is told as any other root. */
const DOUBTED_BY: ReadonlyMap<string, readonly FailKind[]> = new Map([
  ['legacy-root', ['stream-root-mismatch', 'tenant-root-mismatch', 'global-root-mismatch'] as const],
]);

/** The kinds of findings that may be about `check` without belonging to it. */
export function doubtsOf(check: string): readonly FailKind[] {
  return DOUBTED_BY.get(check) ?? [];
}

const OF_SETS: readonly string[] = [RELATION, 'record-comparison', 'order', 'body-digest', 'hash-recipe'];
const OF_CHAINS: readonly string[] = [...OF_SETS, 'sequence', 'chain-links', 'history-prefix'];

/** The check that a finding of `kind` belongs to. */
export function checkOf(kind: FindingKind): string {
  return Object.hasOwn(CHECK_OF, kind) ? CHECK_OF[kind as FailKind] : RELATION;
}

/** The checks that every stream has a test case for. */
export function checksOfStream(ordered: boolean): readonly string[] {
  return ordered ? OF_CHAINS : OF_SETS;
}

/**
 * Which faults a snapshot no longer shows. A snapshot is made of what was recomputed: where that mends what was stated,
 * unsound evidence would come out sound, and a comparison with it could pass.
 */

import { RECIPES } from '../core/custody/index.ts';
import type { FailKind } from '../core/kinds.ts';
import { utf8 } from '../core/platform.ts';
import type { Depth, SnapshotHeader } from '../core/snapshot/header.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { nodePlatform } from './node-platform.ts';

const ANY_RECORD: EvidenceRecord = {
  tenant: 'a',
  stream: 'a',
  id: 'a',
  seq: 1,
  type: 'a',
  recordedAt: undefined,
  prev: null,
  hash: undefined,
  attrs: undefined,
  bodyDigest: `sha256:${'0'.repeat(64)}`,
  statedBodyDigest: undefined,
  body: undefined,
  leaf: '0'.repeat(64),
};

/** Whether a recipe gives hashes for records with a body only. */
function needsBody(recipe: string): boolean {
  const gives = (record: EvidenceRecord): boolean =>
    typeof RECIPES.get(recipe)?.expectedHash(nodePlatform, record) === 'string';
  return gives({ ...ANY_RECORD, body: utf8('null') }) && !gives(ANY_RECORD);
}

/**
 * The kinds of faults that a snapshot of a source with `header` does not show.
 *
 * @param of - `derives`: whether the source itself has rules for derived values, which no snapshot states; `tells`:
 *   whether it tells of faults that no record shows
 * @returns undefined if it shows none at all, since it has no records
 */
export function hiddenFaults(
  depth: Depth,
  { chains }: SnapshotHeader,
  of: { readonly derives?: boolean; readonly tells?: boolean } = {},
): ReadonlySet<FailKind> | undefined {
  if (depth === 'summary') return undefined;
  const { derives = false, tells = false } = of;
  const hidden = new Set<FailKind>(['manifest-mismatch']);
  if (derives) for (const kind of ['hash-mismatch', 'hash-missing'] as const) hidden.add(kind);
  if (tells) hidden.add('body-digest-mismatch');
  if (depth === 'full') return hidden;
  hidden.add('body-digest-mismatch');
  if ([...chains.values()].some(({ recipe }) => needsBody(recipe))) hidden.add('hash-mismatch');
  return hidden;
}

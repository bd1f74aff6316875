/** What is above the records of each stream, for those who prove all records of a snapshot. */
import { StoredTree } from '../merkle/stored-tree.ts';
import type { Hash, Platform } from '../platform.ts';
import {
  type SnapshotSummary,
  streamLeafHash,
  type TenantLeaf,
  tenantLeafHash,
  tenantLeafOf,
} from '../snapshot/summary.ts';
import type { StreamPlace } from './record-proof.ts';

function treeOf(platform: Platform, leaves: readonly Hash[]): StoredTree {
  const tree = new StoredTree(platform, leaves.length);
  for (const leaf of leaves) tree.append(leaf);
  return tree;
}

/** Every stream of `summary` in the order of its records. The tree of one tenant at a time is held, and the global one. */
export function* streamPlaces(platform: Platform, { tenants, globalRoot }: SnapshotSummary): Generator<StreamPlace> {
  const leaves = tenants.map(tenantLeafOf);
  const whole = treeOf(
    platform,
    leaves.map((leaf) => tenantLeafHash(platform, leaf)),
  );
  for (const [tenantIndex, { streams }] of tenants.entries()) {
    const tenant = leaves[tenantIndex] as TenantLeaf;
    const ofTenant = { index: tenantIndex, size: tenants.length, path: whole.path(tenantIndex) };
    const tree = treeOf(
      platform,
      streams.map((stream) => streamLeafHash(platform, stream)),
    );
    for (const [index, { stream, ordered, size, root, head }] of streams.entries()) {
      const ofStream = { index, size: streams.length, path: tree.path(index) };
      yield {
        stream: { stream, ordered, size, root, head },
        tenant,
        globalRoot,
        above: { stream: ofStream, tenant: ofTenant },
      };
    }
  }
}

/**
 * That one record is under one global root: three inclusion proofs, one above the other (docs/trust.md).
 *
 *   record -> tree of its stream -> leaf of the stream -> tree of its tenant -> leaf of the tenant -> global tree
 *
 * Each leaf but the first is made from the root below it, so no step can be exchanged by itself. The number of tenants
 * is not proven by the path: it has to come from where the global root comes from.
 */

import { PathFollower, ProofError, verifyInclusion } from '../merkle/proof.ts';
import { CompactRange } from '../merkle/tree.ts';
import type { Hash, Platform } from '../platform.ts';
import {
  type SnapshotSummary,
  type StreamLeaf,
  streamLeafHash,
  type TenantLeaf,
  tenantLeafHash,
  tenantLeafOf,
} from '../snapshot/summary.ts';

export interface RecordProof {
  /** Leaf hash of the record. */
  readonly leafHash: Hash;
  readonly stream: StreamLeaf;
  readonly tenant: TenantLeaf;
  readonly globalRoot: Hash;
  readonly inclusion: {
    /** Of the record in its stream. */
    readonly record: TreePath;
    /** Of the stream in its tenant. */
    readonly stream: TreePath;
    /** Of the tenant in the whole. */
    readonly tenant: TreePath;
  };
}

/** A stream, and the paths from it to the global root. */
export interface StreamPlace {
  readonly stream: StreamLeaf;
  readonly tenant: TenantLeaf;
  readonly globalRoot: Hash;
  /** Of the stream in its tenant, and of the tenant in the whole. */
  readonly above: { readonly stream: TreePath; readonly tenant: TreePath };
}

/** The proof of the record with `leafHash`, which has the path `record` in the stream at `place`. */
export function proofAt(place: StreamPlace, leafHash: Hash, record: TreePath): RecordProof {
  const { stream, tenant, globalRoot, above } = place;
  return { leafHash, stream, tenant, globalRoot, inclusion: { record, ...above } };
}

/**
 * The proof of a record whose path within its stream is known.
 *
 * @param summary - of the whole snapshot
 * @throws RangeError if `summary` has no such tenant or stream
 */
export function recordProof(
  platform: Platform,
  summary: SnapshotSummary,
  place: { readonly tenant: string; readonly stream: string; readonly leafHash: Hash; readonly path: TreePath },
): RecordProof {
  const tenantIndex = summary.tenants.findIndex(({ tenant }) => tenant === place.tenant);
  const tenant = summary.tenants[tenantIndex];
  const streamIndex = tenant?.streams.findIndex(({ stream }) => stream === place.stream) ?? -1;
  const stream = tenant?.streams[streamIndex];
  if (tenant === undefined || stream === undefined) throw new RangeError('the summary has no such stream');
  const streams = tenant.streams.map((one) => streamLeafHash(platform, one));
  const tenants = summary.tenants.map((one) => tenantLeafHash(platform, tenantLeafOf(one)));
  const { ordered, size, root, head } = stream;
  const found = {
    stream: { stream: stream.stream, ordered, size, root, head },
    tenant: tenantLeafOf(tenant),
    globalRoot: summary.globalRoot,
    above: { stream: pathIn(platform, streams, streamIndex), tenant: pathIn(platform, tenants, tenantIndex) },
  };
  return proofAt(found, place.leafHash, place.path);
}

function requireStep(platform: Platform, what: string, { index, size, path }: TreePath, leafHash: Hash, root: Hash) {
  try {
    verifyInclusion(platform, { leafIndex: index, treeSize: size, leafHash, path, root });
  } catch (fault) {
    if (fault instanceof ProofError) throw new ProofError(`${what}: ${fault.message}`, { cause: fault });
    throw fault;
  }
}

/**
 * Checks every step of a proof.
 *
 * @throws ProofError if it does not show that the leaf is under the global root, where it says
 */
export function verifyRecordProof(platform: Platform, proof: RecordProof): void {
  const { leafHash, stream, tenant, globalRoot, inclusion } = proof;
  if (inclusion.record.size !== stream.size) throw new ProofError('the stream has another size than the path is for');
  if (inclusion.stream.size !== tenant.streams) throw new ProofError('the tenant has another number of streams');
  requireStep(platform, 'record in its stream', inclusion.record, leafHash, stream.root);
  requireStep(platform, 'stream in its tenant', inclusion.stream, streamLeafHash(platform, stream), tenant.root);
  requireStep(platform, 'tenant in the whole', inclusion.tenant, tenantLeafHash(platform, tenant), globalRoot);
}

/* Where a leaf is in one of the trees, and the hashes that lead from it to the root. */

export interface TreePath {
  /** Index of the leaf, from 0. */
  readonly index: number;
  /** Number of leaves of the tree. */
  readonly size: number;
  /** The siblings from the leaf upwards (RFC 9162 §2.1.3). */
  readonly path: readonly Hash[];
}

/**
 * The path of the leaf at `index`.
 *
 * @throws RangeError if there is none
 */
function pathIn(platform: Platform, leaves: readonly Hash[], index: number): TreePath {
  if (leaves[index] === undefined) throw new RangeError(`a tree of ${leaves.length} leaves has no leaf ${index}`);
  const before = new CompactRange(platform);
  for (const leaf of leaves.slice(0, index)) before.append(leaf);
  const follower = PathFollower.ofNextLeaf(platform, before);
  for (const leaf of leaves.slice(index + 1)) follower.append(leaf);
  return { index, size: leaves.length, path: follower.path() };
}

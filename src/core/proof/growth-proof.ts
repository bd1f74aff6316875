/**
 * That one state of a store is the beginning of another: all that the trees above the streams are made from, of both,
 * and for each ordered stream that grew a consistency proof (docs/proofs.md).
 *
 * Streams of one size must have one root. A set that grew cannot be proven this way, since its new members fall
 * anywhere: it is named.
 */

import { CompactRange } from '../merkle/compact-range.ts';
import { ProofError, verifyConsistency } from '../merkle/proof.ts';
import type { Hash, Platform } from '../platform.ts';
import { placeKey } from '../snapshot/place-key.ts';
import { type StreamLeaf, tenantLeafHash, tenantRoot } from '../snapshot/summary.ts';

/** A tenant and its streams, as the trees commit to them. */
export interface StateTenant {
  readonly tenant: string;
  readonly records: number;
  readonly streams: readonly StreamLeaf[];
}

/** Everything above the records. */
export interface StoreState {
  readonly globalRoot: Hash;
  readonly tenants: readonly StateTenant[];
}

/** That a stream of `size1` records grew by appending. */
export interface StreamGrowth {
  readonly tenant: string;
  readonly stream: string;
  readonly path: readonly Hash[];
}

export interface GrowthProof {
  readonly from: StoreState;
  readonly to: StoreState;
  readonly growth: readonly StreamGrowth[];
}

export interface ProvenGrowth {
  /** Streams that are as they were. */
  readonly identical: number;
  /** Ordered streams that were shown to have grown at their end only. */
  readonly extended: number;
  /** Streams and tenants that were not there before. */
  readonly added: number;
  /** Sets that grew, of which nothing is shown. */
  readonly unproven: readonly { readonly tenant: string; readonly stream: string }[];
}

/**
 * The root over `state`, recomputed from what it says of each stream.
 *
 * @throws ProofError if a tenant or stream is named twice, or its records do not add up
 */
function rootOfState(platform: Platform, { tenants }: StoreState): Hash {
  const range = new CompactRange(platform);
  const names = new Set<string>();
  for (const { tenant, records, streams } of tenants) {
    if (names.has(tenant)) throw new ProofError('a tenant is named twice');
    names.add(tenant);
    if (new Set(streams.map(({ stream }) => stream)).size !== streams.length) {
      throw new ProofError('a stream is named twice');
    }
    if (streams.reduce((sum, { size }) => sum + size, 0) !== records) {
      throw new ProofError('the records of a tenant are not those of its streams');
    }
    const root = tenantRoot(platform, streams);
    range.append(tenantLeafHash(platform, { tenant, streams: streams.length, records, root }));
  }
  return range.root();
}

type Place = { readonly tenant: string; readonly stream: string };

function streamsOf({ tenants }: StoreState): Map<string, Place & StreamLeaf> {
  const all = tenants.flatMap(({ tenant, streams }) => streams.map((stream) => ({ tenant, ...stream })));
  return new Map(all.map((stream) => [placeKey(stream), stream]));
}

function pathsOf(growth: readonly StreamGrowth[]): Map<string, readonly Hash[]> {
  const paths = new Map(growth.map((stream) => [placeKey(stream), stream.path]));
  if (paths.size !== growth.length) throw new ProofError('a stream has two proofs of its growth');
  return paths;
}

/** A path that nobody looks at could say anything. */
function requireNeeded(
  paths: ReadonlyMap<string, readonly Hash[]>,
  before: ReadonlyMap<string, StreamLeaf>,
  after: ReadonlyMap<string, StreamLeaf>,
): void {
  for (const key of paths.keys()) {
    const [was, is] = [before.get(key), after.get(key)];
    if (was?.ordered === true && is !== undefined && is.size > was.size) continue;
    throw new ProofError('there is a proof of growth for a stream that is not ordered or did not grow');
  }
}

/** @returns false for a set that grew */
function verifyStream(
  platform: Platform,
  was: Place & StreamLeaf,
  is: StreamLeaf | undefined,
  path: readonly Hash[] | undefined,
): boolean {
  const name = `stream ${JSON.stringify(was.stream)} of ${JSON.stringify(was.tenant)}`;
  if (is === undefined) throw new ProofError(`${name}: it is gone`);
  if (is.ordered !== was.ordered) throw new ProofError(`${name}: it was ordered on one side only`);
  if (is.size < was.size) throw new ProofError(`${name}: it shrank from ${was.size} to ${is.size} records`);
  if (is.size === was.size) {
    if (is.root !== was.root || is.head !== was.head) throw new ProofError(`${name}: its records were changed`);
    return true;
  }
  if (!is.ordered) return false;
  if (path === undefined) throw new ProofError(`${name}: there is no proof of its growth`);
  try {
    verifyConsistency(platform, { size1: was.size, size2: is.size, root1: was.root, root2: is.root, path });
  } catch (fault) {
    if (fault instanceof ProofError) throw new ProofError(`${name}: ${fault.message}`, { cause: fault });
    throw fault;
  }
  return true;
}

/**
 * Checks that `from` is the beginning of `to`.
 *
 * @returns what was shown, and what was not: only without `unproven` is the whole shown
 * @throws ProofError if it is not, or a state does not have the root that it says
 */
export function verifyGrowthProof(platform: Platform, { from, to, growth }: GrowthProof): ProvenGrowth {
  for (const [state, name] of [
    [from, 'before'],
    [to, 'after'],
  ] as const) {
    const root = rootOfState(platform, state);
    if (root !== state.globalRoot) throw new ProofError(`the state ${name} has the global root ${root}`);
  }
  if (from.tenants.length === 0) throw new ProofError('an empty store is the beginning of every store');
  const paths = pathsOf(growth);
  const after = streamsOf(to);
  const before = streamsOf(from);
  requireNeeded(paths, before, after);
  const unproven: Place[] = [];
  let [identical, extended] = [0, 0];
  for (const [key, was] of before) {
    const is = after.get(key);
    if (!verifyStream(platform, was, is, paths.get(key))) unproven.push({ tenant: was.tenant, stream: was.stream });
    else if (is?.size === was.size) identical += 1;
    else extended += 1;
  }
  return { identical, extended, added: after.size - before.size, unproven };
}

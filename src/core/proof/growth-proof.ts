/** Whether a consistency proof that was given is one of the two sides of a comparison, and holds. */

import type { StreamHead } from '../audit/side-audit.ts';
import { ProofError, verifyConsistency } from '../merkle/proof.ts';
import { CompactRange, StoredTree } from '../merkle/tree.ts';
import type { Hash, Platform } from '../platform.ts';
import {
  placeKey,
  type SnapshotSummary,
  type StreamLeaf,
  type StreamSummary,
  streamLeafHash,
  type TenantLeaf,
  tenantLeafHash,
  tenantLeafOf,
  tenantRoot,
} from '../snapshot/summary.ts';
import { counted } from '../words.ts';
import type { StreamPlace } from './record-proof.ts';

/**
 * Why `proof` does not show that `baseline` is the beginning of `current`.
 *
 * @returns undefined if it does, as far as a proof can: sets that grew are judged by their records alone
 */
function growthFault(
  platform: Platform,
  proof: GrowthProof,
  baseline: SnapshotSummary,
  current: SnapshotSummary,
): string | undefined {
  const { from, to } = proof;
  if (from.globalRoot !== baseline.globalRoot) {
    return `it begins at the global root ${from.globalRoot}, that of the baseline is ${baseline.globalRoot}`;
  }
  if (to.globalRoot !== current.globalRoot) {
    return `it leads to the global root ${to.globalRoot}, that of the current side is ${current.globalRoot}`;
  }
  try {
    verifyGrowthProof(platform, proof);
    return undefined;
  } catch (fault) {
    if (fault instanceof ProofError) return fault.message;
    throw fault;
  }
}

/** What a proof of growth shows of two sides that were read. */
export interface ShownGrowth {
  /** Why it does not show that `baseline` is the beginning of `current`; undefined if it does. */
  faultOf(baseline: SnapshotSummary, current: SnapshotSummary): string | undefined;
  /** The heads that streams of `current` had at the sizes of `baseline`, as far as it proves them. */
  headsOf(
    baseline: SnapshotSummary,
    current: SnapshotSummary,
  ): (tenant: string, stream: string) => StreamHead | undefined;
}

/** What `proof` shows, to be handed to a comparison. */
export function shownBy(platform: Platform, proof: GrowthProof): ShownGrowth {
  return {
    faultOf: (baseline, current) => growthFault(platform, proof, baseline, current),
    headsOf: (baseline, current) => provenHeads(platform, proof.growth, baseline, current),
  };
}

/*
 * That one state of a store is the beginning of another: all that the trees above the streams are made from, of both,
 * and for each ordered stream that grew a consistency proof (docs/trust.md).
 *
 * Streams of one size must have one root. A set that grew cannot be proven this way, since its new members fall
 * anywhere: it is named.
 */

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
  if (is.size < was.size) throw new ProofError(`${name}: it shrank from ${was.size} to ${counted(is.size, 'record')}`);
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

/* What consistency proofs say of ordered streams whose records neither side has: their history, if the proof holds. */

function streamSummaries({ tenants }: SnapshotSummary): ReadonlyMap<string, StreamSummary> {
  return new Map(
    tenants.flatMap(({ tenant, streams }) =>
      streams.map((stream) => [placeKey({ tenant, stream: stream.stream }), stream] as const),
    ),
  );
}

/**
 * The heads that the current streams had at the baseline's sizes, as far as `growth` proves them.
 *
 * Roots and sizes are those of the two sides, never those that the proof itself states.
 *
 * @returns by tenant and stream; undefined where there is no proof that holds
 */
export function provenHeads(
  platform: Platform,
  growth: readonly StreamGrowth[],
  baseline: SnapshotSummary,
  current: SnapshotSummary,
): (tenant: string, stream: string) => StreamHead | undefined {
  const paths: ReadonlyMap<string, readonly Hash[]> = new Map(growth.map((one) => [placeKey(one), one.path]));
  const before = streamSummaries(baseline);
  const after = streamSummaries(current);
  return (tenant, stream) => {
    const key = placeKey({ tenant, stream });
    const [path, was, is] = [paths.get(key), before.get(key), after.get(key)];
    if (path === undefined || was?.ordered !== true || is?.ordered !== true) return undefined;
    // A stream that did not grow is judged by what both sides say of it, its head among that.
    if (was.size === is.size) return undefined;
    try {
      verifyConsistency(platform, { size1: was.size, size2: is.size, root1: was.root, root2: is.root, path });
    } catch (fault) {
      if (fault instanceof ProofError) return undefined;
      throw fault;
    }
    // The records up to there are the same, and so is the hash of the last of them.
    return { root: was.root, head: was.head };
  };
}

/* What is above the records of each stream, for those who prove all records of a snapshot. */

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

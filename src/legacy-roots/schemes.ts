/**
 * Trees by which others published roots before there was anything better to compare: those of merkletreejs.
 *
 * None of them keeps a leaf apart from a node by a prefix, as RFC 9162 §2.1.1 does. So two different lists of leaves can
 * have one root, and each scheme says by which forgery.
 */
import type { Hash, Platform } from '../core/platform.ts';

/**
 * What is done to a list of leaves without the root telling.
 *
 * - `inner-nodes`: leaves are replaced by the nodes over them, so that the list gets shorter.
 * - `repeated-tail`: the last leaves come once more (CVE-2012-2459).
 * - `leaf-order`: leaves change places.
 * - `pair-order`: the halves under a node change places.
 */
export type Forgery = 'inner-nodes' | 'repeated-tail' | 'leaf-order' | 'pair-order';

/** A tree that is being filled. */
export interface LegacyTree {
  /**
   * Adds a leaf after the last one.
   *
   * @throws TypeError if `leaf` is not a hash
   * @throws EvidenceError `input-limit` if the scheme must hold all leaves, and there are too many
   */
  append(leaf: Hash): void;
  /**
   * The root over the leaves so far.
   *
   * @throws RangeError if there are none: the root of nothing proves nothing
   */
  root(): Hash;
}

export interface LegacyScheme {
  /** The name by which it is asked for. */
  readonly name: string;
  /** The forgeries that its root cannot show. */
  readonly blindTo: readonly Forgery[];
  readonly newTree: (platform: Platform) => LegacyTree;
}

const WORDS: Readonly<Record<Forgery, string>> = {
  'inner-nodes': 'leaves replaced by the nodes over them',
  'repeated-tail': 'the last leaves repeated (CVE-2012-2459)',
  'leaf-order': 'leaves in another order',
  'pair-order': 'the halves under a node exchanged',
};

/**
 * What `scheme` cannot show, in one sentence.
 *
 * @param hashedLeaves - whether leaves are hashed once more before they enter the tree: then a leaf is the hash of 32
 *   bytes or of 64 digits, a node that of two hashes, and neither can be made to pass for the other
 */
export function blindnessOf({ name, blindTo }: LegacyScheme, hashedLeaves: boolean): string {
  const forgeries = blindTo.filter((forgery) => !hashedLeaves || forgery !== 'inner-nodes');
  if (forgeries.length === 0)
    return `${name} has no prefix for nodes: nothing but the form of a leaf tells it from a node`;
  return `${name} cannot show ${forgeries.map((forgery) => WORDS[forgery]).join(', or ')}`;
}

/** Consistency proofs of one growing log, from any of its earlier sizes, while its leaves stream by. */

import { PathFollower } from '../core/merkle/proof.ts';
import { CompactRange } from '../core/merkle/tree.ts';
import type { Hash } from '../core/platform.ts';
import { nodePlatform } from './node-platform.ts';

interface Followed {
  readonly follower: PathFollower;
  readonly seed: readonly Hash[];
}

/** Takes the leaves of a log in order. */
export class LogGrowth {
  readonly #size: number;
  readonly #from: ReadonlySet<number>;
  readonly #range: CompactRange = new CompactRange(nodePlatform);
  readonly #followed = new Map<number, Followed>();

  /**
   * @param size - of the tree that is proven to have grown; leaves behind it are passed over
   * @param from - sizes that it may have had before
   */
  constructor(size: number, from: readonly number[]) {
    this.#size = size;
    this.#from = new Set(from);
  }

  append(leaf: Hash): void {
    if (this.#range.size === this.#size) return;
    for (const { follower } of this.#followed.values()) follower.append(leaf);
    this.#range.append(leaf);
    const { size } = this.#range;
    if (size === this.#size || !this.#from.has(size)) return;
    const { follower, seed } = PathFollower.ofTree(nodePlatform, this.#range);
    this.#followed.set(size, { follower, seed: seed === undefined ? [] : [seed] });
  }

  /** Undefined if there were fewer leaves. */
  get root(): Hash | undefined {
    return this.#range.size === this.#size ? this.#range.root() : undefined;
  }

  /** The path from one of the sizes (RFC 9162 §2.1.4); none is needed from 0, and from the size itself. */
  pathFrom(size: number): readonly Hash[] {
    const followed = this.#followed.get(size);
    return followed === undefined ? [] : [...followed.seed, ...followed.follower.path()];
  }
}

/**
 * Remembers the last node hashed at each level.
 *
 * Two trees that grow in step over the same leaves, as those of two snapshots do, need each node twice in a row: the
 * second time it is found here. It forgets everything else, so it costs a comparison and never grows.
 */
import type { Hash, Platform } from '../platform.ts';
import { nodeHash } from './rfc9162.ts';

export class NodeMemo {
  readonly #platform: Platform;
  readonly #left: Hash[] = [];
  readonly #right: Hash[] = [];
  readonly #node: Hash[] = [];

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** `nodeHash(platform, left, right)`; `level` is where it is remembered, 0 for parents of leaves. */
  nodeHash(level: number, left: Hash, right: Hash): Hash {
    const known = this.#node[level];
    if (known !== undefined && this.#left[level] === left && this.#right[level] === right) return known;
    const node = nodeHash(this.#platform, left, right);
    this.#left[level] = left;
    this.#right[level] = right;
    this.#node[level] = node;
    return node;
  }
}

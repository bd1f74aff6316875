/**
 * Which part of a capture a record belongs to. A stream is never torn: all its records are in one shard, given by the hash
 * of its tenant and name alone, so that shards need not agree on anything, and a join can see what is in the wrong one.
 */
import { canonicalBytes } from '../json/canonical.ts';
import type { Hash, Platform } from '../platform.ts';

/** One part of a capture: `index` of `count`, counted from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What a snapshot says of itself that is one part of a capture. */
export interface ShardStatement extends Shard {
  /** Says what was read: the same in all shards of one capture, another one in each other capture. */
  readonly whole: Hash;
}

/** More readers than this are started by nobody, and each has to be open when they are joined. */
export const MOST_SHARDS = 1024;

/**
 * The index of the shard that has a stream: the first 48 bits of SHA-256 over the canonical JSON array of its tenant and
 * its name, modulo `count`.
 */
function shardOf(platform: Platform, tenant: string, stream: string, count: number): number {
  return Number.parseInt(platform.sha256(canonicalBytes([tenant, stream])).slice(0, 12), 16) % count;
}

/** Asks `shardOf` once a stream, since its records come one after the other. */
export class ShardFinder {
  readonly #platform: Platform;
  readonly #count: number;
  #tenant: string | undefined;
  #stream: string | undefined;
  #index = 0;

  constructor(platform: Platform, count: number) {
    this.#platform = platform;
    this.#count = count;
  }

  indexOf(tenant: string, stream: string): number {
    if (tenant !== this.#tenant || stream !== this.#stream) {
      this.#tenant = tenant;
      this.#stream = stream;
      this.#index = shardOf(this.#platform, tenant, stream, this.#count);
    }
    return this.#index;
  }
}

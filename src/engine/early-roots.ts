/** The roots that streams had when they were smaller, taken while their records stream by. */
import { CompactRange } from '../core/merkle/tree.ts';
import type { Hash } from '../core/platform.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { placeKey } from '../core/snapshot/summary.ts';
import { nodePlatform } from './node-platform.ts';

/** Takes the records of one source in order, stream by stream. */
export class EarlyRoots {
  readonly #sizeOf: (tenant: string, stream: string) => number | undefined;
  readonly #roots = new Map<string, Hash>();
  #open = { tenant: '', stream: '' };
  #range: CompactRange = new CompactRange(nodePlatform);
  /** How many records the open stream had; undefined if that is not asked, or was answered. */
  #size: number | undefined;

  /** @param sizeOf - how many records a stream had, from 1; undefined if its early root is not asked for */
  constructor(sizeOf: (tenant: string, stream: string) => number | undefined) {
    this.#sizeOf = sizeOf;
  }

  take({ tenant, stream, leaf }: EvidenceRecord): void {
    if (stream !== this.#open.stream || tenant !== this.#open.tenant) {
      this.#open = { tenant, stream };
      this.#size = this.#sizeOf(tenant, stream);
      this.#range = new CompactRange(nodePlatform);
    }
    if (this.#size === undefined) return;
    this.#range.append(leaf);
    if (this.#range.size !== this.#size) return;
    this.#roots.set(placeKey(this.#open), this.#range.root());
    this.#size = undefined;
  }

  /** Undefined if the stream has not come so far. */
  rootOf(place: { readonly tenant: string; readonly stream: string }): Hash | undefined {
    return this.#roots.get(placeKey(place));
  }
}

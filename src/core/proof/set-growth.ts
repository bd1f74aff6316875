/**
 * Whether every leaf of a set from before is among its leaves of now, while these stream by.
 *
 * The records of a set stand in the order of their ids on both sides, and a leaf commits to the id (docs/snapshot.md). So
 * the leaves from before, in their order, are a subsequence of those of now if and only if each of them is still there:
 * one pass over both sides shows it, and remembers one leaf. A leaf that is not met stops that pass; from there on the leaves
 * that are to come are looked at ahead, so that the lost ones are named and the others are not called lost.
 */
import type { Hash } from '../platform.ts';

/** How many records in a row may be new before leaves are looked at ahead. */
const PATIENCE = 1024;
/** How far is looked ahead: that many leaves are held. More records lost in a row are not all looked for. */
const AHEAD = 1 << 18;

/** A leaf from before that is not there now. */
export interface LostLeaf {
  /** Which one of the set from before, from 1. */
  readonly number: number;
  readonly leaf: Hash;
  /** The id of the record of now that stands before the place where it was; null for the first. */
  readonly after: string | null;
  /** Likewise behind it; null for the last. */
  readonly before: string | null;
}

export interface SetGrowth {
  /** Leaves from before that are there now. */
  readonly matched: number;
  /** Leaves that are not: how many, and the first of them. */
  readonly lost: number;
  readonly named: readonly LostLeaf[];
  /** Leaves of which nothing is known, since too many before them were lost. */
  readonly unknown: number;
  /** Of the leaves that are there: records whose body is gone or altered. */
  readonly bodyFaults: number;
}

interface Passed {
  readonly id: string;
  readonly leaf: Hash;
}

export interface SetFollowerLimits {
  readonly patience?: number;
  readonly ahead?: number;
  /** How many lost leaves are named. */
  readonly named?: number;
}

/** Follows one set. */
export class SetFollower {
  readonly #next: () => Hash | undefined;
  readonly #patience: number;
  readonly #aheadMost: number;
  readonly #mostNamed: number;
  /** The leaf that is to be met next, in the fast pass. */
  #head: Hash | undefined;
  /** Leaves that were read so far, the one at the head with them. */
  #readCount = 0;
  /** Records that have passed since a leaf was met last, in the fast pass. */
  #passed: Passed[] = [];
  /** Leaves to come with their numbers, in order; undefined in the fast pass. */
  #ahead: Map<Hash, number> | undefined;
  #matched = 0;
  #lost = 0;
  #bodyFaults = 0;
  readonly #named: LostLeaf[] = [];
  /** The id of the record that was met last. */
  #met: string | null = null;

  /** @param next - the leaves from before, one after the other; undefined at their end */
  constructor(next: () => Hash | undefined, limits: SetFollowerLimits = {}) {
    this.#next = next;
    this.#patience = limits.patience ?? PATIENCE;
    this.#aheadMost = limits.ahead ?? AHEAD;
    this.#mostNamed = limits.named ?? 1000;
    this.#head = this.#read();
  }

  #read(): Hash | undefined {
    const leaf = this.#next();
    if (leaf !== undefined) this.#readCount += 1;
    return leaf;
  }

  /**
   * The next record of now.
   *
   * @param bodyFaulty - whether its body is gone or altered
   */
  take(leaf: Hash, id: string, bodyFaulty = false): void {
    if (this.#ahead === undefined && leaf === this.#head) {
      this.#meet(id, bodyFaulty);
      this.#passed = [];
      this.#head = this.#read();
    } else if (this.#ahead !== undefined) {
      if (this.#search(leaf, id)) this.#meet(id, bodyFaulty);
    } else if (this.#head !== undefined) {
      this.#passed.push({ id, leaf });
      // What has a faulty body is looked for at once: whether it is one from before has to be known here.
      if (bodyFaulty || this.#passed.length > this.#patience) this.#lookAhead(bodyFaulty);
    }
  }

  /**
   * The next records of now, none of which has a faulty body.
   *
   * @param leafOf - the leaf of each of them, counted from 0
   * @param idOf - likewise its id: asked for where it is needed alone
   */
  takeMany(count: number, leafOf: (at: number) => Hash, idOf: (at: number) => string): void {
    let metAt = -1;
    for (let at = 0; at < count; at++) {
      const leaf = leafOf(at);
      if (this.#ahead === undefined && leaf === this.#head) {
        this.#matched += 1;
        if (this.#passed.length > 0) this.#passed = [];
        this.#head = this.#read();
        metAt = at;
        continue;
      }
      if (metAt !== -1) this.#met = idOf(metAt);
      metAt = -1;
      this.take(leaf, idOf(at));
    }
    if (metAt !== -1) this.#met = idOf(metAt);
  }

  #meet(id: string, bodyFaulty: boolean): void {
    this.#matched += 1;
    this.#met = id;
    if (bodyFaulty) this.#bodyFaults += 1;
  }

  /** Leaves the fast pass: what has passed is looked at once more. */
  #lookAhead(lastIsFaulty: boolean): void {
    const passed = this.#passed;
    this.#passed = [];
    this.#ahead = new Map(this.#head === undefined ? [] : [[this.#head, this.#readCount]]);
    this.#head = undefined;
    this.#refill(this.#ahead);
    for (const [at, { id, leaf }] of passed.entries()) {
      if (this.#search(leaf, id)) this.#meet(id, lastIsFaulty && at === passed.length - 1);
    }
  }

  #refill(ahead: Map<Hash, number>): void {
    while (ahead.size < this.#aheadMost) {
      const leaf = this.#read();
      if (leaf === undefined) return;
      const number = this.#readCount;
      // No two records of a set are the same: one of them can be met at most.
      if (ahead.has(leaf)) this.#lose({ number, leaf, after: this.#met, before: null });
      else ahead.set(leaf, number);
    }
  }

  /** Whether `leaf` is one that is to come; those before it are lost then. */
  #search(leaf: Hash, id: string): boolean {
    const ahead = this.#ahead;
    if (ahead === undefined || !ahead.has(leaf)) return false;
    for (const [one, number] of ahead) {
      ahead.delete(one);
      if (one === leaf) break;
      this.#lose({ number, leaf: one, after: this.#met, before: id });
    }
    this.#refill(ahead);
    return true;
  }

  #lose(lost: LostLeaf): void {
    this.#lost += 1;
    if (this.#named.length < this.#mostNamed) this.#named.push(lost);
  }

  /** What came of it, now that the last record of now has passed; to be called once. */
  finish(): SetGrowth {
    if (this.#head !== undefined) this.#lookAhead(false);
    for (const [leaf, number] of this.#ahead ?? []) {
      this.#lose({ number, leaf, after: this.#met, before: null });
    }
    let unknown = 0;
    while (this.#read() !== undefined) unknown += 1;
    const [matched, lost, named, bodyFaults] = [this.#matched, this.#lost, this.#named, this.#bodyFaults];
    return { matched, lost, named, unknown, bodyFaults };
  }
}

/**
 * Places that records have left: asked of every record that is added. Each is kept as 64 bits of a seeded hash, so that a
 * million of them take 16 MB; two places look equal by chance once in 2^64 pairs, and then too much is refused.
 */
import { EvidenceError } from '../errors.ts';

interface Place {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
}

const FULLEST = 0.7;
/** 32 million: half a gigabyte. */
const MOST_SLOTS = 2 ** 26;

function mixed(seed: number, text: string): number {
  let hash = seed ^ text.length;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export class PlaceSet {
  readonly #seed: number;
  /** Pairs of 32 bits; the first is never 0 in a slot that is taken. */
  #table = new Uint32Array(2 * 1024);
  #size = 0;

  /** @param seed - any 32-bit number; one that cannot be foreseen keeps others from making places collide */
  constructor(seed: number) {
    this.#seed = seed >>> 0;
  }

  get size(): number {
    return this.#size;
  }

  /** @throws EvidenceError `input-limit` for more places than memory is kept for */
  add(place: Place): void {
    if (this.#size >= FULLEST * (this.#table.length / 2)) this.#grow();
    const [low, high] = this.#hashes(place);
    if (this.#put(this.#table, low, high)) this.#size++;
  }

  has(place: Place): boolean {
    if (this.#size === 0) return false;
    const [low, high] = this.#hashes(place);
    const mask = this.#table.length / 2 - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#table[2 * slot] ?? 0;
      if (entry === 0) return false;
      if (entry === low && this.#table[2 * slot + 1] === high) return true;
    }
  }

  #hashes({ tenant, stream, id }: Place): readonly [number, number] {
    const around = mixed(mixed(this.#seed, tenant), stream);
    const low = mixed(around, id) || 1;
    return [low, mixed(low ^ ~around, id)];
  }

  #put(table: Uint32Array, low: number, high: number): boolean {
    const mask = table.length / 2 - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const entry = table[2 * slot] ?? 0;
      if (entry === low && table[2 * slot + 1] === high) return false;
      if (entry !== 0) continue;
      table[2 * slot] = low;
      table[2 * slot + 1] = high;
      return true;
    }
  }

  #grow(): void {
    const old = this.#table;
    if (old.length > MOST_SLOTS)
      throw new EvidenceError('input-limit', 'more records change their place than memory holds');
    this.#table = new Uint32Array(2 * old.length);
    for (let at = 0; at < old.length; at += 2) {
      const low = old[at] ?? 0;
      if (low !== 0) this.#put(this.#table, low, old[at + 1] ?? 0);
    }
  }
}

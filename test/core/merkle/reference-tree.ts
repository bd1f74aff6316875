/**
 * The definitions of RFC 9162 §2.1 as they stand there, by recursion over lists: the oracle for the streaming code. It
 * shares nothing with src but the format of a hash, and hashes with node:crypto.
 */
import { createHash } from 'node:crypto';

export function sha256Hex(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

export function nodeOf(left: string, right: string): string {
  return sha256Hex(Buffer.from(`01${left}${right}`, 'hex'));
}

/** Leaves that differ from one another: the hash of the index, written in decimal. */
export function numberedLeaves(count: number): string[] {
  return Array.from({ length: count }, (_, index) => sha256Hex(Buffer.from([0]), Buffer.from(String(index))));
}

/** "the largest power of two smaller than n": k < n <= 2k */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** A side of a sibling, or where a consistency proof starts. */
export type Shape = string;

export class ReferenceTree {
  readonly leaves: readonly string[];
  readonly #roots = new Map<string, string>();
  constructor(leaves: readonly string[]) {
    this.leaves = leaves;
  }

  /** MTH(D[start:end]), §2.1.1 */
  root(start: number, end: number): string {
    if (end === start) return sha256Hex();
    if (end - start === 1) return this.leaves[start] ?? '';
    const key = `${start}:${end}`;
    const known = this.#roots.get(key);
    if (known !== undefined) return known;
    const k = start + split(end - start);
    const root = nodeOf(this.root(start, k), this.root(k, end));
    this.#roots.set(key, root);
    return root;
  }

  /** PATH(m, D[start:end]), §2.1.3.1; m counts from start */
  path(m: number, start: number, end: number): string[] {
    const n = end - start;
    if (n === 1) return [];
    const k = split(n);
    if (m < k) return [...this.path(m, start, start + k), this.root(start + k, end)];
    return [...this.path(m - k, start + k, end), this.root(start, start + k)];
  }

  /** PROOF(m, D[0:n]), §2.1.4.1 */
  proof(m: number, n: number): string[] {
    return this.#subproof(m, 0, n, true);
  }

  /** SUBPROOF(m, D[start:end], b) */
  #subproof(m: number, start: number, end: number, b: boolean): string[] {
    const n = end - start;
    if (m === n) return b ? [] : [this.root(start, end)];
    const k = split(n);
    if (m <= k) return [...this.#subproof(m, start, start + k, b), this.root(start + k, end)];
    return [...this.#subproof(m - k, start + k, end, false), this.root(start, start + k)];
  }
}

/** Which sides PATH(m, D[n]) takes its siblings from, leaf upwards. Trees of two sizes can share it at an index. */
export function inclusionShape(m: number, n: number): Shape {
  if (n === 1) return '';
  const k = split(n);
  return m < k ? `${inclusionShape(m, k)}R` : `${inclusionShape(m - k, n - k)}L`;
}

/** The like of PROOF(m, D[n]); starts with `1` where root1 itself is where the proof starts. */
export function consistencyShape(m: number, n: number, b = true): Shape {
  if (m === n) return b ? '1' : 'S';
  const k = split(n);
  return m <= k ? `${consistencyShape(m, k, b)}R` : `${consistencyShape(m - k, n - k, false)}L`;
}

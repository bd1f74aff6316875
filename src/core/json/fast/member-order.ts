/**
 * Puts the members of an object, written as they came, into canonical order.
 *
 * Objects lie within one another, so the places of their members are a stack: an object's own are on top of those of
 * the objects around it when it ends, and leave with it.
 */
import { COMMA } from '../ascii.ts';
import { compareNames } from '../name-order.ts';
import type { ByteOutput } from './byte-output.ts';

/** Shorter runs of bytes are copied faster one by one than by a call. */
const SHORT_COPY = 48;

export class MemberOrder {
  /** How many members are on the stack. */
  count = 0;
  private readonly output: ByteOutput;
  /** Where the name of each begins in the output, behind its quote, and where it ends, before its quote. */
  private readonly nameStart: number[] = [];
  private readonly nameEnd: number[] = [];
  /** Places on the stack in the order to be, and room to sort them. */
  private order: number[] = [];
  private spare: number[] = [];
  /** Whether the sort came upon two of one name. */
  private duplicate = false;

  constructor(output: ByteOutput) {
    this.output = output;
  }

  /**
   * Adds the member whose name was written last, at `nameStart` to `nameEnd`, to the object whose first is `base`.
   *
   * @returns whether its name comes behind that of the one before it; if not, the object must be sorted when it ends
   */
  add(base: number, nameStart: number, nameEnd: number): boolean {
    const i = this.count++;
    this.nameStart[i] = nameStart;
    this.nameEnd[i] = nameEnd;
    return i === base || this.compare(i, i - 1) > 0;
  }

  /** Takes the members from `base` on from the stack. */
  drop(base: number): void {
    this.count = base;
  }

  /**
   * Sorts the members from `base` on, which end where the output ends, with n log n comparisons for n members in
   * whatever order.
   *
   * @returns whether all names are different; if not, the output is left as it was
   */
  sort(base: number): boolean {
    const size = this.count - base;
    this.duplicate = false;
    for (let i = 0; i < size; i++) this.order[i] = base + i;
    for (let width = 1; width < size; width *= 2) this.mergePass(width, size);
    if (this.duplicate) return false;
    this.rewrite(base, size);
    return true;
  }

  private compare(a: number, b: number): number {
    const { nameStart, nameEnd } = this;
    const { bytes } = this.output;
    return compareNames(
      bytes,
      nameStart[a] as number,
      nameEnd[a] as number,
      nameStart[b] as number,
      nameEnd[b] as number,
    );
  }

  /** Whether member a goes before b. Two of one name are neighbours in the end, so any sort once compares them. */
  private precedes(a: number, b: number): boolean {
    const order = this.compare(a, b);
    if (order === 0) this.duplicate = true;
    return order < 0;
  }

  /** Merges all pairs of sorted runs of this width into runs of twice that. */
  private mergePass(width: number, size: number): void {
    for (let from = 0; from < size; from += 2 * width) {
      this.merge(from, Math.min(from + width, size), Math.min(from + 2 * width, size));
    }
    const merged = this.spare;
    this.spare = this.order;
    this.order = merged;
  }

  /** Merges the sorted runs `[from, middle)` and `[middle, end)` of the order into the same places of the spare. */
  private merge(from: number, middle: number, end: number): void {
    const { order, spare } = this;
    let left = from;
    let right = middle;
    for (let i = from; i < end; i++) {
      const fromRight = right < end && (left >= middle || this.precedes(order[right] as number, order[left] as number));
      spare[i] = order[fromRight ? right++ : left++] as number;
    }
  }

  /** Writes the members in order behind themselves, where there is room, and moves them back. */
  private rewrite(base: number, size: number): void {
    const { output, nameStart, order } = this;
    const start = (nameStart[base] as number) - 1;
    const end = output.length;
    output.reserve(end - start);
    const { bytes } = output;
    let to = end;
    for (let i = 0; i < size; i++) {
      const member = order[i] as number;
      const from = (nameStart[member] as number) - 1;
      const memberEnd = member + 1 < this.count ? (nameStart[member + 1] as number) - 2 : end;
      if (i > 0) bytes[to++] = COMMA;
      to = copy(bytes, from, memberEnd, to);
    }
    copy(bytes, end, to, start);
  }
}

/** Copies `[from, end)` to `to`, which must not lie in between; the offset behind the copy. */
function copy(bytes: Uint8Array, from: number, end: number, to: number): number {
  if (end - from > SHORT_COPY) bytes.copyWithin(to, from, end);
  else for (let i = from, j = to; i < end; i++, j++) bytes[j] = bytes[i] as number;
  return to + end - from;
}

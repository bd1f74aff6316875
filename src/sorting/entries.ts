/**
 * Records on their way into order: each with its key, by whose bytes they are sorted, and numbers that go with it.
 *
 * Everything of an entry stands in one piece of bytes, so that a million of them are no million of objects:
 *
 *     length of the key, length of the record   4 bytes each, little-endian
 *     its numbers                               8 bytes each, doubles
 *     the key, the record                       UTF-8
 */
import { Buffer } from 'node:buffer';

/** What goes with a record, beside its text; what they say is for whoever adds it. */
export type Numbers = readonly [number, number, number, number];

const HEAD_BYTES = 40;

/** The entry that begins at `at` of `bytes`. */
export function entryLength(view: DataView, at: number): number {
  return HEAD_BYTES + view.getUint32(at, true) + view.getUint32(at + 4, true);
}

function keyStart(at: number): number {
  return at + HEAD_BYTES;
}

export function recordStart(view: DataView, at: number): number {
  return at + HEAD_BYTES + view.getUint32(at, true);
}

export function numbersAt(view: DataView, at: number): Numbers {
  const number = (which: number): number => view.getFloat64(at + 8 + 8 * which, true);
  return [number(0), number(1), number(2), number(3)];
}

/** Whether a whole entry lies in `bytes[at, end)`. */
export function isWhole(view: DataView, at: number, end: number): boolean {
  return at + HEAD_BYTES <= end && at + entryLength(view, at) <= end;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Below 0 if the key of one comes first; both views are those of their bytes. */
export function compareKeys(
  a: Uint8Array,
  aView: DataView,
  aAt: number,
  b: Uint8Array,
  bView: DataView,
  bAt: number,
): number {
  const [aStart, bStart] = [keyStart(aAt), keyStart(bAt)];
  const [aEnd, bEnd] = [aStart + aView.getUint32(aAt, true), bStart + bView.getUint32(bAt, true)];
  return Buffer.prototype.compare.call(a, b, bStart, bEnd, aStart, aEnd);
}

/** The parts of a record's text. */
export interface RecordParts {
  readonly head: string;
  /** What stands between head and tail. */
  readonly body: Uint8Array | undefined;
  readonly tail: string;
}

/** Entries written one behind another into bytes that are used again. */
export class EntryBuffer {
  bytes: Buffer;
  view: DataView;
  length = 0;
  /** Where each begins. */
  readonly starts: number[] = [];

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.view = viewOf(this.bytes);
  }

  add(key: string, { head, body, tail }: RecordParts, numbers: Numbers): void {
    // At most three bytes for a code unit.
    this.#reserve(HEAD_BYTES + 3 * (key.length + head.length + tail.length) + (body?.length ?? 0));
    const { bytes, view, length: start } = this;
    const keyBytes = bytes.write(key, start + HEAD_BYTES);
    let at = start + HEAD_BYTES + keyBytes;
    const recordAt = at;
    at += bytes.write(head, at);
    if (body !== undefined) {
      bytes.set(body, at);
      at += body.length;
    }
    at += bytes.write(tail, at);
    view.setUint32(start, keyBytes, true);
    view.setUint32(start + 4, at - recordAt, true);
    for (let which = 0; which < 4; which++) view.setFloat64(start + 8 + 8 * which, numbers[which] as number, true);
    this.starts.push(start);
    this.length = at;
  }

  clear(): void {
    this.length = 0;
    this.starts.length = 0;
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, needed));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.view = viewOf(larger);
  }
}

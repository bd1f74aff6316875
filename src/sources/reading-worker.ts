/** What the thread of reading-thread.ts runs: it reads into memory that both share, answers, and digests what it has read. */
import { createHash, type Hash as Digest } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Hash } from '../core/platform.ts';

/** What is asked for a file, which has a number. */
export type ThreadOrder = { readonly file: number } & (
  | { readonly kind: 'open'; readonly descriptor: number; readonly buffers: readonly Uint8Array[] }
  | { readonly kind: 'read'; readonly buffer: number; readonly position: number }
  | { readonly kind: 'digest' | 'close' }
);

/** To `read` and `digest`: what was asked for, or the error code of the system. */
export interface ThreadAnswer {
  readonly file: number;
  readonly length?: number;
  readonly sha256?: Hash;
  readonly code?: string;
}

interface OpenFile {
  readonly descriptor: number;
  readonly buffers: readonly Uint8Array[];
  readonly digest: Digest;
}

const files = new Map<number, OpenFile>();

function answer(message: ThreadAnswer): void {
  parentPort?.postMessage(message);
}

function read(file: number, { descriptor, buffers, digest }: OpenFile, buffer: number, position: number): void {
  const into = buffers[buffer];
  if (into === undefined) throw new RangeError(`there is no buffer ${buffer}`);
  let length: number;
  try {
    length = readSync(descriptor, into, 0, into.length, position);
  } catch (fault) {
    const { code } = fault as { readonly code?: unknown };
    if (typeof code !== 'string') throw fault;
    answer({ file, code });
    return;
  }
  // Answered first: the other thread can go on, and asks for these bytes to be written over only in its next order.
  answer({ file, length });
  digest.update(into.subarray(0, length));
}

parentPort?.on('message', (order: ThreadOrder) => {
  const { file } = order;
  if (order.kind === 'open') {
    const { descriptor, buffers } = order;
    files.set(file, { descriptor, buffers, digest: createHash('sha256') });
    return;
  }
  const open = files.get(file);
  if (open === undefined) throw new RangeError(`file ${file} is not open`);
  if (order.kind === 'read') read(file, open, order.buffer, order.position);
  else if (order.kind === 'digest') answer({ file, sha256: open.digest.digest('hex') });
  else files.delete(file);
});

/** Bytes of an input, read once from beginning to end. */
import type { Hash } from '../core/platform.ts';

export interface ByteSource {
  readonly name: string;
  /** The next bytes, valid until the next call; undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Reads what is left, and makes sure that the input did not change meanwhile. SHA-256 of all bytes as stored. */
  finish(): Promise<Hash | null>;
  close(): Promise<void>;
  /** Bytes as stored, so far and in all. */
  readonly bytesRead: number;
  readonly bytesTotal: number | null;
}

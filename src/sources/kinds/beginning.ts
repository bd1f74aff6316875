/** The first bytes of a file, unpacked if need be. */
import { Buffer } from 'node:buffer';
import type { ByteSource } from '../bytes.ts';
import { UnpackedBytes } from '../gunzip.ts';
import type { Beginning } from './survey.ts';

/** So much of a file is looked at: what items are called is seen in the first ones. */
export const LOOKED_AT_BYTES: number = 16 * 1024 * 1024;

/**
 * The first bytes of a file.
 *
 * @param file - it is closed
 * @param most - how many at least, if there are so many
 * @throws EvidenceError if it cannot be read
 */
export async function beginningOf(file: ByteSource, most: number): Promise<Beginning> {
  const bytes = new UnpackedBytes(file);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    let chunk = await bytes.read();
    for (; chunk !== undefined && length < most; chunk = await bytes.read()) {
      chunks.push(chunk.slice());
      length += chunk.length;
    }
    return { bytes: Buffer.concat(chunks), whole: chunk === undefined };
  } finally {
    await bytes.close();
  }
}

/** Files of a page or two: profiles, keys, signatures. What is longer is another file, given by mistake. */
import { open } from 'node:fs/promises';
import { EvidenceError } from '../core/errors.ts';

const MAX_BYTES = 1024 * 1024;

/**
 * The bytes of a file, read through one opening.
 *
 * @param what - what it is, for the message
 * @throws EvidenceError `input-limit` for more than 1 MiB
 * @throws Error of the file system
 */
export async function readSmallFile(path: string, what: string, mostBytes: number = MAX_BYTES): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const buffer = new Uint8Array(mostBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    if (length > mostBytes) throw new EvidenceError('input-limit', `${what} has at most ${mostBytes} bytes`);
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** Files of a page or two: profiles, keys, signatures. What is longer is another file, given by mistake. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { EvidenceError } from '../core/errors.ts';

const MAX_BYTES = 1024 * 1024;

/** What its size says, and one more: whether that was the end is seen by reading on. */
async function sizeOf(file: FileHandle, what: string, mostBytes: number): Promise<number> {
  const stats = await file.stat();
  if (!stats.isFile()) {
    const found = stats.isDirectory() ? 'a folder' : 'not a regular file';
    throw new EvidenceError('source-incomplete', `it is ${found}`, { advice: `give the file that has ${what}` });
  }
  if (stats.size > mostBytes) throw new EvidenceError('input-limit', `${what} has at most ${mostBytes} bytes`);
  return stats.size;
}

/**
 * The bytes of a regular file, read through one opening.
 *
 * @param what - what it is, for the message
 * @param mostBytes - default 1 MiB
 * @throws EvidenceError `input-limit` for more bytes than that, `source-incomplete` for a folder, a pipe or a device,
 *   `input-changed` if it grew or shrank meanwhile
 * @throws Error of the file system
 */
export async function readSmallFile(path: string, what: string, mostBytes: number = MAX_BYTES): Promise<Uint8Array> {
  // Not blocking: opening a pipe that nobody writes to would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const size = await sizeOf(file, what, mostBytes);
    const buffer = new Uint8Array(size + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    if (length !== size) throw new EvidenceError('input-changed', 'it changed while it was read');
    return buffer.subarray(0, size);
  } finally {
    await file.close();
  }
}

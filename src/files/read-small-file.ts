/** Files that fit into memory, or of which the digest is all that is wanted; found unchanged at the end. */
import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf, EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';

const CHUNK_BYTES = 1 << 20;

/** Profiles, keys, config files: what is longer is another file, given by mistake. */
const PAGES_BYTES = 1024 * 1024;

/** A file as it was read. */
export interface SmallFile {
  readonly bytes: Uint8Array;
  readonly sha256: Hash;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedAtMs: number;
}

/** What a file is known by. */
export interface FileDigest {
  readonly sha256: Hash;
  /** Length in bytes. */
  readonly bytes: number;
}

function unreadable(path: string, cause: unknown): EvidenceError {
  const code = codeOf(cause);
  const reason = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
  const advice = 'check the path and its permissions';
  return new EvidenceError('source-incomplete', reason, { where: { file: path }, advice, cause });
}

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

async function readThrough(path: string, file: FileHandle, take: (chunk: Uint8Array) => void): Promise<BigIntStats> {
  const before = await file.stat({ bigint: true });
  if (!before.isFile()) {
    const reason = before.isDirectory() ? 'it is a folder, not a regular file' : 'not a regular file';
    throw new EvidenceError('source-incomplete', reason, { where: { file: path } });
  }
  // A page or two is what most of these files have.
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, Number(before.size) + 1));
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, length);
    if (bytesRead === 0) break;
    take(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  const after = await file.stat({ bigint: true });
  if (stateOf(before) === stateOf(after) && BigInt(length) === after.size) return after;
  throw new EvidenceError('input-changed', 'the file changed while it was read', { where: { file: path } });
}

/** Reads the file through one opening: what is looked at is what is read, whoever changes the name meanwhile. */
async function through(path: string, take: (chunk: Uint8Array) => void): Promise<BigIntStats> {
  // Not blocking: opening a pipe that nobody writes to would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return await readThrough(path, file, take);
  } finally {
    await file.close();
  }
}

async function named<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (fault) {
    throw fault instanceof EvidenceError ? fault : unreadable(path, fault);
  }
}

/**
 * Reads a regular file whole, through one opening. Links are followed.
 *
 * @param what - what it is, for the message
 * @param mostBytes - a longer file is refused, and not read to its end; default 1 MiB
 * @throws EvidenceError `input-limit`, `source-incomplete` for a folder, a pipe or a device, `input-changed`
 * @throws Error of the file system, which has the path in it
 */
export async function readOnce(path: string, what: string, mostBytes: number = PAGES_BYTES): Promise<SmallFile> {
  const hash = createHash('sha256');
  const chunks: Uint8Array[] = [];
  let length = 0;
  const { mtimeMs } = await through(path, (chunk) => {
    length += chunk.length;
    if (length > mostBytes) {
      throw new EvidenceError('input-limit', `${what} has at most ${mostBytes} bytes`, { where: { file: path } });
    }
    hash.update(chunk);
    chunks.push(chunk.slice());
  });
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex'), modifiedAtMs: Number(mtimeMs) };
}

/**
 * The same for a file that is reported by its name: every fault is an EvidenceError.
 *
 * @throws EvidenceError `source-incomplete`, `input-changed` or `input-limit`
 */
export function readSmallFile(path: string, mostBytes: number): Promise<SmallFile> {
  return named(path, () => readOnce(path, 'such a file', mostBytes));
}

/**
 * SHA-256 and length of a file of any size. Links are followed.
 *
 * @throws EvidenceError `source-incomplete` or `input-changed`
 */
export async function digestFile(path: string): Promise<FileDigest> {
  const hash = createHash('sha256');
  const { size } = await named(path, () => through(path, (chunk) => hash.update(chunk)));
  return { sha256: hash.digest('hex'), bytes: Number(size) };
}

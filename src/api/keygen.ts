/** New keys on disk: never in place of old ones, and the private one for its owner alone. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import { ReportWriteError, syncFolder, writeFault } from '../files/write-whole-file.ts';
import { type KeyPairFiles, newKeyPair } from '../trust/node-keys.ts';
import { KEYGEN_OPTIONS, type KeygenOptions, readOptions } from './options.ts';

const OWNER_ONLY = 0o600;
const READABLE = 0o644;

/** A pair of keys as it was written. */
export interface WrittenKeyPair {
  /** Path of the private key. */
  readonly privateKey: string;
  /** Path of the public key. */
  readonly publicKey: string;
  /** SHA-256 of the SubjectPublicKeyInfo, by which reports name the key. */
  readonly sha256: Hash;
}

/** Codes of a name that is taken, or is no place for a file; whatever else there is, is a fault of the disk. */
const OF_THE_NAME: ReadonlySet<string> = new Set([
  'EEXIST',
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'ENXIO',
]);

/** There is something of the name that a key was to have, or it is no place for a file: nothing was made. */
export class KeyPlaceError extends ReportWriteError {
  override readonly name: string = 'KeyPlaceError';
}

async function create(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, 'wx', mode);
  } catch (fault) {
    const code = codeOf(fault);
    if (!OF_THE_NAME.has(code)) throw writeFault(path, 'create the key', fault);
    const why = code === 'ENOENT' ? `: there is no folder ${dirname(path)}` : ` (${code})`;
    const reason =
      code === 'EEXIST' ? 'is there already: a key is never replaced' : `a key cannot be written there${why}`;
    throw new KeyPlaceError(path, reason, 'give another name');
  }
}

async function fill(file: FileHandle, text: string): Promise<void> {
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes `path` and `path.pub`.
 *
 * @throws KeyPlaceError if either is there already, or cannot be made
 * @throws ReportWriteError if the disk does not take them; then neither is left behind
 */
export async function writeKeyPair(path: string, { privatePem, publicPem }: KeyPairFiles): Promise<void> {
  const publicPath = `${path}.pub`;
  const privateFile = await create(path, OWNER_ONLY);
  let publicFile: FileHandle;
  try {
    publicFile = await create(publicPath, READABLE);
  } catch (fault) {
    await privateFile.close();
    await rm(path, { force: true });
    throw fault;
  }
  try {
    // The public one first: it is closed whatever happens to the other.
    await fill(publicFile, publicPem).finally(() => fill(privateFile, privatePem));
    await syncFolder(path, dirname(path));
  } catch (fault) {
    await rm(path, { force: true });
    await rm(publicPath, { force: true });
    throw writeFault(path, 'write the key', fault);
  }
}

/** @throws as `keygen` of on-demand-trust.ts says */
export async function keygen(given: KeygenOptions): Promise<WrittenKeyPair> {
  const { output } = readOptions<KeygenOptions>(given, KEYGEN_OPTIONS, 'keygen', ['output']);
  const pair = newKeyPair(output);
  await writeKeyPair(output, pair);
  return { privateKey: output, publicKey: `${output}.pub`, sha256: pair.publicKey.id };
}

/** New keys on disk: never in place of old ones, and the private one for its owner alone. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../../core/errors.ts';
import { ReportWriteError, syncFolder } from '../../files/write-whole-file.ts';
import type { KeyPairFiles } from '../../trust/node-keys.ts';
import { UsageError } from '../terminal/exit.ts';

const OWNER_ONLY = 0o600;
const READABLE = 0o644;

async function create(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, 'wx', mode);
  } catch (fault) {
    const code = codeOf(fault);
    if (code === 'EEXIST') throw new UsageError(`${path} is there already: a key is never replaced`);
    throw new UsageError(`${path}: a key cannot be written there (${code})`);
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
 * @throws UsageError if either is there already, or cannot be made
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
    const code = codeOf(fault);
    throw new ReportWriteError(path, `the key could not be written (${code})`, 'write it elsewhere', fault);
  }
}

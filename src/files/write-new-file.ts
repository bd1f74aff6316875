/** Files that people go on to edit, such as a profile or the draft of a migration: what is there is never replaced. */
import { lstat, readFile } from 'node:fs/promises';
import { codeOf } from '../core/errors.ts';
import { ReportWriteError, WholeFile } from './write-whole-file.ts';

/** Whether the file has these bytes. */
async function hasContent(path: string, bytes: Uint8Array): Promise<boolean> {
  const { size } = await lstat(path);
  return size === bytes.length && (await readFile(path)).equals(bytes);
}

/** More than anybody edits by hand: it is another file. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Finds before anything is read that `path` cannot be written as a new file: what is there is another one, or its folder
 * takes none.
 *
 * @param mayBe - whether what is there may be what will be written
 * @throws ReportWriteError as {@link writeNew}
 */
export async function requireNew(path: string, mayBe: (bytes: Uint8Array) => boolean): Promise<void> {
  const there = async (): Promise<boolean> => {
    const status = await lstat(path);
    return status.isFile() && status.size <= MOST_BYTES && mayBe(await readFile(path));
  };
  if (await isThere(path, there)) return;
  await (await WholeFile.open(path)).close();
}

/** Whether it is there as it would be written. */
async function isThere(path: string, isSame: () => Promise<boolean>): Promise<boolean> {
  try {
    if (await isSame()) return true;
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT') return false;
    throw new ReportWriteError(path, `what is there cannot be read (${codeOf(fault)})`, 'give another name', fault);
  }
  const reason = 'another file of that name is there: what may have been worked on is never replaced';
  throw new ReportWriteError(path, reason, 'give another name, or move that file away');
}

/**
 * Writes `path` whole where nothing is. A file that has these very bytes already is left alone.
 *
 * @param path - the file; its folder must exist
 * @param bytes - its content
 * @throws ReportWriteError if there is something else of that name, or it cannot be written, with what to do
 */
export async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const isSame = () => hasContent(path, bytes);
  if (await isThere(path, isSame)) return;
  const file = await WholeFile.open(path);
  try {
    await file.fill(bytes);
    await file.commit(true);
  } catch (fault) {
    // Somebody was faster: it is as if that had been there.
    if (!(fault instanceof ReportWriteError) || codeOf(fault.cause) !== 'EEXIST') throw fault;
    await isThere(path, isSame);
  } finally {
    await file.close();
  }
}

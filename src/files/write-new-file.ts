/** Files that people go on to edit, such as a profile or the draft of a migration: what is there is never replaced. */
import { lstat, readFile } from 'node:fs/promises';
import { codeOf } from '../core/errors.ts';
import { ReportWriteError, WholeFile } from './write-whole-file.ts';

/** Whether the file has these bytes. */
async function hasContent(path: string, bytes: Uint8Array): Promise<boolean> {
  const { size } = await lstat(path);
  return size === bytes.length && (await readFile(path)).equals(bytes);
}

/** Whether it is there as it would be written. */
async function isThere(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    if (await hasContent(path, bytes)) return true;
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
  if (await isThere(path, bytes)) return;
  const file = await WholeFile.open(path);
  try {
    await file.fill(bytes);
    await file.commit(true);
  } catch (fault) {
    // Somebody was faster: it is as if that had been there.
    if (!(fault instanceof ReportWriteError) || codeOf(fault.cause) !== 'EEXIST') throw fault;
    await isThere(path, bytes);
  } finally {
    await file.close();
  }
}

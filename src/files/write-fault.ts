/** What keeps a file or a folder from being written, with what to do about it. */
import { EvidenceError } from '../core/errors.ts';

/** A file could not be written whole. What was there before is still there. */
export class ReportWriteError extends EvidenceError {
  override readonly name: string = 'ReportWriteError';

  /**
   * @param path - the file that was to be written
   * @param reason - what went wrong
   * @param advice - what to do about it
   */
  constructor(path: string, reason: string, advice: string, cause?: unknown) {
    super('report-write-failed', reason, { where: { file: path }, advice, cause });
  }
}

const ADVICE: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'create the folder first'],
  ['ENOTDIR', 'a part of the path is a file: give a path inside a folder'],
  ['EISDIR', 'give the name of a file, not of a folder'],
  ['EACCES', 'write to a folder that you may write to'],
  ['EPERM', 'write to a folder that you may write to'],
  ['EROFS', 'the file system is read-only: write elsewhere'],
  ['ENOSPC', 'free some space or write to another disk'],
  ['EDQUOT', 'free some space or write to another disk'],
  ['EFBIG', 'the size limit of this process or file system is too small: raise it or write elsewhere'],
  ['ENAMETOOLONG', 'give a shorter name'],
]);

/** The code of a fault of the system. */
export function codeOf(fault: unknown): string {
  return fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown fault';
}

/** Names a fault of the file system; `what` is what could not be done. */
export function writeFault(path: string, what: string, fault: unknown): ReportWriteError {
  if (fault instanceof ReportWriteError) return fault;
  const code = codeOf(fault);
  return new ReportWriteError(path, `could not ${what} (${code})`, ADVICE.get(code) ?? 'write it elsewhere', fault);
}

/** Does `action`; what the system refuses is named as a fault of writing `path`. `what` is what could not be done. */
export async function attempt<T>(path: string, what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (fault) {
    throw writeFault(path, what, fault);
  }
}

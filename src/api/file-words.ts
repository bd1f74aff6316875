/** What is said of a small file that could not be read. */
import { codeOf, EvidenceError } from '../core/errors.ts';

/** Why a file could not be read, in words. */
export function reasonOf(fault: unknown): string {
  // Without the place: whoever asks says it, and a key that was given in place of a path must not be in it.
  if (fault instanceof EvidenceError) return fault.reason;
  const code = codeOf(fault);
  return code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
}

/** How a path is told: a key that was given itself, in place of its file, must not turn up in any report. */
export function shownPath(path: string): string {
  return path.includes('-----BEGIN') ? '(the text of a key in place of the name of its file)' : path;
}

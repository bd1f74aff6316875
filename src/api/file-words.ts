/** What is said of files by their names: of one that could not be read, and of an output that would replace an input. */

import { isPostgresUrl } from '../core/database-url.ts';
import { codeOf, EvidenceError } from '../core/errors.ts';
import { faultOfOutput } from '../files/replaced-input.ts';
/** Why a file could not be read, in words. */
export function reasonOf(fault: unknown): string {
  // Without the place: whoever asks says it, and a key that was given in place of a path must not be in it.
  if (fault instanceof EvidenceError) return fault.reason;
  const code = codeOf(fault);
  return code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
}

/** How a path is shown: a key that was given itself, in place of its file, must not turn up in any report. */
export function shownPath(path: string): string {
  return path.includes('-----BEGIN') ? '(the text of a key in place of the name of its file)' : path;
}

/**
 * What a call reads is never replaced by what it writes.
 *
 * @param what - which option of which function it is, for the message
 * @param inputs - all that the call reads, by the names that the caller gave
 * @throws TypeError if `path` would replace one of them, or be written into one that is a folder
 */
export function requireOwnOutput(what: string, path: string, inputs: readonly string[]): void {
  const fault = faultOfOutput(
    path,
    inputs.filter((name) => name !== '-' && !isPostgresUrl(name)),
  );
  if (fault !== undefined) throw new TypeError(`${what}: ${fault}`);
}

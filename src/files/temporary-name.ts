/** Names for what lies beside a file for a while: its name with something before and behind it, and never too long. */
import { createHash } from 'node:crypto';

/**
 * Most bytes of a name that is taken over as it is. What is put around it has 40 at most, and the strictest file system
 * in use (eCryptfs) takes names of 143; all others take 255, and a target may have all of them.
 */
const LONGEST_BYTES = 100;

/**
 * What stands for `name` in the names of its companions: `name` itself, or 32 hex digits of its SHA-256 where that would
 * make them too long.
 *
 * @param name - of the target, without its folder
 */
export function stemOf(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_BYTES) return name;
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

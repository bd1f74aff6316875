/** An output that is nobody's input: what a call reads is never replaced by what it writes. */

import { isPostgresUrl } from '../core/database-url.ts';
import { faultOfOutput } from '../files/replaced-input.ts';

/**
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

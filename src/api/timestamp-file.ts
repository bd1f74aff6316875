/** The time stamp beside a file. */
import { EvidenceError } from '../core/errors.ts';
import { MOST_REPLY_BYTES } from '../core/limits.ts';
import { readSmallFile } from '../files/read-small-file.ts';
import { TrustError } from '../trust/trust-error.ts';
import { shownPath } from './file-words.ts';

/** Where the time stamp of a file is. */
export function timestampPath(file: string): string {
  return `${file}.tsr`;
}

/**
 * The time stamp beside a file.
 *
 * @throws TrustError `signature-missing` if there is none that can be read
 */
export async function timestampBeside(file: string): Promise<Uint8Array> {
  const path = timestampPath(file);
  try {
    return (await readSmallFile(path, MOST_REPLY_BYTES)).bytes;
  } catch (fault) {
    if (!(fault instanceof EvidenceError)) throw fault;
    const how = `have it stamped: evidence-diff timestamp ${shownPath(file)}`;
    throw new TrustError('signature-missing', `a time stamp is demanded: ${shownPath(path)}: ${fault.reason}; ${how}`);
  }
}

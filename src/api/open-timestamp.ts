/** The outside time of a baseline (RFC 3161), by the names of its files. */
import { join } from 'node:path';
import { MANIFEST_NAME } from '../bundle/layout.ts';
import { isPostgresUrl } from '../core/database-url.ts';
import type { Hash } from '../core/platform.ts';
import type { TimestampReport } from '../core/report/report.ts';
import { TrustError } from '../trust/trust-error.ts';
import { isBundleFolder } from './layouts.ts';
import { timestampBeside } from './timestamp-file.ts';
import { certificatesAt } from './tsa-certificates.ts';

/** Verifies that the bytes with that digest were stamped; throws TrustError if they were not. */
export type VerifyTime = (sha256: Hash) => TimestampReport;

/**
 * Reads certificates and time stamp before the file itself is read; what is wrong with them is told when it was.
 *
 * @param file - the time stamp is beside it, in `<file>.tsr`; of a folder with a bundle it is beside the manifest
 */
export async function openTime(file: string, certificatePaths: readonly string[]): Promise<VerifyTime> {
  try {
    if (file === '-' || isPostgresUrl(file)) {
      throw new TrustError('signature-missing', 'a time stamp is demanded, and lies beside a file: this is none');
    }
    const certificates = await certificatesAt(certificatePaths);
    if (certificates instanceof TrustError) throw certificates;
    const reply = await timestampBeside((await isBundleFolder(file)) ? join(file, MANIFEST_NAME) : file);
    const { stampedFile, verifyTimestamp } = await import('../trust/verify-timestamp.ts');
    return (sha256) => verifyTimestamp(reply, stampedFile(sha256), { certificates, nowMs: Date.now() });
  } catch (fault) {
    if (!(fault instanceof TrustError)) throw fault;
    return () => {
      throw fault;
    };
  }
}

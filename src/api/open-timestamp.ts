/** The outside time of a baseline (RFC 3161), by the names of its files: certificates, and the time stamp beside it. */

import type { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { MANIFEST_NAME } from '../bundle/layout.ts';
import { isPostgresUrl } from '../core/database-url.ts';
import { EvidenceError } from '../core/errors.ts';
import { MOST_REPLY_BYTES } from '../core/limits.ts';
import type { Hash } from '../core/platform.ts';
import type { TimestampReport } from '../core/report/report.ts';
import { readOnce, readSmallFile } from '../files/read-small-file.ts';
import { TrustError } from '../trust/trust-error.ts';
import { reasonOf, shownPath } from './file-words.ts';
import { isBundleFolder } from './layouts.ts';
/** Verifies that the bytes with that digest were stamped; throws TrustError if they were not. */
export type VerifyTime = (sha256: Hash) => TimestampReport;

/**
 * Reads certificates and time stamp before the file itself is read; what is wrong with them is reported when it was.
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

/** All of them, or why one cannot be used: that is a finding of whoever demands a time. */
export async function certificatesAt(paths: readonly string[]): Promise<readonly X509Certificate[] | TrustError> {
  const { readCertificates } = await import('../trust/verify-timestamp.ts');
  const certificates: X509Certificate[] = [];
  for (const path of paths) {
    try {
      const { bytes } = await readOnce(path, 'a certificate');
      certificates.push(...readCertificates(Buffer.from(bytes).toString('latin1'), shownPath(path)));
    } catch (fault) {
      if (fault instanceof TrustError) return fault;
      return new TrustError('key-untrusted', `${shownPath(path)}: ${reasonOf(fault)}`);
    }
  }
  return certificates;
}

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

/** Certificates of time-stamping authorities by the names of their files. */
import type { X509Certificate } from 'node:crypto';
import { readOnce } from '../files/read-small-file.ts';
import { TrustError } from '../trust/trust-error.ts';
import { reasonOf, shownPath } from './file-words.ts';

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

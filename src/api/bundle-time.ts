/** The outside time of a bundle (RFC 3161): a time stamp of its manifest, by certificates that are given. */

import type { X509Certificate } from 'node:crypto';
import type { FoundStamp, JudgeStamp } from '../bundle/stamp.ts';
import { earlyFault } from '../trust/trust-demands.ts';
import { TrustError } from '../trust/trust-error.ts';
import { stampedFile, type VerifiedTimestamp, verifyTimestamp } from '../trust/verify-timestamp.ts';
import { certificatesAt } from './open-timestamp.ts';

const HOW = 'have the manifest stamped: evidence-diff timestamp manifest.json, in the folder of the bundle';

export class BundleTime {
  readonly #certificates: readonly X509Certificate[] | TrustError;
  /** Null as long as nothing was verified. */
  timestamp: VerifiedTimestamp | null = null;

  private constructor(certificates: readonly X509Certificate[] | TrustError) {
    this.#certificates = certificates;
  }

  /** What is wrong with a certificate is reported when the bundle was read. */
  static async open(certificatePaths: readonly string[]): Promise<BundleTime> {
    return new BundleTime(await certificatesAt(certificatePaths));
  }

  readonly judge: JudgeStamp = (found) => {
    try {
      this.timestamp = this.#verify(found);
      return undefined;
    } catch (fault) {
      if (!(fault instanceof TrustError)) throw fault;
      return { kind: fault.kind, message: `${found.name}: ${fault.message}` };
    }
  };

  #verify({ reply, manifest, capturedAt }: FoundStamp): VerifiedTimestamp {
    const certificates = this.#certificates;
    if (certificates instanceof TrustError) throw certificates;
    if (reply === undefined)
      throw new TrustError('signature-missing', `a time stamp is demanded, and is not there: ${HOW}`);
    if (manifest === undefined) throw new TrustError('signature-missing', 'there is no manifest that could be stamped');
    const timestamp = verifyTimestamp(reply, stampedFile(manifest), { certificates, nowMs: Date.now() });
    const early = earlyFault(timestamp.time, capturedAt ?? null);
    if (early !== undefined) throw new TrustError('baseline-stale', early);
    return timestamp;
  }
}

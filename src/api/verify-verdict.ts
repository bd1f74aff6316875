/** Signed verdicts by the names of their files, checked with nothing but a key. */

import { EvidenceError } from '../core/errors.ts';
import { present } from '../core/present.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { digestFile } from '../files/read-small-file.ts';
import { checkVerdict, type SignedTime, type VerdictCheck } from '../trust/check-verdict.ts';
import { TrustError } from '../trust/trust-error.ts';
import { signedContentAt, trustedKeysAt } from './key-file.ts';
import { certificatesAt } from './open-timestamp.ts';
import { readOptions, text } from './options.ts';
import { VERIFY_VERDICT_OPTIONS, type VerifyVerdictOptions } from './verdict-options.ts';
/** @throws as `verifyVerdict` of on-demand-trust.ts says */
export async function verifyVerdict(path: string, given: VerifyVerdictOptions): Promise<VerdictCheck> {
  return (await readVerdict(path, given)).check;
}

/** What verifies that one of the authorities has stamped a signature; undefined where nobody demands that. */
async function timestampDemand(paths: readonly string[] | undefined) {
  if (paths === undefined) return undefined;
  const { earliestTimestamp, stampedBytes } = await import('../trust/verify-timestamp.ts');
  const certificates = await certificatesAt(paths);
  return (timestamps: readonly Uint8Array[], signature: Uint8Array): SignedTime => {
    if (certificates instanceof TrustError) throw certificates;
    return earliestTimestamp(timestamps, stampedBytes(signature), { certificates, nowMs: Date.now() });
  };
}

/** The same, with the SHA-256 of the bytes that were checked; null where they could not be read. */
export async function readVerdict(
  path: string,
  given: VerifyVerdictOptions,
): Promise<{ readonly check: VerdictCheck; readonly sha256: string | null }> {
  const options = readOptions<VerifyVerdictOptions>(given, VERIFY_VERDICT_OPTIONS, 'verifyVerdict', ['trustedKeys']);
  text(path, 'verifyVerdict: path');
  const { trustedKeys, expectSubject, expectDigest, expectArtifacts, report, maxAgeSeconds } = options;
  const trusted = await trustedKeysAt(trustedKeys);
  const timestamp = await timestampDemand(options.tsaCertificates);
  const artifacts = Object.entries(expectArtifacts ?? {}).map(([name, sha256]) => ({ name, sha256 }));
  const bytes = await signedContentAt(path, 'a signed verdict');
  let content = bytes;
  let reportSha256: string | undefined;
  try {
    reportSha256 = report === undefined ? undefined : (await digestFile(report)).sha256;
  } catch (fault) {
    // That the report cannot be read says nothing of the signature, and the verdict cannot be shown to be of it.
    if (!(fault instanceof EvidenceError)) throw fault;
    content = fault;
  }
  const sha256 = bytes instanceof EvidenceError ? null : nodePlatform.sha256(bytes);
  const check = checkVerdict(nodePlatform, {
    name: path,
    content,
    trusted,
    demands: {
      ...present({ timestamp }),
      artifacts,
      ...present({ digest: expectDigest, reportSha256 }),
      ...(expectSubject === undefined ? {} : { subject: new Map(Object.entries(expectSubject)) }),
      ...(maxAgeSeconds === undefined ? {} : { age: { mostSeconds: maxAgeSeconds, nowMs: Date.now() } }),
    },
  });
  return { check, sha256 };
}

/** `evidence-diff attest REPORT --expect-report sha256:… --key K --output F`: signs the verdict of a report. */
import { present } from '../../core/present.ts';
import { printable } from '../../reports/printable.ts';
import { artifactsOf, SIGNED_VERDICT_OPTIONS } from '../options/attest-options.ts';
import { defineVerb, required, type Values, value } from '../options/define.ts';
import { fileName, notEmpty, sha256Digest, wholeNumber } from '../options/readers.ts';
import { printedAs } from '../options/shared.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

const OPTIONS = {
  key: required(value('<file>', 'the private key in PEM (PKCS #8) that signs', fileName)),
  output: required(
    value('<file>', 'the Sigstore bundle to write, whole or not at all', notEmpty, { writes: 'attestation' }),
  ),
  expectReport: value(
    '<digest>',
    'sha256:… that the report must have, as the comparison printed it; without it both sources are compared again',
    sha256Digest,
  ),
  maxFindings: value('<n>', 'of a comparison that is made again: as it was made (default 1000)', wholeNumber),
  format: printedAs,
  ...SIGNED_VERDICT_OPTIONS,
};

export interface AttestArguments extends Values<typeof OPTIONS> {
  readonly report: string;
}

export const verb = defineVerb({
  name: 'attest',
  summary: 'signs the verdict of a report',
  description: `Signs the verdict of a continuity report: an in-toto statement in a Sigstore bundle, which verify-verdict and the
verifiers of others check. The report must be the one that the comparison has made.`,
  arguments: { report: required(value('<report>', 'a continuity report as JSON', fileName)) },
  options: OPTIONS,
  notes: `A comparison does the same by itself with --attest.

Exit codes: those of the verdict that was signed (0 PASS, 1 FAIL, 2 INCOMPLETE, 3 UNTRUSTED). Nothing was signed: 2 the
report could not be read, or the bundle not written; 3 it is not what the comparison has made, or the key cannot be used.`,
  example: 'attest continuity.json --key evidence.key --output continuity.sigstore.json',
  request: (options, { report }): AttestArguments => {
    if (report === DASH || options.output === DASH) throw new UsageError('give files: neither can be -');
    if (options.expectReport !== undefined && options.maxFindings !== undefined) {
      throw new UsageError('--max-findings has no meaning with --expect-report: nothing is compared again');
    }
    checkNotSources([{ path: options.output, format: 'json' }], [report, options.key]);
    artifactsOf(options.artifact);
    return { report, ...options };
  },
  run: attestReport,
});

async function attestReport(request: AttestArguments, session: Session): Promise<ExitCode> {
  const { report, key, output, expectReport, maxFindings, format, artifact, predicate } = request;
  const { attest } = await import('../../api/attest.ts');
  const artifacts = artifact === undefined ? undefined : artifactsOf(artifact);
  const options = { key, output, predicate, ...present({ expectReport, maxFindings, artifacts }) };
  const { verdict, reportSha256, attestation, predicateType, key: signer } = await attest(report, options);
  const result = {
    kind: 'evidence-attesting',
    version: 1,
    verdict,
    report,
    reportSha256,
    attestation,
    predicateType,
    key: signer,
  };
  const lines = [
    `${verdict}: the verdict of ${report} was signed`,
    `report sha256:${reportSha256}`,
    `attestation ${attestation}`,
    `predicate ${predicateType}`,
    `key ${signer}`,
  ];
  return session.result(format, verdict, `${lines.map(printable).join('\n')}\n`, result);
}

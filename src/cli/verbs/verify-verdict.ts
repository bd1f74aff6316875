/** `evidence-diff verify-verdict F --trusted-key K.pub`: a signed verdict, checked with nothing but a key. */
import { present } from '../../core/present.ts';
import { verdictLines } from '../../reports/verdict-lines.ts';
import { artifactsOf, expectArtifact } from '../options/attest-options.ts';
import { CONFIG_NAME } from '../options/config-file.ts';
import { defineVerb, grouped, list, required, type Values, value } from '../options/define.ts';
import { fileName, notEmpty, seconds, sha256Digest } from '../options/readers.ts';
import { printedAs } from '../options/shared.ts';
import { expectedSubject, findTrust, tsaCertificate } from '../options/trust-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

const OPTIONS = {
  config: value('<file>', `config file, which may name trusted keys, in place of ${CONFIG_NAME} here`, notEmpty),
  format: printedAs,
  ...grouped('What the verdict must be:', {
    trustedKey: list('<file>', 'a public key (PEM) that may have signed it', fileName, {
      page: 'one of them must have; `--config FILE` may name keys',
    }),
    expectSubject: list('<name>', 'the system that both sides must be of, or member=text of their subject', notEmpty),
    expectDigest: value('<digest>', 'sha256:… that the baseline must have had', sha256Digest),
    expectArtifact,
    report: value('<file>', 'the report that it must be of: as JSON, or as it was written with it', fileName, {
      page: 'HTML and other formats do',
    }),
    tsaCertificate: tsaCertificate(
      'certificates in PEM: an authority with or by one of them must have stamped it (RFC 3161)',
    ),
    maxAge: value('<span>', 'of the comparison, e.g. 1h, 7d; an older one is UNTRUSTED', seconds),
  }),
};

export interface VerifyVerdictArguments extends Values<typeof OPTIONS> {
  readonly file: string;
}

export const verb = defineVerb({
  name: 'verify-verdict',
  summary: 'checks a signed verdict offline',
  description:
    'Checks a signed verdict: that a trusted key has signed it, that it is of what was demanded, and what it says.',
  arguments: { file: required(value('<file>', 'a Sigstore bundle that --attest or attest has written', fileName)) },
  options: OPTIONS,
  notes: `Neither the store nor a snapshot is read. A verdict of another system is as perfect as one of yours: say what it must be of.

Exit codes: 0 it is what was demanded, and says PASS; 1 it says FAIL; 2 it says INCOMPLETE, or cannot be read; 3 no trusted
key has signed it, it is not what was demanded, or it says UNTRUSTED.`,
  example: 'verify-verdict continuity.sigstore.json --trusted-key evidence.key.pub --expect-subject evidence-prod',
  request: (options, { file }): VerifyVerdictArguments => {
    if (file === DASH || options.report === DASH) throw new UsageError('give files: neither can be -');
    artifactsOf(options.expectArtifact, '--expect-artifact');
    return { file, ...options };
  },
  run: checkSignedVerdict,
});

async function checkSignedVerdict(request: VerifyVerdictArguments, session: Session): Promise<ExitCode> {
  const { file, config, format, trustedKey, expectSubject, expectDigest, expectArtifact: artifacts, report } = request;
  const { trustedKeys } = await findTrust(present({ trustedKey }), config, session.secrets);
  if (trustedKeys === undefined) throw new UsageError('no key is trusted: give --trusted-key');
  const { verifyVerdict } = await import('../../api/verify-verdict.ts');
  const check = await verifyVerdict(file, {
    trustedKeys,
    ...present({ expectDigest, report, maxAgeSeconds: request.maxAge, tsaCertificates: request.tsaCertificate }),
    ...(expectSubject === undefined ? {} : { expectSubject: expectedSubject(expectSubject) }),
    ...(artifacts === undefined ? {} : { expectArtifacts: artifactsOf(artifacts) }),
  });
  const { verdict, statement, signedBy, timestamp, findings } = check;
  const lines = verdictLines(check, file);
  const about = {
    verdict,
    headline: lines[0],
    file,
    statement: statement ?? null,
    signedBy,
    ...present({ timestamp }),
    findings,
  };
  return session.result(format, verdict, `${lines.join('\n')}\n`, {
    kind: 'evidence-verdict-check',
    version: 1,
    ...about,
  });
}

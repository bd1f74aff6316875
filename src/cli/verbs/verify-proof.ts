/** `evidence-diff verify-proof P --trusted-key K.pub`: checks a proof file with nothing but a key. */
import { type Hash, isHash } from '../../core/platform.ts';
import { present } from '../../core/present.ts';
import { proofLines } from '../../reports/proof-lines.ts';
import { defineVerb, list, required, value } from '../options/define.ts';
import { fileName, InvalidArgumentError, notEmpty } from '../options/readers.ts';
import { type PrintedAs, printedAs } from '../options/shared.ts';
import {
  expectedSubject,
  findTrust,
  KEY_OPTIONS,
  ORIGIN_OPTION,
  SUBJECT_OPTION,
  type TrustRequest,
} from '../options/trust-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';

export interface VerifyProofArguments {
  readonly file: string;
  readonly roots: readonly Hash[];
  readonly trust: TrustRequest;
  readonly expectSubject: Readonly<Record<string, string>> | undefined;
  readonly expectOrigin: string | undefined;
  readonly witnessPolicy: string | undefined;
  readonly format: PrintedAs;
}

function root(text: string): Hash {
  if (isHash(text)) return text;
  throw new InvalidArgumentError('It is no root: give 64 lower-case hexadecimal digits.');
}

export const verb = defineVerb({
  name: 'verify-proof',
  summary: 'checks a proof offline',
  description:
    'Checks a proof file, ours or a tlog-proof: every hash on its paths, and that a trusted key vouches for where they lead.',
  arguments: { file: required(value('<file>', 'a proof file', fileName)) },
  options: {
    witnessPolicy: value('<file>', 'what the checkpoint of a tlog-proof must meet (c2sp.org/tlog-policy)', notEmpty),
    root: list('<hash>', 'a global root that is known from elsewhere', root),
    format: printedAs,
    ...KEY_OPTIONS,
    ...SUBJECT_OPTION,
    ...ORIGIN_OPTION,
  },
  notes: `Nothing else is read: neither the store nor a snapshot. A proof of another system is as perfect as one of yours: say with
--expect-subject which it must be of. What was signed of system, time of capture and upgrade is printed in any case.

Exit codes: 0 shown and vouched for; 1 it does not show what it says; 2 it cannot be read, or shows a part; 3 nobody who
is trusted vouches for its roots.`,
  example: 'verify-proof sbom.proof.json --trusted-key evidence.key.pub',
  request: (
    { root: roots = [], expectSubject, expectOrigin, witnessPolicy, format, ...trust },
    { file },
  ): VerifyProofArguments => {
    if (trust.signature !== undefined) throw new UsageError('--signature: a proof holds its signatures itself');
    const subject = expectSubject === undefined ? undefined : expectedSubject(expectSubject);
    return { file, roots, trust, expectSubject: subject, expectOrigin, witnessPolicy, format };
  },
  run: checkProof,
});

async function checkProof(
  { file, roots, trust: request, expectSubject, expectOrigin, witnessPolicy, format }: VerifyProofArguments,
  session: Session,
): Promise<ExitCode> {
  const { trustedKeys = [], threshold } = await findTrust(request, undefined, session.secrets);
  const expected = {
    ...present({ expectSubject, expectOrigin }),
  };
  if (trustedKeys.length === 0 && witnessPolicy === undefined && Object.keys(expected).length > 0) {
    throw new UsageError('--expect-subject and --expect-origin have no meaning without --trusted-key');
  }
  const { verifyProof } = await import('../../api/verify-proof.ts');
  const check = await verifyProof(file, {
    ...(trustedKeys.length === 0 ? {} : { trustedKeys, ...present({ threshold }) }),
    ...(roots.length === 0 ? {} : { roots }),
    ...expected,
    ...present({ witnessPolicy }),
  });
  const { verdict, notes, findings } = check;
  // A key is named, not printed.
  const vouched = check.vouched.map((root) => ({
    ...root,
    keys: root.keys.map(({ id, algorithm }) => ({ id, algorithm })),
  }));
  const lines = proofLines(check, file);
  const about = { verdict, headline: lines[0], file, proves: check.document?.proves ?? null };
  const result = { kind: 'evidence-proof-check', version: 1, ...about, vouched, notes, findings };
  return session.result(format, verdict, `${lines.join('\n')}\n`, result);
}

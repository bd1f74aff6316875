/** The signed verdict that an audit report contains: said once, and drawn from this in each format. */
import { classOf, type FindingKind, type Mode } from '../core/kinds.ts';
import type { Hash } from '../core/platform.ts';
import type { Relation, Verdict } from '../core/report/report.ts';
import { type Fact, hash, words } from '../reports/facts.ts';
import { quoted } from '../reports/printable.ts';

export interface SignedVerdict {
  /** As it was given. */
  readonly file: string;
  /** Of the bytes that were checked; null where they could not be read. */
  readonly sha256: Hash | null;
  /** Whether a key that is demanded has signed it, and of what this report is of. */
  readonly verified: boolean;
  /** What was signed; null unless it is verified. */
  readonly says: {
    readonly verdict: Verdict;
    readonly relation: Relation;
    readonly mode: Mode;
    /** RFC 3339, by the clock of the comparison. */
    readonly verifiedAt: string;
  } | null;
  /** SHA-256 of the SubjectPublicKeyInfo of each demanded key that has signed it, be it of something else. */
  readonly signedBy: readonly { readonly sha256: Hash; readonly algorithm: string }[];
  /** Why it is not verified; empty where it is. */
  readonly findings: readonly { readonly kind: string; readonly message: string }[];
}

/**
 * The verdict of a report with a signed one in it: it is demanded, so nothing passes beside one that is not verified, or
 * that says something else than PASS.
 */
export function verdictBeside(own: Verdict, signed: SignedVerdict | undefined): Verdict {
  if (own !== 'PASS' || signed === undefined) return own;
  if (signed.says !== null) return signed.says.verdict;
  const isUntrusted = signed.findings.some(({ kind }) => classOf(kind as FindingKind, 'append') === 'UNTRUSTED');
  return isUntrusted ? 'UNTRUSTED' : 'INCOMPLETE';
}

function verifiedText({ verified, findings }: SignedVerdict, hasBaseline: boolean): string {
  const of = hasBaseline
    ? 'of what was read here'
    : 'of this source; of which baseline was not looked at, since none was given';
  if (verified) return `yes: a key that is demanded has signed it, ${of}`;
  return `NO: ${findings.map(({ kind, message }) => `${kind}: ${message}`).join('; ')}`;
}

/** What of it every format shows. */
export function signedVerdictFacts(signed: SignedVerdict, hasBaseline: boolean): readonly Fact[] {
  const { file, sha256, says, signedBy } = signed;
  const said =
    says === null
      ? 'nothing that counts here'
      : `${says.verdict}, relation ${says.relation}, mode ${says.mode}, verified at ${says.verifiedAt} by the verifier's clock`;
  return [
    words('signedVerdict.file', 'file', quoted(file)),
    hash('signedVerdict.sha256', 'sha256', sha256, 'could not be read'),
    words('signedVerdict.verified', 'verified', verifiedText(signed, hasBaseline)),
    words('signedVerdict.says', 'says', said),
    ...signedBy.map(({ sha256: key, algorithm }) => hash('signedVerdict.signedBy', `signed by (${algorithm})`, key)),
  ];
}

/** What the headline says of it, if it decides. */
export function headlineBeside(own: string, was: Verdict, signed: SignedVerdict | undefined): string {
  const verdict = verdictBeside(was, signed);
  if (verdict === was || signed === undefined) return own;
  const why =
    signed.says === null
      ? `the signed verdict is not verified; ${signed.findings[0]?.kind}: ${signed.findings[0]?.message}`
      : `the signed verdict says ${signed.says.verdict}`;
  return `${verdict}: ${why}; by itself: ${own}`;
}

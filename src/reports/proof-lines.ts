/** The outcome of checking a proof file as lines of text: what `verify-proof` prints, and what the page in a browser shows. */

import type { ProofCheck, VouchedRoot } from '../core/proof/proof-check.ts';
import type { Verdict } from '../core/report/report.ts';
import { counted } from '../core/words.ts';
import { printable, quoted } from './printable.ts';

const HEADLINE: Readonly<Record<Verdict, string>> = {
  PASS: 'the proof holds, and is vouched for',
  FAIL: 'the proof does not show what it says',
  INCOMPLETE: 'the proof cannot be read, or shows a part',
  UNTRUSTED: 'nobody who is trusted vouches for the root of the proof as demanded',
};

function shownBy({ document, growth, vouched }: ProofCheck): readonly string[] {
  if (document === undefined) return [];
  if (document.proves === 'inclusion') {
    const { stream, tenant, inclusion, globalRoot, leafHash } = document.proof;
    const place = `number ${inclusion.record.index + 1} of ${stream.size}`;
    const subject = document.record === undefined ? `the record with the leaf ${leafHash}` : 'the record in the proof';
    return [
      `${subject} is ${place} in stream ${quoted(stream.stream)} of tenant ${quoted(tenant.tenant)}`,
      `under the global root ${globalRoot}`,
    ];
  }
  if (document.proves === 'log-inclusion') {
    const { tenant, stream, index } = document;
    // Number and stream are those of a checkpoint: of one that nobody vouched for they are the word of whoever made it.
    if (vouched.length === 0) return ['the record in the proof is in the tree of the root that was given'];
    return [
      `the record in the proof is number ${index + 1} of the log of stream ${quoted(stream)} of tenant ${quoted(tenant)}`,
    ];
  }
  const { from, to } = document.proof;
  const { identical = 0, extended = 0, added = 0 } = growth ?? {};
  return [
    `before ${from.globalRoot}`,
    `after  ${to.globalRoot}`,
    `${counted(identical, 'stream')} as before, ${extended} grew at the end only, ${counted(added, 'is', 'are')} new`,
  ];
}

/** Who signed, and of what: a proof of another system is as perfect as one of ours. */
function signedBy({ by, name, keys, system, says }: VouchedRoot): readonly string[] {
  const of = [
    system === undefined ? 'no system' : `the system ${quoted(system)}`,
    says?.capturedAt ? `captured at ${says.capturedAt}` : 'no time of capture',
    says?.upgrade === undefined ? 'no upgrade' : `the upgrade ${quoted(says.upgrade)}`,
  ];
  return [
    ...keys.map((key) => `signed ${by} ${quoted(name)} by the key ${key.id} (${key.algorithm})`),
    `signed was ${of.join(', ')}`,
  ];
}

/**
 * The lines, each safe on a terminal; the first is the verdict, a colon and a sentence.
 *
 * @param name - how the user called the file
 */
export function proofLines(check: ProofCheck, name: string): readonly string[] {
  const { verdict } = check;
  const vouched = check.vouched.flatMap(signedBy);
  const findings = check.findings.map(({ kind, message }) => `${kind}: ${message}`);
  const shown = verdict === 'PASS' || verdict === 'INCOMPLETE' ? shownBy(check) : [];
  return [`${verdict}: ${HEADLINE[verdict]}`, `proof ${name}`, ...shown, ...vouched, ...check.notes, ...findings].map(
    printable,
  );
}

/** The outcome of checking a signed verdict as lines of text: what `verify-verdict` prints, and what the page in a browser shows. */
import type { Verdict } from '../core/report/report.ts';
import { counted } from '../core/words.ts';
import type { AttestedSide, VerdictStatement } from '../wire/verdict-statement.ts';
import { VERDICT_PREDICATES } from '../wire/verdict-statement.ts';
import { printable, quoted } from './printable.ts';

/** What was found of a signed verdict; `VerdictCheck` of trust is one. */
export interface ShownVerdict {
  readonly verdict: Verdict;
  readonly statement?: VerdictStatement;
  readonly signedBy: readonly { readonly sha256: string; readonly algorithm: string }[];
  readonly timestamp?: {
    readonly time: string;
    readonly authority: { readonly sha256: string; readonly subject: string };
  };
  readonly findings: readonly { readonly kind: string; readonly message: string }[];
}

function headlineOf({ verdict, statement, findings }: ShownVerdict): string {
  if (statement !== undefined && findings.length === 0) {
    // That a FAIL is rightly signed is nothing good.
    return verdict === 'PASS'
      ? 'PASS: signed by a trusted key, as demanded'
      : `${verdict}: that is what a trusted key has signed, and it is no PASS`;
  }
  const [first] = findings;
  const why = first === undefined ? '' : `; ${first.kind}: ${first.message}`;
  return `${verdict}: the signed verdict ${verdict === 'UNTRUSTED' ? 'is not to be believed' : 'could not be read'}${why}`;
}

function sideLine(called: string, side: AttestedSide | undefined): string {
  if (side === undefined) return `${called} was not read to its end`;
  const { sha256, globalRoot, records, capturedAt, subject } = side;
  const { system } = subject;
  const of = typeof system === 'string' ? `the system ${quoted(system)}` : 'no named system';
  const digest = sha256 === null ? `no file, global root ${globalRoot}` : `sha256 ${sha256}`;
  return `${called} ${digest}, of ${of}, ${counted(records, 'record')}, captured at ${capturedAt ?? 'an unknown time'}`;
}

function statementLines(statement: VerdictStatement): readonly string[] {
  const { predicate, verdict, mode, relation, verifiedAt, baseline, current, artifacts, reports, reasons } = statement;
  return [
    `signed was ${verdict}, relation ${relation}, mode ${mode}, verified at ${verifiedAt} by the verifier's clock`,
    ...(reasons.length === 0 ? [] : [`against it stood ${reasons.join(', ')}`]),
    sideLine('baseline', baseline),
    sideLine('current ', current),
    ...(baseline?.signedBy ?? []).map((key) => `the baseline was signed by the key ${key}`),
    ...artifacts.map(({ name, sha256 }) => `about ${quoted(name)} sha256 ${sha256}, by the word of whoever attested`),
    ...reports.map(
      ({ name, mediaType, sha256 }) => `report ${name === undefined ? mediaType : quoted(name)} sha256 ${sha256}`,
    ),
    `predicate ${VERDICT_PREDICATES[predicate]}`,
  ];
}

function stampLines({ time, authority }: NonNullable<ShownVerdict['timestamp']>): readonly string[] {
  return [`stamped at ${time} by the authority ${quoted(authority.subject)}, certificate ${authority.sha256}`];
}

/**
 * The lines, each safe on a terminal; the first is the verdict, a colon and a sentence. What a statement says is shown also
 * where it was not demanded so: a verdict of another store is as perfect as one of yours.
 *
 * @param name - how the user called the file
 */
export function verdictLines(check: ShownVerdict, name: string): readonly string[] {
  const { statement, signedBy, timestamp, findings } = check;
  return [
    headlineOf(check),
    `verdict ${name}`,
    ...(statement === undefined ? [] : statementLines(statement)),
    ...signedBy.map(({ sha256, algorithm }) => `signed by the key ${sha256} (${algorithm})`),
    ...(timestamp === undefined ? [] : stampLines(timestamp)),
    ...findings.map(({ kind, message }) => `${kind}: ${message}`),
  ].map(printable);
}

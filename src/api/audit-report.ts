/** The audit report by names. */

import { auditReportAgainst, auditReportOf, type VerdictOf } from '../audit-report/make.ts';
import type { SignedVerdict } from '../audit-report/signed-verdict.ts';
import type { AuditReport, JournalEntry } from '../audit-report/tally.ts';
import { EvidenceError } from '../core/errors.ts';
import { present } from '../core/present.ts';
import { DemandLedger } from '../core/report/demands.ts';
import type { SideReport } from '../core/report/report.ts';
import type { AttestedSide } from '../wire/verdict-statement.ts';
import { migrationOf } from './open-migration.ts';
import { namedProfile, openSource, sameInputOf } from './open-source.ts';
import { openTrust } from './open-trust.ts';
import { AUDIT_REPORT_OPTIONS, type AuditReportOptions, readOptions, text } from './options.ts';

/** A journal that does not hold has no place in a report: it is named, and nothing is read. */
async function journalAt(path: string): Promise<readonly JournalEntry[]> {
  const { openJournal } = await import('../runbook/journal/append-entry.ts');
  const { entries, fault } = await openJournal(path);
  if (fault !== undefined) {
    const advice = 'look at it with `journal verify`';
    const reason = `${fault.kind}: ${fault.message}`;
    throw new EvidenceError('input-malformed', reason, { where: { file: path, line: fault.line }, advice });
  }
  return entries.map(({ seq, recordedAt, type, step, actor = null, note = null, files = [] }) => ({
    seq,
    recordedAt,
    type,
    step,
    actor,
    note,
    files: files.map(({ path: file, sha256, bytes }) => `${file} sha256:${sha256} ${bytes} bytes`),
  }));
}

/** Refuses demands on a baseline where there is none: they would be passed over. */
function requireBaseline({ baseline, expectDigest, migration, trust = {} }: AuditReportOptions): void {
  if (baseline !== undefined) return;
  // What is demanded of nothing by default is no demand.
  const { requireSignature, ...others } = trust;
  const [first] = [...Object.keys(others), ...(requireSignature === true ? ['requireSignature'] : [])];
  const asked = expectDigest !== undefined ? 'expectDigest' : migration === undefined ? undefined : 'migration';
  const name = asked ?? (first && `trust.${first}`);
  if (name !== undefined) {
    throw new TypeError(`auditReport: ${name} is about the baseline, and there is none: give baseline`);
  }
}

/** Whether a signed verdict speaks of the side: by its digest, and where it is no file by its global root. */
function isOf(side: AttestedSide | undefined, { sha256, globalRoot }: SideReport): boolean {
  if (side === undefined) return false;
  return sha256 === null ? globalRoot !== null && side.globalRoot === globalRoot : side.sha256 === sha256;
}

/** Checks the signed verdict: that a key has signed it, and that it is of what was read here. */
async function signedVerdictAt(
  path: string,
  trustedKeys: readonly string[],
  { baseline, current }: VerdictOf,
): Promise<SignedVerdict> {
  const { readVerdict } = await import('./verify-verdict.ts');
  const { check, sha256 } = await readVerdict(path, { trustedKeys });
  const { statement, signedBy } = check;
  const findings = check.findings.map(({ kind, message }) => ({ kind: kind as string, message }));
  const others =
    statement === undefined
      ? []
      : [
          ...(baseline === undefined || isOf(statement.baseline, baseline) ? [] : ['baseline']),
          ...(isOf(statement.current, current) ? [] : ['source']),
        ];
  for (const side of others) {
    findings.push({ kind: 'digest-mismatch', message: `it is of another ${side} than the one that was read here` });
  }
  const verified = statement !== undefined && findings.length === 0;
  const says = verified
    ? {
        verdict: statement.verdict,
        relation: statement.relation,
        mode: statement.mode,
        verifiedAt: statement.verifiedAt,
      }
    : null;
  return { file: path, sha256, verified, says, signedBy, findings };
}

/** How the signed verdict is checked once both sides were read; undefined where none is asked for. */
function verdictCheckOf({ verdict, verdictKeys, trust }: AuditReportOptions) {
  if (verdict === undefined) {
    if (verdictKeys !== undefined) throw new TypeError('auditReport: verdictKeys has no meaning without verdict');
    return undefined;
  }
  const keys = verdictKeys ?? trust?.trustedKeys ?? [];
  if (keys.length === 0) {
    throw new TypeError('auditReport: verdict needs verdictKeys, or trust.trustedKeys: anybody can sign one');
  }
  return (of: VerdictOf): Promise<SignedVerdict> => signedVerdictAt(verdict, keys, of);
}

/**
 * `auditReport` of on-demand.ts, with what only the command knows.
 *
 * @param demands - what else is demanded of this run, settled by whoever opened it (the command line: its outputs)
 * @throws as it says
 */
export async function auditReport(
  name: string,
  given: AuditReportOptions,
  demands: DemandLedger = new DemandLedger(),
): Promise<AuditReport> {
  const read = readOptions<AuditReportOptions>(given, AUDIT_REPORT_OPTIONS, 'auditReport', ['since']);
  text(name, 'auditReport: name');
  requireBaseline(read);
  const { baseline, journal: path, source, trust: asked, migration, verdict: _, verdictKeys: __, ...rest } = read;
  const signedVerdict = verdictCheckOf(read);
  if (name === '-' && baseline === '-') throw new TypeError('auditReport: standard input can be one side only');
  const options = {
    ...rest,
    ...present({ signedVerdict }),
    ...(path === undefined ? {} : { journal: await journalAt(path) }),
  };
  const is = await openSource(name, source);
  if (baseline === undefined) return auditReportOf(is.source, options);
  const was = await openSource(baseline, source);
  const trust = await openTrust(baseline, asked, demands);
  const under = migration === undefined ? {} : { migration: await migrationOf(migration, asked) };
  const named = namedProfile([baseline, name], source);
  const facts = { ...named, ...under, sameInput: sameInputOf(was, is), trust, demands };
  return auditReportAgainst(was.source, is.source, options, facts);
}

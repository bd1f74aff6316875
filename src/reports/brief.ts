/**
 * The findings of a report, one a line, in the manner of `rclone check --combined`: a mark, then tenant, stream and id.
 * What is about no record of both sides is marked `!` and named by its kind at the end of its line.
 */
import type { FindingKind } from '../core/kinds.ts';
import type { ContinuityReport, Finding } from '../core/report/report.ts';
import { unreadOf } from '../core/report/subjects.ts';
import { grouped } from './facts.ts';
import { findingsOf, moreText } from './found.ts';
import { isOperation, migrationFacts } from './migration-facts.ts';
import { printable, quoted } from './printable.ts';

const MARK_OF: ReadonlyMap<FindingKind, string> = new Map<FindingKind, string>([
  ['record-modified', '*'],
  ['record-missing', '-'],
  ['stream-missing', '-'],
  ['tenant-missing', '-'],
  ['record-added', '+'],
  ['record-inserted-in-history', '+'],
  ['tenant-added', '+'],
  ['record-relinked', '~'],
]);

/** Facts of a migration that are about records. */
const BY_MIGRATION = ['rules', 'dropped', 'retired', 'stubs', 'erased', 'moved', 'known'];

/** A name as it is, if nobody can take it for two of them or for another. */
function word(name: string): string {
  return /^[^\s"#]+$/.test(name) && printable(name) === name ? name : quoted(name);
}

function line({ kind, tenant, stream, id, seq, alreadyInBaseline }: Finding): string {
  const where = [tenant, stream, id].filter((name) => name !== undefined).map(word);
  const place = id === undefined && seq !== undefined ? [...where, String(seq)] : where;
  const mark = MARK_OF.get(kind);
  const old = alreadyInBaseline === true ? ['already-in-baseline'] : [];
  return mark === undefined ? ['!', ...place, kind, ...old].join(' ') : [mark, ...place].join(' ');
}

/** What nothing has read of a side that nobody said how to read: a PASS without a word of it would claim too much. */
function unreadLines({ baseline, current }: ContinuityReport): readonly string[] {
  const unread = unreadOf([baseline.subject ?? {}, current.subject ?? {}]);
  return unread.length === 0 ? [] : [`# nothing reads ${unread.map(word).join(' ')}`];
}

/** By which migration, what its rules were for, and all that it took away: what is gone by it is no finding. */
function migrationLines({ migration, relation }: ContinuityReport): readonly string[] {
  if (migration === null) return [];
  const said = migrationFacts(migration).filter(
    (fact) => !isOperation(fact) && BY_MIGRATION.some((key) => fact.key.startsWith(`migration.${key}`)),
  );
  const lines = said.map(
    ({ label, value }) => `# ${label} ${typeof value === 'number' ? grouped(value) : printable(value)}`,
  );
  return [`# migration ${word(migration.name)}, relation ${relation}`, ...lines];
}

/**
 * One line a finding, in the order of the report; last lines that begin with `#` say how many are not listed, what a
 * migration did, and what nothing has read.
 */
export function renderBrief(report: ContinuityReport): string {
  const lines = report.findings.map(line);
  const more = findingsOf(report).items.flatMap((group) => {
    const text = moreText(group, group.listed.length);
    return text === '' ? [] : [`# ${group.kind} ${grouped(group.count)}: ${text}`];
  });
  return [...lines, ...more, ...migrationLines(report), ...unreadLines(report)].map((text) => `${text}\n`).join('');
}

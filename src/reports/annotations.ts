/**
 * Workflow commands of GitHub Actions, by which a run shows what it found beside the job.
 *
 * The runner reads every line of standard output and standard error. A line is a command if it begins with `::`, or has
 * `##[` anywhere; `%`, CR and LF are escaped in the message, `:` and `,` in properties too (as in @actions/core).
 */

import { classOf, FINDING_KINDS, type FindingClass, type FindingKind, FORCED } from '../core/kinds.ts';
import type { ContinuityReport, Finding, Verdict } from '../core/report/report.ts';
import { type ChangeLine, changesOf } from './changes.ts';
import { counted, grouped } from './facts.ts';
import { placeText } from './found.ts';
import { printable, shortened } from './printable.ts';

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  /** One line of untrusted text, not escaped yet. */
  readonly message: string;
}

/** GitHub shows ten of each level a step. Two are the headline and what says how many more there are. */
const MOST_FINDINGS = 8;

const LEVEL_OF_VERDICT = { PASS: 'notice', FAIL: 'error', INCOMPLETE: 'warning', UNTRUSTED: 'error' } as const;
const GRAVEST_FIRST: readonly FindingClass[] = FORCED;
const MAX_MESSAGE = 1000;

/** The first of each kind before the second of any: a thousand of one kind must not hide the one of another. */
function gravestFirst(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Map<FindingKind, number>();
  const ranked = findings
    .filter((finding) => finding.class !== 'info')
    .map((finding) => {
      const rank = seen.get(finding.kind) ?? 0;
      seen.set(finding.kind, rank + 1);
      return { finding, first: rank === 0 };
    });
  const gravity = ({ finding }: { readonly finding: Finding }): number =>
    GRAVEST_FIRST.indexOf(finding.class) * FINDING_KINDS.length + FINDING_KINDS.indexOf(finding.kind);
  return ranked
    .sort((a, b) => Number(b.first) - Number(a.first) || gravity(a) - gravity(b))
    .map(({ finding }) => finding);
}

function ofFinding(finding: Finding): Annotation {
  const level = finding.class === 'INCOMPLETE' ? 'warning' : 'error';
  const place = placeText(finding);
  const message = place === '' ? finding.message : `${finding.message} (${place})`;
  return { level, title: finding.kind, message: shortened(message, MAX_MESSAGE) };
}

/** Groups of changes that are named in any case: a change that is rare must not be hidden by what else was found. */
const LEAST_CHANGES = 2;

function ofChange({ count, places, examples: [first = ''] }: ChangeLine): Annotation {
  const what = places.map(({ what: where, values }) => `${where} ${values}`.trim()).join('; ');
  const message = `${counted(count, 'record')} changed: ${what}${first === '' ? '' : ` (such as ${first})`}`;
  return { level: 'error', title: 'record-modified', message: shortened(message, MAX_MESSAGE) };
}

function ofVerdict(verdict: Verdict, headline: string): Annotation {
  return { level: LEVEL_OF_VERDICT[verdict], title: 'evidence-diff', message: shortened(headline, MAX_MESSAGE) };
}

function ofTheRest(verdict: Verdict, left: number): readonly Annotation[] {
  if (left <= 0) return [];
  const message = `and ${grouped(left)} more; the JSON report lists them`;
  return [{ level: LEVEL_OF_VERDICT[verdict], title: 'evidence-diff', message }];
}

/** How many findings force a verdict, listed or not. */
function countOf({ mode, findingCounts, findings }: ContinuityReport): number {
  const counted = FINDING_KINDS.filter((kind) => classOf(kind, mode) !== 'info').reduce(
    (sum, kind) => sum + (Object.hasOwn(findingCounts, kind) ? (findingCounts[kind] ?? 0) : 0),
    0,
  );
  return Math.max(counted, findings.filter((finding) => finding.class !== 'info').length);
}

/**
 * The headline, the rarest changes, the gravest findings, and how many more there are; what is only growth is not among
 * them. A modified record is one of its group, and not named a second time by a finding.
 */
export function annotationsOf(report: ContinuityReport): readonly Annotation[] {
  const { verdict, headline, findings } = report;
  if (verdict === 'PASS') return [ofVerdict(verdict, headline)];
  const changes = changesOf(report).items;
  const isGrouped = ({ kind }: Finding): boolean => kind === 'record-modified' && changes.length > 0;
  const grave = gravestFirst(findings.filter((finding) => !isGrouped(finding)));
  const groups = changes.slice(0, Math.max(LEAST_CHANGES, MOST_FINDINGS - grave.length));
  const shown = grave.slice(0, MOST_FINDINGS - groups.length);
  const said = groups.reduce((sum, { count }) => sum + count, shown.length);
  return [
    ofVerdict(verdict, headline),
    ...groups.map(ofChange),
    ...shown.map(ofFinding),
    ...ofTheRest(verdict, countOf(report) - said),
  ];
}

function escapedData(text: string): string {
  return printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapedProperty(text: string): string {
  return escapedData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** The one line that is `annotation` as a workflow command, without its line feed. */
export function workflowCommand({ level, title, message }: Annotation): string {
  return `::${level} title=${escapedProperty(title)}::${escapedData(message)}`;
}

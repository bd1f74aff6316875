/** The part of the text report that lists what was found, grouped by kind. */
import {
  classOf,
  FINDING_KINDS,
  type FindingClass,
  type FindingKind,
  isConsequence,
} from '../../core/continuity/kinds.ts';
import type { ContinuityReport, Finding, FindingValue } from '../../core/continuity/report.ts';
import { quoted, shortened } from '../printable.ts';
import { counted, grouped, type Page, type Style } from './page.ts';

const CLASSES: readonly FindingClass[] = ['UNTRUSTED', 'FAIL', 'INCOMPLETE', 'info'];

const STYLE_OF: Readonly<Record<FindingClass, Style>> = {
  UNTRUSTED: 'bad',
  FAIL: 'bad',
  INCOMPLETE: 'doubt',
  info: 'faint',
};

function name(text: string): string {
  return quoted(shortened(text, 160));
}

/** Where a finding lies, from the outside in; empty if it is about the whole. */
export function placeOf({ tenant, stream, seq, id, path }: Finding): string {
  const parts: string[] = [];
  if (tenant !== undefined) parts.push(`tenant ${name(tenant)}`);
  if (stream !== undefined) parts.push(`stream ${name(stream)}`);
  if (seq !== undefined) parts.push(`seq ${seq}`);
  if (id !== undefined) parts.push(`id ${name(id)}`);
  if (path !== undefined) parts.push(`at ${name(path)}`);
  return parts.join(', ');
}

/** As JSON, so that the text "5" is not taken for the number 5. */
export function shownValue(value: FindingValue): string {
  return typeof value === 'string' ? quoted(shortened(value, 240)) : String(value);
}

function writeFinding(page: Page, finding: Finding): void {
  const place = placeOf(finding);
  page.line(`    - ${shortened(finding.message, 600)}`);
  if (place !== '') page.line(`      ${place}`);
  if (finding.baseline !== undefined) page.line(`      before ${shownValue(finding.baseline)}`);
  if (finding.current !== undefined) page.line(`      after  ${shownValue(finding.current)}`);
}

/** All findings of one kind. */
export interface Group {
  readonly kind: FindingKind;
  readonly forced: FindingClass;
  /** How many were found, which may be more than were listed. */
  readonly count: number;
  readonly listed: readonly Finding[];
}

/** What the findings are drawn from: a report, or what an audit has found. */
export type Found = Pick<ContinuityReport, 'findings' | 'findingCounts' | 'mode'>;

/** Findings by kind: the worst class first, in it causes before consequences, kinds in the order of the contract. */
export function groupsOf({ findings, findingCounts, mode }: Found): readonly Group[] {
  const groups: Group[] = [];
  const byKind = new Map<FindingKind, Finding[]>();
  for (const finding of findings) {
    const group = byKind.get(finding.kind);
    if (group === undefined) byKind.set(finding.kind, [finding]);
    else group.push(finding);
  }
  for (const kind of FINDING_KINDS) {
    const listed = byKind.get(kind) ?? [];
    const count = Object.hasOwn(findingCounts, kind) ? (findingCounts[kind] ?? 0) : listed.length;
    if (count > 0) groups.push({ kind, forced: classOf(kind, mode), count, listed });
  }
  return groups.sort(
    (a, b) =>
      CLASSES.indexOf(a.forced) - CLASSES.indexOf(b.forced) ||
      Number(isConsequence(a.kind)) - Number(isConsequence(b.kind)),
  );
}

/** How many findings of a kind are written out, and where the others are. */
export interface Listing {
  readonly shown: number;
  readonly others: (listed: number, all: boolean) => string;
}

const IN_REPORTS: Listing = {
  shown: 10,
  others: (listed, all) =>
    all ? 'all in the JSON report' : `the JSON report lists ${grouped(listed)}; --max-findings lists more`,
};

function writeGroup(page: Page, { kind, forced, count, listed }: Group, listing: Listing): void {
  page.line(`  ${kind} (${forced}): ${grouped(count)}`, STYLE_OF[forced]);
  for (const finding of listed.slice(0, listing.shown)) writeFinding(page, finding);
  const left = count - Math.min(listed.length, listing.shown);
  if (left > 0) page.line(`    and ${grouped(left)} more; ${listing.others(listed.length, listed.length >= count)}`);
}

/** Every kind with its count, the first of each in full. */
export function writeFindings(page: Page, report: Found, listing: Listing = IN_REPORTS): void {
  const groups = groupsOf(report);
  const total = groups.reduce((sum, group) => sum + group.count, 0);
  page.title(total === 0 ? 'Findings: none' : `Findings: ${grouped(total)} of ${counted(groups.length, 'kind')}`);
  for (const group of groups) writeGroup(page, group, listing);
}

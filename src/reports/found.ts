/** What a report says of findings: by kind, each with its place and what was there before and after. */
import { classOf, FINDING_KINDS, type FindingClass, type FindingKind, FORCED, isConsequence } from '../core/kinds.ts';
import type { FindingValue } from '../core/report/changes.ts';
import type { ContinuityReport, Finding } from '../core/report/report.ts';
import { counted, type Fact, grouped, type Listed, type Tone, words } from './facts.ts';
import { quoted, shortened } from './printable.ts';

/** All findings of one kind. */
export interface Group {
  readonly kind: FindingKind;
  readonly forced: FindingClass;
  /** How many were found, which may be more than were listed. */
  readonly count: number;
  readonly listed: readonly Finding[];
}

const CLASSES: readonly FindingClass[] = [...FORCED, 'info'];

const TONE_OF_CLASS: Readonly<Record<FindingClass, Tone>> = {
  UNTRUSTED: 'bad',
  FAIL: 'bad',
  INCOMPLETE: 'doubt',
  info: 'faint',
};

export function toneOfClass(forced: FindingClass): Tone {
  return TONE_OF_CLASS[forced];
}

/** What findings are drawn from: a report, or what an audit has found. */
export type Found = Pick<ContinuityReport, 'findings' | 'findingCounts' | 'mode'>;

/** Findings by kind: the worst class first, in it causes before consequences, kinds in the order of the contract. */
function groupsOf({ findings, findingCounts, mode }: Found): readonly Group[] {
  const groups: Group[] = [];
  const byKind = new Map<FindingKind, Finding[]>();
  for (const finding of findings) {
    const group = byKind.get(finding.kind);
    if (group === undefined) byKind.set(finding.kind, [finding]);
    else group.push(finding);
  }
  for (const kind of FINDING_KINDS) {
    const listed = byKind.get(kind) ?? [];
    const found = Object.hasOwn(findingCounts, kind) ? (findingCounts[kind] ?? 0) : listed.length;
    if (found > 0) groups.push({ kind, forced: classOf(kind, mode), count: found, listed });
  }
  return groups.sort(
    (a, b) =>
      CLASSES.indexOf(a.forced) - CLASSES.indexOf(b.forced) ||
      Number(isConsequence(a.kind)) - Number(isConsequence(b.kind)),
  );
}

/** All that was found, by kind. */
export function findingsOf(found: Found): Listed<Group> {
  const items = groupsOf(found);
  const total = items.reduce((sum, group) => sum + group.count, 0);
  return {
    title: total === 0 ? 'Findings: none' : `Findings: ${grouped(total)} of ${counted(items.length, 'kind')}`,
    items,
  };
}

/** Where a finding lies, from the outside in; empty if it is about the whole. */
export function placeFacts({ tenant, stream, seq, id, path }: Finding): readonly Fact[] {
  const name = (label: string, value: string | undefined): readonly Fact[] =>
    value === undefined ? [] : [{ key: label, label, value, as: 'name' }];
  return [
    ...name('tenant', tenant),
    ...name('stream', stream),
    ...(seq === undefined ? [] : [words('seq', 'seq', String(seq))]),
    ...name('id', id),
    // The empty JSON Pointer is the whole record.
    ...(path === '' ? [words('path', 'at', 'the whole record')] : name('at', path)),
  ];
}

/** As JSON, so that the text "5" is not taken for the number 5. */
function shownValue(value: FindingValue, maxCodeUnits: number = Number.POSITIVE_INFINITY): string {
  return typeof value === 'string' ? quoted(shortened(value, maxCodeUnits)) : String(value);
}

/** What was there before and after, as JSON; a finding about one side has one of them. */
export function valueFacts({ baseline, current }: Finding): readonly Fact[] {
  const value = (label: string, of: FindingValue | undefined): readonly Fact[] =>
    of === undefined ? [] : [{ key: label, label, value: shownValue(of, 240), as: 'json' }];
  return [...value('before', baseline), ...value('after', current)];
}

/** The place on one line: `tenant "a", stream "b", seq 1, id "c", at "/body"`. */
export function placeText(finding: Finding): string {
  return placeFacts(finding)
    .map(({ label, value, as }) => `${label} ${as === 'name' ? quoted(shortened(String(value), 160)) : value}`)
    .join(', ');
}

/** What is said of findings that are counted and not shown, for every list that ends before they do. */
export function moreText({ count: found, listed }: Group, shown: number): string {
  const left = found - shown;
  if (left <= 0) return '';
  const where =
    listed.length >= found
      ? 'all in the JSON report'
      : `the JSON report lists ${grouped(listed.length)}; --max-findings lists more`;
  return `and ${grouped(left)} more; ${where}`;
}

/** The same in a document that has no room for all that is listed: it says in which file a program finds each. */
export function leftOutText(group: Group, shown: number): string {
  const text = moreText(group, shown);
  return shown < group.listed.length ? `${text}; --output report.ndjson writes each on a line` : text;
}

/** A finding on one line: what, where, and what was there before and after. */
export function findingText(finding: Finding): string {
  const place = placeText(finding);
  const values = valueFacts(finding).map(({ label, value }) => `; ${label} ${value}`);
  return `${finding.message}${place === '' ? '' : ` (${place})`}${values.join('')}`;
}

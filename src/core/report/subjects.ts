/** What the two sides say they were made from: where that differs, a comparison of records alone would hide something. */
import { compareInstants, instantOf } from '../instant.ts';
import type { FindingKind } from '../kinds.ts';
import type { PlainJson, Subject } from '../snapshot/header.ts';
import { counterpart, membersOf, pairedPlaces } from './mapping.ts';

export interface SubjectFinding {
  readonly kind: FindingKind;
  readonly message: string;
}

interface SubjectComparison {
  readonly findings: readonly SubjectFinding[];
  /** What the records do not show, for the list of what was not checked. */
  readonly notes: readonly string[];
}

type Texts = ReadonlyMap<string, string>;

function textsOf(value: PlainJson | undefined): Texts {
  return new Map(
    [...membersOf(value)].map(([name, text]) => [name, typeof text === 'string' ? text : JSON.stringify(text)]),
  );
}

function changed(message: string): SubjectFinding {
  return { kind: 'source-schema-changed', message };
}

/** Columns that no record of the baseline was made from; that they are there at all, the report declares (mapping.ts). */
function columnNotes(baseline: Subject, current: Subject): readonly string[] {
  const is = membersOf(current['columns']);
  const pairs = pairedPlaces(baseline, current);
  return [...membersOf(baseline['columns'])].flatMap(([label, columns]) => {
    const other = pairs.get(label);
    if (other === undefined || !is.has(other)) return [];
    const before = textsOf(columns);
    const added = [...textsOf(is.get(other)).keys()].filter((name) => !before.has(name));
    return added.length === 0 ? [] : [`columns that ${other} did not have before: ${added.join(', ')}`];
  });
}

/** What a capture left out, by the conditions that its subject states. */
function filterNotes(subject: Subject): readonly string[] {
  return [...textsOf(subject['filters'])].map(([table, condition]) => leftOut(table, condition));
}

/** What the reader of a source could not check, by what the subject states. */
export function uncheckedIn(subject: Subject): readonly string[] {
  const stated = subject['notChecked'];
  return Array.isArray(stated) ? stated.filter((note): note is string => typeof note === 'string') : [];
}

function uncheckedNotes(baseline: Subject, current: Subject): readonly string[] {
  const sides = [
    ['baseline', baseline],
    ['current side', current],
  ] as const;
  return sides.flatMap(([side, subject]) => uncheckedIn(subject).map((note) => `${note} (${side})`));
}

function leftOut(table: string, condition: string): string {
  return `rows of ${table} other than those where ${condition}`;
}

function compareFilters(baseline: Subject, current: Subject): SubjectComparison {
  const sides = [textsOf(baseline['filters']), textsOf(current['filters'])] as const;
  const tables = [...new Set(sides.flatMap((filters) => [...filters.keys()]))];
  const notes = tables.map((table) => leftOut(table, sides[0].get(table) ?? sides[1].get(table) ?? ''));
  // A file that no database was read for says nothing of filters.
  if (baseline['source'] !== 'postgres' || current['source'] !== 'postgres') return { findings: [], notes };
  const [before, after] = [membersOf(baseline['columns']), membersOf(current['columns'])];
  const sameOnBoth = [...sides[0]].filter(([table, was]) => sides[1].get(counterpart(table, after) ?? table) === was);
  const known = new Set(sameOnBoth.flatMap(([table]) => [table, counterpart(table, after) ?? table]));
  const findings = tables.flatMap((table): readonly SubjectFinding[] => {
    if (known.has(table)) return [];
    const was = sides[0].get(table) ?? sides[0].get(counterpart(table, before) ?? table);
    const is = sides[1].get(table) ?? sides[1].get(counterpart(table, after) ?? table);
    const message = `the rows of ${table} were chosen by ${was ?? 'no condition'}, now by ${is ?? 'no condition'}`;
    return [{ kind: 'source-filtered', message }];
  });
  return { findings, notes };
}

function viewFinding(
  label: string,
  [was, is]: readonly [string | undefined, string | undefined],
): readonly SubjectFinding[] {
  if (was === is) return [];
  if (was === undefined) return [changed(`${label} was a table and is a view`)];
  if (is === undefined) return [changed(`${label} was a view and is a table`)];
  return [changed(`the definition of the view ${label} was changed`)];
}

/** A table on one side may be a view on the other, and a view may be another one: it could hide what is missing. */
function compareViews(baseline: Subject, current: Subject): SubjectComparison {
  const [was, is] = [textsOf(baseline['views']), textsOf(current['views'])];
  const now = membersOf(current['columns']);
  const pairs = [...membersOf(baseline['columns']).keys()].flatMap((label) => {
    const other = counterpart(label, now);
    return other === undefined ? [] : [[label, other] as const];
  });
  const notes = [...new Set([...was.keys(), ...is.keys()])].map(
    (label) => `what the view ${label} leaves out or makes up`,
  );
  return { findings: pairs.flatMap(([label, other]) => viewFinding(label, [was.get(label), is.get(other)])), notes };
}

function standbyNotes(baseline: Subject, current: Subject): readonly string[] {
  const sides = [
    ['baseline', baseline],
    ['current', current],
  ] as const;
  return sides.flatMap(([side, { standby }]) =>
    standby === true ? [`whether the ${side} side was up to date: it was read from a standby`] : [],
  );
}

function placeNotes(baseline: Subject, current: Subject): readonly string[] {
  const [was, is] = [baseline['systemIdentifier'], current['systemIdentifier']];
  if (was === null || is === null)
    return ['that both sides belong together: a server did not tell which cluster it is'];
  if (typeof was !== 'string' || typeof is !== 'string' || was === is) return [];
  return ['that both sides belong together: they were read from two database clusters'];
}

/** Most names in a note. */
const MOST_NAMED = 20;

function listed(names: readonly string[], count: number): string {
  const first = names.slice(0, MOST_NAMED);
  return `${first.join(', ')}${first.length < count ? ', …' : ''}`;
}

function textList(value: PlainJson | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** What a source by itself says that it left out. */
export function leftOutNotes(subject: Subject): readonly string[] {
  return [...filterNotes(subject), ...unreadNotes(subject)];
}

/** What a side was taken for that nobody said how to read. */
function recognisedNotes(baseline: Subject, current: Subject): readonly string[] {
  const all = [baseline, current].flatMap(({ recognised }) => {
    const { what, rule } = Object.fromEntries(membersOf(recognised));
    return typeof what === 'string' && typeof rule === 'string' ? [`${what}, each named by ${rule}`] : [];
  });
  return [...new Set(all)].map(
    (how) => `whether that is how they are to be read: no profile says it; taken for ${how}`,
  );
}

/** What nothing reads of a side that nobody said how to read: for the headline. */
export function unreadOf(subjects: readonly Subject[]): readonly string[] {
  const names = subjects
    .filter(({ recognised }) => recognised !== undefined)
    .flatMap(({ unread }) => [...membersOf(unread).values()].flatMap(textList));
  return [...new Set(names)].slice(0, MOST_NAMED);
}

/** What an import passed over because no rule of its profile reads it. */
function unreadNotes({ unmatched, unread }: Subject, whose = ''): readonly string[] {
  const files = membersOf(unmatched).get('files');
  const first = textList(membersOf(unmatched).get('first'));
  const ofFiles =
    typeof files === 'number'
      ? [`files${whose} that no pattern of its profile matches: ${files} (${listed(first, files)})`]
      : [];
  const ofMembers = [...membersOf(unread)].map(([place, names]) => {
    const members = textList(names);
    return `members${whose} that nothing reads: ${listed(members, members.length)} (${place})`;
  });
  return [...ofFiles, ...ofMembers];
}

/**
 * Compares what two headers say of their sources, as far as the records that were made of them do not show it: rows that
 * a condition or a view leaves out. Columns and types are no finding: the records themselves are compared.
 */
export function compareSubjects(baseline: Subject, current: Subject): SubjectComparison {
  const filters = compareFilters(baseline, current);
  const views = compareViews(baseline, current);
  return {
    findings: [...filters.findings, ...views.findings],
    notes: [
      ...[...filters.notes, ...views.notes, ...columnNotes(baseline, current)],
      ...[...standbyNotes(baseline, current), ...placeNotes(baseline, current), ...uncheckedNotes(baseline, current)],
      ...recognisedNotes(baseline, current),
      ...[...unreadNotes(baseline, ' of the baseline'), ...unreadNotes(current, ' of the current side')],
    ],
  };
}

/* A baseline that was captured after the side that it is compared with: then the sides are probably swapped. */

/** Clocks of two machines may differ by this much before it says something. */
const CLOCK_SKEW_SECONDS = 60;

/**
 * Whether the baseline was captured more than a minute after the current side, as both say themselves; false where one of
 * them does not say when.
 */
export function isLaterBaseline(baseline: string | null | undefined, current: string | null | undefined): boolean {
  const was = instantOf(baseline ?? '');
  const is = instantOf(current ?? '');
  if (was === undefined || is === undefined) return false;
  return compareInstants(was, { ...is, seconds: is.seconds + CLOCK_SKEW_SECONDS }) > 0;
}

/**
 * What the two sides say they were made from, and how they were read: where that differs, a comparison of records alone
 * would hide something.
 */
import { compareInstants, instantOf } from '../instant.ts';
import { described, listOf, type MembersOf, object, optional, text, textOrNull } from '../json/form.ts';
import type { FindingKind } from '../kinds.ts';
import type { PlainJson, Subject } from '../snapshot/header.ts';

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

/** Columns that no record of the baseline was made from; that they are there at all, the report declares. */
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

/** What a report says under `notChecked` where a later baseline was let through: that line, and not one that quotes it. */
export const LATER_ALLOWED =
  'that the baseline was captured before the current side: a later one was allowed (--allow-later-baseline)';

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

/*
 * How the two sides were read: by which profile, each member from where. Where that differs it is declared, and is no
 * finding by itself, since the records that came of it were compared (docs/profile.md).
 */

export interface MappingReport {
  /** Name of the profile, whose SHA-256 the subject states; null where a side was read by none. */
  readonly baseline: string | null;
  readonly current: string | null;
  /** Every difference of the two mappings, in words. */
  readonly declared: readonly string[];
  /**
   * The options that said how the sides are read, word by word as a command line has them; absent where there were none,
   * or a program has compared.
   */
  readonly options?: readonly string[];
}

export const mappingForm = object({
  baseline: described(textOrNull, 'the profile by which it was read; its SHA-256 is in the subject'),
  current: textOrNull,
  declared: described(listOf(text), 'differences of the two mappings, none of which is a finding by itself'),
  options: optional(
    listOf(text),
    'the options that said how the sides are read, word by word as a command line has them',
  ),
} satisfies MembersOf<MappingReport>);

type Members = ReadonlyMap<string, PlainJson>;

/** More are counted: a header of a hostile size must not make a report of that size. */
const MOST_DECLARED = 1000;

/** The members of `value`; none if it is no object. */
export function membersOf(value: PlainJson | undefined): Members {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return new Map(isObject ? Object.entries(value as { readonly [name: string]: PlainJson }) : []);
}

function tableName(label: string): string {
  return label.slice(label.indexOf('.') + 1);
}

/** The place of the same name on the other side: by its full name, else by its name in another schema. */
function counterpart(label: string, others: ReadonlyMap<string, unknown>): string | undefined {
  if (others.has(label)) return label;
  const same = [...others.keys()].filter((other) => tableName(other) === tableName(label));
  return same.length === 1 ? same[0] : undefined;
}

/** One text for all that says the same: the order of members says nothing, and a file may have another than a program. */
function textOf(value: PlainJson): string {
  return JSON.stringify(value, (_, one: PlainJson) => {
    const members = [...membersOf(one)];
    return members.length === 0 ? one : Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function shown(value: PlainJson | undefined): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? value : textOf(value);
}

function isSame(one: PlainJson | undefined, other: PlainJson | undefined): boolean {
  return one === undefined || other === undefined ? one === other : textOf(one) === textOf(other);
}

interface Place {
  readonly members: Members;
  readonly columns: Members;
}

function placesOf(subject: Subject): ReadonlyMap<string, Place> {
  const [mapping, columns] = [membersOf(subject['mapping']), membersOf(subject['columns'])];
  const labels = new Set([...mapping.keys(), ...columns.keys()]);
  return new Map(
    [...labels].map((label) => [
      label,
      { members: membersOf(mapping.get(label)), columns: membersOf(columns.get(label)) },
    ]),
  );
}

type Places = ReadonlyMap<string, Place>;

/** Each place of the baseline with its place now: by its name, else by the stream that it feeds, else the one left over. */
function pairsOf(was: Places, is: Places): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  const left = new Map(is);
  const pair = (label: string, other: string | undefined): void => {
    if (other === undefined || pairs.has(label)) return;
    pairs.set(label, other);
    left.delete(other);
  };
  for (const label of was.keys()) if (is.has(label)) pair(label, label);
  for (const label of was.keys()) pair(label, counterpart(label, left));
  for (const [label, { members }] of was) {
    const stream = members.get('stream');
    const same = [...left].filter(([, place]) => stream !== undefined && isSame(place.members.get('stream'), stream));
    pair(label, same.length === 1 ? same[0]?.[0] : undefined);
  }
  const unpaired = [...was.keys()].filter((label) => !pairs.has(label));
  const [label, ...more] = unpaired;
  if (label !== undefined && more.length === 0 && left.size === 1) pair(label, [...left.keys()][0]);
  return pairs;
}

/** Each place of the baseline with its place on the current side, as far as it has one. */
export function pairedPlaces(baseline: Subject, current: Subject): ReadonlyMap<string, string> {
  return pairsOf(placesOf(baseline), placesOf(current));
}

function memberChanges(label: string, was: Members, is: Members): readonly string[] {
  if (was.size === 0 || is.size === 0) return [];
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((name) => !isSame(was.get(name), is.get(name)))
    .map((name) => `${name} of ${label} was read from ${shown(was.get(name))}, now from ${shown(is.get(name))}`);
}

function columnChanges(label: string, was: Members, is: Members): readonly string[] {
  if (was.size === 0 || is.size === 0) return [];
  const before = [...was].flatMap(([name, type]) => {
    const now = is.get(name);
    if (now === undefined) return [`the column ${name} of ${label} is gone`];
    return isSame(now, type) ? [] : [`the column ${name} of ${label} was ${shown(type)} and is ${shown(now)}`];
  });
  const added = [...is].filter(([name]) => !was.has(name));
  return [...before, ...added.map(([name, type]) => `the column ${name} of ${label} is new (${shown(type)})`)];
}

function differences(was: Places, is: Places): readonly string[] {
  const pairs = pairsOf(was, is);
  const found = [...was].flatMap(([label, place]): readonly string[] => {
    const other = pairs.get(label);
    const now = other === undefined ? undefined : is.get(other);
    if (other === undefined || now === undefined) return [`${label} was read, and is not now`];
    return [
      ...(other === label ? [] : [`${label} was read, now it is ${other}`]),
      ...memberChanges(label, place.members, now.members),
      ...columnChanges(label, place.columns, now.columns),
    ];
  });
  const known = new Set(pairs.values());
  return [
    ...found,
    ...[...is.keys()].filter((label) => !known.has(label)).map((label) => `${label} is read for the first time`),
  ];
}

function profileOf({ profile }: Subject): string | null {
  return typeof profile === 'string' ? profile : null;
}

/** What two headers say of how their records were made. A side that says nothing of it declares nothing. */
export function mappingOf(baseline: Subject, current: Subject): MappingReport {
  const [was, is] = [placesOf(baseline), placesOf(current)];
  const all = was.size === 0 || is.size === 0 ? [] : differences(was, is);
  const left = all.length - MOST_DECLARED;
  const declared = left > 0 ? [...all.slice(0, MOST_DECLARED), `and ${left} more`] : all;
  return { baseline: profileOf(baseline), current: profileOf(current), declared };
}

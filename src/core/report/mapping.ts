/**
 * How the two sides were read: by which profile, each member from where. Where that differs it is declared, and is no
 * finding by itself, since the records that came of it were compared (docs/profile.md).
 */
import { described, listOf, type MembersOf, object, text, textOrNull } from '../json/form.ts';
import type { PlainJson, Subject } from '../snapshot/header.ts';

export interface MappingReport {
  /** Name of the profile, whose SHA-256 the subject states; null where a side was read by none. */
  readonly baseline: string | null;
  readonly current: string | null;
  /** Every difference of the two mappings, in words. */
  readonly declared: readonly string[];
}

export const mappingForm = object({
  baseline: described(textOrNull, 'the profile by which it was read; its SHA-256 is in the subject'),
  current: textOrNull,
  declared: described(listOf(text), 'differences of the two mappings, none of which is a finding by itself'),
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
export function counterpart(label: string, others: ReadonlyMap<string, unknown>): string | undefined {
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
  for (const label of was.keys()) pair(label, pairs.has(label) ? undefined : counterpart(label, left));
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

/** What a report says of what changed: groups of modified records, and the places of one of them. */
import type {
  ChangedPlace,
  ChangeExample,
  ChangeGroup,
  ChangeShare,
  FindingValue,
  GroupedPlace,
} from '../core/report/changes.ts';
import type { ContinuityReport, Finding } from '../core/report/report.ts';
import { counted, grouped, type Listed } from './facts.ts';
import { quoted, shortened } from './printable.ts';

export interface PlaceLine {
  /** Pointer, and in a word what happened there. */
  readonly what: string;
  /** Before and after, as JSON; empty where that says nothing. */
  readonly values: string;
}

export interface ChangeLine {
  readonly count: number;
  /** What the group is known by. */
  readonly places: readonly PlaceLine[];
  readonly more: string;
  readonly examples: readonly string[];
  /** Where this change is concentrated; empty if nowhere. */
  readonly held: string;
}

const UNKNOWN_PLACES =
  'place unknown: a body or its bytes are not at hand on both sides (snapshots of depth full show it)';

function shownValue(value: FindingValue): string {
  return typeof value === 'string' ? quoted(shortened(value, 240)) : String(value);
}

function valuesOf({ change, element, baseline, current }: GroupedPlace): string {
  if (change === 'moved') return '';
  if (change === 'changed') return `${shownValue(baseline ?? null)} -> ${shownValue(current ?? null)}`;
  const value = change === 'added' ? current : baseline;
  return value === undefined || element !== undefined ? '' : shownValue(value);
}

/** `/body/at same-instant`, `/body/components/* removed "left-pad 1.3.0"`, `/body/tags/* order: moved`. */
function placeLine(place: GroupedPlace & Pick<ChangedPlace, 'from'>): PlaceLine {
  const { pointer, from, change, class: of, element } = place;
  const happened = change === 'changed' ? of : change === 'moved' ? 'order: moved' : change;
  const named = element === undefined ? '' : ` ${quoted(shortened(element, 160))}`;
  const was = from === undefined ? '' : ` (was ${shortened(from, 400)})`;
  return { what: `${shortened(pointer, 400)} ${happened}${named}${was}`, values: valuesOf(place) };
}

/** A place on one line. */
function placeText(place: GroupedPlace & Pick<ChangedPlace, 'from'>): string {
  const { what, values } = placeLine(place);
  return values === '' ? what : `${what} ${values}`;
}

function exampleText({ tenant, stream, id, seq, foundAt }: ChangeExample): string {
  const name = (text: string): string => quoted(shortened(text, 160));
  const where = `tenant ${name(tenant)}, stream ${name(stream)}`;
  const file = foundAt === undefined ? '' : `, in ${name(foundAt)}`;
  return `${where}${seq === undefined ? '' : `, seq ${seq}`}${id === undefined ? '' : `, id ${name(id)}`}${file}`;
}

function sharesText(what: string, shares: readonly ChangeShare[] = []): readonly string[] {
  if (shares.length === 0) return [];
  return [`${what} ${shares.map(({ name, count }) => `${quoted(shortened(name, 120))} ${grouped(count)}`).join(', ')}`];
}

function changeLine({ count, places, placesOmitted = 0, examples, tenants, types, days }: ChangeGroup): ChangeLine {
  const held = [
    ...sharesText('tenant', tenants),
    ...sharesText('type', types),
    ...(days === undefined
      ? []
      : [`recorded ${days.map(({ name, count: on }) => `${name} ${grouped(on)}`).join(', ')}`]),
  ];
  return {
    count,
    places: places.length === 0 ? [{ what: UNKNOWN_PLACES, values: '' }] : places.map(placeLine),
    more: placesOmitted > 0 ? `and ${counted(placesOmitted, 'more kind')} of place` : '',
    examples: examples.map(exampleText),
    held: held.join('; '),
  };
}

/** All groups, rarest first; what is in none of them is the last line. */
export function changesOf({
  changes,
  changesOmitted = 0,
  totals,
}: Pick<ContinuityReport, 'changes' | 'changesOmitted'> & {
  readonly totals: Pick<ContinuityReport['totals'], 'modified'>;
}): Listed<ChangeLine> {
  const items = changes.map(changeLine);
  const rest = {
    count: changesOmitted,
    places: [{ what: 'other changes, each of a further kind: see the findings', values: '' }],
    more: '',
    examples: [],
    held: '',
  };
  const all = changesOmitted === 0 ? items : [...items, rest];
  if (all.length === 0) return { title: 'Changes: none', items: all };
  const records = counted(totals.modified, 'modified record');
  const order = all.length === 1 ? '' : ', the rarest first';
  return { title: `Changes: ${records}, ${counted(all.length, 'kind')} of change${order}`, items: all };
}

/** The places of a finding that say more than its path and its two values. */
export function morePlaces({ places = [], placesOmitted = 0 }: Finding, most: number): readonly string[] {
  if (places.length + placesOmitted < 2 && places[0]?.from === undefined) return [];
  const left = places.length + placesOmitted - Math.min(most, places.length);
  const more =
    left === 0 ? [] : [`and ${counted(left, 'more place')}${placesOmitted === 0 ? ', in the JSON report' : ''}`];
  return [...places.slice(0, most).map(placeText), ...more];
}

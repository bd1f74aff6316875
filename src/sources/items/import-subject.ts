/** What a source of foreign evidence states of itself: how it was read, what nothing read, and how its chains are checked. */

import { EvidenceError } from '../../core/errors.ts';
import { membersOf, pairedPlaces, uncheckedIn } from '../../core/report/subjects.ts';
import type { ChainRule, PlainJson, Subject } from '../../core/snapshot/header.ts';
import { statedBy } from '../../wire/profile.ts';
import type { ItemsProfile } from '../../wire/profile-items.ts';
import type { LayoutPlace } from './layout-place.ts';
import type { Place } from './place.ts';
import type { Recognised } from './recognised.ts';
import type { RecordMaker } from './record-maker.ts';

/** Most files that nothing reads whose names are in the header. */
const MOST_NAMED = 20;

/** What was read. */
export interface ImportFacts {
  readonly from: 'folder' | 'file' | 'archive';
  readonly profile: ItemsProfile;
  readonly profileDigest: string;
  readonly recognised: Recognised | undefined;
  readonly makers: readonly RecordMaker[];
  readonly layouts: readonly LayoutPlace[];
  /** What each layout states of itself, by the label of its place. */
  readonly stated: ReadonlyMap<string, Subject>;
  readonly files: number;
  readonly items: number;
  /** Paths that no place reads. */
  readonly unmatched: readonly string[];
  /** Members that nothing reads, by where they are. */
  readonly unread: ReadonlyMap<string, ReadonlySet<string>>;
}

type Members = { readonly [name: string]: PlainJson };

function mappingOf(places: readonly (Place | LayoutPlace)[]): Members {
  return Object.fromEntries(places.map(({ label, mapping }) => [label, mapping]));
}

/** The columns of each place that has some. */
function columnsOf(makers: readonly RecordMaker[]): Members {
  const withColumns = makers.filter(({ columns }) => columns.size > 0);
  const all = withColumns.map(({ place, columns }): [string, PlainJson] => [
    place.label,
    Object.fromEntries([...columns].map((name) => [name, 'text'])),
  ]);
  return all.length === 0 ? {} : { columns: Object.fromEntries(all) };
}

/** What a layout could not check is said of the whole; the rest by its place. */
function layoutsOf(stated: ReadonlyMap<string, Subject>): Members {
  if (stated.size === 0) return {};
  const notChecked = [...stated.values()].flatMap(uncheckedIn);
  const others = [...stated].map(([label, { notChecked: _, ...subject }]) => [label, subject] as const);
  return { layouts: Object.fromEntries(others), ...(notChecked.length === 0 ? {} : { notChecked }) };
}

/** The subject of the header. */
export function importSubject(facts: ImportFacts): Members {
  const { recognised, unmatched, makers } = facts;
  const unread = [...facts.unread].map(([label, members]) => [label, [...members].sort()] as const);
  const first = unmatched.slice(0, MOST_NAMED);
  return {
    source: facts.from,
    profile: facts.profile.name,
    profileDigest: `sha256:${facts.profileDigest}`,
    ...statedBy(facts.profile),
    ...(recognised === undefined ? {} : { recognised: { what: recognised.many, rule: recognised.rule } }),
    mapping: mappingOf([...makers.map(({ place }) => place), ...facts.layouts]),
    ...layoutsOf(facts.stated),
    ...columnsOf(makers),
    read: { files: facts.files, items: facts.items },
    ...(unmatched.length === 0 ? {} : { unmatched: { files: unmatched.length, first } }),
    ...(unread.length === 0 ? {} : { unread: Object.fromEntries(unread) }),
  };
}

/** The columns that the baseline had of each place, by its label; none of a place of which it says nothing. */
export function knownColumns(baseline: Subject, places: readonly Place[]): ReadonlyMap<string, ReadonlySet<string>> {
  const columns = membersOf(baseline['columns']);
  const pairs = [...pairedPlaces(baseline, { mapping: mappingOf(places) })];
  const known = pairs.map(([was, is]) => [is, new Set(membersOf(columns.get(was)).keys())] as const);
  return new Map(known.filter(([, names]) => names.size > 0));
}

/**
 * The rule of each stream of a place that has one, by its name: a header has one for all streams of a name, whatever their tenant.
 *
 * @throws EvidenceError `schema-violation` where two places that share a name state two, or one of them none
 */
export function chainsOf(makers: readonly RecordMaker[]): ReadonlyMap<string, ChainRule> {
  const chains = new Map<string, ChainRule | undefined>();
  for (const { place, streams } of makers) {
    for (const stream of streams) {
      const other = chains.has(stream) ? chains.get(stream) : place.chain;
      if (JSON.stringify(other) !== JSON.stringify(place.chain)) {
        const reason = `two places of the profile state two rules for the chains of ${JSON.stringify(stream)}`;
        throw new EvidenceError('schema-violation', reason, {
          advice: 'give the same `chain` to both, or two names of streams',
        });
      }
      chains.set(stream, place.chain);
    }
  }
  return new Map([...chains].flatMap(([stream, rule]) => (rule === undefined ? [] : [[stream, rule] as const])));
}

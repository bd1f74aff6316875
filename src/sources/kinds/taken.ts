/**
 * Whether a comparison may take what lies there as it is: one known kind, every item of which its own rule names, and
 * nothing beside it. Whatever else there is needs a profile, by which somebody says how it is read.
 */

import type { ProfileInput2 } from '../../wire/profile-items.ts';
import type { Recognised } from '../items/recognised.ts';
import { type EvidenceKind, kindOf } from './kinds.ts';
import { type Look, type Place, profileOf } from './place.ts';
/** A place that is read by the rule of its kind. */
export interface SoundPlace {
  readonly place: Place;
  readonly kind: EvidenceKind;
}

const MOST_NAMED = 5;

function filesInWords(paths: readonly string[]): string {
  return `${paths.slice(0, MOST_NAMED).join(', ')}${paths.length > MOST_NAMED ? ', …' : ''}`;
}

/** What may be taken; else why it may not. */
export function soundPlaceOf({ places, unreadFiles }: Look): SoundPlace | string {
  const [place, another] = places;
  if (place === undefined) return 'nothing in it can be read as items';
  if (another !== undefined) return 'items lie in it in more than one way';
  const { kind, isOwnRule } = place.proposal;
  if (kind === undefined) return 'of no one kind that is known here';
  if (!isOwnRule) return `no id that the kind has is there in every item, and another in each (${idsOf(kind)})`;
  if (unreadFiles.length > 0) return `there are other files in it: ${filesInWords(unreadFiles)}`;
  return { place, kind };
}

function idsOf({ ids, many }: EvidenceKind): string {
  return ids.length === 0 ? `${many} have none` : ids.map(({ words }) => words).join(', or ');
}

/** Whether items are named by where they lie, and not by what is in them. */
function isNamedByPlace({ proposal: { mapping }, form }: Place): boolean {
  const { id } = mapping;
  const isText = typeof id === 'object' && ('value' in id || 'path' in id);
  return form.is === 'document' && isText;
}

/** Whether all or some of the items of the other side are of the kind: each that is not is compared, and named as a fault. */
function isOfKind(kind: EvidenceKind, { proposal, kinds }: Place): boolean {
  return proposal.kind === kind || (proposal.kind === undefined && kinds.has(kind));
}

/** Whether a document beside another has lost what makes it one of any kind: it is compared, and named as a fault. */
function hasLostKind(place: Place, { kinds, form, glob }: Place): boolean {
  const isDocument = form.is === 'document' || (form.is === 'array' && form.pointer !== '');
  return kinds.size === 0 && isDocument && place.form.is === 'document' && glob === undefined && place.glob === glob;
}

/**
 * The place of the other side, by the rule of the baseline.
 *
 * @returns why not, where the two are not of one kind
 */
export function counterpartOf({ place, kind }: SoundPlace, look: Look): Place | string {
  const [other, another] = look.places;
  if (other === undefined) {
    // What could not be looked at is read as the baseline is; reading it says what is wrong.
    return look.empty === undefined ? place : { ...place, form: look.empty, glob: undefined };
  }
  if (another !== undefined) return 'items lie in it in more than one way';
  if (hasLostKind(place, other)) return place;
  if (!isOfKind(kind, other)) return `its items are not ${kind.many}`;
  if (isNamedByPlace(place)) {
    const isAlike = other.form.is === place.form.is && (other.glob === undefined) === (place.glob === undefined);
    if (!isAlike) return `${kind.many} of the baseline are named by where they lie, and here they lie otherwise`;
  }
  return { ...other, proposal: place.proposal };
}

/**
 * The profile by which a place is taken. Its time is left to the body, and a type that is not there is that of the kind: a
 * member that was damaged is one that differs, and not one that cannot be read.
 */
export function profileOfPlace({ what }: Look, { kind }: SoundPlace, place: Place): ProfileInput2 {
  const { recordedAt: _, type, ...mapping } = place.proposal.mapping;
  const isFixed = typeof type === 'object' && ('value' in type || 'null' in type);
  const counted = isFixed ? type : { field: type, null: kind.name };
  const taken = { ...place, proposal: { ...place.proposal, mapping: { ...mapping, type: counted } } };
  return profileOf({ what, isOurs: false, places: [taken], unread: [], unreadFiles: [] }, kind.name);
}

/** What its items must be. */
export function recognisedAs({ kind, place }: SoundPlace): Recognised {
  const { one, many } = kind;
  return { one, many, rule: place.proposal.rule, isOne: (item) => kindOf(item) === kind };
}

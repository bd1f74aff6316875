/** What changed in records, as a report says it: places with their classes, and groups of records that changed alike. */

import { count, described, form, listOf, type MembersOf, object, oneOf, optional, text } from '../json/form.ts';

/** A value shown in a finding: a digest, a member's text, a count; long values are shortened. */
export type FindingValue = string | number | boolean | null;

export const findingValue = form(
  'a string, a number, true, false or null',
  (value) => value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value),
  { type: ['string', 'number', 'boolean', 'null'] },
);

/**
 * Kinds of change, from what may say another thing to what says the same in another way. A class explains and never
 * excuses: no verdict asks for one.
 */
export const CHANGE_CLASSES = [
  'other',
  'removed-member',
  'added-member',
  'type',
  'precision',
  'scale',
  'case',
  'unicode-form',
  'padding',
  'order',
  'same-instant',
] as const;

export type ChangeClass = (typeof CHANGE_CLASSES)[number];

/** What happened at a place. */
export const CHANGES = ['changed', 'added', 'removed', 'moved'] as const;

export type Change = (typeof CHANGES)[number];

/**
 * One place in which two records differ. All places of a record turn the baseline's into the current one: set what was
 * `changed`, take out what was `removed` or `moved`, then put in what was `added` or `moved`.
 */
export interface ChangedPlace {
  /** JSON Pointer (RFC 6901) into the current record; of what was removed, into the baseline's. */
  readonly pointer: string;
  /** Pointer into the baseline's record, where it is another one: elements before it came or went, or it moved. */
  readonly from?: string;
  readonly change: Change;
  readonly class: ChangeClass;
  /** What a person knows the element of a list by that was added, removed or moved. */
  readonly element?: string;
  /** A number where a double holds it exactly, else its digits as text; a list or an object as JSON text. Long ones are cut. */
  readonly baseline?: FindingValue;
  readonly current?: FindingValue;
}

const PLACE_MEMBERS = {
  pointer: described(text, 'JSON Pointer (RFC 6901); in a group with * for the index of each list'),
  from: optional(text, 'pointer into the record of the baseline, where it is another one'),
  change: oneOf(...CHANGES),
  class: oneOf(...CHANGE_CLASSES),
  element: optional(text, 'what a person knows the element of a list by'),
  baseline: optional(findingValue),
  current: optional(findingValue),
} satisfies MembersOf<ChangedPlace>;

export const changedPlaceForm = object(PLACE_MEMBERS);

/** One entry of the set that a group is known by, with the values of its first example. */
export interface GroupedPlace extends Omit<ChangedPlace, 'from'> {
  /** A pointer with `*` for the index of each list. */
  readonly pointer: string;
}

export interface ChangeExample {
  readonly tenant: string;
  readonly stream: string;
  readonly id?: string;
  readonly seq?: number;
  /** The file of the current side that it is in, and which item of it; where its id does not say so. */
  readonly foundAt?: string;
}

/** How many records of a group belong to one tenant, type or day. */
export interface ChangeShare {
  readonly name: string;
  readonly count: number;
}

/** Modified records that changed in the same places in the same way. */
export interface ChangeGroup {
  readonly count: number;
  /** Empty where the places are not known: a body is missing, or there was only its digest. */
  readonly places: readonly GroupedPlace[];
  /** How many more entries the set has. */
  readonly placesOmitted?: number;
  /** The first two. */
  readonly examples: readonly ChangeExample[];
  /** Tenants that hold more of this group than of the baseline's records. */
  readonly tenants?: readonly ChangeShare[];
  /** Types likewise. */
  readonly types?: readonly ChangeShare[];
  /** Days (UTC) on which most of these records were recorded. */
  readonly days?: readonly ChangeShare[];
}

const { from: _, ...GROUPED_MEMBERS } = PLACE_MEMBERS;
const shares = optional(listOf(object({ name: text, count } satisfies MembersOf<ChangeShare>)));

export const changeGroupForm = object({
  count,
  places: listOf(object(GROUPED_MEMBERS satisfies MembersOf<GroupedPlace>)),
  placesOmitted: optional(count),
  examples: listOf(
    object({
      tenant: text,
      stream: text,
      id: optional(text),
      seq: optional(count),
      foundAt: optional(text, 'the file of the current side that it is in, and which item of it'),
    } satisfies MembersOf<ChangeExample>),
  ),
  tenants: shares,
  types: shares,
  days: shares,
} satisfies MembersOf<ChangeGroup>);

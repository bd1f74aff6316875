/** What was found of foreign evidence: where items lie, and how they would become records. */

import type { Json } from '../../core/json/value.ts';
import { grouped } from '../../core/words.ts';
import type { ProfileInput2 } from '../../wire/profile-items.ts';
import type { EvidenceKind } from './kinds.ts';
import type { Mapping, Proposal } from './propose.ts';
import type { Form } from './survey.ts';
/** Where items of one form lie, and how they become records. */
export interface Place {
  readonly form: Form;
  /** Which files, under the folder; of a file that was named itself undefined. */
  readonly glob: string | undefined;
  readonly proposal: Proposal;
  /** All kinds that there are among its items. */
  readonly kinds: ReadonlySet<EvidenceKind>;
  /** How many items were looked at, and whether these are all. */
  readonly count: number;
  readonly cut: boolean;
  /** The first of them, by which a recipe of hashes may be found. */
  readonly first: readonly Json[];
}

/** So many of the first items of a place are kept. */
export const MOST_FIRST = 512;

export interface Look {
  /** What it is, in words: `an array of 5 CycloneDX SBOMs`. */
  readonly what: string;
  /** Whether it is of this project's formats, be it as damaged as it may: then nothing else is said of it. */
  readonly isOurs: boolean;
  readonly places: readonly Place[];
  /** Members around the items, and files, that no place reads. */
  readonly unread: readonly string[];
  /** The files among them. */
  readonly unreadFiles: readonly string[];
  /** Of an array without items. */
  readonly empty?: Form;
}

/* The profile, version 2, that reads what was found. */

type Items = ProfileInput2['items'][number];

/** Of a file that the user names itself: whatever it is called, so that the other side is read by the same. */
const WHATEVER = '*';

function fromOf({ form, glob = WHATEVER }: Place): Items['from'] {
  switch (form.is) {
    case 'array':
      return { json: glob, items: form.pointer };
    case 'lines':
      return { ndjson: glob };
    case 'columns':
      return { csv: glob, ...(form.delimiter === ',' ? {} : { delimiter: form.delimiter }) };
    default:
      return { files: glob, as: 'json' };
  }
}

function streamOf({ stream }: Mapping): string {
  return JSON.stringify(stream);
}

/**
 * The profile of what was found.
 *
 * @param name - what it is called
 * @throws RangeError if nothing was found
 */
export function profileOf({ what, places }: Look, name: string): ProfileInput2 {
  if (places.length === 0) throw new RangeError('a profile needs a place');
  const streams = places.map(({ proposal }) => streamOf(proposal.mapping));
  return {
    kind: 'evidence-profile',
    version: 2,
    name,
    description: `made for ${what}`,
    assumptions: [...new Set(places.flatMap(assumptionsOf))],
    items: places.map((place) => {
      const { mapping } = place.proposal;
      const isShared = streams.filter((stream) => stream === streamOf(mapping)).length > 1;
      const { id, ...rest } = mapping;
      return {
        from: fromOf(place),
        ...rest,
        id: id as Items['id'],
        body: place.form.is === 'columns' ? { columns: '*' } : '',
        ...(isShared ? { shared: true } : {}),
      };
    }),
  };
}

function assumptionsOf({ proposal: { rule, isOwnRule, assumptions }, cut, count }: Place): readonly string[] {
  return [
    ...(isOwnRule ? [`id by ${rule}`] : []),
    ...assumptions,
    ...(cut ? [`only the first ${grouped(count)} items were looked at`] : []),
  ];
}

/** What the profile leaves to decide: the lines of it that say so. */
export function undecidedOf({ places }: Look): readonly string[] {
  return [...new Set(places.flatMap(({ proposal }) => proposal.assumptions))];
}

/** The profile, version 2, that reads what was found. */
import { grouped } from '../../core/words.ts';
import type { ProfileInput2 } from '../../wire/profile-items.ts';
import type { Look, Place } from './place.ts';
import type { Mapping } from './propose.ts';

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

/** Records of the first items of a place, as its profile makes them; and what a hash of theirs may be made of. */
import { EvidenceError } from '../../core/errors.ts';
import { canonicalText } from '../../core/json/canonical.ts';
import { pointerTo } from '../../core/json/pointer.ts';
import type { Json, JsonObject } from '../../core/json/value.ts';
import { namesOf } from '../../core/mapping/field.ts';
import { recordText } from '../../core/mapping/record-rule.ts';
import { type Platform, utf8 } from '../../core/platform.ts';
import type { FieldPart } from '../../core/snapshot/declared-recipe.ts';
import { type EvidenceRecord, RecordDecoder } from '../../core/snapshot/record.ts';
import type { ProfileInput2 } from '../../wire/profile-items.ts';
import { itemsProfileFrom } from '../../wire/profile-items.ts';
import { placesOf } from '../items/place.ts';
import { jsonItem } from './item.ts';
import type { Place } from './place.ts';

/**
 * The records of what was looked at, by tenant and stream; those that cannot be made are left out.
 *
 * @param at - which place of the profile
 */
export function sampleRecords(
  platform: Platform,
  profile: ProfileInput2,
  at: number,
  { first, form }: Place,
): readonly (readonly EvidenceRecord[])[] {
  const rule = placesOf(itemsProfileFrom(profile, 'the profile'))[at]?.rule;
  const streams = new Map<string, EvidenceRecord[]>();
  for (const item of first) {
    const values = jsonItem(platform, item);
    const textOf = (name: string): string | undefined => values.textOf(pointerTo('', name)) || undefined;
    const bare = { ...values, textOf, emptyIsNone: true } as const;
    const record =
      rule === undefined
        ? undefined
        : made(() => {
            const { head, tail } = recordText(rule, form.is === 'columns' ? bare : values, 'held');
            const bytes = utf8(`${head}${canonicalText(item)}${tail}`);
            // One for each: the next record of a decoder overwrites the body of the one before.
            return new RecordDecoder(platform).decode(bytes, 0, bytes.length);
          });
    if (record === undefined) continue;
    const key = JSON.stringify([record.tenant, record.stream]);
    const stream = streams.get(key);
    if (stream === undefined) streams.set(key, [record]);
    else stream.push(record);
  }
  return [...streams.values()];
}

function made(make: () => EvidenceRecord): EvidenceRecord | undefined {
  try {
    return make();
  } catch (fault) {
    if (fault instanceof EvidenceError) return undefined;
    throw fault;
  }
}

/** So many members are each taken for what was hashed. */
const MOST_MEMBERS = 16;

/**
 * What may have been hashed of an item: all its members that are no links, in the order in which the source writes them,
 * with its position and without; and each member alone.
 */
export function hashedContents({ first, form, proposal: { mapping } }: Place): readonly (readonly FieldPart[])[] {
  const [item] = first;
  if (!(item instanceof Map)) return [];
  const top = (field: Parameters<typeof namesOf>[0] | undefined): readonly string[] =>
    field === undefined ? [] : namesOf(field).map((name) => (form.is === 'columns' ? name : name.slice(1)));
  const links = new Set([...top(mapping.hash), ...top(mapping.prev)]);
  const seq = new Set(top(mapping.seq));
  const members = [...(item as JsonObject)].filter(([name]) => !links.has(name)).slice(0, MOST_MEMBERS);
  const parts = members.map(([name]) => partOf(name, first));
  const withoutSeq = members.filter(([name]) => !seq.has(name)).map(([name]) => partOf(name, first));
  return [parts, withoutSeq, ...parts.map((part) => [part])];
}

/** A member of the body: its text, or its canonical form where it has none. */
function partOf(name: string, items: readonly Json[]): FieldPart {
  const values = items.map((item) => (item instanceof Map ? (item as JsonObject).get(name) : undefined));
  const field = `/body${pointerTo('', name)}`;
  if (values.some((value) => value instanceof Map || Array.isArray(value))) return { field, as: 'jcs' };
  return values.some((value) => value === undefined || value === null) ? { field, null: '' } : { field };
}

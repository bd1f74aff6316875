import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { besideWay, pointerTo, pointerTree } from '../../../src/core/json/pointer.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

function unread(value: Json, pointers: readonly string[]): readonly string[] {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const textOf = (start: number, end: number): string => new TextDecoder().decode(bytes.subarray(start, end));
  return [...besideWay(bytes, 0, pointerTree(pointers), textOf)];
}

/** Another way: every value without parts, by its pointer. */
function leaves(value: Json, pointer = ''): readonly string[] {
  if (value === null || typeof value !== 'object') return value === null ? [] : [pointer];
  return Object.entries(value).flatMap(([token, part]) => leaves(part, pointerTo(pointer, token)));
}

const within = (pointer: string, outer: string): boolean => pointer === outer || pointer.startsWith(`${outer}/`);

describe('what stands beside the way of pointers', () => {
  it('is named at any depth, and not what they lead to', () => {
    const item = { a: 1, r: { body: { x: 1 }, id: 'i', tenant: 't' }, s: [{ d: 1, e: 2 }, 3] };
    expect(unread(item, ['/r/id', '/r/body', '/s/0/d'])).toEqual(['/a', '/r/tenant', '/s/0/e', '/s/1']);
    expect(unread(item, [''])).toEqual([]);
    expect(unread({ meta: 'a text', x: null }, ['/meta/owner', '/x/y'])).toEqual(['/meta']);
    expect(unread({ 'a/b': 1, '~': 2 }, ['/x'])).toEqual(['/a~1b', '/~0']);
  });

  it('and what is read are all values that are there', () => {
    const json = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.boolean(), fc.constant(null)),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', '/', '~', '"', 'é', '0'), tie('value')),
      ) as fc.Arbitrary<Json>,
    })).value;
    fc.assert(
      fc.property(json, fc.array(fc.nat()), (value, picks) => {
        const all = leaves(value);
        const read = picks.flatMap((pick) => (all.length === 0 ? [] : [all[pick % all.length] as string]));
        const beside = unread(value, read);
        for (const leaf of all) {
          const isRead = read.includes(leaf);
          expect([leaf, beside.some((pointer) => within(leaf, pointer))]).toEqual([leaf, !isRead]);
        }
      }),
    );
  });
});

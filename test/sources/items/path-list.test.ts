/** Many paths as bytes are the paths that were added. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PathList } from '../../../src/sources/items/path-list.ts';

const path = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => text.isWellFormed());

it('a list of paths has each that was added, in its order, and none beside', () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 600, size: 'max' }), (paths) => {
      const list = new PathList();
      for (const one of paths) list.add(one);
      expect(list.length).toBe(paths.length);
      expect([...list]).toEqual(paths);
      for (const [at, one] of paths.entries()) expect(list.at(at)).toBe(one);
      expect([list.at(-1), list.at(paths.length)]).toEqual([undefined, undefined]);
    }),
    { numRuns: 50 },
  );
});

it('grows by long paths and by many', () => {
  const list = new PathList();
  const paths = Array.from({ length: 5000 }, (_, at) => `${'ä/'.repeat(at % 700)}${at}`);
  for (const one of paths) list.add(one);
  expect([...list]).toEqual(paths);
});

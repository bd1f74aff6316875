/** The end of a digest index: what is written is read, and what does not add up is refused, by its reason. */
import { expect, it } from 'vitest';
import { utf8 } from '../../../src/core/platform.ts';
import { INDEX_END_BYTES, indexEnd, parseSets } from '../../../src/core/proof/index-document.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';

const set = (stream: string, size: number) => ({ tenant: 'a', stream, size, root: 'a'.repeat(64) });
const SETS = [set('s', 2), set('t', 3)];

it('is read as it was written', () => {
  expect(parseSets(nodePlatform, indexEnd(SETS).slice(0, -INDEX_END_BYTES), 5)).toEqual(SETS);
});

it.each([
  ['fewer leaves than its sets have', SETS, 4, /it has 4 leaves, and its sets have 5/],
  ['leaves that no set has', SETS, 6, /it has 6 leaves, and its sets have 5/],
  [
    'a set that stands twice, since one of them would be held to nothing',
    [set('s', 2), set('s', 3)],
    5,
    /a set stands twice/,
  ],
  ['a member that nothing knows', [{ ...set('s', 2), head: 'x' }], 2, /head/],
])('is refused with %s', (_, sets, leaves, reason) => {
  const line = utf8(JSON.stringify({ kind: 'evidence-digest-index', version: 1, sets }));
  expect(() => parseSets(nodePlatform, line, leaves)).toThrow(reason);
});

/** What names say: those of files, of their kind, of attributes; and where a window may look for an end of a line. */
import { describe, expect, it } from 'vitest';
import { ByteWindow } from '../../../src/core/snapshot/byte-window.ts';
import { preimagePointer, tokensOf } from '../../../src/core/snapshot/declared-recipe.ts';
import { containerOf, hasSnapshotEnding, isPackedName } from '../../../src/core/snapshot/endings.ts';
import { otherKind } from '../../../src/core/snapshot/other-input.ts';

describe('the name of a file', () => {
  it.each([
    ['a.json', 'json', false, true],
    ['a.JSON.GZ', 'json', true, true],
    ['a.ndjson', 'ndjson', false, true],
    ['a.jsonl.gz', 'ndjson', true, true],
    ['a.txt', 'ndjson', false, false],
    ['a.gz', 'ndjson', true, false],
    ['json', 'ndjson', false, false],
    ['', 'ndjson', false, false],
  ] as const)('%j means %s, packed: %s, a snapshot: %s', (path, container, isPacked, isSnapshot) => {
    expect([containerOf(path), isPackedName(path), hasSnapshotEnding(path)]).toEqual([container, isPacked, isSnapshot]);
  });
});

it('a snapshot is no other kind of input, and every other kind is called what it is', () => {
  expect(otherKind('"evidence-snapshot"')).toBeUndefined();
  expect(otherKind('"evidence-roots"')?.reason).toBe('a file of roots, not a snapshot');
  expect(otherKind('"evidence-unheard-of"')?.reason).toBe('of kind evidence-unheard-of, not a snapshot');
});

it('an attribute of any name is found by the pointer that is made of it', () => {
  for (const name of ['raw', 'a/b', 'a~b', '~1', '~0', '~01', 'a/~1b', '']) {
    const pointer = preimagePointer(name);
    if (!name.startsWith('/')) expect(tokensOf(pointer)).toEqual(['attrs', name]);
  }
  expect(preimagePointer('/body/text')).toBe('/body/text');
});

it('a line that was consumed ends no other one', () => {
  const window = new ByteWindow();
  window.write(Uint8Array.from([0x61, 0x0a, 0x62, 0x63, 0x0a, 0x64]));
  expect([window.lastIndexOf(0x0a, 6), window.lastIndexOf(0x0a, 4)]).toEqual([4, 1]);
  window.consume(2);
  expect([window.lastIndexOf(0x0a, 6), window.lastIndexOf(0x0a, 4), window.lastIndexOf(0x0a, 2)]).toEqual([4, -1, -1]);
});

/** Tiles of a log as they are made while entries come by, against those that were made from the whole log (c2sp.org/tlog-tiles). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginningOf, entriesIn, TileMaker, tileOf, tilePath } from '../../../src/core/merkle/tiles.ts';
import { leafHash } from '../../../src/core/merkle/tree.ts';
import { portable } from '../../../src/core/platform.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { entriesOf, tiles } from '../../layouts/samples.ts';
import { runs, seed } from '../../long.ts';

function made(size: number): ReadonlyMap<string, Buffer> {
  // Many are hashed by Node, which gives the same in a third of the time.
  const platform = size > 1000 ? nodePlatform : portable;
  const files = new Map<string, Buffer>();
  const maker = new TileMaker(platform, (tile, bytes) => {
    expect(files.has(tilePath(tile))).toBe(false);
    files.set(tilePath(tile), Buffer.from(bytes));
  });
  for (const entry of entriesOf(size)) maker.append(entry, leafHash(platform, entry));
  maker.finish();
  return files;
}

describe('tiles', () => {
  it.each([0, 1, 255, 256, 257, 511, 512, 513, 1000, 65_537])('of %i entries are those of the log', (size) => {
    const whole = new Map(tiles(size));
    whole.delete('checkpoint');
    const shown = (files: ReadonlyMap<string, Buffer>) =>
      [...files].map(([path, bytes]) => `${path} ${bytes.toString('base64')}`).sort();
    expect(shown(made(size)).join('\n') === shown(whole).join('\n')).toBe(true);
  });

  it('have one path each, and no path is that of two', () => {
    const path = fc.record({
      level: fc.constantFrom('entries', '0', '1', '63'),
      index: fc.oneof(fc.nat(1100), fc.nat(2_000_000_000)),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(
      fc.property(path, (tile) => {
        expect(tileOf(tilePath(tile))).toEqual(tile);
      }),
      { numRuns: runs(500, 20_000), seed },
    );
    expect(tilePath({ level: 'entries', index: 1_234_067, width: 256 })).toBe('tile/entries/x001/x234/067');
    for (const other of [
      'tile/0/x000/001',
      'tile/0/001.p/0',
      'tile/0/001.p/256',
      'tile/0/001.p/999',
      'tile/0/001.p/01',
      'tile/64/000',
      'tile/00/000',
      'tile/0/1',
      'tile/0/001/002',
      'tile/data/000',
    ]) {
      expect(tileOf(other)).toBeUndefined();
    }
  });

  it('of a smaller log are the beginning of those of a larger one', () => {
    const [small, large] = [made(300), made(600)];
    for (const [path, bytes] of small) {
      const tile = tileOf(path) ?? { level: '', index: 0, width: 0 };
      const wide = [256, 88].map((width) => large.get(tilePath({ ...tile, width }))).find((one) => one !== undefined);
      const later = large.get(path) ?? wide ?? large.get('tile/1/000.p/2') ?? Buffer.alloc(0);
      expect(beginningOf(tile.level, later, tile.width)).toEqual(bytes);
    }
    expect(beginningOf('0', Buffer.alloc(64), 3)).toBeUndefined();
    expect(beginningOf('entries', Buffer.from([0, 1, 7]), 2)).toBeUndefined();
  });

  it('of entries give them back, and refuse a bundle that is cut within one of them', () => {
    const entry = fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      fc.constantFrom(255, 256, 257).map((length) => new Uint8Array(length)),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        const parts = entries.flatMap((one) => [Uint8Array.of(one.length >> 8, one.length & 255), one]);
        const bundle = Buffer.concat(parts);
        const shown = (list: readonly Uint8Array[] | undefined) => list?.map((one) => Buffer.from(one).toString('hex'));
        expect(shown(entriesIn(bundle))).toEqual(shown(entries));
        const ends = new Set(entries.map((_, nth) => Buffer.concat(parts.slice(0, 2 * nth)).length));
        for (let cut = 1; cut < bundle.length; cut++) {
          expect(entriesIn(bundle.subarray(0, cut)) === undefined).toBe(!ends.has(cut));
        }
      }),
    );
  });

  it('refuse an entry that has no room in a bundle, and a bundle that ends within an entry', () => {
    const maker = new TileMaker(portable, () => undefined);
    expect(() => maker.append(new Uint8Array(65_536), 'a'.repeat(64))).toThrow(RangeError);
    const longest = new Uint8Array(65_535);
    maker.append(longest, leafHash(portable, longest));
    expect(entriesIn(Buffer.from([0]))).toBeUndefined();
    expect(entriesIn(Buffer.from([0, 2, 1]))).toBeUndefined();
    expect(entriesIn(new Uint8Array())).toEqual([]);
  });
});

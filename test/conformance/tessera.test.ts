/**
 * A complete tlog-tiles log on disk, as transparency-dev/tessera writes it, with its own checkpoint for 0 to 15 entries.
 *
 * The log is smaller than one full tile of 256, so each size n has one partial entry bundle, tile/entries/000.p/n, and
 * one partial tile of level 0, tile/0/000.p/n. A bundle is its entries, each after a length of 16 bits, big-endian; a
 * tile is leaf hashes of 32 bytes (C2SP tlog-tiles). Signatures of the checkpoints are not checked here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CompactRange, leafHash, rootOf } from '../../src/core/merkle/tree.ts';
import { hexOf, portable } from '../../src/core/platform.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';

const FOLDER = 'vectors/tessera-testlog/testdata/log';
const folder = sharedFolder(FOLDER);
const SIZES = Array.from({ length: 15 }, (_, index) => index + 1);

function read(path: string): Uint8Array {
  return readFileSync(join(folder ?? '', path));
}

function entriesOf(bundle: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bundle.length; ) {
    const length = (bundle[at] ?? 0) * 256 + (bundle[at + 1] ?? 0);
    const entry = bundle.subarray(at + 2, at + 2 + length);
    if (entry.length !== length) throw new Error('the bundle ends within an entry');
    entries.push(entry);
    at += 2 + length;
  }
  return entries;
}

function checkpointAt(size: number): { readonly size: number; readonly root: string } {
  const [origin, count, root] = Buffer.from(read(`checkpoint.${size}`))
    .toString('utf8')
    .split('\n');
  if (origin !== 'example.com/log/testdata') throw new Error('the checkpoint is of another log');
  return { size: Number(count), root: Buffer.from(root ?? '', 'base64').toString('hex') };
}

function leavesAt(size: number): string[] {
  return entriesOf(read(`tile/entries/000.p/${size}`)).map((entry) => leafHash(portable, entry));
}

describe.skipIf(folder === undefined)(`a log made by tessera${skippedWithout(FOLDER)}`, () => {
  it.each(SIZES)('of %i entries has the root of its checkpoint, recomputed from the entries', (size) => {
    const leaves = leavesAt(size);
    expect(leaves.length).toBe(size);
    expect({ size, root: rootOf(portable, leaves) }).toEqual(checkpointAt(size));
  });

  it.each(SIZES)('of %i entries has the leaf hashes of its tile', (size) => {
    const tile = read(`tile/0/000.p/${size}`);
    const hashes = Array.from({ length: tile.length / 32 }, (_, at) => hexOf(tile.subarray(32 * at, 32 * at + 32)));
    expect(leavesAt(size)).toEqual(hashes);
  });

  it('A06: of no entries has the empty root in its checkpoint', () => {
    expect({ size: 0, root: rootOf(portable, []) }).toEqual(checkpointAt(0));
  });

  it('passes through all of its checkpoints while the 15 entries stream by once', () => {
    const range = new CompactRange(portable);
    for (const leaf of leavesAt(15)) {
      range.append(leaf);
      expect(range.root()).toBe(checkpointAt(range.size).root);
    }
    expect(range.size).toBe(15);
  });
});

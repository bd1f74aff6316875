/**
 * What every layout of the registry must do, whoever adds it: it knows its own files and no others; a record is a place
 * and a digest of bytes; the order in which files come is nothing; no file of it can be lost, cut, changed or emptied, nor
 * one be taken from another, without a word.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyBundle } from '../../src/api/bundles.ts';
import { compareSnapshots } from '../../src/api/compare-snapshots.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import type { LayoutContents } from '../../src/layouts/layout.ts';
import { LayoutTree } from '../../src/layouts/layout-tree.ts';
import { LAYOUTS, recognised } from '../../src/layouts/registry.ts';
import { ArchiveTree } from '../../src/sources/tree/archive-tree.ts';
import { SAMPLES } from '../layouts/cases.ts';
import { bytesOf, changedFiles, type Sample } from '../layouts/mutations.ts';
import { type Files, tarOf } from '../layouts/pack.ts';
import { long } from '../long.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
let made = 0;

function tarAt(files: Files): string {
  const path = join(folder, `input-${++made}.tar`);
  writeFileSync(path, tarOf(files));
  return path;
}

function sampleOf(id: string): Sample {
  const sample = SAMPLES.find(({ name }) => name === id);
  if (sample === undefined) throw new RangeError(`no sample of ${id}`);
  return sample;
}

/** One bit of the byte `at` another: a letter stays no letter of the other case, which hex digits may be. */
function withBit(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** What no comparison can tell from honest: a log that is signed anew, or by a witness more, and no key to check it with. */
const UNSEEN: ReadonlyMap<string, RegExp> = new Map([['tlog-tiles', /^checkpoint has another byte/]]);

/** What can be done to one file, by what it is: of the places where a byte is another, two by turns of the files. */
function damages(files: Files, path: string, turn: number): ReadonlyMap<string, Files> {
  const bytes = bytesOf(files, path);
  const other = [...files].find(([, content]) => !content.equals(bytes))?.[1] ?? Buffer.alloc(0);
  const places = [0, bytes.length >> 2, bytes.length >> 1, bytes.length - 1 - (bytes.length >> 2)];
  return new Map([
    ['is gone', changedFiles(files, { [path]: undefined })],
    ['is empty', changedFiles(files, { [path]: Buffer.alloc(0) })],
    ['is cut', changedFiles(files, { [path]: bytes.subarray(0, bytes.length - 2) })],
    ['is another file of it', changedFiles(files, { [path]: other })],
    ['has another name', changedFiles(files, { [path]: undefined, [`${path}.bak`]: bytes })],
    ...places
      .filter((_, nth) => long || nth % 2 === turn % 2)
      .map((at) => [`has another byte ${at}`, changedFiles(files, { [path]: withBit(bytes, at) })] as const),
  ]);
}

describe.each(LAYOUTS.map((layout) => [layout.id, layout] as const))('the layout %s', (id, layout) => {
  const { files } = sampleOf(id);

  it('knows its own files, in a folder or not, and no others', () => {
    for (const root of ['', 'a-folder/']) {
      const paths = [...files.keys()].map((path) => `${root}${path}`);
      expect(recognised('it', paths)?.layout.id).toBe(id);
      // What is known by any file of its kind is known from the top.
      if (layout.generic !== true) expect(recognised('it', paths)?.root).toBe(root);
    }
    for (const other of SAMPLES.filter(({ name }) => name !== id)) {
      expect(recognised('it', [...other.files.keys()])?.layout.id, other.name).not.toBe(id);
    }
    expect(recognised('it', ['a.txt', 'data/b.json'])).toBeUndefined();
  });

  async function read(of: Files): Promise<LayoutContents> {
    const tree = new ArchiveTree(tarAt(of), 'tar');
    const reported: string[] = [];
    const report = (_: string, path: string, what: string): number => reported.push(`${path}: ${what}`);
    try {
      const listed = await tree.list();
      const contents = await layout.read(new LayoutTree(tree, '', listed, nodePlatform), {
        ...{ platform: nodePlatform, keys: [], report },
      });
      expect(reported).toEqual([]);
      return contents;
    } finally {
      await tree.close();
    }
  }

  it('gives records with a place of their own, a digest and a file that is there', async () => {
    const { records } = await read(files);
    const places = records.map(({ tenant, stream, id: name }) => JSON.stringify([tenant, stream, name]));
    expect(new Set(places).size).toBe(records.length);
    for (const { bodyDigest, path, type } of records) {
      expect(bodyDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(type).not.toBe('');
      expect(files.has(path), path).toBe(true);
    }
  });

  it('gives the same, in whatever order the files come', async () => {
    const told = ({ records, ...rest }: LayoutContents): unknown => [
      rest,
      records.map((record) => JSON.stringify(record)).sort(),
    ];
    expect(told(await read(new Map([...files].reverse())))).toEqual(told(await read(files)));
  });

  const paths = [...files.keys()];
  it.each(paths)('never passes where something is done to %s', async (path) => {
    const [honest, turn] = [tarAt(files), paths.indexOf(path)];
    for (const [at, [what, is]] of [...damages(files, path, turn)].entries()) {
      const given = tarAt(is);
      const { verdict, findings } = await compareSnapshots(honest, given, { mode: 'frozen' });
      if (verdict === 'PASS') expect(`${path} ${what}`).toMatch(UNSEEN.get(id) ?? /^nothing$/);
      else expect(findings.length, what).toBeGreaterThan(0);
      // What it says of itself is in words and not a crash; each damage is asked for with every third file.
      if (!long && (at + turn) % 3 !== 0) continue;
      expect((await verifyBundle(given)).findings.map(({ kind }) => kind)).not.toContain('internal-error');
    }
  });
});

/** The layouts that a profile names, by where its source lies. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { codeOf, EvidenceError } from '../core/errors.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import type { LayoutId } from '../layouts/layout.ts';
import { isKind, type LayoutPlace } from '../sources/items/layout-place.ts';
import type { Recognised } from '../sources/items/recognised.ts';
import { lookAt } from '../sources/kinds/look.ts';
import { profileOfPlace, recognisedAs, soundPlaceOf } from '../sources/kinds/taken.ts';
import { FolderTree } from '../sources/tree/folder-tree.ts';
import { OneFileTree, SubTree } from '../sources/tree/narrow-trees.ts';
import { archiveOf, headOf } from '../sources/tree/open-tree.ts';
import type { Tree } from '../sources/tree/tree.ts';
import type { ProfileInput2 } from '../wire/profile-items.ts';

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (fault) {
    const reason = `there is no such file or folder (${codeOf(fault)})`;
    const advice = 'the path of a layout in a profile is one under the source';
    throw new EvidenceError('source-incomplete', reason, { where: { file: path }, advice, cause: fault });
  }
}

/** The tree in which a layout lies. */
async function treeOf(name: string, path: string | undefined): Promise<Tree> {
  if (name === '-') {
    const advice = 'give the name of the file or folder';
    throw new EvidenceError('schema-violation', 'a layout cannot be read from a stream', {
      where: { file: '-' },
      advice,
    });
  }
  if (await isFolder(name)) {
    const at = path === undefined ? name : join(name, path);
    return (await isFolder(at)) ? new FolderTree(at) : (archiveOf(at, await headOf(at)) ?? new OneFileTree(at));
  }
  const archive = archiveOf(name, await headOf(name));
  if (archive === undefined) return new OneFileTree(name);
  return path === undefined ? archive : new SubTree(archive, path);
}

/** Opens what was recognised. */
type OpenItems = (
  name: string,
  profile: ProfileInput2,
  recognised: Recognised,
) => Promise<{ readonly source: EvidenceSource }>;

/** Documents of a known kind, each named by the rule of that kind. */
async function openKind(
  name: string,
  { label, layout, path }: LayoutPlace,
  openItems: OpenItems,
): Promise<EvidenceSource> {
  const at = path === undefined ? name : join(name, path);
  const look = await lookAt(nodePlatform, at);
  const sound = soundPlaceOf(look);
  if (typeof sound !== 'string' && sound.kind.name === layout) {
    const { source } = await openItems(at, profileOfPlace(look, sound, sound.place), recognisedAs(sound));
    return source;
  }
  const why = typeof sound === 'string' ? sound : `its items are ${sound.kind.many}`;
  const advice = 'say with `files`, `json` or `ndjson` in its place how they are read, and what names them';
  const reason = `it is ${look.what}, and no ${label} of the profile: ${why}`;
  throw new EvidenceError('schema-violation', reason, { where: { file: at }, advice });
}

/**
 * Opens the reader of a layout that a profile names.
 *
 * @param name - of the source that the profile is for
 */
export async function openLayoutPlace(name: string, place: LayoutPlace, openItems: OpenItems): Promise<EvidenceSource> {
  if (isKind(place)) return openKind(name, place, openItems);
  const { layout, path } = place;
  const [{ LayoutSource }, { layoutNamed, placedIn }] = await Promise.all([
    import('../layouts/layout-source.ts'),
    import('../layouts/registry.ts'),
  ]);
  const tree = await treeOf(name, path);
  const paths = (await tree.list()).map((file) => file.path);
  return new LayoutSource(tree, placedIn(layoutNamed(layout as LayoutId), paths), { platform: nodePlatform });
}

/** The layouts that are read: to add one is a file and a line here. */

import { EvidenceError } from '../core/errors.ts';
import { ARCHIVISTA, IN_TOTO, SIGSTORE } from './attestation-files.ts';
import { BAGIT } from './bagit.ts';
import type { Layout, LayoutId } from './layout.ts';
import { OCI } from './oci.ts';
import { STELLA_EXPORT, STELLA_VEX } from './stella.ts';
import { STELLA_SEALED } from './stella-sealed.ts';
import { TLOG_TILES } from './tlog-tiles.ts';
export const LAYOUTS: readonly Layout[] = [
  ...[OCI, IN_TOTO, SIGSTORE, ARCHIVISTA, TLOG_TILES, BAGIT],
  ...[STELLA_EXPORT, STELLA_SEALED, STELLA_VEX],
];

/** The folders in which a layout may lie: the top, or the one folder that holds all of it, as in most archives. */
function rootsOf([first = '', ...others]: readonly string[]): readonly string[] {
  const slash = first.indexOf('/');
  if (slash < 0) return [''];
  const root = first.slice(0, slash + 1);
  return others.every((path) => path.startsWith(root)) ? ['', root] : [''];
}

/** A layout, and the folder of the tree in which it lies. */
export interface Recognised {
  readonly layout: Layout;
  readonly root: string;
}

function among(layouts: readonly Layout[], tree: string, paths: readonly string[]): Recognised | undefined {
  for (const root of rootsOf(paths)) {
    const own = new Set(paths.map((path) => path.slice(root.length)));
    const [layout, other] = layouts.filter(({ recognises }) => recognises(own));
    if (other !== undefined && layout !== undefined) {
      throw new EvidenceError(
        'unsupported-version',
        `may be ${layout.title} or ${other.title}: which of the two nobody can know`,
        {
          where: { file: tree },
          advice: 'say which by a profile',
        },
      );
    }
    if (layout !== undefined) return { layout, root };
  }
  return undefined;
}

/**
 * The layout that files of these paths are in.
 *
 * @param tree - its name, for messages
 * @returns undefined if none knows them
 * @throws EvidenceError `unsupported-version` if two do: then nobody can say what is to be checked
 */
export function recognised(tree: string, paths: readonly string[]): Recognised | undefined {
  const generic = LAYOUTS.filter((layout) => layout.generic === true);
  const others = LAYOUTS.filter((layout) => layout.generic !== true);
  return among(others, tree, paths) ?? among(generic, tree, paths);
}

/** The layout with this name, for callers that are given one. */
export function layoutNamed(id: LayoutId): Layout {
  const found = LAYOUTS.find((layout) => layout.id === id);
  if (found === undefined) throw new RangeError(`there is no layout ${id}`);
  return found;
}

/** Where a layout that somebody has named lies among files of these paths: at the top, or in the folder that holds all. */
export function placedIn(layout: Layout, paths: readonly string[]): Recognised {
  const root = rootsOf(paths).find((one) => layout.recognises(new Set(paths.map((path) => path.slice(one.length)))));
  return { layout, root: root ?? '' };
}

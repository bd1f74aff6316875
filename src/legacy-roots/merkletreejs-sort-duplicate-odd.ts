import { OrderedTree, SortedTree } from './legacy-tree.ts';
import type { LegacyScheme } from './schemes.ts';
import { sortedNode } from './tree.ts';

/** `{ sort: true, duplicateOdd: true }`. */
export const merkletreejsSortDuplicateOdd: LegacyScheme = {
  name: 'merkletreejs-sort-duplicate-odd',
  blindTo: ['inner-nodes', 'repeated-tail', 'leaf-order'],
  newTree: (platform) => new SortedTree(() => new OrderedTree(platform, sortedNode, 'duplicate')),
};

import { OrderedTree, SortedTree } from './legacy-tree.ts';
import type { LegacyScheme } from './schemes.ts';
import { plainNode } from './tree.ts';

/** `{ sortLeaves: true, duplicateOdd: true }`. */
export const merkletreejsSortLeavesDuplicateOdd: LegacyScheme = {
  name: 'merkletreejs-sort-leaves-duplicate-odd',
  blindTo: ['inner-nodes', 'repeated-tail', 'leaf-order'],
  newTree: (platform) => new SortedTree(() => new OrderedTree(platform, plainNode, 'duplicate')),
};

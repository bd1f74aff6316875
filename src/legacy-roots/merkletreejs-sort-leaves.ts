import { OrderedTree, SortedTree } from './legacy-tree.ts';
import type { LegacyScheme } from './schemes.ts';
import { plainNode } from './tree.ts';

/** `{ sortLeaves: true }`: leaves are sorted, pairs are not. */
export const merkletreejsSortLeaves: LegacyScheme = {
  name: 'merkletreejs-sort-leaves',
  blindTo: ['inner-nodes', 'leaf-order'],
  newTree: (platform) => new SortedTree(() => new OrderedTree(platform, plainNode, 'promote')),
};

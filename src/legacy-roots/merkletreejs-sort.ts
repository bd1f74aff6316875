import { OrderedTree, SortedTree } from './legacy-tree.ts';
import type { LegacyScheme } from './schemes.ts';
import { sortedNode } from './tree.ts';

/** `{ sort: true }`: leaves are sorted, and so is each pair. */
export const merkletreejsSort: LegacyScheme = {
  name: 'merkletreejs-sort',
  blindTo: ['inner-nodes', 'leaf-order'],
  newTree: (platform) => new SortedTree(() => new OrderedTree(platform, sortedNode, 'promote')),
};

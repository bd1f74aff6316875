import { OrderedTree } from './legacy-tree.ts';
import type { LegacyScheme } from './schemes.ts';
import { sortedNode } from './tree.ts';

/** `{ sortPairs: true }`: of two neighbours the smaller one is hashed first. */
export const merkletreejsSortPairs: LegacyScheme = {
  name: 'merkletreejs-sort-pairs',
  blindTo: ['inner-nodes', 'pair-order'],
  newTree: (platform) => new OrderedTree(platform, sortedNode, 'promote'),
};

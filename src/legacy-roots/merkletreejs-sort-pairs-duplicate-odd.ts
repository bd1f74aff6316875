import { OrderedTree } from './legacy-tree.ts';
import type { LegacyScheme } from './schemes.ts';
import { sortedNode } from './tree.ts';

/** `{ sortPairs: true, duplicateOdd: true }`. */
export const merkletreejsSortPairsDuplicateOdd: LegacyScheme = {
  name: 'merkletreejs-sort-pairs-duplicate-odd',
  blindTo: ['inner-nodes', 'repeated-tail', 'pair-order'],
  newTree: (platform) => new OrderedTree(platform, sortedNode, 'duplicate'),
};

import { OrderedTree } from './legacy-tree.ts';
import type { LegacyScheme } from './schemes.ts';
import { plainNode } from './tree.ts';

/** `new MerkleTree(leaves, sha256)`: an odd node rises as it is. */
export const merkletreejsDefault: LegacyScheme = {
  name: 'merkletreejs-default',
  blindTo: ['inner-nodes'],
  newTree: (platform) => new OrderedTree(platform, plainNode, 'promote'),
};

import { OrderedTree } from './legacy-tree.ts';
import type { LegacyScheme } from './schemes.ts';
import { bitcoinNode } from './tree.ts';

/** `{ isBitcoinTree: true }`: SHA-256 twice, bytes reversed, an odd node is its own neighbour. */
export const merkletreejsBitcoin: LegacyScheme = {
  name: 'merkletreejs-bitcoin',
  blindTo: ['inner-nodes', 'repeated-tail'],
  newTree: (platform) => new OrderedTree(platform, bitcoinNode, 'duplicate'),
};

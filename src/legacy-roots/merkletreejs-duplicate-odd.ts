import { OrderedTree } from './legacy-tree.ts';
import type { LegacyScheme } from './schemes.ts';
import { plainNode } from './tree.ts';

/** `{ duplicateOdd: true }`: an odd node is its own neighbour. */
export const merkletreejsDuplicateOdd: LegacyScheme = {
  name: 'merkletreejs-duplicate-odd',
  blindTo: ['inner-nodes', 'repeated-tail'],
  newTree: (platform) => new OrderedTree(platform, plainNode, 'duplicate'),
};

/** The registry of schemes of legacy roots: to add one, add its file and its line here. */

import { merkletreejsBitcoin } from './merkletreejs-bitcoin.ts';
import { merkletreejsDefault } from './merkletreejs-default.ts';
import { merkletreejsDuplicateOdd } from './merkletreejs-duplicate-odd.ts';
import { merkletreejsSort } from './merkletreejs-sort.ts';
import { merkletreejsSortDuplicateOdd } from './merkletreejs-sort-duplicate-odd.ts';
import { merkletreejsSortLeaves } from './merkletreejs-sort-leaves.ts';
import { merkletreejsSortLeavesDuplicateOdd } from './merkletreejs-sort-leaves-duplicate-odd.ts';
import { merkletreejsSortPairs } from './merkletreejs-sort-pairs.ts';
import { merkletreejsSortPairsDuplicateOdd } from './merkletreejs-sort-pairs-duplicate-odd.ts';
import type { LegacyScheme } from './schemes.ts';

/** Every scheme by its name. */
export const LEGACY_SCHEMES: ReadonlyMap<string, LegacyScheme> = new Map(
  [
    merkletreejsDefault,
    merkletreejsDuplicateOdd,
    merkletreejsSortPairs,
    merkletreejsSortPairsDuplicateOdd,
    merkletreejsSortLeaves,
    merkletreejsSortLeavesDuplicateOdd,
    merkletreejsSort,
    merkletreejsSortDuplicateOdd,
    merkletreejsBitcoin,
  ].map((scheme) => [scheme.name, scheme]),
);

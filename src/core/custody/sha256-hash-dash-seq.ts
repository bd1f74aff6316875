import { utf8 } from '../platform.ts';
import type { DerivedRecipe } from './derived-rule.ts';

/** SHA-256 of the ASCII of `hash`, a hyphen and `seq` in decimal digits: the ledger's own leaf hash. */
export const sha256HashDashSeq: DerivedRecipe = {
  name: 'sha256-hash-dash-seq',
  expected: (platform, { hash, seq }) =>
    hash === undefined || seq === undefined ? undefined : platform.sha256(utf8(`${hash}-${seq}`)),
};

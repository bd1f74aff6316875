import type { Recipe } from './recipe.ts';

/** SHA-256 of the canonical body: that is the body digest, so it needs no body at hand. */
export const sha256JcsBody: Recipe = {
  name: 'sha256-jcs-body',
  expectedHash: (_platform, record) => record.bodyDigest.slice('sha256:'.length),
};

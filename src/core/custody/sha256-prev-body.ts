import { type Platform, utf8 } from '../platform.ts';
import type { Recipe } from './recipe.ts';

// One buffer for all: hashing is synchronous, and nobody keeps it.
let scratch = new Uint8Array(4096);

function hashOf(platform: Platform, prev: Uint8Array, body: Uint8Array): string {
  const length = prev.length + body.length;
  if (scratch.length < length) scratch = new Uint8Array(2 * length);
  scratch.set(prev);
  scratch.set(body, prev.length);
  return platform.sha256(scratch.subarray(0, length));
}

/** SHA-256 of the ASCII of `prev` followed by the canonical body. */
export const sha256PrevBody: Recipe = {
  name: 'sha256-prev-body',
  expectedHash: (platform, { prev, body }) => {
    if (body === undefined)
      return { why: 'recipe sha256-prev-body needs the bodies, and they are not in the snapshot' };
    return hashOf(platform, utf8(prev ?? ''), body);
  },
};

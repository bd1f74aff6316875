/** How a source computes the `hash` of its records; recomputing it is what makes the stored hash worth anything. */
import { type Platform, utf8 } from '../platform.ts';
import type { EvidenceRecord } from '../snapshot/record.ts';

/** Why a hash could not be recomputed, and the name of the key of which there is need. */
export interface NotRecomputed {
  readonly why: string;
  readonly missingKey?: string;
}

/** A record that the recipe does not fit: whatever its hash is, the recipe does not give it. */
export interface Misfit {
  readonly misfit: string;
}

/** The hash of a text that the source stores, and that is not the body of its record. */
export interface HashOfText {
  readonly hash: string;
  readonly textOnly: true;
}

/** What a recipe gives. */
export type Expected = string | HashOfText | Misfit | NotRecomputed;

export interface Recipe {
  /** The name by which a header refers to it. */
  readonly name: string;
  /** The hash that `record` must have, or why that cannot be told from this snapshot. */
  readonly expectedHash: (platform: Platform, record: EvidenceRecord) => Expected;
}

/** Why the recipe `none` recomputes nothing. */
export const NO_RECIPE = 'recipe none';

/** Why `sha256-prev-body` recomputes nothing of a record without a body. */
export const BODIES_NEEDED = 'recipe sha256-prev-body needs the bodies, and they are not in the snapshot';

/** The hash is compared by value only: how it came about is not known. */
const none: Recipe = {
  name: 'none',
  expectedHash: () => ({ why: NO_RECIPE }),
};

/** SHA-256 of the canonical body: that is the body digest, so it needs no body at hand. */
const sha256JcsBody: Recipe = {
  name: 'sha256-jcs-body',
  expectedHash: (_platform, record) => record.bodyDigest.slice('sha256:'.length),
};

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
    if (body === undefined) return { why: BODIES_NEEDED };
    return hashOf(platform, utf8(prev ?? ''), body);
  },
};

/* The registry of recipes: to add one, add it above and its line here. */

/** Every recipe by its name. */
export const RECIPES: ReadonlyMap<string, Recipe> = new Map(
  [none, sha256JcsBody, sha256PrevBody].map((recipe) => [recipe.name, recipe]),
);

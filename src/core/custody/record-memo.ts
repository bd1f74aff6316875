/**
 * Remembers what was found out about the last record.
 *
 * Two sides with the same bytes are given one and the same record (it was decoded once), and both check its hashes: the
 * second time the answer is here. What depends on the side, such as its links, is never remembered.
 */
import { isHash, isSourceHash, type Platform } from '../platform.ts';
import type { EvidenceRecord } from '../snapshot/record.ts';
import type { DerivedRecipe } from './derived-hashes.ts';
import type { Expected, Recipe } from './recipes.ts';

function isWellFormed({ hash, prev, statedBodyDigest, bodyDigest }: EvidenceRecord): boolean {
  if (hash !== undefined && !isSourceHash(hash)) return false;
  if (typeof prev === 'string' && !isSourceHash(prev)) return false;
  if (statedBodyDigest === undefined) return true;
  return (
    statedBodyDigest === bodyDigest && bodyDigest.startsWith('sha256:') && isHash(bodyDigest.slice('sha256:'.length))
  );
}

export class RecordMemo {
  readonly #platform: Platform;
  #formOf: EvidenceRecord | undefined;
  #wellFormed = false;
  #hashOf: EvidenceRecord | undefined;
  #recipe: Recipe | undefined;
  #expected: Expected = '';

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Whether all hashes of `record` have the one accepted form, and a stated body digest is that of the body. */
  isWellFormed(record: EvidenceRecord): boolean {
    if (record !== this.#formOf) {
      this.#formOf = record;
      this.#wellFormed = isWellFormed(record);
    }
    return this.#wellFormed;
  }

  readonly #held: WeakSet<Recipe> = new WeakSet();

  /** Notes that a record has the hash that `recipe` gives. */
  hold(recipe: Recipe): void {
    this.#held.add(recipe);
  }

  /** Whether any record had. */
  hasHeld(recipe: Recipe): boolean {
    return this.#held.has(recipe);
  }

  /** What `recipe` gives for `record`. */
  expectedHash(recipe: Recipe, record: EvidenceRecord): Expected {
    if (record !== this.#hashOf || recipe !== this.#recipe) {
      this.#hashOf = record;
      this.#recipe = recipe;
      this.#expected = recipe.expectedHash(this.#platform, record);
    }
    return this.#expected;
  }
}

/**
 * SHA-256 of the canonical body, where the body has the member `name`: in a stream in which some bodies are whole
 * envelopes and some are not, each envelope is still held to its hash.
 */
export function bodyDigestWith(name: string): DerivedRecipe {
  return {
    name: `sha256-jcs-body with member ${JSON.stringify(name)}`,
    expected: (platform, { body, bodyDigest }) => {
      if (body === undefined) return undefined;
      const value: unknown = JSON.parse(platform.text(body, 0, body.length));
      const isWhole = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
      return isWhole ? bodyDigest.slice('sha256:'.length) : undefined;
    },
  };
}

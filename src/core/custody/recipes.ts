/**
 * How a source computes the hashes of its records: the recipes that have a name, values that follow from the rest of a
 * record, and what was found out about the last one. Recomputing them is what makes a stored hash worth anything.
 */
import { isHash, isSourceHash, type Platform, utf8 } from '../platform.ts';
import { attributeOf, type EvidenceRecord } from '../snapshot/record.ts';

/* How a source computes the `hash` of its records; recomputing it is what makes the stored hash worth anything. */

/** Why a hash could not be recomputed, and the name of the key of which there is need. */
interface NotRecomputed {
  readonly why: string;
  readonly missingKey?: string;
}

/** A record that the recipe does not fit: whatever its hash is, the recipe does not give it. */
interface Misfit {
  readonly misfit: string;
}

/** The hash of a text that the source stores, and that is not the body of its record. */
interface HashOfText {
  readonly hash: string;
  readonly textOnly: true;
}

/** What a recipe gives. */
export type Expected = string | HashOfText | Misfit | NotRecomputed;

export interface Recipe {
  /** The name by which a header refers to it. */
  readonly name: string;
  /** The hash that `record` must have, or why this snapshot does not show it. */
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
export const sha256JcsBody: Recipe = {
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

/* Values that a source derives from the rest of a record, so that they can be recomputed: leaf hashes, for one. */

interface DerivedRecipe {
  /** The name by which a profile refers to it. */
  readonly name: string;
  /** What the value must be; undefined where the recipe does not apply to `record`. */
  readonly expected: (platform: Platform, record: EvidenceRecord) => string | undefined;
  /** The text that it is the SHA-256 of, where that follows from the hash and the position alone. */
  readonly hashedOf?: (hash: string, seq: number | string) => string;
}

/** One value of each record of a stream, and how it follows from the rest. */
export interface DerivedRule {
  /** Name of an attribute, or `hash` for the record's own. */
  readonly member: string;
  readonly recipe: DerivedRecipe;
}

/** A value that is not what it must be. */
interface DerivedFault {
  readonly kind: 'hash-missing' | 'hash-mismatch';
  readonly message: string;
  readonly found: string | null;
}

function memberOf({ hash, attrs }: EvidenceRecord, member: string): string | undefined {
  if (member === 'hash') return hash;
  return attrs === undefined ? undefined : attributeOf(attrs, member);
}

/** What `rule` says of `record`: true if it was checked and holds, false if it does not apply, else the fault. */
export function checkDerived(platform: Platform, rule: DerivedRule, record: EvidenceRecord): boolean | DerivedFault {
  const { member, recipe } = rule;
  const expected = recipe.expected(platform, record);
  if (expected === undefined) return false;
  const found = memberOf(record, member);
  if (found === expected) return true;
  if (found === undefined) return { kind: 'hash-missing', message: `the record has no ${member}`, found: null };
  return { kind: 'hash-mismatch', message: `${member} is not what ${recipe.name} gives, ${expected}`, found };
}

const hashDashSeq = (hash: string, seq: number | string): string => `${hash}-${seq}`;

/** SHA-256 of the ASCII of `hash`, a hyphen and `seq` in decimal digits: the ledger's own leaf hash. */
export const sha256HashDashSeq: DerivedRecipe = {
  name: 'sha256-hash-dash-seq',
  expected: (platform, { hash, seq }) =>
    hash === undefined || seq === undefined ? undefined : platform.sha256(utf8(hashDashSeq(hash, seq))),
  hashedOf: hashDashSeq,
};

/* The registry of recipes for derived values: to add one, add it above and its line here. */

/** Every recipe by its name. */
export const DERIVED_RECIPES: ReadonlyMap<string, DerivedRecipe> = new Map(
  [sha256HashDashSeq].map((recipe) => [recipe.name, recipe]),
);

/*
 * Remembers what was found out about the last record.
 *
 * Two sides with the same bytes are given one and the same record (it was decoded once), and both check its hashes: the
 * second time the answer is here. What depends on the side, such as its links, is never remembered.
 */

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
 * What `recipe` gives, where the body has the member `name`: in a stream in which some bodies are whole envelopes and some
 * are not, each envelope is still held to its hash.
 */
export function recipeWith(recipe: Recipe, name: string): DerivedRecipe {
  return {
    name: `${recipe.name} with member ${JSON.stringify(name)}`,
    expected: (platform, record) => {
      const { body } = record;
      if (body === undefined) return undefined;
      const value: unknown = JSON.parse(platform.text(body, 0, body.length));
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
      const expected = recipe.expectedHash(platform, record);
      return typeof expected === 'string' ? expected : undefined;
    },
  };
}

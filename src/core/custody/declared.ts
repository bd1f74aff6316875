/** Declared recipes computed: the hash that a record must have by what a header or a profile states. */
import { canonicalBytes } from '../json/canonical.ts';
import { parseJson } from '../json/parse.ts';
import { type Platform, utf8 } from '../platform.ts';
import {
  type DeclaredRecipe,
  hashedParts,
  preimagePointer,
  type RecipeChoice,
  type RecipePart,
  recipeName,
} from '../snapshot/declared-recipe.ts';
import type { EvidenceRecord } from '../snapshot/record.ts';
import { type Digests, portableDigests } from './digests.ts';
import { BodyNeeded, RecipeInput, RecipeMisfit } from './recipe-input.ts';
import { type Expected, RECIPES, type Recipe } from './recipes.ts';

/** Keys of HMACs by their names, as bytes. */
export type ChainKeys = Readonly<Record<string, Uint8Array>>;

/** Whether `text`, which is what was hashed, is the body: its canonical text, or another spelling of the same value. */
function isBody(platform: Platform, text: string, { bodyDigest }: EvidenceRecord): boolean {
  const isDigestOf = (bytes: Uint8Array): boolean => bodyDigest === `sha256:${platform.sha256(bytes)}`;
  const bytes = utf8(text);
  if (isDigestOf(bytes)) return true;
  try {
    return isDigestOf(canonicalBytes(parseJson(platform, bytes)));
  } catch {
    // No JSON: then the body may be that text itself.
    return isDigestOf(canonicalBytes(text));
  }
}

function keyOf(keys: ChainKeys, name: string | undefined): Uint8Array | undefined {
  return name !== undefined && Object.hasOwn(keys, name) ? keys[name] : undefined;
}

class Declared implements Recipe {
  readonly name: string;
  readonly #recipe: DeclaredRecipe;
  readonly #parts: readonly RecipePart[];
  readonly #digests: Digests;
  readonly #key: Uint8Array | undefined;

  readonly #onKey: (name: string) => void;

  constructor(recipe: DeclaredRecipe, digests: Digests, keys: ChainKeys, onKey: (name: string) => void) {
    this.name = recipeName(recipe);
    this.#recipe = recipe;
    this.#parts = hashedParts(recipe);
    this.#digests = digests;
    this.#key = keyOf(keys, recipe.hmacKey);
    this.#onKey = onKey;
  }

  expectedHash(platform: Platform, record: EvidenceRecord): Expected {
    const { algorithm, hmacKey, preimage } = this.#recipe;
    if (hmacKey !== undefined && this.#key === undefined) {
      return { why: `the key ${JSON.stringify(hmacKey)} was not given`, missingKey: hmacKey };
    }
    try {
      const input = new RecipeInput(platform, record, (bytes) => this.#digests.digest(algorithm, bytes));
      const hash = this.#hash(input.bytes(this.#parts));
      if (preimage === undefined) return hash;
      const stored = input.valueAt(preimagePointer(preimage));
      const bound = typeof stored === 'string' && isBody(platform, stored, record);
      return bound ? hash : { hash, textOnly: true };
    } catch (fault) {
      if (fault instanceof RecipeMisfit) return { misfit: fault.message };
      if (!(fault instanceof BodyNeeded)) throw fault;
      return { why: `recipe ${this.name} needs the bodies, and they are not in the snapshot` };
    }
  }

  #hash(bytes: Uint8Array): string {
    const { algorithm, hmacKey } = this.#recipe;
    if (this.#key === undefined || hmacKey === undefined) return this.#digests.digest(algorithm, bytes);
    this.#onKey(hmacKey);
    return this.#digests.hmac(algorithm, this.#key, bytes);
  }
}

/** Every recipe that there is: those of the registry, and those that are declared, each made once. */
export class RecipeBook {
  readonly #digests: Digests;
  readonly #keys: ChainKeys;
  readonly #made: WeakMap<DeclaredRecipe, Recipe> = new WeakMap();
  readonly #used: Set<string> = new Set();

  /** @param keys - of HMACs, by the names that recipes have for them */
  constructor(digests: Digests = portableDigests, keys: ChainKeys = {}) {
    this.#digests = digests;
    this.#keys = keys;
  }

  /** @throws RangeError for a name that is not in the registry: whoever read it had to ask */
  recipeOf(choice: RecipeChoice): Recipe {
    if (typeof choice === 'string') {
      const recipe = RECIPES.get(choice);
      if (recipe === undefined) throw new RangeError(`there is no recipe ${choice}`);
      return recipe;
    }
    const made =
      this.#made.get(choice) ?? new Declared(choice, this.#digests, this.#keys, (name) => this.#used.add(name));
    this.#made.set(choice, made);
    return made;
  }

  /** Names of keys that were given, and with which no hash was made: who gave them meant something to be checked. */
  get unusedKeys(): readonly string[] {
    return Object.keys(this.#keys).filter((name) => !this.#used.has(name));
  }
}

/** What is wrong with a key that no hash was made with. */
export function unusedKeyText(name: string): string {
  const given = `the key ${JSON.stringify(name)} was given, and no hash could be recomputed with it`;
  return `${given}: no recipe names it, or what it hashes is not there`;
}

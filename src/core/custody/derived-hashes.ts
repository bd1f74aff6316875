/** Values that a source derives from the rest of a record, so that they can be recomputed: leaf hashes, for one. */
import { type Platform, utf8 } from '../platform.ts';
import { attributeOf, type EvidenceRecord } from '../snapshot/record.ts';

export interface DerivedRecipe {
  /** The name by which a profile refers to it. */
  readonly name: string;
  /** What the value must be; undefined where the recipe does not apply to `record`. */
  readonly expected: (platform: Platform, record: EvidenceRecord) => string | undefined;
}

/** One value of each record of a stream, and how it follows from the rest. */
export interface DerivedRule {
  /** Name of an attribute, or `hash` for the record's own. */
  readonly member: string;
  readonly recipe: DerivedRecipe;
}

/** A value that is not what it must be. */
export interface DerivedFault {
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

/** SHA-256 of the ASCII of `hash`, a hyphen and `seq` in decimal digits: the ledger's own leaf hash. */
export const sha256HashDashSeq: DerivedRecipe = {
  name: 'sha256-hash-dash-seq',
  expected: (platform, { hash, seq }) =>
    hash === undefined || seq === undefined ? undefined : platform.sha256(utf8(`${hash}-${seq}`)),
};

/* The registry of recipes for derived values: to add one, add it above and its line here. */

/** Every recipe by its name. */
export const DERIVED_RECIPES: ReadonlyMap<string, DerivedRecipe> = new Map(
  [sha256HashDashSeq].map((recipe) => [recipe.name, recipe]),
);

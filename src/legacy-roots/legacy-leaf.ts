/** What a legacy tree has for a leaf: one value of each record, and what that value does not say of the record. */
import { type Hash, isHash } from '../core/platform.ts';
import { attributeOf } from '../core/snapshot/attribute.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';

export interface LegacyLeaf {
  /** The name by which it is asked for. */
  readonly name: string;
  /** What of a record can be changed without the leaf telling; undefined for nothing. */
  readonly blindTo: string | undefined;
  /** The value as the record gives it; undefined if it has none. */
  readonly valueOf: (record: EvidenceRecord) => string | undefined;
}

const OWN: readonly LegacyLeaf[] = [
  {
    name: 'hash',
    blindTo: 'what `hash` was not computed from',
    valueOf: ({ hash }) => hash,
  },
  {
    name: 'bodyDigest',
    blindTo: 'anything of a record but its body',
    valueOf: ({ bodyDigest }) => bodyDigest,
  },
  {
    name: 'leafHash',
    blindTo: undefined,
    valueOf: ({ leaf }) => leaf,
  },
];

const ATTRIBUTE = 'attrs.';

/** How leaves are named, for whoever named another one. */
export const LEGACY_LEAF_NAMES = 'hash, bodyDigest, leafHash or attrs.NAME';

/** The leaf of that name; undefined if there is none. */
export function legacyLeafNamed(name: string): LegacyLeaf | undefined {
  const own = OWN.find((leaf) => leaf.name === name);
  if (own !== undefined || !name.startsWith(ATTRIBUTE) || name === ATTRIBUTE) return own;
  const attribute = name.slice(ATTRIBUTE.length);
  return {
    name,
    blindTo: `what the attribute ${JSON.stringify(attribute)} was not computed from`,
    valueOf: ({ attrs }) => (attrs === undefined ? undefined : attributeOf(attrs, attribute)),
  };
}

const DIGEST = 'sha256:';

/** The hash that `value` states, bare or as a digest; undefined for any other form. */
export function hashOfLeafValue(value: string): Hash | undefined {
  const hash = value.startsWith(DIGEST) ? value.slice(DIGEST.length) : value;
  return isHash(hash) ? hash : undefined;
}

/** What is asked of a comparison about a root that others published. */

import { type Hash, isHash } from '../core/platform.ts';
import { LEGACY_SCHEMES } from './index.ts';
import { LEGACY_LEAF_NAMES, legacyLeafNamed } from './legacy-leaf.ts';

/** A root that was published, and how it was made. */
export interface LegacyRoot {
  /** Name of the scheme, such as `merkletreejs-sort`; docs/legacy-roots.md lists them. */
  readonly scheme: string;
  /** The published root, as 64 lower-case hexadecimal digits. */
  readonly root: Hash;
  /** What of a record is a leaf: `hash` (default), `bodyDigest`, `leafHash` (our own), or `attrs.NAME`. */
  readonly leaf?: string;
  /**
   * Whether leaves were hashed once more (`hashLeaves` of merkletreejs): their 32 `bytes`, or their 64 hexadecimal
   * digits as `text`, which is what becomes of leaves that are given as strings.
   */
  readonly hashLeaves?: 'bytes' | 'text';
  /** The side over whose records it was made; default `baseline`. */
  readonly side?: 'baseline' | 'current';
  /** The records of this tenant alone; without it those of all tenants. */
  readonly tenant?: string;
  /** Of the tenant, the records of this stream alone. */
  readonly stream?: string;
}

/** The words of the option for it, and the members that they stand for, in the order in which they are written. */
export const LEGACY_ROOT_WORDS: ReadonlyMap<string, keyof LegacyRoot> = new Map([
  ['scheme', 'scheme'],
  ['root', 'root'],
  ['leaf', 'leaf'],
  ['hash-leaves', 'hashLeaves'],
  ['side', 'side'],
  ['tenant', 'tenant'],
  ['stream', 'stream'],
]);

/** `root` as the value of the option `--legacy-root`. */
export function legacyRootText(root: LegacyRoot): string {
  const words = [...LEGACY_ROOT_WORDS].filter(([, member]) => root[member] !== undefined);
  return words.map(([word, member]) => `${word}=${root[member]}`).join(' ');
}

function faultOf({ scheme, root, leaf, hashLeaves, side, tenant, stream }: LegacyRoot): string | undefined {
  if (!LEGACY_SCHEMES.has(scheme)) {
    return `there is no scheme ${JSON.stringify(scheme)}; there are ${[...LEGACY_SCHEMES.keys()].join(', ')}`;
  }
  if (typeof root !== 'string' || !isHash(root))
    return `root must be 64 lower-case hexadecimal digits, not ${JSON.stringify(root)}`;
  if (leaf !== undefined && legacyLeafNamed(leaf) === undefined) return `leaf must be ${LEGACY_LEAF_NAMES}`;
  if (![undefined, 'bytes', 'text'].includes(hashLeaves)) return 'leaves are hashed as bytes or as text';
  if (![undefined, 'baseline', 'current'].includes(side)) return 'side must be baseline or current';
  if (tenant === '' || stream === '') return 'the name of a tenant or a stream is never empty';
  if (stream !== undefined && tenant === undefined) return 'a stream needs its tenant: streams of two may share a name';
  return undefined;
}

function questionOf({ scheme, leaf = 'hash', hashLeaves, side = 'baseline', tenant, stream }: LegacyRoot): string {
  return JSON.stringify([scheme, leaf, hashLeaves, side, tenant, stream]);
}

/** What is wrong with `roots`, in words; undefined if nothing is. Two answers to one question cannot both hold. */
export function legacyRootsFault(roots: readonly LegacyRoot[]): string | undefined {
  for (const root of roots) {
    const fault = faultOf(root);
    if (fault !== undefined) return fault;
  }
  return new Set(roots.map(questionOf)).size === roots.length
    ? undefined
    : 'the same scheme, leaf, side, tenant and stream were given more than once';
}

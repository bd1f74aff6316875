/** What is asked of a comparison about an external root. */

import { EvidenceError } from '../core/errors.ts';
import type { Findings } from '../core/judge/findings.ts';
import type { LegacyTally } from '../core/judge/verdict.ts';
import type { FailKind } from '../core/kinds.ts';
import { writeHash } from '../core/merkle/tree.ts';
import { type Hash, isHash, type Platform, utf8 } from '../core/platform.ts';
import { present } from '../core/present.ts';
import type { Demand, DemandLedger, OpenDemand } from '../core/report/demands.ts';
import type { Finding } from '../core/report/report.ts';
import type { Depth } from '../core/snapshot/header.ts';
import { attributeOf, type EvidenceRecord } from '../core/snapshot/record.ts';
import { counted } from '../core/words.ts';
import { blindnessOf, LEGACY_SCHEMES, type LegacyScheme, type LegacyTree } from './schemes.ts';

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
function legacyRootText(root: LegacyRoot): string {
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

/* What a legacy tree has for a leaf: one value of each record, and what that value does not say of the record. */

export interface LegacyLeaf {
  /** The name by which it is asked for. */
  readonly name: string;
  /** What of a record can be changed without the leaf showing it; undefined for nothing. */
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
const LEGACY_LEAF_NAMES = 'hash, bodyDigest, leafHash or attrs.NAME';

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
function hashOfLeafValue(value: string): Hash | undefined {
  const hash = value.startsWith(DIGEST) ? value.slice(DIGEST.length) : value;
  return isHash(hash) ? hash : undefined;
}

/* All external roots and that a comparison is asked about. */

type OnRecord = (record: EvidenceRecord) => void;

/** The check of `roots` in a comparison. */
export function recomputing(roots: readonly LegacyRoot[]): (platform: Platform, demands: DemandLedger) => LegacyRoots {
  return (platform, demands) => new LegacyRoots(platform, roots, demands);
}

export class LegacyRoots {
  readonly #checks: readonly LegacyRootCheck[];
  readonly #demands: ReadonlyMap<LegacyRootCheck, OpenDemand>;

  /**
   * @param demands - takes each down as a demand
   * @throws TypeError if one of them asks for what there is not, or two ask the same
   */
  constructor(platform: Platform, roots: readonly LegacyRoot[], demands: DemandLedger) {
    const fault = legacyRootsFault(roots);
    if (fault !== undefined) throw new TypeError(`legacy root: ${fault}`);
    this.#checks = roots.map((root) => {
      const scheme = LEGACY_SCHEMES.get(root.scheme);
      const leaf = legacyLeafNamed(root.leaf ?? 'hash');
      if (scheme === undefined || leaf === undefined) throw new RangeError('a legacy root without scheme or leaf');
      return new LegacyRootCheck(platform, root, scheme, leaf);
    });
    const opened = roots.map((root) => demands.open('legacy-root', legacyRootText(root)));
    this.#demands = new Map(this.#checks.flatMap((check, at) => opened.slice(at, at + 1).map((one) => [check, one])));
  }

  /**
   * How the records of `side` are watched: by the roots that are asked of it, after `first`.
   *
   * @returns nothing where nobody watches, so that it costs nothing
   */
  watching(side: 'baseline' | 'current', first?: OnRecord): { readonly onRecord?: OnRecord } {
    const mine = this.#checks.filter((check) => check.side === side);
    if (mine.length === 0) return first === undefined ? {} : { onRecord: first };
    return {
      onRecord: (record) => {
        first?.(record);
        for (const check of mine) check.take(record);
      },
    };
  }

  /**
   * Says what came of each, when both sides were read and judged.
   *
   * @returns undefined if there is none
   */
  conclude(findings: Findings, baseline: LegacySide, current: LegacySide): LegacyTally | undefined {
    if (this.#checks.length === 0) return undefined;
    const tally: LegacyTally = { done: 0, skipped: 0 };
    for (const [check, demand] of this.#demands) {
      const { state, why } = check.conclude(findings, check.side === 'baseline' ? baseline : current, tally);
      demand.settle(state, why);
    }
    return tally;
  }
}

/*
 * Recomputes one external root while the records stream by, and says what came of it.
 *
 * An equal one is a second opinion and no more: it changes no other verdict, and the finding `weak-scheme` says which
 * forgeries it cannot show, if there are any. Another one is a FAIL. One that cannot be computed is INCOMPLETE.
 */

/** A side, as far as it matters here. */
export interface LegacySide {
  /** Read to its end, with nothing missing. */
  readonly complete: boolean;
  readonly header: { readonly depth: Depth } | undefined;
}

const MISMATCH: Readonly<Record<'everything' | 'tenant' | 'stream', FailKind>> = {
  everything: 'global-root-mismatch',
  tenant: 'tenant-root-mismatch',
  stream: 'stream-root-mismatch',
};

type Place = Pick<Finding, 'tenant' | 'stream' | 'id' | 'seq'>;

/** Why a root cannot be computed, and where that was seen. */
interface Hindrance {
  readonly kind: EvidenceError['kind'];
  readonly why: string;
  readonly place: Place;
}

const leafBytes = new Uint8Array(32);

/** One published root, and the tree that answers it. */
export class LegacyRootCheck {
  readonly side: 'baseline' | 'current';
  readonly #platform: Platform;
  readonly #published: LegacyRoot;
  readonly #scheme: LegacyScheme;
  readonly #leaf: LegacyLeaf;
  #tree: LegacyTree | undefined;
  #records = 0;
  #hindrance: Hindrance | undefined;

  constructor(platform: Platform, published: LegacyRoot, scheme: LegacyScheme, leaf: LegacyLeaf) {
    this.#platform = platform;
    this.#published = published;
    this.#scheme = scheme;
    this.#leaf = leaf;
    this.#tree = scheme.newTree(platform);
    this.side = published.side ?? 'baseline';
  }

  /** Takes the next record of the side. */
  take(record: EvidenceRecord): void {
    const { tenant, stream } = this.#published;
    if (tenant !== undefined && (record.tenant !== tenant || (stream !== undefined && record.stream !== stream)))
      return;
    this.#records++;
    const value = this.#tree === undefined ? undefined : this.#leaf.valueOf(record);
    const hash = value === undefined ? undefined : hashOfLeafValue(value);
    if (hash !== undefined) this.#append(hash, record);
    else if (this.#tree !== undefined) {
      const is = value === undefined ? 'is not in the record' : 'is not 64 lower-case hexadecimal digits in the record';
      this.#giveUp('proof-unavailable', `${this.#leaf.name} ${is}`, record);
    }
  }

  #append(value: Hash, record: EvidenceRecord): void {
    try {
      this.#tree?.append(this.#hashed(value));
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      this.#giveUp(error.kind, error.message, record);
    }
  }

  #hashed(value: Hash): Hash {
    const { hashLeaves } = this.#published;
    if (hashLeaves === undefined) return value;
    if (hashLeaves === 'text') return this.#scheme.hash(this.#platform, utf8(value));
    writeHash(leafBytes, 0, value);
    return this.#scheme.hash(this.#platform, leafBytes);
  }

  /** The first hindrance is the one that is reported; the leaves so far are let go. */
  #giveUp(kind: Hindrance['kind'], why: string, { tenant, stream, id, seq }: EvidenceRecord): void {
    this.#hindrance = { kind, why, place: { tenant, stream, id, ...present({ seq }) } };
    this.#tree = undefined;
  }

  /** Says what came of it, when `side` was read. */
  conclude(findings: Findings, side: LegacySide, tally: LegacyTally): Pick<Demand, 'state' | 'why'> {
    const hindrance = this.#hindrance ?? this.#hindranceOf(side);
    const root = hindrance === undefined ? this.#tree?.root() : undefined;
    if (root === undefined) tally.skipped += this.#records;
    else tally.done += this.#records;
    if (hindrance !== undefined) {
      const { kind, why, place } = hindrance;
      const message = `${this.side}: the legacy root ${this.#made()} could not be recomputed: ${why}`;
      findings.add(this.side, { kind, ...place, message });
    } else if (root !== undefined && root !== this.#published.root) this.#nameMismatch(findings, root);
    this.#nameWeakness(findings, root);
    if (root === this.#published.root) return { state: 'held' };
    if (root === undefined) return { state: 'impossible', why: hindrance?.why ?? 'it could not be recomputed' };
    return { state: 'refuted', why: `recomputed is ${root}` };
  }

  #hindranceOf(side: LegacySide): Hindrance | undefined {
    const why = this.#whyNot(side);
    return why === undefined ? undefined : { kind: 'proof-unavailable', why, place: this.#place() };
  }

  #whyNot({ complete, header }: LegacySide): string | undefined {
    const { tenant, stream } = this.#published;
    if (header?.depth === 'summary') return 'the records are not at hand: compare snapshots that have them';
    if (!complete) return 'the side was not read to its end';
    if (this.#records > 0) return undefined;
    if (stream !== undefined) return `there is no stream ${JSON.stringify(stream)} of tenant ${JSON.stringify(tenant)}`;
    return tenant === undefined ? 'there is not one record' : `there is no tenant ${JSON.stringify(tenant)}`;
  }

  #place(): Place {
    const { tenant, stream } = this.#published;
    return present({ tenant, stream });
  }

  /** How the root was made, for a message. */
  #made(): string {
    const { scheme, hashLeaves } = this.#published;
    return `(scheme ${scheme}, leaf ${this.#leaf.name}${hashLeaves === undefined ? '' : `, hashed as ${hashLeaves}`})`;
  }

  #nameMismatch(findings: Findings, root: Hash): void {
    const { tenant, stream } = this.#published;
    const scope = tenant === undefined ? 'everything' : stream === undefined ? 'tenant' : 'stream';
    const message = `${this.side}: the legacy root ${this.#made()} that was published is not that of the ${counted(this.#records, 'leaf', 'leaves')} there`;
    const values = { baseline: this.#published.root, current: root };
    findings.add(this.side, { kind: MISMATCH[scope], ...this.#place(), message, ...values });
  }

  #nameWeakness(findings: Findings, root: Hash | undefined): void {
    const equal =
      root === this.#published.root ? ` is equal over ${counted(this.#records, 'leaf', 'leaves')}, but` : ':';
    const tree = blindnessOf(this.#scheme, this.#published.hashLeaves !== undefined);
    const { name, blindTo } = this.#leaf;
    const leaf = blindTo === undefined ? undefined : `leaf ${name} cannot show ${blindTo}`;
    const blind = [tree, leaf].filter((part) => part !== undefined);
    if (blind.length === 0) return;
    const message = `${this.side}: the legacy root ${this.#made()}${equal} ${blind.join('; ')}`;
    const value = root === undefined ? {} : { [this.side]: root };
    findings.add(this.side, { kind: 'weak-scheme', ...this.#place(), message, ...value });
  }
}

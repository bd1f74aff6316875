/**
 * Recomputes one root that others published while the records stream by, and says what came of it.
 *
 * An equal one is a second opinion and no more: it changes no other verdict, and the finding `weak-scheme` always says
 * which forgeries it cannot show. Another one is a FAIL. One that cannot be computed is INCOMPLETE.
 */
import { EvidenceError } from '../core/errors.ts';
import type { LegacyTally } from '../core/judge/checks.ts';
import type { Findings } from '../core/judge/findings.ts';
import type { FailKind } from '../core/kinds.ts';
import { writeHash } from '../core/merkle/rfc9162.ts';
import { type Hash, type Platform, utf8 } from '../core/platform.ts';
import type { Demand } from '../core/report/demands.ts';
import type { Finding } from '../core/report/report.ts';
import type { Depth } from '../core/snapshot/header.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import type { LegacyRoot } from './check.ts';
import { hashOfLeafValue, type LegacyLeaf } from './legacy-leaf.ts';
import { blindnessOf, type LegacyScheme, type LegacyTree } from './schemes.ts';

/** A side, as far as it matters here. */
export interface LegacySide {
  /** Read to its end, with nothing wanting. */
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
  readonly #wished: LegacyRoot;
  readonly #scheme: LegacyScheme;
  readonly #leaf: LegacyLeaf;
  #tree: LegacyTree | undefined;
  #records = 0;
  #hindrance: Hindrance | undefined;

  constructor(platform: Platform, wished: LegacyRoot, scheme: LegacyScheme, leaf: LegacyLeaf) {
    this.#platform = platform;
    this.#wished = wished;
    this.#scheme = scheme;
    this.#leaf = leaf;
    this.#tree = scheme.newTree(platform);
    this.side = wished.side ?? 'baseline';
  }

  /** Takes the next record of the side. */
  take(record: EvidenceRecord): void {
    const { tenant, stream } = this.#wished;
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
    const { hashLeaves } = this.#wished;
    if (hashLeaves === undefined) return value;
    if (hashLeaves === 'text') return this.#platform.sha256(utf8(value));
    writeHash(leafBytes, 0, value);
    return this.#platform.sha256(leafBytes);
  }

  /** The first hindrance is the one that is told; the leaves so far are let go. */
  #giveUp(kind: Hindrance['kind'], why: string, { tenant, stream, id, seq }: EvidenceRecord): void {
    this.#hindrance = { kind, why, place: { tenant, stream, id, ...(seq === undefined ? {} : { seq }) } };
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
    } else if (root !== undefined && root !== this.#wished.root) this.#nameMismatch(findings, root);
    this.#nameWeakness(findings, root);
    if (root === this.#wished.root) return { state: 'held' };
    if (root === undefined) return { state: 'impossible', why: hindrance?.why ?? 'it could not be recomputed' };
    return { state: 'refuted', why: `recomputed is ${root}` };
  }

  #hindranceOf(side: LegacySide): Hindrance | undefined {
    const why = this.#whyNot(side);
    return why === undefined ? undefined : { kind: 'proof-unavailable', why, place: this.#place() };
  }

  #whyNot({ complete, header }: LegacySide): string | undefined {
    const { tenant, stream } = this.#wished;
    if (header?.depth === 'summary') return 'the records are not at hand: compare snapshots that have them';
    if (!complete) return 'the side was not read to its end';
    if (this.#records > 0) return undefined;
    if (stream !== undefined) return `there is no stream ${JSON.stringify(stream)} of tenant ${JSON.stringify(tenant)}`;
    return tenant === undefined ? 'there is not one record' : `there is no tenant ${JSON.stringify(tenant)}`;
  }

  #place(): Place {
    const { tenant, stream } = this.#wished;
    return { ...(tenant === undefined ? {} : { tenant }), ...(stream === undefined ? {} : { stream }) };
  }

  /** How the root was made, for a message. */
  #made(): string {
    const { scheme, hashLeaves } = this.#wished;
    return `(scheme ${scheme}, leaf ${this.#leaf.name}${hashLeaves === undefined ? '' : `, hashed as ${hashLeaves}`})`;
  }

  #nameMismatch(findings: Findings, root: Hash): void {
    const { tenant, stream } = this.#wished;
    const scope = tenant === undefined ? 'everything' : stream === undefined ? 'tenant' : 'stream';
    const message = `${this.side}: the legacy root ${this.#made()} that was published is not that of the ${this.#records} leaves there`;
    const values = { baseline: this.#wished.root, current: root };
    findings.add(this.side, { kind: MISMATCH[scope], ...this.#place(), message, ...values });
  }

  #nameWeakness(findings: Findings, root: Hash | undefined): void {
    const equal = root === this.#wished.root ? ` is equal over ${this.#records} leaves, but` : ':';
    const tree = blindnessOf(this.#scheme, this.#wished.hashLeaves !== undefined);
    const leaf = this.#leaf.blindTo === undefined ? '' : `; leaf ${this.#leaf.name} cannot show ${this.#leaf.blindTo}`;
    const message = `${this.side}: the legacy root ${this.#made()}${equal} ${tree}${leaf}`;
    const value = root === undefined ? {} : { [this.side]: root };
    findings.add(this.side, { kind: 'weak-scheme', ...this.#place(), message, ...value });
  }
}

/**
 * Opens the two sides of a comparison, so that both have SQL NULL by one rule.
 *
 * Bodies made of columns had JSON null in the place of SQL NULL once; since then a NULL column is left out and named
 * (`nulls: distinct` in the header). A live side is read by the rule of the other side. Of two files with two rules, the
 * records that have a NULL column cannot be compared: that is said, and they are not called changed.
 */

import { type ChainKeys, type RecipeBook, unusedKeyText } from '../core/custody/declared.ts';
import { EvidenceError } from '../core/errors.ts';
import type { Findings } from '../core/judge/findings.ts';
import type { ReadSide } from '../core/judge/report-builder.ts';
import type { Hash } from '../core/platform.ts';
import type { ShownGrowth } from '../core/proof/growth-proof.ts';
import { DemandLedger, type OpenDemand } from '../core/report/demands.ts';
import type { PartStatement } from '../core/report/part-report.ts';
import { isLaterBaseline, LATER_ALLOWED, type SubjectFinding } from '../core/report/subjects.ts';
import type { SnapshotHeader } from '../core/snapshot/header.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import { shardName } from '../core/words.ts';
import type { Side } from './side.ts';

/** A live side is opened last: what the other one says decides how it is read. */
function inOrder(baseline: Side, current: Side): readonly [Side, Side] {
  const isLive = ({ source }: Side): boolean => source.writeNulls !== undefined;
  return isLive(baseline) && !isLive(current) ? [current, baseline] : [baseline, current];
}

/** Whether there may be SQL NULL in its records: it says so, or was made from a database before that was said. */
function mayHaveNulls(header: SnapshotHeader | undefined): boolean {
  return header?.nulls !== undefined || header?.subject['source'] === 'postgres';
}

/**
 * @param against - what the current side is read against, from what the baseline says of itself
 * @returns what the records do not show for want of a rule, for the list of what was not checked
 */
export async function openSides(
  baseline: Side,
  current: Side,
  against: (baseline: SnapshotHeader) => SnapshotHeader,
): Promise<readonly string[]> {
  const [first, second] = inOrder(baseline, current);
  await first.open();
  if (first.source.writeNulls === undefined && first.header !== undefined) {
    second.source.writeNulls?.(first.header.nulls ?? 'as-null');
  }
  if (second === current && first.header !== undefined) second.source.readAgainst?.(against(first.header));
  await second.open();
  const [one, other] = [first.header, second.header];
  if (one === undefined || other === undefined) return [];
  if (one.nulls !== other.nulls) (one.nulls === undefined ? second : first).refuseNulls();
  if (one.nulls !== undefined && other.nulls !== undefined) return [];
  if (!mayHaveNulls(one) && !mayHaveNulls(other)) return [];
  return ['whether a column changed between SQL NULL and JSON null: a side was written before they were told apart'];
}

function refuse({ source, reader }: Side, reason: string): void {
  const advice = 'compare each shard with the same one of the other side, or merge all of them first';
  reader.fail(new EvidenceError('source-incomplete', reason, { where: { file: source.name }, advice }));
}

/**
 * Which part of their wholes both sides are. What is no pair of parts is refused: to compare a part with anything but the same
 * part of the other whole would call all others missing.
 *
 * @returns undefined where both are wholes, or one could not be opened or is refused
 */
export function partOf(baseline: Side, current: Side): PartStatement | undefined {
  const [was, is] = [baseline.header?.shard, current.header?.shard];
  if (was === undefined && is === undefined) return undefined;
  if (baseline.header === undefined || current.header === undefined) return undefined;
  if (was !== undefined && is !== undefined) {
    const bare = [baseline, current].find(({ isSummary }) => isSummary);
    if (bare !== undefined) refuse(bare, 'a summary has no records of which a part could be compared');
    else if (was.index === is.index && was.count === is.count)
      return { index: was.index, count: was.count, baseline: was.whole, current: is.whole };
    else refuse(current, `it is ${shardName(is)}, and the baseline is ${shardName(was)}`);
    return undefined;
  }
  const [one, shard] = was === undefined ? [current, is] : [baseline, was];
  refuse(one, `it is ${shard === undefined ? 'a shard' : shardName(shard)}, and the other side is a whole`);
  return undefined;
}

const UNSEEN =
  'one shard does not show the roots that were vouched for: compare it whole, or capture it with --include-merkle-roots and share that file out';

/**
 * The baseline as whoever vouches for it has seen it: whole. Of one shard it is what the file states, of which each shard looks
 * at its own streams; where it states no roots, nobody can know what was vouched for.
 */
export function vouchedFor(baseline: Side): ReadSide {
  const read = baseline.read();
  if (baseline.header?.shard === undefined) return read;
  const { whole } = baseline.source;
  return whole === undefined ? { ...read, complete: false, unseen: UNSEEN } : { ...read, summary: whole };
}

/* What a comparison itself demands: the baseline's digest, two inputs, and that a proof of growth is one of them. */

const NO_FILE = 'it is no file, and has no digest: capture it to one with verify-all, and give that';
const NOT_READ = 'not all of its bytes were read: its digest is not known';

/**
 * Why a baseline is not the one with the SHA-256 that is demanded.
 *
 * @param read - its digest, null where there is none, and whether it was read to its end
 * @returns undefined if it is the one, or none is demanded
 */
export function digestFault(
  { sha256, complete }: Pick<ReadSide, 'sha256' | 'complete'>,
  expected: Hash | undefined,
): string | undefined {
  if (expected === undefined || sha256 === expected) return undefined;
  if (sha256 !== null) return `its SHA-256 is ${sha256}, expected ${expected}`;
  return `${complete ? NO_FILE : NOT_READ}; expected ${expected}`;
}

/** A proof of growth, and the name by which it was given. */
export interface GrowthClaim {
  readonly asked: string;
  /** The proof, or why there is none in what was given. */
  readonly proof: ShownGrowth | EvidenceError;
}

/** What the caller of a comparison says, as far as it is a demand. */
export interface StatedDemands {
  readonly demands?: DemandLedger | undefined;
  readonly expectDigest?: Hash | undefined;
  readonly allowSame?: boolean | undefined;
  readonly allowLaterBaseline?: boolean | undefined;
  readonly sameInput?: (() => boolean | undefined) | undefined;
  readonly claim?: GrowthClaim | undefined;
  readonly profile?: string | undefined;
  readonly chainKeys?: ChainKeys | undefined;
}

export class RunDemands {
  readonly ledger: DemandLedger;
  readonly #expected: Hash | undefined;
  readonly #digest: OpenDemand | undefined;
  readonly #twoInputs: OpenDemand | undefined;
  readonly #claim: ShownGrowth | EvidenceError | undefined;
  readonly #growth: OpenDemand | undefined;
  readonly #profile: string | undefined;
  /** By the names of the keys. */
  readonly #keys: ReadonlyMap<string, OpenDemand>;
  readonly #sameInput: () => boolean | undefined;
  readonly #mayBeLater: boolean;

  constructor(stated: StatedDemands) {
    const { demands, expectDigest, allowSame = false, sameInput, claim, profile, chainKeys } = stated;
    this.ledger = demands ?? new DemandLedger();
    this.#mayBeLater = stated.allowLaterBaseline === true;
    const names = Object.keys(chainKeys ?? {});
    this.#keys = new Map(names.map((name) => [name, this.ledger.open('chain-key', `${name}=FILE`)]));
    this.#expected = expectDigest;
    this.#profile = profile;
    this.#digest = expectDigest === undefined ? undefined : this.ledger.open('expect-digest', `sha256:${expectDigest}`);
    this.#claim = claim?.proof;
    this.#growth = claim === undefined ? undefined : this.ledger.open('consistency-proof', claim.asked);
    this.#sameInput = sameInput ?? (() => undefined);
    // Who compares sources that have no names knows what they are.
    this.#twoInputs = allowSame || sameInput === undefined ? undefined : this.ledger.open('not-same-input', '');
  }

  /** Says what came of the digest and of the inputs, now that both sides were read. */
  settle(findings: Findings, baseline: ReadSide, interrupted: boolean): void {
    this.#settleDigest(findings, baseline, interrupted);
    this.#settleInputs(findings);
  }

  /**
   * What no record shows of how the sides were read: a finding, unless the profile was named for this run. Then it was
   * asked for, and stands among the demands.
   */
  settleSchema(findings: Findings, found: readonly SubjectFinding[]): void {
    if (this.#profile === undefined) {
      for (const { kind, message } of found) findings.add('both', { kind, message });
      return;
    }
    for (const { message } of found) this.ledger.open('profile', this.#profile).settle('held', message);
  }

  /** Says so of a baseline that was captured after the current side, unless that was allowed: then it is not checked. */
  settleTimes(findings: Findings, baseline: SnapshotHeader | undefined, current: SnapshotHeader | undefined): void {
    const [was, is] = [baseline?.capturedAt, current?.capturedAt];
    if (this.#mayBeLater || !isLaterBaseline(was, is)) return;
    const message = `baseline: captured at ${was}, after the current side (${is}): are the sides swapped?`;
    findings.add('baseline', { kind: 'baseline-stale', message });
  }

  /** What was not checked of times. */
  get timeNotes(): readonly string[] {
    return this.#mayBeLater ? [LATER_ALLOWED] : [];
  }

  #settleDigest(findings: Findings, read: ReadSide, interrupted: boolean): void {
    const demand = this.#digest;
    if (demand === undefined) return;
    const { sha256 } = read;
    const why = digestFault(read, this.#expected);
    if (why === undefined) {
      demand.held();
      return;
    }
    const known = sha256 === null ? {} : { baseline: sha256 };
    // That a run was broken off says nothing of the baseline.
    if (sha256 !== null || !interrupted)
      findings.add('baseline', { kind: 'digest-mismatch', ...known, message: `baseline: ${why}` });
    demand.settle(sha256 === null ? 'impossible' : 'refuted', why);
  }

  /** Says whether the proof that was given is one of these two sides, and holds: also where records make it needless. */
  settleGrowth(findings: Findings, baseline: ReadSide, current: ReadSide): void {
    const [demand, proof] = [this.#growth, this.#claim];
    if (demand === undefined || proof === undefined) return;
    if (proof instanceof EvidenceError) {
      findings.add('both', { kind: proof.kind, message: `the consistency proof ${demand.asked}: ${proof.reason}` });
      demand.impossible(proof.reason);
      return;
    }
    const isRead = baseline.complete && current.complete;
    const fault = isRead ? proof.faultOf(baseline.summary, current.summary) : 'a side was not read to its end';
    if (fault === undefined) demand.held();
    else {
      findings.add('both', { kind: 'proof-unavailable', message: `the consistency proof ${demand.asked}: ${fault}` });
      demand.settle(isRead ? 'refuted' : 'impossible', fault);
    }
  }

  /** The heads that streams had at the baseline's sizes, as far as the proof of growth that was given shows them. */
  provenHeads(baseline: SnapshotSummary, current: SnapshotSummary): ReturnType<ShownGrowth['headsOf']> {
    const proof = this.#claim;
    if (proof === undefined || proof instanceof EvidenceError) return () => undefined;
    return proof.headsOf(baseline, current);
  }

  /**
   * Says of each key that was given whether hashes were recomputed with it: who gave it meant that they are. In a part that is
   * no finding: another one may have the streams that it is for.
   */
  settleKeys(findings: Findings, { unusedKeys }: RecipeBook, isPart: boolean): void {
    for (const [name, demand] of this.#keys) {
      if (!unusedKeys.includes(name)) demand.held();
      else {
        const why = unusedKeyText(name);
        if (!isPart) findings.add('both', { kind: 'proof-unavailable', message: why });
        demand.impossible(why);
      }
    }
  }

  #settleInputs(findings: Findings): void {
    const demand = this.#twoInputs;
    if (demand === undefined) return;
    const same = this.#sameInput();
    if (same === undefined) {
      const why = 'a side could not be opened: whether both are one input cannot be determined';
      // What could not be opened has a finding of its own, of this class.
      if (!findings.has('INCOMPLETE')) findings.add('both', { kind: 'source-incomplete', message: why });
      demand.impossible(why);
    } else if (same) {
      const why = 'both sides are one and the same input: it is always equal to itself';
      findings.add('both', { kind: 'same-input', message: why });
      demand.refuted(why);
    } else demand.held();
  }
}

/** What a comparison itself demands: the baseline's digest, two inputs, and that a proof of growth is one of them. */

import { EvidenceError } from '../core/errors.ts';
import type { Findings } from '../core/judge/findings.ts';
import type { ReadSide } from '../core/judge/report-builder.ts';
import type { Hash } from '../core/platform.ts';
import { growthFault } from '../core/proof/growth-claim.ts';
import type { GrowthProof } from '../core/proof/growth-proof.ts';
import { DemandLedger, type OpenDemand } from '../core/report/demands.ts';
import { nodePlatform } from './node-platform.ts';

const NO_FILE = 'it is no file, and has no digest: capture it to one with verify-all, and give that';

/** A proof of growth, and the name by which it was given. */
export interface GrowthClaim {
  readonly asked: string;
  /** The proof, or why there is none in what was given. */
  readonly proof: GrowthProof | EvidenceError;
}

/** What the caller of a comparison says, as far as it is a demand. */
export interface StatedDemands {
  readonly demands?: DemandLedger | undefined;
  readonly expectDigest?: Hash | undefined;
  readonly allowSame?: boolean | undefined;
  readonly sameInput?: (() => boolean | undefined) | undefined;
  readonly claim?: GrowthClaim | undefined;
}

export class RunDemands {
  readonly ledger: DemandLedger;
  readonly #expected: string | undefined;
  readonly #digest: OpenDemand | undefined;
  readonly #twoInputs: OpenDemand | undefined;
  readonly #claim: GrowthProof | EvidenceError | undefined;
  readonly #growth: OpenDemand | undefined;
  readonly #sameInput: () => boolean | undefined;

  constructor({ demands, expectDigest, allowSame = false, sameInput, claim }: StatedDemands) {
    this.ledger = demands ?? new DemandLedger();
    this.#expected = expectDigest;
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

  #settleDigest(findings: Findings, { sha256, complete }: ReadSide, interrupted: boolean): void {
    const demand = this.#digest;
    if (demand === undefined) return;
    if (sha256 === this.#expected) {
      demand.held();
    } else if (sha256 !== null) {
      const why = `its SHA-256 is ${sha256}, expected ${this.#expected}`;
      findings.add('baseline', { kind: 'digest-mismatch', baseline: sha256, message: `baseline: ${why}` });
      demand.refuted(why);
    } else {
      const why = complete ? NO_FILE : 'not all of its bytes were read: its digest is not known';
      // That a run was broken off says nothing of the baseline.
      const message = `baseline: ${why}; expected ${this.#expected}`;
      if (!interrupted) findings.add('baseline', { kind: 'digest-mismatch', message });
      demand.impossible(why);
    }
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
    const fault = isRead
      ? growthFault(nodePlatform, proof, baseline.summary, current.summary)
      : 'a side was not read to its end';
    if (fault === undefined) demand.held();
    else {
      findings.add('both', { kind: 'proof-unavailable', message: `the consistency proof ${demand.asked}: ${fault}` });
      demand.settle(isRead ? 'refuted' : 'impossible', fault);
    }
  }

  #settleInputs(findings: Findings): void {
    const demand = this.#twoInputs;
    if (demand === undefined) return;
    const same = this.#sameInput();
    if (same === undefined) {
      const why = 'one of them could not be opened: which input it is cannot be told';
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

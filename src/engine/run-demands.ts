/** What a comparison itself demands of its inputs: the digest of the baseline, and that there are two of them. */
import { DemandLedger, type OpenDemand } from '../core/continuity/demands.ts';
import type { Findings } from '../core/continuity/findings.ts';
import type { ReadSide } from '../core/continuity/report-builder.ts';
import type { Hash } from '../core/platform.ts';

const NO_FILE = 'it is no file, and has no digest: capture it to one with verify-all, and give that';

/** What the caller of a comparison says, as far as it is a demand. */
export interface StatedDemands {
  readonly demands?: DemandLedger | undefined;
  readonly expectDigest?: Hash | undefined;
  readonly allowSame?: boolean | undefined;
  readonly sameInput?: (() => boolean | undefined) | undefined;
}

export class RunDemands {
  readonly ledger: DemandLedger;
  readonly #expected: string | undefined;
  readonly #digest: OpenDemand | undefined;
  readonly #twoInputs: OpenDemand | undefined;
  readonly #sameInput: () => boolean | undefined;

  constructor({ demands, expectDigest, allowSame = false, sameInput }: StatedDemands) {
    this.ledger = demands ?? new DemandLedger();
    this.#expected = expectDigest;
    this.#digest = expectDigest === undefined ? undefined : this.ledger.open('expect-digest', `sha256:${expectDigest}`);
    this.#sameInput = sameInput ?? (() => undefined);
    // Who compares sources that have no names knows what they are.
    this.#twoInputs = allowSame || sameInput === undefined ? undefined : this.ledger.open('not-same-input', '');
  }

  /** Says what came of each, now that both sides were read. */
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

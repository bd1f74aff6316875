/** The demands on a baseline besides its digest, as they were stated, and what closes each. */
import type { DemandLedger, OpenDemand } from '../core/report/demands.ts';
import type { TrustFinding } from '../core/report/trust-outcome.ts';

/** What is demanded, in the words of the caller. */
export interface StatedTrust {
  /** Paths. */
  readonly trustedKeys: readonly string[];
  readonly threshold?: number | undefined;
  readonly requireSignature: boolean;
  readonly signature?: string | undefined;
  readonly upgrade?: string | undefined;
  readonly subject?: ReadonlyMap<string, string> | undefined;
  readonly maxAgeMs?: number | undefined;
}

/** What was found out about the signature. */
export interface SignatureState {
  /** Enough trusted keys have signed what was read. */
  readonly verified: boolean;
  /** What is wrong with it, if it was looked at. */
  readonly fault?: string | undefined;
  /** Why it is none for the upgrade that is expected. */
  readonly upgradeFault?: string | undefined;
}

const NOT_READ = 'the baseline was not read to its end: that it is what was signed cannot be told';

/** A finding's message without the side that it is about. */
export function reasonIn({ message }: TrustFinding): string {
  return message.replace(/^baseline: /, '');
}

export class TrustDemands {
  readonly #signature: readonly OpenDemand[];
  readonly #upgrade: OpenDemand | undefined;
  readonly #subject: ReadonlyMap<string, OpenDemand>;
  readonly #age: OpenDemand | undefined;

  constructor(ledger: DemandLedger, stated: StatedTrust) {
    const { trustedKeys, threshold, requireSignature, signature, upgrade, subject = new Map(), maxAgeMs } = stated;
    this.#signature = [
      ...trustedKeys.map((path) => ledger.open('trusted-key', path)),
      ...(threshold === undefined ? [] : [ledger.open('threshold', String(threshold))]),
      ...(requireSignature ? [ledger.open('require-signature', '')] : []),
      ...(signature === undefined ? [] : [ledger.open('signature', signature)]),
    ];
    this.#upgrade = upgrade === undefined ? undefined : ledger.open('expect-upgrade', upgrade);
    this.#subject = new Map(
      [...subject].map(([member, text]) => [member, ledger.open('expect-subject', `${member}=${text}`)]),
    );
    this.#age = maxAgeMs === undefined ? undefined : ledger.open('max-baseline-age', `${maxAgeMs / 1000}s`);
  }

  /**
   * Says what came of those on the signature.
   *
   * @returns what cannot be told, where that has no finding yet
   */
  settleSignature({ verified, fault, upgradeFault }: SignatureState): readonly TrustFinding[] {
    for (const demand of this.#signature) {
      if (verified) demand.held();
      else demand.settle(fault === undefined ? 'impossible' : 'refuted', fault ?? NOT_READ);
    }
    if (!verified) this.#upgrade?.impossible(fault ?? NOT_READ);
    else if (upgradeFault !== undefined) this.#upgrade?.refuted(upgradeFault);
    else this.#upgrade?.held();
    const demanded = this.#signature.length > 0 || this.#upgrade !== undefined;
    if (verified || fault !== undefined || !demanded) return [];
    return [{ kind: 'signature-invalid', message: `baseline: ${NOT_READ}` }];
  }

  /**
   * Says what came of those on its header.
   *
   * @param header - whether it could be read
   * @param unmet - why the subject does not meet what is expected, by member; and why it is too old
   * @returns what cannot be told
   */
  settleHeader(
    header: boolean,
    unmet: { readonly subject: ReadonlyMap<string, string>; readonly age: string | undefined },
  ): readonly TrustFinding[] {
    const missing = 'its header could not be read';
    const close = (demand: OpenDemand, fault: string | undefined): void => {
      if (!header) demand.impossible(missing);
      else if (fault === undefined) demand.held();
      else demand.refuted(fault);
    };
    for (const [member, demand] of this.#subject) close(demand, unmet.subject.get(member));
    if (this.#age !== undefined) close(this.#age, unmet.age);
    if (header) return [];
    const found: TrustFinding[] = [];
    if (this.#subject.size > 0) {
      found.push({ kind: 'subject-mismatch', message: `baseline: ${missing}: what it is of cannot be told` });
    }
    if (this.#age !== undefined) {
      found.push({ kind: 'baseline-stale', message: `baseline: ${missing}: how old it is cannot be told` });
    }
    return found;
  }
}

/** What was found out about who vouches for the baseline: made outside of the core, which knows no keys. */
import type { UntrustedKind } from '../kinds.ts';
import type { SignatureReport } from './report.ts';

export interface TrustFinding {
  readonly kind: UntrustedKind;
  readonly message: string;
}

export interface TrustOutcome {
  readonly findings: readonly TrustFinding[];
  /** The signature, if every demand on it was met. */
  readonly signature: SignatureReport | null;
  /** Why there is none, for the list of what was not checked. */
  readonly note?: string;
  /** Signatures that should count and do not, beside those that do: each in words, for the same list. */
  readonly damaged?: readonly string[];
}

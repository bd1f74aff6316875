/** How a comparison is asked for: what a caller may say, and what the ways to it know of the sources. */

import type { ChainKeys } from '../core/custody/declared.ts';
import type { Findings } from '../core/judge/findings.ts';
import type { ReadSide } from '../core/judge/report-builder.ts';
import type { OnAdded, OnChanged } from '../core/judge/stream-judge.ts';
import type { Mode } from '../core/kinds.ts';
import type { Hash, Platform } from '../core/platform.ts';
import type { DemandLedger } from '../core/report/demands.ts';
import type { TrustOutcome } from '../core/report/report.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import type { LegacyRoots } from '../legacy-roots/check.ts';
import type { IndexedSets } from './digest-index.ts';
import type { Progress } from './run.ts';
import type { GrowthClaim } from './run-demands.ts';
import type { RunMigration } from './run-migration.ts';

/**
 * What a caller demands besides by these names is opened by whoever was asked, and handed in as a fact: here it would be passed
 * over, so it cannot stand here.
 */
export type HandedIn = {
  readonly [name in 'migration' | 'legacyRoots' | 'consistencyProof' | 'digestIndex' | 'trust']?: never;
};

export interface CompareOptions extends HandedIn {
  /** `append` (default): growth is normal. `frozen`: any addition is a FAIL. */
  readonly mode?: Mode;
  /** How many findings are listed for each side and kind; all are counted. Default 1000. */
  readonly maxFindings?: number;
  /** The digest that the baseline must have, as 64 hexadecimal digits. */
  readonly expectDigest?: Hash;
  /** Both sides may be one and the same file. */
  readonly allowSame?: boolean;
  /** The baseline may be captured after the current side; without it that is `baseline-stale`. */
  readonly allowLaterBaseline?: boolean;
  /** Keys of HMACs, by the names that recipes have for them; without one of them its hashes cannot be recomputed. */
  readonly chainKeys?: ChainKeys;
  /** Ends the run early, with the verdict INCOMPLETE. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What compareSources needs besides the sources. */
export interface SourceFacts {
  /** Where demands are taken down. What else is in it is settled by whoever opened it; one ledger for each run. */
  readonly demands?: DemandLedger;
  /** The consistency proof that was given, whatever the two sides need: it must be theirs, and hold. */
  readonly claim?: GrowthClaim;
  /** The digest index of the baseline that was given, whatever the two sides need: it must be the baseline's. */
  readonly index?: IndexedSets;
  /** The migration under which they are compared. */
  readonly migration?: (demands: DemandLedger, findings: Findings) => RunMigration;
  /** The external roots by weaker schemes that are demanded, to be recomputed: they can fail a comparison, never save one. */
  readonly legacyRoots?: (platform: Platform, demands: DemandLedger) => LegacyRoots;
  /** Whether both sources are one and the same input, undefined if that cannot be determined; asked when both were read. */
  readonly sameInput?: () => boolean | undefined;
  /** The profile that was named for this very run, by its name, if one was: then its side is read as was asked for. */
  readonly profile?: string;
  /** Called with each record of the current side, before it is judged. */
  readonly onRecord?: (record: EvidenceRecord) => void;
  /** Called with each record that is counted as added, and when the baseline says that it was captured. */
  readonly onAdded?: (record: Parameters<OnAdded>[0], baselineCapturedAt: string | undefined) => void;
  /** Called with each two records of one id that are not the same. */
  readonly onChanged?: OnChanged;
  /** Says whether the baseline can be believed; asked when both were read. */
  readonly trust?: (baseline: ReadSide, interrupted: boolean) => TrustOutcome;
}

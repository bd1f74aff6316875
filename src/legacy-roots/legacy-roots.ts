/** All roots that others published and that a comparison is asked about. */

import type { LegacyTally } from '../core/judge/checks.ts';
import type { Findings } from '../core/judge/findings.ts';
import type { Platform } from '../core/platform.ts';
import type { DemandLedger, OpenDemand } from '../core/report/demands.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { type LegacyRoot, legacyRootsFault, legacyRootText } from './check.ts';
import { LEGACY_SCHEMES } from './index.ts';
import { legacyLeafNamed } from './legacy-leaf.ts';
import { LegacyRootCheck, type LegacySide } from './legacy-root-check.ts';

type OnRecord = (record: EvidenceRecord) => void;

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

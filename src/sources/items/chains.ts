/** How the chains of foreign evidence are checked, as its header states it. */
import { EvidenceError } from '../../core/errors.ts';
import type { ChainRule } from '../../core/snapshot/header.ts';
import type { RecordMaker } from './record-maker.ts';

/**
 * The rule of each stream of a place that has one, by its name.
 *
 * @throws EvidenceError `schema-violation` where two places that share a stream state two
 */
export function chainsOf(makers: readonly RecordMaker[]): ReadonlyMap<string, ChainRule> {
  const chains = new Map<string, ChainRule>();
  for (const { place, streams } of makers) {
    for (const stream of streams) {
      const other = chains.get(stream) ?? place.chain;
      if (JSON.stringify(other) !== JSON.stringify(place.chain)) {
        const reason = `two places of the profile state two rules for the chains of ${JSON.stringify(stream)}`;
        throw new EvidenceError('schema-violation', reason, {
          advice: 'give the same `chain` to both, or two streams',
        });
      }
      if (place.chain !== undefined) chains.set(stream, place.chain);
    }
  }
  return chains;
}

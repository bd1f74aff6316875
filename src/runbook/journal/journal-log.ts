/** An upgrade journal as a growing log: one leaf an entry. */
import { rootOf } from '../../core/merkle/tree.ts';
import type { Hash } from '../../core/platform.ts';
import { nodePlatform } from '../../engine/node-platform.ts';
import { BrokenJournalError } from './append-entry.ts';
import { type Journal, STREAM } from './journal.ts';

/** The tree over the entries of a journal, which may have none; its tenant is the upgrade. */
export interface JournalLog {
  readonly tenant: string;
  readonly stream: string;
  readonly size: number;
  readonly root: Hash;
}

/**
 * The log that `journal` is.
 *
 * @param sizeSigned - how many entries were signed; undefined if none were
 * @returns the log, and the root over as many entries as were signed; undefined if there are not as many
 * @throws BrokenJournalError if the journal does not hold
 */
export function journalLog(
  path: string,
  { entries, leaves, fault }: Journal,
  sizeSigned: (tenant: string, stream: string) => number | undefined,
): { readonly log: JournalLog; readonly rootThen: Hash | undefined } {
  if (fault !== undefined) throw new BrokenJournalError(path, fault);
  const log = {
    tenant: entries[0]?.upgrade ?? '',
    stream: STREAM,
    size: leaves.length,
    root: rootOf(nodePlatform, leaves),
  };
  const size = sizeSigned(log.tenant, log.stream);
  const isThere = size !== undefined && size <= leaves.length;
  return { log, rootThen: isThere ? rootOf(nodePlatform, leaves.slice(0, size)) : undefined };
}

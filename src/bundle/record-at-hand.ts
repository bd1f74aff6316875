/** A record of the snapshot in a bundle, whose body is a file of its own. */
import { EvidenceError, type Where } from '../core/errors.ts';
import type { EvidenceRecord, RecordDecoder } from '../core/snapshot/record.ts';
import type { SnapshotSource } from '../sources/snapshot-source.ts';

/**
 * The record at hand.
 *
 * @param where - the place of what begins at an offset, for the message
 * @returns undefined if it cannot be decoded: whoever asked decodes it again, and knows better how to name what is wrong
 * @throws EvidenceError `schema-violation` if it has a body of its own
 */
export function recordAtHand(
  decoder: RecordDecoder,
  { bytes, start, end }: Pick<SnapshotSource, 'bytes' | 'start' | 'end'>,
  where: (offset: number) => Where,
): EvidenceRecord | undefined {
  let record: EvidenceRecord;
  try {
    record = decoder.decode(bytes, start, end);
  } catch (error) {
    if (error instanceof EvidenceError) return undefined;
    throw error;
  }
  if (record.body === undefined) return record;
  throw new EvidenceError('schema-violation', 'a record in the snapshot of a bundle has no `body` of its own', {
    where: where(start),
  });
}

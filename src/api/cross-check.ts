/** A second opinion by name. */
import { type SecondOpinion, secondOpinion } from '../engine/cross-check.ts';
import { readSnapshot } from './bundles.ts';
import { READ_OPTIONS, type ReadOptions, readOptions, text } from './options.ts';

/**
 * Computes every stream root of a snapshot a second time, with canonicalize, @noble/hashes and merkletreejs in place of
 * this project's own code.
 *
 * @param name - path of the snapshot, `postgres://…`, or `-`
 * @param given - how it is read, if it is a database; the keys that its recipes name
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws EvidenceError if it cannot be read to its end, has no records (`proof-unavailable`), or has a stream of more than a
 *   million (`input-limit`)
 * @throws UnsoundSnapshotError if it contradicts itself
 */
export async function crossCheck(name: string, given: ReadOptions = {}): Promise<SecondOpinion> {
  const options = readOptions<ReadOptions>(given, READ_OPTIONS, 'crossCheck');
  return secondOpinion(await readSnapshot(text(name, 'crossCheck: name'), options));
}

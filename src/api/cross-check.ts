/** A second opinion by file name. */
import { type SecondOpinion, secondOpinion } from '../engine/cross-check.ts';
import { readSnapshot } from './snapshot-files.ts';

/**
 * Computes every stream root of a snapshot a second time, with canonicalize, @noble/hashes and merkletreejs in place of
 * this project's own code.
 *
 * @param path - path of the snapshot, or `-`
 * @throws EvidenceError if it cannot be read to its end, or has a stream of more than a million records (`input-limit`)
 * @throws UnsoundSnapshotError if it contradicts itself
 */
export async function crossCheckSnapshot(path: string): Promise<SecondOpinion> {
  return secondOpinion(await readSnapshot(path));
}

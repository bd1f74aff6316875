/** A second opinion by name. */
import { type SecondOpinion, secondOpinion } from '../engine/cross-check.ts';
import { readSnapshot } from './bundles.ts';
import type { SourceOptions } from './open-source.ts';
import { readOptions, SOURCE_OPTIONS, text } from './options.ts';

/**
 * Computes every stream root of a snapshot a second time, with canonicalize, @noble/hashes and merkletreejs in place of
 * this project's own code.
 *
 * @param name - path of the snapshot, `postgres://…`, or `-`
 * @param source - how it is read, if it is a database
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws EvidenceError if it cannot be read to its end, or has a stream of more than a million records (`input-limit`)
 * @throws UnsoundSnapshotError if it contradicts itself
 */
export async function crossCheck(name: string, source: SourceOptions = {}): Promise<SecondOpinion> {
  const options = readOptions<SourceOptions>(source, SOURCE_OPTIONS, 'crossCheck');
  return secondOpinion(await readSnapshot(text(name, 'crossCheck: name'), options));
}

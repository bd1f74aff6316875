/** The recipe of hashes that a program has before it, proposed. */
import type { RecordObject } from '../core/audit/builder.ts';
import { RecipeBook } from '../core/custody/declared.ts';
import { type ProposedRecipe, proposeRecipe as propose } from '../core/custody/propose-recipe.ts';
import { canonicalBytes } from '../core/json/canonical.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import { RecordDecoder } from '../core/snapshot/record.ts';
import { nodeDigests } from '../engine/node-engines.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import type { RecordInput } from '../engine/write-snapshot.ts';

/** So many are looked at: what else is given is not even read. */
const MOST = 64;

/**
 * Tries the usual recipes on the first records of a stream: links before or behind the body, an attribute, a position, a
 * time or a type, with the usual separators, by the algorithms whose digests are as long as the hashes.
 *
 * @param records - of one stream, in their order, each with the `hash` and `prev` that its source keeps; 64 are looked at
 * @returns the first that gives the hash of every one, to be put into `chain` of a profile or `chains` of a snapshot; null
 *   if none fits. It is a proposal: what else a hash should cover, such as a time, it cannot know.
 * @throws EvidenceError for what is no record
 * @throws TypeError if a value is not JSON
 */
export function proposeRecipe(records: readonly (RecordInput | RecordObject)[]): ProposedRecipe | null {
  const decoded = records.slice(0, MOST).map((record) => {
    const bytes = record instanceof Uint8Array ? record : canonicalBytes(jsonFrom(record));
    // One for each: the next record of a decoder overwrites the body of the one before.
    return new RecordDecoder(nodePlatform).decode(bytes, 0, bytes.length);
  });
  return propose(nodePlatform, decoded, new RecipeBook(nodeDigests)) ?? null;
}

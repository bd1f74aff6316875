/** The proof of growth in a proof file. */
import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import { MOST_ENVELOPE_BYTES } from '../core/limits.ts';
import { ProofError } from '../core/merkle/proof.ts';
import { type ShownGrowth, shownBy } from '../core/proof/growth-proof.ts';
import { parseProof } from '../core/proof/proof-document.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { readOnce } from '../files/read-small-file.ts';
import { reasonOf } from './file-words.ts';

/**
 * What the proof of growth in the file at `path` shows of two sides. Nothing is verified yet.
 *
 * @throws EvidenceError if it cannot be read, or is no proof of growth
 */
export async function growthIn(path: string): Promise<ShownGrowth> {
  try {
    const json = parseJson(nodePlatform, Uint8Array.from((await readOnce(path, 'a proof', MOST_ENVELOPE_BYTES)).bytes));
    const document = parseProof(nodePlatform, json);
    if (document.proves === 'consistency') return shownBy(nodePlatform, document.proof);
    throw new EvidenceError('schema-violation', 'it proves a record, not growth', { advice: 'use prove --from --to' });
  } catch (fault) {
    if (fault instanceof EvidenceError) throw fault.at({ file: path });
    if (fault instanceof ProofError)
      throw new EvidenceError('schema-violation', fault.message, { where: { file: path } });
    throw new EvidenceError('source-incomplete', reasonOf(fault), { where: { file: path }, cause: fault });
  }
}

/** Stores from seeds, with sets and chains, and the proofs that are made from them in memory. */
import { Readable } from 'node:stream';
import { parseJson } from '../../../src/core/json/parse.ts';
import { type GrowthProof, type ProvenGrowth, verifyGrowthProof } from '../../../src/core/proof/growth-proof.ts';
import { type ProofDocument, parseProof, proofText } from '../../../src/core/proof/proof-document.ts';
import { verifyRecordProof } from '../../../src/core/proof/record-proof.ts';
import { auditSource } from '../../../src/engine/audit-run.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { proveGrowth, proveRecord } from '../../../src/engine/prove.ts';
import { StdinBytes } from '../../../src/sources/bytes.ts';
import { SnapshotSource } from '../../../src/sources/snapshot-source.ts';
import { bundles, chained, LEDGER_RULE, ndjson, type PlainRecord } from '../../store.ts';

/** How many records each stream has: `sets` and `chains` of each tenant. */
export interface Sizes {
  readonly sets: readonly number[];
  readonly chains: readonly number[];
}

/** One tenant for each entry; names that need care among them. */
export function recordsOf(tenants: readonly Sizes[]): readonly PlainRecord[] {
  return tenants.flatMap(({ sets, chains }, at) => {
    const tenant = `t${at} "\u00e9"`;
    return [
      ...sets.flatMap((size, nth) => bundles(size, { tenant, stream: `bundles/${nth}` })),
      ...chains.flatMap((size, nth) =>
        chained(
          Array.from({ length: size }, (_, n) => ({ n, of: `${at}/${nth}` })),
          { tenant, stream: `ledger/${nth}` },
        ),
      ),
    ];
  });
}

export function textOf(records: readonly PlainRecord[], depth: 'full' | 'digest' | 'summary' = 'full'): string {
  return ndjson(records, { depth, chains: LEDGER_RULE });
}

function sourceOf(text: string): SnapshotSource {
  return new SnapshotSource(new StdinBytes(Readable.from([Buffer.from(text)])), { platform: nodePlatform });
}

/** The text of the proof file of one record; nobody vouches for its root. */
export async function recordProofText(
  text: string,
  { tenant, stream, id }: PlainRecord,
  withBody = false,
): Promise<string> {
  const { found } = await proveRecord(sourceOf(text), { tenant, stream, id }, { withBody });
  if (found === undefined) throw new Error(`no proof of ${tenant} ${stream} ${id}`);
  const document: ProofDocument = { proves: 'inclusion', ...found, voucher: {} };
  return Buffer.from(proofText(document)).toString();
}

export async function growthProofOf(before: string, after: string): Promise<GrowthProof> {
  const { summary } = await auditSource(sourceOf(before));
  if (summary === null) throw new Error('the state before could not be read');
  const { proof } = await proveGrowth(summary, sourceOf(after));
  if (proof === undefined) throw new Error('the state after is not sound');
  return proof;
}

export function growthProofText(proof: GrowthProof): string {
  return Buffer.from(proofText({ proves: 'consistency', proof, vouchers: { from: {}, to: {} } })).toString();
}

/** What a verifier who knows the roots and the number of tenants makes of a proof file. */
export function verified(text: string | Uint8Array, roots: readonly string[], tenants: number): ProofDocument {
  const document = parseProof(nodePlatform, parseJson(nodePlatform, Buffer.from(text)));
  if (document.proves === 'inclusion') {
    verifyRecordProof(nodePlatform, document.proof);
    const { globalRoot, inclusion } = document.proof;
    if (roots[0] !== globalRoot || inclusion.tenant.size !== tenants) throw new Error('another root is known');
    return document;
  }
  verifyGrowthProof(nodePlatform, document.proof);
  const { from, to } = document.proof;
  if (roots[0] !== from.globalRoot || roots[1] !== to.globalRoot) throw new Error('other roots are known');
  return document;
}

export function growthShown(proof: GrowthProof): ProvenGrowth {
  return verifyGrowthProof(nodePlatform, proof);
}

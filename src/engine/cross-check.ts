/**
 * A second opinion on every stream root, from other people's code: canonicalize for the canonical form, @noble/hashes
 * for SHA-256, merkletreejs for the tree. Only the strict reader is shared, since no other library reads exactly.
 *
 * For auditors who must not have to trust us. Slow, and merkletreejs holds a whole stream in memory; the comparison
 * itself never goes this way.
 */

import { createRequire, Module } from 'node:module';
import { EvidenceError } from '../core/errors.ts';
import { canonicalizeRfc8785, canonicalText } from '../core/json/canonical.ts';
import { canonicalNumber, type Json, JsonNumber } from '../core/json/value.ts';
import { type Hash, hexOf, portable } from '../core/platform.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import type { ReadRecord, SnapshotReading } from './prove.ts';

/** Most records of one stream that are held in memory. */
const MOST_RECORDS = 1_000_000;

export interface StreamOpinion {
  readonly tenant: string;
  readonly stream: string;
  readonly records: number;
  /** The root that this project computes, and the one that the other libraries give. */
  readonly root: Hash;
  readonly secondRoot: Hash;
}

export interface SecondOpinion {
  readonly streams: readonly StreamOpinion[];
  /** Whether all roots are equal. */
  readonly agreed: boolean;
  /** Texts with a number that no double holds: plain RFC 8785 would round it, so their canonical form is ours here too. */
  readonly exactNumberTexts: number;
}

/** Whether a number in `value` is no longer itself after the trip through a double. */
function losesInDouble(value: Json): boolean {
  if (value instanceof JsonNumber) return canonicalNumber(value.token) !== String(Number(value.token));
  if (value instanceof Map) return [...(value as ReadonlyMap<string, Json>).values()].some(losesInDouble);
  return Array.isArray(value) && (value as readonly Json[]).some(losesInDouble);
}

type MakeRoot = (leaves: readonly Uint8Array[]) => Hash;

/**
 * Puts an empty module in the place of crypto-js, which nobody maintains: merkletreejs loads it for a default hash that is
 * never asked for here. A release of merkletreejs without it lets this go.
 */
function withoutCryptoJs(): void {
  const own: string | undefined = import.meta.url;
  if (own === undefined) return;
  const require = createRequire(own);
  try {
    const theirs = createRequire(require.resolve('merkletreejs'));
    for (const name of ['crypto-js', 'crypto-js/sha256']) {
      const filename = theirs.resolve(name);
      require.cache[filename] ??= Object.assign(new Module(filename), { filename, loaded: true, exports: {} });
    }
  } catch {
    // In a bundle there is nothing to find: what it needs is in it.
  }
}

/** RFC 9162 node hashing, given to merkletreejs; it promotes an odd node, which gives the same tree. */
async function merkletreejsRoot(): Promise<MakeRoot> {
  withoutCryptoJs();
  const { MerkleTree } = await import('merkletreejs');
  const { sha256 } = await import('@noble/hashes/sha2.js');
  const node = (pair: Buffer): Buffer => Buffer.from(sha256(Buffer.concat([Buffer.of(1), pair])));
  return (leaves) =>
    hexOf(
      new MerkleTree(
        [...leaves].map((leaf) => Buffer.from(leaf)),
        node,
      ).getRoot(),
    );
}

class StreamLeaves {
  readonly #opinions: StreamOpinion[] = [];
  readonly #places: { readonly tenant: string; readonly stream: string; readonly leaves: Uint8Array[] }[] = [];
  readonly #makeRoot: MakeRoot;
  exactNumberTexts = 0;

  constructor(makeRoot: MakeRoot) {
    this.#makeRoot = makeRoot;
  }

  append(record: ReadRecord): void {
    const [open] = this.#places;
    if (open?.tenant !== record.tenant || open.stream !== record.stream) this.#begin(record);
    const leaves = this.#places[0]?.leaves ?? [];
    if (leaves.length >= MOST_RECORDS) {
      const reason = `a stream has more than ${MOST_RECORDS} records, and merkletreejs holds them all in memory`;
      throw new EvidenceError('input-limit', reason);
    }
    leaves.push(Buffer.from(this.#leaf(record.json), 'hex'));
  }

  #begin({ tenant, stream }: ReadRecord): void {
    this.#close();
    this.#places[0] = { tenant, stream, leaves: [] };
  }

  #close(): void {
    const open = this.#places.pop();
    if (open === undefined) return;
    const { tenant, stream, leaves } = open;
    this.#opinions.push({ tenant, stream, records: leaves.length, root: '', secondRoot: this.#makeRoot(leaves) });
  }

  #leaf(json: Json): Hash {
    if (!(json instanceof Map)) throw new TypeError('a record is an object');
    const members = new Map<string, Json>(json);
    const body = members.get('body');
    if (body !== undefined) members.set('bodyDigest', `sha256:${portable.sha256(Buffer.from(this.#canonical(body)))}`);
    members.delete('body');
    return portable.sha256(Buffer.from(`\0${this.#canonical(members)}`));
  }

  #canonical(value: Json): string {
    if (!losesInDouble(value)) return canonicalizeRfc8785(value);
    this.exactNumberTexts++;
    return canonicalText(value);
  }

  finish(summary: SnapshotSummary): readonly StreamOpinion[] {
    this.#close();
    const roots = new Map(
      summary.tenants.flatMap(({ tenant, streams }) =>
        streams.map((s) => [JSON.stringify([tenant, s.stream]), s.root]),
      ),
    );
    return this.#opinions.map((opinion) => ({
      ...opinion,
      root: roots.get(JSON.stringify([opinion.tenant, opinion.stream])) ?? '',
    }));
  }
}

/**
 * Computes every stream root of `snapshot` a second time.
 *
 * @throws EvidenceError if it cannot be read to its end, has no records (`proof-unavailable`), or a stream is too large for
 *   merkletreejs (`input-limit`)
 * @throws UnsoundSnapshotError if it contradicts itself already in our own reading
 */
export async function secondOpinion(snapshot: SnapshotReading): Promise<SecondOpinion> {
  const leaves = new StreamLeaves(await merkletreejsRoot());
  for await (const record of snapshot) leaves.append(record);
  const { summary } = snapshot;
  if (summary === undefined) throw new RangeError('a snapshot that was read has a summary');
  const streams = leaves.finish(summary);
  if (streams.length === 0) {
    const advice = 'give a snapshot with records, or the store itself';
    throw new EvidenceError('proof-unavailable', 'it has no records to compute a root of a second time', { advice });
  }
  const agreed = streams.every(({ root, secondRoot }) => root === secondRoot);
  return { streams, agreed, exactNumberTexts: leaves.exactNumberTexts };
}

/**
 * The proofs of a bundle. What a proof must be follows from the rest of the bundle: the text that `prove` writes for its
 * record, whose every step leads to the global root of the bundle. Anything else in its place is reported.
 */
import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import type { InputFault } from '../core/audit/evidence-source.ts';
import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import { ProofError } from '../core/merkle/proof.ts';
import type { Hash, Platform } from '../core/platform.ts';
import { parseProof, proofText } from '../core/proof/proof-document.ts';
import { type RecordProof, verifyRecordProof } from '../core/proof/record-proof.ts';
import { DEFAULT_LIMITS } from '../core/snapshot/framer.ts';
import { RecordDecoder } from '../core/snapshot/record.ts';
import { counted } from '../core/words.ts';
import { type Room, WholeFileReader } from './checksums.ts';
import type { FileTable } from './folder.ts';
import { type BundleManifest, proofPath } from './layout.ts';
import type { FoundFiles } from './manifest.ts';

/** A proof holds a record and the head of its stream, which is a member of another one; the rest is names and hashes. */
const MAX_BYTES = 2 * DEFAULT_LIMITS.maxRecordBytes + 1024 * 1024;

const HASH_BYTES = 32;

export type ProofFault = Pick<InputFault, 'kind' | 'message'>;

export class BundleProofs {
  readonly #platform: Platform;
  readonly #name: string;
  readonly #path: string;
  readonly #files: FileTable;
  readonly #stated: BundleManifest;
  readonly #reader: WholeFileReader = new WholeFileReader('a proof', MAX_BYTES);
  readonly #decoder: RecordDecoder;
  readonly #room: Room = { bytes: Buffer.alloc(16 * 1024) };
  /** Digests of the files that were read, each at the index of its file. */
  readonly #digests: Buffer;
  #read = 0;
  #bytes = 0;

  /**
   * @param bundle - its `name` for the user, and the `path` where it lies
   * @param files - what is there
   * @param stated - what its manifest says, which is held against what is recomputed
   */
  constructor(
    platform: Platform,
    bundle: { readonly name: string; readonly path: string },
    files: FileTable,
    stated: BundleManifest,
  ) {
    this.#platform = platform;
    this.#decoder = new RecordDecoder(platform);
    this.#name = bundle.name;
    this.#path = bundle.path;
    this.#files = files;
    this.#stated = stated;
    this.#digests = Buffer.alloc(files.size * HASH_BYTES);
  }

  get found(): FoundFiles {
    const { size } = this.#files;
    return { count: size, bytes: this.#read === size ? this.#bytes : undefined };
  }

  /** The digest of the file at `index`; undefined if it was not read. */
  digestAt(index: number): Hash | undefined {
    const digest = this.#digests.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
    // No file has the digest of 32 zeros.
    return digest.some((byte) => byte !== 0) ? digest.toString('hex') : undefined;
  }

  /**
   * Checks the proof of the record with the leaf hash `leaf`.
   *
   * @returns what is wrong with it
   */
  check(leaf: Hash): ProofFault | undefined {
    const name = join(this.#name, proofPath(leaf));
    const index = this.#files.indexOf(leaf);
    if (index < 0) return { kind: 'manifest-mismatch', message: `${name}: the proof of a record is not there` };
    // The same record again is reported elsewhere, and has the same proof.
    if (!this.#files.mark(index)) return undefined;
    let length: number;
    try {
      length = this.#reader.read(join(this.#path, proofPath(leaf)), name, this.#room, 0, 0);
    } catch (error) {
      if (error instanceof EvidenceError) return { kind: error.kind, message: error.message };
      throw error;
    }
    const bytes = this.#room.bytes.subarray(0, length);
    this.#note(index, bytes);
    const wrong = this.#wrongIn(bytes, leaf);
    return wrong === undefined ? undefined : { kind: 'manifest-mismatch', message: `${name}: ${wrong}` };
  }

  #note(index: number, bytes: Uint8Array): void {
    this.#digests.write(this.#platform.sha256(bytes), index * HASH_BYTES, 'hex');
    this.#read++;
    this.#bytes += bytes.length;
  }

  #wrongIn(bytes: Buffer, leaf: Hash): string | undefined {
    try {
      const document = parseProof(this.#platform, parseJson(this.#platform, bytes), this.#decoder);
      if (document.proves !== 'inclusion') return 'it is a proof of growth, not of a record';
      const { proof, record } = document;
      const other = this.#otherSubject(proof, leaf);
      if (other !== undefined) return other;
      verifyRecordProof(this.#platform, proof);
      // A record without body has no other text that gives its leaf; the rest has one form, which says what was verified.
      const withoutBody = record instanceof Map && !record.has('body') ? record : undefined;
      const only = proofText({ proves: 'inclusion', record: withoutBody, proof, voucher: {} });
      const isSame = withoutBody !== undefined && bytes.equals(only);
      return isSame ? undefined : 'it holds, but is not the text that `prove` writes for this record';
    } catch (error) {
      if (error instanceof ProofError) return `the proof does not hold: ${error.message}`;
      if (error instanceof EvidenceError) return `it is no proof: ${error.message}`;
      throw error;
    }
  }

  /** A proof may hold, and be one of something else. */
  #otherSubject({ leafHash, globalRoot, inclusion }: RecordProof, leaf: Hash): string | undefined {
    if (leafHash !== leaf) return `it is the proof of the record with the leaf hash ${leafHash}`;
    const { globalRoot: stated, tenants } = this.#stated;
    if (globalRoot !== stated) return `it is a proof under the global root ${globalRoot}, not under ${stated}`;
    // The path does not prove how many tenants there are.
    const { size } = inclusion.tenant;
    return size === tenants.length
      ? undefined
      : `it is a proof over ${counted(size, 'tenant')}, not over ${tenants.length}`;
  }
}

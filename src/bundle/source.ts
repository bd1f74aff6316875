/**
 * An evidence bundle as a source: the records of its snapshot with the bodies of its files put back in.
 *
 * Nothing in it is believed. Every file is named by what was recomputed or it is reported as a fault; what is wrong with a
 * file does not end the reading, so that all that is wrong is reported. Only what cannot be read on is thrown.
 */

import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { setImmediate as othersRan } from 'node:timers/promises';
import type { EvidenceSource, InputFault, ReportFault } from '../core/audit/evidence-source.ts';
import { EvidenceError, type Where } from '../core/errors.ts';
import { type Hash, isHash, type Platform, portable } from '../core/platform.ts';
import { present } from '../core/present.ts';
import { DEFAULT_LIMITS } from '../core/snapshot/framer.ts';
import type { SnapshotHeader } from '../core/snapshot/header.ts';
import { type EvidenceRecord, RecordDecoder } from '../core/snapshot/record.ts';
import type { Trailer } from '../core/snapshot/trailer.ts';
import { FileBytes } from '../sources/bytes.ts';
import { SnapshotSource } from '../sources/snapshot-source.ts';
import type { BundleProofs } from './check-proofs.ts';
import { Checksums, type Room, WholeFileReader } from './checksums.ts';
import { BundleFolder, type FileTable } from './folder.ts';
import {
  type BundleManifest,
  bodyPath,
  CHECKSUMS_NAME,
  MANIFEST_NAME,
  proofPath,
  SNAPSHOT_NAME,
  STAMP_NAME,
} from './layout.ts';
import { checkManifest, type ReadManifest, readManifest } from './manifest.ts';
import { checkStamp, type JudgeStamp, type StampOptions } from './stamp.ts';

const BODY = Buffer.from('"body":');
const COMMA = Buffer.from(',');
const DIGEST_PREFIX = 'sha256:';
const ATTRS_MEMBER = '"attrs":,'.length;

/** After so many bodies and proofs others may run: signals, progress. */
const FILES_AT_ONCE = 256;

function placeOf({ tenant, stream, id, seq }: EvidenceRecord): Omit<InputFault, 'kind' | 'message'> {
  return { tenant, stream, id, ...present({ seq }) };
}

export class BundleSource implements EvidenceSource {
  readonly name: string;
  readonly #platform: Platform;
  readonly #judgeStamp: JudgeStamp | undefined;
  readonly #decoder: RecordDecoder;
  readonly #folder: BundleFolder;
  readonly #bodies: WholeFileReader = new WholeFileReader('a body', DEFAULT_LIMITS.maxRecordBytes);
  readonly #room: Room = { bytes: Buffer.alloc(64 * 1024) };
  #report: ReportFault = () => undefined;
  #snapshot: SnapshotSource | undefined;
  #snapshotBytes: FileBytes | undefined;
  #manifest: ReadManifest | undefined;
  #header: SnapshotHeader | undefined;
  /** Undefined if there are none, or the manifest cannot be read. */
  #proofs: BundleProofs | undefined;
  /** False for a folder of another layout: what is wrong with one of ours says nothing of it. */
  #isKnown = false;
  #joined = false;
  #end = 0;
  #bodyBytes = 0;
  #readAtOnce = 0;
  /** Whether the record at hand comes without its body, which was reported. */
  bodyLost = false;
  #lost = 0;

  /** @param name - the folder; a link to it is followed, no link in it is */
  constructor(name: string, options: StampOptions & { readonly platform?: Platform } = {}) {
    this.name = name;
    this.#platform = options.platform ?? portable;
    this.#judgeStamp = options.judgeStamp;
    this.#decoder = new RecordDecoder(this.#platform);
    this.#folder = new BundleFolder(name, (fault) => this.#report(fault));
  }

  /** Takes the function that faults are reported to which no record shows. */
  reportFaults(report: ReportFault): void {
    this.#report = report;
  }

  /** The folder, and the snapshot in it: either is this very evidence. Undefined if it was never opened. */
  get identities(): readonly string[] | undefined {
    const { identity } = this.#folder;
    const snapshot = this.#snapshotBytes?.identity;
    return identity === undefined ? undefined : [identity, ...(snapshot === undefined ? [] : [snapshot])];
  }

  /** Whether there is a time stamp of its manifest; after `open`. */
  get hasStamp(): boolean {
    return this.#folder.has(STAMP_NAME);
  }

  get bytesRead(): number {
    return this.#snapshot?.bytesRead ?? 0;
  }

  get bytesTotal(): number | null {
    return this.#snapshot?.bytesTotal ?? null;
  }

  get recordsTotal(): number | null {
    return this.#manifest?.manifest?.records ?? null;
  }

  get bytes(): Uint8Array {
    return this.#joined ? this.#room.bytes : this.#opened.bytes;
  }

  get start(): number {
    return this.#joined ? 0 : this.#opened.start;
  }

  get end(): number {
    return this.#joined ? this.#end : this.#opened.end;
  }

  get trailer(): Trailer | undefined {
    return this.#snapshot?.trailer;
  }

  get #opened(): SnapshotSource {
    if (this.#snapshot === undefined) throw new RangeError('the bundle was not opened');
    return this.#snapshot;
  }

  /** A joined record is nowhere in the bundle: the place is where the record begins in the snapshot. */
  where(at: number): Where {
    return this.#opened.where(this.#joined ? this.#opened.start : at);
  }

  #inside(path: string): FileBytes {
    return new FileBytes(join(this.name, path), { path: join(this.#folder.path, path), followLinks: false });
  }

  async open(): Promise<SnapshotHeader> {
    await this.#folder.open();
    if (this.#folder.has(MANIFEST_NAME)) {
      this.#manifest = await readManifest(this.#inside(MANIFEST_NAME), this.#platform, this.#report);
    }
    this.#isKnown = true;
    await this.#lookAround(this.#manifest?.manifest);
    if (!this.#folder.has(SNAPSHOT_NAME)) {
      const where = { file: join(this.name, SNAPSHOT_NAME) };
      throw new EvidenceError('source-incomplete', 'without its snapshot nothing of a bundle can be read', { where });
    }
    const bytes = this.#inside(SNAPSHOT_NAME);
    this.#snapshotBytes = bytes;
    this.#snapshot = new SnapshotSource(bytes, { platform: this.#platform });
    const header = await this.#snapshot.open();
    if (header.depth !== 'digest') {
      const reason = `the snapshot of a bundle has depth digest, and this one says ${header.depth}`;
      throw new EvidenceError('schema-violation', reason, { where: { file: bytes.name } });
    }
    this.#header = { ...header, depth: 'full' };
    return this.#header;
  }

  async #lookAround(manifest: BundleManifest | undefined): Promise<void> {
    await this.#folder.walk(manifest === undefined ? undefined : manifest.proofs !== undefined);
    if (manifest?.proofs === undefined) return;
    const { path, proofs } = this.#folder;
    // Loaded when there is a proof to check.
    const { BundleProofs: Checker } = await import('./check-proofs.ts');
    this.#proofs = new Checker(this.#platform, { name: this.name, path }, proofs, manifest);
  }

  next(): 'record' | 'more' | 'end' {
    this.#joined = false;
    this.bodyLost = false;
    if (this.#readAtOnce >= FILES_AT_ONCE) return 'more';
    const found = this.#opened.next();
    if (found === 'record') this.#join();
    return found;
  }

  async fill(): Promise<void> {
    if (this.#readAtOnce < FILES_AT_ONCE) await this.#opened.fill();
    else await othersRan();
    this.#readAtOnce = 0;
  }

  #checkProof(record: EvidenceRecord): void {
    if (this.#proofs === undefined) return;
    this.#readAtOnce++;
    const fault = this.#proofs.check(record.leaf);
    if (fault !== undefined) this.#report({ ...placeOf(record), ...fault });
  }

  /** Puts the body into the record at hand. */
  #join(): void {
    const record = recordAtHand(this.#decoder, this.#opened, (offset) => this.where(offset));
    if (record === undefined) return;
    const text = this.#decoder.canonical;
    this.#checkProof(record);
    const at = 1 + (record.attrs === undefined ? 0 : ATTRS_MEMBER + Buffer.byteLength(record.attrs));
    const bodyEnd = this.#readBody(record, text, at);
    if (bodyEnd === undefined) return;
    const { bytes: room } = this.#room;
    room.set(text.subarray(0, at));
    room.set(BODY, at);
    room.set(COMMA, bodyEnd);
    room.set(text.subarray(at), bodyEnd + COMMA.length);
    this.#joined = true;
    this.#end = bodyEnd + COMMA.length + text.length - at;
  }

  /** Reads the body of `record` to where it belongs in its text; undefined if it is lost. */
  #readBody(record: EvidenceRecord, text: Uint8Array, at: number): number | undefined {
    const digest = record.bodyDigest.slice(DIGEST_PREFIX.length);
    // Only a digest names a file: nothing else that a record says gets near a path.
    if (!record.bodyDigest.startsWith(DIGEST_PREFIX) || !isHash(digest)) {
      return this.#lose(record, 'body-digest-mismatch', `${this.name}: its \`bodyDigest\` is no digest`);
    }
    const path = bodyPath(digest);
    const index = this.#folder.bodies.indexOf(digest);
    const name = join(this.name, path);
    if (index < 0) return this.#lose(record, 'manifest-mismatch', `${name}: the body of a record is not there`);
    this.#readAtOnce++;
    const first = this.#folder.bodies.mark(index);
    const from = at + BODY.length;
    let length: number;
    try {
      length = this.#bodies.read(
        join(this.#folder.path, path),
        name,
        this.#room,
        from,
        COMMA.length + text.length - at,
      );
    } catch (error) {
      if (error instanceof EvidenceError) return this.#lose(record, error.kind, error.message);
      throw error;
    }
    const is = this.#platform.sha256(this.#room.bytes.subarray(from, from + length));
    if (is !== digest) return this.#lose(record, 'body-digest-mismatch', `${name}: the digest of the file is ${is}`);
    if (first) this.#bodyBytes += length;
    return from + length;
  }

  #lose(record: EvidenceRecord, kind: Parameters<ReportFault>[0]['kind'], message: string): undefined {
    this.bodyLost = true;
    this.#lost++;
    this.#report({ kind, ...placeOf(record), message });
  }

  /** The digest of the manifest, which stands for all other files: it states theirs. */
  async finish(): Promise<Hash | null> {
    try {
      const snapshot = await this.#snapshotBytes?.finish();
      await this.#checkFiles(snapshot ?? undefined);
      await this.#checkStamp();
    } finally {
      await this.#folder.requireUnchanged();
    }
    return this.#manifest?.sha256 ?? null;
  }

  async #checkStamp(): Promise<void> {
    if (this.#judgeStamp === undefined || !this.#isKnown) return;
    const bytes = this.hasStamp ? this.#inside(STAMP_NAME) : undefined;
    const found = { name: join(this.name, STAMP_NAME), manifest: this.#manifest?.sha256 ?? undefined };
    const fault = await checkStamp(bytes, found, this.#header, this.#judgeStamp);
    if (fault !== undefined) this.#report(fault);
  }

  async #checkFiles(snapshot: Hash | undefined): Promise<void> {
    if (!this.#isKnown) return;
    const { bodies, proofs } = this.#folder;
    const complete = this.trailer !== undefined;
    if (complete) this.#reportNeedless(bodies, bodyPath, 'no record needs this body');
    if (complete && this.#proofs !== undefined) this.#reportNeedless(proofs, proofPath, 'it is the proof of no record');
    const checksums = this.#folder.has(CHECKSUMS_NAME) ? this.#inside(CHECKSUMS_NAME) : undefined;
    const digestOfProof = (index: number): Hash | undefined => this.#proofs?.digestAt(index);
    const listed = { bodies, proofs, digestOfProof, snapshot };
    const digest = checksums === undefined ? null : await new Checksums(checksums, listed, this.#report).check();
    const manifest = this.#manifest?.manifest;
    if (manifest === undefined) return;
    const allRead = complete && this.#lost === 0 && bodies.marked === bodies.size;
    const found = {
      trailer: this.trailer,
      snapshot: snapshot === undefined ? undefined : { bytes: this.bytesRead, sha256: snapshot },
      checksums:
        checksums === undefined || digest === null ? undefined : { bytes: checksums.bytesRead, sha256: digest },
      bodies: { count: bodies.size, bytes: allRead ? this.#bodyBytes : undefined },
      proofs: this.#proofs?.found,
    };
    checkManifest(join(this.name, MANIFEST_NAME), manifest, found, this.#report);
  }

  #reportNeedless(files: FileTable, pathOf: (hash: Hash) => string, what: string): void {
    for (let at = 0; files.marked < files.size && at < files.size; at++) {
      if (files.isMarked(at)) continue;
      this.#report({ kind: 'manifest-mismatch', message: `${join(this.name, pathOf(files.at(at)))}: ${what}` });
    }
  }

  async close(): Promise<void> {
    await this.#snapshot?.close();
  }
}

/* A record of the snapshot in a bundle, whose body is a file of its own. */

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

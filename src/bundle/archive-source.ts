/**
 * An evidence bundle that lies in an archive, as a source: the records of its snapshot. Nothing is unpacked. That the body
 * of each record is there, and is what its digest says, is checked in a pass of its own; the records come without it.
 */

import { createHash } from 'node:crypto';
import type { EvidenceSource, ReportFault } from '../core/audit/evidence-source.ts';
import { EvidenceError, type Where } from '../core/errors.ts';
import { canonicalBytes } from '../core/json/canonical.ts';
import { parseJson } from '../core/json/parse.ts';
import { type Hash, type Platform, portable } from '../core/platform.ts';
import { present } from '../core/present.ts';
import { DEFAULT_LIMITS } from '../core/snapshot/framer.ts';
import type { SnapshotHeader } from '../core/snapshot/header.ts';
import { RecordDecoder } from '../core/snapshot/record.ts';
import type { Trailer } from '../core/snapshot/trailer.ts';
import { SnapshotSource } from '../sources/snapshot-source.ts';
import type { ArchiveTree } from '../sources/tree/archive-tree.ts';
import { EntryBytes } from '../sources/tree/entry-bytes.ts';
import { placeIn, type Sink, type TreeFile } from '../sources/tree/tree.ts';
import { Checksums } from './checksums.ts';
import { FileTable } from './folder.ts';
import {
  BODIES_NAME,
  bodyPath,
  CHECKSUMS_NAME,
  hashOfFile,
  MANIFEST_NAME,
  PROOFS_NAME,
  proofPath,
  SNAPSHOT_NAME,
  STAMP_NAME,
} from './layout.ts';
import { checkManifest, type ReadManifest, readManifest } from './manifest.ts';
import { recordAtHand } from './source.ts';
import { checkStamp, type JudgeStamp, type StampOptions } from './stamp.ts';

const FILES: readonly string[] = [MANIFEST_NAME, CHECKSUMS_NAME, SNAPSHOT_NAME];
const KNOWN: readonly string[] = [...FILES, STAMP_NAME];
const DIGEST_PREFIX = 'sha256:';

/** The hash that a body or proof is named by. */
function hashIn(folder: string, path: string): Hash | undefined {
  const [top, fan = '', file = '', ...more] = path.split('/');
  return top === folder && more.length === 0 ? hashOfFile(fan, file) : undefined;
}

/** The folder of the archive in which a bundle of ours lies; undefined if there is none. */
export function bundleRootIn(paths: readonly string[]): string | undefined {
  const marks = [SNAPSHOT_NAME, CHECKSUMS_NAME, `${BODIES_NAME}/`];
  const [first = ''] = paths;
  const top = first.slice(0, first.indexOf('/') + 1);
  const roots = top !== '' && paths.every((path) => path.startsWith(top)) ? ['', top] : [''];
  return roots.find((root) => marks.some((mark) => paths.some((path) => path.startsWith(`${root}${mark}`))));
}

export class BundleArchiveSource implements EvidenceSource {
  readonly #tree: ArchiveTree;
  readonly #platform: Platform;
  readonly #judgeStamp: JudgeStamp | undefined;
  readonly #decoder: RecordDecoder;
  #root = '';
  #files: ReadonlyMap<string, TreeFile> = new Map();
  /** SHA-256 of every proof, by its path. */
  readonly #proofDigests: Map<string, Hash> = new Map();
  readonly #bodies: FileTable = new FileTable();
  readonly #proofs: FileTable = new FileTable();
  /** Bodies that are not what their names say, which was reported. */
  readonly #damaged: Set<Hash> = new Set();
  #bodyBytes = 0;
  #report: ReportFault = ({ kind, message }) => {
    throw new EvidenceError('source-incomplete', `the bundle is not sound: ${kind}: ${message}`);
  };
  #manifest: ReadManifest | undefined;
  #header: SnapshotHeader | undefined;
  #snapshotBytes: EntryBytes | undefined;
  #snapshot: SnapshotSource | undefined;
  bodyLost = false;

  /** @param tree - it is this source's from now on */
  constructor(tree: ArchiveTree, options: StampOptions & { readonly platform?: Platform } = {}) {
    this.#tree = tree;
    this.#platform = options.platform ?? portable;
    this.#judgeStamp = options.judgeStamp;
    this.#decoder = new RecordDecoder(this.#platform);
  }

  get name(): string {
    return this.#tree.name;
  }

  get identity(): string | undefined {
    return this.#tree.identity;
  }

  /** Whether there is a time stamp of its manifest; after `open`. */
  get hasStamp(): boolean {
    return this.#files.has(STAMP_NAME);
  }

  get bytesRead(): number {
    return this.#tree.bytesRead;
  }

  /** Not known: it is read in several passes. */
  get bytesTotal(): null {
    return null;
  }

  get recordsTotal(): number | null {
    return this.#manifest?.manifest?.records ?? null;
  }

  get #opened(): SnapshotSource {
    if (this.#snapshot === undefined) throw new RangeError('the bundle was not opened');
    return this.#snapshot;
  }

  get bytes(): Uint8Array {
    return this.#opened.bytes;
  }

  get start(): number {
    return this.#opened.start;
  }

  get end(): number {
    return this.#opened.end;
  }

  get trailer(): Trailer | undefined {
    return this.#snapshot?.trailer;
  }

  where(at: number): Where {
    return this.#snapshot === undefined ? { file: this.name } : this.#snapshot.where(at);
  }

  reportFaults(report: ReportFault): void {
    this.#report = report;
  }

  #place(path: string): string {
    return placeIn(this.name, `${this.#root}${path}`);
  }

  #mismatch(path: string, what: string): void {
    this.#report({ kind: 'manifest-mismatch', message: `${this.#place(path)}: ${what}` });
  }

  #entry(path: string): EntryBytes | undefined {
    const file = this.#files.get(path);
    if (file === undefined) return undefined;
    const whole = `${this.#root}${path}`;
    return new EntryBytes(placeIn(this.#tree.name, whole), file.size, this.#tree.stream(whole));
  }

  async open(): Promise<SnapshotHeader> {
    const listed = await this.#tree.list();
    this.#root = bundleRootIn(listed.map(({ path }) => path)) ?? '';
    const own = listed.map(({ path, size }) => ({ path: path.slice(this.#root.length), size }));
    this.#files = new Map(own.map((file) => [file.path, file]));
    this.#lookAround();
    const manifest = this.#entry(MANIFEST_NAME);
    if (manifest !== undefined) this.#manifest = await readManifest(manifest, this.#platform, this.#report);
    this.#checkProofs(this.#manifest?.manifest?.proofs !== undefined);
    await this.#tree.pass(({ path, size }) => this.#sinkOf({ path: path.slice(this.#root.length), size }));
    return this.#openSnapshot();
  }

  /** Every file belongs to the bundle, and what every bundle has is there. */
  #lookAround(): void {
    const hashes = (folder: string): readonly Hash[] =>
      [...this.#files.keys()].flatMap((path) => hashIn(folder, path) ?? []).sort();
    for (const hash of hashes(BODIES_NAME)) this.#bodies.append(hash);
    for (const hash of hashes(PROOFS_NAME)) this.#proofs.append(hash);
    for (const path of this.#files.keys()) {
      const isOwn = KNOWN.includes(path) || [BODIES_NAME, PROOFS_NAME].some((top) => hashIn(top, path) !== undefined);
      if (!isOwn) this.#mismatch(path, 'does not belong to the bundle');
    }
    for (const name of FILES) if (!this.#files.has(name)) this.#mismatch(name, 'is not there, and every bundle has it');
  }

  #checkProofs(stated: boolean): void {
    if (this.#proofs.size > 0 && !stated) this.#mismatch(PROOFS_NAME, 'is there, and the manifest knows of no proofs');
    if (!stated) return;
    const message = `${this.#place(PROOFS_NAME)}: proofs are not checked in an archive: unpack it, and give the folder`;
    this.#report({ kind: 'source-incomplete', message });
  }

  #sinkOf(file: TreeFile): Sink | undefined {
    const { path, size } = file;
    const body = hashIn(BODIES_NAME, path);
    const digest = createHash('sha256');
    if (hashIn(PROOFS_NAME, path) !== undefined) {
      return { write: (chunk) => digest.update(chunk), end: () => this.#proofDigests.set(path, digest.digest('hex')) };
    }
    if (body === undefined) return undefined;
    if (size > DEFAULT_LIMITS.maxRecordBytes) {
      throw new EvidenceError('input-limit', `a body is longer than ${DEFAULT_LIMITS.maxRecordBytes} bytes`, {
        where: { file: this.#place(path) },
      });
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    return {
      write: (chunk) => {
        bytes.set(chunk, at);
        at += chunk.length;
      },
      end: () => this.#checkBody(body, path, bytes),
    };
  }

  #checkBody(hash: Hash, path: string, bytes: Uint8Array): void {
    this.#bodyBytes += bytes.length;
    const is = this.#platform.sha256(bytes);
    const fault = is === hash ? this.#faultOfBody(bytes) : `the digest of the file is ${is}`;
    if (fault === undefined) return;
    this.#damaged.add(hash);
    this.#report({ kind: 'body-digest-mismatch', message: `${this.#place(path)}: ${fault}` });
  }

  /** A digest of a body is that of its canonical form. */
  #faultOfBody(bytes: Uint8Array): string | undefined {
    try {
      const canonical = this.#platform.sha256(canonicalBytes(parseJson(this.#platform, bytes)));
      return canonical === this.#platform.sha256(bytes) ? undefined : `its digest as canonical JSON is ${canonical}`;
    } catch (fault) {
      if (!(fault instanceof EvidenceError)) throw fault;
      return `it is no JSON: ${fault.reason}`;
    }
  }

  async #openSnapshot(): Promise<SnapshotHeader> {
    this.#snapshotBytes = this.#entry(SNAPSHOT_NAME);
    if (this.#snapshotBytes === undefined) {
      const where = { file: this.#place(SNAPSHOT_NAME) };
      throw new EvidenceError('source-incomplete', 'without its snapshot nothing of a bundle can be read', { where });
    }
    this.#snapshot = new SnapshotSource(this.#snapshotBytes, { platform: this.#platform });
    const header = await this.#snapshot.open();
    this.#header = header;
    if (header.depth === 'digest') return header;
    const reason = `the snapshot of a bundle has depth digest, and this one says ${header.depth}`;
    throw new EvidenceError('schema-violation', reason, { where: { file: this.#snapshotBytes.name } });
  }

  next(): 'record' | 'more' | 'end' {
    this.bodyLost = false;
    const found = this.#opened.next();
    if (found === 'record') this.#checkRecord();
    return found;
  }

  async fill(): Promise<void> {
    await this.#opened.fill();
  }

  /** That the record at hand has its body. */
  #checkRecord(): void {
    const record = recordAtHand(this.#decoder, this.#opened, (offset) => this.where(offset));
    if (record === undefined) return;
    const digest = record.bodyDigest.slice(DIGEST_PREFIX.length);
    const path = bodyPath(digest);
    const index = hashIn(BODIES_NAME, path) === digest ? this.#bodies.indexOf(digest) : -1;
    if (index >= 0) this.#bodies.mark(index);
    this.bodyLost = index < 0 || this.#damaged.has(digest);
    if (index >= 0) return;
    const { tenant, stream, id, seq } = record;
    const message = `${this.#place(path)}: the body of a record is not there`;
    this.#report({ kind: 'manifest-mismatch', tenant, stream, id, ...present({ seq }), message });
  }

  async finish(): Promise<Hash | null> {
    const snapshot = await this.#snapshotBytes?.finish();
    if (this.trailer !== undefined) this.#reportNeedless();
    await this.#checkFiles(snapshot ?? undefined);
    await this.#checkStamp();
    return this.#tree.finish();
  }

  #reportNeedless(): void {
    for (let at = 0; at < this.#bodies.size; at++) {
      if (!this.#bodies.isMarked(at)) this.#mismatch(bodyPath(this.#bodies.at(at)), 'no record needs this body');
    }
  }

  async #checkStamp(): Promise<void> {
    if (this.#judgeStamp === undefined) return;
    const found = { name: this.#place(STAMP_NAME), manifest: this.#manifest?.sha256 ?? undefined };
    const fault = await checkStamp(this.#entry(STAMP_NAME), found, this.#header, this.#judgeStamp);
    if (fault !== undefined) this.#report(fault);
  }

  async #checkFiles(snapshot: Hash | undefined): Promise<void> {
    const listed = {
      bodies: this.#bodies,
      proofs: this.#proofs,
      digestOfProof: (at: number): Hash | undefined => this.#proofDigests.get(proofPath(this.#proofs.at(at))),
      snapshot,
    };
    const checksums = this.#entry(CHECKSUMS_NAME);
    const digest = checksums === undefined ? null : await new Checksums(checksums, listed, this.#report).check();
    const manifest = this.#manifest?.manifest;
    if (manifest === undefined) return;
    const sumsFile =
      checksums === undefined || digest === null ? undefined : { bytes: checksums.bytesRead, sha256: digest };
    const snapshotFile =
      snapshot === undefined ? undefined : { bytes: this.#snapshotBytes?.bytesRead ?? 0, sha256: snapshot };
    const found = {
      trailer: this.trailer,
      snapshot: snapshotFile,
      checksums: sumsFile,
      bodies: { count: this.#bodies.size, bytes: this.#damaged.size === 0 ? this.#bodyBytes : undefined },
      proofs: undefined,
    };
    checkManifest(this.#place(MANIFEST_NAME), manifest, found, this.#report);
  }

  async close(): Promise<void> {
    await this.#snapshot?.close();
    await this.#tree.close();
  }
}

/**
 * What lies in the folder of a bundle: every entry is looked at once, and what does not belong there is reported. No link is
 * followed, nothing is opened here.
 *
 * Names are read as bytes: decoded, a name that is no UTF-8 would become another one, which is not there.
 */
import { Buffer } from 'node:buffer';
import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportFault } from '../core/audit/evidence-source.ts';
import { codeOf, EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import {
  BODIES_NAME,
  CHECKSUMS_NAME,
  hashOfFile,
  isFan,
  MANIFEST_NAME,
  PROOFS_NAME,
  SNAPSHOT_NAME,
  STAMP_NAME,
} from './layout.ts';

type Entry = Dirent<Buffer>;
type Kind = 'file' | 'folder' | 'symbolic link' | 'pipe, device or socket';

const FILES: readonly string[] = [MANIFEST_NAME, CHECKSUMS_NAME, SNAPSHOT_NAME];
const KNOWN: readonly string[] = [...FILES, STAMP_NAME];

/** What cannot be looked at is not called missing. */
export function unreadable(path: string, error: unknown): EvidenceError {
  const code = codeOf(error);
  if (code === 'ENOTDIR') {
    const advice = 'give a bundle, or a folder or archive in one of the layouts of docs/layouts.md';
    return new EvidenceError('unsupported-version', 'a file that is no archive and in no layout which is known here', {
      where: { file: path },
      advice,
      cause: error,
    });
  }
  const reason = code === 'EACCES' || code === 'EPERM' ? 'no permission to read it' : `cannot be read (${code})`;
  return new EvidenceError('source-incomplete', reason, {
    where: { file: path },
    advice: 'check its permissions, and the disk',
    cause: error,
  });
}

/** A name as text in which bytes that are no UTF-8 can be distinguished from each other. */
function shownName(name: Buffer): string {
  const text = name.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(name)) return text;
  return name.toString('latin1').replace(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function kindOf(entry: Pick<Entry, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): Kind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'symbolic link' : 'pipe, device or socket';
}

/** What distinguishes one state of a folder from another: an entry that comes or goes changes its times. */
function stateOf({ dev, ino, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, mtimeNs, ctimeNs].join(' ');
}

export class BundleFolder {
  /** As the user gave it. */
  readonly #name: string;
  readonly #report: ReportFault;
  /** With links resolved: what is meant stays one folder, whatever the link leads to later. */
  path = '';
  readonly bodies: FileTable = new FileTable();
  readonly proofs: FileTable = new FileTable();
  #top: readonly Entry[] = [];
  readonly #files: Set<string> = new Set();
  readonly #states: Map<string, string> = new Map();
  #identity: string | undefined;

  constructor(name: string, report: ReportFault) {
    this.#name = name;
    this.#report = report;
  }

  /** The same for two names of one folder; undefined if it was never opened. */
  get identity(): string | undefined {
    return this.#identity;
  }

  /** Whether there is a regular file `name` at the top. */
  has(name: string): boolean {
    return this.#files.has(name);
  }

  /**
   * Looks at what lies at the top, and reports nothing yet: first it must be known whether this is a bundle.
   *
   * @throws EvidenceError `source-incomplete` if it cannot be looked at, `unsupported-version` if it is no bundle
   */
  async open(): Promise<void> {
    try {
      this.path = await realpath(this.#name);
      const { dev, ino } = await stat(this.path, { bigint: true });
      this.#identity = `${dev} ${ino}`;
    } catch (error) {
      throw unreadable(this.#name, error);
    }
    this.#top = await this.#list('');
    this.#requireLayout(this.#top);
    for (const entry of this.#top) {
      const name = entry.name.toString('latin1');
      if (KNOWN.includes(name) && (await this.#kindOf('', entry)) === 'file') this.#files.add(name);
    }
  }

  /**
   * Looks at all that is there, and reports what does not belong there or is missing; after `open`.
   *
   * @param hasProofs - whether there must be proofs, or must not; undefined if that is not known
   * @throws EvidenceError `source-incomplete` if a part cannot be looked at
   */
  async walk(hasProofs: boolean | undefined): Promise<void> {
    const fanOuts = new Map([[BODIES_NAME, this.bodies]]);
    if (hasProofs !== false) fanOuts.set(PROOFS_NAME, this.proofs);
    const found = new Set<string>();
    for (const entry of this.#top) if (await this.#atTop(entry, fanOuts)) found.add(entry.name.toString('latin1'));
    for (const name of FILES) if (!this.has(name)) this.#mismatch(name, 'is not there, and every bundle has it');
    if (!found.has(BODIES_NAME)) this.#mismatch(BODIES_NAME, 'is not there, and every bundle has it');
    if (hasProofs === true && !found.has(PROOFS_NAME)) {
      this.#mismatch(PROOFS_NAME, 'is not there, and the manifest says that there are proofs');
    }
  }

  /** A folder of another kind is not read as a damaged bundle: nobody would know what to make of the findings. */
  #requireLayout(entries: readonly Entry[]): void {
    const names = new Set(entries.map(({ name }) => name.toString('latin1')));
    if ([...FILES, BODIES_NAME].some((name) => name !== MANIFEST_NAME && names.has(name))) return;
    const where = { file: this.#name };
    const advice =
      'give a folder that `export` has written, or a snapshot file; for files of your own give --profile (`init` writes one)';
    if (names.size === 0)
      throw new EvidenceError('source-incomplete', 'a folder with nothing in it', { where, advice });
    const reason = names.has(MANIFEST_NAME)
      ? `a folder of an unknown layout: beside ${MANIFEST_NAME} there is none of the files of a bundle`
      : 'a folder that is neither an evidence bundle nor a known layout';
    throw new EvidenceError('unsupported-version', reason, { where, advice });
  }

  /** Whether `entry` is the folder of one of `fanOuts`, which is filled then. */
  async #atTop(entry: Entry, fanOuts: ReadonlyMap<string, FileTable>): Promise<boolean> {
    const name = entry.name.toString('latin1');
    const shown = shownName(entry.name);
    const kind = await this.#kindOf('', entry);
    const files = fanOuts.get(name);
    if (KNOWN.includes(name)) {
      if (kind !== 'file') this.#mismatch(shown, `is a ${kind}, and no file`);
    } else if (files === undefined) this.#mismatch(shown, `is a ${kind} that does not belong to the bundle`);
    else if (kind !== 'folder') this.#mismatch(shown, `is a ${kind}, and no folder`);
    else {
      await this.#readFanOut(name, files);
      return true;
    }
    return false;
  }

  async #readFanOut(inside: string, files: FileTable): Promise<void> {
    const entries = await this.#list(inside);
    if (entries.length === 0) this.#mismatch(inside, 'is an empty folder');
    for (const entry of entries) {
      const name = entry.name.toString('latin1');
      const shown = `${inside}/${shownName(entry.name)}`;
      const kind = await this.#kindOf(inside, entry);
      if (!isFan(name)) this.#mismatch(shown, `is a ${kind} that does not belong to the bundle`);
      else if (kind !== 'folder') this.#mismatch(shown, `is a ${kind}, and no folder`);
      else await this.#readFan(inside, name, files);
    }
  }

  async #readFan(inside: string, fan: string, files: FileTable): Promise<void> {
    const path = `${inside}/${fan}`;
    const entries = await this.#list(path);
    if (entries.length === 0) this.#mismatch(path, 'is an empty folder');
    for (const entry of entries) {
      const hash: Hash | undefined = hashOfFile(fan, entry.name.toString('latin1'));
      const kind = await this.#kindOf(path, entry);
      const shown = `${path}/${shownName(entry.name)}`;
      if (hash === undefined) this.#mismatch(shown, `is a ${kind} that does not belong to the bundle`);
      else if (kind !== 'file') this.#mismatch(shown, `is a ${kind}, and no file`);
      else files.append(hash);
    }
  }

  #mismatch(path: string, what: string): void {
    this.#report({ kind: 'manifest-mismatch', message: `${this.#name}: ${path} ${what}` });
  }

  /** The entries of a folder inside the bundle in the order of their bytes. */
  async #list(inside: string): Promise<readonly Entry[]> {
    const path = join(this.path, inside);
    try {
      this.#states.set(inside, stateOf(await lstat(path, { bigint: true })));
      const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
      return entries.sort((a, b) => Buffer.compare(a.name, b.name));
    } catch (error) {
      throw unreadable(join(this.#name, inside), error);
    }
  }

  /** Some file systems do not give the kind of an entry with its name. */
  async #kindOf(inside: string, entry: Entry): Promise<Kind> {
    const found = kindOf(entry);
    if (found !== 'pipe, device or socket') return found;
    const path = Buffer.concat([Buffer.from(`${join(this.path, inside)}/`), entry.name]);
    return lstat(path).then(kindOf, () => found);
  }

  /**
   * Makes sure that no file came or went since.
   *
   * @throws EvidenceError `input-changed`
   */
  async requireUnchanged(): Promise<void> {
    for (const [inside, state] of this.#states) {
      const now = await lstat(join(this.path, inside), { bigint: true }).then(stateOf, () => 'gone');
      if (now === state) continue;
      throw new EvidenceError('input-changed', 'files came or went while the bundle was read', {
        where: { file: join(this.#name, inside) },
        advice: 'verify a bundle that nobody writes to',
      });
    }
  }
}

/* Which bodies or proofs a bundle holds, by their hashes, and which of them a record has asked for: 32 bytes and a bit each. */

const HASH_BYTES = 32;
const FEWEST = 1024;

export class FileTable {
  #hashes: Buffer = Buffer.alloc(FEWEST * HASH_BYTES);
  #marks: Uint8Array = new Uint8Array(0);
  readonly #wanted: Buffer = Buffer.alloc(HASH_BYTES);
  #size = 0;
  #marked = 0;

  get size(): number {
    return this.#size;
  }

  /** How many were marked. */
  get marked(): number {
    return this.#marked;
  }

  /** Takes the next file; they come in the order of their hashes, and all before the first is marked. */
  append(hash: Hash): void {
    const at = this.#size * HASH_BYTES;
    if (at === this.#hashes.length) this.#hashes = Buffer.concat([this.#hashes], 2 * at);
    this.#hashes.write(hash, at, 'hex');
    this.#size++;
  }

  /** The hash at `index`. */
  at(index: number): Hash {
    return this.#hashes.toString('hex', index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }

  /** The index of `hash`, -1 if there is no such file. */
  indexOf(hash: Hash): number {
    this.#wanted.write(hash, 'hex');
    let low = 0;
    let high = this.#size - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const from = middle * HASH_BYTES;
      const order = this.#hashes.compare(this.#wanted, 0, HASH_BYTES, from, from + HASH_BYTES);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  isMarked(index: number): boolean {
    return (((this.#marks[index >>> 3] ?? 0) >>> (index & 7)) & 1) === 1;
  }

  /** Notes that a record needs the file at `index`; false if one did before. */
  mark(index: number): boolean {
    if (this.#marks.length === 0) this.#marks = new Uint8Array((this.#size >>> 3) + 1);
    if (this.isMarked(index)) return false;
    this.#marks[index >>> 3] = (this.#marks[index >>> 3] ?? 0) | (1 << (index & 7));
    this.#marked++;
    return true;
  }
}

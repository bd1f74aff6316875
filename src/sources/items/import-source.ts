/** Foreign evidence in files as a source: read by a profile, brought into order, handed over as records. */
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { EvidenceSource, ReportFault } from '../../core/audit/evidence-source.ts';
import { EvidenceError, placeText, type Where } from '../../core/errors.ts';
import { type Hash, type Platform, portable } from '../../core/platform.ts';
import type { SnapshotHeader, Subject } from '../../core/snapshot/header.ts';
import { compareKeys, viewOf } from '../../sorting/entries.ts';
import { recordOf, type Sorted, Sorter } from '../../sorting/sorter.ts';
import type { ItemsProfile } from '../../wire/profile-items.ts';
import { type ByteSource, FileBytes } from '../bytes.ts';
import { UnpackedBytes } from '../gunzip.ts';
import { readRows } from './csv-items.ts';
import { Feed } from './feed.ts';
import { filesUnder } from './file-tree.ts';
import { FolderListing } from './folder-listing.ts';
import { importSubject, knownColumns } from './import-subject.ts';
import { type ItemPlace, placeAt } from './item-place.ts';
import { JsonItems } from './json-items.ts';
import { readArray, readLines, readWhole } from './json-readers.ts';
import { type Place, placesOf } from './place.ts';
import { otherKind, type Recognised, requireEveryFile, requireNothingBeside } from './recognised.ts';
import { type Feeders, RecordMaker } from './record-maker.ts';

/** What is imported. */
export interface ImportOptions {
  readonly profile: ItemsProfile;
  /** SHA-256 of the profile's canonical form. */
  readonly profileDigest: Hash;
  readonly platform?: Platform;
  /** What the source was taken for, where nobody declared how it is read. */
  readonly recognised?: Recognised | undefined;
  /** Bytes that are sorted in memory; what is more goes to temporary files. */
  readonly sortedInMemoryBytes?: number;
}

/** So often others have a turn. */
const ITEMS_A_TURN = 256;

const NOTHING = new Uint8Array(0);

/** The source is one file (or a stream), or a folder. */
export type ImportInput = { readonly bytes: ByteSource } | { readonly folder: string };

export class ImportSource implements EvidenceSource {
  readonly name: string;
  readonly #input: ImportInput;
  readonly #options: ImportOptions;
  readonly #platform: Platform;
  readonly #sorter: Sorter;
  readonly #places: readonly Place[];
  /** Paths under the source, by the number that places have. */
  readonly #files: string[] = [];
  readonly #unread: Map<string, Set<string>> = new Map();
  readonly #listing = createHash('sha256');
  #reading: ByteSource | undefined;
  #opening: Promise<SnapshotHeader> | undefined;
  #sorted: Sorted | undefined;
  #sha256: Hash | null = null;
  #listed: FolderListing | undefined;
  #range = { start: 0, end: 0 };
  /** Place and key of the record before. */
  #previous: ReturnType<typeof roomFor> | undefined;
  #turn = 0;
  #report: ReportFault | undefined;
  #against: Subject = {};
  #closed = false;
  bytesRead = 0;
  recordsTotal: number | null = null;
  readonly trailer = undefined;

  /**
   * @param input - it is this source's from now on
   * @throws EvidenceError `schema-violation` for a profile that cannot be read from files
   */
  constructor(input: ImportInput, options: ImportOptions) {
    this.#input = input;
    this.name = 'bytes' in input ? input.bytes.name : input.folder;
    this.#options = options;
    this.#platform = options.platform ?? portable;
    this.#sorter = new Sorter(options.sortedInMemoryBytes);
    this.#places = placesOf(options.profile);
  }

  get bytesTotal(): number | null {
    if (this.recordsTotal !== null) return this.bytesRead;
    return 'bytes' in this.#input ? this.#input.bytes.bytesTotal : null;
  }

  get bytes(): Uint8Array {
    return this.#sorted?.bytes ?? NOTHING;
  }

  get start(): number {
    return this.#range.start;
  }

  get end(): number {
    return this.#range.end;
  }

  where(): Where {
    const sorted = this.#sorted;
    return sorted === undefined ? { file: this.name } : this.#whereOf(placeAt(sorted.view, sorted.at));
  }

  #whereOf({ file, item, line, byteOffset }: ItemPlace): Where {
    return {
      file: this.#nameOf(this.#files[file] ?? ''),
      ...(line > 0 ? { line } : {}),
      ...(byteOffset >= 0 ? { byteOffset } : {}),
      ...(item >= 0 ? { item } : {}),
    };
  }

  #nameOf(path: string): string {
    return 'folder' in this.#input ? join(this.#input.folder, path) : this.name;
  }

  /** Of which columns the baseline was made: `*` means these. Before `open`. */
  readAgainst({ subject }: SnapshotHeader): void {
    this.#against = subject;
  }

  /** Reads everything: what is first in order may stand last. */
  open(): Promise<SnapshotHeader> {
    this.#opening = this.#open();
    return this.#opening;
  }

  async #open(): Promise<SnapshotHeader> {
    const feeders: Feeders | undefined = this.#places.length > 1 ? new Map() : undefined;
    const makers = this.#places.map((place) => new RecordMaker(place, this.#platform, this.#sorter, feeders));
    const known = knownColumns(this.#against, this.#places);
    for (const maker of makers) maker.known = known.get(maker.place.label);
    const unmatched = await this.#readAll(makers);
    this.#sorted = await this.#sorter.sorted();
    this.recordsTotal = this.#sorter.count;
    const digestOnly = makers.reduce((sum, maker) => sum + maker.digestOnly, 0);
    const depth = this.#places.every(({ digestsOnly }) => digestsOnly) ? 'digest' : 'full';
    const { profile, profileDigest, recognised } = this.#options;
    for (const { place, unread } of makers) if (unread.size > 0) this.#noteUnread(`${place.label}: items`, unread);
    return {
      depth,
      subject: importSubject({
        ...{ from: 'folder' in this.#input ? 'folder' : 'file', profile, profileDigest, recognised, makers },
        ...{ files: this.#files.length, items: this.#sorter.count, unmatched, unread: this.#unread },
      }),
      capturedAt: null,
      tool: null,
      chains: new Map(),
      ...(depth === 'full' && digestOnly > 0 ? { digestOnly } : {}),
    };
  }

  /** @throws EvidenceError where nobody hears of faults */
  #noteOther(at: ItemPlace): void {
    const { recognised } = this.#options;
    if (recognised === undefined) return;
    const fault = otherKind(recognised, placeText(this.#whereOf(at)));
    if (this.#report === undefined) throw new EvidenceError('schema-violation', fault.message);
    this.#report(fault);
  }

  reportFaults(report: ReportFault): void {
    this.#report = report;
  }

  #noteUnread(label: string, members: ReadonlySet<string>): void {
    const known = this.#unread.get(label) ?? new Set();
    for (const member of members) known.add(member);
    this.#unread.set(label, known);
  }

  /** The paths that nothing reads. */
  async #readAll(makers: readonly RecordMaker[]): Promise<readonly string[]> {
    const input = this.#input;
    const readers = makers.map((maker) => readerOf(maker, this.#options.recognised, (at) => this.#noteOther(at)));
    if ('folder' in input) return this.#readFolder(input.folder, readers);
    const path = basename(input.bytes.name);
    const [first = 0, ...others] = this.#placesOfFile(path);
    if (others.length > 0) throw this.#oneAtATime();
    this.#sha256 = await this.#readFile(path, input.bytes, readers[first] as Reader);
    return [];
  }

  async #readFolder(folder: string, readers: readonly Reader[]): Promise<readonly string[]> {
    const paths = await filesUnder(folder);
    this.#listed = await FolderListing.of(
      folder,
      paths,
      paths.filter((path) => this.#places.some(({ glob }) => glob.fits(path))),
    );
    const matched = readers.map(() => 0);
    const unmatched: string[] = [];
    for (const path of paths) {
      const chosen = [...readers.keys()].filter((at) => this.#places[at]?.glob.fits(path) === true);
      if (chosen.length === 0) unmatched.push(path);
      let sha256: Hash | undefined;
      for (const at of chosen) {
        matched[at] = (matched[at] ?? 0) + 1;
        const bytes = new FileBytes(this.#nameOf(path), { followLinks: false });
        const digest = await this.#readFile(path, bytes, readers[at] as Reader);
        if (sha256 !== undefined && sha256 !== digest) throw this.#changed(this.#nameOf(path));
        sha256 = digest;
      }
      if (sha256 !== undefined) this.#listing.update(`${sha256}  ${path}\n`);
    }
    const empty = matched.indexOf(0);
    if (empty >= 0) throw this.#nothingFits(this.#places[empty] as Place, paths);
    this.#sha256 = this.#listing.digest('hex');
    const { recognised } = this.#options;
    if (recognised !== undefined) requireEveryFile(recognised, folder, unmatched);
    return unmatched;
  }

  /** A file that was named is what a profile of one place means, whatever its pattern says. */
  #placesOfFile(path: string): readonly number[] {
    if (this.#places.length === 1) return [0];
    const fitting = [...this.#places.keys()].filter((at) => this.#places[at]?.glob.fits(path) === true);
    const other = this.#places.find((_, at) => !fitting.includes(at));
    if (other !== undefined) throw this.#nothingFits(other, [path]);
    return fitting;
  }

  #oneAtATime(): EvidenceError {
    const advice = 'give the folder that it is in';
    return new EvidenceError('schema-violation', 'the profile reads this file in more than one way', {
      where: { file: this.name },
      advice,
    });
  }

  #nothingFits({ label }: Place, paths: readonly string[]): EvidenceError {
    const first = paths.slice(0, 5).join(', ');
    const there = first === '' ? 'it is empty' : `there is ${first}${paths.length > 5 ? ', …' : ''}`;
    return new EvidenceError('source-incomplete', `no file fits ${label} of the profile; ${there}`, {
      where: { file: this.name },
      advice: 'a pattern is a path under the source: * and ? within a name, ** for any depth',
    });
  }

  #changed(file: string): EvidenceError {
    return new EvidenceError('input-changed', 'the files changed while they were read', {
      where: { file },
      advice: 'read a folder that nobody writes to',
    });
  }

  /** Reads one file; its SHA-256 as stored. */
  async #readFile(path: string, bytes: ByteSource, reader: Reader): Promise<Hash> {
    if (this.#files.at(-1) !== path) this.#files.push(path);
    this.#reading = bytes;
    const unpacked = new UnpackedBytes(bytes);
    try {
      await this.#readItems(path, bytes, unpacked, reader);
      this.#requireOpen();
      const sha256 = await bytes.finish();
      if (sha256 === null) throw new RangeError('a file was not read to its end');
      this.bytesRead += bytes.bytesRead;
      this.#takeDigest(path, sha256, reader.maker);
      return sha256;
    } finally {
      this.#reading = undefined;
      await unpacked.close();
    }
  }

  async #readItems(path: string, bytes: ByteSource, unpacked: UnpackedBytes, { maker, items }: Reader): Promise<void> {
    const { format, label } = maker.place;
    const file = this.#files.length - 1;
    const of = { file, path, name: this.#nameOf(path), settle: () => this.#settle() };
    if (format.kind === 'csv') return readRows({ bytes: unpacked, ...of }, format, maker);
    if (format.kind === 'file' && format.as !== 'json') return this.#passBytes(path, bytes, format.as);
    if (items === undefined) throw new RangeError('items that are no JSON');
    const feed = new Feed(unpacked, of);
    if (format.kind === 'ndjson') return readLines(feed, items);
    if (format.kind === 'file') return readWhole(feed, items);
    const unread = new Set<string>();
    const beside = await readArray(feed, format.items, items, this.#platform, unread);
    requireNothingBeside(this.#options.recognised, this.#nameOf(path), beside);
    if (unread.size > 0) this.#noteUnread(label, unread);
  }

  /** Reads bytes for their digest alone. */
  async #passBytes(path: string, bytes: ByteSource, form: 'text' | 'bytes'): Promise<void> {
    const decoder = form === 'text' ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) : undefined;
    const where = { file: this.#nameOf(path) };
    try {
      for (let chunk = await bytes.read(); chunk !== undefined; chunk = await bytes.read()) {
        decoder?.decode(chunk, { stream: true });
        const wait = this.#settle();
        if (wait !== undefined) await wait;
      }
      decoder?.decode();
    } catch (error) {
      if (error instanceof TypeError) throw new EvidenceError('input-malformed', 'the text is no UTF-8', { where });
      throw error;
    }
  }

  /** Of a file as text or bytes: its digest is that of the bytes as they are stored, what `sha256sum` says. */
  #takeDigest(path: string, digest: Hash, maker: RecordMaker): void {
    const { format } = maker.place;
    if (format.kind !== 'file' || format.as === 'json') return;
    const form = format.as;
    const where = { file: this.#nameOf(path) };
    const place = { file: this.#files.length - 1, item: -1, line: 0, byteOffset: -1 };
    const values = { textOf: () => undefined, path };
    try {
      maker.take(values, { digest, form }, place);
    } catch (error) {
      throw error instanceof EvidenceError ? error.at(where) : error;
    }
  }

  /** What is due after an item: others have a turn, what is full is written down. */
  #settle(): Promise<void> | undefined {
    this.#requireOpen();
    if (this.#sorter.isFull) return this.#sorter.spill();
    if (++this.#turn % ITEMS_A_TURN !== 0) return undefined;
    return new Promise((resolve) => setImmediate(resolve));
  }

  #requireOpen(): void {
    if (this.#closed)
      throw new EvidenceError('interrupted', 'the reading was broken off', { where: { file: this.name } });
  }

  next(): 'record' | 'more' | 'end' {
    const sorted = this.#sorted;
    if (sorted === undefined) throw new RangeError('the source was not opened');
    const found = sorted.next();
    if (found !== 'entry') return found;
    this.#range = recordOf(sorted);
    this.#requireOther(sorted);
    return 'record';
  }

  /** Two items of one key stand beside each other, once they are in order. */
  #requireOther({ bytes, view, at }: Sorted): void {
    const previous = this.#previous;
    if (previous !== undefined && compareKeys(previous.bytes, previous.view, 0, bytes, view, at) === 0) {
      const other = placeText(this.#whereOf(placeAt(previous.view, 0)));
      const reason = `two items have one tenant, stream and id (or seq): this one, and that at ${other}`;
      throw new EvidenceError('schema-violation', reason, {
        where: this.where(),
        advice: 'in this profile they are not unique; several fields can make an id: "id": ["/a", "/b"]',
      });
    }
    const length = this.#range.start - at;
    const kept = previous !== undefined && previous.bytes.length >= length ? previous : roomFor(2 * length);
    kept.bytes.set(bytes.subarray(at, at + length));
    this.#previous = kept;
  }

  async fill(): Promise<void> {
    await this.#sorted?.fill();
  }

  async finish(): Promise<Hash | null> {
    await this.#listed?.requireSame();
    return this.#sha256;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const bytes = this.#reading ?? ('bytes' in this.#input ? this.#input.bytes : undefined);
    await bytes?.close();
    // What still reads ends at its next item, and lets go of its files.
    await this.#opening?.catch(() => {});
    await this.#sorter.close();
  }
}

/** What makes records of the items of a place. */
interface Reader {
  readonly maker: RecordMaker;
  /** There where items are JSON. */
  readonly items: JsonItems | undefined;
}

function readerOf(maker: RecordMaker, recognised: Recognised | undefined, onOther: (at: ItemPlace) => void): Reader {
  const { format } = maker.place;
  const isJson = format.kind !== 'csv' && !(format.kind === 'file' && format.as !== 'json');
  return { maker, items: isJson ? new JsonItems(maker, recognised, onOther) : undefined };
}

function roomFor(length: number): { readonly bytes: Uint8Array; readonly view: DataView } {
  const bytes = new Uint8Array(length);
  return { bytes, view: viewOf(bytes) };
}

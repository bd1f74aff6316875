/** Foreign evidence in files as a source: read by a profile, brought into order, handed over as records. */

import type { EvidenceSource, ReportFault } from '../../core/audit/evidence-source.ts';
import { EvidenceError, placeText, type Where } from '../../core/errors.ts';
import { type Hash, type Platform, portable } from '../../core/platform.ts';
import { ByteWindow } from '../../core/snapshot/byte-window.ts';
import type { SnapshotHeader, Subject } from '../../core/snapshot/header.ts';
import { compareKeys, viewOf } from '../../sorting/entries.ts';
import { recordOf, type Sorted, Sorter } from '../../sorting/sorter.ts';
import type { ItemsProfile } from '../../wire/profile-items.ts';
import type { ByteSource } from '../bytes.ts';
import { UnpackedBytes, type Unpacker } from '../gunzip.ts';
import type { ArchiveTree } from '../tree/archive-tree.ts';
import { beginsZstd } from '../tree/magic.ts';
import { readRows } from './csv-items.ts';
import { Distribution } from './distribution.ts';
import { Feed, type ItemPlace, placeAt } from './feed.ts';
import type { Feeders } from './feeders.ts';
import { FolderInput } from './folder-input.ts';
import { chainsOf, importSubject, knownColumns } from './import-subject.ts';
import { ArchiveInput, type ItemsInput, OneFileInput } from './input.ts';
import { JsonItems } from './json-items.ts';
import { readArray, readLines, readWhole } from './json-readers.ts';
import { type LayoutPlace, LayoutReading, layoutPlacesOf, type OpenLayout } from './layout-place.ts';
import { PathList } from './path-list.ts';
import { isDigestsOnly, type Place, placesOf, requireNoTables } from './place.ts';
import { otherKind, type Recognised, requireEveryFile, requireNothingBeside } from './recognised.ts';
import { RecordMaker } from './record-maker.ts';
/** What is imported. */
export interface ImportOptions {
  readonly profile: ItemsProfile;
  /** SHA-256 of the profile's canonical form. */
  readonly profileDigest: Hash;
  readonly platform?: Platform;
  /** What the source was taken for, where nobody declared how it is read. */
  readonly recognised?: Recognised | undefined;
  /** Opens the layouts of the profile; to be there where it has some. */
  readonly openLayout?: OpenLayout;
  /** Bytes that are sorted in memory; what is more goes to temporary files. */
  readonly sortedInMemoryBytes?: number;
}

/** So often others have a turn. */
const ITEMS_A_TURN = 256;

const NOTHING = new Uint8Array(0);

/** One file or stream, a folder, or an archive. */
export type ImportInput =
  | { readonly bytes: ByteSource }
  | { readonly folder: string }
  | { readonly archive: ArchiveTree };

export class ImportSource implements EvidenceSource {
  readonly name: string;
  readonly #input: ItemsInput;
  readonly #options: ImportOptions;
  readonly #platform: Platform;
  readonly #sorter: Sorter;
  readonly #places: readonly Place[];
  readonly #layoutPlaces: readonly LayoutPlace[];
  readonly #layouts: LayoutReading;
  readonly #distribution: Distribution;
  #window: ByteWindow = new ByteWindow();
  /** What was read, by the number that places of items have. */
  readonly #files: PathList = new PathList();
  readonly #unread: Map<string, Set<string>> = new Map();
  #reading: ByteSource | undefined;
  #opening: Promise<SnapshotHeader> | undefined;
  #sorted: Sorted | undefined;
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
    this.#options = options;
    this.#platform = options.platform ?? portable;
    this.#sorter = new Sorter(options.sortedInMemoryBytes);
    requireNoTables(options.profile);
    this.#places = placesOf(options.profile);
    this.#layoutPlaces = layoutPlacesOf(options.profile);
    this.#layouts = new LayoutReading(this.#layoutPlaces, this.#platform);
    this.#input = this.#inputOf(input);
    this.name = this.#input.name;
    this.#distribution = new Distribution(this.#input, this.#places, this.#layoutPlaces);
  }

  #inputOf(input: ImportInput): ItemsInput {
    if ('bytes' in input) return new OneFileInput(input.bytes);
    if ('archive' in input) return new ArchiveInput(input.archive);
    return new FolderInput(input.folder, (path) => this.#places.some(({ glob }) => glob.fits(path)));
  }

  get bytesTotal(): number | null {
    if (this.recordsTotal !== null) return this.bytesRead;
    return this.#input.bytesTotal;
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

  get foundAt(): string | undefined {
    const sorted = this.#sorted;
    if (sorted === undefined) return undefined;
    const { file = '', line, item } = this.#whereOf(placeAt(sorted.view, sorted.at));
    if (item !== undefined) return placeText(line === undefined ? { file, item } : { file, line });
    // The one document of a file is in the file that was named.
    return this.#input.kind === 'file' ? undefined : file;
  }

  #whereOf({ file, item, line, byteOffset }: ItemPlace): Where {
    return {
      file: file < 0 ? this.#layouts.nameOf(file) : this.#input.nameOf(this.#files.at(file) ?? ''),
      ...(line > 0 ? { line } : {}),
      ...(byteOffset >= 0 ? { byteOffset } : {}),
      ...(item >= 0 ? { item } : {}),
    };
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
    const isOne = this.#places.length + this.#layoutPlaces.length === 1;
    const feeders: Feeders | undefined = isOne ? undefined : new Map();
    const makers = this.#places.map((place) => new RecordMaker(place, this.#platform, this.#sorter, feeders));
    const known = knownColumns(this.#against, this.#places);
    for (const maker of makers) maker.known = known.get(maker.place.label);
    const read = await this.#readAll(makers);
    // Of a large file it is large, and sorting has a bound of its own.
    this.#window = new ByteWindow();
    await this.#readLayouts(feeders);
    this.#sorted = await this.#sorter.sorted();
    this.recordsTotal = this.#sorter.count;
    const digestOnly = makers.reduce((sum, maker) => sum + maker.digestOnly, this.#layouts.digestOnly);
    const depth = isDigestsOnly(this.#options.profile) ? 'digest' : 'full';
    const { profile, profileDigest, recognised } = this.#options;
    for (const { place, unread } of makers) if (unread.size > 0) this.#noteUnread(`${place.label}: items`, unread);
    return {
      depth,
      subject: importSubject({
        ...{ from: this.#input.kind, profile, profileDigest, recognised, makers },
        ...{ layouts: this.#layoutPlaces, stated: this.#layouts.subjects },
        ...{ ...read, items: this.#sorter.count, unread: this.#unread },
      }),
      capturedAt: null,
      tool: null,
      chains: chainsOf(makers),
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

  async #readAll(makers: readonly RecordMaker[]): Promise<FilesRead> {
    const { recognised } = this.#options;
    const readers = makers.map((maker) => readerOf(maker, recognised, (at) => this.#noteOther(at)));
    const paths = await this.#input.list();
    const { unmatched, rounds } = this.#distribution.of(paths);
    // A file that several places read is read once for each.
    for (let round = 0; round < rounds; round++) {
      const readerFor = (path: string): Reader | undefined => readers[this.#distribution.placesOf(path)[round] ?? -1];
      await this.#input.read(
        (path) => readerFor(path) !== undefined,
        (path, bytes) => this.#readFile(path, bytes, readerFor(path) as Reader),
      );
    }
    // One file by itself has a digest, whoever reads it.
    if (rounds === 0 && this.#input.kind === 'file') await this.#input.read(() => true, digestOf);
    if (recognised !== undefined) requireEveryFile(recognised, this.name, unmatched);
    return { unmatched, files: paths.length - unmatched.length };
  }

  async #readLayouts(feeders: Feeders | undefined): Promise<void> {
    if (this.#layoutPlaces.length === 0) return;
    const { openLayout } = this.#options;
    if (openLayout === undefined) throw new RangeError('a layout in a profile, and nothing that opens it');
    const to = { sorter: this.#sorter, feeders, settle: () => this.#settle() };
    await this.#layouts.read(openLayout, to, this.#report);
  }

  /** Reads one file; its SHA-256 as stored. */
  async #readFile(path: string, bytes: ByteSource, reader: Reader): Promise<Hash> {
    if (this.#files.at(this.#files.length - 1) !== path) this.#files.add(path);
    this.#reading = bytes;
    const unpacked = new UnpackedBytes(bytes, zstdOf);
    try {
      await this.#readItems(path, bytes, unpacked, reader);
      const sha256 = await digestOf(path, bytes);
      this.bytesRead += bytes.bytesRead;
      this.#takeDigest(path, sha256, reader.maker);
      const wait = this.#settle();
      if (wait !== undefined) await wait;
      return sha256;
    } finally {
      this.#reading = undefined;
      await unpacked.close();
    }
  }

  async #readItems(path: string, bytes: ByteSource, unpacked: UnpackedBytes, { maker, items }: Reader): Promise<void> {
    const { format, label } = maker.place;
    const file = this.#files.length - 1;
    const of = { file, path, name: this.#input.nameOf(path), settle: () => this.#settle() };
    if (format.kind === 'csv') return readRows({ bytes: unpacked, ...of }, format, maker);
    if (format.kind === 'file' && format.as !== 'json') return this.#passBytes(path, bytes, format.as);
    if (items === undefined) throw new RangeError('items that are no JSON');
    const feed = new Feed(unpacked, of, this.#window);
    if (format.kind === 'ndjson') return readLines(feed, items);
    if (format.kind === 'file') return readWhole(feed, items);
    const unread = new Set<string>();
    const beside = await readArray(feed, format.items, items, this.#platform, unread);
    requireNothingBeside(this.#options.recognised, this.#input.nameOf(path), beside);
    if (unread.size > 0) this.#noteUnread(label, unread);
  }

  /** Reads bytes for their digest alone. */
  async #passBytes(path: string, bytes: ByteSource, form: 'text' | 'bytes'): Promise<void> {
    const decoder = form === 'text' ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) : undefined;
    const where = { file: this.#input.nameOf(path) };
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
    const where = { file: this.#input.nameOf(path) };
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
        advice:
          'in this profile they are not unique; several fields can make an id: "id": ["/a", "/b"], of CSV ["a", "b"]',
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
    const sha256 = await this.#input.finish();
    if (this.#layoutPlaces.length === 0) return sha256;
    // The digest of a folder is that of the files which places read: of those of a layout it says nothing.
    const ofAll = this.#input.kind === 'folder' ? null : sha256;
    await this.#layouts.finish(ofAll, this.name);
    return ofAll;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#reading?.close();
    await this.#input.close();
    await this.#layouts.close();
    // What still reads ends at its next item, and lets go of its files.
    await this.#opening?.catch(() => {});
    await this.#sorter.close();
  }
}

/** What unpacks zstd is loaded when there is some. */
async function zstdOf(bytes: ByteSource, first: Uint8Array): Promise<Unpacker | undefined> {
  return beginsZstd(first) ? (await import('../tree/unzstd.ts')).unzstd(bytes, first) : undefined;
}

async function digestOf(_: string, bytes: ByteSource): Promise<Hash> {
  const sha256 = await bytes.finish();
  if (sha256 === null) throw new RangeError('a file was not read to its end');
  return sha256;
}

interface FilesRead {
  /** The paths that nothing reads. */
  readonly unmatched: readonly string[];
  /** How many were read. */
  readonly files: number;
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

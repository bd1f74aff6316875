/**
 * Reads zip archives by their directory at the end, as every unzip does, and makes sure that who reads from the front
 * sees the same: names and checksums. The container is yauzl's work; what it lets pass is refused here.
 */
import { Buffer } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { EvidenceError } from '../../core/errors.ts';
import { nameOf, refuseEntry } from './path-check.ts';
import { placeIn } from './tree.ts';

/** As of gzip: beyond this no evidence shrinks. */
const MOST_TIMES_SMALLER = 200;
const SUSPICIOUS_FROM_BYTES = 64 * 1024 * 1024;

const FILE_TYPE_MASK = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;
const MADE_BY_UNIX = 3;

export interface ZipEntry {
  readonly kind: 'file' | 'folder';
  readonly path: string;
  readonly size: number;
  /** The bytes, whose length and checksum are right or it throws. */
  readonly data: () => AsyncIterable<Uint8Array>;
}

const CHUNK_BYTES = 256 * 1024;

async function* chunksOf(file: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(CHUNK_BYTES, end - at)), 0, null, at);
    if (bytesRead === 0) throw new Error('the file ends before');
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** Reads through an opened file, which stays open. */
class HandleReader extends RandomAccessReader {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    super();
    this.#file = file;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(chunksOf(this.#file, start, end));
  }

  override read(...[buffer, offset, length, position, callback]: Parameters<RandomAccessReader['read']>): void {
    this.#file
      .read(buffer, offset, length, position)
      .then(({ bytesRead }) => callback(bytesRead === length ? null : new Error('the file ends before')), callback);
  }
}

function malformed(name: string, fault: unknown, path?: string): EvidenceError {
  if (fault instanceof EvidenceError) return fault;
  const text = fault instanceof Error ? fault.message.slice(0, 300) : 'unknown fault';
  const isCut = /truncated|file ends|overflows|unexpected end/i.test(text);
  return new EvidenceError(isCut ? 'input-truncated' : 'input-malformed', `zip: ${text}`, {
    where: { file: path === undefined ? name : placeIn(name, path) },
    advice: 'make the archive again, or take another copy of it',
    cause: fault,
  });
}

async function* dataOf(name: string, zip: ZipFile, entry: Entry, path: string): AsyncIterable<Uint8Array> {
  let checksum = 0;
  let length = 0;
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      const bytes = chunk as Uint8Array;
      checksum = crc32(bytes, checksum);
      length += bytes.length;
      yield bytes;
    }
  } catch (fault) {
    throw malformed(name, fault, path);
  }
  if (length !== entry.uncompressedSize)
    throw malformed(name, new Error('the file is cut off: it ends before its size'), path);
  if (checksum !== entry.crc32) throw malformed(name, new Error('the checksum of the file does not hold'), path);
}

/** What the entry is by the system that made it; by its name where that says nothing. */
function kindOf(name: string, path: string, { versionMadeBy, externalFileAttributes }: Entry): 'file' | 'folder' {
  const type = versionMadeBy >>> 8 === MADE_BY_UNIX ? (externalFileAttributes >>> 16) & FILE_TYPE_MASK : 0;
  if (type !== 0 && type !== REGULAR && type !== FOLDER) {
    const what = type === 0o120000 ? 'a symbolic link' : 'a device or pipe';
    refuseEntry(name, path, `is ${what}: only files and folders are read`);
  }
  return path.endsWith('/') ? 'folder' : 'file';
}

/** From where to where an entry lies in the archive. */
interface Extent {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  /** Whether its length and checksum may follow it once more. */
  readonly streamed: boolean;
}

/** Lengths of what may follow content whose length was not known when it was written: with a mark or not, of 32 or 64 bits. */
const DESCRIPTOR_BYTES: readonly number[] = [0, 12, 16, 20, 24];
/** What a local header of zip64 states for a length: it stands elsewhere. */
const ELSEWHERE = 0xffffffff;

/**
 * One entry lies behind the other, from the first byte to the directory: who reads from the front sees those of the
 * directory and no other, and no content is used twice.
 */
function requireSeamless(name: string, extents: readonly Extent[], directory: number): void {
  let [before, streamed] = [0, false];
  const end = { path: undefined, start: directory, end: directory, streamed: false };
  for (const { path, start, end: next, streamed: isStreamed } of [
    ...[...extents].sort((a, b) => a.start - b.start),
    end,
  ]) {
    const gap = start - before;
    if (gap !== 0 && !(streamed && DESCRIPTOR_BYTES.includes(gap))) {
      const what =
        gap < 0 ? 'overlaps with what lies in front of it' : `has ${gap} bytes in front of it that are in no entry`;
      if (path === undefined) throw malformed(name, new Error(`the directory ${what}`));
      refuseEntry(name, path, what);
    }
    [before, streamed] = [next, isStreamed];
  }
}

/** Length of the record that ends an archive, without its comment, and of what zip64 has between that and the directory. */
const END_BYTES = 22;
const ZIP64_RECORD_BYTES = 56;
const ZIP64_END_BYTES = ZIP64_RECORD_BYTES + 20;

/**
 * The directory ends where the end of the archive begins: what lies between the two, such as the end of another archive,
 * some readers go by, and see other files.
 */
async function requireEndBehind(name: string, zip: ZipFile, file: FileHandle, size: number): Promise<void> {
  const directoryEnd = Number(zip.readEntryCursor);
  const between = size - END_BYTES - zip.comment.length - directoryEnd;
  if (between === 0) return;
  if (between === ZIP64_END_BYTES) {
    const bytes = Buffer.alloc(ZIP64_END_BYTES);
    await file.read(bytes, 0, ZIP64_END_BYTES, directoryEnd);
    const isRecord = bytes.toString('latin1', 0, 4) === 'PK\x06\x06';
    const locator = bytes.subarray(ZIP64_RECORD_BYTES);
    const isLocated = locator.toString('latin1', 0, 4) === 'PK\x06\x07';
    if (isRecord && isLocated && locator.readBigUInt64LE(8) === BigInt(directoryEnd)) return;
  }
  const what =
    between < 0 ? 'overlaps with the end of the archive' : `has ${between} bytes behind it that are in no entry`;
  throw malformed(name, new Error(`the directory ${what}`));
}

/** A local header says the same as the directory: else who reads from the front sees another file. */
async function requireSameInFront(name: string, zip: ZipFile, entry: Entry, path: string): Promise<Extent> {
  const local = await zip.readLocalFileHeaderPromise(entry, {});
  if (!local.fileName.equals(entry.fileNameRaw)) refuseEntry(name, path, 'has another name in front of its content');
  const streamed = (local.generalPurposeBitFlag & 8) !== 0;
  const isSame =
    local.compressionMethod === entry.compressionMethod &&
    (streamed ||
      (local.crc32 === entry.crc32 &&
        [entry.compressedSize, ELSEWHERE].includes(local.compressedSize) &&
        [entry.uncompressedSize, ELSEWHERE].includes(local.uncompressedSize)));
  if (!isSame) refuseEntry(name, path, 'is described in two ways, in front of its content and in the directory');
  const end = local.fileDataStart + entry.compressedSize;
  return { path, start: entry.relativeOffsetOfLocalHeader, end, streamed };
}

/** What `work` gives; what yauzl says becomes an error that names the archive, or the entry `path`. */
async function named<T>(name: string, work: () => Promise<T>, path?: string): Promise<T> {
  try {
    return await work();
  } catch (fault) {
    throw malformed(name, fault, path);
  }
}

/** Path, kind and place of an entry that may be read. */
async function checked(name: string, zip: ZipFile, entry: Entry): Promise<Pick<ZipEntry, 'kind'> & Extent> {
  // Bytes that are no UTF-8 are in a code page that the archive does not name.
  const path = nameOf(name, entry.fileNameRaw);
  if (path.includes('\\')) refuseEntry(name, path, 'its name holds a backslash, which some systems take for a slash');
  const kind = kindOf(name, path, entry);
  if (kind === 'folder' && entry.uncompressedSize !== 0) refuseEntry(name, path, 'is a folder with content');
  if (entry.isEncrypted()) refuseEntry(name, path, 'is encrypted');
  if (!entry.canDecodeFileData()) {
    refuseEntry(name, path, `is packed by a method that is not read (${entry.compressionMethod})`);
  }
  const extent = await named(name, () => requireSameInFront(name, zip, entry, path), path);
  return { kind, ...extent };
}

/**
 * Every entry, in the order of the directory.
 *
 * @param file - opened, and of `size` bytes
 * @throws EvidenceError `input-malformed`, `input-truncated` or `input-limit`
 */
export async function* zipEntries(name: string, file: FileHandle, size: number): AsyncGenerator<ZipEntry> {
  const options = { decodeStrings: false, autoClose: false };
  const zip = await named(name, () => fromRandomAccessReaderPromise(new HandleReader(file), size, options));
  // The types call it a boolean; before the first entry it is where the directory begins.
  const directory = Number(zip.readEntryCursor);
  const extents: Extent[] = [];
  let unpacked = 0;
  const entries = zip.eachEntry();
  for (;;) {
    const next = await named(name, () => entries.next());
    if (next.done === true) {
      requireSeamless(name, extents, directory);
      return requireEndBehind(name, zip, file, size);
    }
    const entry: Entry = next.value;
    const { kind, ...extent } = await checked(name, zip, entry);
    const { path } = extent;
    extents.push(extent);
    unpacked += entry.uncompressedSize;
    if (unpacked > SUSPICIOUS_FROM_BYTES && unpacked > MOST_TIMES_SMALLER * size) {
      const reason = `the archive unpacks to more than ${MOST_TIMES_SMALLER} times its size`;
      throw new EvidenceError('input-limit', reason, {
        where: { file: name },
        advice: 'unpack it yourself if it is honest',
      });
    }
    yield { kind, path, size: entry.uncompressedSize, data: () => dataOf(name, zip, entry, path) };
  }
}

/** Folders, tars and zips made of entries, byte by byte: honest ones and such as no packer would write. */
import { Buffer } from 'node:buffer';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** Files by their paths. */
export type Files = ReadonlyMap<string, Buffer>;

export interface TarEntry {
  readonly name: string | Buffer;
  readonly content?: Buffer;
  /** Type of the entry; `0`, a file, unless told. */
  readonly type?: string;
  readonly link?: string;
  /** What the header states, where that is not the length of the content. */
  readonly size?: number;
}

const BLOCK = 512;

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
}

/** One entry of a tar (ustar): header and content. */
export function tarEntry({
  name,
  content = Buffer.alloc(0),
  type = '0',
  link = '',
  size = content.length,
}: TarEntry): Buffer {
  const header = Buffer.alloc(BLOCK);
  const bytes = typeof name === 'string' ? Buffer.from(name) : name;
  if (bytes.length > 100)
    return Buffer.concat([paxEntry({ path: bytes.toString() }), tarEntry({ name: 'long', content, type, link, size })]);
  bytes.copy(header, 0);
  header.write(octal(0o644, 8), 100, 'latin1');
  header.write(octal(0, 8), 108, 'latin1');
  header.write(octal(0, 8), 116, 'latin1');
  header.write(octal(size, 12), 124, 'latin1');
  header.write(octal(0, 12), 136, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write(type, 156, 'latin1');
  header.write(link, 157, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
    'latin1',
  );
  return Buffer.concat([header, padded(content)]);
}

/** A pax header for the entry behind it. */
export function paxEntry(records: Readonly<Record<string, string>>, type = 'x'): Buffer {
  const lines = Object.entries(records).map(([name, value]) => {
    const rest = ` ${name}=${value}\n`;
    let length = Buffer.byteLength(rest) + 1;
    while (`${length}`.length + Buffer.byteLength(rest) !== length)
      length = `${length}`.length + Buffer.byteLength(rest);
    return `${length}${rest}`;
  });
  return tarEntry({ name: 'pax', content: Buffer.from(lines.join('')), type });
}

export const TAR_END: Buffer = Buffer.alloc(2 * BLOCK);

export function tarOf(files: Files, more: readonly TarEntry[] = []): Buffer {
  const entries = [...files].map(([name, content]) => tarEntry({ name, content }));
  return Buffer.concat([...entries, ...more.map(tarEntry), TAR_END]);
}

export interface ZipFile {
  readonly name: string;
  readonly content: Buffer;
  /** What the directory states otherwise. */
  readonly crc?: number;
  /** Name in front of the content. */
  readonly localName?: string;
  /** Mode of UNIX, for what is no file. */
  readonly mode?: number;
  readonly stored?: boolean;
  /** In front of its content, and not in the directory. */
  readonly unlisted?: true;
  /** Lies within the content of the file before it. */
  readonly within?: true;
  /** Length that stands in front of the content alone. */
  readonly localSize?: number;
  /** Whether length and checksum stand behind the content in place of in front of it. */
  readonly streamed?: true;
}

function zipHeader(file: ZipFile, packed: Buffer, local: boolean): Buffer {
  const { name, content, stored = false, crc, localSize, streamed = false } = file;
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(streamed ? 0x0808 : 0x0800, 2);
  fields.writeUInt16LE(stored ? 0 : 8, 4);
  if (!local || !streamed) {
    fields.writeUInt32LE(local ? crc32(content) : (crc ?? crc32(content)), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(local ? (localSize ?? content.length) : content.length, 18);
  }
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}

/** What stands in front of a file, itself, and what stands behind it. */
export function zipParts(file: ZipFile): { readonly whole: Buffer; readonly packed: Buffer } {
  const packed = file.stored === true ? file.content : deflateRawSync(file.content);
  const name = file.localName ?? file.name;
  const header = zipHeader({ ...file, name }, packed, true);
  const behind = Buffer.alloc(file.streamed === true ? 16 : 0);
  if (file.streamed === true) {
    behind.write('PK\x07\x08', 0, 'latin1');
    behind.writeUInt32LE(crc32(file.content), 4);
    behind.writeUInt32LE(packed.length, 8);
    behind.writeUInt32LE(file.content.length, 12);
  }
  const whole = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), header, Buffer.from(name), packed, behind]);
  return { whole, packed };
}

export function zipOf(files: readonly ZipFile[], first: Buffer = Buffer.alloc(0)): Buffer {
  const parts: Buffer[] = [first];
  const directory: Buffer[] = [];
  let [offset, content] = [first.length, 0];
  for (const file of files) {
    const { whole, packed } = zipParts(file);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((file.mode ?? 0o100644) << 16) >>> 0, 6);
    tail.writeUInt32LE(file.within === true ? content : offset, 10);
    const head = Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), zipHeader(file, packed, false), tail]);
    if (file.unlisted !== true) directory.push(Buffer.concat([head, Buffer.from(file.name)]));
    if (file.within === true) continue;
    parts.push(whole);
    content = offset + 30 + Buffer.byteLength(file.name);
    offset += whole.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listed, end]);
}

/** `zip` with the end of zip64: a record that says the same in 64 bits, and where it lies. */
export function withZip64End(zip: Buffer): Buffer {
  const [start, end] = [zip.length - 22, zip.subarray(-22)];
  const record = Buffer.alloc(56 + 20);
  record.write('PK\x06\x06', 0, 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(end.readUInt16LE(8)), 24);
  record.writeBigUInt64LE(BigInt(end.readUInt16LE(10)), 32);
  record.writeBigUInt64LE(BigInt(end.readUInt32LE(12)), 40);
  record.writeBigUInt64LE(BigInt(end.readUInt32LE(16)), 48);
  record.write('PK\x06\x07', 56, 'latin1');
  record.writeBigUInt64LE(BigInt(start), 64);
  record.writeUInt32LE(1, 72);
  return Buffer.concat([zip.subarray(0, start), record, end]);
}

export function zipFiles(files: Files): readonly ZipFile[] {
  return [...files].map(([name, content]) => ({ name, content }));
}

/** Writes a folder of `files` anew, and links in it. */
export function writeFolder(folder: string, files: Files, links: Readonly<Record<string, string>> = {}): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(target, join(folder, path));
  }
  return folder;
}

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
  readonly size?: number;
  /** Name in front of the content. */
  readonly localName?: string;
  /** Mode of UNIX, for what is no file. */
  readonly mode?: number;
  readonly stored?: boolean;
}

function zipHeader({ name, content, stored = false, crc, size }: ZipFile, packed: Buffer, local: boolean): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x0800, 2);
  fields.writeUInt16LE(stored ? 0 : 8, 4);
  fields.writeUInt32LE(local ? crc32(content) : (crc ?? crc32(content)), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(local ? content.length : (size ?? content.length), 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}

export function zipOf(files: readonly ZipFile[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const packed = file.stored === true ? file.content : deflateRawSync(file.content);
    const localName = file.localName ?? file.name;
    const head = Buffer.concat([
      Buffer.from('PK\x03\x04', 'latin1'),
      zipHeader({ ...file, name: localName }, packed, true),
      Buffer.from(localName),
    ]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((file.mode ?? 0o100644) << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([20, 3]);
    directory.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02', 'latin1'),
        madeBy,
        zipHeader(file, packed, false),
        tail,
        Buffer.from(file.name),
      ]),
    );
    parts.push(head, packed);
    offset += head.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listed, end]);
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

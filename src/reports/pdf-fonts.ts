/**
 * WOFF 1.0 to the sfnt that it packs (W3C Recommendation "WOFF File Format 1.0", sections 3 to 5).
 *
 * The font library reads WOFF too, but unpacks a whole table for each glyph that it takes from it.
 */
import { inflateSync } from 'node:zlib';

const SIGNATURE = 0x774f4646;
const HEADER_BYTES = 44;
const ENTRY_BYTES = 20;

interface Table {
  readonly tag: number;
  readonly checksum: number;
  readonly bytes: Uint8Array;
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function tableAt(view: DataView, at: number): Table {
  const [offset, packed, length] = [view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12)];
  const raw = new Uint8Array(view.buffer, view.byteOffset + offset, packed);
  return {
    tag: view.getUint32(at),
    checksum: view.getUint32(at + 16),
    bytes: packed < length ? inflateSync(raw, { maxOutputLength: length }) : raw,
  };
}

function writeHeader(view: DataView, flavor: number, count: number): void {
  const power = Math.floor(Math.log2(count));
  view.setUint32(0, flavor);
  view.setUint16(4, count);
  view.setUint16(6, 2 ** power * 16);
  view.setUint16(8, power);
  view.setUint16(10, (count - 2 ** power) * 16);
}

/**
 * @param woff - the bytes of a WOFF file
 * @returns the bytes of the TrueType or OpenType font in it
 * @throws TypeError if it is no WOFF file
 */
export function sfntOf(woff: Uint8Array): Uint8Array {
  const view = new DataView(woff.buffer, woff.byteOffset, woff.byteLength);
  if (view.getUint32(0) !== SIGNATURE) throw new TypeError('not a WOFF file');
  const count = view.getUint16(12);
  const tables = Array.from({ length: count }, (_, index) => tableAt(view, HEADER_BYTES + index * ENTRY_BYTES));
  const directory = 12 + count * 16;
  const total = tables.reduce((sum, { bytes }) => sum + padded(bytes.length), directory);
  const sfnt = new Uint8Array(total);
  const out = new DataView(sfnt.buffer);
  writeHeader(out, view.getUint32(4), count);
  let offset = directory;
  for (const [index, { tag, checksum, bytes }] of tables.entries()) {
    const entry = 12 + index * 16;
    out.setUint32(entry, tag);
    out.setUint32(entry + 4, checksum);
    out.setUint32(entry + 8, offset);
    out.setUint32(entry + 12, bytes.length);
    sfnt.set(bytes, offset);
    offset += padded(bytes.length);
  }
  return sfnt;
}

/**
 * WOFF 1.0 to the sfnt that it packs (W3C Recommendation "WOFF File Format 1.0", sections 3 to 5).
 *
 * The font library reads WOFF too, but unpacks a whole table for each glyph that it takes from it.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import { create, type Font } from 'fontkit';

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

/* The fonts of a PDF report, and which of them has a character. Every character is drawn: by a font, or as its number. */

/** A style of text, for which several fonts stand in for one another. */
export type Face = 'text' | 'bold' | 'mono';

export type FontName = 'sans' | 'sans-bold' | 'sans-mono' | 'emoji' | 'pixels';

const FILES: Readonly<Record<FontName, string>> = {
  sans: '@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff',
  'sans-bold': '@fontsource/dejavu-sans/files/dejavu-sans-latin-700-normal.woff',
  'sans-mono': '@fontsource/dejavu-mono/files/dejavu-mono-latin-400-normal.woff',
  emoji: '@expo-google-fonts/noto-emoji/400Regular/NotoEmoji_400Regular.ttf',
  pixels: '@fontsource/unifont/files/unifont-latin-400-normal.woff',
};

/** Which fonts are asked for a character, in this order. */
const ORDER: Readonly<Record<Face, readonly FontName[]>> = {
  text: ['sans', 'emoji', 'pixels'],
  bold: ['sans-bold', 'sans', 'emoji', 'pixels'],
  mono: ['sans-mono', 'sans', 'emoji', 'pixels'],
};

/** Scripts that are written from right to left; their letters make runs of their own. */
const RIGHT_TO_LEFT = /^[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]$/u;

/** Text that one font draws, in one direction. */
export interface FontRun {
  readonly font: FontName;
  readonly text: string;
}

/** How a character is drawn. */
export interface Drawn {
  readonly font: FontName;
  /** The character itself, or its number in brackets where no font has it. */
  readonly text: string;
  readonly rightToLeft: boolean;
  /** In units of the font size. */
  readonly advance: number;
}

/** Some bundlers know no URL of a module: the fonts are then looked for where the program lies. */
const own: string | undefined = import.meta.url;
const require = createRequire(own ?? resolve(process.argv[1] ?? 'program'));

/** @throws Error of Node if a font is not installed: then nothing can be drawn */
export function requireFonts(): void {
  for (const file of Object.values(FILES)) require.resolve(file);
}

function isFont(file: ReturnType<typeof create>): file is Font {
  return 'hasGlyphForCodePoint' in file;
}

const bytesOf = new Map<FontName, Buffer>();

/** The TrueType file of a font. */
export function fontBytes(name: FontName): Buffer {
  const known = bytesOf.get(name);
  if (known !== undefined) return known;
  const file = readFileSync(require.resolve(FILES[name]));
  const bytes = FILES[name].endsWith('.woff') ? Buffer.from(sfntOf(file)) : file;
  bytesOf.set(name, bytes);
  return bytes;
}

/** One font has one object for all documents of the process: what was read of it is kept. */
const opened = new Map<FontName, Font>();

function fontNamed(name: FontName): Font {
  const known = opened.get(name);
  if (known !== undefined) return known;
  const font = create(fontBytes(name));
  if (!isFont(font)) throw new TypeError(`${FILES[name]} is a collection of fonts`);
  opened.set(name, font);
  return font;
}

function advanceOf(font: Font, text: string): number {
  let units = 0;
  for (const character of text) units += font.glyphForCodePoint(character.codePointAt(0) ?? 0).advanceWidth;
  return units / font.unitsPerEm;
}

function draw(face: Face, character: string): Drawn {
  const code = character.codePointAt(0) ?? 0;
  const name = ORDER[face].find((candidate) => fontNamed(candidate).hasGlyphForCodePoint(code));
  const font = name ?? ORDER[face][0] ?? 'sans';
  const text = name === undefined ? `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]` : character;
  return { font, text, rightToLeft: RIGHT_TO_LEFT.test(character), advance: advanceOf(fontNamed(font), text) };
}

const drawn: Readonly<Record<Face, Map<string, Drawn>>> = { text: new Map(), bold: new Map(), mono: new Map() };

/** How `face` draws `character`, which is one code point. */
export function drawnAs(face: Face, character: string): Drawn {
  const known = drawn[face].get(character);
  if (known !== undefined) return known;
  const how = draw(face, character);
  drawn[face].set(character, how);
  return how;
}

/** `text` in pieces that one font draws in one direction; nothing is left out. */
export function runsOf(face: Face, text: string): readonly FontRun[] {
  const runs: { font: FontName; text: string; rightToLeft: boolean }[] = [];
  for (const character of text) {
    const how = drawnAs(face, character);
    const last = runs.at(-1);
    if (last?.font === how.font && last.rightToLeft === how.rightToLeft) last.text += how.text;
    else runs.push({ font: how.font, text: how.text, rightToLeft: how.rightToLeft });
  }
  return runs;
}

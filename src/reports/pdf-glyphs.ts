/** The fonts of a PDF report, and which of them has a character. Every character is drawn: by a font, or as its number. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { create, type Font } from 'fontkit';
import { sfntOf } from './pdf-fonts.ts';

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

/**
 * Untrusted text made safe to show: nothing in it can move a cursor, hide, reorder or imitate what stands around it.
 *
 * Escaped are control characters (C0, DEL, C1), format characters (bidirectional controls, zero-width characters, the
 * joiner inside emoji sequences), line and paragraph separators, lone surrogates, noncharacters, and everything that
 * Unicode lets a display ignore (variation selectors, fillers, tags): two ids that differ by one of these look alike on
 * a screen, and a report must not let them. Unassigned code points stay: which they are differs from one Unicode
 * version to the next, and the report must not. Backslashes stay too, so that paths are readable: text that must be
 * read back exactly is taken from the JSON report.
 *
 * Escaped as well is the `#` that begins a command to a CI system (`##[error]`, `##vso[…]`, `##teamcity[…]`): those read
 * every line of a log, and take a command from its middle.
 */
const UNSAFE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]|#(?=#[A-Za-z]*\[)/gu;

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function visible(character: string): string {
  return SHORT.get(character) ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** `text` on one line, with every character that is not plainly visible as `\n`, `\r`, `\t` or `\u{…}`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, visible);
}

/** A stretch of text that is shown as it is, or the escape of one character that is not. */
export interface PrintablePart {
  readonly text: string;
  readonly escaped: boolean;
}

/** `printable(text)` in parts, for a format that can mark what it has escaped. */
export function printableParts(text: string): readonly PrintablePart[] {
  const parts: PrintablePart[] = [];
  let end = 0;
  for (const { 0: character, index } of text.matchAll(UNSAFE)) {
    if (index > end) parts.push({ text: text.slice(end, index), escaped: false });
    parts.push({ text: visible(character), escaped: true });
    end = index + character.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), escaped: false });
  return parts;
}

function jsonEscape(character: string): string {
  let escaped = '';
  for (let at = 0; at < character.length; at++) {
    escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}

/**
 * JSON text with the same characters escaped inside its strings: the same value, safe on a terminal.
 * `JSON.stringify` alone leaves DEL, C1, bidirectional controls and zero-width characters as they are.
 *
 * @param json - what `JSON.stringify` gave; its own line feeds between members stay
 */
export function printableJson(json: string): string {
  return json.replace(UNSAFE, (character) => (character === '\n' ? character : jsonEscape(character)));
}

/** `text` as a JSON string: quoted, without ambiguity, and safe on a terminal. */
export function quoted(text: string): string {
  return printableJson(JSON.stringify(text));
}

/** `text` cut in its middle, whole code points kept, so that a line stays readable; both ends say which it is. */
export function shortened(text: string, maxCodeUnits: number): string {
  if (text.length <= maxCodeUnits) return text;
  const points = Array.from(text);
  const half = Math.floor(maxCodeUnits / 2);
  if (points.length <= half * 2) return text;
  const left = points.length - half * 2;
  return `${points.slice(0, half).join('')}...(${left} more)...${points.slice(-half).join('')}`;
}

/**
 * Whether a text can stand as one condition between parentheses: read as PostgreSQL reads it (its manual, 4.1 "Lexical
 * Structure"), as far as that says where quotes, comments, parentheses and statements begin and end.
 *
 * What would need more than that to be sure of is refused, not understood: texts with escapes, dollar quotes, comments.
 */

// One token at a time. A quote that is never closed matches none of the first, and is refused as a character.
const TOKEN = /'[^']*'|"[^"]+"|--|\/\*|[\s\S]/gu;
const NAME_PART = /[\p{L}\p{N}_$]$/u;

const REFUSED: ReadonlyMap<string, string> = new Map([
  [';', 'it has a `;`: it must be one expression'],
  ['--', 'it has a comment'],
  ['/*', 'it has a comment'],
  ["'", 'a quote is not closed'],
  ['"', 'a quote is not closed'],
  ['$', 'it has a `$`: there are no parameters, and texts stand in single quotes'],
  ['\\', 'it has a backslash outside a quote'],
]);

/**
 * What keeps `text` from being one condition.
 *
 * @returns the reason; undefined if nothing does
 */
export function faultOfCondition(text: string): string | undefined {
  if (text.trim() === '') return 'it is empty';
  if (text.includes('\0')) return 'it has a zero character';
  let depth = 0;
  let before = '';
  for (const [token] of text.matchAll(TOKEN)) {
    const refused = REFUSED.get(token);
    if (refused !== undefined) return refused;
    // E'…' has escapes that hide a quote; of two quotes without a space between them the second is part of the first.
    if (token.startsWith("'") && NAME_PART.test(before)) return `it has a letter before a quote, as in E'…'`;
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (depth < 0) return 'a parenthesis is closed that was not opened';
    before = token;
  }
  return depth === 0 ? undefined : 'a parenthesis is not closed';
}

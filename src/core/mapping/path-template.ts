/** Parts of a file's path by a template such as `sboms/{tenant}/{id}.json`: no regular expression, so nothing can hang. */
import { EvidenceError } from '../errors.ts';

const NAME = /(\{[a-zA-Z][a-zA-Z0-9]*\})/;

/** A text that must stand there, or a name for what stands there: one or more characters other than `/`. */
type Part = { readonly text: string } | { readonly name: string };

function refuse(template: string, why: string): never {
  throw new EvidenceError('schema-violation', `the template ${JSON.stringify(template)} ${why}`, {
    advice: 'write names in braces with text between them, as in sboms/{tenant}/{id}.json',
  });
}

function partsOf(template: string): readonly Part[] {
  const parts = template
    .split(NAME)
    .filter((piece) => piece !== '')
    .map((piece): Part => (piece.length > 2 && piece.startsWith('{') ? { name: piece.slice(1, -1) } : { text: piece }));
  const names = parts.flatMap((part) => ('name' in part ? [part.name] : []));
  if (new Set(names).size < names.length) refuse(template, 'has a name twice');
  if (parts.some((part) => 'text' in part && /[{}]/.test(part.text)))
    refuse(template, 'has a brace that is not part of a name');
  if (parts.some((part, at) => at > 0 && 'name' in part && 'name' in (parts[at - 1] ?? {}))) {
    refuse(template, 'has two names without text between them');
  }
  return parts;
}

/** What the names of the template stand for in `path`; undefined if it does not fit. The first fit from the left. */
function matched(parts: readonly Part[], path: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if ('text' in part) {
      if (!path.startsWith(part.text, at)) return undefined;
      at += part.text.length;
      continue;
    }
    const next = parts[index + 1];
    const end = next === undefined ? path.length : endOf(path, at, next, index + 2 === parts.length);
    const value = path.slice(at, end);
    if (end < 0 || value === '' || value.includes('/')) return undefined;
    found.set(part.name, value);
    at = end;
  }
  return at === path.length ? found : undefined;
}

/** Where the text behind a name begins: the last text of all stands at the very end, any other as early as it can. */
function endOf(path: string, at: number, next: Part, isLast: boolean): number {
  if (!('text' in next)) return -1;
  if (!isLast) return path.indexOf(next.text, at + 1);
  return path.endsWith(next.text) && path.length - next.text.length > at ? path.length - next.text.length : -1;
}

/**
 * What the name `take` of the template stands for in `path`.
 *
 * @param template - text with names in braces; a name stands for one or more characters other than `/`
 * @throws EvidenceError `input-malformed` for a path that does not fit, `schema-violation` for a template that is none
 */
export function takenFrom(template: string, take: string, path: string): string {
  const parts = partsOf(template);
  if (!parts.some((part) => 'name' in part && part.name === take)) refuse(template, `has no {${take}}`);
  const value = matched(parts, path)?.get(take);
  if (value !== undefined) return value;
  throw new EvidenceError('input-malformed', `the path does not fit the template ${template}`, {
    where: { file: path },
  });
}

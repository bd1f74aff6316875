/** What a file or folder holds, in words: `an array of 5 CycloneDX SBOMs`. */
import type { Json } from '../../core/json/value.ts';
import { grouped } from '../../core/words.ts';
import { kindOf } from './kinds.ts';
import type { Survey } from './survey.ts';

function counted(count: number, cut: boolean, one: string, many: string): string {
  const more = cut ? 'at least ' : '';
  return count === 1 && !cut ? `1 ${one}` : `${more}${grouped(count)} ${many}`;
}

/** `5 CycloneDX SBOMs`, or how many of which kind where they are of several. */
function itemsInWords(items: readonly Json[], cut: boolean, one = 'item', many = 'items'): string {
  const counts = new Map<string, { one: string; many: string; count: number }>();
  for (const item of items) {
    const kind = kindOf(item) ?? { name: '', one: `other ${one}`, many: `other ${many}` };
    const so = counts.get(kind.name);
    if (so === undefined) counts.set(kind.name, { one: kind.one, many: kind.many, count: 1 });
    else so.count++;
  }
  const [only, another] = [...counts];
  if (only === undefined) return `no ${many}`;
  if (another === undefined) {
    const [name, kind] = only;
    return name === '' ? counted(items.length, cut, one, many) : counted(kind.count, cut, kind.one, kind.many);
  }
  const each = [...counts.values()].map((kind) => counted(kind.count, false, kind.one, kind.many));
  return `${counted(items.length, cut, one, many)} (${each.join(', ')})`;
}

function article(word: string): string {
  // "an SPDX document", "an OSCAL catalog": letters that are spelled out begin with a vowel where their names do.
  return /^(?:[aeio]|[AEFHILMNORSX][A-Z])/i.test(word) && !/^(?:SLSA|SARIF|eu|one)/.test(word)
    ? `an ${word}`
    : `a ${word}`;
}

/** What a file holds. */
export function surveyInWords({ form, items, cut }: Survey): string {
  switch (form.is) {
    case 'array': {
      const inside = itemsInWords(items, cut);
      return form.pointer === '' ? `an array of ${inside}` : `an object with ${inside} at ${form.pointer}`;
    }
    case 'lines':
      return `lines of JSON: ${itemsInWords(items, cut)}`;
    case 'columns': {
      const [first] = items;
      const names = first instanceof Map ? [...first.keys()].join(', ') : 'none';
      return `CSV with ${counted(items.length, cut, 'row', 'rows')} of the columns ${names}`;
    }
    case 'document':
      return article(kindOf(items[0] ?? null)?.one ?? 'JSON document of no known kind');
    case 'other':
      return form.what;
  }
}

/**
 * What the files of a folder are.
 *
 * @param count - how many there are, looked at or not
 * @param holder - what they lie in
 */
export function filesInWords(surveys: readonly Survey[], count: number, holder: string): string {
  const documents = surveys.filter(({ form }) => form.is === 'document').flatMap(({ items }) => items);
  const rest = surveys.filter(({ form }) => form.is !== 'document').map(surveyInWords);
  const times = new Map<string, number>();
  for (const what of rest) times.set(what, (times.get(what) ?? 0) + 1);
  const counts = [...times].map(([what, count]) => (count === 1 ? what : `${grouped(count)} times ${what}`));
  const part = surveys.length < count ? `, of which ${grouped(surveys.length)} were looked at` : '';
  const parts = [
    ...(documents.length === 0 ? [] : [itemsInWords(documents, false, 'JSON document', 'JSON documents')]),
    ...counts,
  ];
  if (parts.length === 0) return `${holder} without a file that can be read`;
  return `${holder} of ${counted(count, false, 'file', 'files')}${part}: ${parts.slice(0, MOST_PARTS).join('; ')}`;
}

/** More are left out: it is one line. */
const MOST_PARTS = 6;

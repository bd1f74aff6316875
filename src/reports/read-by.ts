/** By what a side was read, and what names its records: in the words of whoever reads the report first. */
import type { SideReport } from '../core/report/report.ts';
import { membersOf } from '../core/report/subjects.ts';
import { shortened } from './printable.ts';

const MOST_IDS = 3;
const LONGEST = 160;

/** The rules of ids, one for all places that share it. */
function idsOf(mapping: ReadonlyMap<string, unknown>): readonly string[] {
  const rules = [...mapping.values()].flatMap((place) => {
    const id = membersOf(place as Parameters<typeof membersOf>[0]).get('id');
    if (id === undefined) return [];
    return [typeof id === 'string' ? id : JSON.stringify(id)];
  });
  return [...new Set(rules)];
}

/** @returns nothing for a side that says neither what it was taken for, nor by which profile it was read */
export function readBy({ subject }: SideReport): string | undefined {
  const { recognised, profile, mapping } = subject ?? {};
  const { what, rule } = Object.fromEntries(membersOf(recognised));
  if (typeof what === 'string' && typeof rule === 'string') {
    return shortened(`taken for ${what}, named by ${rule}`, LONGEST);
  }
  if (typeof profile !== 'string') return undefined;
  const ids = idsOf(membersOf(mapping));
  const more = ids.length > MOST_IDS ? ', …' : '';
  const named = ids.length === 0 ? '' : `, records named by ${ids.slice(0, MOST_IDS).join(', ')}${more}`;
  return shortened(`by the profile ${profile}${named}`, LONGEST);
}

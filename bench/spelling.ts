/** How a record is spelled: canonical as it was made, or as another program would write it. */
import type { SeededRandom } from './random.ts';

type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

/**
 * The same JSON as Python's `json.dumps` writes it by default: `", "` and `": "` between, ASCII only, and members in
 * the order in which they came, here a random one.
 *
 * @param text - JSON text with no number that a double would round
 */
export function foreignSpelling(text: string, random: SeededRandom): string {
  return dumped(JSON.parse(text) as Plain, random);
}

function dumped(value: Plain, random: SeededRandom): string {
  if (typeof value === 'string') return asciiOnly(JSON.stringify(value));
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((element: Plain) => dumped(element, random)).join(', ')}]`;
  const members = Object.entries(value).map(([name, member]) => `"${name}": ${dumped(member as Plain, random)}`);
  return `{${shuffled(members, random).join(', ')}}`;
}

function asciiOnly(text: string): string {
  return text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Fisher and Yates. */
function shuffled<T>(items: T[], random: SeededRandom): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}

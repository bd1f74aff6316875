/** The page's arithmetic for 10⁹ and 10¹⁰ records follows from what it says that one record takes, and that is what was measured. */
import { expect, it } from 'vitest';
import { textOf } from '../e2e/documents.ts';

const PAGE = textOf('docs/kubernetes/README.md');
const MEASURED = textOf('docs/performance.md');

function numberIn(text: string, pattern: RegExp): number {
  const found = Number(pattern.exec(text)?.[1]?.replaceAll(',', ''));
  if (Number.isNaN(found)) throw new RangeError(`nothing is ${pattern}`);
  return found;
}

const row = numberIn(PAGE, /took (\d+) µs of CPU a row/);
const joined = numberIn(PAGE, /the join, (\d+) µs a record/);

/** In the words of the page: two digits, of the largest unit of which there is more than one and a half. */
function spoken(microseconds: number): string {
  const seconds = microseconds / 1e6;
  const [size, name] =
    seconds >= 1.5 * 86_400 ? [86_400, 'days'] : seconds >= 5400 ? [3600, 'hours'] : ([60, 'minutes'] as const);
  return `${Number((seconds / size).toPrecision(2))} ${name}`;
}

it.each([
  [`one process, ${row} µs a row`, row, ''],
  ['16 readers, streams of like size', row / 16, ''],
  ['256 readers', row / 256, ' and the count'],
])('%s', (label, each, besides) => {
  expect(PAGE).toContain(`| ${label} | ${spoken(each * 1e9)}${besides} | ${spoken(each * 1e10)}${besides} |`);
});

it('the join, and one stream that has one reader', () => {
  expect(PAGE).toContain(`| the join, ${joined} µs a record on one core | 3.6 hours | 36 hours |`);
  expect([joined * 1e9, joined * 1e10].map((all) => Math.round(all / 3.6e8) / 10)).toEqual([3.6, 36.1]);
  expect(PAGE).toContain(`10⁹ records in one stream are ${spoken(row * 1e9)}`);
});

it('what a row takes is what performance.md has, whose machines differ by a fifth', () => {
  const rows = numberIn(MEASURED, /A ledger of ([\d,]+) rows/);
  const seconds = numberIn(MEASURED, /^\| capture, 1 worker \|(?: [\d.]+ \|){2} ([\d.]+) /m);
  const measured = (1e6 * seconds) / rows;
  expect(row / measured).toBeGreaterThan(0.8);
  expect(row / measured).toBeLessThan(1.25);
});

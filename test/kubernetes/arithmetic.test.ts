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

/** In the words of the page: two digits, of the largest unit of which there are two or more. */
function spoken(microseconds: number): string {
  const seconds = microseconds / 1e6;
  const units = [
    [86_400, 'days'],
    [3600, 'hours'],
  ] as const;
  const [size, name] = units.find(([unit]) => seconds >= 2 * unit) ?? [60, 'minutes'];
  return `${Number((seconds / size).toPrecision(2))} ${name}`;
}

it.each([
  [`one process, ${row} µs a row`, row, ''],
  ['16 readers, streams of like size', row / 16, ''],
  ['256 readers', row / 256, ' and the count'],
  [`the join, ${joined} µs a record on one core`, joined, ''],
])('%s', (label, each, besides) => {
  expect(PAGE).toContain(`| ${label} | ${spoken(each * 1e9)}${besides} | ${spoken(each * 1e10)}${besides} |`);
});

it('one stream, which has one reader', () => {
  expect(PAGE).toContain(`10⁹ records in one stream are ${spoken(row * 1e9)}`);
});

it('what a row takes is what performance.md has, whose machines differ by a fifth', () => {
  const rows = numberIn(MEASURED, /A ledger of ([\d,]+) rows/);
  const seconds = numberIn(MEASURED, /^\| capture, 1 worker \|(?: [\d.]+ \|){2} ([\d.]+) /m);
  const measured = (1e6 * seconds) / rows;
  expect(row / measured).toBeGreaterThan(0.8);
  expect(row / measured).toBeLessThan(1.25);
});

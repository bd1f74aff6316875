/** Records by attribute, before and after, as every format for people draws them. */
import type { CountedBy, CountPair } from '../core/report/count-by.ts';
import type { ContinuityReport } from '../core/report/report.ts';
import { counted, grouped, type Listed } from './facts.ts';
import { quoted, shortened } from './printable.ts';

export interface CountedLine {
  /** Attribute and value: untrusted. */
  readonly what: string;
  readonly baseline: string;
  readonly current: string;
  /** With its sign; empty where one of them is not known. */
  readonly difference: string;
}

/** Rows of a table that people read; the rest is counted, and in the JSON report. */
const MOST_ROWS = 100;

function figure(records: number | null): string {
  return records === null ? 'unknown' : grouped(records);
}

function lineOf(what: string, { baseline, current }: CountPair): CountedLine {
  const known = baseline !== null && current !== null;
  const by = known ? current - baseline : 0;
  const sign = by > 0 ? '+' : by < 0 ? '-' : '';
  const difference = known ? `${sign}${grouped(Math.abs(by))}` : '';
  return { what, baseline: figure(baseline), current: figure(current), difference };
}

function linesOf({ attribute, values, others, absent }: CountedBy): readonly CountedLine[] {
  const name = quoted(shortened(attribute, 120));
  const isThere = ({ baseline, current }: CountPair): boolean => (baseline ?? 0) > 0 || (current ?? 0) > 0;
  const unknown = [others.baseline, others.current].filter((records) => records === null).length === 2;
  return [
    ...values.map((pair) => lineOf(`${name} is ${quoted(shortened(pair.value, 120))}`, pair)),
    ...(isThere(others) ? [lineOf(`${name} has another value`, others)] : []),
    ...(isThere(absent) || unknown ? [lineOf(`${name} is not there`, absent)] : []),
  ];
}

/** Those that differ come first; undefined where nothing is counted. */
export function countedOf({ countBy = [] }: Pick<ContinuityReport, 'countBy'>): Listed<CountedLine> | undefined {
  if (countBy.length === 0) return undefined;
  const lines = countBy.flatMap(linesOf);
  const differs = ({ difference }: CountedLine): boolean => difference !== '0';
  const items = [...lines.filter(differs), ...lines.filter((line) => !differs(line))];
  const left = items.length - MOST_ROWS;
  const more = left > 0 ? `; ${counted(left, 'more row')} in the JSON report` : '';
  return { title: `Records by attribute: information, no finding by itself${more}`, items: items.slice(0, MOST_ROWS) };
}

/** In one line. */
export function countedText({ what, baseline, current, difference }: CountedLine): string {
  const by = difference === '' || difference === '0' ? '' : ` (${difference})`;
  return `${what}: ${baseline} before, ${current} after${by}`;
}

/** A list of these lines, if there are any. */
export function countedTexts(listed: Listed<CountedLine> | undefined): Listed<string> | undefined {
  return listed === undefined ? undefined : { title: listed.title, items: listed.items.map(countedText) };
}

/** The page of performance is written by the bench: what it says follows from the figures, and README.md says the same. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Figures } from '../../bench/figures.ts';
import { growthOf } from '../../bench/growth.ts';
import { BEGIN, END, pageOf, readmePart } from '../../bench/page.ts';
import { pictureOf } from '../../bench/picture.ts';
import type { Row } from '../../bench/row.ts';
import { judged } from '../../bench/targets.ts';
import type { ToolName } from '../../bench/tools.ts';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

function row(tool: ToolName, recordPairs: number, cpuMs: number, peakMegabytes: number): Row {
  const perSecond = (1000 * recordPairs) / cpuMs;
  const rss = peakMegabytes * 1e6;
  return {
    ...{ comparison: 'canonical', tool, recordPairs, bytes: 640 * recordPairs, wallMs: 2 * cpuMs, cpuMs },
    ...{ peakRssBytes: rss, highestRssBytes: rss, recordPairsPerSecond: perSecond, recordPairsPerCpuSecond: perSecond },
    megabytesPerSecond: 1,
  };
}

const ROWS: readonly Row[] = [
  row('evidence-diff', 10_000, 100, 80),
  row('openssl', 10_000, 50, 6),
  row('jq+sort+diff', 10_000, 200, 70),
  row('evidence-diff', 100_000, 1000, 120),
  row('openssl', 100_000, 250, 6),
  row('jq+sort+diff', 100_000, 20_000, 700),
];

const FIGURES: Figures = {
  machine: { cpu: 'a processor', cores: 2, memoryBytes: 2 ** 34, node: 'v20', loadBefore: 0, loadAfter: 1 },
  ...{ seed: 1, repeat: 5, rows: ROWS, startup: undefined, postgres: undefined, proving: undefined },
  ...{ targets: judged(ROWS, undefined), missing: ['rclone'] },
};

describe('the page of performance', () => {
  it('says how each tool grows: the exponent of a power is that power', () => {
    expect(growthOf(ROWS, 'evidence-diff')).toEqual({ from: 10_000, to: 100_000, exponent: 1, memory: 1.5 });
    expect(growthOf(ROWS, 'jq+sort+diff')?.exponent).toBeCloseTo(2, 9);
    expect(growthOf(ROWS, 'rclone')).toBeUndefined();
    expect(pageOf(FIGURES)).toContain('| jq+sort+diff | 10,000 to 100,000 | 2.00 | 10.00 |');
  });

  it('has every ratio against the floor of the same size, and against ours', () => {
    const page = pageOf(FIGURES);
    expect(page).toContain('| canonical | 10,000 | 2.0 | 2.0 | 0.20 | 80 MB | 100,000 |');
    expect(page).toContain('| canonical | 100,000 | 4.0 | 4.0 | 2.00 | 120 MB | 100,000 |');
    expect(page).toContain('| jq+sort+diff | 20.00 | 20.00 | 700 MB |');
    expect(page).toContain('rclone');
  });

  it('names a target that is missed', () => {
    const page = pageOf(FIGURES);
    expect(page).toContain('| canonical: wall time at most 3.5 times openssl | 4.00 times | **not met** |');
    expect(page).toContain('| less CPU time than jq+sort+diff | 0.05 times its CPU time | met |');
    expect(page).toContain('| ten times the records, at most 1.1 times the memory | 1.50 times | **not met** |');
  });

  it('draws every tool, more time higher up', () => {
    const picture = pictureOf(ROWS);
    for (const name of ['evidence-diff', 'openssl', 'jq+sort+diff']) expect(picture).toContain(`>${name}</text>`);
    const [[from = '', to = ''] = []] = [...picture.matchAll(/points="([^"]+)"/g)].map(([, path = '']) =>
      path.split(' '),
    );
    expect(Number(to.split(',')[0])).toBeGreaterThan(Number(from.split(',')[0]));
    expect(Number(to.split(',')[1])).toBeLessThan(Number(from.split(',')[1]));
  });

  it('and README.md have the same table', () => {
    const tableOf = (text: string): readonly string[] => text.split('\n').filter((line) => line.startsWith('| '));
    expect(tableOf(readmePart(FIGURES)).filter((line) => !pageOf(FIGURES).includes(line))).toEqual([]);
    const readme = read('README.md');
    const written = tableOf(readme.slice(readme.indexOf(BEGIN), readme.indexOf(END)));
    expect(written.length).toBeGreaterThan(3);
    const page = read('docs/performance.md');
    expect(written.filter((line) => !page.includes(line))).toEqual([]);
    expect(existsSync(fileURLToPath(new URL('../../docs/performance.svg', import.meta.url)))).toBe(true);
  });
});

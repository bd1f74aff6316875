/** What the gate asks a server for, or looks for in files, is what this program writes. */
import { expect, it } from 'vitest';
import { DEFAULT_QUERIES, DEFAULT_SAMPLES } from '../../src/runbook/cutover/limits.ts';
import { METRICS } from '../../src/wire/metric-names.ts';

/** Those of the service, of which this program knows no more than that they are usual. */
const OF_THE_SERVICE = ['errorRate', 'p99LatencySeconds'];

it('each figure of a run is asked for by the name of a series that a run writes, from a server as from a file', () => {
  const figures = (texts: Readonly<Record<string, string>>): readonly (readonly [string, readonly string[]])[] =>
    Object.entries(texts)
      .filter(([figure]) => !OF_THE_SERVICE.includes(figure))
      .map(([figure, text]) => [figure, text.match(/\bevidence_\w+/g) ?? []]);
  const asked = figures(DEFAULT_QUERIES);
  expect(asked).toEqual(figures(DEFAULT_SAMPLES));
  expect(asked).toHaveLength(Object.keys(DEFAULT_QUERIES).length - OF_THE_SERVICE.length);
  for (const [figure, series] of asked) {
    expect(series, figure).toHaveLength(1);
    expect(Object.keys(METRICS), figure).toContain(series[0]);
  }
  expect(new Set(asked.map(([, [series]]) => series)).size).toBe(asked.length);
});

it('failures are summed over tenants and kinds, and kept apart by store', () => {
  expect(DEFAULT_QUERIES.evidenceFailures).toMatch(/^sum without \(tenant, kind\) \(\w+\)$/);
});

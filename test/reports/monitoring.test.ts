/** The alerts and the dashboard of docs/monitoring: they speak of the metrics that are exported, and of all of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../src/wire/metric-names.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { promtool, skippedWithout } from './tools.ts';

const DOCS = fileURLToPath(new URL('../../docs', import.meta.url));
const ALERTS = join(DOCS, 'monitoring/alerts.yml');
const HISTORIES = fileURLToPath(new URL('alerts-test.yml', import.meta.url));
const folder = temporaryFolder();

const textOf = (name: string): string => readFileSync(join(DOCS, name), 'utf8');
const metricsIn = (text: string): readonly string[] => [...new Set(text.match(/\bevidence_[a-z_]+/g))].sort();
const EXPORTED = Object.keys(METRICS).sort();

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly targets: readonly { readonly expr: string; readonly refId: string }[];
}

const dashboard = JSON.parse(textOf('monitoring/dashboard.json')) as { readonly panels: readonly Panel[] };

describe('docs/monitoring', () => {
  it('dashboard.json asks for every metric that is exported, and for no other', () => {
    const asked = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');
    // The old name of a metric is for panels of others.
    const current = EXPORTED.filter((name) => name !== 'evidence_tenants_untold');
    expect(current).toHaveLength(EXPORTED.length - 1);
    expect(metricsIn(asked)).toEqual(current);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  it('alerts.yml asks for no metric that is not exported', () => {
    const asked = metricsIn(textOf('monitoring/alerts.yml'));
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !EXPORTED.includes(name))).toEqual([]);
  });

  it('monitoring.md has a row for every metric with its labels, and every alert', () => {
    const text = textOf('monitoring.md');
    const rows = [...text.matchAll(/^\| `(evidence_[a-z_]+)` \| ([^|]*)\|/gm)].map(([, name, labels]) => [
      name,
      labels,
    ]);
    const expected = Object.entries(METRICS).map(([name, { labels }]) => [
      name,
      labels.map((label) => `\`${label}\``).join(', '),
    ]);
    expect(rows.map(([name = '', labels = '']) => [name, labels.trim()])).toEqual(expected);
    const alerts = [...textOf('monitoring/alerts.yml').matchAll(/alert: (\w+)/g)].map(([, name]) => name ?? '');
    expect(alerts.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it(`alerts.yml is what promtool takes for rules${skippedWithout('promtool', promtool)}`, () => {
    if (promtool === undefined) return;
    const { status, output } = promtool(['check', 'rules', ALERTS]);
    expect(output).toContain('SUCCESS: 7 rules found');
    expect(status).toBe(0);
  });

  it(`the alerts ring when they should, and at no other time${skippedWithout('promtool', promtool)}`, () => {
    if (promtool === undefined) return;
    const path = join(folder, 'alerts-test.yml');
    writeFileSync(path, readFileSync(HISTORIES, 'utf8').replace('ALERTS', JSON.stringify(ALERTS)));
    const { status, output } = promtool(['test', 'rules', path]);
    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  it(`the queries of the dashboard can be parsed${skippedWithout('promtool', promtool)}`, () => {
    if (promtool === undefined) return;
    const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const rules = queries.map((expr, at) => ({ record: `query_${at}`, expr }));
    const path = join(folder, 'queries.yml');
    // JSON is YAML.
    writeFileSync(path, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(promtool(['check', 'rules', path])).toMatchObject({ status: 0 });
  });
});

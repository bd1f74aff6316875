/** Two stores that are compared in parts come, merged, to the report of one process; or they are refused. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { EvidenceError } from '../../../src/core/errors.ts';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import { compare, mergeReports } from '../../../src/index.ts';
import { runs, seed } from '../../long.ts';
import { bundles, ndjson } from '../../store.ts';
import { Chance } from '../../tamper/value.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { pairOf, partsOf } from './compared.ts';

const folder = temporaryFolder();

/**
 * What a merged report says as one process says it. Of a trailer that lies parts name the streams, and one process also what
 * that makes of the roots over tenants and over all.
 */
function told({ run: _, notChecked, headline, findings, findingCounts, ...report }: ContinuityReport) {
  const { 'manifest-mismatch': lies = 0, ...counts } = findingCounts;
  return {
    ...report,
    headline: lies === 0 ? headline : 'of a trailer that lies',
    notChecked: notChecked.filter((note) => !/^the records of either side: /.test(note)),
    findings: findings.filter(({ kind }) => kind !== 'manifest-mismatch'),
    findingCounts: { ...counts, ...(lies === 0 ? {} : { 'manifest-mismatch': 1 }) },
  };
}

describe('a comparison in parts', () => {
  it.each(Array.from({ length: runs(6, 500) }, (_, at) => seed + at))(
    'seed %i: merged it is the report of one process',
    async (at) => {
      const chance = new Chance(`parts ${at}`);
      const pair = pairOf(folder, at, chance);
      const count = chance.pick([1, 2, 3, 5, 8, 16]);
      const options = { mode: chance.pick(['append', 'frozen'] as const), maxFindings: chance.pick([1, 3, 1000]) };
      const whole = await compare(pair.baseline, pair.current, options);
      const parts = await partsOf(pair, count, options);
      const about = `${pair.edit}, ${count} parts: ${whole.headline}`;
      for (const { report } of parts) expect(report.verdict, about).not.toBe('PASS');
      const paths = chance.shuffled(parts.map(({ path }) => path));
      const merged = await mergeReports(paths).catch((fault: unknown) => fault);
      if (merged instanceof EvidenceError) {
        expect(whole.verdict, `${about}: ${merged.message}`).not.toBe('PASS');
        expect(
          parts.some(({ report }) => report.current.globalRoot === null || report.baseline.globalRoot === null),
          `${about}: ${merged.message}`,
        ).toBe(true);
        return;
      }
      if (merged instanceof Error) throw merged;
      const one = chance.pick(paths);
      const mixed = [paths.filter((path) => path !== one), [...paths, one]].filter(({ length }) => length > 0);
      for (const reports of mixed) await expect(mergeReports(reports)).rejects.toBeInstanceOf(EvidenceError);
      const is = merged as ContinuityReport;
      expect(is.verdict, about).toBe(whole.verdict);
      if (whole.totals.moved !== is.totals.moved) return;
      expect(told(is), about).toEqual(told(whole));
    },
  );

  it.each(Array.from({ length: runs(1, 3) }, (_, at) => seed + at))(
    'seed %i: of 10,000 records in 16 parts likewise',
    async (at) => {
      const chance = new Chance(`many ${at}`);
      const records = Array.from({ length: 40 }, (_, stream) => bundles(250, { stream: `s${100 + stream}` })).flat();
      const gone = new Set(chance.some(records, chance.pick([0, 3])));
      const grown = [...records.filter((record) => !gone.has(record)), ...bundles(9, { stream: 'z' })];
      const into = mkdtempSync(join(folder, 'many-'));
      const [baseline, current] = [join(into, 'baseline.ndjson'), join(into, 'current.ndjson')];
      writeFileSync(baseline, ndjson(records, { header: { capturedAt: '2027-03-01T10:00:00.000Z' } }));
      writeFileSync(current, ndjson(grown, { header: { capturedAt: '2027-03-02T10:00:00.000Z' } }));
      const parts = await partsOf({ baseline, current, edit: 'some' }, 16);
      const merged = await mergeReports(chance.shuffled(parts.map(({ path }) => path)));
      expect(told(merged)).toEqual(told(await compare(baseline, current)));
      expect(merged.verdict).toBe(gone.size === 0 ? 'PASS' : 'FAIL');
    },
  );
});

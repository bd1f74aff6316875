/** What several series of one figure result in: failures add up, of verifications the oldest counts, all else is one. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { MetricsReadings } from '../../src/runbook/cutover/decide-cutover.ts';
import { judgeFailures, judgeLastVerification } from '../../src/runbook/cutover/judge-inputs.ts';
import { DEFAULT_LIMITS } from '../../src/runbook/cutover/limits.ts';
import { readMetricsFiles } from '../../src/runbook/cutover/read-inputs.ts';
import { runs } from '../long.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const root = temporaryFolder();
const selectorOf = (name: string) => ({ text: name, selector: { name, labels: new Map<string, string>() } });
const SELECTORS = {
  errorRate: selectorOf('errors'),
  p99LatencySeconds: selectorOf('latency'),
  store: selectorOf('evidence_store_info'),
  verdict: selectorOf('evidence_continuity_verdict'),
  soundness: selectorOf('evidence_soundness_verdict'),
  inProgress: selectorOf('evidence_verify_in_progress'),
  evidenceFailures: selectorOf('failures'),
  lastVerification: selectorOf('verified'),
} as const;

const TESTED = ['errorRate', 'p99LatencySeconds', 'evidenceFailures', 'lastVerification'] as const;
type Figure = (typeof TESTED)[number];

/** For each file, the value of each series in it. */
type Files = readonly (readonly (readonly [Figure, number])[])[];

async function read(files: Files): Promise<MetricsReadings> {
  const folder = mkdtempSync(join(root, 'metrics-'));
  let series = 0;
  const paths = files.map((samples, at) => {
    const lines = samples.map(([figure, value]) => `${SELECTORS[figure].text}{host="${++series}"} ${value}\n`);
    const path = join(folder, `${at}.prom`);
    writeFileSync(path, lines.join(''));
    return path;
  });
  return readMetricsFiles(paths, SELECTORS, 3600, Date.now());
}

const number = fc.oneof(fc.integer({ min: -3, max: 5 }), fc.integer({ min: 1_800_000_000, max: 1_900_000_000 }));
const sample = fc.tuple(
  fc.constantFrom(...TESTED),
  fc.oneof({ weight: 9, arbitrary: number }, fc.constant(Number.NaN)),
);
const files: fc.Arbitrary<Files> = fc.array(fc.array(sample, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 3,
});

/** What `values` of a figure result in, written down a second time: sorted, and then an end of the row. */
function expected(figure: Figure, values: readonly number[]): number | null {
  const row = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (figure === 'evidenceFailures') {
    const told = row.filter((value) => value >= 0);
    return told.length === 0 ? null : told.reduce((sum, value) => sum + value, 0);
  }
  return (figure === 'lastVerification' ? row[0] : row.at(-1)) ?? null;
}

function resultOf(figure: Figure, { runs: reading, figures }: MetricsReadings): number | string | null {
  if (figure === 'evidenceFailures') return judgeFailures(reading, undefined, DEFAULT_LIMITS).value;
  if (figure === 'lastVerification') return judgeLastVerification(reading, undefined, DEFAULT_LIMITS, Date.now()).value;
  return figures[figure].value;
}

it('is the same however they are ordered and spread over files, and one that was verified long ago is never hidden', async () => {
  await fc.assert(
    fc.asyncProperty(files, async (all) => {
      const readings = await read(all);
      for (const figure of TESTED) {
        const values = all.flat().flatMap(([of, value]) => (of === figure ? [value] : []));
        expect(resultOf(figure, readings)).toBe(expected(figure, values));
        if (figure !== 'errorRate' && figure !== 'p99LatencySeconds') continue;
        const { doubts } = readings.figures[figure];
        const isSeveral = values.length > 1;
        expect(doubts.length > 0).toBe(values.length === 0 || values.some(Number.isNaN) || isSeveral);
      }
    }),
    { numRuns: runs(60, 2000) },
  );
});

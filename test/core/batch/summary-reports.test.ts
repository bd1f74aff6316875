/** What is compared with a summary and a digest index is told word for word the same with the batch engine and without. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { compare, digestIndex, verifyAll } from '../../../src/index.ts';
import { inTurn, runs } from '../../long.ts';
import type { PlainRecord } from '../../store.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { EDIT_NAMES, fullSize, makePairWith, type Side, textOf } from './canonical-pairs.ts';
import { recordsTaken } from './taken.ts';

/** Every so many records one is edited. */
const EDIT_STEP = runs(140, 3, 280);

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

const WHOLE = makePairWith('nothing', 'current', 0).current;

/** The history, of which each stream has lost what `keeps` does not keep: the baseline of one that grew. */
function reduced(keeps: (record: PlainRecord, at: number) => boolean): string {
  const lines = WHOLE.split('\n').slice(0, -2);
  const [header, ...records] = lines.map((line) => JSON.parse(line)) as [Side['header'], ...PlainRecord[]];
  return textOf({ header, records: records.filter(keeps) });
}

const BASELINES: Readonly<Record<string, string>> = {
  whole: WHOLE,
  // Of a set any record may be new, of a chain the last ones.
  grown: reduced(({ seq }, n) => (seq === undefined ? n % 5 !== 0 : seq <= 20)),
  single: reduced(({ seq }, n) => (seq === undefined ? n % 31 === 0 : seq === 1)),
};

beforeAll(async () => {
  for (const [name, text] of Object.entries(BASELINES)) {
    writeFileSync(at(`${name}.ndjson`), text);
    await verifyAll(at(`${name}.ndjson`), { output: at(`${name}.sum`), depth: 'summary', includeMerkleRoots: true });
    await digestIndex(at(`${name}.ndjson`), { output: at(`${name}.index`) });
  }
});

afterEach(() => {
  vi.unstubAllEnvs();
});

async function reportOf(engine: string, baseline: string, current: string, indexed: boolean): Promise<string> {
  vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
  writeFileSync(at('current.ndjson'), current);
  const options = indexed ? { digestIndex: at(`${baseline}.index`) } : {};
  const { run: _cost, ...report } = await compare(at(`${baseline}.sum`), at('current.ndjson'), options);
  return JSON.stringify(report);
}

/** The verdict of both, which say the same. */
async function verdictOf(baseline: string, current: string, indexed: boolean): Promise<string> {
  const without = await reportOf('off', baseline, current, indexed);
  expect(await reportOf('eager', baseline, current, indexed)).toBe(without);
  return (JSON.parse(without) as { verdict: string }).verdict;
}

describe.each([true, false])('beside a summary, with a digest index: %s', (indexed) => {
  it.each(Object.keys(BASELINES))('the report of what the baseline %s has become is the same', async (baseline) => {
    const engine = recordsTaken();
    const isShown = indexed || baseline === 'whole';
    expect(await verdictOf(baseline, WHOLE, indexed)).toBe(isShown ? 'PASS' : 'INCOMPLETE');
    expect(engine.records).toBeGreaterThan(fullSize / 4);
  });

  it('the report of every edit is the same', { timeout: 3_600_000 }, async () => {
    const verdicts = new Set<string>();
    for (const [n, edit] of EDIT_NAMES.entries()) {
      for (let record = 2 + n; record < fullSize - 1; record += EDIT_STEP) {
        const { current } = makePairWith(edit, 'current', record);
        for (const baseline of inTurn(['whole', 'grown'], n)) verdicts.add(await verdictOf(baseline, current, indexed));
      }
    }
    expect(verdicts).toContain('FAIL');
    expect(verdicts).toContain('INCOMPLETE');
  });
});

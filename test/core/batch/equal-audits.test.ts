/** With the batch engine an audit of one snapshot says word for word what it says without it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { auditText } from '../../in-memory.ts';
import { runs, seed } from '../../long.ts';
import { Chance } from '../../tamper/value.ts';
import { EDIT_NAMES, fullSize, historyOf, makeCanonicalPair, makePairWith, textOf } from './canonical-pairs.ts';
import { recordsTaken } from './taken.ts';

const SNAPSHOTS = runs(20, 5000, 10);
/** Every so many records one is edited. */
const EDIT_STEP = runs(97, 3, 197);
const CHUNKS = [97, 1000, 4096, 65_536, 4 * 1024 * 1024];

async function auditOf(engine: string, text: string, chunkBytes = 65_536): Promise<string> {
  vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
  const audit = await auditText(text, { chunkBytes });
  const { summary, header: _same, ...said } = audit;
  const tenants = summary?.tenants.map(({ counts, ...tenant }) => ({ ...tenant, counts: [...counts] }));
  return JSON.stringify({ ...said, ...summary, tenants });
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the audit is the same with the engine and without', () => {
  it('of snapshots with edits, in chunks of any size', { timeout: 3_600_000 }, async () => {
    const engine = recordsTaken();
    const verdicts = new Set<string>();
    for (let at = 0; at < SNAPSHOTS; at++) {
      const { baseline, current, edits } = makeCanonicalPair(seed + at);
      const chunkBytes = CHUNKS[at % CHUNKS.length] ?? 1;
      for (const text of [baseline, current]) {
        const without = await auditOf('off', text, chunkBytes);
        const withEngine = await auditOf(at % 4 === 1 ? '' : 'eager', text, chunkBytes);
        expect({ seed: seed + at, edits, audit: withEngine }).toEqual({ seed: seed + at, edits, audit: without });
        verdicts.add((JSON.parse(without) as { verdict: string }).verdict);
      }
    }
    expect(verdicts).toEqual(new Set(['PASS', 'FAIL', 'INCOMPLETE']));
    expect(engine.records).toBeGreaterThan(SNAPSHOTS * 20);
  });

  it('of every edit of records of every kind of stream', { timeout: 3_600_000 }, async () => {
    for (const [at, edit] of EDIT_NAMES.entries()) {
      for (let record = 3 + at; record < fullSize - 1; record += EDIT_STEP) {
        const { current, edits } = makePairWith(edit, 'current', record);
        const without = await auditOf('off', current);
        expect({ edits, audit: await auditOf('eager', current) }).toEqual({ edits, audit: without });
      }
    }
  });

  it('of a history in chunks from one byte on, nearly all of which is taken', async () => {
    const engine = recordsTaken();
    const side = historyOf(new Chance('one side'));
    const text = textOf(side);
    const without = await auditOf('off', text);
    for (const chunkBytes of [1, 7, ...CHUNKS]) expect(await auditOf('eager', text, chunkBytes)).toBe(without);
    expect(engine.records).toBeGreaterThan((CHUNKS.length * side.records.length) / 2);
  });
});

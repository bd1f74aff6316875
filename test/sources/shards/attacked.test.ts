/** Reports of parts that somebody has altered, or has made of what does not belong together: no PASS comes of them. */
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import { compare, EvidenceError, mergeReports } from '../../../src/index.ts';
import { bundles, ndjson, ZEROS } from '../../store.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { type Pair, partsOf } from './compared.ts';

const folder = temporaryFolder();

/** Two captures whose hashes nobody can recompute who does not have the key. */
function keyedPair(): Pair {
  const hash = createHmac('sha256', 'a secret').update('x').digest('hex');
  const recipe = { algorithm: 'sha256', of: [{ field: '/body' }], hmacKey: 'k' };
  const entry = { tenant: 'a', stream: 's', id: 'e', seq: 1, type: 't', prev: ZEROS, body: 'x', hash };
  const sets = ['u', 'v'].flatMap((stream) => bundles(1, { tenant: 'b', stream }));
  const [baseline = '', current = ''] = ['2027-03-01T10:00:00Z', '2027-03-02T10:00:00Z'].map((capturedAt) => {
    const path = join(folder, `keyed-${capturedAt.slice(0, 10)}.ndjson`);
    writeFileSync(path, ndjson([entry, ...sets], { chains: { s: { recipe } }, header: { capturedAt } }));
    return path;
  });
  return { baseline, current, edit: 'none' };
}

describe('the report of a part', () => {
  it.each([0, 1, 1000])('with %i findings listed says that something was found, and is held to it', async (most) => {
    const pair = keyedPair();
    const parts = await partsOf(pair, 4, { maxFindings: most });
    const headlines = parts.map(({ report }) => report.headline).filter((one) => !/nothing found in it/.test(one));
    expect(headlines).toEqual([expect.stringMatching(/^INCOMPLETE: shard \d of 4: nothing is proven; /)]);
    const paths = parts.map(({ path }) => path);
    expect((await mergeReports(paths)).verdict).toBe('INCOMPLETE');
    expect((await compare(pair.baseline, pair.current, { maxFindings: most })).verdict).toBe('INCOMPLETE');
    for (const path of paths) {
      const report = JSON.parse(readFileSync(path, 'utf8')) as ContinuityReport;
      writeFileSync(path, JSON.stringify({ ...report, findingCounts: { 'source-incomplete': 1 } }));
    }
    await expect(mergeReports(paths)).rejects.toBeInstanceOf(EvidenceError);
  });
});

/** Reports of parts that somebody has altered, or has made of what does not belong together: no PASS comes of them. */
import { createHmac } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import { compare, EvidenceError, mergeReports, renderReport, verifyAll } from '../../../src/index.ts';
import { run } from '../../cli/in-process.ts';
import { bundles, ndjson, ZEROS } from '../../store.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { keyFiles, signed } from '../../trust/signed-files.ts';
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

/** Two captures of one store, all of it sets. */
function plainPair(): Pair {
  const [baseline = '', current = ''] = ['2027-03-01T10:00:00Z', '2027-03-02T10:00:00Z'].map((capturedAt) => {
    const path = join(folder, `sets-${capturedAt.slice(0, 10)}.ndjson`);
    const records = ['s', 't', 'u', 'v'].flatMap((stream) => bundles(2, { stream }));
    writeFileSync(path, ndjson(records, { header: { capturedAt } }));
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

describe('a part of a signed baseline', () => {
  it('whose trailer states no roots says what is to be done, and not that it was not read', async () => {
    const signer = keyFiles(folder, 'signer');
    const { baseline, current } = plainPair();
    const bare = join(folder, 'bare.ndjson');
    await verifyAll(baseline, { output: bare });
    await signed(bare, [signer]);
    const options = { trust: { trustedKeys: [signer.publicPath] } };
    const part = await compare(bare, current, { ...options, shard: { index: 0, count: 2 } });
    expect(part.verdict).toBe('UNTRUSTED');
    expect(part.headline).toMatch(/one shard does not show the roots that were vouched for: compare it whole, or /);
    expect(JSON.stringify(part)).not.toMatch(/was not read to its end/);
    expect((await compare(bare, current, options)).verdict).toBe('PASS');
  });
});

describe('a merged report', () => {
  it('of copies that lie in several places has the name of one, by which it can be repeated', async () => {
    const { baseline, current } = plainPair();
    const copy = join(folder, 'copied.ndjson');
    copyFileSync(baseline, copy);
    const paths = [];
    for (const [index, was] of [baseline, copy].entries()) {
      const report = await compare(was, current, { shard: { index, count: 2 } });
      paths.push(join(folder, `copied-${index}.json`));
      writeFileSync(paths.at(-1) ?? '', (await renderReport(report, 'json')) as string);
    }
    const merged = await mergeReports(paths);
    const { sha256 } = (await compare(baseline, current)).baseline;
    expect(merged).toMatchObject({ verdict: 'PASS', baseline: { name: baseline, sha256 } });
  });

  it('of files that are shards does not name them in a command as if they were one', async () => {
    const { baseline, current } = plainPair();
    const paths: string[] = [];
    for (const index of [0, 1]) {
      const shards = await Promise.all(
        [baseline, current].map(async (path) => {
          const output = `${path}.${index}.ndjson`;
          await verifyAll(path, { output, shard: { index, count: 2 } });
          return output;
        }),
      );
      paths.push(join(folder, `of-shards-${index}.json`));
      const report = await compare(shards[0] ?? '', shards[1] ?? '');
      writeFileSync(paths.at(-1) ?? '', (await renderReport(report, 'json')) as string);
    }
    const text = (await renderReport(await mergeReports(paths), 'text')) as string;
    expect(text).toMatch(/^Repeat it \(with what merge makes of the shards of a side in the place of their name\): /m);
    expect(text).not.toContain('their sha256 above');
    const { path = '' } = (await partsOf({ baseline, current, edit: 'none' }, 1))[0] ?? {};
    const whole = (await renderReport(await mergeReports([path]), 'text')) as string;
    expect(whole).toMatch(/^Repeat it: /m);
    expect(whole).toContain('their sha256 above');
  });

  it('never takes the place of a snapshot', async () => {
    const { baseline, current } = plainPair();
    const parts = await partsOf({ baseline, current, edit: 'none' }, 2);
    const kept = readFileSync(baseline);
    const names = [`${baseline}.json`, `${baseline}.ndjson`];
    for (const name of names) {
      writeFileSync(name, kept);
      const merged = await run(['merge', ...parts.map(({ path }) => path), '--output', name]);
      expect(merged.stderr).toMatch(/is a snapshot, which is not replaced: remove it, or give another name/);
      expect(merged.status).toBe(64);
      expect(readFileSync(name)).toEqual(kept);
    }
  });
});

/** G07: a file that changes while it is read ends without an error from the system; it must not end in a PASS. */
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditSnapshot, compareSnapshots, readSnapshot } from '../../src/index.ts';
import { bundles, ndjson } from '../store.ts';
import { put, within } from './files.ts';

let folder = '';
const TEXT = ndjson(bundles(12_000));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'changing-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Audits `path`, and does `change` to it when the first part of it was read. */
async function auditDuring(path: string, change: () => void): Promise<Record<string, number>> {
  let changed = false;
  const onProgress = ({ bytesRead }: { readonly bytesRead: number }): void => {
    if (changed || bytesRead === 0) return;
    changed = true;
    change();
  };
  const audit = await within(auditSnapshot(path, { onProgress }));
  expect(changed).toBe(true);
  expect(audit.verdict === 'PASS').toBe(Object.keys(audit.findingCounts).length === 0);
  return { ...audit.findingCounts };
}

describe('a file of several chunks', () => {
  it('is longer than one chunk, and sound when nobody touches it', async () => {
    expect(TEXT.length).toBeGreaterThan(3 * 256 * 1024);
    expect(await auditDuring(put(folder, 'still', TEXT), () => undefined)).toEqual({});
  });

  const changes: readonly [string, (path: string) => void][] = [
    ['cut to 300,000 bytes', (path) => truncateSync(path, 300_000)],
    ['cut to nothing', (path) => truncateSync(path, 0)],
    ['cut by its last byte', (path) => truncateSync(path, statSync(path).size - 1)],
    ['appended to', (path) => appendFileSync(path, ' ')],
    ['appended a record and a trailer', (path) => appendFileSync(path, TEXT.slice(-2000))],
    ['written anew with the same bytes', (path) => writeFileSync(path, TEXT)],
    ['touched', (path) => utimesSync(path, new Date(0), new Date(0))],
  ];

  it.each(changes)('that is %s while it is read has changed: input-changed', async (what, change) => {
    const path = put(folder, what, TEXT);
    expect(await auditDuring(path, () => change(path))).toMatchObject({ 'input-changed': 1 });
  });

  it.each(changes.slice(0, 4))(
    'that is packed and is %s meanwhile has changed, or is cut off',
    async (what, change) => {
      const path = put(folder, `${what}.gz`, gzipSync(TEXT, { level: 0 }));
      const found = await auditDuring(path, () => change(path));
      expect(Object.keys(found).some((kind) => kind === 'input-changed' || kind === 'input-truncated')).toBe(true);
    },
  );

  it('whose name is given to another file meanwhile is read to its end: one file is opened once (C14)', async () => {
    const path = put(folder, 'replaced', TEXT);
    const other = put(folder, 'other', ndjson(bundles(1)));
    const found = await auditDuring(path, () => renameSync(other, path));
    // Its last name is gone, so its change time is not what it was.
    expect(found).toEqual({ 'input-changed': 1 });
  });
});

describe('a comparison', () => {
  it('of which the baseline is cut meanwhile is INCOMPLETE, and says that no digest is known of it', async () => {
    const baseline = put(folder, 'baseline', TEXT);
    const current = join(folder, 'current');
    copyFileSync(baseline, current);
    let calls = 0;
    const onProgress = (): void => {
      if (calls++ === 0) truncateSync(baseline, 300_000);
    };
    const report = await within(compareSnapshots(baseline, current, { onProgress }));
    expect(report.findingCounts).toMatchObject({ 'input-changed': 1 });
    expect(report.verdict).toBe('INCOMPLETE');
    expect(report.baseline.globalRoot).toBeNull();
    expect(report.baseline.sha256).toBeNull();
    expect(report.totals.missing).toBe(0);
    expect(readFileSync(current, 'utf8')).toBe(TEXT);
  });
});

describe('readSnapshot', () => {
  it('throws at the end of a file that changed', async () => {
    const path = put(folder, 'reading', TEXT);
    const reading = await readSnapshot(path);
    let read = 0;
    const run = async (): Promise<void> => {
      for await (const _ of reading) if (read++ === 0) appendFileSync(path, ' ');
    };
    await expect(run()).rejects.toMatchObject({ kind: 'input-changed' });
    expect(reading.summary).toBeUndefined();
  });
});

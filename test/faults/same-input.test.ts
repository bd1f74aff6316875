/** B28: a file compared with itself proves nothing. */
import { copyFileSync, linkSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareSnapshots, exportBundle } from '../../src/index.ts';
import { bundles, ndjson } from '../store.ts';
import { put } from './files.ts';

let folder = '';
let file = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'same-'));
  file = put(folder, 'one.ndjson', ndjson(bundles(3)));
  linkSync(file, join(folder, 'hard.ndjson'));
  symlinkSync(file, join(folder, 'soft.ndjson'));
  symlinkSync(join(folder, 'soft.ndjson'), join(folder, 'softer.ndjson'));
  copyFileSync(file, join(folder, 'copy.ndjson'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('one file on both sides', () => {
  it.each([
    ['by the same name', 'one.ndjson'],
    ['by another spelling of its name', './../one.ndjson'],
    ['by a hard link', 'hard.ndjson'],
    ['by a symbolic link', 'soft.ndjson'],
    ['by a link to a link', 'softer.ndjson'],
  ])('%s is UNTRUSTED', async (_, name) => {
    const other = name.startsWith('.') ? `${folder}/../${folder.split('/').at(-1)}/one.ndjson` : join(folder, name);
    const report = await compareSnapshots(file, other);
    expect([report.verdict, report.findingCounts]).toEqual(['UNTRUSTED', { 'same-input': 1 }]);
    expect(report.totals.matched).toBe(3);
  });

  it('is judged as usual where that is allowed', async () => {
    const report = await compareSnapshots(file, join(folder, 'hard.ndjson'), { allowSame: true });
    expect([report.verdict, report.relation, report.findingCounts]).toEqual(['PASS', 'identical', {}]);
  });

  it('that is malformed is UNTRUSTED all the same', async () => {
    const bad = put(folder, 'bad.ndjson', 'nonsense');
    const report = await compareSnapshots(bad, bad);
    expect(report.verdict).toBe('UNTRUSTED');
    expect(report.findingCounts).toEqual({ 'input-malformed': 2, 'same-input': 1 });
  });

  it('that does not exist is not called the same', async () => {
    const nowhere = join(folder, 'nowhere');
    expect((await compareSnapshots(nowhere, nowhere)).findingCounts).toEqual({ 'source-incomplete': 2 });
  });
});

describe('a bundle', () => {
  it('and the snapshot in it are one input, in either order', async () => {
    const bundle = join(folder, 'bundle');
    await exportBundle(put(folder, 'full.ndjson', ndjson(bundles(3))), bundle);
    const inner = join(bundle, readdirSync(bundle).find((name) => name.endsWith('.ndjson')) ?? '');
    for (const [baseline, current] of [
      [bundle, inner],
      [inner, bundle],
      [bundle, `${bundle}/.`],
    ] as const) {
      const { verdict, demands } = await compareSnapshots(baseline, current);
      expect([verdict, demands.find(({ demand }) => demand === 'not-same-input')?.state]).toEqual([
        'UNTRUSTED',
        'refuted',
      ]);
    }
    expect((await compareSnapshots(bundle, join(folder, 'full.ndjson'))).verdict).toBe('PASS');
  });
});

describe('a copy', () => {
  it('is another file, and compares as identical', async () => {
    const report = await compareSnapshots(file, join(folder, 'copy.ndjson'));
    expect([report.verdict, report.relation, report.baseline.sha256]).toEqual([
      'PASS',
      'identical',
      report.current.sha256,
    ]);
  });

  it('is judged against the digest that the baseline must have (C15)', async () => {
    const { baseline } = await compareSnapshots(file, join(folder, 'copy.ndjson'));
    const right = await compareSnapshots(file, join(folder, 'copy.ndjson'), { expectDigest: baseline.sha256 ?? '' });
    expect(right.verdict).toBe('PASS');
    const wrong = await compareSnapshots(file, join(folder, 'copy.ndjson'), { expectDigest: 'f'.repeat(64) });
    expect([wrong.verdict, wrong.findingCounts]).toEqual(['UNTRUSTED', { 'digest-mismatch': 1 }]);
  });

  it('of which the baseline could not be read to its end does not have the digest that it must have (C15)', async () => {
    const report = await compareSnapshots(join(folder, 'nowhere'), file, { expectDigest: 'f'.repeat(64) });
    expect(['UNTRUSTED', 'INCOMPLETE']).toContain(report.verdict);
  });
});

/** A draft is a proposal: until somebody has read it and says what it is of, nothing is proven by it, and nobody signs it. */
import { describe, expect, it } from 'vitest';
import { compare, migrate, sign } from '../../src/index.ts';
import { nextSteps } from '../../src/reports/next-steps.ts';
import { bundles, ndjson, sha256 } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, keyFiles } from '../trust/signed-files.ts';

const folder = temporaryFolder();
const baseline = fileOf(folder, 'before.ndjson', ndjson(bundles(2)));
const current = fileOf(folder, 'after.ndjson', ndjson(bundles(3)));

const migration = (upgrade: string, from: string) =>
  fileOf(
    folder,
    `${upgrade.length}-${from}.json`,
    JSON.stringify({
      kind: 'evidence-migration',
      version: 1,
      upgrade,
      from,
      to: '2',
      baseline: `sha256:${sha256(ndjson(bundles(2)))}`,
      rules: [{ name: 'r', why: 'w', match: { stream: 'none' }, patch: [{ op: 'remove', path: '/body/x' }] }],
    }),
  );

describe('a migration', () => {
  it.each([
    ['DRAFT: name the upgrade', 'DRAFT', 'upgrade, from'],
    ['2027.Q1', 'DRAFT', 'from'],
    [' DRAFT', '1', 'upgrade'],
    ['2027.Q1', 'draft', 'from'],
    ['\u200b\u00a0Draft 2', '(draft)', 'upgrade, from'],
    ['2027.Q1', '1', undefined],
    ['drafts-service 2', 'not a draft', undefined],
  ])('for the upgrade %s from %s', async (upgrade, from, unnamed) => {
    const path = migration(upgrade, from);
    const { path: key } = keyFiles(folder, 'k');
    const signing = sign(path, { keys: [key] });
    if (unnamed === undefined) await expect(signing).resolves.toMatchObject({ audit: { verdict: 'PASS' } });
    else await expect(signing).rejects.toThrow(`still a draft: nobody has said its ${unnamed}`);
    const report = await compare(baseline, current, { migration: path });
    expect(report.verdict).toBe(unnamed === undefined ? 'PASS' : 'INCOMPLETE');
    const expecting = migrate({ baseline, migration: path, output: `${folder}/expected.ndjson` });
    if (unnamed === undefined) {
      await expect(expecting).resolves.toMatchObject({ verdict: 'PASS' });
      return;
    }
    expect(report.headline).toContain(`it is still a draft: nobody has said its ${unnamed}`);
    expect(report.demands).toContainEqual(expect.objectContaining({ demand: 'migration', state: 'refuted' }));
    await expect(expecting).rejects.toThrow(`still a draft: nobody has said its ${unnamed}`);
    const looked = await migrate({ baseline, current, migration: path, dryRun: true });
    expect(looked).toMatchObject({ needed: null, because: expect.stringContaining('still a draft') });
    await expect(migrate({ baseline, migration: path, dryRun: true })).rejects.toThrow('still a draft');
  });
});

it('a draft of what was tampered with proves nothing, though it fits', async () => {
  const store = (verdict: string) =>
    ndjson(bundles(4).map((record) => ({ ...record, body: { ...(record.body as object), verdict } })));
  const before = fileOf(folder, 'was.ndjson', store('deny'));
  const after = fileOf(folder, 'is.ndjson', store('allow'));
  const { draftText, explained } = await migrate({ baseline: before, current: after, dryRun: true });
  expect(explained).toEqual({ records: 4, of: 4 });
  const report = await compare(before, after, { migration: fileOf(folder, 'tampered.json', draftText ?? '') });
  expect(report).toMatchObject({ verdict: 'INCOMPLETE', relation: 'unknown', totals: { matched: 4 } });
  // Nobody has declared it: no tenant and no stream is continuous under it either.
  expect(report.tenants).toMatchObject([{ relation: 'unknown', streams: [{ relation: 'unknown' }] }]);
  const steps = nextSteps(report).join('\n');
  expect(steps).toContain('Nothing is proven: the migration is a draft.');
  expect(steps).toMatch(/`evidence-diff sign \S*tampered\.json --key approver\.key`/);
  expect(steps).not.toContain('evidence-diff schema');
  // Whoever reads the report sees what it would have let pass.
  expect(report.migration?.rules[0]?.operations).toContain('convert /body/verdict: "deny" -> "allow"');
});

/** A draft is a proposal: it is not signed, and what it proves is said. */
import { describe, expect, it } from 'vitest';
import { compare, sign } from '../../src/index.ts';
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
    ['2027.Q1', '1', undefined],
  ])('for the upgrade %s from %s', async (upgrade, from, unnamed) => {
    const path = migration(upgrade, from);
    const { path: key } = keyFiles(folder, 'k');
    const signing = sign(path, { keys: [key] });
    if (unnamed === undefined) await expect(signing).resolves.toMatchObject({ audit: { verdict: 'PASS' } });
    else await expect(signing).rejects.toThrow(`still a draft: nobody has said its ${unnamed}`);
    const { notChecked } = await compare(baseline, current, { migration: path });
    expect(notChecked.some((note) => note.includes(`still a draft (${unnamed})`))).toBe(unnamed !== undefined);
  });
});

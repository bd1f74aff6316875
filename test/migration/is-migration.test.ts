/** A file is a migration by its `kind`, wherever that stands. */
import { describe, expect, it } from 'vitest';
import { isMigration } from '../../src/api/open-migration.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf } from '../trust/signed-files.ts';

const folder = temporaryFolder();
const PAD = 'x'.repeat(10_000);

describe('a file', () => {
  it.each([
    [true, { kind: 'evidence-migration', why: PAD }],
    [true, { why: PAD, kind: 'evidence-migration' }],
    [false, { why: `${PAD} "kind":"evidence-migration"`, kind: 'evidence-profile' }],
    [false, { why: { kind: 'evidence-migration' } }],
    [false, ['kind', 'evidence-migration']],
  ])('is a migration: %s', async (is, document) => {
    expect(await isMigration(fileOf(folder, 'file.json', JSON.stringify(document)))).toBe(is);
  });

  it('is a migration in whichever letters it is escaped', async () => {
    const text = '{"version":1,"k\\u0069nd":"evidence\\u002dmigrati\\u006Fn"}';
    expect(await isMigration(fileOf(folder, 'escaped.json', text))).toBe(true);
    expect(await isMigration(fileOf(folder, 'other.json', text.replace('migrati', 'profil')))).toBe(false);
  });
});

/**
 * Honest migrations of tables as others have them: a column added, renamed or retyped, another table or schema. Where every
 * record is as it was, that is PASS, and the change is declared; the same with one record altered, lost or re-linked is
 * FAIL, and the record is named.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { type ContinuityReport, compare, type ProfileInput, verifyAll } from '../../../src/index.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { MIGRATIONS } from './migrations.ts';
import { PUBLIC_SCHEMAS } from './public-schemas.ts';

type Profile = ProfileInput;

describe.skipIf(!postgresAvailable)(`a migration${skippedWithoutPostgres}`, () => {
  const folder = temporaryFolder();
  const server = serverOfFile();
  let databases = 0;

  async function captured(create: string, profile: Profile): Promise<{ database: string; baseline: string }> {
    const database = `m${++databases}`;
    await server().createDatabase(database);
    await server().sql(database, create);
    const baseline = `${folder}/${database}.ndjson`;
    const audit = await verifyAll(server().url(database), { output: baseline, depth: 'full', source: { profile } });
    expect(audit.findings).toEqual([]);
    return { database, baseline };
  }

  describe.each([...MIGRATIONS, ...PUBLIC_SCHEMAS])(
    '$name',
    ({ create, before, migrate, after = before, declared, tampered, allowViews = false }) => {
      let database = '';
      let baseline = '';
      beforeAll(async () => {
        ({ database, baseline } = await captured(create, before));
        await server().sql(database, migrate);
      });

      const compared = (): Promise<ContinuityReport> =>
        compare(baseline, server().url(database), { mode: 'frozen', source: { profile: after, allowViews } });

      it('that keeps every record passes, and says what changed', async () => {
        const report = await compared();
        expect([report.verdict, report.relation, report.findings]).toEqual(['PASS', 'identical', []]);
        const said = [...report.mapping.declared, ...report.demands.map(({ why = '' }) => why)].join('\n');
        for (const change of declared) expect(said).toMatch(change);
      });

      it.runIf(allowViews)('is no PASS where the profile was not named for the run', async () => {
        const source = { profile: after, allowViews, profileNamed: false };
        const report = await compare(baseline, server().url(database), { mode: 'frozen', source });
        expect([report.verdict, Object.keys(report.findingCounts)]).toEqual(['INCOMPLETE', ['source-schema-changed']]);
      });

      it.each(tampered)('and alters evidence is found out: %s', async (sql, kind, id) => {
        await server().sql(database, sql);
        const report = await compared();
        expect(report.verdict).toBe('FAIL');
        expect(report.findings.map((finding) => [finding.kind, finding.id])).toContainEqual([kind, id]);
      });
    },
  );
});

/**
 * Honest migrations of tables as others have them: a column added, renamed or retyped, another table or schema. Where every
 * record is as it was, that is PASS, and the change is declared; the same with one record altered, lost or re-linked is
 * FAIL, and the record is named.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ContinuityReport, compare, type ProfileInput } from '../../../src/index.ts';
import { pgTool, postgresAvailable, skippedWithoutPostgres, skippedWithoutTools } from '../../postgres/binaries.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { capturedBefore } from './captured-before.ts';
import { MIGRATIONS } from './migrations.ts';
import { PUBLIC_SCHEMAS } from './public-schemas.ts';

const run = promisify(execFile);

describe.skipIf(!postgresAvailable)(`a migration${skippedWithoutPostgres}`, () => {
  const folder = temporaryFolder();
  const server = serverOfFile();
  let databases = 0;

  const captured = (create: string, profile: ProfileInput): ReturnType<typeof capturedBefore> =>
    capturedBefore(server(), { database: `m${++databases}`, folder, create, profile });

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

  const tools = ['pg_dump', 'pg_restore'] as const;
  it.skipIf(tools.some((tool) => pgTool(tool) === undefined))(
    `by dump and restore keeps values of every kind${skippedWithoutTools(...tools)}`,
    async () => {
      const create = `CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM ('ok', 'bad');
        CREATE TABLE t (id bigserial PRIMARY KEY, h hstore, n numeric, at timestamptz, raw bytea, m mood, doc jsonb, list text[]);
        INSERT INTO t (h, n, at, raw, m, doc, list) SELECT hstore('k', 'v' || i), i / 7.0::numeric, '2027-03-01Z'::timestamptz + i * interval '1 us',
          sha256(i::text::bytea), CASE i % 2 WHEN 0 THEN 'ok' ELSE 'bad' END::mood, jsonb_build_object('big', 9007199254740993 + i), ARRAY['a', NULL, i::text]
          FROM generate_series(1, 60) i`;
      const profile: ProfileInput = {
        kind: 'evidence-profile',
        version: 2,
        name: 'one table',
        items: [{ from: { table: 'public.t' }, id: 'id', body: { columns: '*' } }],
      };
      const { database, baseline } = await captured(create, profile);
      const [dump, restored] = [`${folder}/${database}.dump`, `${database}_restored`];
      await run(pgTool('pg_dump') ?? '', ['-Fc', '-d', server().url(database), '-f', dump]);
      await server().createDatabase(restored);
      await run(pgTool('pg_restore') ?? '', ['-d', server().url(restored), dump]);
      const compared = (): Promise<ContinuityReport> =>
        compare(baseline, server().url(restored), { mode: 'frozen', source: { profile } });
      expect(await compared()).toMatchObject({ verdict: 'PASS', relation: 'identical', findings: [] });
      for (const [sql, id] of [
        [`UPDATE t SET h = h || 'k=>other' WHERE id = 3`, '3'],
        [`UPDATE t SET at = at + interval '1 us' WHERE id = 4`, '4'],
        [`UPDATE t SET n = n + 0.0000000000000001 WHERE id = 5`, '5'],
      ] as const) {
        await server().sql(restored, sql);
        const { verdict, findings } = await compared();
        expect(verdict).toBe('FAIL');
        expect(findings.map(({ kind, id: named }) => [kind, named])).toContainEqual(['record-modified', id]);
      }
    },
  );
});

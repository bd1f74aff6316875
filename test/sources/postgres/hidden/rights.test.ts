/** F09, F13: rows that a user does not see or may not read are told, never left out. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkProfile } from '../../../../src/sources/postgres/index.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../../postgres/binaries.ts';
import { serverOfFile } from '../../../postgres/server-of-file.ts';
import { auditOf, auditWhile, expectNoneLeft, expectRefused, passOf } from '../audits.ts';
import { ALL, evidenceTable, optionsFor, ROWS, WAYS } from './evidence-table.ts';

describe.skipIf(!postgresAvailable)(`what a user sees${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ auth: 'trust' });

  beforeAll(async () => {
    await server().sql(
      'postgres',
      `${['owner', 'reader'].map((role) => `CREATE ROLE ${role} LOGIN;`).join(' ')}
      CREATE ROLE auditor LOGIN BYPASSRLS; CREATE ROLE careless LOGIN; GRANT ALL ON SCHEMA public TO owner;`,
    );
  });
  afterEach(() => expectNoneLeft(server()));

  async function fresh(sql: string): Promise<void> {
    await server().sql(
      'postgres',
      `DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC;
      ${evidenceTable('public.evidence')} ALTER TABLE public.evidence OWNER TO owner;
      GRANT SELECT ON public.evidence TO PUBLIC; ${sql}`,
    );
  }

  const POLICY = `CREATE POLICY tenants ON public.evidence
    USING (tenant = pg_catalog.current_setting('app.current_tenant', true));`;
  const RLS = `ALTER TABLE public.evidence ENABLE ROW LEVEL SECURITY; ${POLICY}`;
  const FORCED = `${RLS} ALTER TABLE public.evidence FORCE ROW LEVEL SECURITY;`;

  interface Seen {
    readonly user: string;
    readonly sql: string;
    /** How many rows a plain SELECT gives this user, without a word. */
    readonly seen: number;
  }

  async function expectSeen({ user, seen }: Pick<Seen, 'user' | 'seen'>): Promise<void> {
    const client = await server().connect('postgres', user);
    const { rows } = await client.query('SELECT count(*)::int AS seen FROM public.evidence');
    await client.end();
    expect(rows).toEqual([{ seen }]);
  }

  const HIDDEN: readonly (Seen & { readonly what: string })[] = [
    { what: 'without a policy', user: 'reader', sql: 'ALTER TABLE public.evidence ENABLE ROW LEVEL SECURITY', seen: 0 },
    { what: 'without a tenant set', user: 'reader', sql: RLS, seen: 0 },
    {
      what: 'with a tenant set for the role',
      user: 'careless',
      sql: `${RLS} ALTER ROLE careless SET app.current_tenant = 'acme'`,
      seen: ROWS,
    },
    {
      what: 'with row_security set to off and on again',
      user: 'reader',
      sql: `${RLS} ALTER ROLE reader SET row_security = on`,
      seen: 0,
    },
    { what: 'forced on the owner', user: 'owner', sql: FORCED, seen: 0 },
    {
      what: 'with a policy that hides one row',
      user: 'reader',
      sql: `ALTER TABLE public.evidence ENABLE ROW LEVEL SECURITY;
        CREATE POLICY most ON public.evidence USING (id <> 'acme-7')`,
      seen: ALL - 1,
    },
    {
      what: 'with a policy that hides nothing yet',
      user: 'reader',
      sql: `ALTER TABLE public.evidence ENABLE ROW LEVEL SECURITY; CREATE POLICY every ON public.evidence USING (true)`,
      seen: ALL,
    },
  ];

  describe('F09: row-level security', () => {
    it.each(HIDDEN)('$what is refused', async ({ user, sql, seen }) => {
      await fresh(sql);
      await expectSeen({ user, seen });
      for (const way of WAYS) {
        const found = await auditOf(server().url('postgres', user), optionsFor(way, {}, 2));
        expectRefused(found, 'source-filtered', /public\.evidence: row-level security would hide rows.*BYPASSRLS/);
      }
      const check = await checkProfile(server().url('postgres', user), optionsFor(WAYS[0]));
      expect([check.ok, check.lines.join()]).toEqual([false, expect.stringContaining('source-filtered')]);
    });

    it.each([
      ['the owner', 'owner', RLS],
      ['a role with BYPASSRLS', 'auditor', FORCED],
      ['a superuser', 'postgres', FORCED],
    ])('hides nothing from %s', async (_, user, sql) => {
      await fresh(sql);
      for (const way of WAYS) {
        expect(await auditOf(server().url('postgres', user), optionsFor(way, {}, 2))).toEqual(passOf(ALL));
      }
    });

    it.each(WAYS)('that begins to hold for a role while it reads hides nothing in silence, %s', async (way) => {
      await fresh(FORCED);
      const happening = () => server().sql('postgres', 'ALTER ROLE auditor NOBYPASSRLS');
      for (const at of [0, ROWS - 10, ROWS + 5]) {
        const found = await auditWhile(server().url('postgres', 'auditor'), optionsFor(way), { at, happening });
        await server().sql('postgres', 'ALTER ROLE auditor BYPASSRLS');
        if (found.verdict === 'PASS') expect(found).toEqual(passOf(ALL));
        else expectRefused(found, 'source-filtered', 'row-level security would hide rows');
      }
    });

    it('of the table behind a view is refused, whoever looks', async () => {
      await fresh(`${RLS} CREATE VIEW public.shown AS SELECT * FROM public.evidence; ALTER VIEW public.shown OWNER TO careless;
        GRANT SELECT ON public.shown TO PUBLIC`);
      const options = { ...optionsFor(WAYS[1], { table: 'shown' }), allowViews: true };
      for (const user of ['reader', 'postgres']) {
        const found = await auditOf(server().url('postgres', user), options);
        expectRefused(found, 'source-filtered', 'row-level security would hide rows');
      }
    });
  });

  describe('F13: a right that is missing', () => {
    it.each([
      ['SELECT on the table', 'REVOKE SELECT ON public.evidence FROM PUBLIC', 'permission denied for table evidence'],
      [
        'SELECT on one column',
        `REVOKE SELECT ON public.evidence FROM PUBLIC; GRANT SELECT (tenant, id, seq) ON public.evidence TO reader`,
        'permission denied for table evidence',
      ],
      ['USAGE of the schema', 'REVOKE ALL ON SCHEMA public FROM PUBLIC', 'permission denied for schema public'],
    ])('%s is named', async (_, sql, says) => {
      await fresh(sql);
      for (const way of WAYS) {
        const found = await auditOf(server().url('postgres', 'reader'), optionsFor(way));
        expectRefused(found, 'source-incomplete', says);
        expect(found.message).toContain('public.evidence');
      }
    });

    it('is named for a second table, though the first could be read', async () => {
      await fresh('CREATE TABLE public.second AS TABLE public.evidence');
      const [first, second] = [
        optionsFor(WAYS[0]),
        optionsFor(WAYS[1], { table: 'second', stream: { value: 'second' } }),
      ];
      const profile = { ...first.profile, tables: [...first.profile.tables, ...second.profile.tables] };
      const found = await auditOf(server().url('postgres', 'reader'), { ...first, profile });
      expectRefused(found, 'source-incomplete', 'public.second: the user may not read it');
    });

    it.each([
      ['a table', { table: 'evidenze' }, 'public.evidenze: it is not there'],
      ['a schema', { schema: 'publik' }, 'publik.evidence: it is not there'],
      ['a column', { id: 'event_id' }, 'public.evidence: no column event_id; there are tenant, id, seq, body'],
      ['a column of the body', { body: { columns: ['body', 'other'] } }, 'public.evidence: no column other'],
      ['a database', undefined, 'there is no database of that name'],
    ])('%s that is not there is named', async (_, table, says) => {
      await fresh('');
      const found = await auditOf(
        server().url(table === undefined ? 'nowhere' : 'postgres', 'reader'),
        optionsFor(WAYS[0], table),
      );
      expectRefused(found, 'source-incomplete', says);
    });

    it('that is taken away while rows are read leaves none out', async () => {
      await fresh('');
      const sql = 'REVOKE SELECT ON public.evidence FROM PUBLIC';
      for (const way of WAYS) {
        const happening = () => server().sql('postgres', sql);
        const found = await auditWhile(server().url('postgres', 'reader'), optionsFor(way), { at: 5, happening });
        await server().sql('postgres', 'GRANT SELECT ON public.evidence TO PUBLIC');
        if (found.verdict === 'PASS') expect(found).toEqual(passOf(ALL));
        else expectRefused(found, 'source-incomplete', 'the user may not read it');
      }
    });
  });
});

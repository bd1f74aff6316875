/** The environment of a connection: what is not asked for is not looked at. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { evidenceDiff } from '../../e2e/command.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { auditOf, expectNoneLeft, expectRefused, passOf } from './audits.ts';
import { ALL, evidenceTable, optionsFor, WAYS } from './hidden/evidence-table.ts';

describe.skipIf(!postgresAvailable)(`the environment${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();
  const folder = temporaryFolder();

  beforeAll(async () => {
    await server().sql('postgres', evidenceTable('public.evidence'));
    writeFileSync(join(folder, '.pgpass'), `*:*:*:*:${server().password}\n`, { mode: 0o600 });
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await expectNoneLeft(server());
  });

  const HOSTILE = {
    ...{ PGHOST: '192.0.2.1', PGPORT: '1', PGUSER: 'nobody', PGPASSWORD: 'wrong', PGDATABASE: 'nowhere' },
    ...{ PGOPTIONS: '-c search_path=evil -c row_security=on', PGSSLMODE: 'require', PGSSLROOTCERT: '/nowhere' },
    ...{
      PGAPPNAME: 'somebody else',
      PGCLIENTENCODING: 'LATIN1',
      PGREPLICATION: 'database',
      PGSSLNEGOTIATION: 'direct',
    },
    ...{ PGTZ: 'America/New_York', PGDATESTYLE: 'German', PGGEQO: 'off', PGCONNECT_TIMEOUT: '1', PGBINARY: '1' },
  };

  it.each(Object.entries(HOSTILE))('is not asked: %s=%s', async (name, value) => {
    vi.stubEnv(name, value);
    expect(await auditOf(server().url(), optionsFor(WAYS[0], {}, 2))).toEqual(passOf(ALL));
  });

  it.each([{ HOME: folder }, { PGPASSFILE: join(folder, '.pgpass') }, { PGPASSWORD: 'right' }])(
    'gives no password that the URL does not have: %o',
    async (variables) => {
      for (const [name, value] of Object.entries(variables)) {
        vi.stubEnv(name, value === 'right' ? server().password : value);
      }
      const url = server().url('postgres', 'postgres', '').replace(':@', '@');
      expectRefused(await auditOf(url, optionsFor(WAYS[0])), 'source-incomplete', /password/);
    },
  );

  it('of the command counts with --pg-env alone', () => {
    const table = ['--profile', 'generic', '--table', 'public.evidence', '--map', 'tenant=tenant', '--map', 'id=id'];
    const env = {
      PGHOST: '127.0.0.1',
      PGPORT: String(server().port),
      PGUSER: 'postgres',
      PGPASSWORD: server().password,
      PGDATABASE: 'postgres',
    };
    const named = [evidenceDiff(['stats', server().url(), ...table], { env: HOSTILE })];
    expect(named.map(({ status, stdout }) => [status, stdout.split('\n')[0]])).toEqual([[0, `records ${ALL}`]]);
    const told = evidenceDiff(['stats', 'postgres://', '--pg-env', ...table], { env });
    expect([told.status, told.stdout.split('\n')[0]]).toEqual([0, `records ${ALL}`]);
    expect(evidenceDiff(['stats', 'postgres://', ...table], { env }).status).toBe(2);
    const weak = { ...env, PGHOST: '192.0.2.1', PGSSLMODE: 'disable' };
    const url = 'postgres://192.0.2.1/d?sslmode=disable';
    const refused = evidenceDiff(['stats', url, '--pg-env', ...table], { env: weak });
    expect([refused.status, refused.stderr + refused.stdout]).toEqual([
      2,
      expect.stringContaining('--allow-plaintext'),
    ]);
  });
});

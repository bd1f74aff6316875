/** F25: TLS with a real server whose certificate nobody knows: verified, or not connected at all. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { postgresAvailable, serverUser, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { handOver } from '../../postgres/cluster.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { auditOf, auditWhile, expectNoneLeft, expectRefused, passOf } from './audits.ts';
import { ALL, evidenceTable, optionsFor, WAYS } from './hidden/evidence-table.ts';

const OPENSSL = 'openssl';
const hasOpenssl = spawnSync(OPENSSL, ['version']).status === 0;
const skipped = hasOpenssl ? skippedWithoutPostgres : ' (skipped: no openssl)';

const SSL = `SELECT a.pid, s.ssl FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid) WHERE a.application_name = 'evidence-diff'`;

describe.skipIf(!postgresAvailable || !hasOpenssl)(`TLS${skipped}`, () => {
  const server = serverOfFile({ auth: 'trust' });
  const folder = temporaryFolder();
  const ours = join(folder, 'server.crt');
  const others = join(folder, 'other.crt');

  function certificate(path: string, names: string): void {
    const key = path.replace('.crt', '.key');
    const subject = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${names}`];
    const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
    const { status, stderr } = spawnSync(OPENSSL, [...kind, '-keyout', key, '-out', path, ...subject]);
    if (status !== 0) throw new Error(String(stderr));
  }

  beforeAll(async () => {
    certificate(ours, 'DNS:localhost');
    certificate(others, 'DNS:localhost');
    for (const name of ['server.crt', 'server.key']) {
      const target = join(server().folder, 'data', name);
      copyFileSync(join(folder, name), target);
      handOver(target, serverUser());
    }
    await server().sql('postgres', evidenceTable('public.evidence'));
    await server().sql('postgres', 'ALTER SYSTEM SET ssl = on');
    await server().restart();
    expect(await server().sql('postgres', 'SHOW ssl')).toEqual([{ ssl: 'on' }]);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await expectNoneLeft(server());
  });

  const urlWith = (parameters: string, host = 'localhost'): string =>
    `postgres://postgres@${host}:${server().port}/postgres${parameters}`;
  const OPTIONS = optionsFor(WAYS[0], {}, 2);

  async function expectTls(url: string, ssl: boolean, more = {}): Promise<void> {
    let seen: readonly unknown[] = [];
    const happening = async () => {
      seen = (await server().sql('postgres', SSL)).map((row) => row['ssl']);
    };
    expect(await auditWhile(url, { ...OPTIONS, ...more }, { at: 5, happening })).toEqual(passOf(ALL));
    expect(seen).toEqual([ssl, ssl]);
  }

  it.each([
    '?sslmode=verify-full&sslrootcert=',
    '?sslmode=verify-ca&sslrootcert=',
    '?sslmode=require&sslrootcert=',
    '?sslrootcert=',
  ])('is used with the right certificate and name: %sCA', async (parameters) => {
    await expectTls(urlWith(`${parameters}${encodeURIComponent(ours)}`), true);
  });

  it('is not used on this machine where nobody asks for it', async () => {
    await expectTls(urlWith(''), false);
    await expectTls(urlWith('?sslmode=disable'), false);
  });

  const VERIFIED = ['require', 'verify-ca', 'verify-full'];

  it.each(VERIFIED)('refuses a certificate that nobody knows, sslmode=%s', async (mode) => {
    const found = await auditOf(urlWith(`?sslmode=${mode}`), OPTIONS);
    expectRefused(found, 'source-incomplete', /unknown CA \(self.signed certificate\).*give sslrootcert/);
  });

  it.each(VERIFIED)('refuses a certificate of another name, sslmode=%s', async (mode) => {
    const parameters = `?sslmode=${mode}&sslrootcert=${encodeURIComponent(ours)}`;
    const found = await auditOf(urlWith(parameters, '127.0.0.1'), OPTIONS);
    expectRefused(found, 'source-incomplete', /does not match certificate/);
  });

  it('refuses a certificate of another maker, of the same name', async () => {
    const found = await auditOf(urlWith(`?sslrootcert=${encodeURIComponent(others)}`), OPTIONS);
    expectRefused(found, 'source-incomplete', /self.signed certificate|signature/);
  });

  it.each([
    ['a file that is not there', 'nowhere.crt'],
    ['a folder', '.'],
    ['nothing', ''],
  ])('refuses %s for the certificates to trust', async (_, name) => {
    const path = name === '' ? '' : encodeURIComponent(join(folder, name));
    const found = await auditOf(urlWith(`?sslrootcert=${path}`), OPTIONS);
    expectRefused(found, 'source-incomplete', 'the certificates to trust could not be read');
  });

  it('refuses a file without a certificate for those to trust', async () => {
    const found = await auditOf(urlWith(`?sslrootcert=${encodeURIComponent(join(folder, 'server.key'))}`), OPTIONS);
    expect([found.verdict, found.kinds]).toEqual(['INCOMPLETE', ['source-incomplete']]);
  });

  it.each([
    { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    { PGSSLMODE: 'no-verify' },
    { PGSSLMODE: 'disable' },
    { PGSSLMODE: 'prefer' },
    { PGSSLMODE: 'disable', NODE_TLS_REJECT_UNAUTHORIZED: '0', PGSSLROOTCERT: '/dev/null' },
  ])('is verified whatever the environment says: %o', async (variables) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    for (const environment of [undefined, { ...process.env }]) {
      const options = environment === undefined ? OPTIONS : { ...OPTIONS, environment };
      const found = await auditOf(urlWith('?sslmode=require'), options);
      expect([found.verdict, found.kinds]).toEqual(['INCOMPLETE', ['source-incomplete']]);
      const parameters = `?sslmode=require&sslrootcert=${encodeURIComponent(ours)}`;
      expect((await auditOf(urlWith(parameters, '127.0.0.1'), options)).verdict).toBe('INCOMPLETE');
      await expectTls(urlWith(parameters), true, options);
    }
  });

  it('shows the certificate of ours that the server wants, and says so where there is none', async () => {
    const hba = join(server().folder, 'data', 'pg_hba.conf');
    const before = readFileSync(hba, 'utf8');
    copyFileSync(others, join(server().folder, 'data', 'root.crt'));
    handOver(join(server().folder, 'data', 'root.crt'), serverUser());
    const rule = 'hostssl all postgres all cert map=ours';
    writeFileSync(hba, `${rule}\n${before}`);
    writeFileSync(join(server().folder, 'data', 'pg_ident.conf'), 'ours localhost postgres\n');
    await server().sql('postgres', `ALTER SYSTEM SET ssl_ca_file = 'root.crt'`);
    await server().restart();
    const ca = `?sslrootcert=${encodeURIComponent(ours)}`;
    const own = (certificateOf: string, keyOf = certificateOf): string =>
      `&sslcert=${encodeURIComponent(certificateOf)}&sslkey=${encodeURIComponent(keyOf.replace('.crt', '.key'))}`;
    const refused = async (parameters: string, says: RegExp): Promise<void> =>
      expectRefused(await auditOf(urlWith(`${ca}${parameters}`), OPTIONS), 'source-incomplete', says);
    await expectTls(urlWith(`${ca}${own(others)}`), true);
    await refused('', /the server wants a certificate of ours; give sslcert and sslkey/);
    await refused(own(others, ours), /the key is not that of our certificate/);
    await refused(own(join(folder, 'nowhere.crt')), /our certificate could not be read.*sslcert/);
    writeFileSync(hba, before);
    await server().sql('postgres', 'ALTER SYSTEM RESET ssl_ca_file');
    await server().restart();
  });

  it('is used if the environment that was allowed asks for it', async () => {
    await expectTls(urlWith(''), true, { environment: { PGSSLMODE: 'verify-full', PGSSLROOTCERT: ours } });
    const found = await auditOf(urlWith(''), { ...OPTIONS, environment: { PGSSLMODE: 'require' } });
    expectRefused(found, 'source-incomplete', /self.signed certificate/);
  });

  it('is not given up for a server that has none', async () => {
    await server().sql('postgres', 'ALTER SYSTEM SET ssl = off');
    await server().restart();
    for (const parameters of ['?sslmode=require', `?sslrootcert=${encodeURIComponent(ours)}`]) {
      for (const allowPlaintext of [false, true]) {
        const found = await auditOf(urlWith(parameters), { ...OPTIONS, allowPlaintext });
        expectRefused(found, 'source-incomplete', 'the server offers no TLS');
      }
    }
    await server().sql('postgres', 'ALTER SYSTEM SET ssl = on');
    await server().restart();
  });

  it.each([
    ['an error in the clear', 'E'],
    ['more than one letter', 'SR\0\0\0\b\0\0\0\0'],
    ['nonsense behind the yes', 'S'],
    ['nothing, and hangs up', ''],
  ])('is not given up for one that answers with %s, and no password is sent', async (_, answer) => {
    let heard = '';
    const liar = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => (answer === '' ? socket.end() : socket.write(answer)));
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1');
        if (heard.length > 8) socket.end('R\0\0\0\x08\0\0\0\x03');
      });
    }).listen(0, '127.0.0.1');
    await once(liar, 'listening');
    const { port } = liar.address() as { port: number };
    const found = await auditOf(`postgres://canary:secret@127.0.0.1:${port}/db?sslmode=require`, OPTIONS);
    liar.close();
    expect([found.verdict, found.kinds]).toEqual(['INCOMPLETE', ['source-incomplete']]);
    expect(heard).not.toMatch(/canary|secret/);
  });
});

/** Connections as libpq knows them, to a server: files of passwords and services, several hosts, limits of time. */
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { auditOf, auditWhile, expectRefused, passOf } from './audits.ts';
import { ALL, evidenceTable, optionsFor, WAYS } from './hidden/evidence-table.ts';

const folder = temporaryFolder();
let files = 0;

function file(text: string, mode = 0o600): string {
  const path = join(folder, `file${++files}`);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe.skipIf(!postgresAvailable)(`ways to a server${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();
  const OPTIONS = optionsFor(WAYS[0], {}, 2);
  beforeAll(() => server().sql('postgres', evidenceTable('public.evidence')));

  /** A port at which somebody listens and says nothing. */
  async function silentPort(): Promise<number> {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    return (silent.address() as { port: number }).port;
  }

  const urlOf = (hosts: string, parameters = ''): string => `postgres://postgres@${hosts}/postgres?${parameters}`;
  const here = (): string => `127.0.0.1:${server().port}`;
  const passfile = (): string => `passfile=${encodeURIComponent(file(`127.0.0.1:*:*:*:${server().password}\n`))}`;

  it('a password file of the URL, and one of the environment that is allowed', async () => {
    expect(await auditOf(urlOf(here(), passfile()), OPTIONS)).toEqual(passOf(ALL));
    const PGPASSFILE = file(`*:*:*:*:${server().password}\n`);
    expect(await auditOf(urlOf(here()), { ...OPTIONS, environment: { PGPASSFILE } })).toEqual(passOf(ALL));
    expectRefused(await auditOf(urlOf(here()), OPTIONS), 'source-incomplete', /no password.*passfile=FILE/);
    const open = file('*:*:*:*:x', 0o644);
    const passedOver = await auditOf(urlOf(here()), { ...OPTIONS, environment: { PGPASSFILE: open } });
    expectRefused(passedOver, 'source-incomplete', /no password.*others can read it/);
    const wrong = await auditOf(urlOf(here()), { ...OPTIONS, environment: { PGPASSFILE: file('*:*:*:*:x') } });
    expectRefused(wrong, 'source-incomplete', /refused the password/);
  });

  it('a service is read, by every worker', async () => {
    const [host, port] = here().split(':');
    const services = file(
      `[s]\nhost=${host}\nport=${port}\ndbname=postgres\nuser=postgres\npassword=${server().password}\n`,
    );
    const url = `postgres://?service=s&servicefile=${encodeURIComponent(services)}`;
    expect(await auditOf(url, OPTIONS)).toEqual(passOf(ALL));
  });

  // A second is enough for a server that answers, but not on every machine at every time: what is broken fails each time.
  it('the first of several hosts that lets us in is read by every worker, and the others are told if none does', {
    retry: 4,
  }, async () => {
    const silent = `127.0.0.1:${await silentPort()}`;
    const url = urlOf(`127.0.0.1:1,${silent},${here()}`, `connect_timeout=1&${passfile()}`);
    expect(await auditOf(url, OPTIONS)).toEqual(passOf(ALL));
    expectRefused(
      await auditOf(urlOf(`127.0.0.1:1,${silent}`, 'connect_timeout=1'), OPTIONS),
      'source-incomplete',
      /none of 2 servers can be read: 127\.0\.0\.1:1: nothing answers there.*no answer for 1 s.*firewall/,
    );
    // Who was refused is not somebody else at the next host.
    expectRefused(await auditOf(urlOf(`${here()},${here()}`), OPTIONS), 'source-incomplete', /: no password/);
  });

  it('a server that says nothing is given up after connect_timeout, with what to look at', async () => {
    const found = await auditOf(urlOf(`127.0.0.1:${await silentPort()}`, 'connect_timeout=1'), OPTIONS);
    expectRefused(found, 'source-incomplete', /no answer for 1 s; check host, port and firewall/);
  });

  it('has the name that was given, and is a primary where one is wanted', async () => {
    let names: readonly unknown[] = [];
    const happening = async (): Promise<void> => {
      const text = `SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'nightly%'`;
      names = (await server().sql('postgres', text)).map((row) => row['application_name']);
    };
    const url = urlOf(here(), `application_name=nightly-1&target_session_attrs=primary&${passfile()}`);
    expect(await auditWhile(url, OPTIONS, { at: 5, happening })).toEqual(passOf(ALL));
    expect(names).toEqual(['nightly-1', 'nightly-1']);
  });
});

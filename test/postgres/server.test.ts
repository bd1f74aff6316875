import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { within } from '../faults/files.ts';
import {
  binaries,
  binariesOfPackage,
  pgTool,
  postgresAvailable,
  skippedWithoutPostgres,
  skippedWithoutTools,
} from './binaries.ts';
import { FaultProxy, type NetworkFault } from './proxy.ts';
import { connectTo, PostgresServer } from './server.ts';
import { serverOfFile } from './server-of-file.ts';

const REGISTER = fileURLToPath(new URL('../register-ts.mjs', import.meta.url));
const psql = pgTool('psql');
const START_AND_LEAVE = fileURLToPath(new URL('start-and-leave.ts', import.meta.url));

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition() && tries < 6000; tries++) await sleep(10);
  expect(condition()).toBe(true);
}

/** A folder for the length of `work`, open to all for passing through. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-diff-test-'));
  chmodSync(folder, 0o711);
  await work(folder).finally(() => rmSync(folder, { recursive: true, force: true }));
}

describe.skipIf(!postgresAvailable)(`a throw-away server${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();

  it('answers, in UTF-8, with the collation of bytes', async () => {
    const rows = await server().sql(
      'postgres',
      `SELECT 1; SELECT current_setting('server_encoding') AS encoding, 'Z' < 'a' AS bytewise, version() AS version`,
    );
    expect(rows).toEqual([
      { encoding: 'UTF8', bytewise: true, version: expect.stringContaining(`PostgreSQL ${binaries?.version} `) },
    ]);
  });

  it.skipIf(psql === undefined)(`serves the tools that are found${skippedWithoutTools('psql')}`, () => {
    const answer = execFileSync(psql as string, ['-XAtc', 'SELECT 6 * 7', server().url()], { encoding: 'utf8' });
    expect(answer).toBe('42\n');
  });

  it('asks for the password', async () => {
    await expect(server().connect('postgres', 'postgres', 'wrong')).rejects.toThrow('password authentication failed');
  });

  it('makes databases of other encodings and collations', async () => {
    await server().createDatabase('latin "1"', { encoding: 'LATIN1', locale: 'C' });
    await server().createDatabase('icu', { icuLocale: 'en-US' });
    const [latin] = await server().sql('latin "1"', `SHOW server_encoding`);
    const [icu] = await server().sql('icu', `SELECT 'Z' < 'a' AS bytewise`);
    expect([latin, icu]).toEqual([{ server_encoding: 'LATIN1' }, { bytewise: false }]);
  });

  it('restarts on its port with what it held, after an order and after a crash', async () => {
    const { port } = server();
    await server().sql('postgres', 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)');
    for (const mode of ['fast', 'immediate'] as const) {
      const { pid } = server();
      await server().restart({ mode });
      await server().sql('postgres', 'INSERT INTO kept VALUES (2)');
      expect(server().pid).not.toBe(pid);
    }
    expect(server().port).toBe(port);
    expect(await server().sql('postgres', 'SELECT n FROM kept')).toEqual([{ n: 1 }, { n: 2 }, { n: 2 }]);
    expect(server().log()).toContain('automatic recovery in progress');
  });

  describe('behind a proxy', () => {
    const ROWS = 20_000;
    const QUERY = `SELECT n, repeat('x', 80) AS filler FROM generate_series(1, ${ROWS}) n`;
    let proxy: FaultProxy;

    beforeEach(async () => {
      proxy = await FaultProxy.open(server().port);
    });
    afterEach(() => proxy.close());

    /** How a query that is struck half-way ends, `silence` if it does not. */
    async function halfWay(fault: NetworkFault): Promise<string> {
      const client = await connectTo(proxy.through(server().url()));
      proxy.arm(fault, 1_000_000);
      const before = proxy.bytesFromServer;
      const answer = client.query(QUERY).then(
        ({ rows }) => `${rows.length} rows`,
        (error: Error) => error.message,
      );
      await until(() => proxy.faults === 1);
      expect(proxy.bytesFromServer - before).toBe(1_000_000);
      // What comes is waited for: on a busy machine it may take a while.
      const isHeard = fault === 'end' || fault === 'reset';
      const outcome = isHeard ? await within(answer) : await Promise.race([answer, sleep(300, 'silence')]);
      if (fault === 'pause') {
        proxy.resume();
        expect(await within(answer)).toBe(`${ROWS} rows`);
        await client.end();
      }
      return outcome;
    }

    it('gets the whole answer while no fault strikes', async () => {
      const client = await connectTo(proxy.through(server().url()));
      const { rows } = await client.query(QUERY);
      await client.end();
      expect([rows.length, proxy.connections, proxy.faults]).toEqual([ROWS, 1, 0]);
      expect(proxy.bytesFromServer).toBeGreaterThan(ROWS * 80);
      expect(proxy.bytesToServer).toBeGreaterThan(QUERY.length);
    });

    it.each([
      ['end', /^Connection terminated unexpectedly$/],
      // Node takes a reset that comes right behind data for an end.
      ['reset', /^read ECONNRESET$|^Connection terminated unexpectedly$/],
      ['black-hole', /^silence$/],
      ['pause', /^silence$/],
    ] as const)('%s in the middle of an answer', async (fault, outcome) => {
      expect(await halfWay(fault)).toMatch(outcome);
    });

    it('a reset on command is one', async () => {
      const client = await connectTo(proxy.through(server().url()));
      const answer = client.query('SELECT pg_sleep(30)');
      const outcome = expect(within(answer)).rejects.toThrow('read ECONNRESET');
      await sleep(50);
      proxy.inject('reset');
      await outcome;
    });

    it('a connection made into a black hole hears nothing; one made after a reset works', async () => {
      proxy.inject('reset');
      await (await connectTo(proxy.through(server().url()))).end();
      proxy.inject('black-hole');
      const connecting = connectTo(proxy.through(server().url()));
      const outcome = connecting.then(
        () => 'connected',
        () => 'failed',
      );
      expect(await Promise.race([outcome, sleep(300, 'silence')])).toBe('silence');
      await proxy.close();
      expect(await within(outcome)).toBe('failed');
    });
  });
});

describe.skipIf(!postgresAvailable)(`what a server leaves behind${skippedWithoutPostgres}`, () => {
  it('nothing once it is stopped, though a client is connected; a replica stops as well', async () => {
    const server = await PostgresServer.start({ auth: 'trust', settings: { max_connections: '10' } });
    await server.restart({ standby: true });
    const [row] = await server.sql(
      'postgres',
      `SELECT pg_is_in_recovery(), current_setting('max_connections') AS most`,
    );
    expect(row).toEqual({ pg_is_in_recovery: true, most: '10' });
    await server.connect('postgres', 'postgres', 'any');
    await server.stop();
    await server.stop();
    expect(existsSync(server.folder)).toBe(false);
    await expect(connectTo(server.url())).rejects.toThrow('ECONNREFUSED');
  });

  it.each([
    ['stop', 3],
    ['throw', 1],
    ['kill', null],
  ] as const)('nothing after a program that leaves by: %s; its exit code is %s', async (way, code) => {
    const ended = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
      const child = execFile(process.execPath, ['--import', REGISTER, START_AND_LEAVE, way], (_, stdout) =>
        resolve({ code: child.exitCode, stdout }),
      );
    });
    expect(ended.code).toBe(code);
    const { folder, url } = JSON.parse(ended.stdout) as { folder: string; url: string };
    await until(() => !existsSync(folder));
    await expect(connectTo(url)).rejects.toThrow('ECONNREFUSED');
  });

  it('nothing after a start that failed, and the error says why', async () => {
    await inFolder(async (folder) => {
      vi.stubEnv('TMPDIR', folder);
      const start = PostgresServer.start({ settings: { shared_buffers: 'plenty' } });
      await expect(start).rejects.toThrow('invalid value for parameter "shared_buffers"');
      vi.unstubAllEnvs();
      expect(readdirSync(folder)).toEqual([]);
    });
  });
});

const source = binaries === undefined ? undefined : join(binaries.bin, '..', '..');
const isPackage = source !== undefined && existsSync(join(source, 'native', 'pg-symlinks.json'));

const skippedWithoutPackage = isPackage ? '' : ' (skipped: PostgreSQL is not from the package)';

describe.skipIf(!isPackage)(`a package whose install script was blocked${skippedWithoutPackage}`, () => {
  it('is made to run, from a folder that is closed to the server’s user as well', async () => {
    await inFolder(async (folder) => {
      const closed = mkdtempSync(join(folder, 'closed-'));
      for (const part of ['native', 'scripts', 'package.json']) {
        cpSync(join(source as string, part), join(closed, part), { recursive: true, verbatimSymlinks: true });
      }
      const list = readFileSync(join(closed, 'native', 'pg-symlinks.json'), 'utf8');
      for (const { target } of JSON.parse(list) as { target: string }[]) rmSync(join(closed, target));
      const made = binariesOfPackage(closed);
      expect(made?.copyFrom).toBe(process.getuid?.() === 0 ? closed : undefined);
      if (made === undefined) throw new Error('the package does not run');
      const server = await PostgresServer.start({ binaries: made });
      expect(await server.sql('postgres', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await server.stop();
    });
  });
});

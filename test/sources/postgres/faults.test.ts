/**
 * A database that dies, hangs, is cut off or is locked while it is read: nothing of it is ever PASS unless every row of
 * the snapshot was read, and nothing of it is waited for longer than the stall limit.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compareSources } from '../../../src/engine/compare.ts';
import { openPostgres, type PostgresOptions } from '../../../src/sources/postgres/index.ts';
import { PROFILES } from '../../../src/sources/postgres/profiles.ts';
import { inSchema } from '../../../src/wire/profile.ts';
import type { Profile1 } from '../../../src/wire/profile-tables.ts';
import { start } from '../../e2e/command.ts';
import { within } from '../../faults/files.ts';
import { long, runs, seed } from '../../long.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { createLedger } from '../../postgres/ledger-store.ts';
import { FaultProxy, type NetworkFault } from '../../postgres/proxy.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { Chance } from '../../tamper/value.ts';
import {
  auditOf,
  auditWhile,
  endBackend,
  expectNoneLeft,
  expectRefused,
  type Outcome,
  passOf,
  profileOfTable,
} from './audits.ts';
import { PausedSource } from './paused-source.ts';

/** In batches of 20 even the fewer are fifty answers of the server. */
const ROWS = runs(1000, 4000);
const BATCH_ROWS = 20;
const SHARES = [0, 0.25, 0.5, 0.99] as const;

const LEDGER = PROFILES.get('stella-ledger') as Profile1;
const STRATEGIES = [
  ['streams by an index', LEDGER],
  ['one sorted query', inSchema(LEDGER, 'sorted')],
] as const;

interface Case {
  readonly strategy: string;
  readonly profile: Profile1;
  readonly workers: number;
  readonly share: number;
}

const EVERY_CASE: readonly Case[] = STRATEGIES.flatMap(([strategy, profile]) =>
  [1, 2].flatMap((workers) => SHARES.map((share) => ({ strategy, profile, workers, share }))),
);

const placeOf = ({ strategy, share }: Case): readonly [strategy: number, share: number] => [
  strategy === STRATEGIES[0][0] ? 0 : 1,
  (SHARES as readonly number[]).indexOf(share),
];

/** All in the long campaign, else half of them: every two of strategy, number of workers and share are there together. */
const CASES: readonly Case[] = EVERY_CASE.filter((one) => {
  const [strategy, share] = placeOf(one);
  return long || (strategy + one.workers + share) % 2 === 0;
});

function optionsOf({ profile, workers }: Pick<Case, 'profile' | 'workers'>): PostgresOptions {
  return { profile, workers, batchSize: BATCH_ROWS };
}

/**
 * Both ways to fail in the long campaign, else one: by turns, so that each comes with every strategy, every number of
 * workers and every share.
 */
function bothOr<const T extends string>(one: Case, ways: readonly [T, T]): readonly T[] {
  const [strategy, share] = placeOf(one);
  return long ? ways : [ways[(strategy + (share >> 1)) % 2] as T];
}

const rowAt = (share: number): number => Math.floor(share * ROWS);

describe.skipIf(!postgresAvailable)(`a database that fails${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();

  beforeAll(async () => {
    const client = await server().connect();
    await createLedger(client, { rows: ROWS });
    // Without an index: the whole table is sorted.
    await client.query('CREATE SCHEMA sorted');
    await client.query('CREATE TABLE sorted.ledger_events AS TABLE public.ledger_events');
    await client.query('ANALYZE');
    await client.end();
  });

  afterEach(() => expectNoneLeft(server()));

  it.each(STRATEGIES)('is read whole while nothing fails, by %s', async (_, profile) => {
    const one = await auditOf(server().url(), optionsOf({ profile, workers: 1 }));
    expect(one).toEqual(passOf(ROWS));
    expect(await auditOf(server().url(), optionsOf({ profile, workers: 2 }))).toEqual(one);
  });

  describe('F01: a backend is terminated', () => {
    it.each(CASES)('at $share by $strategy, $workers workers', async (one) => {
      for (const which of one.workers === 1 ? (['first'] as const) : (['first', 'last'] as const)) {
        const happening = () => endBackend(server(), which);
        const found = await auditWhile(server().url(), optionsOf(one), { at: rowAt(one.share), happening });
        expectRefused(found, 'source-incomplete', /connection|57P01|terminat/i);
      }
    });

    it('when all rows are read and nothing but the COMMIT is left', async () => {
      const happening = () => endBackend(server(), 'first');
      const options = optionsOf({ profile: LEDGER, workers: 2 });
      expectRefused(
        await auditWhile(server().url(), options, { at: ROWS, happening }),
        'source-incomplete',
        /connection|terminat/i,
      );
    });

    it('ends the comparison of two databases too', async () => {
      const options = optionsOf({ profile: LEDGER, workers: 1 });
      const baseline = openPostgres(server().url(), options);
      // The one that connected last is not known here: it does not matter which of the two sides is ended.
      const current = new PausedSource(openPostgres(server().url(), options), rowAt(0.5), () =>
        endBackend(server(), 'last'),
      );
      const report = await within(compareSources(baseline, current));
      expect(current.happened).toBe(true);
      expect(report.verdict).toBe('INCOMPLETE');
      expect(report.findingCounts).toEqual({ 'source-incomplete': 1 });
    });
  });

  describe('F04: the query is cancelled', () => {
    it.each(CASES)('between two fetches nothing happens: at $share by $strategy, $workers workers', async (one) => {
      const happening = () => endBackend(server(), 'last', 'cancel');
      const found = await auditWhile(server().url(), optionsOf(one), { at: rowAt(one.share), happening });
      // A fetch that was under way was struck; else every row was read.
      if (found.verdict === 'PASS') expect(found).toEqual(passOf(ROWS));
      else expectRefused(found, 'source-incomplete', 'the query was cancelled');
    });

    /** Cancels our query while it sleeps, as it does until then. */
    async function cancelAsleep(client: pg.Client, isOver: () => boolean): Promise<boolean> {
      const cancel = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'evidence-diff' AND wait_event = 'PgSleep'`;
      while (!isOver()) {
        if (((await client.query(cancel)).rowCount ?? 0) > 0) return true;
        await sleep(5);
      }
      return false;
    }

    it.each(CASES)('in a fetch: at $share by $strategy, $workers workers', async ({ profile, workers, share }) => {
      // The stream with most rows, which is not the first that is read. Only what reads rows in their order sleeps.
      const asleep = `pg_sleep(CASE WHEN current_query() LIKE '% ORDER' || ' BY %' THEN 60 ELSE 0 END) IS NOT NULL`;
      const sleeps = `sequence_no <> ${1 + Math.floor(share * 0.15 * ROWS)} OR tenant_id <> 'acme' OR ${asleep}`;
      const tables = profile.tables.map((table) => ({ ...table, where: sleeps }));
      const client = await server().connect();
      let isOver = false;
      // It sleeps for longer than that: what is not cancelled ends by it, and is seen not to have been.
      const options = { ...optionsOf({ profile: { ...profile, tables }, workers }), stallMs: 30_000 };
      const auditing = auditOf(server().url(), options).finally(() => {
        isOver = true;
      });
      expect(await cancelAsleep(client, () => isOver)).toBe(true);
      expectRefused(await auditing, 'source-incomplete', 'the query was cancelled');
      await client.end();
    });
  });

  describe('F01: the server is restarted', () => {
    it.each(CASES)('at $share by $strategy, $workers workers', async (one) => {
      for (const mode of bothOr(one, ['fast', 'immediate'])) {
        const happening = () => server().restart({ mode });
        const found = await auditWhile(server().url(), optionsOf(one), { at: rowAt(one.share), happening });
        expectRefused(found, 'source-incomplete', /connection|terminat|crash|reset/i);
      }
    });

    it('and an audit made after it is right again', async () => {
      expect(await auditOf(server().url(), optionsOf({ profile: LEDGER, workers: 2 }))).toEqual(passOf(ROWS));
    });
  });

  describe('F01: the network', () => {
    const bytesOf = new Map<string, number>();
    const keyOf = ({ strategy, workers }: Case): string => `${strategy} ${workers}`;

    beforeAll(async () => {
      for (const one of EVERY_CASE.filter(({ share }) => share === 0)) {
        const proxy = await FaultProxy.open(server().port);
        expect(await auditOf(proxy.through(server().url()), optionsOf(one))).toEqual(passOf(ROWS));
        bytesOf.set(keyOf(one), proxy.bytesFromServer);
        await proxy.close();
      }
    });

    interface Struck {
      readonly found: Outcome;
      readonly faults: number;
    }

    /** Strikes at `byte` of all that the server sends. */
    async function struck(
      fault: NetworkFault,
      one: Case,
      byte: number,
      stall: Pick<PostgresOptions, 'stallMs'> = {},
    ): Promise<Struck> {
      const proxy = await FaultProxy.open(server().port);
      proxy.arm(fault, byte);
      const found = await auditOf(proxy.through(server().url()), { ...optionsOf(one), ...stall });
      await proxy.close();
      return { found, faults: proxy.faults };
    }

    /** `attempt` with a short stall limit, and with longer ones where it `isTooShort` for how busy the machine is. */
    async function patiently<T>(
      attempt: (stallMs: number) => Promise<T>,
      isTooShort: (found: T) => boolean,
    ): Promise<T> {
      let found = await attempt(400);
      for (const stallMs of [2000, 10_000]) if (isTooShort(found)) found = await attempt(stallMs);
      return found;
    }

    const byteAt = (one: Case, share = one.share): number => Math.floor((bytesOf.get(keyOf(one)) ?? 0) * share);

    it.each(CASES)('FIN and RST at $share by $strategy, $workers workers', async (one) => {
      for (const fault of bothOr(one, ['end', 'reset'])) {
        const { found, faults } = await struck(fault, one, byteAt(one));
        expect(faults).toBe(1);
        expectRefused(found, 'source-incomplete', /connection/i);
      }
    });

    it('FIN and RST at each of many places, to the last answer', async () => {
      const one = EVERY_CASE.find(({ workers, strategy }) => workers === 2 && strategy === STRATEGIES[0][0]) as Case;
      const chance = new Chance('places');
      const total = byteAt(one, 1);
      const late = [60, 100, 200, 400, 2000].map((left) => total - left);
      for (const byte of [...Array.from({ length: runs(5, 40, 2) }, () => chance.below(total)), ...late]) {
        for (const fault of ['end', 'reset'] as const) {
          const { found, faults } = await struck(fault, one, byte);
          expect([found.verdict, found.kinds, faults], `byte ${byte} of ${total}`).toEqual([
            'INCOMPLETE',
            ['source-incomplete'],
            1,
          ]);
        }
      }
    });

    it('a black hole is found by the stall limit, wherever it opens', async () => {
      const readings = CASES.map((one) =>
        patiently(
          (stallMs) => struck('black-hole', one, byteAt(one), { stallMs }),
          ({ faults }) => faults === 0,
        ),
      );
      for (const { found, faults } of await Promise.all(readings)) {
        expect(faults).toBe(1);
        expectRefused(found, 'source-incomplete', /no answer for [0-9.]+ s|timeout|connection/i);
      }
    });

    it('F02: a slow reader is no stall: nobody waits for an answer then', async () => {
      const slowly = (stallMs: number): Promise<Outcome> => {
        const options = { ...optionsOf({ profile: LEDGER, workers: 2 }), stallMs };
        return auditWhile(server().url(), options, { at: rowAt(0.5), happening: () => sleep(1.5 * stallMs) });
      };
      expect(await patiently(slowly, ({ verdict }) => verdict !== 'PASS')).toEqual(passOf(ROWS));
    });

    it('a pause that is shorter than the stall limit loses nothing', async () => {
      const proxy = await FaultProxy.open(server().port);
      const one = EVERY_CASE[0] as Case;
      proxy.arm('pause', byteAt(one, 0.5));
      let isOver = false;
      const waiting = auditOf(proxy.through(server().url()), optionsOf(one)).finally(() => {
        isOver = true;
      });
      while (proxy.faults === 0 && !isOver) await sleep(5);
      await sleep(300);
      proxy.resume();
      expect(await waiting).toEqual(passOf(ROWS));
      await proxy.close();
    });

    it.each([
      ['stats', 'end'],
      ['stats', 'reset'],
      ['stats', 'black-hole'],
      ['verify-all', 'end'],
      ['verify-all', 'reset'],
      ['verify-all', 'black-hole'],
    ] as const)('the command %s never says 0 after: %s', async (verb, fault) => {
      const one = EVERY_CASE[2] as Case;
      // Two of the four shares, and the other two with the other command.
      const shares = SHARES.filter((_, at) => long || (at + (verb === 'stats' ? 0 : 1)) % 2 === 0);
      const readings = shares.map(async (share) => {
        const proxy = await FaultProxy.open(server().port);
        proxy.arm(fault, byteAt(one, share));
        // Only where nothing else ends it: whatever is slow must not be taken for a stall before the fault has struck.
        const stall = ['--stall-timeout', fault === 'black-hole' ? '2' : '60'];
        const size = ['--batch-size', String(BATCH_ROWS), '--workers', '2', ...stall];
        const command = start([verb, proxy.through(server().url()), '--profile', 'stella-ledger', ...size]);
        command.child.stdin?.end();
        const { status, stdout, stderr } = await within(command.ended);
        await proxy.close();
        return { faults: proxy.faults, status, told: /source-incomplete/.test(stdout + stderr) };
      });
      for (const run of await Promise.all(readings)) expect(run).toEqual({ faults: 1, status: 2, told: true });
    });
  });

  describe('limits that the server sets', () => {
    it('F05, F30: those of the role are set aside', async () => {
      await server().sql(
        'postgres',
        `CREATE ROLE hurried LOGIN SUPERUSER PASSWORD 'hurried';
        ALTER ROLE hurried SET statement_timeout = '50ms'; ALTER ROLE hurried SET lock_timeout = '50ms';
        ALTER ROLE hurried SET idle_in_transaction_session_timeout = '50ms';
        ALTER ROLE hurried SET default_transaction_isolation = 'read committed'`,
      );
      const url = server().url('postgres', 'hurried', 'hurried');
      const hurried = await server().connect('postgres', 'hurried', 'hurried');
      await expect(hurried.query('SELECT pg_sleep(1)')).rejects.toThrow('statement timeout');
      await hurried.end();
      for (const [, profile] of STRATEGIES) {
        const happening = () => sleep(200);
        const options = optionsOf({ profile, workers: 2 });
        expect(await auditWhile(url, options, { at: rowAt(0.5), happening })).toEqual(passOf(ROWS));
      }
    });

    it('F24: a table that a migration has locked is told with the backend that holds it', async () => {
      const migration = await server().connect();
      await migration.query('BEGIN; LOCK TABLE public.ledger_events IN ACCESS EXCLUSIVE MODE');
      const [row] = (await migration.query('SELECT pg_backend_pid() AS pid')).rows;
      const options = { ...optionsOf({ profile: LEDGER, workers: 1 }), lockTimeoutMs: 200 };
      const found = await auditOf(server().url(), options);
      await migration.end();
      expectRefused(found, 'source-incomplete', `held by backend ${row.pid};`);
    });
  });

  describe('the end of a stream', () => {
    beforeAll(async () => {
      const fill = (schema: string, key: string): string => `
        CREATE TABLE ${schema}.evidence AS SELECT n AS id, n::bigint AS seq, 'acme' AS tenant, repeat('x', n % 50) AS body
          FROM generate_series(1, 1000) n;
        ${key}`;
      await server().sql('postgres', fill('public', 'ALTER TABLE public.evidence ADD PRIMARY KEY (tenant, seq);'));
      await server().sql('postgres', fill('sorted', ''));
    });

    it.each([
      [64, 64],
      [128, 64],
      [128, 128],
      [192, 32],
      [256, 256],
      [64, 16],
      [640, 128],
    ])('is not missed when it comes while nobody waits: after %i rows in batches of %i', async (rows, batchSize) => {
      for (const schema of ['public', 'sorted']) {
        for (const at of [rows, rows - 20]) {
          const options = { profile: profileOfTable({ schema, seq: 'seq', where: `seq <= ${rows}` }), batchSize };
          const found = await auditWhile(server().url(), options, { at, happening: () => sleep(10) });
          expect(found).toEqual(passOf(rows));
        }
      }
    });

    it(`is never missed, however rows, batches and turns fall (seed ${seed})`, async () => {
      const chance = new Chance(String(seed));
      const count = (size: number): number => {
        const whole = chance.pick([size, 64, 64, size * 64]) * chance.between(1, 4);
        return Math.min(1000, Math.max(1, whole + chance.pick([0, 0, 0, 0, 1, -1])));
      };
      for (let run = 0; run < runs(40, 2000); run++) {
        const batchSize = chance.pick([1, 7, 16, 32, 63, 64, 64, 65, 128, 200]);
        const rows = count(batchSize);
        const schema = chance.pick(['public', 'sorted']);
        const workers = chance.pick([1, 1, 2, 3]);
        const profile = profileOfTable({ schema, seq: 'seq', where: `seq <= ${rows}` });
        // Mostly at the end or a little before it, so that what the server has left to say comes while nobody waits for it.
        const at = chance.pick([chance.between(0, rows), Math.max(0, rows - chance.below(64)), rows, rows]);
        const turns = chance.pick([0, 1, 2, 3]);
        const happening = async () => {
          for (let turn = 0; turn < turns; turn++) await sleep(chance.pick([0, 1, 3]));
        };
        const found = await auditWhile(server().url(), { profile, batchSize, workers }, { at, happening });
        expect(found, `run ${run}: ${JSON.stringify({ rows, batchSize, schema, workers, at, turns })}`).toEqual(
          passOf(rows),
        );
      }
    });
  });
});

/** What is asked of a server before its rows are read, without one: settings, locks, tables, counts, JSON. */
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { describeTable, mappedColumns, type Relation } from '../../../src/sources/postgres/catalog.ts';
import { countRows } from '../../../src/sources/postgres/census.ts';
import { levelsAround, lookAtJson } from '../../../src/sources/postgres/json-look.ts';
import { PROFILES } from '../../../src/sources/postgres/profiles.ts';
import type { Statement } from '../../../src/sources/postgres/session.ts';
import { beginCapture, joinSnapshot } from '../../../src/sources/postgres/transaction.ts';
import { type TableProfile, tablesOf } from '../../../src/wire/table-profile.ts';
import { LOCKER_TABLES } from '../../postgres/locker-store.ts';
import { toldSession } from './told-session.ts';

function tableOf(name: string, at = 0): TableProfile {
  const profile = PROFILES.get(name);
  const table = profile === undefined ? undefined : tablesOf(profile)[at];
  if (table === undefined) throw new RangeError(name);
  return table;
}
const LEDGER = tableOf('stella-ledger');

/** What a capture rests on, and what the server says of it. */
const SETTINGS: Readonly<Record<string, string>> = {
  transaction_isolation: 'repeatable read',
  transaction_read_only: 'on',
  search_path: 'pg_catalog, pg_temp',
  row_security: 'off',
  standard_conforming_strings: 'on',
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmlbinary: 'base64',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  default_transaction_read_only: 'on',
  quote_all_identifiers: 'off',
  constraint_exclusion: 'off',
  client_encoding: 'UTF8',
  zero_damaged_pages: 'off',
  ignore_checksum_failure: 'off',
};

function settingsOf(over: Readonly<Record<string, string>> = {}) {
  return ({ text }: Statement): readonly (readonly string[])[] => {
    const all = { ...SETTINGS, ...over };
    return [[...text.matchAll(/current_setting\('([^']*)'\)/g)].map(([, name = '']) => all[name] ?? `no ${name}`)];
  };
}

describe('a transaction', () => {
  it('begins where all that a capture rests on is as it must be', async () => {
    const { session, ran } = toldSession(settingsOf());
    await beginCapture(session, [LEDGER], 5000);
    expect(ran.slice(0, 1)).toEqual(['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY']);
    expect(ran).toContain('SET LOCAL lock_timeout = 5000');
    expect(ran).toContain('LOCK TABLE "public"."ledger_events" IN ACCESS SHARE MODE');
    expect(ran.join()).not.toContain('SNAPSHOT');
  });

  it.each(Object.keys(SETTINGS))('is refused where a pooler has set %s otherwise', async (name) => {
    const { session } = toldSession(settingsOf({ [name]: 'other' }));
    await expect(beginCapture(session, [], 1)).rejects.toThrow(`the setting ${name} is o`);
    await expect(joinSnapshot(session, '1-2-3')).rejects.toThrow(`the setting ${name} is o`);
  });

  it('that reads a snapshot of others takes it behind its locks', async () => {
    const { session, ran } = toldSession(settingsOf());
    await beginCapture(session, [LEDGER], 5000, '1-2-3');
    const [lock, taken] = [
      ran.findIndex((text) => text.startsWith('LOCK')),
      ran.indexOf("SET TRANSACTION SNAPSHOT '1-2-3'"),
    ];
    expect(taken).toBeGreaterThan(lock);
  });

  const notHad = (code: string) => (text: string) => {
    const cause = Object.assign(new Error('no'), { code });
    if (text.startsWith('LOCK')) throw new EvidenceError('source-incomplete', 'not had', { advice: 'wait', cause });
  };

  it('says who holds a table that it could not lock in time, and of no other fault', async () => {
    const holders = (): readonly (readonly (string | null)[])[] => [
      ['7', null],
      [null, 'prepared'],
      [null, null],
    ];
    const { session, ran } = toldSession(holders, notHad('55P03'));
    await expect(beginCapture(session, [LEDGER], 1)).rejects.toMatchObject({
      kind: 'source-incomplete',
      advice: 'wait',
      reason:
        'not had; held by backend 7, the prepared transaction "prepared", which no backend runs: COMMIT PREPARED or ROLLBACK PREPARED ends it, the prepared transaction, which no backend runs: COMMIT PREPARED or ROLLBACK PREPARED ends it',
    });
    expect(ran).toContain('ROLLBACK');
    const nobody = toldSession(() => [], notHad('55P03')).session;
    await expect(beginCapture(nobody, [LEDGER], 1)).rejects.toMatchObject({ reason: 'not had' });
    const other = toldSession(holders, notHad('42501')).session;
    await expect(beginCapture(other, [LEDGER], 1)).rejects.toMatchObject({ reason: 'not had' });
    const view = toldSession(holders, notHad('42809')).session;
    await expect(beginCapture(view, [LEDGER], 1)).rejects.toMatchObject({ kind: 'source-not-authoritative' });
  });
});

/** A table as the catalog says it is; `columns` are `[name, base type]`. */
function catalogOf(
  columns: readonly (readonly [string, string])[],
  over: Readonly<Record<number, string | null>> = {},
) {
  const row = ['1', 'r', 'false', 'true', 'r', '100', '8000', null, 'true', 'false', String(columns.length)];
  for (const [at, value] of Object.entries(over)) row[Number(at)] = value;
  return toldSession(({ columns: width }) =>
    width === 11 ? [row] : columns.map(([name, type]) => [name, type, type, 'true']),
  ).session;
}

describe('a table', () => {
  const types = mappedColumns(LEDGER).map(
    (name) => [name, name.endsWith('_at') ? 'timestamp with time zone' : 'text'] as const,
  );

  it('has the size that is estimated, where that is known', async () => {
    const sizes = async (rows: string | null, bytes: string | null) => {
      const { estimatedRows, averageRowBytes } = await describeTable(catalogOf(types, { 5: rows, 6: bytes }), LEDGER);
      return [estimatedRows, averageRowBytes];
    };
    expect(await sizes('100', '8000')).toEqual([100, 80]);
    expect(await sizes('0', '8000')).toEqual([0, null]);
    expect(await sizes(null, '8000')).toEqual([null, null]);
    expect(await sizes('100', null)).toEqual([100, null]);
    expect(await sizes('-1', '8000')).toEqual([null, null]);
  });

  it('has a zone for each time, given by itself or by the profile, and not by both', async () => {
    const naive = types.map(
      ([name]) => [name, name === 'recorded_at' ? 'timestamp without time zone' : 'text'] as const,
    );
    const zoned = { ...LEDGER, recordedAt: { field: 'recorded_at', zone: 'UTC' } } as TableProfile;
    await describeTable(catalogOf(types), LEDGER);
    await describeTable(catalogOf(naive), zoned);
    await expect(describeTable(catalogOf(naive), LEDGER)).rejects.toThrow('a timestamp without time zone');
    await expect(describeTable(catalogOf(types), zoned)).rejects.toThrow('gives a zone to the column recorded_at');
  });

  it.each([
    [8, 'false', 'another table took its name'],
    [9, 'true', 'a partition is being detached'],
    [2, 'true', 'row-level security would hide rows'],
    [10, '3', 'the server counts other columns than it names'],
  ])('is refused where %i is %s', async (at, value, says) => {
    await expect(describeTable(catalogOf(types, { [at]: value }), LEDGER)).rejects.toThrow(says);
  });

  it('is refused where it has not the columns that are read of it', async () => {
    await expect(describeTable(catalogOf(types.slice(1)), LEDGER)).rejects.toThrow(
      'no column event_id; there are tenant_id, chain_id',
    );
  });
});

it('the built-in profile of the locker reads columns that its tables have', () => {
  for (const at of [0, 1, 2]) {
    const profile = tableOf('stella-locker', at);
    const [, definition = ''] =
      new RegExp(`CREATE TABLE evidence_locker.${profile.table} \\(([^;]*)\\);`).exec(LOCKER_TABLES) ?? [];
    const there = [...definition.matchAll(/^ +(\w+) /gm)].map(([, name]) => name);
    expect(there.length).toBeGreaterThan(0);
    for (const column of mappedColumns(profile)) expect(there).toContain(column);
  }
});

describe('the rows of a table', () => {
  const relation = { label: 'public.ledger_events', profile: LEDGER, columns: new Map() } as unknown as Relation;

  /** Streams and then the table as a whole, each with rows, rows with NULL, first, last, whole bodies, values. */
  const counting = (streams: readonly (readonly (string | null)[])[], whole: readonly (string | null)[]) =>
    toldSession(({ text }) => (text.includes('GROUP BY') ? streams : [whole])).session;

  const STREAMS = [
    ['acme', 'main', '3', '0', '1', '3', '3'],
    ['acme', 'side', '2', '0', '1', '9', '0'],
  ];
  const count = (streams: readonly (readonly string[])[], whole: readonly string[]) =>
    countRows(counting(streams, whole), relation, ['event_body'], undefined);

  it('are those of its streams', async () => {
    const { runs } = await count(STREAMS, ['5', '0', '1', '9', '3', '5']);
    expect(runs.map(({ tenant, stream, rows, range, whole }) => ({ tenant, stream, rows, range, whole }))).toEqual([
      { tenant: 'acme', stream: 'main', rows: 3, range: { first: 1n, last: 3n }, whole: 3 },
      { tenant: 'acme', stream: 'side', rows: 2, range: { first: 1n, last: 9n }, whole: 0 },
    ]);
  });

  it.each([
    ['rows', ['6', '0', '1', '9', '3', '5']],
    ['the first seq', ['5', '0', '0', '9', '3', '5']],
    ['the last seq', ['5', '0', '1', '10', '3', '5']],
    ['whole bodies', ['5', '0', '1', '9', '4', '5']],
  ])('are refused where the table has other %s than its streams', async (what, whole) => {
    await expect(count(STREAMS, whole)).rejects.toThrow(`${what}: the table has`);
  });

  it('are refused where one cannot be told from another', async () => {
    const absent = [['acme', 'main', '3', '2', '1', '3', '3']];
    await expect(count(absent, ['3', '2', '1', '3', '3', '3'])).rejects.toThrow(
      '2 rows have NULL in one of tenant_id, chain_id, event_id, sequence_no, event_type: such rows cannot be told apart',
    );
  });
});

describe('JSON that no server vouches for', () => {
  const relationOf = (body: object | undefined, type = 'text'): Relation =>
    ({
      label: 'public.t',
      profile: { ...LEDGER, body },
      columns: new Map([['doc', { name: 'doc', type, baseType: type, readable: true }]]),
    }) as unknown as Relation;

  it('may be as deep as a record around it lets it be', () => {
    const bodies = [undefined, { column: 'doc', as: 'json' }, { columns: '*' }, { columns: ['doc'] }];
    expect(bodies.map((body) => levelsAround(relationOf(body)))).toEqual([1, 1, 2, 2]);
  });

  it('is not read where there is too much of it, and that is said', async () => {
    const { session } = toldSession(() => [['1234567', '7']]);
    const look = await lookAtJson(session, relationOf({ column: 'doc', as: 'json' }), 1000);
    expect(look.faults).toEqual([]);
    expect(look.unseen).toMatchObject([
      expect.stringMatching(/^JSON in doc, 1.234.567 bytes of it: up to 1.000 are read/),
    ]);
  });

  it('is looked for in no column that the server vouches for, or that is no JSON', async () => {
    const { session, ran } = toldSession(() => [['1', '1']]);
    for (const relation of [
      relationOf({ column: 'doc', as: 'json' }, 'jsonb'),
      relationOf({ column: 'doc', as: 'text' }),
    ]) {
      expect(await lookAtJson(session, relation)).toEqual({ faults: [], unseen: [] });
    }
    expect(ran).toEqual([]);
  });
});

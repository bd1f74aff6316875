/** Tables by a profile of version 2: each form of a field, read in the order of a snapshot, and held to what was counted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldText } from '../../../src/core/mapping/field.ts';
import { normalizedHash } from '../../../src/core/mapping/hash-spelling.ts';
import { checkProfile } from '../../../src/sources/postgres/check-profile.ts';
import { profileFrom } from '../../../src/wire/profile.ts';
import { runs } from '../../long.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { quoted } from '../../postgres/server.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { auditOf, expectRefused, type Outcome, passOf } from './audits.ts';
import { readBack } from './read-back.ts';

function profileOf(items: Record<string, unknown>): ReturnType<typeof profileFrom> {
  const usual = { from: { table: 'public.t' }, stream: { value: 'log' }, id: 'id', type: { value: 'event' } };
  return profileFrom({ kind: 'evidence-profile', version: 2, name: 'test', items: [{ ...usual, ...items }] }, 'test');
}

describe.skipIf(!postgresAvailable)(`tables by version 2${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();

  async function table(sql: string): Promise<void> {
    await server().sql('postgres', `DROP TABLE IF EXISTS public.t CASCADE; ${sql}`);
  }

  const audit = (items: Record<string, unknown>): Promise<Outcome> =>
    auditOf(server().url(), { profile: profileOf(items) });
  const records = (items: Record<string, unknown>) => readBack(server().url(), { profile: profileOf(items) });

  it('an id of several columns is the array of their texts, in the order of that text', async () => {
    await table(`CREATE TABLE t (a text, b int, v text, PRIMARY KEY (a, b));
      INSERT INTO t VALUES ('a', 1, 'x'), ('a!', 1, 'y'), ('a"', 10, 'z'), ('a', 9, 'w'), (E'a\\n', 2, 'u'), ('é\\', 3, 't')`);
    expect(await audit({ id: ['a', 'b'], body: 'v' })).toEqual(passOf(6));
    const ids = (await records({ id: ['a', 'b'], body: 'v' })).map(({ id }) => id);
    expect(ids).toEqual(['["a!","1"]', '["a","1"]', '["a","9"]', '["a\\"","10"]', '["a\\n","2"]', '["é\\\\","3"]']);
  });

  it('any texts make ids in order', async () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }).filter((one) => !one.includes('\0'));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(text, text), { minLength: 1, maxLength: 20, selector: String }),
        async (rows) => {
          const values = rows.map(([a, b], at) => `(${quoted(a, "'")}, ${quoted(b, "'")}, ${at})`).join(', ');
          await table(`CREATE TABLE t (a text, b text, n int); INSERT INTO t VALUES ${values}`);
          expect(await audit({ id: ['a', 'b'], body: 'n' })).toEqual(passOf(rows.length));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('NULL becomes the word for it, beside rows that have that word', async () => {
    await table(`CREATE TABLE t (id int, tenant text, kind text, v text);
      INSERT INTO t VALUES (1, NULL, NULL, 'a'), (2, 'system', 'k', 'b'), (3, 'acme', 'k', 'c')`);
    const items = { tenant: { field: 'tenant', null: 'system' }, type: { field: 'kind', null: 'none' }, body: 'v' };
    expect(await audit(items)).toEqual(passOf(3));
    expect((await records(items)).map(({ tenant, id, of }) => [tenant, id, of('type')])).toEqual([
      ['acme', '3', 'k'],
      ['system', '1', 'none'],
      ['system', '2', 'k'],
    ]);
    expectRefused(
      await audit({ tenant: 'tenant', body: 'v' }),
      'schema-violation',
      /NULL in one of tenant, id.*what NULL becomes/,
    );
  });

  it('NULL becomes the empty text in an attribute, and behind a prefix in the keys', async () => {
    await table(`CREATE TABLE t (id int, tenant text, note text, v text);
      INSERT INTO t VALUES (1, NULL, NULL, 'a'), (2, '', '', 'b'), (3, 'acme', 'n', 'c')`);
    const none = (field: string) => ({ field, null: '' });
    const tenant = { field: none('tenant'), prefix: 't-' };
    const items = {
      tenant,
      id: ['id', { field: none('note'), prefix: '-' }],
      attrs: { note: none('note') },
      body: 'v',
    };
    expect(await audit(items)).toEqual(passOf(3));
    expect((await records(items)).map(({ tenant, id, of }) => [tenant, id, of('attrs')])).toEqual([
      ['t-', '["1","-"]', new Map([['note', '']])],
      ['t-', '["2","-"]', new Map([['note', '']])],
      ['t-acme', '["3","-n"]', new Map([['note', 'n']])],
    ]);
    expect(() => profileOf({ tenant: none('tenant') })).toThrow(/no record has an empty text there/);
  });

  it('a stream with a prefix, by its index and by a sorted query', async () => {
    await table(
      `CREATE TABLE t (id text, chain text, n bigint, v text); INSERT INTO t SELECT 'i' || n, 'c' || n % 2, n / 2 + 1, 'v' FROM generate_series(0, 19) n`,
    );
    const items = { stream: { field: 'chain', prefix: 'ledger/' }, seq: 'n', body: 'v' };
    const sorted = await audit(items);
    expect(sorted).toEqual(passOf(20));
    await server().sql('postgres', 'ALTER TABLE t ADD PRIMARY KEY (chain, n)');
    expect(await audit(items)).toEqual(sorted);
    expect((await records(items))[0]?.stream).toBe('ledger/c0');
  });

  it('one column is identity and position', async () => {
    await table(
      `CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' FROM generate_series(1, 12) i`,
    );
    expect(await audit({ id: 'id', seq: 'id', body: 'v' })).toEqual(passOf(12));
  });

  it('a time without zone is of the zone that is said, and infinity is kept', async () => {
    await table(
      `CREATE TABLE t (id int, at timestamp, v text); INSERT INTO t VALUES (1, '2025-03-21 07:21:57.5', 'a'), (2, 'infinity', 'b')`,
    );
    const items = { recordedAt: { field: 'at', zone: 'Europe/Berlin' }, body: 'v' };
    expect((await records(items)).map(({ of }) => of('recordedAt'))).toEqual(['2025-03-21T06:21:57.5Z', 'infinity']);
    expectRefused(await audit({ recordedAt: 'at', body: 'v' }), 'schema-violation', /without time zone.*"zone": "UTC"/);
    const check = await checkProfile(server().url(), { profile: profileOf({ recordedAt: 'at', body: 'v' }) });
    expect([check.ok, check.lines.join()]).toEqual([false, expect.stringContaining('without time zone')]);
    await server().sql('postgres', `INSERT INTO t VALUES (3, '2025-10-26 02:30:00', 'c')`);
    expectRefused(await audit(items), 'input-malformed', /twice in Europe\/Berlin/);
    await server().sql('postgres', 'ALTER TABLE t ALTER at TYPE timestamptz');
    expectRefused(await audit(items), 'schema-violation', /gives a zone to the column at, which has one/);
  });

  it('a check promises nothing that a capture does not keep', async () => {
    await table(
      `CREATE TABLE t (id text, n bigint, v text); INSERT INTO t VALUES ('a', 1, 'x'), ('b', 2, 'y'), ('c', 3, repeat('z', 9000000))`,
    );
    const checked = async (items: Record<string, unknown>) => {
      const { ok, lines } = await checkProfile(server().url(), { profile: profileOf(items) });
      return [ok, lines.join('\n')];
    };
    const items = { seq: 'n', body: 'v' };
    expect(await checked(items)).toEqual([
      false,
      expect.stringMatching(/the largest row has 90000\d\d bytes, a record/),
    ]);
    expect((await audit(items)).verdict).toBe('INCOMPLETE');
    await server().sql('postgres', `UPDATE t SET v = 'z' WHERE id = 'c'`);
    expect(await checked(items)).toEqual([true, expect.stringMatching(/the largest row has 3 bytes/)]);
    expect((await audit(items)).verdict).toBe('PASS');
    await server().sql('postgres', `UPDATE t SET n = 2 WHERE id = 'c'`);
    expect(await checked(items)).toEqual([false, expect.stringMatching(/1 value of seq comes more than once/)]);
    expect((await audit(items)).verdict).not.toBe('PASS');
    await server().sql('postgres', `UPDATE t SET n = 3, id = 'b' WHERE id = 'c'`);
    expect(await checked(items)).toEqual([false, expect.stringMatching(/1 id comes more than once in its stream/)]);
    expect((await audit(items)).verdict).not.toBe('PASS');
    expect((await checked({ ...items, tenant: 'v' }))[0]).toBe(true);
    expect((await checked({ ...items, id: ['id', 'n'] }))[0]).toBe(true);
  });

  it('a check refuses what has no row at all, and JSON that is too deep for a record, and no other', async () => {
    const nested = (depth: number): string => `(repeat('[', ${depth}) || repeat(']', ${depth}))`;
    for (const type of ['jsonb', 'json']) {
      await table(`CREATE TABLE t (id text, v ${type})`);
      const bodies = [
        { items: { body: 'v' }, most: 127 },
        { items: { body: { columns: ['v'] } }, most: 126 },
      ];
      for (const { items, most } of bodies) {
        await server().sql('postgres', 'DELETE FROM t');
        const checked = async () => {
          const { ok, lines } = await checkProfile(server().url(), { profile: profileOf(items) });
          return [ok, lines.join('\n'), (await audit(items)).verdict];
        };
        expect(await checked()).toEqual([false, expect.stringContaining('no table has a row'), 'INCOMPLETE']);
        await server().sql('postgres', `INSERT INTO t VALUES ('a', ${nested(most)}::${type}), ('b', '{"x":1}')`);
        expect(await checked()).toEqual([true, expect.stringContaining('2 rows'), 'PASS']);
        await server().sql('postgres', `UPDATE t SET v = ${nested(most + 1)}::${type} WHERE id = 'a'`);
        const says =
          type === 'jsonb'
            ? `1 row has JSON in v of more than ${most} objects and arrays in one another`
            : `1 row has no JSON of a record in v: nested deeper than ${most}`;
        expect(await checked()).toEqual([false, expect.stringContaining(says), 'INCOMPLETE']);
      }
    }
  });

  const JSON_TEXTS = [
    ['{"a":1,"a":2}', 'duplicate member name'],
    [`${'['.repeat(128)}${']'.repeat(128)}`, 'nested deeper than 127'],
    ['"\\ud800"', 'lone'],
    ['1e1'.padEnd(1010, '0'), 'exponent'],
  ] as const;

  it.each([
    ...JSON_TEXTS.map((one) => ['json', ...one] as const),
    ...JSON_TEXTS.map((one) => ['text', ...one] as const),
  ])('a check refuses %s that is no JSON of a record: %j', async (type, text, says) => {
    const items = { body: { field: 'v', as: 'json' } };
    await table(`CREATE TABLE t (id text, v ${type}); INSERT INTO t VALUES ('a', '{"x": 1}'), ('b', NULL)`);
    const checked = () => checkProfile(server().url(), { profile: profileOf(items) });
    expect(await checked()).toMatchObject({ ok: true, complete: true });
    expect((await audit(items)).verdict).toBe('PASS');
    await server().sql('postgres', `INSERT INTO t VALUES ('c', ${quoted(text, "'")}), ('d', ${quoted(text, "'")})`);
    const { ok, complete, lines } = await checked();
    const fault = lines.find((line) => line.startsWith('  cannot be captured: 2 rows have no JSON of a record in v: '));
    expect([ok, complete, fault]).toEqual([false, true, expect.stringContaining(says)]);
    expect((await audit(items)).verdict).toBe('INCOMPLETE');
  });

  it('a check says of text that is read as JSON what a capture says, whatever it is', async () => {
    const items = { body: { field: 'v', as: 'json' } };
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '1',
      '-0',
      '1e5',
      'null',
      'tru',
      ' ',
      '\\u00',
      '"',
      'x',
    );
    const text = fc.oneof(
      fc.json(),
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 3 }), async (texts) => {
        const rows = texts.map((one, at) => `('${at}', ${quoted(one.replaceAll('\0', ''), "'")})`).join(', ');
        await table(`CREATE TABLE t (id text, v text); INSERT INTO t VALUES ${rows}`);
        const { ok } = await checkProfile(server().url(), { profile: profileOf(items) });
        expect(ok).toBe((await audit(items)).verdict === 'PASS');
      }),
      { numRuns: runs(60, 1000, 25) },
    );
  });

  it('a check looks at no more of it than it may, and says so', async () => {
    const items = { body: { field: 'v', as: 'json' } };
    await table(`CREATE TABLE t (id text, v text); INSERT INTO t VALUES ('a', '{"x":1}'), ('b', 'no JSON')`);
    const checked = (most: number) => checkProfile(server().url(), { profile: profileOf(items) }, most);
    expect(await checked(13)).toMatchObject({ ok: false, complete: false });
    expect((await checked(13)).lines.at(-1)).toMatch(
      /^ {2}not looked at: JSON in v, 14 bytes of it: up to 13 are read/,
    );
    expect(await checked(14)).toMatchObject({ ok: false, complete: true });
    // What else is refused is refused in any case.
    await server().sql('postgres', `UPDATE t SET id = 'a'`);
    expect(await checked(13)).toMatchObject({ ok: false, complete: true });
  });

  it('a column of JSON that is read as text or bytes is no JSON of a record', async () => {
    await table(`CREATE TABLE t (id text, v json); INSERT INTO t VALUES ('a', '{"a":1,"a":2}')`);
    for (const as of ['text', 'bytes']) {
      const items = { body: { field: 'v', as } };
      expect(await checkProfile(server().url(), { profile: profileOf(items) })).toMatchObject({ ok: true });
      expect((await audit(items)).verdict).toBe('PASS');
    }
  });

  it.each([
    [{ type: 'v' }, `repeat('z', 257)`, /1 row has a type that is empty or longer than 256/],
    [{ tenant: 'v' }, `''`, /1 row has a tenant that is empty/],
    [{ id: 'v' }, `repeat('z', 1025)`, /1 row has an id that is empty or longer than 1024/],
    [{ seq: 'v' }, `'-1'`, /1 row has a seq that is no integer/],
    [{ seq: 'v' }, `'9007199254740992'`, /1 row has a seq that is no integer/],
    [{ recordedAt: 'v' }, `'2027-03-01 10:00'`, /1 row has a recordedAt that is no RFC 3339/],
    [{ recordedAt: 'at' }, `'x'`, /1 row has a recordedAt before the year 1/],
  ])('a check refuses what no record can have: %j of %s', async (items, value, says) => {
    const at = `timestamptz '0044-03-15 12:00:00 BC'`;
    await table(`CREATE TABLE t (id text, v text, at timestamptz); INSERT INTO t VALUES ('a', ${value}, ${at})`);
    const all = { body: 'id', ...items };
    const { ok, lines } = await checkProfile(server().url(), { profile: profileOf(all) });
    expect([ok, lines.join('\n')]).toEqual([false, expect.stringMatching(says)]);
    expect((await audit(all)).verdict).toBe('INCOMPLETE');
  });

  const AB = 'ab'.repeat(32);
  const CD = 'cd'.repeat(32);

  it.each([
    ['bytea', 'bytea', `decode('${AB}', 'hex')`, `decode('${CD}', 'hex')`, { encoding: 'bytea' }],
    ['upper case', 'text', `'${AB.toUpperCase()}'`, `'${CD.toUpperCase()}'`, { encoding: 'hex', case: 'any' }],
    [
      'base64',
      'text',
      `encode(decode('${AB}', 'hex'), 'base64')`,
      `encode(decode('${CD}', 'hex'), 'base64')`,
      { encoding: 'base64' },
    ],
    ['a prefix', 'text', `'sha256:${AB}'`, `'sha256:${CD}'`, { encoding: 'hex', prefix: 'sha256:' }],
  ])('hashes in %s, linked, with a word for none', async (_, type, one, two, hash) => {
    await table(`CREATE TABLE t (id bigserial PRIMARY KEY, hash ${type}, prev text, v json);
      INSERT INTO t (hash, prev, v) VALUES (${one}, 'none', '{"a": 1}');
      SELECT nextval('t_id_seq');
      INSERT INTO t (hash, prev, v) VALUES (${two}, '${AB.toUpperCase()}', '{"a": 2}')`);
    const items = {
      seq: 'id',
      hash: { field: 'hash', hash },
      prev: { field: 'prev', genesis: 'none', hash: { encoding: 'hex', case: 'any' } },
      chain: { genesis: 'null', gaps: 'allowed' },
      body: 'v',
    };
    expect(await audit(items)).toEqual(passOf(2));
    expect((await records(items)).map(({ of }) => [of('hash'), of('prev')])).toEqual([
      [AB, null],
      [CD, AB],
    ]);
    await server().sql('postgres', `UPDATE t SET prev = '${CD}' WHERE id > 1`);
    expect((await audit(items)).kinds).toEqual(['chain-break']);
    await server().sql('postgres', `UPDATE t SET prev = CASE WHEN id > 1 THEN '${AB}' END`);
    expect((await audit(items)).kinds).toEqual(['chain-break']);
  });

  it('a hash that lost its prefix is malformed, and not the one that it was', async () => {
    await table(`CREATE TABLE t (id int, hash text); INSERT INTO t VALUES (1, 'sha256:${AB}'), (2, '${AB}')`);
    const items = { hash: { field: 'hash', hash: { encoding: 'hex', prefix: 'sha256:' } }, body: 'id' };
    expect((await audit(items)).kinds).toEqual(['hash-malformed']);
  });

  it('JSON with a name twice is text where that is said, and else the row is named', async () => {
    await table(`CREATE TABLE t (id int, v json); INSERT INTO t VALUES (1, '{"a":1}'), (2, '{"a": 1, "a":2}')`);
    expect((await records({ body: { field: 'v', as: 'text' } })).map(({ body }) => body)).toEqual([
      '{"a":1}',
      '{"a": 1, "a":2}',
    ]);
    expectRefused(await audit({ body: 'v' }), 'input-malformed', /public\.t row "2"/);
  });

  it('the server and we make the same key of any text', async () => {
    const spelled = fc.constantFrom(
      'AB12',
      'ab12',
      '\\xab12',
      'sha256:AB',
      'sha256:ab',
      'xyz',
      '',
      'sha256:',
      "o'x",
      'ABC',
      'ab'.repeat(32),
      `\\x${'ab'.repeat(32)}`,
      `sha256:${'ab'.repeat(32)}`,
      'ab'.repeat(65),
      '00'.repeat(32),
    );
    const spelling = fc.record({
      encoding: fc.constantFrom('hex' as const, 'bytea' as const),
      case: fc.constantFrom('any' as const, undefined),
      prefix: fc.constantFrom('sha256:', undefined),
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(spelled, { minLength: 2 }), spelling, async (texts, hash) => {
        const values = texts.map((text, at) => `(${at}, ${quoted(text, "'")})`).join(', ');
        await table(`CREATE TABLE t (id int, k text); INSERT INTO t VALUES ${values}`);
        const tenant = { field: { field: 'k', hash: JSON.parse(JSON.stringify(hash)) }, prefix: 'T-' };
        const wanted = new Set(texts.map((text) => `T-${normalizedHash(text, hash)}`));
        const read = await records({ tenant, body: 'id' });
        expect(new Set(read.map((record) => record.tenant))).toEqual(wanted);
        expect(fieldText(tenant, { textOf: () => null })).toBeNull();
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    [{ id: { field: 'id', hash: { encoding: 'base64' } } }, /id of a table is a hash in base64/],
    [{ tenant: { field: 'id', zone: 'UTC' } }, /tenant of a table has no `zone`/],
    [{ id: { path: true } }, /id of a table is no path/],
    [{ seq: { field: 'n', prefix: 'x' } }, /seq of a table is a column/],
    [{ id: undefined }, /a table needs `id`/],
    [{ id: { value: 'x' } }, /id reads no column/],
    [{ body: undefined }, /needs `body` or `bodyDigest`/],
    [{ body: { field: 'v', as: 'bytes' }, bodyDigest: 'v' }, /is a digest already/],
    [{ from: { json: '**' } }, /a profile for files, as its \/items\/0 says, and here one for tables/],
    [{ from: { table: 'public.t', where: 'x; y' } }, /where is not one SQL condition/],
    [{ hash: 'x'.repeat(64) }, /not a PostgreSQL name/],
    [{ attrs: { 'body.nulls': 'v' } }, /may not have body\.nulls/],
  ])('refused: %j', (items, says) => {
    expect(() => profileOf({ body: 'v', ...items })).toThrowError(says);
  });
});

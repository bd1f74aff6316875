/** Random rows of random columns, put in by COPY and by parameters: what is read back is what was meant, to the digit. */
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalText } from '../../../src/core/json/canonical.ts';
import type { Json } from '../../../src/core/json/value.ts';
import { runs } from '../../long.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { copyIn } from '../../postgres/copy-in.ts';
import { rfc3339, sqlTime } from '../../postgres/ledger-rows.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { AS_IT_CAME, compareBytes, jsonText, RawNumber, type Value } from '../../tamper/value.ts';
import { profileOfTable } from './audits.ts';
import { readBack } from './read-back.ts';

/** A value as it is put in, and as its canonical text must come out; a number where many texts are the same number. */
interface Cell {
  readonly put: string | null;
  readonly text: string | number;
}

const NULL: Cell = { put: null, text: 'null' };

const string = (put: string, text: string = put): Cell => ({ put, text: JSON.stringify(text) });

/** All of Unicode that PostgreSQL can hold. */
const unicode = (maxLength: number) =>
  fc.string({ unit: 'binary', maxLength }).map((text) => text.replaceAll('\0', ''));

const digits = (maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength }).map((list) => list.join(''));

const numeric = fc.tuple(fc.boolean(), digits(40), digits(40)).map(([minus, whole, fraction]) => {
  const text = `${whole.replace(/^0+(?=\d)/, '')}.${fraction}`;
  return string(minus && /[1-9]/.test(text) ? `-${text}` : text);
});

/** A number as jsonb keeps it: its exact value, but no minus zero. */
const jsonNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  fc.bigInt({ min: 10n ** 17n, max: 10n ** 20n }).map((value) => exact(`${value}1`)),
);

/** An integer of at most 21 digits, which no double holds, has one canonical text: its digits. */
function exact(token: string): RawNumber {
  return token.length <= 21
    ? new RawNumber(token)
    : new RawNumber(token, `${token[0]}.${token.slice(1)}e+${token.length - 1}`);
}

const memberName = fc.oneof(unicode(6), fc.constantFrom('__proto__', 'constructor', '', 'a', '\ufb00', '😀'));

const document: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Value>(null, true, false),
    jsonNumber,
    unicode(12),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(memberName, tie('value')), { maxLength: 4 }).map((members): Value => new Map(members)),
  ),
})).value;

const KINDS = {
  text: unicode(40).map((text) => string(text)),
  int8: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => string(String(value))),
  numeric,
  float8: fc.double().map((value): Cell => ({ put: Object.is(value, -0) ? '-0' : String(value), text: value })),
  boolean: fc.boolean().map((value) => string(String(value), value ? 't' : 'f')),
  timestamptz: fc.integer({ min: 0, max: 4_000_000_000_000_000 }).map((us) => string(sqlTime(us), rfc3339(us))),
  bytea: fc.uint8Array({ maxLength: 40 }).map((bytes) => string(`\\x${Buffer.from(bytes).toString('hex')}`)),
  uuid: fc.uuid().map((text) => string(text.toUpperCase(), text)),
  jsonb: document.map((value): Cell => ({ put: jsonText(value, AS_IT_CAME), text: jsonText(value) })),
  json: document.map((value): Cell => ({ put: jsonText(value, AS_IT_CAME), text: jsonText(value) })),
} satisfies Record<string, fc.Arbitrary<Cell>>;

type Kind = keyof typeof KINDS;

interface Table {
  readonly kinds: readonly Kind[];
  readonly rows: readonly { readonly id: string; readonly tenant: string; readonly cells: readonly Cell[] }[];
  readonly copied: number;
  readonly batchSize: number;
  readonly workers: number;
}

const tables: fc.Arbitrary<Table> = fc
  .array(fc.constantFrom(...(Object.keys(KINDS) as Kind[])), { minLength: 1, maxLength: 6 })
  .chain((kinds) => {
    const cells = fc.tuple(...kinds.map((kind) => fc.option(KINDS[kind], { nil: NULL, freq: 8 })));
    const name = unicode(8).filter((text) => text !== '');
    const row = fc.record({ id: name, tenant: fc.oneof(fc.constantFrom('acme', 'Ærø', '\ufffd', '😀'), name), cells });
    return fc.record({
      kinds: fc.constant(kinds),
      rows: fc.uniqueArray(row, { minLength: 1, maxLength: 12, selector: ({ id, tenant }) => `${tenant}\0${id}` }),
      copied: fc.nat(12),
      batchSize: fc.integer({ min: 1, max: 20 }),
      workers: fc.integer({ min: 1, max: 3 }),
    });
  });

describe.skipIf(!postgresAvailable)(`random rows${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();
  let client: pg.Client;

  beforeAll(async () => {
    client = await server().connect();
  });
  afterAll(() => client.end());

  async function fill({ kinds, rows, copied }: Table): Promise<void> {
    const columns = kinds.map((kind, at) => `c${at} ${kind}`);
    await client.query(
      `DROP TABLE IF EXISTS evidence; CREATE TABLE evidence (tenant text, id text, ${columns.join(', ')})`,
    );
    const all = rows.map(({ tenant, id, cells }) => [tenant, id, ...cells.map(({ put }) => put)]);
    await copyIn(client, 'evidence', all.slice(0, copied));
    for (const row of all.slice(copied)) {
      await client.query(`INSERT INTO evidence VALUES (${row.map((_, at) => `$${at + 1}`).join(', ')})`, row);
    }
  }

  function expectCell(found: Json | undefined, { text }: Cell): void {
    const canonical = found === undefined ? 'absent' : canonicalText(found);
    if (typeof text === 'string') expect(canonical).toBe(text);
    else expect(Number(JSON.parse(canonical))).toBe(text);
  }

  it('are read back as they are, in the order of their bytes', { timeout: 3_600_000 }, async () => {
    const property = fc.asyncProperty(tables, async (table) => {
      await fill(table);
      const { batchSize, workers } = table;
      const profile = profileOfTable({ body: { columns: '*' } });
      const found = await readBack(server().url(), { profile, batchSize, workers });
      const meant = [...table.rows].sort((a, b) => compareBytes(a.tenant, b.tenant) || compareBytes(a.id, b.id));
      expect(found.map(({ tenant, id }) => [tenant, id])).toEqual(meant.map(({ tenant, id }) => [tenant, id]));
      for (const [at, { cells }] of meant.entries()) {
        const body = found[at]?.body as ReadonlyMap<string, Json>;
        const nulls = cells.flatMap(({ put }, column) => (put === null ? [`c${column}`] : []));
        expect(JSON.parse((found[at]?.attrs.get('body.nulls') as string | undefined) ?? '[]')).toEqual(nulls.sort());
        expect(body.size).toBe(cells.length - nulls.length);
        for (const [column, cell] of cells.entries()) {
          if (cell.put !== null) expectCell(body.get(`c${column}`), cell);
        }
      }
    });
    await fc.assert(property, { numRuns: runs(20, 2000, 8), endOnFailure: true });
  });
});

/** A row as a record, as the server's message has it: whatever a profile makes of its values, and no value of another row. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import type { Relation } from '../../../src/sources/postgres/catalog.ts';
import type { Run } from '../../../src/sources/postgres/census.ts';
import { holdsOf } from '../../../src/sources/postgres/derived-rows.ts';
import type { Feeds, RunPlan } from '../../../src/sources/postgres/feeds.ts';
import { heldSnapshotOf, nameOfHeld } from '../../../src/sources/postgres/held-name.ts';
import { RecordBytes } from '../../../src/sources/postgres/record-bytes.ts';
import { RecordLines } from '../../../src/sources/postgres/record-lines.ts';
import { type RowBytes, RowCells } from '../../../src/sources/postgres/row-cells.ts';
import { RowText } from '../../../src/sources/postgres/row-text.ts';
import { rowOf } from '../../postgres/liar.ts';

type Values = readonly (string | null)[];

/** What a DataRow holds behind its head. */
const rowBytes = (values: Values): RowBytes =>
  rowOf(values.map((value) => (value === null ? null : Buffer.from(value)))).subarray(5);

const TYPES: Readonly<Record<string, string>> = { at: 'timestamp with time zone', doc: 'jsonb', raw: 'bytea' };

/** The record of a row of a table, by the columns that are selected of it. */
function recordOf(profile: object, cells: Readonly<Record<string, string | null>>, nulls?: 'as-null'): unknown {
  const columns = Object.keys(cells).map((name) => {
    const type = TYPES[name] ?? 'text';
    return [name, { name, type, baseType: type, readable: true }] as const;
  });
  const place = { tenant: { value: 'acme' }, stream: { value: 's' }, type: { value: 't' }, attrs: {}, derived: {} };
  const relation = { label: 'public.t', profile: { ...place, id: 'id', ...profile }, columns: new Map(columns) };
  const text = new RowText(relation as unknown as Relation, nulls);
  text.open(rowBytes(text.selected.map((name) => cells[name] ?? null)));
  const out = new RecordBytes();
  text.write({ tenant: 'acme', stream: 's' }, out);
  return JSON.parse(out.bytes.toString('utf8', 0, out.length));
}

const PLACE = { tenant: 'acme', stream: 's', type: 't', id: '1' };

describe('a row', () => {
  it.each<[string, object, Readonly<Record<string, string | null>>, object]>([
    ['has no more than its profile says', {}, { id: '1' }, {}],
    [
      'has attributes where they have a value',
      { attrs: { b: 'x', a: 'y', c: 'z' } },
      { id: '1', x: 'X', y: 'Y', z: null },
      { attrs: { a: 'Y', b: 'X' } },
    ],
    ['has no attributes where none has a value', { attrs: { b: 'x' } }, { id: '1', x: null }, {}],
    [
      'has times of day as RFC 3339',
      { recordedAt: 'at' },
      { id: '1', at: '2027-03-01 10:00:00.5+00' },
      { recordedAt: '2027-03-01T10:00:00.5Z' },
    ],
    [
      'has a body of columns, and names those that are NULL',
      { body: { columns: ['x', 'y', 'doc'] } },
      { id: '1', x: '"\\ü', y: null, doc: '{"a":1.50}' },
      { attrs: { 'body.nulls': '["y"]' }, body: { doc: { a: 1.5 }, x: '"\\ü' } },
    ],
    [
      'has an empty body where all of it is NULL',
      { body: { columns: ['x'] } },
      { id: '1', x: null },
      { attrs: { 'body.nulls': '["x"]' }, body: {} },
    ],
    [
      'has a body that is one column, beside the digest that the source states',
      { body: { column: 'doc' }, bodyDigest: 'd' },
      { id: '1', doc: '[1]', d: 'sha256:00' },
      { body: [1], bodyDigest: 'sha256:00' },
    ],
    [
      'says of a body that it is NULL',
      { body: { column: 'doc' } },
      { id: '1', doc: null },
      { attrs: { 'body.isNull': 'true' }, body: null },
    ],
    [
      'has of a body of bytes the digest that was computed, and no other',
      { body: { column: 'raw', as: 'bytes' }, bodyDigest: 'd' },
      { id: '1', raw: 'ab', d: 'sha256:00' },
      { attrs: { 'body.form': 'bytes' }, bodyDigest: 'sha256:ab' },
    ],
    [
      'has its links as they are',
      { seq: 'n', prev: 'p', hash: 'h' },
      { id: '1', n: '7', p: 'aa', h: 'bb' },
      { seq: 7, prev: 'aa', hash: 'bb' },
    ],
    [
      'has no link where there is none',
      { seq: 'n', prev: 'p', hash: 'h' },
      { id: '1', n: '7', p: null, h: null },
      { seq: 7, prev: null },
    ],
  ])('%s', (_, profile, cells, more) => {
    expect(recordOf(profile, cells)).toEqual({ ...PLACE, ...more });
  });

  it('has null in the place of NULL where the other side has', () => {
    expect(recordOf({ body: { columns: ['x'] } }, { id: '1', x: null }, 'as-null')).toEqual({
      ...PLACE,
      body: { x: null },
    });
  });
});

describe('bytes of records', () => {
  it.each([1, 31, 32, 33, 70_000, 200_000])('are as they came, %i at a time, and no more', (length) => {
    const [one, long] = ['x', 'y'.repeat(length)];
    for (const values of [[one, long, one], [one, long], [long, one], [long]]) {
      const row = new RowCells().open(rowBytes(values));
      const out = new RecordBytes();
      for (const at of values.keys()) out.raw(row, at);
      for (const at of values.keys()) out.put(Buffer.from(values[at] ?? ''));
      expect(out.bytes.toString('latin1', 0, out.length) === values.join('').repeat(2)).toBe(true);
    }
  });
});

const A = { run: { tenant: 'acme', stream: 'a' } } as unknown as RunPlan;

/** Lines of rows; one that is a fault cannot be written. */
function linesOf(rows: readonly (string | Error)[]): RecordLines {
  let next = 0;
  const text = {
    open: (row: RowBytes) => row,
    write: (_: Run, out: RecordBytes) => {
      const row = rows[next - 1];
      out.text('begun');
      if (row instanceof Error) throw row;
      out.length -= 'begun'.length;
      out.text(row ?? '');
    },
  };
  const plan = { ...A, text } as unknown as RunPlan;
  const feeds = { plan, next: () => (next < rows.length ? rowBytes([String(next++)]) : 'end') };
  return new RecordLines(feeds as unknown as Feeds, () => () => true);
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('records of rows', () => {
  it('are counted as they are taken, one by one or many at once', () => {
    const one = linesOf(['r1', 'r2', 'r3']);
    const said: string[] = [];
    while (one.next() === 'record') said.push(`${one.records} ${textOf(one.bytes)}`);
    expect([said, one.records]).toEqual([['1 r1', '2 r2', '3 r3'], 3]);
    const many = linesOf(['r1', 'r2', 'r3']);
    expect(many.next()).toBe('record');
    const lines = many.lines();
    expect(textOf(lines?.bytes.subarray(lines.start, lines.end) ?? Buffer.of())).toBe('r2\nr3\n');
    many.takeLines(lines?.end ?? 0, 2);
    expect([many.records, many.next()]).toEqual([3, 'end']);
    expect(() => many.takeLines(1, 1)).toThrow('lines were counted wrongly');
  });

  it('are those before one that cannot be written, which is a fault when its turn comes', () => {
    const fault = new EvidenceError('input-limit', 'too long');
    const lines = linesOf(['r1', 'r2', fault, 'r4']);
    expect(lines.next()).toBe('record');
    const found = lines.lines();
    expect(textOf(found?.bytes.subarray(found.start, found.end) ?? Buffer.of())).toBe('r2\n');
    lines.takeLines(found?.end ?? 0, 1);
    expect(lines.lines()).toBeUndefined();
    expect(() => lines.next()).toThrow(fault);
  });

  it('are none where the program itself is wrong', () => {
    const lines = linesOf(['r1', new TypeError('wrong')]);
    expect(lines.next()).toBe('record');
    expect(() => lines.lines()).toThrow(TypeError);
  });
});

it('what is derived in a row holds where it is what its hash and position give, and nowhere else', () => {
  const value = (at: number) => ({ plain: undefined, read: (row: RowCells) => row.text(at) ?? undefined });
  const text = { hash: value(0), seq: value(1), attrs: new Map([['leaf', value(2)]]) } as unknown as RowText;
  const hashedOf = (digits: string, position: string): string => `${digits}-${position}`;
  const holds = holdsOf([{ member: 'leaf', recipe: { hashedOf } as never }], text);
  const leaf = createHash('sha256').update('aa-7').digest('hex');
  const isHeld = (...values: Values): boolean | undefined => holds?.(new RowCells().open(rowBytes(values)));
  expect(isHeld('aa', '7', leaf)).toBe(true);
  expect([isHeld('ab', '7', leaf), isHeld('aa', '8', leaf), isHeld('aa', '7', null), isHeld(null, '7', leaf)]).toEqual([
    ...[false, false, false, false],
  ]);
  expect(holdsOf([{ member: 'other', recipe: { hashedOf } as never }], text)).toBeUndefined();
  expect(holdsOf([{ member: 'leaf', recipe: {} as never }], text)).toBeUndefined();
});

it('the name of a snapshot that is held says all that it takes to read it', () => {
  const held = { id: '00000003-0000001B-1', capturedAt: '2027-03-01T10:00:00.000Z', tables: 'ab'.repeat(8) };
  for (const lsn of ['0/16B3748', null]) {
    const name = nameOfHeld({ ...held, lsn });
    expect(name).toMatch(/^\S+$/);
    expect(heldSnapshotOf(name)).toEqual({ ...held, lsn });
  }
  expect(heldSnapshotOf('00000003-0000001B-1')).toBeUndefined();
});

/**
 * Tables as evidence: the one form in which both versions of the profile are read from a database. Version 1 is turned
 * into it here, and so are the tables of version 2.
 */
import type { z } from 'zod';
import { EvidenceError } from '../core/errors.ts';
import { type FieldRule, namesOf } from '../core/mapping/field.ts';
import { FORM_ATTRIBUTE } from '../core/mapping/record-rule.ts';
import type { PlainJson } from '../core/snapshot/header.ts';
import type { profileSchema2 } from './profile-items.ts';
import { faultOfCondition, faultOfIdentifier, type Profile1, RESERVED_ATTRIBUTES } from './profile-tables.ts';

type Profile2 = z.output<typeof profileSchema2>;
type Items = Profile2['items'][number];
type Table1 = Profile1['tables'][number];

/**
 * `auto`: JSON of a column of JSON, else text. `text`: what the server prints, also of JSON. `bytes`: the digest of its bytes
 * alone, which the server computes, so that they have any size.
 */
export type BodyRule =
  | { readonly column: string; readonly as: 'auto' | 'json' | 'text' | 'bytes' }
  | { readonly columns: '*' | readonly string[] };

/** Rows of one table as records. */
export interface TableProfile {
  readonly schema: string;
  readonly table: string;
  readonly tenant: FieldRule;
  readonly stream: FieldRule;
  /** Several: their canonical JSON array. */
  readonly id: FieldRule | readonly FieldRule[];
  /** A column of whole numbers. */
  readonly seq: string | undefined;
  readonly type: FieldRule;
  readonly recordedAt: FieldRule | undefined;
  readonly prev: FieldRule | undefined;
  readonly hash: FieldRule | undefined;
  readonly attrs: Readonly<Record<string, FieldRule>>;
  readonly body: BodyRule | undefined;
  readonly bodyDigest: FieldRule | undefined;
  readonly chain: Table1['chain'];
  readonly derived: Table1['derived'];
  readonly where: string | undefined;
  /** Whether another table may feed the same stream. */
  readonly shared: boolean;
}

/** `schema.table`, for messages and for what is stated of a capture; not SQL. */
export function tableLabel({ schema, table }: Pick<TableProfile, 'schema' | 'table'>): string {
  return `${schema}.${table}`;
}

/** What `id` is made of, one field or several. */
export function idFields({ id }: Pick<TableProfile, 'id'>): readonly FieldRule[] {
  return Array.isArray(id) ? (id as readonly FieldRule[]) : [id as FieldRule];
}

function bodyOf1(body: Table1['body']): BodyRule | undefined {
  if (typeof body === 'string') return { column: body, as: 'auto' };
  return body;
}

function fromVersion1(table: Table1): TableProfile {
  const { schema, table: name, tenant, stream, id, seq, type, recordedAt, prev, hash, bodyDigest, where } = table;
  return {
    schema,
    table: name,
    tenant,
    stream: typeof stream === 'object' && 'column' in stream ? { prefix: stream.prefix, field: stream.column } : stream,
    id,
    seq,
    type,
    recordedAt,
    prev,
    hash,
    attrs: table.attrs,
    body: bodyOf1(table.body),
    bodyDigest,
    chain: table.chain,
    derived: table.derived,
    where,
    shared: false,
  };
}

type Refuse = (reason: string, advice?: string) => never;

/** The members that order and tell apart: the server must be able to sort by them, so they are made by SQL as well. */
function requireSortable(rule: FieldRule, member: string, not: Refuse): void {
  if (typeof rule === 'string' || 'value' in rule) return;
  if (!('field' in rule)) {
    not(`${member} of a table is no path and no digest of a file`);
    return;
  }
  if (rule.zone !== undefined || rule.genesis !== undefined)
    not(`${member} of a table has no \`zone\` and no \`genesis\``);
  const encoding = rule.hash?.encoding ?? 'hex';
  if (encoding !== 'hex' && encoding !== 'bytea') {
    not(
      `${member} of a table is a hash in ${encoding}, by which no server sorts`,
      'take it as it is, or as bytea or hex',
    );
  }
  requireSortable(rule.field, member, not);
}

function requireColumns(rule: FieldRule, member: string, not: Refuse): void {
  if (typeof rule === 'object' && !('value' in rule) && !('field' in rule)) {
    not(`${member} of a table is no path and no digest of a file`);
  }
  for (const name of namesOf(rule)) {
    const fault = faultOfIdentifier(name);
    if (fault !== undefined) not(`${member} names ${JSON.stringify(name)}: ${fault}`);
  }
}

/** A position is a column as it is. */
function seqOf(rule: FieldRule | undefined, not: Refuse): string | undefined {
  if (rule === undefined || typeof rule === 'string') return rule;
  const others = Object.values(rule).filter((value) => value !== undefined).length;
  if ('field' in rule && others === 1) return seqOf(rule.field, not);
  return not('seq of a table is a column of whole numbers');
}

function bodyOf2(body: Items['body']): BodyRule | undefined {
  if (body === undefined) return undefined;
  if (body === '') return { columns: '*' };
  if (typeof body === 'string') return { column: body, as: 'auto' };
  if ('columns' in body) return body;
  return { column: body.field, as: body.as };
}

function nameOf(table: string, not: Refuse): { readonly schema: string; readonly table: string } {
  const at = table.indexOf('.');
  const [schema, name] = [table.slice(0, at), table.slice(at + 1)];
  const fault = faultOfIdentifier(schema) ?? faultOfIdentifier(name);
  return fault === undefined ? { schema, table: name } : not(`${table}: ${fault}`);
}

function fromVersion2(items: Items, at: number, file: string): TableProfile {
  const not: Refuse = (reason, advice = 'see docs/profile.md') => {
    throw new EvidenceError('schema-violation', `not a profile at /items/${at}: ${reason}`, {
      where: { file },
      advice,
    });
  };
  const { from, id, seq, type, tenant, stream, recordedAt, prev, hash, attrs, bodyDigest, shared } = items;
  if (!('table' in from)) throw ofFiles(at, file);
  const fault = from.where === undefined ? undefined : faultOfCondition(from.where);
  if (fault !== undefined) not(`where is not one SQL condition: ${fault}`);
  const name = nameOf(from.table, not);
  if (id === undefined) return not('a table needs `id`');
  const table: TableProfile = {
    ...name,
    tenant,
    stream: stream ?? { value: from.table },
    id: id as TableProfile['id'],
    seq: seqOf(seq, not),
    type: type ?? { value: name.table },
    recordedAt,
    prev,
    hash,
    attrs,
    body: bodyOf2(items.body),
    bodyDigest,
    chain: items.chain,
    derived: {},
    where: from.where,
    shared,
  };
  requireWhole(table, not);
  return table;
}

/** It is a profile all the same, and there is a verb for it. */
function ofFiles(at: number, file: string): EvidenceError {
  const reason = `a profile for files, as its /items/${at} says, and here one for tables of a database is wanted`;
  const advice =
    '`evidence-diff import SOURCE --profile FILE --output F` tries it, and a comparison takes it as --profile FILE';
  return new EvidenceError('schema-violation', reason, { where: { file }, advice });
}

function requireWhole(table: TableProfile, not: Refuse): void {
  const { tenant, stream, type, recordedAt, prev, hash, bodyDigest, body, attrs, seq } = table;
  if (body === undefined && bodyDigest === undefined) {
    not('a table needs `body` or `bodyDigest`: without them no content is evidence');
  }
  const sorted = [
    ['tenant', tenant],
    ['stream', stream],
    ...idFields(table).map((rule) => ['id', rule] as const),
  ] as const;
  for (const [member, rule] of sorted) requireSortable(rule, member, not);
  const others = { type, recordedAt, prev, hash, bodyDigest, seq, ...attrs };
  const all = [...sorted, ...Object.entries(others)];
  for (const [member, rule] of all) if (rule !== undefined) requireColumns(rule, member, not);
  for (const column of bodyColumns(body)) requireColumns(column, 'body', not);
  const reserved = isBytes(body) ? [...RESERVED_ATTRIBUTES, FORM_ATTRIBUTE] : RESERVED_ATTRIBUTES;
  for (const name of reserved) if (Object.hasOwn(attrs, name)) not(`\`attrs\` may not have ${name}`);
  if (isBytes(body) && bodyDigest !== undefined)
    not('a body as bytes is a digest already: give it without `bodyDigest`');
  if (idFields(table).every((rule) => namesOf(rule).length === 0))
    not('id reads no column: all rows would have one id');
}

/** Whether of the body there is the digest of its bytes alone. */
export function isBytes(body: BodyRule | undefined): boolean {
  return body !== undefined && 'column' in body && body.as === 'bytes';
}

/** The columns that a body names; `*` names none. */
export function bodyColumns(body: BodyRule | undefined): readonly string[] {
  if (body === undefined) return [];
  if ('column' in body) return [body.column];
  return body.columns === '*' ? [] : body.columns;
}

/**
 * The tables of a profile of either version.
 *
 * @throws EvidenceError `schema-violation` for items of version 2 that no table can be read by
 */
export function tablesOf(profile: Profile1 | Profile2, file = `profile ${profile.name}`): readonly TableProfile[] {
  if (profile.version === 1) return profile.tables.map(fromVersion1);
  const tables = profile.items.map((items, at) => fromVersion2(items, at, file));
  const labels = tables.map(tableLabel);
  const twice = labels.find((label, at) => labels.indexOf(label) !== at);
  if (twice === undefined) return tables;
  // What is stated of a table, such as its condition, is stated by its name.
  throw new EvidenceError('schema-violation', `a table is named twice: ${twice}`, { where: { file } });
}

/** As a profile writes it. */
function statedBody(body: BodyRule | undefined): PlainJson | undefined {
  if (body === undefined || !('column' in body)) return body as PlainJson | undefined;
  return body.as === 'auto' ? body.column : { field: body.column, as: body.as };
}

/** What a header states of how the rows of a table became records: each member, and what it was read from. */
export function mappingOf(table: TableProfile): { readonly [member: string]: PlainJson } {
  const { schema: _, table: __, where: ___, shared: ____, attrs, derived, body, ...members } = table;
  const stated = {
    ...members,
    body: statedBody(body),
    ...(Object.keys(attrs).length === 0 ? {} : { attrs }),
    ...(Object.keys(derived).length === 0 ? {} : { derived }),
  };
  const isStated = ([, value]: readonly [string, unknown]): boolean => value !== undefined;
  return Object.fromEntries(Object.entries(stated).filter(isStated)) as { readonly [member: string]: PlainJson };
}

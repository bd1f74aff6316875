/** A profile: which tables of a database hold evidence, and how their rows become records. */
import type { z } from 'zod';
import { EvidenceError } from '../core/errors.ts';
import type { Json } from '../core/json/value.ts';
import { present } from '../core/present.ts';
import type { Subject } from '../core/snapshot/header.ts';
import { parseDocument } from './document.ts';
import { plainOf } from './plain.ts';
import { MAPPED_MEMBERS, profileSchema2, requireUsableNames } from './profile-items.ts';
import { type Profile1, type ProfileInput1, profileSchema } from './profile-tables.ts';
import { tablesOf } from './table-profile.ts';

/** What may be written for one: what has a default may be left out. */
export type ProfileInput = ProfileInput1 | z.input<typeof profileSchema2>;

/** A profile of either version, as it was understood. */
export type Profile = Profile1 | z.output<typeof profileSchema2>;

/**
 * A profile from plain values.
 *
 * @param file - where it comes from, for the message
 * @throws EvidenceError `schema-violation` that names the first member that is wrong
 */
export function profileFrom(value: ProfileInput1, file: string): Profile1;
export function profileFrom(value: unknown, file: string): Profile;
export function profileFrom(value: unknown, file: string): Profile {
  const options = { where: { file }, advice: 'see docs/postgres.md for the members of a profile' };
  requireUsableNames(value, options);
  requireVersion(value, file);
  if (!isVersion2(value)) return parseDocument(profileSchema, 'a profile', value, options);
  const advice = 'see docs/profile.md for the members of a profile';
  const profile = parseDocument(profileSchema2, 'a profile', value, { ...options, advice });
  tablesOf(profile, file);
  return profile;
}

/** Of another version nothing is known: that its members are none of version 1 would be said in vain. */
function requireVersion(value: unknown, file: string): void {
  const { kind, version } = (value ?? {}) as { readonly kind?: unknown; readonly version?: unknown };
  if (kind !== 'evidence-profile' || version === 1 || version === 2) return;
  const is = version === undefined ? 'a profile without `version`' : `a profile of version ${shown(version)}`;
  throw new EvidenceError('schema-violation', `${is}: this one reads versions 1 and 2`, {
    where: { file },
    advice: 'version 2 reads files and tables, see docs/profile.md; version 1 reads tables, see docs/postgres.md',
  });
}

const shown = (version: unknown): string => JSON.stringify(version).slice(0, 80);

function isVersion2(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 2;
}

/**
 * A profile from strictly read JSON.
 *
 * @throws EvidenceError `schema-violation`
 */
export function parseProfile(json: Json, file: string): Profile {
  return profileFrom(plainOf(json), file);
}

/** What a profile says of the records that are read by it, beyond what they are: whose, which are on hold, what to count by. */
export function statedBy(profile: Profile): Subject {
  if (profile.version === 1) return {};
  const { system, holds, countBy } = profile;
  return { ...present({ system }), ...(holds === undefined ? {} : { holds: present(holds) }), ...present({ countBy }) };
}

/**
 * The same profile with all its tables in `schema`.
 *
 * @throws EvidenceError `schema-violation` if they are not tables of one schema
 */
export function inSchema(profile: Profile1, schema: string): Profile1;
export function inSchema(profile: Profile, schema: string): Profile;
export function inSchema(profile: Profile, schema: string): Profile {
  const file = `profile ${profile.name} in the schema ${schema}`;
  if (profile.version === 1) {
    return profileFrom({ ...profile, tables: profile.tables.map((table) => ({ ...table, schema })) }, file);
  }
  const items = profile.items.map((one) => {
    if (!('table' in one.from)) return one;
    const name = one.from.table.slice(one.from.table.indexOf('.') + 1);
    return { ...one, from: { ...one.from, table: `${schema}.${name}` } };
  });
  return profileFrom({ ...profile, items }, file);
}

const GENERIC = 'the options --table and --map';
const LITERAL_MEMBERS: ReadonlySet<string> = new Set(['tenant', 'stream', 'type']);

function refuse(reason: string): never {
  throw new EvidenceError('schema-violation', reason, { where: { file: GENERIC } });
}

function splitTable(table: string): readonly [string, string] {
  const parts = table.split('.');
  const [schema = '', name = ''] = parts;
  if (parts.length !== 2 || schema === '' || name === '') refuse(`--table ${table}: give schema.table`);
  return [schema, name];
}

/** What the option for `member` says: a column, a literal with a leading `=`, or all columns for `body=*`. */
function mapped(member: string, given: string): unknown {
  if (given.startsWith('=')) {
    if (!LITERAL_MEMBERS.has(member)) refuse(`--map ${member}==…: only tenant, stream and type can be a fixed text`);
    return { value: given.slice(1) };
  }
  return member === 'body' && given === '*' ? { columns: '*' } : given;
}

/**
 * A profile of one table from options.
 *
 * @param table - `schema.table`
 * @param map - member to column; `=text` for a fixed text; `attrs.name` for an attribute; `body` may be `*`
 * @param where - SQL condition on rows
 * @throws EvidenceError `schema-violation`
 */
export function genericProfile(table: string, map: ReadonlyMap<string, string>, where?: string): Profile {
  const [schema, name] = splitTable(table);
  const attrs: [string, string][] = [];
  const members: Record<string, unknown> = {};
  for (const [member, given] of map) {
    if (member.startsWith('attrs.')) attrs.push([member.slice('attrs.'.length), given]);
    else if (MAPPED_MEMBERS.has(member)) members[member] = mapped(member, given);
    else refuse(`--map ${member}: no such member; known are ${[...MAPPED_MEMBERS].join(', ')}, attrs.NAME`);
  }
  const defaults = {
    tenant: { value: 'default' },
    stream: { value: table },
    type: { value: name },
    ...(members['bodyDigest'] === undefined ? { body: { columns: '*' } } : {}),
  };
  const chain = members['prev'] === undefined ? {} : { chain: {} };
  const condition = where === undefined ? {} : { where };
  const one = {
    ...defaults,
    ...members,
    ...chain,
    ...condition,
    schema,
    table: name,
    attrs: Object.fromEntries(attrs),
  };
  const profile = { kind: 'evidence-profile', version: 1, name: 'generic', tables: [one] };
  return profileFrom(profile, GENERIC);
}

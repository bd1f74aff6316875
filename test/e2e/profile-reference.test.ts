/** "Every member" of docs/profile.md is made from the schema by which profiles are read: no more and no less is there. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { profileSchema2 } from '../../src/wire/profile-items.ts';
import { textOf } from './documents.ts';

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

const schema = z.toJSONSchema(profileSchema2, { io: 'input', unrepresentable: 'any' }) as Schema;

/** An object of more members is listed, and not named by them. */
const MOST_NAMED = 8;

const code = (text: string): string => `\`${text}\``;

/** What a value may be, in words. */
function words(one: Schema): string {
  if (one.$ref !== undefined) return 'a field';
  if (one.const !== undefined) return code(JSON.stringify(one.const));
  if (one.enum !== undefined) return one.enum.map((value) => code(value)).join(', ');
  if (one.anyOf !== undefined) return [...new Set(one.anyOf.map(words))].join(' or ');
  if (one.type === 'array') return `a list of: ${words(one.items ?? {})}`;
  if (Object.keys(one.properties ?? {}).length > MOST_NAMED) return 'an object, below';
  if (one.properties !== undefined) return code(`{${Object.keys(one.properties).join(', ')}}`);
  return (
    { string: 'a text', integer: 'a whole number', boolean: 'true or false', object: 'an object', null: '`null`' }[
      one.type ?? ''
    ] ?? 'see there'
  );
}

function rowsOf(path: string, { properties = {}, required = [] }: Schema): readonly string[] {
  return Object.entries(properties).map(([name, member]) => {
    const mark = required.includes(name) ? '' : '?';
    return `| ${code(`${path}${name}`)}${mark} | ${words(member)} | ${member.description ?? ''} |`;
  });
}

/** The rows of the reference: each object that a profile has, under the path of its members. */
function reference(): readonly string[] {
  const place = schema.properties?.['items']?.items ?? {};
  const { from, chain, id } = place.properties ?? {};
  const field = schema.$defs?.[(id?.anyOf?.[0]?.$ref ?? '').replace('#/$defs/', '')] ?? {};
  const derived = field.anyOf?.find(({ properties }) => properties?.['field'] !== undefined) ?? {};
  const shared = (from?.anyOf ?? []).flatMap((one) => rowsOf('from.', one));
  return [
    ...rowsOf('', schema),
    ...rowsOf('items[].', place),
    ...new Set(shared.map((row) => `${row.replace('| `from.', '| `items[].from.')}`)),
    ...rowsOf('items[].chain.', chain ?? {}),
    ...rowsOf('holds.', schema.properties?.['holds'] ?? {}),
    ...rowsOf('FIELD.', derived),
    ...rowsOf('FIELD.hash.', derived.properties?.['hash'] ?? {}),
  ];
}

describe('docs/profile.md', () => {
  it('lists every member that a profile may have, as the schema has it', () => {
    const page = textOf('docs/profile.md');
    const section = page.slice(page.indexOf('## Every member'));
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(reference());
    expect(rows.length).toBeGreaterThan(40);
  });
});

/** One place of a profile, made ready: what is read, and how an item becomes a record. */
import { EvidenceError } from '../../core/errors.ts';
import { pointerTokens } from '../../core/json/pointer.ts';
import type { FieldRule } from '../../core/mapping/field.ts';
import { type BodyRule, FORM_ATTRIBUTE, namesOfRule, type RecordRule } from '../../core/mapping/record-rule.ts';
import type { RecipeChoice } from '../../core/snapshot/declared-recipe.ts';
import type { ChainRule, PlainJson } from '../../core/snapshot/header.ts';
import { chainRuleFrom } from '../../wire/chain-rule.ts';
import type { ItemsPlace, ItemsProfile } from '../../wire/profile-items.ts';
import { type Feeder, sharedFault } from './feeders.ts';
import { Glob } from './glob.ts';
import { isKind, layoutPlacesOf } from './layout-place.ts';

type From = ItemsPlace['from'];

/** How the items of a file are found. */
export type Format =
  | { readonly kind: 'json'; readonly items: string }
  | { readonly kind: 'ndjson' }
  | { readonly kind: 'csv'; readonly header: boolean; readonly delimiter: string }
  | { readonly kind: 'file'; readonly as: 'json' | 'text' | 'bytes' };

export interface Place extends Feeder {
  readonly format: Format;
  readonly pattern: string;
  readonly glob: Glob;
  readonly rule: RecordRule;
  /** Member to the field that it is read from, as the profile has it. */
  readonly mapping: { readonly [member: string]: PlainJson };
  /** How the links of its streams are checked. */
  readonly chain: ChainRule | undefined;
  /** Whether its records have digests alone. */
  readonly digestsOnly: boolean;
}

/** Attributes that say of what a digest is, or which columns were NULL. */
const RESERVED: readonly string[] = [FORM_ATTRIBUTE, 'body.nulls', 'body.isNull'];

function patternOf(from: From): string | undefined {
  if ('json' in from) return from.json;
  if ('ndjson' in from) return from.ndjson;
  if ('csv' in from) return from.csv;
  return 'files' in from ? from.files : undefined;
}

function formatOf(from: From): Format | undefined {
  if ('json' in from) return { kind: 'json', items: from.items };
  if ('ndjson' in from) return { kind: 'ndjson' };
  if ('csv' in from) return { kind: 'csv', header: from.header, delimiter: from.delimiter };
  return 'files' in from ? { kind: 'file', as: from.as } : undefined;
}

/** `json:export/evidence.json#/evidence`, `files:sboms/*.json`. */
function labelOf(from: From): string {
  if ('json' in from) return `json:${from.json}${from.items === '' ? '' : `#${from.items}`}`;
  if ('ndjson' in from) return `ndjson:${from.ndjson}`;
  if ('csv' in from) return `csv:${from.csv}`;
  if ('files' in from) return `files:${from.files}`;
  return 'table' in from ? `table:${from.table}` : `layout:${from.layout}`;
}

function refuse(label: string, reason: string, advice?: string): never {
  const options = advice === undefined ? {} : { advice };
  throw new EvidenceError('schema-violation', `the place ${label} of the profile ${reason}`, options);
}

const isBytes = (format: Format): boolean => format.kind === 'file' && format.as !== 'json';

function bodyOf(place: ItemsPlace, format: Format, label: string): BodyRule | undefined {
  const { body, bodyDigest } = place;
  if (isBytes(format)) {
    if (body !== undefined && body !== '') refuse(label, 'takes files as text or bytes: the body is the whole file');
    return { name: '', as: format.kind === 'file' ? format.as : 'bytes' };
  }
  if (body !== undefined) return statedBody(body, format, label);
  if (bodyDigest !== undefined) return undefined;
  return format.kind === 'csv' ? { columns: '*' } : { name: '', as: 'json' };
}

function statedBody(body: NonNullable<ItemsPlace['body']>, { kind }: Format, label: string): BodyRule {
  if (typeof body === 'string') return { name: body, as: kind === 'csv' ? 'text' : 'json' };
  if (!('columns' in body)) return { name: body.field, as: body.as };
  if (kind !== 'csv') refuse(label, 'makes the body of columns, and its items have none', 'give a pointer');
  return body;
}

function requireNames(rule: RecordRule, body: BodyRule | undefined, format: Format, label: string): void {
  const names = namesOfRule(rule);
  if (isBytes(format) && names.length > 0)
    refuse(label, `reads ${names[0]}, and files as text or bytes have no members`);
  if (format.kind === 'csv') return;
  for (const name of names) pointerTokens(name);
  if (body !== undefined && 'name' in body) pointerTokens(body.name);
}

function isList(id: NonNullable<ItemsPlace['id']>): id is FieldRule[] {
  return Array.isArray(id);
}

function placeOf(item: ItemsPlace): Place {
  const { from, id, attrs } = item;
  const label = labelOf(from);
  const [pattern, format] = [patternOf(from), formatOf(from)];
  if (pattern === undefined || format === undefined) return refuse(label, 'is none of files');
  if (pattern.startsWith('/') || pattern.split('/').some((part) => part === '..' || part === '.' || part === ''))
    refuse(label, 'leads out of the source', 'give a path under it, with names between slashes');
  if (id === undefined) return refuse(label, 'has no `id`', 'name what is unique, e.g. "id": "/serialNumber"');
  const reserved = Object.keys(attrs).find((name) => RESERVED.includes(name));
  if (reserved !== undefined) refuse(label, `may not have the attribute ${reserved}, which has a meaning of its own`);
  if (format.kind === 'json') pointerTokens(format.items);
  const body = bodyOf(item, format, label);
  const { stream = { value: 'items' }, type = { value: 'item' }, seq, recordedAt, prev, hash, bodyDigest } = item;
  const rule: RecordRule = {
    tenant: item.tenant,
    stream,
    id: isList(id) ? id : [id],
    type,
    seq,
    recordedAt,
    prev,
    hash,
    attrs: Object.entries(attrs),
    bodyDigest,
    body,
  };
  requireNames(rule, body, format, label);
  return {
    label,
    format,
    pattern,
    glob: new Glob(pattern),
    rule,
    mapping: mappingOf(item, { stream, type, ...(body === undefined ? {} : { body: 'columns' in body ? body : '' }) }),
    shared: item.shared,
    chain: chainOf(item, label),
    digestsOnly: body === undefined || ('as' in body && (body.as === 'bytes' || isBytes(format))),
  };
}

/** A chain is of records in an order: in a set nothing would check its links. */
function chainOf({ chain, seq }: ItemsPlace, label: string): ChainRule | undefined {
  if (chain === undefined) return undefined;
  if (seq === undefined) refuse(label, 'has a `chain` and no `seq`', 'name the position of a record in its chain');
  return chainRuleFrom(chain, (chain.recipe ?? 'none') as RecipeChoice);
}

/** What every member is read from, with what is there by default. */
function mappingOf(item: ItemsPlace, defaults: object): { readonly [member: string]: PlainJson } {
  const { from: _, path: __, shared: ___, attrs, ...members } = item;
  const all = { ...defaults, ...members, ...(Object.keys(attrs).length === 0 ? {} : { attrs }) };
  return JSON.parse(JSON.stringify(all)) as { readonly [member: string]: PlainJson };
}

function streamText({ rule: { stream, tenant } }: Place): string | undefined {
  const isFixed = typeof stream === 'object' && 'value' in stream && typeof tenant === 'object' && 'value' in tenant;
  return isFixed ? JSON.stringify([tenant.value, stream.value]) : undefined;
}

/**
 * Refuses a profile that reads tables as well: where a file or folder is read nobody would read them.
 *
 * @throws EvidenceError `schema-violation`
 */
export function requireNoTables({ items }: ItemsProfile): void {
  const table = items.find(({ from }) => 'table' in from);
  if (table === undefined) return;
  refuse(labelOf(table.from), 'is about a database, and a file or folder is read', 'give each its own profile');
}

/**
 * The places of items in files of a profile.
 *
 * @throws EvidenceError `schema-violation` for one that cannot be read, or two that feed one stream and do not both say so
 */
export function placesOf({ items }: ItemsProfile): readonly Place[] {
  const places = items.filter(({ from }) => !('table' in from || 'layout' in from)).map(placeOf);
  const fed = new Map<string, Place>();
  for (const place of places) {
    const stream = streamText(place);
    const other = stream === undefined ? undefined : fed.get(stream);
    if (other !== undefined && !(other.shared && place.shared))
      throw sharedFault(other.label, place.label, stream ?? '');
    if (stream !== undefined) fed.set(stream, place);
  }
  return places;
}

/** Whether a profile reads files at all. */
export function hasFiles({ items }: ItemsProfile): boolean {
  return items.some(({ from }) => !('table' in from));
}

/** Whether all that it gives are digests. */
export function isDigestsOnly(profile: ItemsProfile): boolean {
  return placesOf(profile).every(({ digestsOnly }) => digestsOnly) && !layoutPlacesOf(profile).some(isKind);
}

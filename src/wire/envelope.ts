/** Header and trailer from strictly read JSON to core values. */
import { RECIPES } from '../core/custody/recipes.ts';
import { EvidenceError } from '../core/errors.ts';
import { type Form, requireForm } from '../core/json/form.ts';
import { parseJson } from '../core/json/parse.ts';
import { canonicalNumber, type Json, JsonNumber, type JsonObject } from '../core/json/value.ts';
import type { Platform } from '../core/platform.ts';
import { present } from '../core/present.ts';
import type { RecipeChoice, Segment } from '../core/snapshot/declared-recipe.ts';
import {
  type ChainRule,
  type Depth,
  headerForm,
  type PlainJson,
  type SnapshotHeader,
  type Subject,
} from '../core/snapshot/header.ts';
import { IN_ORDER, OTHER_OBJECT, otherKind } from '../core/snapshot/other-input.ts';
import { MOST_SHARDS, type ShardStatement } from '../core/snapshot/shard.ts';
import {
  type StatedStream,
  type StatedTenant,
  statedStreamForm,
  statedTenantForm,
  type Trailer,
  trailerForm,
} from '../core/snapshot/trailer.ts';
import { plainOf, strictPlainOf } from './plain.ts';

type PlainObject = { readonly [name: string]: PlainJson };

/** What this version can read: anything else is not guessed at. */
const SUPPORTED: readonly (readonly [string, PlainJson])[] = [
  ['kind', 'evidence-snapshot'],
  ['version', 1],
  ['canonical', 'jcs-exact'],
  ['hash', 'sha256'],
  ['tree', 'rfc9162'],
];

function shown(value: PlainJson | undefined): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 80);
}

const REQUIRED = [...SUPPORTED.map(([member]) => member), 'depth'];

/**
 * Of a header that `records` follow in the same object: what is not there may come behind them, and would come too late,
 * since records are read by it as they stream by.
 */
function requireBeforeRecords(header: PlainObject): void {
  const late = REQUIRED.find((member) => !Object.hasOwn(header, member));
  if (late === undefined) return;
  const reason = `header member \`${late}\` does not stand before \`records\`, where all of the header must stand`;
  // As where it is nowhere: of a header without it, it is not known how it is to be read.
  throw new EvidenceError(late === 'depth' ? 'schema-violation' : 'unsupported-version', reason, {
    advice: `a tool that sorts members moves them behind; ${IN_ORDER}, or write NDJSON`,
  });
}

function requireSupported(header: PlainObject): void {
  for (const [member, supported] of SUPPORTED) {
    const found = Object.hasOwn(header, member) ? header[member] : undefined;
    if (found === supported) continue;
    if (member === 'kind' && found === undefined) {
      throw new EvidenceError('unsupported-version', 'header member `kind` is missing: a JSON object, not a snapshot', {
        advice: OTHER_OBJECT.advice,
      });
    }
    const reason = `header member \`${member}\` is ${shown(found)}, this version reads ${JSON.stringify(supported)}`;
    const other = member === 'kind' ? otherKind(JSON.stringify(found)) : undefined;
    throw new EvidenceError('unsupported-version', reason, other === undefined ? {} : { advice: other.advice });
  }
}

/** Of another version nothing is known; of this one it is known that `1.0` is not how its number is written. */
function requireDigits(json: Json): void {
  const version = json instanceof Map ? json.get('version') : undefined;
  if (version instanceof JsonNumber && version.token !== '1' && canonicalNumber(version.token) === '1') {
    throw new EvidenceError('schema-violation', 'header member `version` is written in digits alone: 1');
  }
}

/** One part of a capture says nothing by itself, whatever verb is asked. */
function requireWhole(header: PlainObject): void {
  if (!Object.hasOwn(header, 'shard')) return;
  throw new EvidenceError('source-incomplete', 'it is a shard: one part of a capture, which proves nothing by itself', {
    advice: 'merge all its shards, and give what comes of it',
  });
}

/** What the snapshot is of is shown as it stands: its numbers are nobody's counts. */
function subjectOf(json: Json): Subject {
  const subject = json instanceof Map ? json.get('subject') : undefined;
  return subject === undefined ? {} : (plainOf(subject) as Subject);
}

function objectOf(what: string, value: PlainJson): PlainObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as PlainObject;
  throw new EvidenceError('schema-violation', `${what} must be a JSON object`);
}

function requireKnown(stream: string, recipe: RecipeChoice): void {
  if (typeof recipe !== 'string' || RECIPES.has(recipe)) return;
  const known = [...RECIPES.keys()].join(', ');
  const reason = `chain ${JSON.stringify(stream)} has the unknown recipe ${shown(recipe)}; known are ${known}`;
  throw new EvidenceError('unsupported-version', reason);
}

function chainRule(stream: string, rule: PlainObject): ChainRule {
  const { genesis = 'zeros', firstSeq = 1, gaps } = rule;
  const recipe = (rule['recipe'] ?? 'none') as unknown as RecipeChoice;
  const segments = rule['segments'] as unknown as readonly Segment[] | undefined;
  requireKnown(stream, recipe);
  for (const segment of segments ?? []) requireKnown(stream, segment.recipe);
  return {
    genesis: genesis === null ? 'null' : (genesis as string),
    recipe,
    firstSeq: firstSeq as number,
    ...(gaps === 'allowed' ? { gaps } : {}),
    ...present({ segments }),
  };
}

/**
 * The header of a snapshot.
 *
 * @param recordsFollow - whether it is cut out of an object in which `records` stand behind it
 * @param mayBeShard - whether one part of a capture will do: nobody asks for it but who joins them
 * @throws EvidenceError `unsupported-version` or `schema-violation`; `source-incomplete` for a shard
 */
export function parseHeader(json: Json, recordsFollow = false, mayBeShard = false): SnapshotHeader {
  const header = objectOf('the header', strictPlainOf(json));
  if (recordsFollow) requireBeforeRecords(header);
  requireDigits(json);
  if (!mayBeShard) requireWhole(header);
  requireSupported(header);
  requireHeader(header);
  const chains = objectOf('chains', header['chains'] ?? {});
  return {
    depth: header['depth'] as Depth,
    subject: subjectOf(json),
    capturedAt: (header['capturedAt'] ?? null) as string | null,
    tool: (header['tool'] ?? null) as string | null,
    ...(header['digestOnly'] === undefined ? {} : { digestOnly: header['digestOnly'] as number }),
    chains: new Map(
      Object.entries(chains).map(([stream, rule]) => [stream, chainRule(stream, objectOf('a chain', rule))]),
    ),
    nulls: header['nulls'] as 'distinct' | undefined,
    ...(header['shard'] === undefined ? {} : { shard: shardOf(header['shard']) }),
  };
}

function shardOf(value: PlainJson): ShardStatement {
  const { index, count: of } = value as PlainObject;
  if ((index as number) < (of as number) && (of as number) <= MOST_SHARDS) return value as unknown as ShardStatement;
  throw new EvidenceError('schema-violation', `header member \`shard\`: there is no shard ${index} of ${of}`);
}

function statedStream(stream: PlainObject): StatedStream {
  return {
    stream: stream['stream'] as string,
    ordered: stream['ordered'] as boolean,
    size: stream['size'] as number,
    root: stream['root'] as string | undefined,
    head: stream['head'] as string | null,
    firstSeq: stream['firstSeq'] as number | undefined,
    lastSeq: stream['lastSeq'] as number | undefined,
  };
}

function statedTenant(tenant: PlainObject, streams: readonly StatedStream[]): StatedTenant {
  return {
    tenant: tenant['tenant'] as string,
    records: tenant['records'] as number,
    root: tenant['root'] as string | undefined,
    counts: new Map(Object.entries(tenant['counts'] as Record<string, number>)),
    streams,
  };
}

/**
 * The trailer of a snapshot.
 *
 * @throws EvidenceError `input-truncated` if something else stands in its place, `schema-violation`
 */
function parseTrailer(json: Json): Trailer {
  const trailer = strictPlainOf(json);
  const isTrailer = typeof trailer === 'object' && trailer !== null && !Array.isArray(trailer);
  if (!isTrailer || (trailer as PlainObject)['kind'] !== 'evidence-snapshot-trailer') {
    throw new EvidenceError('input-truncated', 'the trailer is missing: the input ends with something else');
  }
  requireTrailer(trailer);
  const { records, globalRoot, tenants } = trailer as PlainObject;
  return {
    records: records as number,
    globalRoot: globalRoot as string | undefined,
    tenants: (tenants as readonly PlainObject[]).map((tenant) =>
      statedTenant(tenant, (tenant['streams'] as readonly PlainObject[]).map(statedStream)),
    ),
  };
}

/* A trailer has an entry for each stream: it is made smaller while it is read, where nothing is wrong with it. */

/** In so many containers entries lie, themselves among them: an object, a list, an object, a list, an object. */
const TENANT_DEPTH = 3;
const STREAM_DEPTH = 5;

/** What is to be kept of the tenant that is stated in a place, counted from 0. */
export type KeepStated = (stated: StatedTenant, at: number) => StatedTenant;

/** What stands in the place of an object that had the form `own`. */
function isSmall(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Map || value instanceof JsonNumber);
}

function plainIn(own: Form, object: JsonObject): PlainObject | undefined {
  const plain = strictPlainOf(object);
  return own.faultIn(plain, '') === undefined ? (plain as PlainObject) : undefined;
}

/** `object` with an empty list for its member `list`, and what stood in it; undefined unless all of it was made smaller. */
function withoutList(object: JsonObject, list: string): readonly [JsonObject, readonly object[]] | undefined {
  const items: unknown = object.get(list);
  if (!Array.isArray(items) || !items.every(isSmall)) return undefined;
  return [new Map([...object, [list, []]]), items];
}

class SmallTrailer {
  readonly #keep: KeepStated;
  #tenants = 0;

  constructor(keep: KeepStated) {
    this.#keep = keep;
  }

  shrink(object: JsonObject, depth: number): unknown {
    if (depth === STREAM_DEPTH) return this.#stream(object) ?? object;
    return depth === TENANT_DEPTH ? (this.#tenant(object) ?? object) : object;
  }

  #stream(object: JsonObject): StatedStream | undefined {
    const plain = plainIn(statedStreamForm, object);
    return plain === undefined ? undefined : statedStream(plain);
  }

  #tenant(object: JsonObject): StatedTenant | undefined {
    const [rest, streams] = withoutList(object, 'streams') ?? [];
    const plain = rest === undefined ? undefined : plainIn(statedTenantForm, rest);
    if (plain === undefined) return undefined;
    return this.#keep(statedTenant(plain, streams as readonly StatedStream[]), this.#tenants++);
  }

  /** The whole; undefined where something is wrong with it. */
  trailer(json: Json): Trailer | undefined {
    const [rest, tenants] = (json instanceof Map ? withoutList(json as JsonObject, 'tenants') : undefined) ?? [];
    const plain = rest === undefined ? undefined : plainIn(trailerForm, rest);
    if (plain === undefined) return undefined;
    return {
      records: plain['records'] as number,
      globalRoot: plain['globalRoot'] as string | undefined,
      tenants: tenants as readonly StatedTenant[],
    };
  }
}

/**
 * The trailer that stands in `bytes[start, end)`.
 *
 * @param keep - called with each tenant; what it gives stands in the trailer for it
 * @throws EvidenceError as `parseJson` does; `input-truncated` if something else stands in its place, `schema-violation`
 */
export function readTrailer(
  platform: Platform,
  bytes: Uint8Array,
  start: number,
  end: number,
  keep: KeepStated = (stated) => stated,
): Trailer {
  const small = new SmallTrailer(keep);
  const json = parseJson(platform, bytes, start, end, { shrink: (object, depth) => small.shrink(object, depth) });
  // What is wrong with it is said of the whole.
  return small.trailer(json) ?? parseTrailer(parseJson(platform, bytes, start, end));
}

/** @throws EvidenceError `schema-violation` unless `value` has the form of a header */
export function requireHeader(value: PlainJson): void {
  requireForm('header', headerForm, value);
}

/** @throws EvidenceError `schema-violation` unless `value` has the form of a trailer */
export function requireTrailer(value: PlainJson): void {
  requireForm('trailer', trailerForm, value);
}

/** Header and trailer from strictly read JSON to core values. */
import { RECIPES } from '../core/custody/recipes/index.ts';
import { EvidenceError } from '../core/errors.ts';
import type { Json } from '../core/json/value.ts';
import type { ChainRule, Depth, PlainJson, SnapshotHeader, Subject } from '../core/snapshot/header.ts';
import type { StatedStream, StatedTenant, Trailer } from '../core/snapshot/trailer.ts';
import { requireHeader, requireTrailer } from './envelope-form.ts';
import { plainOf } from './plain.ts';

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

function requireSupported(header: PlainObject): void {
  for (const [member, supported] of SUPPORTED) {
    const found = Object.hasOwn(header, member) ? header[member] : undefined;
    if (found === supported) continue;
    const reason = `header member \`${member}\` is ${shown(found)}, this version reads ${JSON.stringify(supported)}`;
    throw new EvidenceError('unsupported-version', reason);
  }
}

function objectOf(what: string, value: PlainJson): PlainObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as PlainObject;
  throw new EvidenceError('schema-violation', `${what} must be a JSON object`);
}

function chainRule(stream: string, rule: PlainObject): ChainRule {
  const { genesis = 'zeros', recipe = 'none', firstSeq = 1 } = rule;
  if (!RECIPES.has(recipe as string)) {
    const known = [...RECIPES.keys()].join(', ');
    const reason = `chain ${JSON.stringify(stream)} has the unknown recipe ${shown(recipe)}; known are ${known}`;
    throw new EvidenceError('unsupported-version', reason);
  }
  return {
    genesis: genesis === null ? 'null' : (genesis as string),
    recipe: recipe as string,
    firstSeq: firstSeq as number,
  };
}

/**
 * The header of a snapshot.
 *
 * @throws EvidenceError `unsupported-version` or `schema-violation`
 */
export function parseHeader(json: Json): SnapshotHeader {
  const header = objectOf('the header', plainOf(json));
  requireSupported(header);
  requireHeader(header);
  const chains = objectOf('chains', header['chains'] ?? {});
  return {
    depth: header['depth'] as Depth,
    subject: (header['subject'] ?? {}) as Subject,
    capturedAt: (header['capturedAt'] ?? null) as string | null,
    tool: (header['tool'] ?? null) as string | null,
    chains: new Map(
      Object.entries(chains).map(([stream, rule]) => [stream, chainRule(stream, objectOf('a chain', rule))]),
    ),
  };
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

function statedTenant(tenant: PlainObject): StatedTenant {
  return {
    tenant: tenant['tenant'] as string,
    records: tenant['records'] as number,
    root: tenant['root'] as string | undefined,
    counts: new Map(Object.entries(tenant['counts'] as Record<string, number>)),
    streams: (tenant['streams'] as readonly PlainObject[]).map(statedStream),
  };
}

/**
 * The trailer of a snapshot.
 *
 * @throws EvidenceError `input-truncated` if something else stands in its place, `schema-violation`
 */
export function parseTrailer(json: Json): Trailer {
  const trailer = plainOf(json);
  const isTrailer = typeof trailer === 'object' && trailer !== null && !Array.isArray(trailer);
  if (!isTrailer || (trailer as PlainObject)['kind'] !== 'evidence-snapshot-trailer') {
    throw new EvidenceError('input-truncated', 'the trailer is missing: the input ends with something else');
  }
  requireTrailer(trailer);
  const { records, globalRoot, tenants } = trailer as PlainObject;
  return {
    records: records as number,
    globalRoot: globalRoot as string | undefined,
    tenants: (tenants as readonly PlainObject[]).map(statedTenant),
  };
}

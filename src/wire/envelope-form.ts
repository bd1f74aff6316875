/**
 * The forms of header and trailer. They say what `headerSchema` and `trailerSchema` say (schemas.ts), which the JSON
 * Schemas are made from.
 */
import { isDateTime } from '../core/instant.ts';
import { isSourceHash } from '../core/platform.ts';
import type { PlainJson } from '../core/snapshot/header.ts';
import {
  anything,
  count,
  filledText,
  flag,
  form,
  hash,
  listOf,
  mapOf,
  object,
  oneOf,
  requireForm,
  text,
  textOrNull,
} from './form.ts';

const name = filledText(256);

const genesis = form(
  '"zeros", "null", null or a hash: lower-case hexadecimal digits, an even number from 32 to 128',
  (value) =>
    value === null || value === 'zeros' || value === 'null' || (typeof value === 'string' && isSourceHash(value)),
);

const header = object(
  {
    kind: oneOf('evidence-snapshot'),
    version: oneOf(1),
    depth: oneOf('full', 'digest', 'summary'),
    canonical: oneOf('jcs-exact'),
    hash: oneOf('sha256'),
    tree: oneOf('rfc9162'),
  },
  {
    subject: mapOf(anything),
    capturedAt: form('an RFC 3339 date and time', (value) => typeof value === 'string' && isDateTime(value)),
    tool: text,
    digestOnly: count,
    chains: mapOf(object({}, { genesis, recipe: filledText(), firstSeq: count, gaps: oneOf('refused', 'allowed') })),
    nulls: oneOf('distinct'),
  },
);

const stream = object(
  { stream: name, ordered: flag, size: count, head: textOrNull },
  { root: hash, firstSeq: count, lastSeq: count },
);

const tenant = object({ tenant: name, records: count, counts: mapOf(count), streams: listOf(stream) }, { root: hash });

const trailer = object(
  { kind: oneOf('evidence-snapshot-trailer'), records: count, tenants: listOf(tenant) },
  { globalRoot: hash },
);

/** @throws EvidenceError `schema-violation` unless `value` has the form of a header */
export function requireHeader(value: PlainJson): void {
  requireForm('header', header, value);
}

/** @throws EvidenceError `schema-violation` unless `value` has the form of a trailer */
export function requireTrailer(value: PlainJson): void {
  requireForm('trailer', trailer, value);
}

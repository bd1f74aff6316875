/**
 * The forms that are checked member by member, against the JSON Schemas that are made from them, as other code understands
 * those: they refuse the same, but for rules that JSON Schema cannot say. Records are read from bytes, and refused the same.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../src/core/errors.ts';
import { type Form, requireForm } from '../../src/core/json/form.ts';
import { utf8 } from '../../src/core/platform.ts';
import { reportForm } from '../../src/core/report/report.ts';
import { HASHED_RULE, MOST_TEXT, POINTER_RULE } from '../../src/core/snapshot/declared-recipe.ts';
import type { PlainJson } from '../../src/core/snapshot/header.ts';
import { headerForm, ONE_OF_BOTH } from '../../src/core/snapshot/header.ts';
import { RecordDecoder } from '../../src/core/snapshot/record.ts';
import { BODY_OR_DIGEST, recordForm } from '../../src/core/snapshot/record-members.ts';
import { trailerForm } from '../../src/core/snapshot/trailer.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { requireHeader, requireTrailer } from '../../src/wire/envelope.ts';
import { journalForm, parseJournalBody } from '../../src/wire/journal-entry.ts';
import { jsonOf } from '../../src/wire/plain.ts';
import { runs } from '../long.ts';
import { failedReport, sums } from '../reports/sample-report.ts';

type Place = { readonly holder: Record<string, unknown>; readonly name: string };

const HASH = 'a'.repeat(64);

const header = {
  kind: 'evidence-snapshot',
  version: 1,
  depth: 'digest',
  subject: { system: 'prod', nested: { a: [1, null] } },
  capturedAt: '2027-03-01T10:00:00Z',
  tool: 'evidence-diff/1.0.0',
  digestOnly: 1,
  nulls: 'distinct',
  shard: { index: 0, count: 2, whole: HASH },
  canonical: 'jcs-exact',
  hash: 'sha256',
  tree: 'rfc9162',
  chains: {
    'ledger/*': { genesis: HASH, recipe: 'none', firstSeq: 0 },
    all: { genesis: null },
    other: {},
    declared: {
      recipe: {
        algorithm: 'sha3-256',
        encode: 'base64',
        of: [
          { prev: 'hex', null: '' },
          { text: '|', lengthPrefix: 'u32be' },
          { field: '/body/a~1b', as: 'jcs', null: 'x' },
          { digest: [{ prev: 'raw' }, { text: '' }, { field: '/seq', as: 'u64be' }], as: 'raw' },
        ],
        hmacKey: 'chain-2027',
      },
    },
    stored: { recipe: { algorithm: 'sha1', preimage: 'payload' } },
    segments: {
      gaps: 'allowed',
      segments: [
        { until: { seq: 9 }, recipe: 'none' },
        { when: { v: '2' }, recipe: { algorithm: 'sha256', of: [{ field: '/attrs/p' }], preimage: '/attrs/p' } },
      ],
    },
  },
};

const stream = { stream: 's', ordered: true, size: 2, root: HASH, head: null, firstSeq: 1, lastSeq: 2 };
const trailer = {
  kind: 'evidence-snapshot-trailer',
  records: 2,
  globalRoot: HASH,
  tenants: [
    { tenant: 'acme', records: 2, root: HASH, counts: { sbom: 2 }, streams: [stream, { ...stream, head: 'x' }] },
  ],
};

const record = {
  tenant: 'acme',
  stream: 's',
  id: 'e1',
  seq: 1,
  type: 'vex',
  recordedAt: '2027-03-01T10:00:00Z',
  prev: HASH,
  hash: HASH,
  attrs: { status: 'sealed', note: '' },
  body: { a: [1, null] },
  bodyDigest: `sha256:${HASH}`,
};

const journal = {
  version: 1,
  upgrade: '2027.Q2',
  step: 'R3',
  type: 'hand-off',
  recordedAt: '2027-03-01T10:00:00Z',
  at: '2027-03-01T11:00:00.5+01:00',
  actor: 'ops',
  note: 'n',
  files: [{ path: 'report.json', sha256: HASH, bytes: 7 }],
  repaired: { sha256: HASH, bytes: 3 },
};

/** What JSON Schema cannot say, or can only count in other units: it accepts what these refuse. */
const BEYOND: ReadonlySet<string> = new Set([
  'an RFC 3339 date and time',
  'an object with the value of an attribute',
  `a string of at most ${MOST_TEXT} characters`,
  POINTER_RULE,
  `the name of an attribute, or ${POINTER_RULE}`,
  HASHED_RULE,
  ONE_OF_BOTH,
  BODY_OR_DIGEST,
]);

/** Every member of `value`, however deep. */
function placesOf(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [{ holder, name }, ...placesOf(holder[name])]);
}

const other = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    'x',
    'a'.repeat(256),
    'a'.repeat(257),
    '\u{1f600}'.repeat(129),
    HASH,
    HASH.toUpperCase(),
  ),
  fc.constantFrom<unknown>('zeros', 'null', `${HASH}\n`, `${HASH}a`, null, true, [], {}, [null], { a: 1 }),
  fc.constantFrom<unknown>(
    '2027-02-29T10:00:00Z',
    '2028-02-29T10:00:00Z',
    'R3',
    'x y',
    Array(101).fill(journal.files[0]),
  ),
  fc.constantFrom<unknown>(
    '/body',
    '/hash',
    '/attrs/p',
    '/attrs/p/q',
    '/body/~2',
    'p',
    'u8',
    'raw',
    { text: '' },
    { v: '' },
  ),
  fc.constantFrom<unknown>(0, -1, 1, 1.5, 2 ** 53 - 1, 2 ** 53, -0, '1'),
  fc.jsonValue(),
);

/** What is done to one member: another value, gone, or another beside it. */
interface Edit {
  readonly at: number;
  readonly how: string;
  readonly value: unknown;
  readonly name: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'remove', 'add', 'rename'),
  value: other,
  name: fc.constantFrom('x', 'root', 'genesis', 'kind', 'toString', '', 'recipe', 'segments', 'of', 'preimage', 'text'),
});

function edited(document: unknown, edits: readonly Edit[]): PlainJson {
  const copy = structuredClone(document);
  for (const { at, how, value: given, name } of edits) {
    const value = structuredClone(given);
    const places = placesOf(copy);
    const place = places[at % places.length];
    if (place === undefined) break;
    const { [place.name]: member } = place.holder;
    if (how === 'replace') place.holder[place.name] = value;
    else if (Array.isArray(place.holder)) place.holder.push(value);
    else {
      if (how !== 'add') delete place.holder[place.name];
      if (how !== 'remove') place.holder[name] = how === 'rename' ? member : value;
    }
  }
  return copy as PlainJson;
}

function isRefused(read: (value: PlainJson) => void, value: PlainJson): boolean {
  try {
    read(value);
    return false;
  } catch (fault) {
    expect(fault).toBeInstanceOf(EvidenceError);
    expect(fault).toMatchObject({ kind: 'schema-violation' });
    return true;
  }
}

const decoder = new RecordDecoder(nodePlatform);

function requireRecord(value: PlainJson): void {
  const bytes = utf8(JSON.stringify(value));
  decoder.decode(bytes, 0, bytes.length);
}

const shard = { index: 0, count: 2, baseline: '1'.repeat(64), current: '2'.repeat(64), sums: sums() };
const report = { ...failedReport(), changesOmitted: 1, shard };

const FORMS: readonly [string, Readonly<Record<string, unknown>>, (value: PlainJson) => void, Form][] = [
  ['header', header, requireHeader, headerForm],
  ['trailer', trailer, requireTrailer, trailerForm],
  ['record', record, requireRecord, recordForm],
  ['report', report, (value) => requireForm('report', reportForm, value), reportForm],
  ['journal entry', journal, (value) => void parseJournalBody(jsonOf(value)), journalForm],
];

const ajv = new Ajv2020({ strict: false });

describe.each(FORMS)('the form of a %s', (_name, document, read, form) => {
  const isValid = ajv.compile(form.schema);

  it('accepts one that has all members', () => {
    expect(Object.keys(document).toSorted()).toEqual(Object.keys(form.schema['properties'] as object).toSorted());
    expect(isRefused(read, document as PlainJson)).toBe(false);
    expect(isValid(document)).toBe(true);
  });

  it('needs each member that it does not declare optional', () => {
    for (const member of Object.keys(document)) {
      const { [member]: _, ...rest } = document;
      const isRequired = (form.schema['required'] as readonly string[]).includes(member);
      expect(isRefused(read, rest as PlainJson), member).toBe(isRequired);
    }
  });

  it('refuses what the published form refuses, and nothing else that it can say', () => {
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const value = edited(document, edits);
        const fault = form.faultIn(value, '');
        if (fault === undefined) accepted += 1;
        else refused += 1;
        expect(isRefused(read, value)).toBe(fault !== undefined);
        if (isValid(value)) expect(BEYOND).toContain(fault?.expected ?? BODY_OR_DIGEST);
        else expect(fault).toBeDefined();
      }),
      { numRuns: runs(250, 100_000) },
    );
    expect(Math.min(accepted, refused)).toBeGreaterThan(10);
  });

  it.each([null, 1, 'x', [], [{}]])('refuses %j in its place', (value) => {
    expect(isRefused(read, value)).toBe(true);
  });
});

describe('a member of any name', () => {
  it('is checked like any other, also `__proto__`, which the schema passes over', () => {
    const counts = JSON.parse('{"__proto__": "two"}');
    const wrong = { ...trailer, tenants: [{ ...trailer.tenants[0], counts }] };
    expect(() => requireTrailer(wrong)).toThrow('trailer at /tenants/0/counts/__proto__: expected a whole number');
    const chains = JSON.parse('{"__proto__": {"firstSeq": -1}}');
    expect(() => requireHeader({ ...header, chains })).toThrow('header at /chains/__proto__/firstSeq');
  });
});

/** The published JSON Schema of a migration: it refuses what the reader refuses, but for what JSON Schema cannot say. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonSchemas } from '../../src/api/json-schemas.ts';
import { EvidenceError } from '../../src/core/errors.ts';
import { utf8 } from '../../src/core/platform.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { parseMigration } from '../../src/wire/migration.ts';
import { runs } from '../long.ts';

const HASH = 'ab'.repeat(32);

const MIGRATION = {
  kind: 'evidence-migration',
  version: 1,
  upgrade: '2027.Q2',
  from: 'v1',
  to: 'v2',
  baseline: HASH,
  known: [{ kind: 'chain-break', tenant: 'a', stream: 's', seq: 1, id: 'x', record: HASH, reason: 'as it was' }],
  rules: [
    {
      name: 'one',
      match: { tenant: 'a*', stream: 's', type: 't', where: [{ test: '/body/x', value: 1 }] },
      place: { tenant: { from: 'a*', to: 'b*' }, stream: { value: 'x' }, id: { from: 'x*', to: 'y*' } },
      patch: [
        { op: 'add', path: '/body/a', value: { x: [1, 2, null] }, why: 'for people' },
        { op: 'move', from: '/body/q', path: '/body/w' },
        { op: 'convert', path: '/body/b', to: { scale: 2 } },
        { op: 'convert', path: '/body/c', to: { values: { a: 'b' } } },
        { op: 'convert', path: '/body/d', to: { concat: ['/body/x', { text: '/' }, 'abc'] } },
        { op: 'convert', path: '/attrs/d', to: { zone: 'UTC', fold: 'later' } },
      ],
      rechain: { recipe: 'sha256-jcs-body', genesis: 'zeros' },
    },
  ],
} as const;

/** What JSON Schema cannot say, or says in units of its own; by the words with which the reader refuses it. */
const BEYOND: readonly RegExp[] = [
  /the whole record cannot be meant$/,
  /have `place` and `rechain`$/,
  /a text is \{"text": "\/…"\}$/,
  /a rule retires, or erases, or does one or more/,
  /`place` and `splitChain` both say which stream$/,
  /two rules have one name$/,
  /lone surrogate/,
];

const isValid = new Ajv2020({ strict: false, validateFormats: false }).compile(jsonSchemas().migration);

/** Why the reader refuses it; undefined where it takes it. */
function refusal(text: string): string | undefined {
  try {
    parseMigration(nodePlatform, utf8(text), () => new Uint8Array());
    return undefined;
  } catch (fault) {
    expect(fault).toBeInstanceOf(EvidenceError);
    return (fault as EvidenceError).message;
  }
}

type Holder = Record<string, unknown>;

function placesOf(value: unknown): readonly (readonly [Holder, string])[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Holder;
  return Object.keys(holder).flatMap((name) => [[holder, name] as const, ...placesOf(holder[name])]);
}

const other = fc.oneof(
  fc.constantFrom<unknown>('', 'x', '/a', '/body/~2', '~', 'none', 'zeros', 'null', 'no-such-recipe', HASH, `${HASH}a`),
  fc.constantFrom<unknown>(null, true, [], {}, [1], 'a'.repeat(2000), -1, 1.5, 2 ** 53, 1e300),
);
const edit = fc.record({ at: fc.nat(), how: fc.constantFrom('replace', 'remove', 'add'), value: other });

describe('the published form of a migration', () => {
  it('takes one that has most of what there is', () => {
    expect([refusal(JSON.stringify(MIGRATION)), isValid(MIGRATION)]).toEqual([undefined, true]);
  });

  it('refuses what the reader refuses, and takes what it takes', () => {
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 2 }), (edits) => {
        const document: unknown = structuredClone(MIGRATION);
        for (const { at, how, value } of edits) {
          const places = placesOf(document);
          const [holder, name = ''] = places[at % places.length] ?? [];
          if (holder === undefined) break;
          if (how === 'replace') holder[name] = structuredClone(value);
          else if (Array.isArray(holder)) how === 'add' ? holder.push(value) : holder.splice(Number(name), 1);
          else if (how === 'add') holder['extra'] = value;
          else delete holder[name];
        }
        const text = JSON.stringify(document);
        const says = refusal(text);
        if (says === undefined) taken++;
        else refused++;
        if (!isValid(JSON.parse(text))) expect(says, text).toBeDefined();
        else if (says !== undefined)
          expect(
            BEYOND.some((rule) => rule.test(says)),
            `${says}: ${text}`,
          ).toBe(true);
      }),
      { numRuns: runs(2000, 100_000, 1000) },
    );
    expect(Math.min(taken, refused)).toBeGreaterThan(50);
  });
});

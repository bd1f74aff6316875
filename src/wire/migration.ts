/**
 * The form of a migration (docs/migration.md): checked with zod, taken from the strictly read JSON, whose numbers are exact.
 */
import { z } from 'zod';
import { DERIVED_RECIPES, RECIPES } from '../core/custody/recipes.ts';
import { EvidenceError } from '../core/errors.ts';
import { canonicalText } from '../core/json/canonical.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json, JsonObject } from '../core/json/value.ts';
import type { ConcatPart, Conversion } from '../core/migration/convert.ts';
import {
  KNOWN_KINDS,
  type KnownFault,
  type Match,
  type Migration,
  type MigrationRule,
  type Naming,
  type Place,
} from '../core/migration/migration.ts';
import {
  countOf,
  csvRows,
  type NamedFile,
  NamedRecords,
  RenamedPlaces,
  RenamedRecords,
} from '../core/migration/named-files.ts';
import type { PatchOperation } from '../core/migration/patch.ts';
import { isPointer, POINTER_FORM, type Pointer, pointerOf } from '../core/migration/pointer.ts';
import type { Hash, Platform } from '../core/platform.ts';
import { counted } from '../core/words.ts';
import { genesisHash, recipeSchema } from './chain-rule.ts';
import { parseDocument } from './document.ts';
import { plainOf } from './plain.ts';

/* The form. */

const text = z.string().min(1).max(1024);
const why = text.optional().describe('for people: it changes nothing');
const hash = z
  .string()
  .regex(/^(?:sha256:)?[0-9a-f]{64}$/)
  .describe('SHA-256 in lower-case hexadecimal digits');
const count = z.int().min(0);

/** What places and links are made by has rules of its own. */
const FIXED: readonly string[] = ['tenant', 'stream', 'id', 'seq', 'prev', 'hash', 'bodyDigest'];

const anyPointer = z
  .string()
  .max(4096)
  .regex(POINTER_FORM, { error: 'no JSON Pointer (RFC 6901)', abort: true })
  .describe('JSON Pointer (RFC 6901)');
const readPointer = anyPointer.refine((path) => path !== '', 'the whole record cannot be meant');
const writePointer = readPointer
  .refine((path) => !FIXED.includes(pointerOf(path)[0] ?? ''), `${FIXED.join(', ')} have \`place\` and \`rechain\``)
  .describe(`JSON Pointer (RFC 6901) into the record; not ${FIXED.join(', ')}`);

const fileSchema = z
  .strictObject({
    file: text
      .refine(
        (name) => !/^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)/.test(name),
        'give a path under the folder of the migration',
      )
      .describe('CSV (RFC 4180), relative to the migration'),
    sha256: hash,
    count: count.describe('lines after the first one'),
  })
  .describe('a file that names records');

const namingSchema = z.union([
  z.strictObject({ from: text, to: text }),
  z.strictObject({ value: text }),
  z.strictObject({ keyTable: fileSchema }),
]);

const concatPart = z
  .string()
  .refine((part) => !part.startsWith('/') || isPointer(part), 'no JSON Pointer (RFC 6901); a text is {"text": "/…"}');

const conversionSchema = z.union([
  z
    .strictObject({ zone: text, fold: z.enum(['earlier', 'later']).optional() })
    .describe('local time of that zone to UTC'),
  z.strictObject({ values: z.record(z.string(), z.json()) }).describe('a complete table'),
  z
    .strictObject({ concat: z.array(z.union([concatPart, z.strictObject({ text: z.string() })])).min(1) })
    .describe('texts joined: what begins with / is a pointer'),
  z.strictObject({ scale: z.int().min(0).max(1000) }).describe('digits behind the point; never rounds'),
  z.strictObject({ json: z.enum(['value', 'text']) }).describe('text that holds JSON to JSON, and back'),
  z.strictObject({ text: z.literal(true) }).describe('number, true or false to its canonical text'),
  z.strictObject({ case: z.enum(['lower', 'upper']) }).describe('ASCII letters alone'),
  z.strictObject({ unicode: z.literal('NFC') }),
  z
    .strictObject({ offset: z.string().regex(/^(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/) })
    .describe('the same instant with that offset'),
]);

const operationSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('add'), path: writePointer, value: z.json(), why }),
  z.strictObject({ op: z.literal('replace'), path: writePointer, value: z.json(), why }),
  z.strictObject({ op: z.literal('test'), path: readPointer, value: z.json(), why }),
  z.strictObject({ op: z.literal('remove'), path: writePointer, why }),
  z.strictObject({ op: z.literal('move'), from: writePointer, path: writePointer, why }),
  z.strictObject({ op: z.literal('copy'), from: readPointer, path: writePointer, why }),
  z.strictObject({ op: z.literal('convert'), path: writePointer, to: conversionSchema, why }),
]);

const matchSchema = z.strictObject({
  tenant: text.default('*'),
  stream: text.default('*'),
  type: text.default('*'),
  where: z.array(z.strictObject({ test: readPointer, value: z.json() })).default([]),
});

const genesisSchema = z.union([z.literal('zeros'), z.literal('null'), genesisHash]);

/** Recipes by which a record is recomputed. */
const RECOMPUTED = [...RECIPES.keys()].filter((name) => name !== 'none');

const ruleSchema = z
  .strictObject({
    name: text.max(256),
    match: matchSchema,
    place: z
      .strictObject({
        tenant: namingSchema.optional(),
        stream: namingSchema.optional(),
        id: z.union([z.strictObject({ from: text, to: text }), z.strictObject({ keyTable: fileSchema })]).optional(),
      })
      .optional(),
    patch: z.array(operationSchema).min(1).optional(),
    rechain: z
      .strictObject({
        recipe: recipeSchema('a recipe that is recomputed for every record', RECOMPUTED),
        genesis: genesisSchema,
        derived: z
          .record(
            text,
            z.string().refine((name) => DERIVED_RECIPES.has(name), 'no recipe of a derived value'),
          )
          .optional()
          .describe('attributes that follow from the new hash, by the names of their recipes'),
      })
      .optional(),
    retire: z
      .strictObject({
        ids: fileSchema,
        reason: text,
        approval: text.optional(),
        leave: z.enum(['head', 'stubs']).default('head'),
      })
      .optional(),
    erase: z.strictObject({ ids: fileSchema, paths: z.array(writePointer).min(1), reason: text }).optional(),
    splitChain: z
      .strictObject({ at: z.strictObject({ seq: count }), to: text.max(256), firstSeq: count.optional() })
      .optional(),
    why,
  })
  .refine(
    ({ place, patch, rechain, retire, erase, splitChain }) =>
      [place ?? patch ?? rechain ?? splitChain, retire, erase].filter((part) => part !== undefined).length === 1,
    'a rule retires, or erases, or does one or more of `place`, `patch`, `rechain` and `splitChain`',
  )
  .refine(
    ({ place, splitChain }) => splitChain === undefined || place?.stream === undefined,
    '`place` and `splitChain` both say which stream',
  );

const knownSchema = z.strictObject({
  kind: z.enum(KNOWN_KINDS),
  tenant: text,
  stream: text,
  seq: count.optional(),
  id: text.optional(),
  record: hash.describe('leaf hash of the record'),
  reason: text,
});

export const migrationSchema = z.strictObject({
  kind: z.literal('evidence-migration'),
  version: z.literal(1),
  upgrade: text.max(256),
  from: text,
  to: text,
  baseline: hash.describe('SHA-256 of the baseline that it was made for'),
  rules: z
    .array(ruleSchema)
    .max(1000)
    .default([])
    .refine((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, 'two rules have one name'),
  known: z.array(knownSchema).max(100_000).default([]),
});

type Form = z.output<typeof migrationSchema>;
type RuleForm = Form['rules'][number];
type FileForm = z.output<typeof fileSchema>;

/* From the checked form to the rules; values are taken from the strictly read text, whose numbers are exact. */

/** Gives the bytes of a file that a migration names. */
export type ReadNamed = (file: string) => Uint8Array;

function member(json: Json | undefined, name: string): Json | undefined {
  return json instanceof Map ? (json as JsonObject).get(name) : undefined;
}

function element(json: Json | undefined, at: number): Json | undefined {
  return Array.isArray(json) ? (json as readonly Json[])[at] : undefined;
}

/** A value that the form has: it is there. */
function valueIn(json: Json | undefined, name = 'value'): Json {
  const value = member(json, name);
  if (value === undefined) throw new RangeError(`the form has a member ${name} that its text has not`);
  return value;
}

const bare = (digest: string): Hash => digest.replace(/^sha256:/, '');

class Reading {
  readonly #platform: Platform;
  readonly #read: ReadNamed;

  constructor(platform: Platform, read: ReadNamed) {
    this.#platform = platform;
    this.#read = read;
  }

  /** @throws NamedFileMismatch if it is another file than the one that was named */
  #file({ file, sha256, count: stated }: FileForm): NamedFile {
    const bytes = this.#read(file);
    const is = this.#platform.sha256(bytes);
    if (is !== bare(sha256))
      throw new NamedFileMismatch(`${file} has the SHA-256 ${is}, the migration names ${bare(sha256)}`);
    const rows = csvRows(decoded(bytes, file), file);
    const named = { name: file, sha256: is, rows };
    const lines = countOf(named);
    if (lines === stated) return named;
    throw new NamedFileMismatch(`${file} names ${counted(lines, 'record')}, the migration says ${stated}`);
  }

  rule(form: RuleForm, json: Json | undefined): MigrationRule {
    const { retire, erase, splitChain } = form;
    return {
      name: form.name,
      match: matchOf(form.match, member(json, 'match')),
      place: this.#place(form.place),
      patch: (form.patch ?? []).map((operation, at) => operationOf(operation, element(member(json, 'patch'), at))),
      rechain: rechainOf(form.rechain),
      retire:
        retire === undefined
          ? undefined
          : { ids: new NamedRecords(this.#file(retire.ids)), leave: retire.leave, reason: retire.reason },
      erase:
        erase === undefined
          ? undefined
          : { ids: new NamedRecords(this.#file(erase.ids)), paths: erase.paths.map(pointerOf), reason: erase.reason },
      splitChain:
        splitChain === undefined
          ? undefined
          : { from: splitChain.at.seq, to: splitChain.to, firstSeq: splitChain.firstSeq },
    };
  }

  #place(form: RuleForm['place']): Place {
    const { tenant, stream, id } = form ?? {};
    const naming = (given: typeof tenant): Naming | { readonly places: RenamedPlaces } | undefined =>
      given === undefined || !('keyTable' in given) ? given : { places: new RenamedPlaces(this.#file(given.keyTable)) };
    return {
      tenant: naming(tenant),
      stream: naming(stream),
      id: id === undefined || !('keyTable' in id) ? id : { records: new RenamedRecords(this.#file(id.keyTable)) },
    };
  }
}

/** A file that a migration names is not the one that was meant. */
export class NamedFileMismatch extends Error {
  override readonly name = 'NamedFileMismatch';
}

function decoded(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new EvidenceError('input-malformed', 'it is not UTF-8', { where: { file }, cause });
  }
}

function rechainOf(form: RuleForm['rechain']): MigrationRule['rechain'] {
  return form === undefined ? undefined : { recipe: form.recipe, genesis: form.genesis, derived: form.derived };
}

function matchOf({ tenant, stream, type, where }: RuleForm['match'], json: Json | undefined): Match {
  const tests = member(json, 'where');
  return {
    tenant,
    stream,
    type,
    where: where.map(({ test }, at) => ({ test: pointerOf(test), value: valueIn(element(tests, at)) })),
  };
}

function operationOf(form: NonNullable<RuleForm['patch']>[number], json: Json | undefined): PatchOperation {
  const path: Pointer = pointerOf(form.path);
  switch (form.op) {
    case 'add':
    case 'replace':
    case 'test':
      return { op: form.op, path, value: valueIn(json) };
    case 'remove':
      return { op: 'remove', path };
    case 'move':
    case 'copy':
      return { op: form.op, from: pointerOf(form.from), path };
    case 'convert':
      return { op: 'convert', path, to: conversionOf(form.to, member(json, 'to')) };
  }
}

function partOf(part: string | { readonly text: string }): ConcatPart {
  if (typeof part !== 'string') return { text: part.text };
  return part.startsWith('/') ? { pointer: pointerOf(part) } : { text: part };
}

function conversionOf(form: z.output<typeof conversionSchema>, json: Json | undefined): Conversion {
  if ('zone' in form) return { zone: form.zone, fold: form.fold };
  if ('concat' in form) return { concat: form.concat.map(partOf) };
  if (!('values' in form)) return form;
  const table = valueIn(json, 'values');
  const values = new Map<string, Json>(table instanceof Map ? (table as JsonObject) : []);
  return { values, merged: mergedIn(values) };
}

/** Entries that share their result with another. */
function mergedIn(values: ReadonlyMap<string, Json>): ReadonlySet<string> {
  const results = new Map<string, string[]>();
  for (const [from, to] of values) {
    const key = canonicalText(to);
    results.set(key, [...(results.get(key) ?? []), from]);
  }
  return new Set([...results.values()].filter((froms) => froms.length > 1).flat());
}

function knownOf({ kind, tenant, stream, id, seq, record, reason }: Form['known'][number]): KnownFault {
  return { kind, tenant, stream, id, seq, record: bare(record), reason };
}

/**
 * The migration in `bytes`.
 *
 * @param read - gives the bytes of the files that it names
 * @throws EvidenceError `input-malformed`, `unsupported-version` or `schema-violation` if it is none
 * @throws NamedFileMismatch if a file that it names is another one
 */
export function parseMigration(platform: Platform, bytes: Uint8Array, read: ReadNamed): Migration {
  const json = parseJson(platform, bytes);
  const form = parseDocument(migrationSchema, 'a migration', plainOf(json), { kind: 'evidence-migration' });
  const reading = new Reading(platform, read);
  const rules = form.rules.map((rule, at) => reading.rule(rule, element(member(json, 'rules'), at)));
  const { upgrade, from, to, baseline } = form;
  return { upgrade, from, to, baseline: bare(baseline), rules, known: form.known.map(knownOf) };
}

/** The files that a migration names, in the order in which it names them; none of what is no migration. */
export function filesNamedIn(platform: Platform, bytes: Uint8Array): readonly string[] {
  const form = parseDocument(migrationSchema, 'a migration', plainOf(parseJson(platform, bytes)), {
    kind: 'evidence-migration',
  });
  const files = form.rules.flatMap(({ place, retire, erase }) => {
    const tables = [place?.tenant, place?.stream, place?.id].flatMap((naming) =>
      naming !== undefined && 'keyTable' in naming ? [naming.keyTable] : [],
    );
    return [...tables, ...(retire === undefined ? [] : [retire.ids]), ...(erase === undefined ? [] : [erase.ids])];
  });
  return [...new Set(files.map(({ file }) => file))];
}

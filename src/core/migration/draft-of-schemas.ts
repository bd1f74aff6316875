/**
 * Drafts rules from the columns that two sides state, where there are no records to learn from: a database that is migrated
 * and still empty beside a baseline. Names and types are all that is seen, so each rule is a guess, and says why.
 */
import { membersOf, pairedPlaces } from '../report/subjects.ts';
import type { PlainJson, Subject } from '../snapshot/header.ts';
import type { DraftRule, Unexplained } from './draft.ts';
import type { DraftOperation } from './draft-ways.ts';

export interface SchemaDraft {
  readonly rules: readonly DraftRule[];
  readonly unexplained: readonly Unexplained[];
  /** Streams that have another name now. */
  readonly places: ReadonlyMap<string, string>;
}

type Columns = ReadonlyMap<string, string>;

/** All types of a stream: which there are is in the records. */
const ANY_TYPE = '*';

const WHOLE = /^(?:smallint|integer|bigint|oid)$/;
const DECIMAL = /^(?:smallint|integer|bigint|numeric(?:\(.*\))?)$/;
const SCALED = /^numeric\(\d+,(\d+)\)$/;
const TEXT = /^(?:text|character|varchar|uuid|name)\b/;
const JSON_TYPE = /^jsonb?$/;

/** What a value of the one type becomes in the other, as a capture reads it; `same` where it is spelled alike. */
const CONVERSIONS: readonly (readonly [was: RegExp, is: RegExp, to: object | 'same'])[] = [
  [JSON_TYPE, JSON_TYPE, 'same'],
  [WHOLE, WHOLE, 'same'],
  [DECIMAL, /^numeric$/, 'same'],
  [DECIMAL, TEXT, 'same'],
  [WHOLE, TEXT, 'same'],
  [TEXT, TEXT, 'same'],
  [TEXT, JSON_TYPE, { json: 'value' }],
  [JSON_TYPE, TEXT, { json: 'text' }],
  [/^timestamp.* without time zone$/, /^timestamp.* with time zone$/, { zone: 'UTC' }],
];

/** Undefined where what becomes of a value cannot be known of the types. */
function conversion(was: string, is: string): object | 'same' | undefined {
  if (was === is) return 'same';
  const [, scale] = SCALED.exec(is) ?? [];
  if (scale !== undefined && DECIMAL.test(was)) return { scale: Number(scale) };
  return CONVERSIONS.find(([from, into]) => from.test(was) && into.test(is))?.[2];
}

function columnsOf(subject: Subject, label: string): Columns {
  const columns = membersOf(membersOf(subject['columns']).get(label));
  return new Map([...columns].map(([name, type]) => [name, String(type)]));
}

/** Every text in a mapping: names of columns are among them. */
function textsIn(value: PlainJson | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return [...membersOf(value).values()].flatMap(textsIn);
}

/** The columns that are members of the bodies of a place, and whether they are all but those that are read elsewhere. */
function bodyColumns(subject: Subject, label: string): { readonly columns: Columns; readonly areAll: boolean } {
  const mapping = membersOf(membersOf(subject['mapping']).get(label));
  const named = membersOf(mapping.get('body')).get('columns');
  const elsewhere = new Set([...mapping].flatMap(([member, rule]) => (member === 'body' ? [] : textsIn(rule))));
  const isIn = (column: string): boolean =>
    Array.isArray(named) ? named.includes(column) : named === '*' && !elsewhere.has(column);
  return { columns: new Map([...columnsOf(subject, label)].filter(([column]) => isIn(column))), areAll: named === '*' };
}

function streamOf(subject: Subject, label: string): string | undefined {
  const stream = membersOf(membersOf(membersOf(subject['mapping']).get(label)).get('stream')).get('value');
  return typeof stream === 'string' ? stream : undefined;
}

function pointer(column: string): string {
  return `/body/${column.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The new column that may be `type` under another name: the only one of its type, where it is the only one gone. */
function renamed(type: string, gone: Columns, fresh: Columns): string | undefined {
  const ofType = (columns: Columns): readonly string[] =>
    [...columns].flatMap(([name, of]) => (of === type ? [name] : []));
  const [candidates, rivals] = [ofType(fresh), ofType(gone)];
  return candidates.length === 1 && rivals.length === 1 ? candidates[0] : undefined;
}

function changesOf(
  was: Columns,
  { columns: is, areAll }: ReturnType<typeof bodyColumns>,
  stream: string,
): { readonly patch: readonly DraftOperation[]; readonly unexplained: readonly Unexplained[] } {
  const patch: DraftOperation[] = [];
  const unexplained: Unexplained[] = [];
  const leave = (column: string, before: string | null, after: string | null): void => {
    unexplained.push({ stream, type: ANY_TYPE, pointer: pointer(column), was: before, is: after });
  };
  const gone = new Map([...was].filter(([name]) => !is.has(name)));
  const fresh = new Map([...is].filter(([name]) => !was.has(name)));
  const taken = new Set<string>();
  for (const [name, type] of gone) {
    const to = renamed(type, gone, fresh);
    if (to === undefined)
      patch.push({ op: 'remove', path: pointer(name), why: `proposal: the column ${name} is gone` });
    else {
      taken.add(to);
      const why = `proposal: ${name} is gone and ${to} is new, the only ones of type ${type}`;
      patch.push({ op: 'move', from: pointer(name), path: pointer(to), why });
    }
  }
  // What stands in a new column is nowhere written here. Read by *, it is none that is compared.
  for (const [name, type] of fresh) if (!taken.has(name) && !areAll) leave(name, null, type);
  for (const [name, type] of was) {
    const now = is.get(name) ?? type;
    const to = conversion(type, now);
    if (to === undefined) leave(name, type, now);
    else if (to !== 'same')
      patch.push({ op: 'convert', path: pointer(name), to, why: `proposal: ${type} was made ${now}` });
  }
  return { patch, unexplained };
}

/** What the columns of two sides say of the rules between them; nothing of places that have no counterpart. */
export function draftOfSchemas(was: Subject, is: Subject): SchemaDraft {
  const rules: DraftRule[] = [];
  const unexplained: Unexplained[] = [];
  const places = new Map<string, string>();
  for (const [label, now] of pairedPlaces(was, is)) {
    const stream = streamOf(was, label);
    const { columns } = bodyColumns(was, label);
    const found = changesOf(columns, bodyColumns(is, now), stream ?? label);
    unexplained.push(...found.unexplained);
    // A rule without its stream would be for every other as well.
    if (stream === undefined) continue;
    const to = streamOf(is, now);
    if (to !== undefined && to !== stream) places.set(stream, to);
    if (found.patch.length > 0) rules.push({ stream, type: ANY_TYPE, patch: found.patch, relinked: false, count: 0 });
  }
  return { rules, unexplained, places };
}

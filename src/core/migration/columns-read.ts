/**
 * For which columns the current side is read, where a profile reads all of a table by `*`: those that the baseline had, and
 * those that a rule brings into records which come to stand there. A new column of the same name elsewhere is none of them.
 */
import { membersOf, pairedPlaces } from '../report/subjects.ts';
import type { PlainJson, Subject } from '../snapshot/header.ts';
import { fits, type Patterns, placesAfter } from './match.ts';
import type { Migration, MigrationRule } from './migration.ts';

type Named = 'tenant' | 'stream' | 'type';

/** How a table is read: what gives each member of its records. */
type Mapping = ReadonlyMap<string, PlainJson>;

/** The one text that `field` gives for every row; undefined if it depends on the row, or nobody says. */
function constantOf(field: PlainJson | undefined): string | undefined {
  const value = membersOf(field).get('value');
  return typeof value === 'string' ? value : undefined;
}

function sharesBeginning(pattern: string, prefix: string): boolean {
  const beginning = pattern.endsWith('*') ? pattern.slice(0, -1) : pattern;
  return beginning.startsWith(prefix) || (beginning !== pattern && prefix.startsWith(beginning));
}

/** Whether `field` may give a text that `pattern` fits. */
function mayGive(field: PlainJson | undefined, pattern: string): boolean {
  const value = constantOf(field);
  if (value !== undefined) return fits(pattern, value);
  const { prefix, null: missing } = Object.fromEntries(membersOf(field));
  if (typeof prefix !== 'string') return true;
  return sharesBeginning(pattern, prefix) || (typeof missing === 'string' && fits(pattern, missing));
}

/** What members of records that a rule was for may be then. */
function after(rule: MigrationRule): Readonly<Record<Named, Patterns>> {
  const isRetyped = rule.patch.some(({ path }) => path[0] === 'type');
  return { ...placesAfter(rule), type: isRetyped ? ['*'] : [rule.match.type] };
}

const NAMED: readonly Named[] = ['tenant', 'stream', 'type'];

function mayHold(mapping: Mapping, names: Readonly<Record<Named, Patterns>>): boolean {
  return NAMED.every((name) => names[name].some((pattern) => mayGive(mapping.get(name), pattern)));
}

function before({ match }: MigrationRule): Readonly<Record<Named, Patterns>> {
  return { tenant: [match.tenant], stream: [match.stream], type: [match.type] };
}

/** Names of members that a rule puts into bodies: as columns of a table they are none that the baseline had. */
function membersWritten({ patch }: MigrationRule): readonly string[] {
  const written = patch.filter(({ op }) => op !== 'remove' && op !== 'test');
  return written.flatMap(({ path: [root, name] }) => (root === 'body' && name !== undefined ? [name] : []));
}

/** The tables in which records come to stand that a rule was for, by how the baseline's are read. */
function tablesOf(rule: MigrationRule, tables: ReadonlyMap<string, Mapping>): ReadonlySet<string> {
  const names = after(rule);
  const holding = [...tables].filter(([, mapping]) => mayHold(mapping, names));
  const isThere = names.stream.every((stream) =>
    holding.some(([, mapping]) => constantOf(mapping.get('stream')) === stream),
  );
  // A table under another name is the one that they came from.
  const left = isThere ? [] : [...tables].filter(([, mapping]) => mayHold(mapping, before(rule)));
  return new Set([...holding, ...left].map(([label]) => label));
}

/**
 * The subject of a baseline with the columns that rules bring added to those that it had.
 *
 * @param subject - as the header of the baseline states it; without `columns` it comes back as it is
 */
export function withColumnsOfRules({ rules }: Migration, subject: Subject): Subject {
  const columns = membersOf(subject['columns']);
  if (columns.size === 0) return subject;
  const mapping = membersOf(subject['mapping']);
  const tables = new Map([...columns.keys()].map((label) => [label, membersOf(mapping.get(label))]));
  const brought = rules.map((rule) => ({ labels: tablesOf(rule, tables), names: membersWritten(rule) }));
  const widened = [...columns].map(([label, known]) => {
    const names = brought.flatMap((one) => (one.labels.has(label) ? one.names : []));
    const added = names.map((name): [string, PlainJson] => [name, 'of the migration']);
    return [label, Object.fromEntries([...added, ...membersOf(known)])] as const;
  });
  return { ...subject, columns: Object.fromEntries(widened) };
}

/**
 * Columns of the current side that the baseline did not have and that `*` passes over.
 *
 * @returns their names, of whatever table
 */
export function columnsPassedOver(was: Subject, is: Subject): ReadonlySet<string> {
  const [before, now, mapping] = [was['columns'], is['columns'], is['mapping']].map(membersOf);
  const names = [...pairedPlaces(was, is)].flatMap(([label, other]) => {
    const known = membersOf(before?.get(label));
    const { columns: body } = Object.fromEntries(membersOf(membersOf(mapping?.get(other)).get('body')));
    if (known.size === 0 || body !== '*') return [];
    return [...membersOf(now?.get(other)).keys()].filter((name) => !known.has(name));
  });
  return new Set(names);
}

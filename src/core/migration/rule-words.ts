/** What a rule of a migration does, in words: for whoever reads a report and has to know what was meant to change. */
import { canonicalText } from '../json/canonical.ts';
import type { Json } from '../json/value.ts';
import type { ConcatPart, Conversion } from './convert.ts';
import type { Match, MigrationRule, Place, Rechain } from './migration.ts';
import { isSame, type PatchOperation } from './patch.ts';
import { pointerText } from './pointer.ts';

/** A report must not grow with a migration: what is more stands in the file itself. */
const MOST_OPERATIONS = 1000;
const LONGEST_VALUE = 120;

function shown(value: Json): string {
  const text = canonicalText(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}

function patternWords({ tenant, stream, type, where }: Match): readonly string[] {
  const named = Object.entries({ tenant, stream, type }).filter(([, pattern]) => pattern !== '*');
  const tests = where.map(({ test, value }) => `where ${pointerText(test)} is ${shown(value)}`);
  const of = [...named.map(([name, pattern]) => `${name} ${pattern}`), ...tests];
  return of.length === 0 ? [] : [`only of ${of.join(', ')}`];
}

function placeWords(place: Place): readonly string[] {
  const { id } = place;
  const named = (['tenant', 'stream'] as const).flatMap((name) => {
    const naming = place[name];
    if (naming === undefined) return [];
    if ('places' in naming) return [`${name} by ${naming.places.file}`];
    return ['value' in naming ? `${name} -> ${naming.value}` : `${name} ${naming.from} -> ${naming.to}`];
  });
  if (id === undefined) return named;
  return [...named, 'records' in id ? `id by ${id.records.file}` : `id ${id.from} -> ${id.to}`];
}

function partWords(part: ConcatPart): string {
  return 'text' in part ? shown(part.text) : pointerText(part.pointer);
}

/** What a conversion makes; a table one entry each, those that stay as they are left out. */
function conversionWords(to: Conversion): readonly string[] {
  if ('values' in to) {
    const changed = [...to.values].filter(([from, value]) => !isSame(from, value));
    return changed.length === 0 ? ['a table'] : changed.map(([from, value]) => `${shown(from)} -> ${shown(value)}`);
  }
  if ('concat' in to) return [`-> ${to.concat.map(partWords).join(' + ')}`];
  if ('zone' in to) return [`local time of ${to.zone} -> UTC${to.fold === undefined ? '' : `, ${to.fold} if twice`}`];
  if ('json' in to) return [to.json === 'value' ? 'text -> JSON' : 'JSON -> text'];
  if ('text' in to) return ['-> text'];
  const [[what, value] = []] = Object.entries(to);
  return [`-> ${what} ${value}`];
}

function operationWords(operation: PatchOperation): readonly string[] {
  const path = pointerText(operation.path);
  switch (operation.op) {
    case 'remove':
      return [`remove ${path}`];
    case 'move':
    case 'copy':
      return [`${operation.op} ${pointerText(operation.from)} -> ${path}`];
    case 'convert':
      return conversionWords(operation.to).map((what) => `convert ${path}: ${what}`);
    default:
      return [`${operation.op} ${path}: ${shown(operation.value)}`];
  }
}

function rechainWords({ recipe, genesis, derived = {} }: Rechain): string {
  const by = typeof recipe === 'string' ? recipe : 'a declared recipe';
  const attributes = Object.entries(derived).map(([name, how]) => `, ${name} by ${how}`);
  return `chain anew by ${by}, genesis ${genesis}${attributes.join('')}`;
}

function takenWords({ retire, erase, splitChain }: MigrationRule): readonly string[] {
  return [
    ...(retire === undefined ? [] : [`retire what ${retire.ids.file} names, ${retire.leave} left: ${retire.reason}`]),
    ...(erase?.paths ?? []).map(
      (path) => `erase ${pointerText(path)} of what ${erase?.ids.file} names: ${erase?.reason}`,
    ),
    ...(splitChain === undefined
      ? []
      : [
          `from seq ${splitChain.from} on -> stream ${splitChain.to}${splitChain.firstSeq === undefined ? '' : `, counted from ${splitChain.firstSeq}`}`,
        ]),
  ];
}

/**
 * Everything that `rule` does, one text for each operation, in the order in which they apply.
 *
 * @returns at most 1,001 texts: the last says how many more there are
 */
export function operationsOf(rule: MigrationRule): readonly string[] {
  const { match, patch, place, rechain } = rule;
  const all = [
    ...patternWords(match),
    ...patch.flatMap(operationWords),
    ...placeWords(place),
    ...takenWords(rule),
    ...(rechain === undefined ? [] : [rechainWords(rechain)]),
  ];
  const left = all.length - MOST_OPERATIONS;
  return left <= 0 ? all : [...all.slice(0, MOST_OPERATIONS), `and ${left} more, in the migration`];
}

/** What a report says of the migration under which two sides were compared, in words. */
import type { DroppedValue, MigrationReport } from '../core/report/migration-report.ts';
import { count, counted, type Fact, hash, words } from './facts.ts';
import { shortened } from './printable.ts';

/** A report must not grow with the rules: all are in the JSON report. */
const MOST_LISTED = 200;

const NAMED: Readonly<Record<DroppedValue['loss'], string>> = {
  removed: 'removed',
  overwritten: 'written over',
  merged: 'made one with another value',
  respelled: 'spelled in another way',
  erased: 'erased',
  retired: 'retired',
};

function limited(key: string, facts: readonly Fact[]): readonly Fact[] {
  const left = facts.length - MOST_LISTED;
  if (left <= 0) return facts;
  return [...facts.slice(0, MOST_LISTED), words(key, 'and', `${counted(left, 'more')}, in the JSON report`)];
}

function or(key: string, label: string, value: string | null): Fact {
  return value === null
    ? { key, label, value: 'unknown', as: 'absent' }
    : { key, label, value: shortened(value, 480), as: 'name' };
}

function signedFacts({ signature }: MigrationReport): readonly Fact[] {
  const key = 'migration.signature';
  if (signature === null) return [{ key, label: 'signature', value: 'none was verified', as: 'absent' }];
  return [
    ...signature.keys.flatMap(({ sha256, algorithm }, at) => [
      hash(`${key}.keys.${at}.sha256`, `signed by key ${at + 1}`, sha256),
      words(`${key}.keys.${at}.algorithm`, `algorithm ${at + 1}`, algorithm),
    ]),
    words(`${key}.signedAt`, 'signed at', `${signature.signedAt} by the signer's clock`),
  ];
}

function droppedFact({ rule, path, loss, count: records }: DroppedValue, at: number): Fact {
  const of = path === '' ? counted(records, 'record') : `${path} of ${counted(records, 'record')}`;
  const said = loss === NAMED[loss] ? loss : `${loss} (${NAMED[loss]})`;
  const value = `${of}, ${said}, rule ${rule}`;
  return { key: `migration.dropped.${at}`, label: 'dropped', value: shortened(value, 480), as: 'name' };
}

function countFacts({ expected, retired, stubs, erased, moved, known }: MigrationReport): readonly Fact[] {
  return [
    ...(expected === null
      ? []
      : [
          count('migration.expected.records', 'expected records', expected.records),
          hash('migration.expected.globalRoot', 'expected root', expected.globalRoot),
        ]),
    ...[
      count('migration.retired', 'retired', retired),
      count('migration.stubs', 'retired, a stub left', stubs),
      count('migration.erased.records', 'records with something erased', erased.records),
      count('migration.erased.hashesNotRecomputed', 'hashes not recomputed for it', erased.hashesNotRecomputed),
      count('migration.moved', 'in another place', moved),
      count('migration.known.listed', 'known faults, listed', known.listed),
      count('migration.known.baseline', 'shown by the baseline', known.baseline),
      count('migration.known.current', 'shown by the current side', known.current),
    ].filter(({ value }) => value !== 0),
  ];
}

type Rule = MigrationReport['rules'][number];

function ruleFact({ name, records }: Rule, at: number): Fact {
  const value = `${shortened(name, 256)}: ${counted(records, 'record')}`;
  return { key: `migration.rules.${at}`, label: 'rule', value, as: 'name' };
}

const OPERATION = /^migration\.rules\.\d+\.operations/;

/** Whether a fact says what a rule does, which is more than fits on a screen. */
export function isOperation({ key }: Fact): boolean {
  return OPERATION.test(key);
}

function operationFacts({ operations = [] }: Rule, rule: number, most: number): readonly Fact[] {
  const key = `migration.rules.${rule}.operations`;
  const facts = operations
    .slice(0, most)
    .map((does, at): Fact => ({ key: `${key}.${at}`, label: '  does', value: shortened(does, 480), as: 'name' }));
  const left = operations.length - facts.length;
  return left === 0
    ? facts
    : [...facts, words(key, '  does', `${counted(left, 'more operation')}, in the JSON report`)];
}

/** Each rule with what it does below it. */
function rulesFacts(rules: readonly Rule[]): readonly Fact[] {
  let room = MOST_LISTED;
  const listed = rules.slice(0, MOST_LISTED).flatMap((rule, at) => {
    const facts = operationFacts(rule, at, room);
    room = Math.max(0, room - facts.length);
    return [ruleFact(rule, at), ...facts];
  });
  const left = rules.length - MOST_LISTED;
  return left <= 0
    ? listed
    : [...listed, words('migration.rules', 'and', `${counted(left, 'more')}, in the JSON report`)];
}

/** The facts of `migration`; none without one. */
export function migrationFacts(migration: MigrationReport | null): readonly Fact[] {
  if (migration === null) return [];
  const { name, sha256, upgrade, from, to, rules, dropped } = migration;
  return [
    or('migration.name', 'name', name),
    hash('migration.sha256', 'sha256', sha256, 'unknown: it could not be read'),
    or('migration.upgrade', 'for the upgrade', upgrade),
    or('migration.from', 'from', from),
    or('migration.to', 'to', to),
    ...signedFacts(migration),
    ...countFacts(migration),
    ...rulesFacts(rules),
    ...limited('migration.dropped', dropped.map(droppedFact)),
  ];
}

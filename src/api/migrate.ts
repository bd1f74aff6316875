/** The expected state of a migration, and whether one is needed, by the names of files. */

import type { Migration } from '../core/migration/migration.ts';
import { present } from '../core/present.ts';
import { type Expectation, migrateSource } from '../engine/migrate.ts';
import { type GivenMigration, underMigration } from '../engine/run-migration.ts';
import { counted } from '../reports/facts.ts';
import { drafted } from './draft-migration.ts';
import { requireOwnOutput } from './file-words.ts';
import { compared, grave, isOld, type Migrated, NOTHING, outcome, unknown } from './migrated.ts';
import { draftFault, migrationAt, openMigration } from './open-migration.ts';
import { openSource } from './open-source.ts';
import { MIGRATE_OPTIONS, type MigrateOptions, readOptions } from './options.ts';
/** @throws as `migrate` of on-demand.ts says */
export async function migrate(given: MigrateOptions): Promise<Migrated> {
  const options = readOptions<MigrateOptions>(given, MIGRATE_OPTIONS, 'migrate');
  const { baseline, migration, output, current, expectDigest, dryRun = false } = options;
  if (baseline === '-') throw new TypeError('migrate: standard input cannot be read twice: give a file as baseline');
  if (baseline === undefined && expectDigest !== undefined)
    throw new TypeError('migrate: expectDigest is about a baseline: give it');
  if (!dryRun) return made(options);
  if (output !== undefined) throw new TypeError('migrate: output is what a migration makes; a dry run writes nothing');
  if (baseline === undefined) return unknown('there is no baseline to look at');
  if (migration !== undefined && current === undefined)
    return neededBy(await expectation(baseline, migration, undefined, options));
  if (current === undefined) return unknown('there is nothing to hold the baseline against');
  if (current === '-') throw new TypeError('migrate: standard input cannot be read more than once: give a file');
  return migration === undefined ? drafted(baseline, current, options) : held(baseline, current, migration, options);
}

async function made(options: MigrateOptions): Promise<Migrated> {
  const { baseline, migration, output, current } = options;
  if (baseline === undefined || migration === undefined || output === undefined) {
    throw new TypeError('migrate: the expected state needs baseline, migration and output; or ask for dryRun');
  }
  if (current !== undefined) throw new TypeError('migrate: current is for a dry run: no store is ever written to');
  requireOwnOutput('output', output, [baseline, migration]);
  const result = await expectation(baseline, migration, output, options);
  const { did, ...rest } = result;
  const because = result.written === null ? 'it was not written: see the findings' : 'the expected state was written';
  return { ...NOTHING, ...rest, migration: did, needed: null, because };
}

/** @throws EvidenceError if it cannot be read, or is a draft that nobody has accepted */
async function accepted(path: string): Promise<Migration> {
  const { migration } = await migrationAt(path);
  const draft = draftFault(path, migration);
  if (draft !== undefined) throw draft;
  return migration;
}

async function expectation(
  baseline: string,
  migration: string,
  output: string | undefined,
  { source, signal, onProgress, maxFindings, chainKeys, expectDigest }: MigrateOptions,
): Promise<Expectation> {
  const inputs = {
    source: async () => (await openSource(baseline, source)).source,
    migration: async () => accepted(migration),
  };
  return migrateSource(inputs, output, present({ signal, onProgress, maxFindings, chainKeys, expectDigest }));
}

function neededBy({ verdict, did, findings, findingCounts }: Expectation): Migrated {
  const records = (did?.rules ?? []).reduce((sum, rule) => sum + rule.records, 0);
  const common = { ...NOTHING, verdict, findings, findingCounts, migration: did };
  if (verdict !== 'PASS')
    return { ...common, needed: null, because: 'the migration does not fit the baseline, or it is not sound' };
  if (records === 0) return { ...common, needed: false, because: 'no rule is for any record of the baseline' };
  return {
    ...common,
    needed: true,
    because: `${counted(records, 'record')} of the baseline ${records === 1 ? 'has' : 'have'} to be migrated`,
  };
}

/** A dry run proves nothing: it looks at what the rules would do, before anybody has signed them. */
function asIfSigned(given: GivenMigration): GivenMigration {
  if (given.migration === undefined) return given;
  return { ...given, faults: [], signature: { keys: [], signedAt: '' } };
}

/** With a migration and what is there now: done already, still to do, or neither. */
async function held(baseline: string, current: string, path: string, options: MigrateOptions): Promise<Migrated> {
  const given = await openMigration(path);
  const draft = given.migration === undefined ? undefined : draftFault(path, given.migration);
  if (draft !== undefined) return unknown(`the migration cannot be used: ${draft.message}`);
  const migration = asIfSigned(given);
  const under = await compared(baseline, current, options, { migration: underMigration(migration) });
  if (under.verdict === 'PASS') {
    return {
      ...NOTHING,
      ...outcome(under),
      needed: false,
      because: 'what is there is what the migration makes of the baseline',
    };
  }
  const plain = await compared(baseline, current, options, {});
  if (plain.verdict === 'UNTRUSTED') {
    return { ...NOTHING, ...outcome(plain), needed: null, because: 'not everything could be read or believed' };
  }
  // Old faults may be known to the migration: whether they all are, is said by what it makes of the baseline.
  const isUnchanged = plain.verdict === 'PASS' || (plain.verdict === 'FAIL' && grave(plain).every(isOld));
  if (!isUnchanged) {
    const because = 'what is there is neither the baseline nor what the migration makes of it';
    return { ...NOTHING, ...outcome(under), needed: null, because };
  }
  return neededBy(await expectation(baseline, path, undefined, options));
}

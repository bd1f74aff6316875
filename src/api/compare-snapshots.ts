/** The main job by names; compare.ts has it for programs. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_NAME } from '../bundle/layout.ts';
import { isPostgresUrl } from '../core/database-url.ts';
import { EvidenceError } from '../core/errors.ts';
import { DemandLedger } from '../core/report/demands.ts';
import type { ContinuityReport } from '../core/report/report.ts';
import { auditSource, type SnapshotAudit } from '../engine/audit-run.ts';
import { type CompareOptions, compareSources, type SourceFacts } from '../engine/compare.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { isOurs } from '../sources/items/ours.ts';
import { shownPath } from './file-words.ts';
import {
  type InternalSourceOptions,
  namedProfile,
  type OpenedSource,
  openRoots,
  openSource,
  sameInputOf,
} from './open-source.ts';
import {
  AUDIT_OPTIONS,
  type AuditByNameOptions,
  COMPARISON_OPTIONS,
  type ComparisonOptions,
  readOptions,
  text,
} from './options.ts';

function requireSides(baseline: string, current: string, place: string): void {
  text(baseline, `${place}: the baseline`);
  text(current, `${place}: the current side`);
  if (baseline === '-' && current === '-') throw new TypeError('standard input can be one side only');
}

async function underMigration(
  path: string | undefined,
  trust: ComparisonOptions['trust'],
): Promise<Pick<SourceFacts, 'migration'>> {
  if (path === undefined) return {};
  const { migrationOf } = await import('./open-migration.ts');
  return { migration: await migrationOf(path, trust) };
}

async function legacyRootsOf(roots: ComparisonOptions['legacyRoots']): Promise<Pick<SourceFacts, 'legacyRoots'>> {
  if (roots === undefined) return {};
  const { recomputing } = await import('../legacy-roots/check.ts');
  return { legacyRoots: recomputing(roots) };
}

/** How a side is read that has a profile of its own, or none. */
function readingOf(
  profile: ComparisonOptions['baselineProfile'],
  { source = {} }: ComparisonOptions,
): NonNullable<ComparisonOptions['source']> {
  if (profile === undefined) return source;
  const { records: _, map: __, ...rest } = source;
  return { ...rest, profile, profileNamed: true };
}

/** Whether it is evidence of others: of a folder its manifest says so, of a file its first object. Asked of every side. */
async function isForeign(name: string): Promise<boolean> {
  const stats = await stat(name).catch(() => undefined);
  if (stats === undefined || !(stats.isFile() || stats.isDirectory())) return false;
  return !(await isOurs(stats.isDirectory() ? join(name, MANIFEST_NAME) : name, nodePlatform));
}

/** Whether a side is of others, and nobody says how it is read. */
async function isUndeclared(name: string, { profile, records, shard }: InternalSourceOptions): Promise<boolean> {
  if (name === '-' || isPostgresUrl(name) || profile !== undefined || records !== undefined) return false;
  // What is shared out is a snapshot, or is refused where it is opened.
  if (shard !== undefined) return false;
  return isForeign(name);
}

/** How one shard of each side is opened. */
async function partOf(
  baseline: string,
  current: string,
  options: ComparisonOptions,
): Promise<(name: string) => Partial<InternalSourceOptions>> {
  if ((options.shard ?? options.snapshotId) !== undefined)
    return (await import('./compare-shards.ts')).openingPart(baseline, current, options);
  const { migration, legacyRoots, consistencyProof, digestIndex } = options;
  // What needs the whole takes no part; two files that are parts may else be compared as they are.
  const mayBeShard = (migration ?? legacyRoots ?? consistencyProof ?? digestIndex) === undefined;
  return () => ({ mayBeShard });
}

async function openBoth(
  baseline: string,
  before: InternalSourceOptions,
  current: string,
  after: InternalSourceOptions,
): Promise<readonly [OpenedSource, OpenedSource]> {
  const was = { name: baseline, options: before, isForeign: await isUndeclared(baseline, before) };
  const is = { name: current, options: after, isForeign: await isUndeclared(current, after) };
  if (was.isForeign || is.isForeign) return (await import('./known-kinds.ts')).openKnownKinds(was, is);
  return [await openSource(baseline, before), await openSource(current, after)];
}

/**
 * How a comparison is made, and what its demands need before anything is read. What does it is loaded only here, where it
 * is demanded.
 */
async function demandsOf(
  baseline: string,
  { consistencyProof, digestIndex, trust, migration, legacyRoots, shard: _, ...options }: ComparisonOptions,
  demands: DemandLedger,
): Promise<readonly [CompareOptions, SourceFacts]> {
  const { openTrust } = await import('./open-trust.ts');
  const judge = await openTrust(baseline, trust, demands);
  const facts = { demands, trust: judge, ...(await underMigration(migration, trust)) };
  const proofs = { ...(await legacyRootsOf(legacyRoots)), ...(await claimOf(consistencyProof)) };
  return [options, { ...facts, ...proofs, ...(await indexOf(digestIndex, demands, options.maxFindings)) }];
}

async function claimOf(consistencyProof: string | undefined): Promise<Pick<SourceFacts, 'claim'>> {
  if (consistencyProof === undefined) return {};
  const { growthIn } = await import('./growth-in.ts');
  // What is no proof is a demand that cannot be settled: it stands in the report, like a proof that does not hold.
  const proof = await growthIn(consistencyProof).catch((fault: unknown) => {
    if (fault instanceof EvidenceError) return fault;
    throw fault;
  });
  return { claim: { asked: shownPath(consistencyProof), proof } };
}

/** Opened last of all: who compares closes it. */
async function indexOf(
  digestIndex: string | undefined,
  demands: DemandLedger,
  named: number | undefined,
): Promise<Pick<SourceFacts, 'index'>> {
  if (digestIndex === undefined) return {};
  const { openIndex } = await import('./digest-index.ts');
  return { index: openIndex(digestIndex, demands, named) };
}

/**
 * `compare` with what only the command knows.
 *
 * @param demands - what else is demanded of this run, settled by whoever opened it (the command line: its outputs)
 * @param place - how messages call the function
 */
export async function compareSnapshots(
  baseline: string,
  current: string,
  given: ComparisonOptions = {},
  demands: DemandLedger = new DemandLedger(),
  place = 'compare',
): Promise<ContinuityReport> {
  const options = readOptions<ComparisonOptions>(given, COMPARISON_OPTIONS, place);
  requireSides(baseline, current, place);
  const part = await partOf(baseline, current, options);
  const before = { ...readingOf(options.baselineProfile, options), ...part(baseline) };
  const after = { ...readingOf(options.currentProfile, options), ...part(current) };
  const [was, is] = await openBoth(baseline, before, current, after);
  const [how, facts] = await demandsOf(baseline, options, demands);
  const named = { ...namedProfile([baseline], before), ...namedProfile([current], after) };
  return compareSources(was.source, is.source, how, { ...facts, ...named, sameInput: sameInputOf(was, is) });
}

/** `verifyRoots` with what only the command knows: as `compareSnapshots`. */
export async function compareWithRoots(
  roots: string,
  current: string,
  given: ComparisonOptions = {},
  demands: DemandLedger = new DemandLedger(),
  place = 'verifyRoots',
): Promise<ContinuityReport> {
  const options = readOptions<ComparisonOptions>(given, COMPARISON_OPTIONS, place);
  requireSides(roots, current, place);
  if ((options.shard ?? options.snapshotId) !== undefined)
    throw new TypeError(`${place}: roots have no records that could be shared out`);
  if (options.baselineProfile !== undefined)
    throw new TypeError(`${place}: baselineProfile: roots are read without one`);
  const was = openRoots(roots);
  const after = readingOf(options.currentProfile, options);
  const is = await openSource(current, after);
  const [how, facts] = await demandsOf(roots, options, demands);
  const named = namedProfile([current], after);
  return compareSources(was.source, is.source, how, { ...facts, ...named, sameInput: sameInputOf(was, is) });
}

/**
 * Reads one source and recomputes everything in it.
 *
 * @param name - path of the snapshot, `postgres://…`, or `-`
 * @returns counts, roots and every fault that it shows by itself. Soundness says nothing about the past.
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws EvidenceError if a profile cannot be read
 * @throws RangeError if the program itself is wrong
 */
export async function auditSnapshot(name: string, given: AuditByNameOptions = {}): Promise<SnapshotAudit> {
  const { source, ...options } = readOptions<AuditByNameOptions>(given, AUDIT_OPTIONS, 'auditSnapshot');
  return auditSource((await openSource(text(name, 'auditSnapshot: name'), source)).source, options);
}

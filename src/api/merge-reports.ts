/**
 * Reports of the shards of one comparison, joined. Each is read strictly, made anew from its own sums and held against what it
 * says; what all must agree on is compared member by member. Whatever does not fit is refused by file and member, since a
 * report of the whole that rests on the wrong part would be a wrong one.
 */

import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import { isOwnOfRun, joinParts, type ShardReport } from '../core/judge/join-parts.ts';
import { DemandLedger } from '../core/report/demands.ts';
import { type ContinuityReport, OUTSIDE_THE_SIDES, type Run } from '../core/report/report.ts';
import { imbalancesOf } from '../core/report/report-balance.ts';
import type { MappingReport } from '../core/report/subjects.ts';
import { ShardFinder } from '../core/snapshot/shard.ts';
import { shardName } from '../core/words.ts';
import { FINDINGS_BYTES, nodePlatform } from '../engine/node-platform.ts';
import { readSmallFile } from '../files/read-small-file.ts';
import { kindIn } from '../sources/items/ours.ts';
import { MOST_REPORT_BYTES, parseContinuityReport } from '../wire/continuity-report.ts';
import { text } from './options.ts';
import { listOfNames } from './shards.ts';

const ADVICE = 'give the report of each shard of one comparison once, as it was written';
const ANEW = 'compare this shard again, with the same options and version as all others';
const SHOWN_MISSING = 20;

/** A report, and the file that it was read from. */
interface Part {
  readonly file: string;
  readonly report: ShardReport;
}

function refused(file: string | undefined, reason: string, advice = ADVICE): EvidenceError {
  const where = file === undefined ? {} : { where: { file } };
  return new EvidenceError('source-incomplete', reason, { ...where, advice });
}

/* One report by itself. */

/** One text for what is the same, whatever the order of its members. */
function textOf(value: unknown): string | undefined {
  return JSON.stringify(value, (_, one: unknown) => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** What a join does not make anew of a part: what no side decides, and groups of changes, of which a report shows a selection. */
const NOT_MADE_ANEW: ReadonlySet<string> = new Set([...OUTSIDE_THE_SIDES, 'changes', 'changesOmitted', 'mapping']);

function requireOwnSums({ file, report }: Part): void {
  const { index, count, baseline, current } = report.shard;
  const part = { index, count, baseline, current };
  const anew: object = orContradiction(file, 'the report contradicts itself', () =>
    joinParts([report], { platform: nodePlatform, findingsBytes: Number.POSITIVE_INFINITY, part }),
  );
  const members = new Map(Object.entries(anew));
  for (const name of new Set([...members.keys(), ...Object.keys(report)])) {
    if (NOT_MADE_ANEW.has(name)) continue;
    if (textOf(members.get(name)) === textOf(report[name as keyof ContinuityReport])) continue;
    throw refused(file, `its member \`${name}\` does not follow from its sums`, ANEW);
  }
}

/** @throws EvidenceError in the place of the RangeError that says that sums do not balance: here they come from a file */
function orContradiction<T>(file: string | undefined, what: string, make: () => T): T {
  try {
    return make();
  } catch (fault) {
    throw fault instanceof RangeError ? refused(file, `${what}: ${fault.message}`) : fault;
  }
}

/** Each stream is in the shard that the hash of its name gives, and so is what is found of it. */
function requireOwnStreams({ file, report }: Part): void {
  const { shard, tenants, findings } = report;
  const finder = new ShardFinder(nodePlatform, shard.count);
  const streams = tenants.flatMap(({ tenant, streams: own }) => own.map(({ stream }) => ({ tenant, stream })));
  for (const { tenant, stream } of [...streams, ...findings]) {
    if (tenant === undefined || stream === undefined) continue;
    const index = finder.indexOf(tenant, stream);
    if (index === shard.index) continue;
    const place = `${JSON.stringify(stream)} of ${JSON.stringify(tenant)}`;
    throw refused(
      file,
      `it is of ${shardName(shard)}, and has the stream ${place}, of ${shardName({ ...shard, index })}`,
    );
  }
}

function requireRead({ file, report }: Part): void {
  const { shard, baseline, current, migration, headline } = report;
  const name = shardName(shard);
  if (migration !== null) throw refused(file, `${name} was compared under a migration, which no part can be`);
  if (baseline.globalRoot !== null && current.globalRoot !== null) return;
  throw refused(file, `${name} was not read to its end, and cannot be merged (${headline})`, ANEW);
}

async function readPart(file: string): Promise<Part> {
  const { bytes } = await readSmallFile(file, MOST_REPORT_BYTES);
  try {
    const { demands, changes, mapping, migration, shard, ...rest } = parseContinuityReport(
      nodePlatform,
      parseJson(nodePlatform, bytes),
    );
    if (shard === undefined)
      throw refused(file, 'it is the report of no shard: of a whole, or of sides that could not be opened');
    if (demands === undefined || changes === undefined || mapping === undefined || migration === undefined)
      throw refused(file, 'it lacks members that the report of a shard has', ANEW);
    const part = { file, report: { ...rest, demands, changes, mapping, migration, shard } };
    requireRead(part);
    requireOwnStreams(part);
    requireOwnSums(part);
    return part;
  } catch (fault) {
    throw fault instanceof EvidenceError ? fault.at({ file }) : fault;
  }
}

/** Whether one of them is a report: then all must be, and reading what is none says so. */
export async function areReports(names: readonly string[]): Promise<boolean> {
  for (const name of names) if ((await kindIn(name, nodePlatform)) === 'evidence-continuity-report') return true;
  return false;
}

/* All of them together. */

/** What must be the same in all, by the place in the report. */
const ALIKE: readonly (readonly [string, (report: ShardReport) => unknown])[] = [
  ['/shard/count', ({ shard }) => shard.count],
  ['/shard/baseline', ({ shard }) => shard.baseline],
  ['/shard/current', ({ shard }) => shard.current],
  ['/mode', ({ mode }) => mode],
  ['/shard/sums/maxFindings', ({ shard }) => shard.sums.maxFindings],
  ...(['baseline', 'current'] as const).flatMap((side) => [
    [`/${side}/depth`, (report: ShardReport) => report[side].depth] as const,
    [`/${side}/capturedAt`, (report: ShardReport) => report[side].capturedAt] as const,
    [`/${side}/subject`, (report: ShardReport) => report[side].subject] as const,
    [`/shard/sums/${side}/gaps`, (report: ShardReport) => report.shard.sums[side].gaps] as const,
  ]),
  ['/baseline/signature', ({ baseline }) => baseline.signature],
  ['/baseline/timestamp', ({ baseline }) => baseline.timestamp],
  ['/mapping', ({ mapping }) => mappingOf(mapping)],
  ['/demands', ({ demands }) => demands.filter((one) => !isOwnOfRun(one)).map(({ demand, asked }) => [demand, asked])],
  ['/shard/sums/notes', ({ shard }) => ({ ...shard.sums.notes, overflowed: false })],
  ['/run/tool', ({ run }) => run.tool],
];

/** Options that say which part was read, and of what that somebody holds. */
const OF_PARTS: ReadonlySet<string> = new Set(['--shard', '--snapshot-id']);

/** How the sides were read, but for which part of them. */
function mappingOf({ options, ...mapping }: MappingReport): MappingReport {
  const of = (options ?? []).filter((word, at, all) => !OF_PARTS.has(word) && !OF_PARTS.has(all[at - 1] ?? ''));
  return of.length === 0 ? mapping : { ...mapping, options: of };
}

function requireAlike(parts: readonly Part[], first: Part): void {
  for (const [place, memberOf] of ALIKE) {
    const was = textOf(memberOf(first.report));
    const other = parts.find(({ report }) => textOf(memberOf(report)) !== was);
    if (other === undefined) continue;
    throw refused(
      other.file,
      `its member ${place} is another one than in ${first.file}: they are of no one comparison`,
    );
  }
}

function requireEach(parts: readonly Part[], count: number): void {
  const files = new Map<number, string>();
  for (const { file, report } of parts) {
    const other = files.get(report.shard.index);
    if (other !== undefined) throw refused(file, `${shardName(report.shard)} comes twice: it is ${other} as well`);
    files.set(report.shard.index, file);
  }
  const missing = Array.from({ length: count }, (_, index) => index).filter((index) => !files.has(index));
  if (missing.length === 0) return;
  const shown = missing.slice(0, SHOWN_MISSING).join(', ');
  const more = missing.length > SHOWN_MISSING ? ` and ${missing.length - SHOWN_MISSING} more` : '';
  const are = missing.length === 1 ? 'this one is' : 'these are';
  throw refused(undefined, `of the reports of ${count} shards ${are} missing: ${shown}${more}`);
}

/** When the parts were compared: what is joined is as old as they are, whenever it is joined. */
function runOf(parts: readonly ShardReport[], tool: string): Run {
  const runs = parts.map(({ run }) => run);
  const times = (of: (run: Run) => string): readonly string[] =>
    runs.map(of).sort((a, b) => Date.parse(a) - Date.parse(b));
  return {
    tool,
    startedAt: times((run) => run.startedAt)[0] ?? '',
    finishedAt: times((run) => run.finishedAt).at(-1) ?? '',
    durationMs: runs.reduce((sum, { durationMs }) => sum + durationMs, 0),
    peakRssBytes: Math.max(...runs.map(({ peakRssBytes }) => peakRssBytes)),
  };
}

/** @throws as `mergeReports` of on-demand.ts says */
export async function mergeReports(
  given: readonly string[],
  demands: DemandLedger = new DemandLedger(),
): Promise<ContinuityReport> {
  const names = listOfNames(given, 'mergeReports: reports');
  const parts: Part[] = [];
  for (const name of names) parts.push(await readPart(text(name, 'mergeReports: a report')));
  const [first] = parts;
  if (first === undefined) throw new TypeError('mergeReports: there are no reports');
  requireAlike(parts, first);
  requireEach(parts, first.report.shard.count);
  const reports = parts.map(({ report }) => report).sort((a, b) => a.shard.index - b.shard.index);
  const joined = orContradiction(undefined, 'the reports contradict each other', () =>
    joinParts(reports as [ShardReport, ...ShardReport[]], {
      platform: nodePlatform,
      findingsBytes: FINDINGS_BYTES,
      demands,
    }),
  );
  const report = { ...joined, mapping: mappingOf(first.report.mapping), run: runOf(reports, first.report.run.tool) };
  const [fault] = report.verdict === 'PASS' ? imbalancesOf(nodePlatform, report) : [];
  if (fault !== undefined) throw refused(undefined, `the reports contradict each other: ${fault}`);
  return report;
}

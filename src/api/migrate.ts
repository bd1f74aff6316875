/** The expected state of a migration, and whether one is needed, by the names of files. */
import { canonicalText } from '../core/json/canonical.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import { parseJson } from '../core/json/parse.ts';
import { DraftMaker, type DraftRule, type Unexplained } from '../core/migration/draft.ts';
import { draftOfSchemas } from '../core/migration/draft-of-schemas.ts';
import type { Migration } from '../core/migration/migration.ts';
import { utf8 } from '../core/platform.ts';
import { present } from '../core/present.ts';
import type { ContinuityReport, Finding, Verdict } from '../core/report/report.ts';
import { compareSources } from '../engine/compare.ts';
import type { SourceFacts } from '../engine/compare-options.ts';
import { type Expectation, migrateSource } from '../engine/migrate.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { type GivenMigration, underMigration } from '../engine/run-migration.ts';
import { counted } from '../reports/facts.ts';
import { parseMigration } from '../wire/migration.ts';
import { plainOf } from '../wire/plain.ts';
import { draftFault, migrationAt, openMigration } from './open-migration.ts';
import { openSource } from './open-source.ts';
import { MIGRATE_OPTIONS, type MigrateOptions, readOptions } from './options.ts';
import { requireOwnOutput } from './own-output.ts';

/** What was found out, or done. */
export interface Migrated {
  /** PASS: what was asked could be said or done. */
  readonly verdict: Verdict;
  /** Of a dry run: whether evidence has to be migrated; null where that cannot be said, or nobody asked. */
  readonly needed: boolean | null;
  /** Why, in one line. */
  readonly because: string;
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Record<string, number>>;
  /** What the rules of the migration that was given are for. */
  readonly migration: Expectation['did'];
  readonly written: Expectation['written'];
  /** A migration that was drafted: a proposal, which nobody has signed. A number that no double holds is a text here. */
  readonly draft: object | null;
  /** The same as the text of a file, every digit kept. */
  readonly draftText: string | null;
  /** How many of the records that differ the draft explains; null without a draft. */
  readonly explained: { readonly records: number; readonly of: number } | null;
  /** What no rule of the draft explains. */
  readonly unexplained: readonly Unexplained[];
}

const NOTHING = {
  findings: [],
  findingCounts: {},
  migration: null,
  written: null,
  draft: null,
  draftText: null,
  explained: null,
  unexplained: [],
};

/** @throws as `migrate` of on-demand.ts says */
export async function migrate(given: MigrateOptions): Promise<Migrated> {
  const options = readOptions<MigrateOptions>(given, MIGRATE_OPTIONS, 'migrate');
  const { baseline, migration, output, current, dryRun = false } = options;
  if (baseline === '-') throw new TypeError('migrate: standard input cannot be read twice: give a file as baseline');
  if (!dryRun) return made(options);
  if (output !== undefined) throw new TypeError('migrate: output is what a migration makes; a dry run writes nothing');
  if (baseline === undefined) return unknown('there is no baseline to look at');
  if (migration !== undefined && current === undefined)
    return neededBy(await expectation(baseline, migration, undefined, options));
  if (current === undefined) return unknown('there is nothing to hold the baseline against');
  if (current === '-') throw new TypeError('migrate: standard input cannot be read more than once: give a file');
  return migration === undefined ? drafted(baseline, current, options) : held(baseline, current, migration, options);
}

function unknown(because: string): Migrated {
  return { ...NOTHING, verdict: 'INCOMPLETE', needed: null, because };
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
  { source, signal, onProgress, maxFindings, chainKeys }: MigrateOptions,
): Promise<Expectation> {
  const inputs = {
    source: async () => (await openSource(baseline, source)).source,
    migration: async () => accepted(migration),
  };
  return migrateSource(inputs, output, present({ signal, onProgress, maxFindings, chainKeys }));
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

/** One comparison, its sources opened anew. */
async function compared(
  baseline: string,
  current: string,
  options: MigrateOptions,
  facts: SourceFacts,
): Promise<ContinuityReport> {
  const { source, signal, onProgress, maxFindings, chainKeys } = options;
  const [was, is] = [await openSource(baseline, source), await openSource(current, source)];
  return compareSources(was.source, is.source, present({ signal, onProgress, maxFindings, chainKeys }), facts);
}

function outcome({
  verdict,
  findings,
  findingCounts,
}: ContinuityReport): Pick<Migrated, 'verdict' | 'findings' | 'findingCounts'> {
  return { verdict, findings, findingCounts };
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
  // Old faults may be known to the migration: whether they all are, is said by what it makes of the baseline.
  const isUnchanged = plain.verdict === 'PASS' || (plain.verdict === 'FAIL' && grave(plain).every(isOld));
  if (!isUnchanged) {
    const because = 'what is there is neither the baseline nor what the migration makes of it';
    return { ...NOTHING, ...outcome(under), needed: null, because };
  }
  return neededBy(await expectation(baseline, path, undefined, options));
}

function grave({ findings }: ContinuityReport): readonly Finding[] {
  return findings.filter(({ class: forced }) => forced === 'FAIL');
}

function isOld({ alreadyInBaseline }: Finding): boolean {
  return alreadyInBaseline === true;
}

/** Why nothing can be drafted from a baseline that contradicts itself; undefined if it does not. */
function unsoundness(plain: ContinuityReport): string | undefined {
  const own = grave(plain).filter((one) => isOld(one) || one.message.startsWith('baseline: '));
  if (own.length === 0) return undefined;
  const kinds = [...new Set(own.map(({ kind }) => kind))].join(', ');
  return `the baseline is not sound by itself (${kinds}): look into that first, or list what is understood as known`;
}

const UNSAID: ReadonlySet<Verdict> = new Set<Verdict>(['INCOMPLETE', 'UNTRUSTED']);

async function drafted(baseline: string, current: string, options: MigrateOptions): Promise<Migrated> {
  const first = new DraftMaker();
  const plain = await compared(baseline, current, options, collecting(first, new Map()));
  if (plain.verdict === 'PASS') {
    return {
      ...NOTHING,
      ...outcome(plain),
      needed: false,
      because: 'every record of the baseline is there, unchanged',
    };
  }
  if (plain.current.records === 0) {
    const schemas = ofSchemas(plain);
    if (schemas !== undefined) return schemas;
  }
  if (UNSAID.has(plain.verdict)) {
    return { ...NOTHING, ...outcome(plain), needed: null, because: 'not everything could be read or believed' };
  }
  const unsound = unsoundness(plain);
  if (unsound !== undefined) return { ...NOTHING, ...outcome(plain), needed: null, because: unsound };
  const places = renamedStreams(plain);
  const maker = places.size === 0 ? first : new DraftMaker();
  if (places.size > 0) {
    const moving = draftOf(plain, [], places, undefined);
    await compared(baseline, current, options, {
      ...collecting(maker, places),
      migration: underMigration(givenOf(moving)),
    });
  }
  return explained(baseline, current, options, { plain, places, maker });
}

/** What the columns of two sides say, where one has no records yet; undefined if they say nothing. */
function ofSchemas(plain: ContinuityReport): Migrated | undefined {
  const { rules, unexplained, places } = draftOfSchemas(plain.baseline.subject ?? {}, plain.current.subject ?? {});
  const draft = draftOf(plain, rules, places, undefined);
  const count = rules.length + places.size;
  if (count + unexplained.length === 0) return undefined;
  const because = 'the columns differ; the current side has no records, so no rule was tried on one';
  const common = { ...NOTHING, ...outcome(plain), needed: true, because, unexplained };
  if (count === 0) return common;
  return { ...common, draft: plainOf(jsonFrom(draft)) as object, draftText: textOf(draft) };
}

/** Takes pairs by the name that the stream had before. */
function collecting(maker: DraftMaker, places: ReadonlyMap<string, string>): SourceFacts {
  const before = new Map([...places].map(([from, to]) => [to, from]));
  return {
    onChanged: (was, _, texts) =>
      maker.add(before.get(was.stream) ?? was.stream, was.type, texts.baseline, texts.current),
  };
}

/** Streams that are gone, and the one that is new in the same tenant with as many records. */
function renamedStreams({ tenants }: ContinuityReport): ReadonlyMap<string, string> {
  const renamed = new Map<string, string>();
  for (const { streams } of tenants) {
    const gone = streams.filter(({ current }) => current === null);
    const fresh = streams.filter(({ baseline }) => baseline === null);
    for (const { stream, baseline } of gone) {
      const candidates = fresh.filter(({ current }) => current?.size === baseline?.size);
      if (candidates.length === 1 && candidates[0] !== undefined) renamed.set(stream, candidates[0].stream);
    }
  }
  return renamed;
}

const RECHAINS = ['sha256-jcs-body', 'sha256-prev-body'].flatMap((recipe) =>
  ['zeros', 'null'].map((genesis) => ({ recipe, genesis })),
);

type Rechain = (typeof RECHAINS)[number];

/** The draft as a migration states it. */
function draftOf(
  { baseline, current }: ContinuityReport,
  rules: readonly DraftRule[],
  places: ReadonlyMap<string, string>,
  rechain: Rechain | undefined,
): Record<string, unknown> {
  const place = (stream: string): object => {
    const to = places.get(stream);
    return to === undefined ? {} : { place: { stream: { from: stream, to } } };
  };
  const ruled = new Set(rules.map(({ stream }) => stream));
  const bare = [...places.keys()].filter((stream) => !ruled.has(stream));
  const perStream = (stream: string): number => rules.filter((rule) => rule.stream === stream).length;
  return {
    kind: 'evidence-migration',
    version: 1,
    upgrade: 'DRAFT: name the upgrade',
    from: 'DRAFT',
    to: 'DRAFT',
    baseline: `sha256:${baseline.sha256 ?? '0'.repeat(64)}`,
    rules: [
      ...rules
        .map(({ stream, type, patch, relinked, count }, at) => ({
          name: `draft-${at + 1}`,
          why:
            count === 0
              ? `proposal: by the columns of ${stream} alone`
              : `proposal: ${counted(count, 'record')} of ${stream}, type ${type}, changed so`,
          // Where all that changed in a stream changed alike, what did not is of other types or none.
          match: { stream, ...(perStream(stream) === 1 && (relinked || places.has(stream)) ? {} : { type }) },
          ...place(stream),
          ...(patch.length === 0 ? {} : { patch }),
          ...(relinked && rechain !== undefined ? { rechain } : {}),
        }))
        .filter((rule) => 'patch' in rule || 'rechain' in rule || 'place' in rule),
      ...bare.map((stream, at) => ({
        name: `draft-place-${at + 1}`,
        why: `proposal: ${stream} is gone, and ${places.get(stream)} is new${current.records === 0 ? '' : ' with as many records'}`,
        match: { stream },
        ...place(stream),
      })),
    ],
  };
}

function givenOf(draft: object): GivenMigration {
  const text = utf8(canonicalText(jsonFrom(draft)));
  const migration = parseMigration(nodePlatform, text, () => new Uint8Array(0));
  return { asked: 'draft', sha256: nodePlatform.sha256(text), migration, faults: [], signature: null, notes: [] };
}

interface Found {
  readonly plain: ContinuityReport;
  readonly places: ReadonlyMap<string, string>;
  readonly maker: DraftMaker;
}

/** The draft that explains most, tried on both sides. */
async function explained(baseline: string, current: string, options: MigrateOptions, found: Found): Promise<Migrated> {
  const { plain, places, maker } = found;
  const { rules, unexplained } = maker.draft();
  const relinks = rules.some(({ relinked }) => relinked);
  let best: { readonly draft: object; readonly report: ContinuityReport } | undefined;
  for (const rechain of relinks ? RECHAINS : [undefined]) {
    const draft = draftOf(plain, rules, places, rechain);
    if ((draft['rules'] as readonly object[]).length === 0) continue;
    const report = await compared(baseline, current, options, { migration: underMigration(givenOf(draft)) });
    if (best === undefined || report.totals.matched > best.report.totals.matched) best = { draft, report };
    if (report.verdict === 'PASS') break;
  }
  const differ = plain.baseline.records - plain.totals.matched;
  const differing = `${counted(differ, 'record')} of the baseline ${differ === 1 ? 'differs' : 'differ'}`;
  const common = { ...NOTHING, ...outcome(plain), unexplained };
  if (best === undefined) {
    return { ...common, needed: null, because: `${differing}, and no rule explains one` };
  }
  const records = Math.max(0, best.report.totals.matched - plain.totals.matched);
  const left = best.report.verdict === 'PASS' ? 'all of them' : `${records} of them`;
  const because = `${differing}; the draft explains ${left}`;
  return {
    ...common,
    verdict: best.report.verdict === 'PASS' ? 'PASS' : plain.verdict,
    findings: best.report.findings.filter(({ class: forced }) => forced !== 'info'),
    findingCounts: best.report.findingCounts,
    needed: true,
    because,
    draft: plainOf(jsonFrom(best.draft)) as object,
    draftText: textOf(best.draft),
    explained: { records, of: differ },
  };
}

/** A draft as the text of a file. */
function textOf(draft: object): string {
  const text = canonicalText(jsonFrom(draft));
  // By the canonical text: numbers in it are exact, and two spaces make it readable where they change no number.
  const readable = JSON.stringify(JSON.parse(text), null, 2);
  return `${canonicalText(parseJson(nodePlatform, utf8(readable))) === text ? readable : text}\n`;
}

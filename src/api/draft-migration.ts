/** A migration drafted from what changed between two sides: a proposal, tried on both. */
import { canonicalText } from '../core/json/canonical.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import { parseJson } from '../core/json/parse.ts';
import { columnsPassedOver } from '../core/migration/columns-read.ts';
import { DraftMaker, type DraftRule } from '../core/migration/draft.ts';
import { DRAFT_NAMES } from '../core/migration/draft-names.ts';
import { draftOfSchemas } from '../core/migration/draft-of-schemas.ts';
import { pointerText } from '../core/migration/pointer.ts';
import { utf8 } from '../core/platform.ts';
import type { ContinuityReport, Verdict } from '../core/report/report.ts';
import type { SourceFacts } from '../engine/compare-options.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { type GivenMigration, underMigration } from '../engine/run-migration.ts';
import { counted } from '../reports/facts.ts';
import { parseMigration } from '../wire/migration.ts';
import { plainOf } from '../wire/plain.ts';
import { compared, grave, isOld, type Migrated, NOTHING, outcome } from './migrated.ts';
import type { MigrateOptions } from './options.ts';

/** Why nothing can be drafted from a baseline that contradicts itself; undefined if it does not. */
function unsoundness(plain: ContinuityReport): string | undefined {
  const own = grave(plain).filter((one) => isOld(one) || one.message.startsWith('baseline: '));
  if (own.length === 0) return undefined;
  const kinds = [...new Set(own.map(({ kind }) => kind))].join(', ');
  return `the baseline is not sound by itself (${kinds}): look into that first, or list what is understood as known`;
}

const UNSAID: ReadonlySet<Verdict> = new Set<Verdict>(['INCOMPLETE', 'UNTRUSTED']);

/** What a dry run says that has no migration. */
export async function drafted(baseline: string, current: string, options: MigrateOptions): Promise<Migrated> {
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
  if (plain.current.records === 0 && plain.verdict !== 'UNTRUSTED') {
    const schemas = ofSchemas(plain);
    if (schemas !== undefined) return schemas;
  }
  if (UNSAID.has(plain.verdict)) {
    return { ...NOTHING, ...outcome(plain), needed: null, because: 'not everything could be read or believed' };
  }
  const unsound = unsoundness(plain);
  if (unsound !== undefined) return { ...NOTHING, ...outcome(plain), needed: null, because: unsound };
  const places = renamedStreams(plain);
  const free = columnsPassedOver(plain.baseline.subject ?? {}, plain.current.subject ?? {});
  const looksAgain = places.size + free.size > 0;
  const maker = looksAgain ? new DraftMaker(free) : first;
  if (looksAgain) {
    const moving = draftOf(plain, [], places, undefined);
    const looking = { ...moving, rules: [...(moving['rules'] as readonly object[]), ...readingOf(free)] };
    await compared(baseline, current, options, {
      ...collecting(maker, places),
      migration: underMigration(givenOf(looking)),
    });
  }
  return explained(baseline, current, options, { plain, places, maker });
}

/** A rule for no record, which brings columns into view that `*` passes over: one of them may be another one renamed. */
function readingOf(columns: ReadonlySet<string>): readonly object[] {
  if (columns.size === 0) return [];
  // An id is a text.
  const match = { where: [{ test: '/id', value: null }] };
  const patch = [...columns].map((name) => ({ op: 'add', path: pointerText(['body', name]), value: null }));
  return [{ name: 'looking', match, patch }];
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

/** What speaks for a rule, and what was not looked at. */
function evidenceOf({ stream, type, count, id, beyond }: Omit<DraftRule, 'patch' | 'relinked'>): string {
  if (count === 0) return `by the columns of ${stream} alone`;
  const such = id === undefined ? '' : `, such as ${id}`;
  const not = beyond === undefined ? '' : `; ${beyond}`;
  return `${counted(count, 'record')} of ${stream}, type ${type}, changed${such}${not}`;
}

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
    ...DRAFT_NAMES,
    baseline: `sha256:${baseline.sha256 ?? '0'.repeat(64)}`,
    rules: [
      ...rules
        .map(({ stream, type, patch, relinked, ...evidence }, at) => ({
          name: `draft-${at + 1}`,
          why: `proposal: ${evidenceOf({ stream, type, ...evidence })}`,
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

interface Tried {
  readonly draft: object;
  readonly report: ContinuityReport;
}

/** The draft that explains most, tried on both sides; undefined where there is nothing to try. */
async function bestOf(
  rules: readonly DraftRule[],
  { plain, places }: Found,
  under: (draft: object) => Promise<ContinuityReport>,
): Promise<Tried | undefined> {
  let best: Tried | undefined;
  for (const rechain of rules.some(({ relinked }) => relinked) ? RECHAINS : [undefined]) {
    const draft = draftOf(plain, rules, places, rechain);
    if ((draft['rules'] as readonly object[]).length === 0) continue;
    const report = await under(draft);
    if (best === undefined || report.totals.matched > best.report.totals.matched) best = { draft, report };
    if (report.verdict === 'PASS') break;
  }
  return best;
}

function differing(records: number): string {
  return `${counted(records, 'record')} of the baseline ${records === 1 ? 'differs' : 'differ'}`;
}

const UNRULED = 'in a way that no rule of change explains';

/** What a draft explains, and what it leaves. */
async function explained(baseline: string, current: string, options: MigrateOptions, found: Found): Promise<Migrated> {
  const { plain, maker } = found;
  const { rules, unexplained, beyond = null } = maker.draft();
  const best = await bestOf(rules, found, (draft) =>
    compared(baseline, current, options, { migration: underMigration(givenOf(draft)) }),
  );
  const differ = plain.baseline.records - plain.totals.matched;
  const common = { ...NOTHING, ...outcome(plain), unexplained, beyond };
  if (best === undefined) return { ...common, needed: null, because: `${differing(differ)} ${UNRULED}` };
  const records = Math.max(0, best.report.totals.matched - plain.totals.matched);
  const isWhole = best.report.verdict === 'PASS';
  const left = `${records} of them: ${differing(differ - records)} ${UNRULED}`;
  return {
    ...common,
    // What no rule brings into view is not compared.
    unexplained: isWhole ? [] : unexplained,
    verdict: isWhole ? 'PASS' : plain.verdict,
    findings: best.report.findings.filter(({ class: forced }) => forced !== 'info'),
    findingCounts: best.report.findingCounts,
    needed: true,
    because: `${differing(differ)}; the draft explains ${isWhole ? 'all of them' : left}`,
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

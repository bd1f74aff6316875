/**
 * What the test cases of a JUnit report are, and which of them held.
 *
 * A case passes only if its check was made for it and found nothing. What could not be checked is skipped, and what made
 * it so is an error in the suite of the whole: no reader of the file sees a run as good that proved nothing.
 */

import { classOf, type FailKind, FINDING_KINDS, type FindingKind } from '../core/kinds.ts';
import type { ContinuityReport, Finding, StreamReport, TenantReport } from '../core/report/report.ts';
import { morePlaces } from './changes.ts';
import { counted } from './facts.ts';
import { findingText } from './found.ts';
import type { Outline } from './outline.ts';
import { quoted } from './printable.ts';

/** What no check of the report has a name for: the relation of a whole stream or tenant, and what stopped a run. */
const RELATION = 'relation';

const CHECK_OF: Readonly<Record<FailKind, string>> = {
  'record-missing': 'record-comparison',
  'record-modified': 'record-comparison',
  'record-relinked': 'record-comparison',
  'record-added': 'record-comparison',
  'record-inserted-in-history': 'record-comparison',
  'record-reordered': 'order',
  'record-moved': 'record-comparison',
  'duplicate-id': 'order',
  'hash-missing': 'hash-recipe',
  'hash-malformed': 'hash-recipe',
  'hash-mismatch': 'hash-recipe',
  'body-digest-mismatch': 'body-digest',
  'chain-break': 'chain-links',
  'chain-fork': 'chain-links',
  'chain-genesis-changed': 'chain-links',
  'chain-truncated': 'history-prefix',
  'chain-rewritten': 'history-prefix',
  'seq-gap': 'sequence',
  'history-not-prefix': 'history-prefix',
  'stream-missing': RELATION,
  'tenant-missing': RELATION,
  'tenant-added': RELATION,
  'count-decreased': RELATION,
  'stream-root-mismatch': RELATION,
  'tenant-root-mismatch': RELATION,
  'global-root-mismatch': RELATION,
  'manifest-mismatch': 'manifest',
  'migration-map-mismatch': RELATION,
};

/** Checks that findings of another check may speak against: an external root is reported as any other root. */
const DOUBTED_BY: ReadonlyMap<string, readonly FailKind[]> = new Map([
  ['legacy-root', ['stream-root-mismatch', 'tenant-root-mismatch', 'global-root-mismatch'] as const],
]);

/** The kinds of findings that may be about `check` without belonging to it. */
function doubtsOf(check: string): readonly FailKind[] {
  return DOUBTED_BY.get(check) ?? [];
}

const OF_SETS: readonly string[] = [RELATION, 'record-comparison', 'order', 'body-digest', 'hash-recipe'];
const OF_CHAINS: readonly string[] = [...OF_SETS, 'sequence', 'chain-links', 'history-prefix'];

/** The check that a finding of `kind` belongs to. */
function checkOf(kind: FindingKind): string {
  return Object.hasOwn(CHECK_OF, kind) ? CHECK_OF[kind as FailKind] : RELATION;
}

/** The checks that every stream has a test case for. */
function checksOfStream(ordered: boolean): readonly string[] {
  return ordered ? OF_CHAINS : OF_SETS;
}

export interface Outcome {
  readonly element: 'failure' | 'error' | 'skipped';
  /** Kinds of findings, or what stands for them. */
  readonly type: string;
  readonly message: string;
  /** One for each line of the element's text. */
  readonly lines: readonly string[];
}

export interface TestCase {
  /** Unique in the report together with that of its suite: GitLab drops the second of one name. */
  readonly name: string;
  /** Undefined if it passed. */
  readonly outcome: Outcome | undefined;
}

const ELEMENT_OF = { FAIL: 'failure', INCOMPLETE: 'error', UNTRUSTED: 'error' } as const;

function skipped(message: string): Outcome {
  return { element: 'skipped', type: 'skipped', message, lines: [] };
}

/** Places of one record that are given. */
const SHOWN_PLACES = 10;

function lineOf(finding: Finding): string {
  const places = morePlaces(finding, SHOWN_PLACES);
  return `${finding.kind}: ${findingText(finding)}${places.length === 0 ? '' : `; places: ${places.join('; ')}`}`;
}

function outcomeOf(findings: readonly Finding[]): Outcome | undefined {
  const [first] = findings;
  if (first === undefined) return undefined;
  const element = findings.some((finding) => finding.class === 'FAIL') ? 'failure' : 'error';
  const kinds = [...new Set(findings.map(({ kind }) => kind))].join(', ');
  const more = findings.length === 1 ? '' : ` (and ${counted(findings.length - 1, 'other finding')})`;
  return { element, type: kinds, message: `${first.message}${more}`, lines: findings.map(lineOf) };
}

/** The findings that force a verdict, by place and check. */
export class CaseFindings {
  readonly report: ContinuityReport;
  readonly #groups: Map<string, Finding[]> = new Map();
  readonly #listed: Map<FindingKind, number> = new Map();
  readonly #old: Set<string> = new Set();

  constructor(report: ContinuityReport) {
    this.report = report;
    for (const finding of report.findings) {
      this.#listed.set(finding.kind, (this.#listed.get(finding.kind) ?? 0) + 1);
      if (finding.class === 'info') continue;
      if (finding.alreadyInBaseline === true) this.#old.add(checkOf(finding.kind));
      const key = JSON.stringify([finding.tenant, finding.stream, checkOf(finding.kind)]);
      const group = this.#groups.get(key);
      if (group === undefined) this.#groups.set(key, [finding]);
      else group.push(finding);
    }
  }

  /** The outcome that the findings of one place and check result in; each is given out once. */
  take(tenant: string | undefined, stream: string | undefined, check: string): Outcome | undefined {
    const key = JSON.stringify([tenant, stream, check]);
    const group = this.#groups.get(key) ?? [];
    this.#groups.delete(key);
    return outcomeOf(group);
  }

  /** What nobody has taken: findings of places that the report does not list. */
  *rest(): Generator<readonly [tenant: string | undefined, TestCase]> {
    for (const group of this.#groups.values()) {
      const [finding] = group;
      if (finding === undefined) continue;
      const { tenant, stream, kind } = finding;
      yield [tenant, { name: nameOf(stream, checkOf(kind)), outcome: outcomeOf(group) }];
    }
  }

  countOf(kind: FindingKind): number {
    const { findingCounts } = this.report;
    return Object.hasOwn(findingCounts, kind) ? (findingCounts[kind] ?? 0) : (this.#listed.get(kind) ?? 0);
  }

  /** Whether findings of `check` were counted and not listed: then a place without one may still have had one. */
  isCut(check: string): boolean {
    return FINDING_KINDS.some((kind) => checkOf(kind) === check && this.countOf(kind) > (this.#listed.get(kind) ?? 0));
  }

  /** Whether a fault of `check` was already in the baseline: it breaks no relation, so a stream that has one may not look it. */
  hasOld(check: string): boolean {
    return this.#old.has(check);
  }

  /** The kinds of `check` that were found and force a verdict. */
  foundOf(check: string): readonly FindingKind[] {
    const { mode } = this.report;
    return FINDING_KINDS.filter(
      (kind) => checkOf(kind) === check && this.countOf(kind) > 0 && classOf(kind, mode) === 'FAIL',
    );
  }

  /** Whether something could not be read or checked. */
  get isIncomplete(): boolean {
    return FINDING_KINDS.some((kind) => this.countOf(kind) > 0 && classOf(kind, this.report.mode) === 'INCOMPLETE');
  }
}

/** Quoted, so that no two places have one name, however their names are joined. */
export function tenantName(tenant: string | undefined): string {
  return tenant === undefined ? 'evidence-diff' : `tenant ${quoted(tenant)}`;
}

function nameOf(stream: string | undefined, check: string): string {
  return stream === undefined ? check : `stream ${quoted(stream)} ${check}`;
}

function notMade({ checks }: ContinuityReport, name: string): string | undefined {
  const made = checks.find(({ check }) => check === name);
  if (made === undefined || made.done === 0) return `the check was not made${made?.why ? `: ${made.why}` : ''}`;
  if ((made.skipped ?? 0) === 0) return undefined;
  return `not made everywhere: made ${made.done}, skipped ${made.skipped}${made.why ? ` (${made.why})` : ''}`;
}

/** Why a check of a stream without findings is not known to have held. */
function doubtOf(found: CaseFindings, stream: StreamReport, check: string): string | undefined {
  if (stream.relation === 'unknown') return 'it could not be established';
  if (check === RELATION) return undefined;
  if (stream.current === null) return 'the stream is not on the current side';
  if (check === 'history-prefix' && stream.rootAtBaselineSize === null) return 'there is no root at that size';
  if (stream.relation === 'broken' && found.isIncomplete) return 'not everything could be read';
  if ((stream.relation === 'broken' || found.hasOld(check)) && found.isCut(check))
    return 'not all findings of this check are listed';
  return notMade(found.report, check);
}

function broken(message: string): Outcome {
  return { element: 'failure', type: 'broken', message, lines: [] };
}

function caseOfStream(found: CaseFindings, tenant: string, stream: StreamReport, check: string): TestCase {
  const name = nameOf(stream.stream, check);
  const outcome = found.take(tenant, stream.stream, check);
  if (outcome !== undefined) return { name, outcome };
  if (check === RELATION && stream.relation === 'broken') return { name, outcome: broken('the stream is broken') };
  const doubt = doubtOf(found, stream, check);
  return { name, outcome: doubt === undefined ? undefined : skipped(doubt) };
}

/** The cases of a tenant: its relation, and each check of each stream. */
export function casesOfTenant(found: CaseFindings, { tenant, relation, streams }: TenantReport): readonly TestCase[] {
  const outcome = found.take(tenant, undefined, RELATION);
  const otherwise =
    relation === 'broken'
      ? broken('the tenant is broken')
      : relation === 'unknown'
        ? skipped('it could not be established')
        : undefined;
  const own: TestCase = { name: RELATION, outcome: outcome ?? otherwise };
  const ofStreams = streams.flatMap((stream) =>
    checksOfStream(stream.ordered).map((check) => caseOfStream(found, tenant, stream, check)),
  );
  return [own, ...ofStreams];
}

function caseOfVerdict({ verdict, headline, meaning, result, steps, repeat }: Outline): TestCase {
  if (verdict === 'PASS') return { name: 'verdict', outcome: undefined };
  const said = result.map(({ label, value }) => `${label} ${value}`).join(', ');
  const lines = [said, meaning, ...steps, `repeat it: ${repeat.command}`];
  return { name: 'verdict', outcome: { element: ELEMENT_OF[verdict], type: verdict, message: headline, lines } };
}

/** What was demanded holds or does not: each is a case, so that one that does not is seen where others are. */
function casesOfDemands({ demands }: Outline): readonly TestCase[] {
  return demands.items.map(({ state, what, why, tone }) => {
    const name = `demand ${quoted(what)}`;
    if (tone === 'good') return { name, outcome: undefined };
    return { name, outcome: { element: 'error', type: state, message: `${state}: ${why}`, lines: [] } };
  });
}

function doubtOfCheck(found: CaseFindings, check: string): string | undefined {
  const doubts = doubtsOf(check).filter((kind) => found.countOf(kind) > 0);
  return doubts.length === 0 ? notMade(found.report, check) : `see the findings ${doubts.join(', ')}`;
}

function caseOfCheck(found: CaseFindings, check: string): TestCase {
  const kinds = found.foundOf(check);
  const doubt = found.isIncomplete ? 'not everything could be read or checked' : doubtOfCheck(found, check);
  const own = found.take(undefined, undefined, check);
  if (kinds.length === 0) return { name: `check ${check}`, outcome: doubt === undefined ? undefined : skipped(doubt) };
  const message = kinds.map((kind) => `${found.countOf(kind)} ${kind}`).join(', ');
  const outcome: Outcome = { element: 'failure', type: kinds.join(', '), message, lines: own?.lines ?? [] };
  return { name: `check ${check}`, outcome };
}

/** One for each kind that says "could not be checked" or "cannot be believed"; they count all findings. */
function casesOfDoubt(found: CaseFindings): readonly TestCase[] {
  const { findings, mode } = found.report;
  const kinds = FINDING_KINDS.filter((kind) => found.countOf(kind) > 0);
  return kinds.flatMap((kind) => {
    const forced = classOf(kind, mode);
    if (forced === 'FAIL' || forced === 'info') return [];
    const listed = findings.filter((finding) => finding.kind === kind);
    const message = `${found.countOf(kind)} ${kind}${listed[0] === undefined ? '' : `: ${listed[0].message}`}`;
    const outcome: Outcome = { element: 'error', type: kind, message, lines: listed.map(lineOf) };
    return [{ name: `finding ${kind}`, outcome }];
  });
}

/** The cases of the whole: the verdict, every check over all records, and what kept something from being checked. */
export function casesOfWhole(found: CaseFindings, outline: Outline): readonly TestCase[] {
  const { report } = found;
  const known = new Set(report.checks.map(({ check }) => check));
  const others = [...new Set(FINDING_KINDS.filter((kind) => found.countOf(kind) > 0).map(checkOf))].filter(
    (check) => !known.has(check) && found.foundOf(check).length > 0,
  );
  const checks = [...known, ...others].map((check) => caseOfCheck(found, check));
  // Those of the whole that are no FAIL are reported by kind.
  found.take(undefined, undefined, RELATION);
  return [caseOfVerdict(outline), ...casesOfDemands(outline), ...checks, ...casesOfDoubt(found)];
}

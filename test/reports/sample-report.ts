/** Reports made by hand: what a renderer gets, without an engine. */
import type { ChangeGroup } from '../../src/core/report/changes.ts';
import type { MigrationReport } from '../../src/core/report/migration-report.ts';
import type { PartSums } from '../../src/core/report/part-report.ts';
import type {
  ContinuityReport,
  Finding,
  SignatureReport,
  StreamReport,
  TenantReport,
} from '../../src/core/report/report.ts';

export const hash = (digit: string): string => digit.repeat(64);

/** A signature that was verified. */
/** The sums of a part in which nothing was recomputed. */
export function sums(): PartSums {
  const side = {
    ...{ bodies: 1, links: 0, sequence: 0, recipes: 0, recipesSkipped: 0, derived: 0, textOnly: 0 },
    ...{ why: [], segments: [], unfit: [], fit: [], gaps: [], stated: 'counts' as const },
  };
  const notes = { trust: [], subject: [], sameAllowed: false, overflowed: false };
  return { maxFindings: 1000, alreadyInBaseline: {}, notes, turned: [], baseline: side, current: side };
}

export function signature(over: Partial<SignatureReport> = {}): SignatureReport {
  return {
    keys: [{ sha256: hash('3'), algorithm: 'ed25519' }],
    threshold: 1,
    payloadType: 'application/vnd.in-toto+json',
    predicateType: 'https://example.org/snapshot/v1',
    signedSha256: hash('e'),
    signedAt: '2027-03-01T10:00:05.000Z',
    upgrade: 'u-1',
    ...over,
  };
}

export function stream(over: Partial<StreamReport> = {}): StreamReport {
  return {
    stream: 'findings-ledger/5f3c',
    ordered: true,
    relation: 'extended',
    baseline: { size: 5, root: hash('a'), head: hash('1') },
    current: { size: 6, root: hash('b'), head: hash('2') },
    rootAtBaselineSize: hash('a'),
    ...over,
  };
}

export function tenant(over: Partial<TenantReport> = {}): TenantReport {
  return {
    tenant: 'acme',
    relation: 'extended',
    baselineRoot: hash('c'),
    currentRoot: hash('d'),
    counts: [
      { type: 'attestation', baseline: 2, current: 2 },
      { type: 'sbom', baseline: 3, current: 4 },
    ],
    streams: [stream()],
    ...over,
  };
}

/** A PASS in append mode with one record added; every member can be replaced. */
export function sampleReport(over: Partial<ContinuityReport> = {}): ContinuityReport {
  const subject = { system: 'stella-prod', version: '2027.Q1' };
  return {
    kind: 'evidence-continuity-report',
    version: 1,
    verdict: 'PASS',
    relation: 'extended',
    mode: 'append',
    headline: 'PASS: 5 baseline records intact in 1 tenant; 1 added',
    baseline: {
      name: 'baseline.json',
      sha256: hash('e'),
      depth: 'digest',
      records: 5,
      globalRoot: hash('f'),
      subject,
      capturedAt: '2027-03-01T10:00:00.000Z',
      signature: null,
    },
    current: {
      name: 'current.json',
      sha256: hash('0'),
      depth: 'full',
      records: 6,
      globalRoot: hash('9'),
      subject,
      capturedAt: '2027-03-01T12:00:00.000Z',
    },
    totals: { matched: 5, added: 1, missing: 0, modified: 0, relinked: 0, moved: 0 },
    changes: [],
    demands: [
      { demand: 'expect-digest', asked: `sha256:${hash('e')}`, state: 'held' },
      { demand: 'not-same-input', asked: '', state: 'held' },
    ],
    mapping: {
      baseline: 'ledger',
      current: 'ledger-2',
      declared: ['the column note of public.t is new (text)'],
    },
    migration: null,
    countBy: [
      {
        attribute: 'status',
        values: [
          { value: 'active', baseline: 3, current: 4 },
          { value: 'revoked', baseline: 2, current: 2 },
        ],
        others: { baseline: 0, current: 0 },
        absent: { baseline: 0, current: 0 },
      },
    ],
    tenants: [tenant()],
    findings: [],
    findingCounts: {},
    checks: [
      { check: 'chain-links', done: 11 },
      { check: 'hash-recipe', done: 0, skipped: 11, why: 'recipe none' },
    ],
    notChecked: ['baseline is not signed'],
    run: {
      tool: 'evidence-diff/1.0.0',
      startedAt: '2027-03-01T12:00:01.000Z',
      finishedAt: '2027-03-01T12:00:02.000Z',
      durationMs: 812,
      peakRssBytes: 91_000_000,
    },
    ...over,
  };
}

/** A migration with something in every member. */
export function migration(): MigrationReport {
  return {
    name: 'migration.json',
    sha256: hash('6'),
    upgrade: '2027.Q2',
    from: '1.0',
    to: '2.0',
    signature: { keys: [{ sha256: hash('4'), algorithm: 'ed25519' }], signedAt: '2027-03-01T10:00:06.000Z' },
    expected: { records: 4, globalRoot: hash('5') },
    rules: [{ name: 'audit-log', records: 4, operations: ['move /body/log_id -> /body/id'] }],
    retired: 1,
    stubs: 1,
    erased: { records: 1, hashesNotRecomputed: 1 },
    moved: 4,
    dropped: [{ rule: 'audit-log', path: '/body/guid', loss: 'removed', count: 4 }],
    known: { listed: 1, baseline: 1, current: 1 },
  };
}

/** `count` findings of one kind, all of them listed. */
export function findings(count: number, over: Partial<Finding> = {}): readonly Finding[] {
  return Array.from({ length: count }, (_, at) => ({
    kind: 'record-modified',
    class: 'FAIL',
    tenant: 'acme',
    stream: 'findings-ledger/5f3c',
    id: `r${at}`,
    seq: at + 1,
    path: '/body/state',
    baseline: 'open',
    current: 'closed',
    message: `the record at seq ${at + 1} was changed`,
    ...over,
  }));
}

/** One group of changes, as those findings are. */
export function changeGroup(count: number, over: Partial<ChangeGroup> = {}): ChangeGroup {
  return {
    count,
    places: [{ pointer: '/body/state', change: 'changed', class: 'other', baseline: 'open', current: 'closed' }],
    examples: [
      { tenant: 'acme', stream: 'findings-ledger/5f3c', id: 'r0', seq: 1 },
      { tenant: 'acme', stream: 'findings-ledger/5f3c', id: 'r1', seq: 2 },
    ],
    ...over,
  };
}

/** A FAIL with twelve changed records. */
export function failedReport(): ContinuityReport {
  return sampleReport({
    verdict: 'FAIL',
    relation: 'broken',
    headline: 'FAIL: 12 findings in 1 tenant: 12 record-modified',
    tenants: [
      tenant({ tenant: 'kept', relation: 'identical', currentRoot: hash('c') }),
      tenant({ relation: 'broken', streams: [stream({ relation: 'broken', rootAtBaselineSize: hash('7') })] }),
    ],
    totals: { matched: 0, added: 1, missing: 0, modified: 12, relinked: 0, moved: 0 },
    changes: [changeGroup(12)],
    findings: findings(12),
    findingCounts: { 'record-modified': 12 },
  });
}

/** A comparison whose current side breaks off. */
export function incompleteReport(): ContinuityReport {
  const base = sampleReport();
  return sampleReport({
    verdict: 'INCOMPLETE',
    relation: 'unknown',
    headline: 'INCOMPLETE: current.json could not be read to its end',
    current: {
      ...base.current,
      sha256: null,
      globalRoot: null,
      depth: null,
      subject: null,
      capturedAt: null,
      records: 2,
    },
    totals: { ...base.totals, matched: 2, unjudged: { baseline: 3, current: 0 } },
    tenants: [tenant({ relation: 'unknown', currentRoot: null })],
    findings: [{ kind: 'input-truncated', class: 'INCOMPLETE', message: 'current.json, line 4: there is no trailer' }],
    findingCounts: { 'input-truncated': 1 },
  });
}

/** A baseline that is not the pinned one. */
export function untrustedReport(): ContinuityReport {
  return sampleReport({
    verdict: 'UNTRUSTED',
    demands: [
      {
        demand: 'expect-digest',
        asked: `sha256:${hash('8')}`,
        state: 'refuted',
        why: 'baseline.json has another digest than the one that was given',
      },
      { demand: 'not-same-input', asked: '', state: 'held' },
    ],
    headline: 'UNTRUSTED: baseline.json is not the file that was pinned',
    findings: [
      {
        kind: 'digest-mismatch',
        class: 'UNTRUSTED',
        baseline: hash('e'),
        current: hash('8'),
        message: 'baseline.json has another digest than the one that was given',
      },
    ],
    findingCounts: { 'digest-mismatch': 1 },
  });
}

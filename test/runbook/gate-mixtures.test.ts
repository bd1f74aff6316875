/**
 * The gate as a command, over mixtures of stores, ages, runs and contradictions, and with secrets that are parts of its own
 * words: the exit code is 0 if and only if everything that proceed rests on is there. In this process: it is many runs.
 */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { attestationOf } from '../../src/api/attest.ts';
import { main } from '../../src/cli/main.ts';
import { Secrets } from '../../src/cli/terminal/redaction.ts';
import type { Io } from '../../src/cli/terminal/session.ts';
import { GATE_EXIT } from '../../src/cli/verbs/gate.ts';
import type { ContinuityReport, Verdict } from '../../src/core/report/report.ts';
import { sha256Of } from '../../src/reports/json.ts';
import { DECISIONS } from '../../src/runbook/cutover/limits.ts';
import { readPrivateKey } from '../../src/trust/node-keys.ts';
import { long, runs } from '../long.ts';
import { sampleReport } from '../reports/sample-report.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { metricsOf, reportOf, TRAFFIC } from './gate-world.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

type Store = 'prod' | 'staging';
const reports = new Map<string, ContinuityReport>();

/** A report of `store` and `verdict` that agrees with itself. */
function reportFor(store: Store, verdict: Verdict): ContinuityReport {
  const report = reports.get(`${store} ${verdict}`);
  if (report === undefined) throw new Error(`there is no report ${store} ${verdict}`);
  return report;
}

beforeAll(async () => {
  for (const store of ['prod', 'staging'] as const) {
    const pass = await reportOf(folder, store);
    reports.set(`${store} PASS`, pass);
    reports.set(`${store} FAIL`, await reportOf(folder, store, 'tampered'));
    reports.set(`${store} INCOMPLETE`, await reportOf(folder, store, 'cut'));
    const wrong = await reportOf(folder, store, 'current', { expectDigest: '0'.repeat(64) });
    reports.set(`${store} UNTRUSTED`, wrong);
  }
  for (const [name, { verdict }] of reports) expect(name.endsWith(` ${verdict}`)).toBe(true);
  for (const name of ['stranger', 'signer']) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(at(`${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(at(name), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  }
  writeFileSync(at('no-config.json'), '{}');
});

const SILENT: Io = {
  stdout: { isTerminal: false, write: async () => undefined },
  stderr: { isTerminal: false, write: () => undefined },
  env: {},
};

/** Runs the gate, and gives its code and what it wrote down. */
async function gate(
  args: readonly string[],
  secrets: Secrets = new Secrets(),
): Promise<{ readonly code: number; readonly decision: string }> {
  const output = at('decision.json');
  const fixed = ['cutover', '--config', at('no-config.json'), '--format', 'json', '--output', output];
  const code = await main(['gate', ...fixed, ...args], { ...SILENT, secrets });
  return { code, decision: JSON.parse(readFileSync(output, 'utf8')).decision };
}

/** What is edited in a report after it was made, so that it no longer agrees with itself. */
const EDITS: Readonly<Record<string, (report: ContinuityReport) => unknown>> = {
  'a size of a stream': (report) =>
    withStream(report, (stream) => ({ ...stream, baseline: { ...stream.baseline, size: 1 } })),
  'a root of a stream': (report) =>
    withStream(report, (stream) => ({ ...stream, current: { ...stream.current, root: '0'.repeat(64) } })),
  'a head of a stream': (report) =>
    withStream(report, (stream) => ({ ...stream, baseline: { ...stream.baseline, head: '0'.repeat(64) } })),
  'the root of a tenant': ({ tenants: [first, ...more], ...report }) => ({
    ...report,
    tenants: [{ ...first, currentRoot: '0'.repeat(64) }, ...more],
  }),
  'the global root': (report) => ({ ...report, current: { ...report.current, globalRoot: '0'.repeat(64) } }),
  'a tenant left out': ({ tenants: [, ...more], ...report }) => ({ ...report, tenants: more }),
  'a count by type': ({ tenants: [first, ...more], ...report }) => ({
    ...report,
    tenants: [{ ...first, counts: first?.counts.slice(1) }, ...more],
  }),
  'the records of both sides': (report) => ({
    ...report,
    baseline: { ...report.baseline, records: 16 },
    current: { ...report.current, records: 22 },
    totals: { ...report.totals, matched: 16 },
  }),
  'the time of the capture': (report) => ({
    ...report,
    current: { ...report.current, capturedAt: '2020-01-01T00:00:00Z' },
  }),
  'the start of the run': (report) => ({ ...report, run: { ...report.run, startedAt: '2999-01-01T00:00:00Z' } }),
  'no subject': (report) => ({ ...report, baseline: { ...report.baseline, subject: null } }),
  'what was filtered': ({ baseline, current, ...report }) => {
    const columns = { ledger: { id: 'text' } };
    const filters = { ledger: 'tenant = 1' };
    return {
      ...report,
      baseline: { ...baseline, subject: { ...baseline.subject, source: 'postgres', columns } },
      current: { ...current, subject: { ...current.subject, source: 'postgres', columns, filters } },
    };
  },
  'no demands': ({ demands: _, ...report }) => report,
  'a demand that was refuted': (report) => ({
    ...report,
    demands: [...report.demands, { demand: 'expect-digest', asked: 'sha256:…', state: 'refuted', why: 'x' }],
  }),
};

type Stream = ContinuityReport['tenants'][number]['streams'][number];

function withStream(
  { tenants: [first, ...more], ...report }: ContinuityReport,
  edit: (stream: Stream) => unknown,
): unknown {
  const [stream, ...streams] = first?.streams ?? [];
  if (first === undefined || stream === undefined) throw new Error('the report has no stream');
  return { ...report, tenants: [{ ...first, streams: [edit(stream), ...streams] }, ...more] };
}

const VERDICTS: readonly Verdict[] = ['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED'];
const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const anyRun = fc.record({
  store: mostly<Store>('prod', 'staging'),
  verdict: mostly<Verdict>('PASS', ...VERDICTS),
  about: mostly<'continuity' | 'soundness'>('continuity', 'soundness'),
  inProgress: mostly(false, true),
  isOld: mostly(false, true),
});

/** What is signed, and what is demanded of it: what of it speaks for `proceed`. */
const SIGNED = {
  'not demanded': true,
  'the report, by the key': true,
  'the report, by the key, about the artefact': true,
  'the report, by another key': false,
  'the report, about another artefact': false,
  'another report': false,
  'the report, and a byte was changed since': false,
  nothing: false,
} as const;

const anyMixture = fc.record({
  store: mostly<Store>('prod', 'staging'),
  verdict: mostly<Verdict>('PASS', ...VERDICTS),
  isOld: mostly(false, true),
  edit: mostly<string | undefined>(undefined, ...Object.keys(EDITS)),
  runs: fc.array(anyRun, { minLength: 0, maxLength: 3 }),
  traffic: mostly(TRAFFIC, '', TRAFFIC.replace('0.001', '0.5'), TRAFFIC.replace('0.8', '9')),
  digest: mostly<'none' | 'any' | 'right' | 'wrong'>('right', 'any', 'none', 'wrong'),
  subject: mostly<Store | 'none' | 'any'>('any', 'prod', 'staging', 'none'),
  isKeyDemanded: mostly(false, true),
  signed: mostly<keyof typeof SIGNED>('not demanded', ...(Object.keys(SIGNED) as (keyof typeof SIGNED)[])),
});

type Mixture = typeof anyMixture extends fc.Arbitrary<infer T> ? T : never;

const OLD = new Date(Date.now() - 7_200_000).toISOString();

function demanded(what: string, acceptAny: string, demand: readonly string[]): readonly string[] {
  if (what === 'none') return [];
  return what === 'any' ? [acceptAny] : demand;
}

const ARTIFACT = { name: 'registry.example/app', sha256: 'a'.repeat(64) };

/** The signed verdict of what lies in `report.json`, or of something else. */
function verdictFor({ signed }: Mixture, whole: ContinuityReport): readonly string[] {
  if (signed === 'not demanded') return [];
  const key = signed === 'the report, by another key' ? 'stranger' : 'signer';
  const text = readFileSync(at('report.json'), 'utf8');
  const { run } = JSON.parse(text) as ContinuityReport;
  const { bundle } = attestationOf(whole, {
    key: readPrivateKey(readFileSync(at(key), 'latin1'), key),
    predicate: 'vsa',
    artifacts: [ARTIFACT],
    reports: [{ mediaType: 'application/json', sha256: sha256Of(signed === 'another report' ? `${text} ` : text) }],
    verifiedAt: run.finishedAt,
  });
  const wrong = signed === 'the report, and a byte was changed since';
  writeFileSync(at('verdict'), wrong ? bundle.replace('"sig": "', '"sig": "A') : bundle);
  const other = signed === 'the report, about another artefact' ? 'registry.example/other' : ARTIFACT.name;
  const isNamed = signed.includes('artefact');
  return [
    ...['--verdict', signed === 'nothing' ? at('nowhere') : at('verdict'), '--verdict-key', at('signer.pub')],
    ...(isNamed ? ['--expect-artifact', `${other}=sha256:${ARTIFACT.sha256}`] : []),
  ];
}

function argumentsFor(one: Mixture): readonly string[] {
  const whole = reportFor(one.store, one.verdict);
  const report = one.isOld ? { ...whole, run: { ...whole.run, startedAt: OLD, finishedAt: OLD } } : whole;
  const edited = one.edit === undefined ? report : EDITS[one.edit]?.(report);
  writeFileSync(at('report.json'), JSON.stringify(edited));
  writeFileSync(at('traffic.prom'), one.traffic === '' ? '# none\n' : one.traffic);
  const files = one.runs.map(({ store, verdict, isOld, ...over }, index) => {
    const labels = [['run', String(index)]] as const;
    const text = metricsOf(reportFor(store, verdict), { ...over, labels, ...(isOld ? { finishedAt: OLD } : {}) });
    writeFileSync(at(`run-${index}.prom`), text);
    return ['--metrics-file', at(`run-${index}.prom`)];
  });
  const digest = one.digest === 'right' ? whole.baseline.sha256 : '1'.repeat(64);
  return [
    ...['--report', at('report.json'), '--metrics-file', at('traffic.prom'), ...files.flat()],
    ...demanded(one.digest, '--accept-any-baseline', ['--expect-digest', `sha256:${digest}`]),
    ...demanded(one.subject, '--accept-any-store', ['--expect-subject', one.subject]),
    ...(one.isKeyDemanded ? ['--trusted-key', at('stranger.pub')] : []),
    ...verdictFor(one, whole),
  ];
}

/** What proceed rests on, written down a second time. */
function mayProceed(one: Mixture): boolean {
  const own = one.runs.filter((run) => run.inProgress || run.store === one.store);
  const comparisons = own.filter(({ about }) => about === 'continuity');
  return (
    one.verdict === 'PASS' &&
    !one.isOld &&
    one.edit === undefined &&
    comparisons.length > 0 &&
    own.every(({ verdict, inProgress }) => verdict === 'PASS' && !inProgress) &&
    comparisons.every(({ isOld }) => !isOld) &&
    one.traffic === TRAFFIC &&
    (one.digest === 'right' || one.digest === 'any') &&
    (one.subject === 'any' || one.subject === one.store) &&
    !one.isKeyDemanded &&
    SIGNED[one.signed]
  );
}

describe('the gate over mixtures of stores, ages, runs and contradictions', () => {
  it('exits with 0 if and only if everything is there that proceed rests on', async () => {
    let proceeded = 0;
    await fc.assert(
      fc.asyncProperty(anyMixture, async (one) => {
        const { code, decision } = await gate(argumentsFor(one));
        if (code === 0) proceeded++;
        expect(code).toBe(GATE_EXIT[decision as keyof typeof GATE_EXIT]);
        expect(code === 0).toBe(mayProceed(one));
        if (one.verdict === 'FAIL' && one.edit === undefined) expect(decision).toBe('rollback');
      }),
      { numRuns: runs(120, 10_000, 30) },
    );
    expect(proceeded).toBeGreaterThan(0);
  });

  it.each(Object.keys(EDITS))('never proceeds on a report in which was edited: %s', async (edit) => {
    const good: Mixture = {
      ...{ store: 'prod', verdict: 'PASS', isOld: false, traffic: TRAFFIC, digest: 'right', subject: 'prod' },
      ...{ edit: undefined, isKeyDemanded: false, signed: 'not demanded' },
      runs: [{ store: 'prod', verdict: 'PASS', about: 'continuity', inProgress: false, isOld: false }],
    };
    expect((await gate(argumentsFor(good))).code).toBe(0);
    expect((await gate(argumentsFor({ ...good, edit }))).code).toBe(2);
  });
});

describe('a secret that is a part of a word of the decision', () => {
  const words = [...DECISIONS, 'PASS', 'FAIL', 'evidence-gate-decision', 'cutover'];
  const parts = new Set(words.flatMap((word) => substringsOf(word)));
  /** What was struck out once is struck out from then on: each secret costs those behind it. */
  const secrets = [...parts].filter((_, nth) => long || nth % 3 === 0);

  function substringsOf(word: string): readonly string[] {
    const found: string[] = [];
    for (let from = 0; from < word.length; from++) {
      for (let to = from + 1; to <= word.length; to++) found.push(word.slice(from, to));
    }
    return found;
  }

  it('never touches it: the code is that of the decision, whatever was struck out', async () => {
    const seen = new Secrets();
    const ways: readonly ((secret: string) => void)[] = [
      (secret) => seen.remember(secret),
      (secret) => seen.note(`postgres://u:${secret}@db/x`),
      (secret) => seen.note(`./12:${secret}@x.json http://me:${secret}@127.0.0.1:9`),
    ];
    let index = 0;
    for (const secret of secrets) {
      ways[index % ways.length]?.(secret);
      const verdict = VERDICTS[index % VERDICTS.length] ?? 'FAIL';
      const one: Mixture = {
        ...{ store: 'prod', verdict, isOld: false, traffic: TRAFFIC, digest: 'any', subject: 'any' },
        ...{ edit: undefined, isKeyDemanded: false, signed: 'not demanded' },
        runs: [{ store: 'prod', verdict, about: 'continuity', inProgress: false, isOld: false }],
      };
      const { code, decision } = await gate(argumentsFor(one), seen);
      const right = { PASS: 'proceed', FAIL: 'rollback', INCOMPLETE: 'unknown', UNTRUSTED: 'unknown' }[verdict];
      expect({ secret, decision, code }).toEqual({ secret, decision: right, code: GATE_EXIT[right as 'proceed'] });
      index++;
    }
    expect(index).toBe(secrets.length);
    expect(parts.size).toBeGreaterThan(200);
  });
});

it('a report that was made by hand, whose roots are none of its streams, is not believed', async () => {
  const now = new Date().toISOString();
  const sample = sampleReport();
  const report = {
    ...sample,
    current: { ...sample.current, capturedAt: now },
    run: { ...sample.run, finishedAt: now },
  };
  writeFileSync(at('by-hand.json'), JSON.stringify(report));
  writeFileSync(at('traffic.prom'), TRAFFIC);
  writeFileSync(at('run.prom'), metricsOf(report));
  const files = ['--metrics-file', at('traffic.prom'), '--metrics-file', at('run.prom')];
  const any = ['--accept-any-store', '--accept-any-baseline'];
  expect((await gate(['--report', at('by-hand.json'), ...any, ...files])).code).toBe(2);
});

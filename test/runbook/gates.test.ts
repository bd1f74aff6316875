/** The gates of all phases: each demands what its row of the one table says, and docs/gates.md has that table. */
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { attestationOf } from '../../src/api/attest.ts';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { compareSnapshots, type GateOptions, gate, timestamp } from '../../src/index.ts';
import { sha256Of } from '../../src/reports/json.ts';
import { GATE_NAMES, GATES, gateNamed } from '../../src/runbook/cutover/gates.ts';
import { durationText } from '../../src/runbook/cutover/limits.ts';
import { readPrivateKey } from '../../src/trust/node-keys.ts';
import { run } from '../cli/in-process.ts';
import { ROOT, textOf } from '../e2e/documents.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { Authority, opensslMissing, skippedWithoutOpenssl } from '../trust/authority.ts';
import { metricsOf, reportOf, TRAFFIC } from './gate-world.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const HOUR = 3_600_000;
const ago = (milliseconds: number): string => new Date(Date.now() - milliseconds).toISOString();

const ACCEPTED = { acceptAnyStore: true, acceptAnyBaseline: true } as const;
const METRICS = { metricsFiles: [at('traffic.prom'), at('run.prom')] } as const;
const CAPTURED = ago(100 * HOUR);
let key: string;

/** What whoever has the key may say of a report beside its right digest, and what is not in it. */
const OTHERWISE: Readonly<Record<string, (report: ContinuityReport) => ContinuityReport>> = {
  'current side': (report) => ({ ...report, current: { ...report.current, sha256: '0'.repeat(64) } }),
  baseline: (report) => ({ ...report, baseline: { ...report.baseline, records: 1 } }),
  relation: (report) => ({ ...report, relation: 'identical' }),
  demands: (report) => ({
    ...report,
    demands: [...report.demands, { demand: 'expect-digest', asked: `sha256:${'0'.repeat(64)}`, state: 'held' }],
  }),
};

/** The report with a baseline that a key has signed, and its signed verdict. */
function written(name: string, report: ContinuityReport, verifiedAt = report.run.finishedAt): void {
  const signer = readPrivateKey(readFileSync(at('key'), 'latin1'), 'key');
  key = signer.publicKey.id;
  const signature = {
    ...{ keys: [{ sha256: key, algorithm: 'ed25519' }], threshold: 1, payloadType: 'x', predicateType: 'x' },
    ...{ signedSha256: report.baseline.sha256 ?? '', signedAt: report.run.startedAt, upgrade: null },
  };
  const signed = { ...report, baseline: { ...report.baseline, signature, capturedAt: CAPTURED } };
  const text = JSON.stringify(signed);
  writeFileSync(at(`${name}.json`), text);
  const reports = [{ mediaType: 'application/json', sha256: sha256Of(text) }];
  const attesting = { key: signer, predicate: 'vsa', artifacts: [], reports, verifiedAt } as const;
  writeFileSync(at(`${name}.verdict`), attestationOf(signed, attesting).bundle);
  for (const [part, other] of Object.entries(OTHERWISE)) {
    writeFileSync(at(`${name}.${part}`), attestationOf(other(signed), attesting).bundle);
  }
}

beforeAll(async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(at('key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(at('key.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  const grown = await reportOf(folder, 'prod');
  written('grown', grown);
  written('future', grown, new Date(Date.now() + HOUR).toISOString());
  written('lost', await reportOf(folder, 'prod', 'tampered'));
  writeFileSync(at('traffic.prom'), TRAFFIC);
  writeFileSync(at('run.prom'), metricsOf(grown));
});

const trustedKeys = [at('key.pub')];
/** What is enough for each gate. */
const ENOUGH = {
  'pre-upgrade': { report: at('grown.json'), ...ACCEPTED, trustedKeys },
  'post-migration': { report: at('grown.json'), ...ACCEPTED, trustedKeys, acceptGrowth: true },
  cutover: { report: at('grown.json'), ...ACCEPTED, ...METRICS },
  'post-cutover': { report: at('grown.json'), ...ACCEPTED, ...METRICS, verdict: at('grown.verdict'), trustedKeys },
  observation: {
    ...{ report: at('grown.json'), ...ACCEPTED, ...METRICS, verdict: at('grown.verdict'), trustedKeys },
    observedSince: ago(73 * HOUR),
  },
} as const satisfies Record<(typeof GATE_NAMES)[number], GateOptions>;

const without = (options: GateOptions, name: keyof GateOptions): GateOptions =>
  Object.fromEntries(Object.entries(options).filter(([other]) => other !== name)) as unknown as GateOptions;

describe.each(GATE_NAMES)('the gate %s', (name) => {
  it('proceeds on what its row demands, and judges that and nothing else', async () => {
    const { decision, inputs, headline } = await gate(name, ENOUGH[name]);
    expect(decision, headline).toBe('proceed');
    expect(inputs.map(({ input }) => input)).toEqual(gateNamed(name).inputs);
    // Who sees no more than the headline sees that nobody vouches for the report.
    const isSigned = gateNamed(name).inputs.includes('signed-verdict');
    expect(headline.includes('the report is believed unsigned')).toBe(!isSigned);
  });

  it.each(Object.keys(ENOUGH[name]).filter((option) => !['report', 'metricsFiles'].includes(option)))(
    'does not proceed without %s',
    async (option) => {
      const made = await gate(name, without(ENOUGH[name], option as keyof GateOptions)).catch((fault: Error) => fault);
      if (made instanceof Error) expect(made).toBeInstanceOf(TypeError);
      else expect(made.decision).toBe('unknown');
    },
  );

  it('rolls back on lost evidence, whoever has signed that', async () => {
    const lost = { ...ENOUGH[name], report: at('lost.json') };
    const signed = 'verdict' in lost ? { ...lost, verdict: at('lost.verdict') } : lost;
    expect((await gate(name, signed)).decision).toBe('rollback');
  });

  it('demands a verdict that is given, also where it needs none', async () => {
    const given = { ...ENOUGH[name], verdictKeys: trustedKeys };
    const signed = await gate(name, { ...given, verdict: at('grown.verdict') });
    expect(signed.headline).toBe('proceed: every input is known and within its limit');
    const made = await gate(name, { ...given, verdict: at('lost.verdict') });
    expect(made.decision).toBe('unknown');
    expect(made.inputs[1]).toMatchObject({ input: 'signed-verdict', decision: 'unknown' });
    expect((await gate(name, { ...given, verdict: at('future.verdict') })).decision).toBe('unknown');
  });
});

describe('the observation', () => {
  it.each([
    [72 * HOUR + 60_000, 'proceed'],
    [72 * HOUR - 120_000, 'unknown'],
    [0, 'unknown'],
    [-HOUR, 'unknown'],
    // Before the baseline.
    [101 * HOUR, 'unknown'],
    [1000 * 365 * 24 * HOUR, 'unknown'],
  ] as const)('of %i ms before the verdict: %s', async (milliseconds, decision) => {
    const made = await gate('observation', { ...ENOUGH.observation, observedSince: ago(milliseconds) });
    expect(made.decision).toBe(decision);
  });
});

it.each(['2026-11-26', 'now', '2026-02-30T00:00:00Z', '2026-11-26T13:00:00', ''])(
  '--since %j is a usage error, and nothing is read',
  async (since) => {
    const { status, stdout, stderr } = await run([
      'gate',
      'observation',
      '--report',
      at('none.json'),
      '--since',
      since,
    ]);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toContain('--since');
  },
);

it.each(Object.keys(OTHERWISE))(
  'a verdict that says something else of the %s than the report is unknown',
  async (part) => {
    const made = await gate('post-cutover', { ...ENOUGH['post-cutover'], verdict: at(`grown.${part}`) });
    expect(made.decision).toBe('unknown');
    expect(made.inputs[1]?.why).toEqual(['it says something else of the comparison than the report']);
  },
);

it.each(GATE_NAMES)('the gate %s rests on no report whose baseline is the later side, allowed or not', async (name) => {
  const side = (from: string, later: number): string => {
    const text = readFileSync(at(`prod-${from}.json`), 'utf8');
    const path = at(`later-${later}.json`);
    writeFileSync(path, text.replace(/"capturedAt": *"[^"]*"/, `"capturedAt": "${ago(-later)}"`));
    return path;
  };
  const report = await compareSnapshots(side('baseline', -120_000), side('current', -600_000), {
    allowLaterBaseline: true,
  });
  expect(report.verdict).toBe('PASS');
  writeFileSync(at('later.json'), JSON.stringify(report));
  const given = without(without(ENOUGH[name], 'trustedKeys'), 'verdict');
  const made = await gate(name, { ...given, report: at('later.json') });
  expect([made.decision, made.inputs[0]?.why]).toEqual([
    'unknown',
    expect.arrayContaining([expect.stringMatching(/a loss reads as growth/)]),
  ]);
});

describe.skipIf(opensslMissing)(`outside time${skippedWithoutOpenssl}`, () => {
  const tsaCertificates = [at('tsa/root.crt')];
  const outside = { verdict: at('stamped.verdict'), verdictKeys: trustedKeys, tsaCertificates };
  let stamped: ContinuityReport;

  beforeAll(async () => {
    const authority = new Authority(at('tsa'));
    authority.issue('ec', 'ec', 'stamps');
    const timestamp = { time: ago(HOUR), authority: { sha256: 'a'.repeat(64), subject: 'CN=ec' } };
    const grown = await reportOf(folder, 'prod');
    stamped = { ...grown, baseline: { ...grown.baseline, timestamp } };
    written('stamped', stamped);
    written('unstamped', stamped);
    await stampedVerdict('stamped', authority);
    await stampedVerdict('grown-too', authority, () => written('grown-too', grown));
  }, 300_000);

  async function stampedVerdict(name: string, authority: Authority, make: () => void = () => undefined): Promise<void> {
    make();
    const path = at(`${name}.verdict`);
    const { written: query } = await timestamp(path);
    writeFileSync(at('reply'), authority.reply(readFileSync(query ?? ''), 'ec'));
    const { verdict } = await timestamp(path, { reply: at('reply'), tsaCertificates });
    expect(verdict).toBe('PASS');
  }

  it.each(GATE_NAMES)('is demanded by the gate %s of the verdict and of the baseline', async (name) => {
    const given = { ...ENOUGH[name], ...outside };
    const good = await gate(name, { ...given, report: at('stamped.json') });
    expect(good.decision, good.headline).toBe('proceed');
    expect(good.about?.signedVerdict?.stampedAt).toMatch(/^20/);
    for (const [report, verdict, says] of [
      ['stamped.json', 'unstamped.verdict', /time stamp is demanded/],
      ['grown-too.json', 'grown-too.verdict', /no outside time of the baseline was verified/],
    ] as const) {
      const made = await gate(name, { ...given, report: at(report), verdict: at(verdict) });
      expect([made.decision, made.headline]).toEqual(['unknown', expect.stringMatching(says)]);
    }
    const other = await gate(name, {
      ...given,
      report: at('stamped.json'),
      tsaCertificates: [at('tsa/other.crt')],
    }).catch(() => undefined);
    expect(other?.decision ?? 'unknown').toBe('unknown');
  });
});

describe('what a gate has no use for is refused', () => {
  it.each([
    ['cutover', { observedSince: ago(HOUR) }, /observedSince/],
    ['cutover', { acceptGrowth: true }, /acceptGrowth/],
    ['pre-upgrade', METRICS, /metricsFiles/],
    ['post-migration', { maxErrorRate: 0.1 }, /maxErrorRate/],
    ['cutover', { verdictKeys: trustedKeys }, /verdictKeys/],
    ['cutover', { expectArtifacts: { x: 'a'.repeat(64) } }, /expectArtifacts/],
    ['pre-upgrade', { tsaCertificates: [at('root.crt')] }, /tsaCertificates has no meaning without verdict/],
    ['cutover', { verdict: at('grown.verdict') }, /verdict needs/],
  ] as const)('%s: %j', async (name, options, says) => {
    const asked = gate(name, { ...ENOUGH[name], ...options });
    await expect(asked).rejects.toThrow(says);
    await expect(asked).rejects.toBeInstanceOf(TypeError);
  });
});

it('docs/gates.md has the table', () => {
  const rows = Object.entries(GATES).map(([name]) => {
    const { steps, question, inputs, maxReportAgeSeconds, frozen, signedBaseline, observedSeconds } = gateNamed(
      name as keyof typeof GATES,
    );
    const besides = [
      ...(signedBaseline ? ['a signed baseline (`--trusted-key`)'] : []),
      ...(frozen ? ['mode frozen, unless `--accept-growth`'] : []),
      ...(observedSeconds === undefined ? [] : [`${observedSeconds / 3600} hours since \`--since\``]),
    ];
    const demands = besides.length === 0 ? '' : besides.join('; ');
    const listed = inputs.map((input) => `\`${input}\``).join(', ');
    return `| \`${name}\` | ${steps} | ${question} | ${listed} | ${durationText(maxReportAgeSeconds)} | ${demands} |`;
  });
  const text = textOf('docs/gates.md');
  expect(ROOT).toBeTruthy();
  for (const row of rows) expect(text).toContain(row);
});

it('docs/runbook.md says which script asks which gate, as they do', () => {
  const scripts = readdirSync(join(ROOT, 'docs/runbook')).filter((name) => /^\d.*\.sh$/.test(name));
  const asked = scripts.flatMap((script) => {
    const text = readFileSync(join(ROOT, 'docs/runbook', script), 'utf8');
    return text.split(/^(?=\w+\(\) \{)/m).flatMap((body) => {
      const [, name = ''] = /^(\w+)\(\) \{/.exec(body) ?? [];
      const [, how = '', gate] = /\b(gate|ask_gate|ask_signed_gate) ([a-z-]+) "\$/.exec(body) ?? [];
      if (gate === undefined) return [];
      const steps = [...text.matchAll(new RegExp(`^step (\\w+) '[^']*' ${name}\\b`, 'gm'))].map(([, step]) => step);
      const unsigned = how === 'ask_signed_gate' ? 'not asked' : 'asked, of the report alone';
      return [`| ${steps.join(', ')} | \`${gate}\` | \`${script}\` | ${unsigned} |`];
    });
  });
  expect(asked).toHaveLength(GATE_NAMES.length);
  for (const row of asked) expect(textOf('docs/runbook.md')).toContain(row);
  for (const [name, { inputs }] of Object.entries(GATES)) {
    const demanded = (inputs as readonly string[]).includes('signed-verdict');
    expect(asked.find((row) => row.includes(`\`${name}\``))?.includes('not asked'), name).toBe(demanded);
  }
});

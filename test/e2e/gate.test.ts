/** `gate cutover` as a user runs it, against a real HTTP server that is well, ill, or hostile. */
import { spawnSync } from 'node:child_process';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { run } from '../cli/in-process.ts';
import { controls } from '../reports/hostile.ts';
import { failedReport } from '../reports/sample-report.ts';
import { metricsOf, reportOf } from '../runbook/gate-world.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Ended, evidenceDiff, start } from './command.ts';
import {
  type Answer,
  healthyResult,
  listen,
  type RunningServer,
  sample,
  sendJson,
  sendVector,
} from './metrics-server.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const CANARY = 'canary-t0ken';
let server: RunningServer | undefined;

const SYSTEM = 'evidence-prod';
let fresh: ContinuityReport;
const freshReport = (): ContinuityReport => fresh;

beforeAll(async () => {
  fresh = await reportOf(folder, SYSTEM);
  writeFileSync(at('report.json'), JSON.stringify(freshReport()));
  writeFileSync(at('no-config.json'), '{}');
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const argsOf = (url: string): readonly string[] => [
  ...['gate', 'cutover', '--report', at('report.json'), '--config', at('no-config.json')],
  ...['--expect-subject', SYSTEM, '--expect-digest', `sha256:${fresh.baseline.sha256}`],
  ...['--metrics-url', url],
];

/** Runs the gate while the server of this very process answers. */
async function gate(answer: Answer, args: readonly string[] = []): Promise<Ended> {
  server = await listen(answer);
  return await run([...argsOf(server.url), ...args]);
}

/** Likewise, the gate in a process of its own. */
async function spawned(answer: Answer, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  server = await listen(answer);
  return start([...argsOf(server.url), ...args], undefined, env).ended;
}

const healthyAnswer: Answer = (response, query) => sendVector(response, healthyResult(query, SYSTEM));

/** Answers `figure` as told, everything else as a healthy system does. */
const butFor =
  (figure: string, answer: Answer): Answer =>
  (response, query, request) =>
    query.includes(figure) ? answer(response, query, request) : healthyAnswer(response, query, request);

const FAILURES = 'evidence_failures';
const ERRORS = 'http_requests_total';
const LATENCY = 'histogram_quantile';

describe('the gate says', () => {
  it.each<[string, number, Answer]>([
    ['proceed', 0, healthyAnswer],
    ['pause', 10, butFor(ERRORS, (response) => sendVector(response, [sample('0.02')]))],
    ['investigate', 11, butFor(LATENCY, (response) => sendVector(response, [sample('5.5')]))],
    ['rollback', 1, butFor(FAILURES, (response) => sendVector(response, [sample('1')]))],
    ['rollback', 1, (response, query) => (query.includes(FAILURES) ? sendVector(response, [sample('2')]) : undefined)],
  ])('%s with exit code %i', async (decision, code, answer) => {
    const { status, stdout, stderr } = await spawned(answer, ['--timeout', '2']);
    expect(stdout.split(':')[0]).toBe(decision);
    expect(stdout).toContain(`\nExit code ${code}\n`);
    expect(stderr).toBe('');
    expect(status).toBe(code);
  });

  it('the same as JSON, with each input, its value, its limit and why', async () => {
    const answer = butFor(ERRORS, (response) => sendVector(response, [sample('0.02')]));
    const { status, stdout } = await gate(answer, ['--format', 'json', '--output', '-', '--output', at('gate.json')]);
    const decision = JSON.parse(stdout);
    expect(decision).toMatchObject({ kind: 'evidence-gate-decision', version: 1, gate: 'cutover', decision: 'pause' });
    expect(decision.inputs.map(({ input }: { readonly input: string }) => input)).toEqual([
      'continuity-report',
      'verification',
      'evidence-failures',
      'last-verification',
      'error-rate',
      'p99-latency',
    ]);
    expect(decision.inputs[4]).toMatchObject({ value: 0.02, limit: 'at most 0.01', why: ['it is more than 0.01'] });
    expect(readFileSync(at('gate.json'), 'utf8')).toBe(stdout);
    expect(status).toBe(10);
  });

  it('unknown where a proceed cannot be written down, and rollback all the same', async () => {
    const output = ['--output', at('no-such-folder/gate.json')];
    expect((await gate(healthyAnswer, output)).status).toBe(2);
    await server?.close();
    const lost = butFor(FAILURES, (response) => sendVector(response, [sample('1')]));
    expect((await gate(lost, output)).status).toBe(1);
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };
const text =
  (body: string): Answer =>
  (response) =>
    response.writeHead(200, JSON_TYPE).end(body);
const NOW = (): number => Date.now() / 1000;
const padded = (bytes: number): string => JSON.stringify({ status: 'success', pad: 'x'.repeat(bytes) });

describe('no data is unknown, exit code 2:', () => {
  it.each<[string, RegExp, Answer]>([
    ['an empty result', /empty result/, (response) => sendVector(response, [])],
    ['NaN', /NaN/, (response) => sendVector(response, [sample('NaN')])],
    ['no number', /no number/, (response) => sendVector(response, [sample('zero')])],
    ['an infinite value', /cannot be/, (response) => sendVector(response, [sample('+Inf')])],
    ['a negative value', /cannot be/, (response) => sendVector(response, [sample('-1')])],
    ['a percentage', /ratio/, (response) => sendVector(response, [sample('1.5')])],
    ['a stale sample', /600|s old/, (response) => sendVector(response, [sample('0', NOW() - 600)])],
    ['a sample of the future', /future/, (response) => sendVector(response, [sample('0', NOW() + 600)])],
    ['two series', /2 series/, (response) => sendVector(response, [sample('0'), sample('0')])],
    [
      'a matrix',
      /not the answer of a Prometheus server/,
      (response) => sendJson(response, { status: 'success', data: { resultType: 'matrix', result: [] } }),
    ],
    [
      'a warning',
      /warns: half is away/,
      (response) => sendVector(response, [sample('0')], { warnings: ['half is away'] }),
    ],
    ['a partial answer', /partial/, (response) => sendVector(response, [sample('0')], { isPartial: true })],
    [
      'an error',
      /bad_data: no/,
      (response) => sendJson(response, { status: 'error', errorType: 'bad_data', error: 'no' }, 400),
    ],
    [
      'an error with status 200',
      /bad_data/,
      (response) => sendJson(response, { status: 'error', errorType: 'bad_data', error: 'no' }),
    ],
    [
      'success with status 500',
      /status 500/,
      (response) =>
        sendJson(response, { status: 'success', data: { resultType: 'vector', result: [sample('0')] } }, 500),
    ],
    ['status 503 without JSON', /status 503/, (response) => response.writeHead(503).end('away')],
    [
      'another type',
      /application\/json/,
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    ],
    ['no type', /application\/json/, (response) => response.writeHead(200).end('{}')],
    [
      'a redirect',
      /leads elsewhere/,
      (response) => response.writeHead(302, { location: `http://x:${CANARY}@127.0.0.1/` }).end(),
    ],
    [
      'a packed answer',
      /packed/,
      (response) => response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end('x'),
    ],
    ['garbage', /unexpected|malformed|byte/i, text('\u0000\u001b[2J{')],
    ['half an answer', /./, text('{"status":"success","data":{"resultType":"vector","result":[')],
    [
      'a member twice',
      /duplicate/,
      text('{"status":"error","status":"success","data":{"resultType":"vector","result":[]}}'),
    ],
    ['an answer that is too long', /longer than/, text(padded(2 << 20))],
    ['a reset', /ECONNRESET|whole answer/, (response) => response.socket?.resetAndDestroy()],
    [
      'a reset in the middle',
      /whole answer/,
      (response) => {
        response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' }).write('{"status":');
        setTimeout(() => response.socket?.resetAndDestroy(), 50);
      },
    ],
    ['a server that hangs', /within 1 s/, () => undefined],
    ['a server that hangs in the middle', /within 1 s/, (response) => response.writeHead(200, JSON_TYPE).write('{')],
    [
      'a gigabyte, slowly',
      /within 1 s|longer than/,
      (response) => {
        response.writeHead(200, { ...JSON_TYPE, 'content-length': String(2 ** 30) });
        const timer = setInterval(() => response.write(' '.repeat(512)), 20);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('%s', async (_, says, answer) => {
    const { status, stdout, stderr } = await gate(butFor(ERRORS, answer), ['--timeout', '1']);
    expect(stdout.startsWith('unknown: error-rate: ')).toBe(true);
    expect(stdout).toMatch(says);
    expect(controls(stdout.replaceAll('\n', ''))).toBe(false);
    expect(stdout + stderr).not.toContain(CANARY);
    expect(status).toBe(2);
  });

  it('a certificate that nobody vouches for, whatever the environment says', async (context) => {
    const openssl = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const files = ['-keyout', at('key.pem'), '-out', at('cert.pem'), '-subj', '/CN=localhost'];
    if (spawnSync('openssl', [...openssl, ...files]).status !== 0) context.skip('there is no openssl here');
    const tls = createTlsServer(
      { key: readFileSync(at('key.pem')), cert: readFileSync(at('cert.pem')) },
      (request, response) => sendVector(response, healthyResult(decodeURIComponent(request.url ?? ''), SYSTEM)),
    );
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    const { port } = tls.address() as AddressInfo;
    const args = ['gate', 'cutover', '--report', at('report.json'), '--config', at('no-config.json')];
    const url = ['--metrics-url', `https://127.0.0.1:${port}`];
    const { status, stdout } = await start([...args, ...url], undefined, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }).ended;
    tls.close();
    expect(stdout).toMatch(/SELF_SIGNED/);
    expect(status).toBe(2);
  });
});

describe('credentials', () => {
  it('are sent, and printed nowhere, not even where the server echoes them', async () => {
    const seen = new Set<string>();
    const echo: Answer = (response, _, request) => {
      const { authorization = '' } = request.headers;
      seen.add(authorization);
      sendJson(response, { status: 'error', errorType: 'auth', error: `you said ${authorization}` }, 401);
    };
    const token = await spawned(echo, ['--bearer-token-env', 'METRICS_TOKEN'], { METRICS_TOKEN: CANARY });
    expect(seen).toEqual(new Set([`Bearer ${CANARY}`]));
    expect(token.stdout).toContain('you said Bearer ***');
    expect(token.stdout + token.stderr).not.toContain(CANARY);
    await server?.close();
    seen.clear();
    server = await listen(echo);
    const url = server.url.replace('//', `//reader:${CANARY}@`);
    const args = ['gate', 'cutover', '--report', at('report.json'), '--metrics-url', url, '--format', 'json'];
    const login = await run(args);
    const encoded = Buffer.from(`reader:${CANARY}`).toString('base64');
    expect(seen).toEqual(new Set([`Basic ${encoded}`]));
    expect(login.stdout + login.stderr).not.toContain(CANARY);
    expect(login.stdout).not.toContain(encoded);
    expect(login.status).toBe(2);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['unencrypted to another machine', ['--metrics-url', 'http://metrics.internal:9090'], /--allow-plaintext/],
    [
      'a login so, in any case',
      ['--metrics-url', `http://u:${CANARY}@metrics.internal:9090`, '--allow-plaintext'],
      /unencrypted/,
    ],
    ['a query in the URL', ['--metrics-url', `https://h/?token=${CANARY}`], /query or a fragment/],
    ['another scheme', ['--metrics-url', `ftp://u:${CANARY}@h/`], /http or https/],
    ['no URL', ['--metrics-url', `u:${CANARY}@h`], /URL/],
    ['a variable that is not set', ['--metrics-url', 'https://h', '--bearer-token-env', 'NOT_SET'], /NOT_SET/],
    ['two kinds of metrics', ['--metrics-url', 'https://h', '--metrics-file', 'f'], /one of them/],
    ['no metrics', [], /no metrics/],
    ['a time to wait for no server', ['--metrics-file', 'f', '--timeout', '3'], /--timeout is for a server/],
    ['a token for no server', ['--metrics-file', 'f', '--bearer-token-env', 'T'], /--bearer-token-env is for a server/],
    ['plain text from no server', ['--metrics-file', 'f', '--allow-plaintext'], /--allow-plaintext is for a server/],
    [
      'a store, and any',
      ['--metrics-file', 'f', '--expect-subject', 'a', '--accept-any-store'],
      /--accept-any-store .*--expect-subject|--expect-subject .*--accept-any-store/,
    ],
    ['a percentage', ['--metrics-file', 'f', '--max-error-rate', '1'], /1 % is 0.01/],
    ['a percent sign', ['--metrics-file', 'f', '--max-error-rate', '1%'], /1 % is 0.01/],
    ['NaN', ['--metrics-file', 'f', '--max-p99-latency', 'NaN'], /seconds/],
    ['a negative limit', ['--metrics-file', 'f', '--max-evidence-failures=-1'], /whole number/],
    ['an age without a unit', ['--metrics-file', 'f', '--max-report-age', '60'], /unit/],
  ])('are refused: %s', async (_, args, says) => {
    const all = ['gate', 'cutover', '--report', 'report.json', ...args];
    const { status, stdout, stderr } = await run(all, { cwd: folder });
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain(CANARY);
    expect(stdout).toBe('');
    expect(status).toBe(64);
  });

  it('are refused in a process of its own', () => {
    const url = ['--metrics-url', `ftp://u:${CANARY}@h/`];
    const ended = evidenceDiff(['gate', 'cutover', '--report', 'report.json', ...url], { cwd: folder });
    expect(ended).toMatchObject({ status: 64, stdout: '', stderr: expect.stringMatching(/http or https/) });
    expect(ended.stderr).not.toContain(CANARY);
  });
});

describe('a report', () => {
  const metrics = (): string => {
    const traffic = 'http_requests_error_ratio 0\nhttp_request_duration_seconds{quantile="0.99"} 1\n';
    writeFileSync(at('metrics.prom'), `${traffic}${metricsOf(fresh)}`);
    return at('metrics.prom');
  };
  const decide = (report: string, ...more: readonly string[]): Promise<Ended> => {
    writeFileSync(at('given.json'), report);
    const args = ['gate', 'cutover', '--report', at('given.json'), '--metrics-file', metrics(), ...more];
    if (!more.includes('--expect-digest')) args.push('--accept-any-baseline');
    if (!more.includes('--expect-subject')) args.push('--accept-any-store');
    return run(args, { cwd: folder });
  };
  const edited = (over: object): string => JSON.stringify({ ...freshReport(), ...over });

  it('that is PASS and fresh lets the cutover proceed', async () => {
    expect((await decide(JSON.stringify(freshReport()))).status).toBe(0);
  });

  it('is unknown where it was not said whose it must be, nor that it may be any', async () => {
    writeFileSync(at('given.json'), JSON.stringify(freshReport()));
    const args = ['gate', 'cutover', '--report', at('given.json'), '--metrics-file', metrics()];
    const { status, stdout } = await run(args, { cwd: folder });
    expect(stdout).toMatch(/^unknown: continuity-report: whose report it must be was not said: give --expect-subject/);
    expect(stdout).toContain(
      'which baseline it must have was not said: give --expect-digest, or --accept-any-baseline',
    );
    expect(status).toBe(2);
    const any = await run([...args, '--accept-any-store', '--accept-any-baseline'], { cwd: folder });
    expect(any).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('\naccepted: any store\naccepted: any baseline\n'),
    });
  });

  it('that is FAIL rolls back, however old', async () => {
    const { countBy: _, ...failed } = failedReport();
    const { status, stdout } = await decide(
      JSON.stringify({
        ...failed,
        baseline: { ...failed.baseline, records: 12 },
        current: { ...failed.current, records: 13 },
      }),
    );
    expect(stdout).toMatch(/^rollback: continuity-report: its verdict is FAIL/);
    expect(status).toBe(1);
  });

  it.each<[string, () => string, RegExp]>([
    ['truncated', () => JSON.stringify(freshReport()).slice(0, -2), /truncated|end/i],
    ['empty', () => '', /./],
    ['of another kind', () => edited({ kind: 'evidence-snapshot' }), /not a continuity report/],
    ['of another version', () => edited({ version: 2 }), /another version/],
    ['with a member too many', () => edited({ extra: 1 }), /extra/],
    ['with books that do not balance', () => edited({ totals: { ...freshReport().totals, matched: 4 } }), /add up/],
    [
      'that counts a fault and says PASS',
      () => edited({ findingCounts: { ...fresh.findingCounts, 'record-missing': 1 } }),
      /verdict/,
    ],
    ['whose relation is broken', () => edited({ relation: 'broken' }), /its own figures/],
    ['whose headline says FAIL', () => edited({ headline: 'FAIL: 1 missing' }), /headline/],
    ['with a member twice', () => JSON.stringify(freshReport()).replace('{', '{"verdict":"FAIL",'), /duplicate/],
    [
      'of yesterday',
      () => {
        const at = '2020-03-01T12:00:02Z';
        const sides = {
          baseline: { ...fresh.baseline, capturedAt: at },
          current: { ...fresh.current, capturedAt: at },
        };
        return edited({ ...sides, run: { ...fresh.run, startedAt: at, finishedAt: at } });
      },
      /s old/,
    ],
    [
      'on a store of yesterday',
      () => edited({ current: { ...freshReport().current, capturedAt: '2020-03-01T12:00:02Z' } }),
      /capture/,
    ],
  ])('is not believed: %s', async (_, report, says) => {
    const { status, stdout } = await decide(report());
    expect(stdout).toMatch(/^unknown: continuity-report: /);
    expect(stdout).toMatch(says);
    expect(status).toBe(2);
  });

  it('that is older is taken where the command line says so', async () => {
    const old = new Date(Date.now() - 7_200_000).toISOString();
    const report = edited({
      ...{ run: { ...fresh.run, startedAt: old, finishedAt: old } },
      ...{ baseline: { ...fresh.baseline, capturedAt: old }, current: { ...fresh.current, capturedAt: old } },
    });
    expect((await decide(report)).status).toBe(2);
    expect((await decide(report, '--max-report-age', '3h')).status).toBe(0);
  });

  it('and metrics in a file that is old, cut, or of two minds are unknown', async () => {
    expect((await decide(JSON.stringify(freshReport()), '--metrics-file', at('nowhere.prom'))).status).toBe(2);
    writeFileSync(at('other.prom'), 'http_requests_error_ratio 0\n');
    expect((await decide(JSON.stringify(freshReport()), '--metrics-file', at('other.prom'))).stdout).toMatch(
      /two files/,
    );
    writeFileSync(at('other.prom'), 'x 0');
    expect((await decide(JSON.stringify(freshReport()), '--metrics-file', at('other.prom'))).stdout).toMatch(
      /line feed/,
    );
    writeFileSync(at('other.prom'), 'x 0\n');
    utimesSync(at('other.prom'), 1_000_000, 1_000_000);
    expect((await decide(JSON.stringify(freshReport()), '--metrics-file', at('other.prom'))).stdout).toMatch(/s old/);
    writeFileSync(at('other.prom'), 'evidence_failures_total{tenant="z",kind="b"} 3\n');
    expect((await decide(JSON.stringify(freshReport()), '--metrics-file', at('other.prom'))).status).toBe(1);
  });

  it.each([
    ['a limit', { errorRate: 0 }, 'http_requests_error_ratio', 0],
    ['the name of a series', { samples: { errorRate: 'my_ratio' } }, 'no such series', 2],
    ['a limit as a percentage', { errorRate: 1 }, 'not a percentage', 64],
    ['a selector that is a query', { samples: { errorRate: 'sum(x)' } }, 'samples.errorRate', 64],
    ['a member that is not known', { errorrate: 0.01 }, 'errorrate', 64],
  ])('is judged by the config file: %s', async (_, cutover, says, code) => {
    writeFileSync(at('gates.json'), JSON.stringify({ gates: { cutover } }));
    const { status, stdout, stderr } = await decide(JSON.stringify(freshReport()), '--config', at('gates.json'));
    expect(stdout + stderr).toContain(says);
    expect(status).toBe(code);
  });
});

/** The outputs for programs, as a user gets them: they say what the JSON report says, and change no exit code. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { run } from '../cli/in-process.ts';
import { type Exposition, readExposition } from '../reports/exposition-reader.ts';
import { readXml } from '../reports/xml-reader.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { BIN, start } from './command.ts';
import { entries, headerLine, recordLine, writeSnapshotFile } from './snapshots.ts';

const folder = temporaryFolder();
const QUICKSTART = fileURLToPath(new URL('../../fixtures/quickstart', import.meta.url));
const BASELINE = join(QUICKSTART, 'baseline.json');
const CURRENT = join(QUICKSTART, 'current.json');
const TAMPERED = join(QUICKSTART, 'tampered.json');
const ABSENT = join(folder, 'absent.json');

const CASES = [
  ['PASS', 0, [BASELINE, CURRENT]],
  ['FAIL', 1, [BASELINE, TAMPERED]],
  ['FAIL', 1, [BASELINE, CURRENT, '--mode', 'frozen']],
  ['INCOMPLETE', 2, [BASELINE, ABSENT]],
  ['UNTRUSTED', 3, [BASELINE, BASELINE]],
] as const;

const at = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(at(name), 'utf8');
const metricsAt = (name: string): Exposition => readExposition(readFileSync(at(name)));

function verdictsIn({ samples }: Exposition): readonly string[] {
  return samples.flatMap(({ name, labels, value }) =>
    name.endsWith('_verdict') && value === 1 ? [labels['verdict'] ?? ''] : [],
  );
}

function sampleOf({ samples }: Exposition, metric: string): number | undefined {
  return samples.find(({ name }) => name === metric)?.value;
}

describe.each(CASES)('a %s (exit code %i) of %j', (verdict, code, args) => {
  it('is the same in JSON, JUnit XML, NDJSON and metrics', async () => {
    const outputs = ['r.json', 'r.xml', 'r.ndjson'].flatMap((name) => ['--output', at(name)]);
    const { status, stderr } = await run([...args, ...outputs, '--metrics', at('r.prom')]);
    expect({ status, stderr }).toEqual({ status: code, stderr: '' });
    const report = JSON.parse(read('r.json')) as ContinuityReport;
    expect(report.verdict).toBe(verdict);

    const [suite] = readXml(read('r.xml')).children;
    const properties = new Map(
      suite?.children[0]?.children.map(({ attributes }) => [attributes.get('name'), attributes.get('value')]),
    );
    expect(properties.get('verdict')).toBe(verdict);
    expect(properties.get('headline')).toBe(report.headline);
    for (const side of ['baseline', 'current'] as const) {
      for (const member of ['sha256', 'globalRoot'] as const) {
        const said = properties.get(`${side}.${member}`) ?? '';
        // What is not known is said in words.
        if (report[side][member] === null) expect(said).toMatch(/^unknown: /);
        else expect(said).toBe(report[side][member]);
      }
    }
    for (const [kind, count] of Object.entries(report.findingCounts)) {
      expect(properties.get(`findingCounts.${kind}`)).toBe(String(count));
    }
    expect(read('r.xml').includes('<failure') || read('r.xml').includes('<error')).toBe(verdict !== 'PASS');

    const lines = read('r.ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Partial<ContinuityReport>);
    expect(lines[0]).toMatchObject({
      verdict,
      baseline: report.baseline,
      current: report.current,
      totals: report.totals,
    });
    expect(lines.slice(1, -1)).toEqual(report.findings);
    expect(lines.at(-1)).toMatchObject({ verdict, findings: report.findings.length });

    const metrics = metricsAt('r.prom');
    expect(verdictsIn(metrics)).toEqual([verdict]);
    expect(sampleOf(metrics, 'evidence_verify_in_progress')).toBe(0);
    for (const { name, labels, value } of metrics.samples) {
      if (name === 'evidence_findings_total') expect(value).toBe(report.findingCounts[labels['kind'] ?? ''] ?? 0);
    }
  });

  it('has the same exit code and standard output in GitHub Actions, with annotations and a summary', async () => {
    const plain = await run([...args, '--format', 'ndjson']);
    writeFileSync(at('summary.md'), 'before\n');
    const env = { GITHUB_ACTIONS: 'true', CI: 'true', GITHUB_STEP_SUMMARY: at('summary.md') };
    const github = await run([...args, '--format', 'ndjson'], { env });
    const withoutRun = (text: string): readonly string[] => text.split('\n').slice(0, -2);
    expect([github.status, withoutRun(github.stdout)]).toEqual([code, withoutRun(plain.stdout)]);
    expect(plain).toMatchObject({ status: code, stderr: '' });
    const commands = github.stderr.trimEnd().split('\n');
    expect(commands.filter((line) => !/^::(?:error|warning|notice) title=[a-z-]+::./.test(line))).toEqual([]);
    expect(commands.length).toBeLessThanOrEqual(10);
    expect(commands[0]).toMatch(new RegExp(`^::(error|warning|notice) title=evidence-diff::${verdict}: `));
    expect(read('summary.md')).toMatch(new RegExp(`^before\n### ${verdict}&#58; `));
  });
});

describe('a summary for GitHub', () => {
  const summary = async (
    path: string,
    args: readonly string[] = [],
  ): Promise<{ status: number | null; stderr: string }> => {
    const env = { GITHUB_STEP_SUMMARY: path };
    const { status, stderr } = await run([BASELINE, CURRENT, '--quiet', ...args], { env });
    return { status, stderr };
  };

  it('that cannot be written is a warning', async () => {
    mkdirSync(at('a-folder'), { recursive: true });
    for (const path of [at('no/such/folder'), at('a-folder'), '/dev/null']) {
      const { status, stderr } = await summary(path);
      expect(status).toBe(0);
      expect(stderr).toMatch(/^warning: no summary was appended to GITHUB_STEP_SUMMARY, .*\n$/);
    }
  });

  it('does not wait for a reader of a pipe', async () => {
    expect(spawnSync('mkfifo', [at('pipe')]).status).toBe(0);
    expect(await summary(at('pipe'))).toMatchObject({ status: 0, stderr: expect.stringContaining('warning: ') });
  });

  it('is never appended to an input or an output, by whatever name', async () => {
    const copy = at('evidence.json');
    writeFileSync(copy, readFileSync(BASELINE));
    symlinkSync(copy, at('link.md'));
    const env = { GITHUB_STEP_SUMMARY: at('link.md') };
    expect(await run([copy, CURRENT, '--quiet'], { env })).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('it is an input or an output'),
    });
    expect(readFileSync(copy)).toEqual(readFileSync(BASELINE));
    const { status, stderr } = await summary(at('out.json'), ['--output', at('out.json')]);
    expect([status, stderr.includes('it is an input or an output')]).toEqual([0, true]);
    expect(JSON.parse(read('out.json'))).toMatchObject({ verdict: 'PASS' });
  });

  it('is not written where it is not asked for', async () => {
    const before = readdirSync(folder);
    expect(await summary('')).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('--metrics', () => {
  it('of verify-all say that the source is sound, and nothing of continuity', async () => {
    const args = ['verify-all', TAMPERED, '--metrics', at('v.prom'), '--metrics-label', 'site=a"b'];
    expect(await run(args)).toMatchObject({ status: 0, stderr: '' });
    const metrics = metricsAt('v.prom');
    expect([...metrics.types.keys()]).not.toContain('evidence_continuity_verdict');
    expect(verdictsIn(metrics)).toEqual(['PASS']);
    expect(new Set(metrics.samples.map(({ labels }) => labels['site']))).toEqual(new Set(['a"b']));
    const records = metrics.samples.filter(({ name }) => name === 'evidence_records');
    expect(records.reduce((sum, { value }) => sum + value, 0)).toBe(20);
  });

  it('of verify-all say INCOMPLETE of what could not be read', async () => {
    expect((await run(['verify-all', ABSENT, '--metrics', at('v.prom')])).status).toBe(2);
    expect(verdictsIn(metricsAt('v.prom'))).toEqual(['INCOMPLETE']);
  });

  it('can be read by everybody, whatever the umask', () => {
    const line = `umask 077; "${process.execPath}" "${BIN}" "${BASELINE}" "${CURRENT}" --metrics m.prom --output m.json`;
    expect(spawnSync('bash', ['-c', line], { cwd: folder }).status).toBe(0);
    const modes = ['m.prom', 'm.json'].map((name) => (statSync(at(name)).mode & 0o777).toString(8));
    expect(modes).toEqual(['644', '600']);
  });

  it('that cannot be written are found before anything is read: exit code 2, also of what would be a FAIL', async () => {
    const path = at('no-folder/m.prom');
    const { status, stderr } = await run([BASELINE, CURRENT, '--quiet', '--metrics', path]);
    expect(status).toBe(2);
    expect(stderr).toContain('report-write-failed: ');
    expect((await run([BASELINE, TAMPERED, '--quiet', '--metrics', path])).status).toBe(2);
    expect((await run(['verify-all', CURRENT, '--quiet', '--metrics', path])).status).toBe(2);
  });

  it('do not say PASS if another output could not be written', async () => {
    const args = [BASELINE, CURRENT, '--output', at('no-folder/r.json'), '--metrics', at('w.prom')];
    expect((await run(args)).status).toBe(2);
    const metrics = metricsAt('w.prom');
    expect(verdictsIn(metrics)).toEqual(['INCOMPLETE']);
    expect(metrics.samples.filter(({ name }) => name === 'evidence_failures_total')).toEqual([]);
  });

  it.each([
    ['-'],
    [BASELINE],
    ['m.json', '--output', 'm.json'],
    ['m.prom', '--metrics-label', 'tenant=x'],
    ['m.prom', '--metrics-label', '9=x'],
    ['m.prom', '--metrics-label', 'a=1', '--metrics-label', 'a=2'],
    ['m.prom', '--metrics-label', 'a'],
  ])('%j %j is a usage error', async (...args) => {
    const { status } = await run([BASELINE, CURRENT, '--metrics', ...args], { cwd: folder });
    expect(status).toBe(64);
  });

  it('--metrics-label alone is a usage error', async () => {
    expect((await run([BASELINE, CURRENT, '--metrics-label', 'a=1'])).status).toBe(64);
  });

  const LIST = entries(20_000);

  async function interrupted(name: string, signal: NodeJS.Signals): Promise<number | null> {
    const before = writeSnapshotFile(at('before.ndjson'), LIST);
    expect((await run([BASELINE, CURRENT, '--quiet', '--metrics', at(name)])).status).toBe(0);
    expect(verdictsIn(metricsAt(name))).toEqual(['PASS']);
    const running = start([before, '-', '--metrics', at(name)]);
    running.child.stdin?.write(headerLine() + LIST.slice(0, 2000).map(recordLine).join(''));
    while (verdictsIn(metricsAt(name))[0] === 'PASS') await wait(20);
    await wait(300);
    running.child.kill(signal);
    return (await running.ended).status;
  }

  it('of a run that is killed no longer say the PASS of the run before', async () => {
    expect(await await interrupted('killed.prom', 'SIGKILL')).toBeNull();
    const metrics = metricsAt('killed.prom');
    expect(verdictsIn(metrics)).toEqual(['INCOMPLETE']);
    expect(sampleOf(metrics, 'evidence_verify_in_progress')).toBe(1);
    expect(sampleOf(metrics, 'evidence_verify_last_run_timestamp_seconds')).toBeUndefined();
  });

  it('of a run that a signal stopped say INCOMPLETE', async () => {
    expect(await await interrupted('stopped.prom', 'SIGTERM')).toBe(143);
    const metrics = metricsAt('stopped.prom');
    expect(verdictsIn(metrics)).toEqual(['INCOMPLETE']);
    expect(sampleOf(metrics, 'evidence_verify_in_progress')).toBe(0);
  });

  it('are left alone by a command line that is wrong', async () => {
    writeFileSync(at('left.prom'), 'old');
    expect((await run([BASELINE, CURRENT, '--metrics', at('left.prom'), '--nonsense'])).status).toBe(64);
    expect(read('left.prom')).toBe('old');
  });
});

describe('standard output', () => {
  it.each(['ndjson', 'junit'])('with --format %s and --output has nothing', async (format) => {
    const args = [BASELINE, CURRENT, '--format', format, '--output', at('other')];
    expect(await run(args)).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { run } from '../cli/in-process.ts';
import { evidenceDiff } from './command.ts';
import { ROOT } from './documents.ts';
import { refusingModules } from './refusing-modules.ts';

const COMMITTED = join(ROOT, 'fixtures/quickstart');
const FILES = ['baseline.json', 'current.json', 'sboms-after.json', 'sboms-before.json', 'tampered.json'];
const made = mkdtempSync(join(tmpdir(), 'quickstart-'));
afterAll(() => rmSync(made, { recursive: true, force: true }));

async function compare(
  current: string,
): Promise<{ readonly status: number | null; readonly report: ContinuityReport }> {
  const names = ['baseline.json', current].map((name) => join(COMMITTED, name));
  const { status, stdout } = await run([...names, '--format', 'json']);
  return { status, report: JSON.parse(stdout) as ContinuityReport };
}

describe('the snapshots of the quick start', () => {
  beforeAll(() => {
    const script = ['--import', './test/register-ts.mjs', 'fixtures/make-quickstart.ts', made];
    const { status, stderr } = spawnSync(process.execPath, script, { cwd: ROOT, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.each(FILES)('%s is, byte for byte, what its script makes', (name) => {
    expect(readFileSync(join(made, name), 'utf8')).toBe(readFileSync(join(COMMITTED, name), 'utf8'));
  });

  it('are all that is there', () => {
    expect(readdirSync(COMMITTED).sort()).toEqual(FILES);
    expect(readdirSync(made).sort()).toEqual(FILES);
  });

  it('are small, of two tenants, with one chain and one set each', async () => {
    const { report } = await compare('current.json');
    expect(report.current.records).toBeLessThanOrEqual(30);
    expect(report.tenants.map(({ tenant, streams }) => [tenant, streams.map(({ ordered }) => ordered)])).toEqual([
      ['acme', [false, true]],
      ['globex', [false, true]],
    ]);
  });

  it.each(FILES.filter((name) => !name.startsWith('sboms')))('%s is sound in itself', async (name) => {
    expect((await run(['stats', join(COMMITTED, name)])).status).toBe(0);
  });

  it('the grown one is the baseline extended, with everything recomputed', async () => {
    const { status, report } = await compare('current.json');
    expect({ status, verdict: report.verdict, relation: report.relation }).toEqual({
      status: 0,
      verdict: 'PASS',
      relation: 'extended',
    });
    expect(report.findingCounts).toEqual({ 'record-added': 6 });
    expect(report.checks.filter(({ skipped }) => skipped !== undefined)).toEqual([]);
    expect(report.checks.find(({ check }) => check === 'hash-recipe')?.done).toBeGreaterThan(0);
  });

  it('is compared without a schema library, a key, a database driver or a renderer that nobody asked for', () => {
    const args = [join(COMMITTED, 'baseline.json'), join(COMMITTED, 'current.json')];
    const unneeded = ['zod/', 'pg/', 'pdfkit/'].map((name) => `/node_modules/${name}`);
    const env = refusingModules([...unneeded, '/chunks/dsse', '/chunks/html', '/dist/index.js']);
    expect(evidenceDiff(args, { env })).toMatchObject({ status: 0, stderr: '' });
    const caught = evidenceDiff(args, { env: refusingModules(['/chunks/comparison-']) });
    expect([caught.status, caught.stderr]).toEqual([70, expect.stringContaining('loaded file:')]);
  });

  it('B04: the tampered one has an edit, a loss and a chain made anew, each under its own name', async () => {
    const { status, report } = await compare('tampered.json');
    expect(status).toBe(1);
    const found = report.findings.map(({ kind, tenant, id, path }) => [kind, tenant, id, path]);
    expect(found).toContainEqual(['record-modified', 'globex', 'policy-verdict:web-shop', '/body/riskScore']);
    expect(found).toContainEqual(['record-missing', 'acme', 'attestation:ledger-ui', undefined]);
    expect(found).toContainEqual(['record-modified', 'acme', 'acme-event-3', '/body/riskScore']);
    expect(found).toContainEqual(['record-relinked', 'acme', 'acme-event-4', '/prev']);
    expect(found).toContainEqual(['chain-rewritten', 'acme', undefined, undefined]);
  });
});

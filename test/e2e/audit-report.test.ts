/** Step 33 of an upgrade as a user runs it: from files, and from a real database. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonSchemas } from '../../src/api/json-schemas.ts';
import type { AuditReport } from '../../src/audit-report/tally.ts';
import { run } from '../cli/in-process.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../postgres/binaries.ts';
import { appendToLedger, createLedger, type LedgerPlan } from '../postgres/ledger-store.ts';
import { serverOfFile } from '../postgres/server-of-file.ts';
import { closeSet, pagesOf, popplerAvailable, skippedWithoutPoppler } from '../reports/pdf-tools.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { Ended } from './command.ts';

const quickstart = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/quickstart/${name}`, import.meta.url));
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(jsonSchemas()['audit-report']);
const SINCE = '2027-03-01T10:00:00Z';
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

function audit(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return run(['audit-report', ...args], { cwd: folder, env });
}

function reportAt(name: string): AuditReport {
  const report: unknown = JSON.parse(readFileSync(at(name), 'utf8'));
  expect(validate(report) ? [] : validate.errors).toEqual([]);
  return report as AuditReport;
}

describe('a signed verdict in an audit report', () => {
  const [was, is] = [quickstart('baseline.json'), quickstart('current.json')];
  const both = [is, '--since', SINCE, '--baseline', was];
  const signed = (name: string, key = 'a.key'): readonly string[] => ['--verdict', name, '--verdict-key', `${key}.pub`];

  beforeAll(async () => {
    for (const name of ['a.key', 'b.key']) await run(['keygen', '--output', name], { cwd: folder });
    const attested: readonly (readonly string[])[] = [
      [was, is, '--attest', 'good.sigstore.json'],
      [was, is, '--attest', 'fail.sigstore.json', '--mode', 'frozen'],
      [was, quickstart('tampered.json'), '--attest', 'other.sigstore.json'],
    ];
    for (const args of attested) await run([...args, '--key', 'a.key', '--output', 'x.json'], { cwd: folder });
  });

  it('is verified: digest, signer and what it says, once, in each format', async () => {
    const ended = await audit([...both, ...signed('good.sigstore.json'), '--output', 'v.json', '--output', 'v.txt']);
    expect(ended).toMatchObject({ status: 0, stdout: expect.stringMatching(/^PASS: /) });
    const { signedVerdict } = reportAt('v.json');
    const sha256 = createHash('sha256')
      .update(readFileSync(at('good.sigstore.json')))
      .digest('hex');
    const says = { verdict: 'PASS', relation: 'extended', mode: 'append' };
    expect(signedVerdict).toMatchObject({ sha256, verified: true, says, findings: [], signedBy: [{}] });
    const text = readFileSync(at('v.txt'), 'utf8');
    expect(text.split(sha256)).toHaveLength(2);
    expect(text).toMatch(/^Signed verdict\n(.+\n)*? +verified +yes/m);
    expect(text).toContain(signedVerdict?.signedBy[0]?.sha256);
  });

  it.each([
    ['by another key', signed('good.sigstore.json', 'b.key'), 3, 'key-untrusted'],
    ['of another source', signed('other.sigstore.json'), 3, 'digest-mismatch'],
    ['that is not there', signed('none.sigstore.json'), 2, 'source-incomplete'],
    ['that is none', signed('a.key.pub'), 2, 'input-malformed'],
  ] as const)('one %s is named, and never called verified', async (_, asked, code, kind) => {
    const ended = await audit([...both, ...asked, '--output', 'w.json', '--output', 'w.txt']);
    expect(ended.status, ended.stdout).toBe(code);
    expect(ended.stdout).toMatch(/^(UNTRUSTED|INCOMPLETE): the signed verdict is not verified; /);
    const { signedVerdict, verdict } = reportAt('w.json');
    expect(signedVerdict).toMatchObject({ verified: false, says: null });
    expect(signedVerdict?.findings.map((finding) => finding.kind)).toContain(kind);
    const text = readFileSync(at('w.txt'), 'utf8');
    expect([text.startsWith(verdict), /verified +yes/.test(text)]).toEqual([true, false]);
    expect(text).toMatch(new RegExp(`verified +NO: ${kind}`));
  });

  it('that says FAIL lets nothing pass', async () => {
    const ended = await audit([...both, ...signed('fail.sigstore.json')]);
    expect([ended.status, ended.stdout.split(';')[0]]).toEqual([1, 'FAIL: the signed verdict says FAIL']);
  });

  it('needs a key, and a key needs it', async () => {
    for (const args of [
      ['--verdict', 'good.sigstore.json'],
      ['--verdict-key', 'a.key.pub'],
    ]) {
      const { status, stderr } = await audit([is, '--since', SINCE, ...args]);
      expect([status, stderr]).toEqual([64, expect.stringContaining('--verdict')]);
    }
  });
});

describe('audit-report of files', () => {
  it('counts since then and recomputes everything, without a baseline', async () => {
    const ended = await audit([quickstart('current.json'), '--since', SINCE, '--output', 'a.json']);
    expect(ended).toMatchObject({
      status: 0,
      stderr: '',
      stdout: `PASS: 21 records sound in 2 tenants; 6 recorded since ${SINCE}\n`,
    });
    const report = reportAt('a.json');
    expect(report).toMatchObject({ times: { since: 6, before: 15 }, added: null, comparison: null, journal: null });
    expect(report.notChecked.join()).toContain('without a baseline');
  });

  it('refuses a demand on a baseline where there is none', async () => {
    const asked = (...args: readonly string[]) => audit([quickstart('current.json'), '--since', SINCE, ...args]);
    for (const args of [
      ['--trusted-key', 'a.pub'],
      ['--expect-digest', `sha256:${'0'.repeat(64)}`],
      ['--require-signature'],
      ['--max-baseline-age', '7d'],
    ]) {
      const { status, stderr } = await asked(...args);
      expect([status, stderr]).toEqual([64, expect.stringContaining(`${args[0]} is about the baseline`)]);
    }
    const wrong = await asked('--baseline', quickstart('baseline.json'), '--expect-digest', `sha256:${'0'.repeat(64)}`);
    expect([wrong.status, wrong.stdout]).toEqual([3, expect.stringContaining('digest-mismatch')]);
  });

  it('says with a baseline what was added, and that the times agree', async () => {
    const baseline = ['--baseline', quickstart('baseline.json')];
    expect(
      (await audit([quickstart('current.json'), '--since', SINCE, ...baseline, '--output', 'b.json'])).status,
    ).toBe(0);
    const { added, comparison } = reportAt('b.json');
    expect(added).toMatchObject({ records: 6, agrees: true, sinceNotAdded: 0, backDated: { records: 0, listed: [] } });
    expect(comparison?.totals).toMatchObject({ matched: 15, added: 6 });
  });

  it('shows back-dated additions, and changes no verdict for them', async () => {
    const args = [quickstart('current.json'), '--since', '2099-01-01', '--baseline', quickstart('baseline.json')];
    const ended = await audit([...args, '--output', 'c.json']);
    expect(ended).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^PASS: .*; 0 recorded since 2099-01-01; 6 back-dated\n$/),
    });
    const { added } = reportAt('c.json');
    expect(added?.agrees).toBe(false);
    expect(added?.backDated.listed).toHaveLength(6);
    expect((await audit(args)).stdout).toContain('They DIFFER: 6 of the 6 added records');
  });

  it('has the exit code of what it found', async () => {
    const tampered = [quickstart('tampered.json'), '--since', SINCE];
    expect((await audit(tampered)).status).toBe(0);
    expect(await audit([...tampered, '--baseline', quickstart('baseline.json')])).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^FAIL: 1 missing/),
    });
    expect((await audit(['nowhere.json', '--since', SINCE])).status).toBe(2);
    writeFileSync(at('cut.json'), readFileSync(quickstart('current.json')).subarray(0, 3000));
    expect((await audit(['cut.json', '--since', SINCE, '--output', 'cut-report.json'])).status).toBe(2);
    expect(reportAt('cut-report.json')).toMatchObject({ verdict: 'INCOMPLETE', roots: [] });
    expect(
      (await audit([quickstart('baseline.json'), '--since', SINCE, '--baseline', quickstart('baseline.json')])).status,
    ).toBe(3);
  });

  it.each([
    ['an empty time', ['--since', '']],
    ['an impossible day', ['--since', '2027-02-30']],
    ['no time', []],
    ['a time without an offset', ['--since', '2027-03-01T10:00:00']],
    ['two times', ['--since', '2027-03-01', '--since', '2027-03-02']],
    ['an output that names no format', ['--since', SINCE, '--output', 'a.docx']],
    ['an unknown option', ['--since', SINCE, '--diary', 'x']],
  ])('is a usage error with %s', async (_, args) => {
    expect(await audit([quickstart('current.json'), ...args])).toMatchObject({ status: 64, stdout: '' });
  });

  it.runIf(popplerAvailable)(`draws text and PDF from the one object${skippedWithoutPoppler}`, async () => {
    const args = [quickstart('current.json'), '--since', SINCE, '--baseline', quickstart('baseline.json')];
    expect(await audit([...args, '--output', 'd.pdf', '--output', 'd.json', '--output', 'd.txt'])).toMatchObject({
      status: 0,
      stderr: '',
    });
    const report = reportAt('d.json');
    const pages = pagesOf(readFileSync(at('d.pdf')));
    const all = closeSet(pages.join(''));
    expect(all).toContain(closeSet(report.headline));
    expect(all).toContain(report.source.sha256);
    expect(all).toContain(report.source.globalRoot);
    expect(all).toContain(closeSet('They agree: the 6 added records'));
    for (const { type, days } of report.tenants.flatMap(({ types }) => types)) {
      for (const { day, records } of days) expect(all).toContain(`"${type}"${day}${records}`);
    }
    for (const [index, page] of pages.entries()) expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
    const text = readFileSync(at('d.txt'), 'utf8');
    expect(text.split('\n')[0]).toBe(report.headline);
    // The comparison in it says the same as a report of its own would.
    for (const drawn of [all, closeSet(text)]) {
      expect(drawn).toContain('Demanded:4held');
      expect(drawn).toContain(closeSet(report.comparison?.baseline.sha256 ?? ''));
      expect(drawn).toContain(closeSet('How to repeat it'));
      expect(drawn).toContain('signaturenonewasverified');
    }
    expect(pages[0]).toMatch(/Name +Role +Date +Signature/);
  });
});

const PLAN: LedgerPlan = { rows: 120, tenants: 2, chainsPerTenant: 1, seed: 'audit' };

describe.runIf(postgresAvailable)(`audit-report of a live database${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();

  beforeAll(async () => {
    const client = await server().connect();
    await createLedger(client, PLAN);
    await client.end();
  });

  it('takes the source from the environment, as the runbook does, and tells what came since the baseline', async () => {
    const env = { EVIDENCE_SOURCE: server().url() };
    expect((await run(['verify-all', '--output', 'baseline.json'], { cwd: folder, env })).status).toBe(0);
    const client = await server().connect();
    await appendToLedger(client, PLAN, 5);
    await client.end();
    const args = ['--since', '1970-01-01', '--baseline', 'baseline.json', '--output', 'pg.json', '--output', 'pg.pdf'];
    expect(await audit(args, env)).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^PASS: 120 baseline records intact/),
    });
    const { added, times, source, comparison } = reportAt('pg.json');
    const grown = comparison?.totals.added ?? 0;
    expect(grown).toBeGreaterThan(0);
    expect(times).toEqual({ since: 120 + grown, before: 0, infinite: 0, absent: 0, unparsable: 0 });
    expect(added).toMatchObject({ records: grown, sinceNotAdded: 120, agrees: false });
    expect(source.sha256).toBeNull();
    const bytes = readFileSync(at('pg.pdf'));
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(readFileSync(at('pg.json'), 'utf8')).not.toContain('password');
    expect((await run(['audit-report', '--since', '', '--output', 'x.pdf'], { cwd: folder, env })).status).toBe(64);
  });
});

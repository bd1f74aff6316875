/** The evidence steps of an upgrade, as a runbook prints them: each command line literally, before and after. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { run } from '../cli/in-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { Ended } from './command.ts';
import { ROOT } from './documents.ts';

const folder = temporaryFolder();
const FIXTURES = join(ROOT, 'fixtures/quickstart');

let upgrades = 0;

/** A machine in the middle of an upgrade: a store, folders for what is kept, and the command in it. */
class Upgrade {
  readonly place = join(folder, String(++upgrades));
  readonly store = join(this.place, 'store.json');

  constructor() {
    for (const name of ['', 'backup', 'reports', 'tmp']) mkdirSync(join(this.place, name));
    this.become('baseline.json');
  }

  /** What the store holds from now on. */
  become(fixture: string): void {
    copyFileSync(join(FIXTURES, fixture), this.store);
  }

  configure(config: object): void {
    writeFileSync(join(this.place, 'evidence-diff.config.json'), JSON.stringify(config));
  }

  /** Runs `line`, in which folders begin with a slash as in a runbook, with the store in EVIDENCE_SOURCE. */
  run(line: string, env: Record<string, string> = { EVIDENCE_SOURCE: this.store }): Promise<Ended> {
    const args = line.split(' ').map((part) => part.replace(/^\/(backup|reports|tmp)\//, `${this.place}/$1/`));
    return run(args, { cwd: this.place, env });
  }

  read(path: string): string {
    return readFileSync(join(this.place, path), 'utf8');
  }
}

/** Steps 5 to 7. */
const BEFORE = {
  baseline: 'verify-all --output /backup/pre-upgrade-evidence-baseline.json --include-merkle-roots',
  roots: 'roots-export --output /backup/pre-upgrade-merkle-roots.json',
  stats: 'stats',
} as const;

/** Steps 21, 30 to 32, R4 and 40. Step 30 as a report that there is a format for. */
const AFTER = {
  migrated: 'verify-all --namespace stellaops-green --output /tmp/post-migration-evidence.json',
  continuity:
    'verify-continuity --baseline /backup/pre-upgrade-evidence-baseline.json --output /reports/continuity-report.json',
  roots: 'verify-roots --baseline /backup/pre-upgrade-merkle-roots.json --output /reports/roots-verification.json',
  stats: 'stats',
  stable: 'verify-all',
} as const;

async function prepared(): Promise<Upgrade> {
  const upgrade = new Upgrade();
  for (const line of [BEFORE.baseline, BEFORE.roots])
    expect(await upgrade.run(line)).toMatchObject({ status: 0, stderr: '' });
  return upgrade;
}

function reportOf(upgrade: Upgrade, path: string): ContinuityReport {
  return JSON.parse(upgrade.read(path)) as ContinuityReport;
}

describe('the steps before an upgrade', () => {
  it('capture a baseline with roots, a file of roots, and counts', async () => {
    const upgrade = new Upgrade();
    const captured = await upgrade.run(BEFORE.baseline);
    expect(captured).toMatchObject({ status: 0, stderr: '' });
    expect(captured.stdout).toMatch(/^PASS: 15 records sound in 2 tenants\n/);
    const baseline = JSON.parse(upgrade.read('backup/pre-upgrade-evidence-baseline.json'));
    expect(baseline).toMatchObject({ kind: 'evidence-snapshot', depth: 'digest', trailer: { records: 15 } });
    const digest = /--expect-digest: (sha256:[0-9a-f]{64})/.exec(captured.stdout)?.[1] ?? '';
    expect((await upgrade.run(`${AFTER.continuity} --expect-digest ${digest}`)).status).toBe(0);

    expect(await upgrade.run(BEFORE.roots)).toMatchObject({ status: 0, stdout: '' });
    const roots = JSON.parse(upgrade.read('backup/pre-upgrade-merkle-roots.json'));
    expect(roots).toMatchObject({ kind: 'evidence-roots', globalRoot: baseline.trailer.globalRoot });
    expect(captured.stdout).toContain(`global root  ${roots.globalRoot}`);

    expect((await upgrade.run(BEFORE.stats)).stdout).toMatch(/^records 15\ntenants 2\n/);
  });

  it('work as the shorter guides print them', async () => {
    const upgrade = new Upgrade();
    expect(JSON.parse((await upgrade.run('stats --detailed')).stdout)).toMatchObject({
      kind: 'evidence-stats',
      records: 15,
    });
    expect((await upgrade.run('roots-export --all')).stdout).toMatch(/^global root [0-9a-f]{64} records 15\n/);
    const { globalRoot } = JSON.parse((await upgrade.run('roots-export --format json')).stdout);
    expect((await upgrade.run('verify-all --output pre-upgrade-baseline.json')).status).toBe(0);
    expect(upgrade.read('pre-upgrade-baseline.json')).not.toContain('Root');
    expect((await upgrade.run('roots-export pre-upgrade-baseline.json', {})).stdout).toContain(
      `global root ${globalRoot} records 15`,
    );
  });
});

describe('the steps after an upgrade', () => {
  it('pass on the same store', async () => {
    const upgrade = await prepared();
    const before = (await upgrade.run(BEFORE.stats)).stdout;
    upgrade.configure({ namespaces: { 'stellaops-green': 'store.json' } });
    expect(await upgrade.run(AFTER.migrated, {})).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(upgrade.read('tmp/post-migration-evidence.json')).trailer).not.toHaveProperty('globalRoot');
    for (const line of [AFTER.continuity, AFTER.roots]) {
      expect(await upgrade.run(line)).toMatchObject({ status: 0, stderr: '' });
    }
    expect(reportOf(upgrade, 'reports/continuity-report.json')).toMatchObject({
      verdict: 'PASS',
      relation: 'identical',
    });
    expect(reportOf(upgrade, 'reports/roots-verification.json')).toMatchObject({
      verdict: 'PASS',
      relation: 'identical',
    });
    expect((await upgrade.run(AFTER.stats)).stdout).toBe(before);
    expect(await upgrade.run(AFTER.stable)).toMatchObject({ status: 0, stderr: '' });
  });

  it('pass on a store that grew, but for roots that cannot prove it', async () => {
    const upgrade = await prepared();
    upgrade.become('current.json');
    expect((await upgrade.run(AFTER.continuity)).stdout).toBe(
      'PASS: 15 baseline records intact in 2 tenants; 6 added\n',
    );
    const roots = await upgrade.run(AFTER.roots);
    expect([roots.status, roots.stdout.split(':')[0]]).toEqual([2, 'INCOMPLETE']);
    expect((await upgrade.run(`${AFTER.continuity} --mode frozen`)).status).toBe(1);
  });

  it('fail on a store that was tampered with', async () => {
    const upgrade = await prepared();
    upgrade.become('tampered.json');
    expect(await upgrade.run(AFTER.continuity)).toMatchObject({ status: 1, stdout: expect.stringMatching(/^FAIL: /) });
    expect(reportOf(upgrade, 'reports/continuity-report.json').verdict).toBe('FAIL');
    expect((await upgrade.run(AFTER.roots)).status).toBe(1);
  });

  it('do not take a store that is not there for one that is the same', async () => {
    const upgrade = await prepared();
    const baseline = upgrade.read('backup/pre-upgrade-evidence-baseline.json');
    const gone = { EVIDENCE_SOURCE: 'nowhere.json' };
    for (const line of [AFTER.continuity, AFTER.roots, AFTER.stable, AFTER.stats, BEFORE.baseline, BEFORE.roots]) {
      expect([line, (await upgrade.run(line, gone)).status]).toEqual([line, 2]);
    }
    expect(upgrade.read('backup/pre-upgrade-evidence-baseline.json')).toBe(baseline);
    for (const line of [AFTER.continuity, AFTER.migrated, AFTER.stable])
      expect((await upgrade.run(line, {})).status).toBe(64);
    expect(existsSync(join(upgrade.place, 'tmp/post-migration-evidence.json'))).toBe(false);
    expect(readdirSync(join(upgrade.place, 'backup')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('refuse a report that there is no format for, before anything is read', async () => {
    const upgrade = await prepared();
    const { status, stderr } = await upgrade.run(
      'verify-continuity --baseline /backup/pre-upgrade-evidence-baseline.json --output /reports/continuity-report.docx',
    );
    expect([status, stderr]).toEqual([64, expect.stringContaining('its ending names no format')]);
  });

  it('never replace the store or the baseline', async () => {
    const upgrade = await prepared();
    for (const line of [
      'verify-all --output store.json',
      'stats --output store.json --format json',
      'verify-continuity --baseline /backup/pre-upgrade-merkle-roots.json --output store.json',
      'verify-roots --baseline /backup/pre-upgrade-merkle-roots.json --output /backup/pre-upgrade-merkle-roots.json',
    ]) {
      const { status, stderr } = await upgrade.run(line);
      expect([line, status, stderr]).toEqual([
        line,
        64,
        expect.stringMatching(/would replace the input|is not replaced/),
      ]);
    }
    expect(upgrade.read('store.json')).toBe(readFileSync(join(FIXTURES, 'baseline.json'), 'utf8'));
  });

  it('give what was asked for on standard output alone', async () => {
    const upgrade = await prepared();
    expect(await upgrade.run('verify-all --quiet --output q.json')).toEqual({ status: 0, stdout: '', stderr: '' });
    const report = await upgrade.run('verify-roots --baseline /backup/pre-upgrade-merkle-roots.json --format json');
    expect(JSON.parse(report.stdout)).toMatchObject({ verdict: 'PASS' });
    const swapped = await upgrade.run('verify-roots --baseline /backup/pre-upgrade-evidence-baseline.json');
    expect([swapped.status, swapped.stdout]).toEqual([2, expect.stringContaining('verify-continuity')]);
  });
});

describe('a capture of a faulty store', () => {
  /** One link of a chain cut; the trailer states roots only if it is to contradict the records as well. */
  function cutALink(upgrade: Upgrade, roots: boolean): void {
    const store = JSON.parse(upgrade.read('store.json'), (name, value) =>
      !roots && (name === 'root' || name === 'globalRoot') ? undefined : value,
    );
    store.records.find((record: { seq?: number }) => record.seq === 2).prev = 'f'.repeat(64);
    writeFileSync(upgrade.store, JSON.stringify(store));
  }

  it('is FAIL, says what is wrong, and is a snapshot that says so again', async () => {
    const upgrade = new Upgrade();
    cutALink(upgrade, false);
    const { status, stdout } = await upgrade.run('verify-all --output b.json');
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^FAIL: 1 chain-break; 15 records in 2 tenants\n/)]);
    expect(stdout).toMatch(/seq 2, id "acme-event-2"[\s\S]*written to b\.json[\s\S]*Exit code 1\n$/);
    expect(await upgrade.run('verify-all b.json', {})).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('chain-break'),
    });
  });

  it('is not written where the snapshot would no longer show what is wrong', async () => {
    const upgrade = new Upgrade();
    cutALink(upgrade, true);
    writeFileSync(join(upgrade.place, 'b.json'), 'old');
    const { status, stdout } = await upgrade.run('verify-all --output b.json');
    expect([status, stdout]).toEqual([1, expect.stringContaining('would no longer show manifest-mismatch')]);
    expect(upgrade.read('b.json')).toBe('old');
  });
});

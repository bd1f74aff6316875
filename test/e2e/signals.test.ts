import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { runs } from '../long.ts';
import { evidenceDiff, type Running, start } from './command.ts';
import { entries, headerLine, recordLine, writeSnapshotFile } from './snapshots.ts';

const folder = mkdtempSync(join(tmpdir(), 'signals-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LIST = entries(20_000);
const BEFORE = writeSnapshotFile(join(folder, 'before.ndjson'), LIST);
const SHRUNK = writeSnapshotFile(
  join(folder, 'shrunk.ndjson'),
  LIST.filter((_, at) => at % 4 === 0),
);

function reportAt(path: string): ContinuityReport {
  return JSON.parse(readFileSync(path, 'utf8')) as ContinuityReport;
}

/**
 * Feeds most of the records and then no more, so that the comparison waits in its middle. It is more than a pipe
 * holds: once it is written, the other end has begun to read, however slow the machine.
 */
async function feedSome({ child }: Running): Promise<void> {
  const text = headerLine() + LIST.slice(0, 15_000).map(recordLine).join('');
  expect(text.length).toBeGreaterThan(16 * 65_536);
  await new Promise<void>((resolve, reject) => {
    child.stdin?.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

// The command gives itself two seconds, and a busy machine may not: what is broken fails each time.
describe('a signal during a comparison', { retry: 4 }, () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    // Of a run that was ended after two seconds there would be no report.
    'G15: %s still writes the report, which says INCOMPLETE, and exits %i within two seconds',
    async (name, code) => {
      const file = join(folder, `${name}.json`);
      rmSync(file, { force: true });
      const running = start([BEFORE, '-', '--output', file]);
      await feedSome(running);
      running.child.kill(name);
      const { status, stdout, stderr } = await running.ended;
      expect(status).toBe(code);
      expect(stdout).toMatch(/^INCOMPLETE: /);
      expect(stderr).toMatch(new RegExp(`^${name}: stopping`));
      const report = reportAt(file);
      expect(report.verdict).toBe('INCOMPLETE');
      expect(report.findings.map(({ kind }) => kind)).toContain('interrupted');
    },
  );

  it('G15: stops stats as well, without figures', async () => {
    const running = start(['stats', '-']);
    await feedSome(running);
    running.child.kill('SIGINT');
    const { status, stdout, stderr } = await running.ended;
    expect({ status, stdout }).toEqual({ status: 130, stdout: '' });
    expect(stderr).toContain('interrupted: ');
  });

  it('G15: stops a capture as well, and leaves the old snapshot', async () => {
    const file = join(folder, 'captured.json');
    writeFileSync(file, 'old');
    const running = start(['verify-all', '-', '--output', file]);
    await feedSome(running);
    running.child.kill('SIGTERM');
    const { status, stdout } = await running.ended;
    expect([status, stdout.split(':')[0]]).toEqual([143, 'INCOMPLETE']);
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder).filter((name) => name.includes('captured.json.'))).toEqual([]);
  });

  async function hanging(...args: readonly string[]): Promise<Running> {
    const running = start([BEFORE, SHRUNK, ...args], 'hangs');
    while (!running.stderr().includes('hanging')) await wait(20);
    return running;
  }

  it('G15: a second one ends at once what does not stop', async () => {
    const running = await hanging();
    running.child.kill('SIGINT');
    while (!running.stderr().includes('stopping')) await wait(10);
    const sentMs = performance.now();
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(130);
    expect(performance.now() - sentMs).toBeLessThan(1000);
  });

  it.each([['SIGINT', 'SIGTERM'], ['SIGHUP']] as const)(
    'G08: %s, where nothing stops: what was opened to be written is gone, and what was there before is not',
    async (...signals) => {
      const report = join(folder, `hung-${signals.length}.json`);
      writeFileSync(report, 'old');
      const running = await hanging('--output', report);
      const litter = (): readonly string[] => readdirSync(folder).filter((name) => name.endsWith('.tmp'));
      expect(litter()).toHaveLength(1);
      for (const signal of signals) {
        running.child.kill(signal);
        while (!running.stderr().includes('stopping')) await wait(10);
      }
      expect((await running.ended).status).toBe(signals.length === 2 ? 130 : 129);
      expect({ litter: litter(), report: readFileSync(report, 'utf8') }).toEqual({ litter: [], report: 'old' });
    },
  );

  it('G15: one ends after two seconds what does not stop', async () => {
    const running = await hanging();
    const sentMs = performance.now();
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(143);
    expect(performance.now() - sentMs).toBeGreaterThan(1500);
    expect(performance.now() - sentMs).toBeLessThan(3500);
  });
});

describe('SIGKILL', () => {
  const temporaries = (): readonly string[] => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

  /** Waits until something is written for `file`, wherever a program may put it at first. */
  async function firstByteOf(file: string, running: Running): Promise<void> {
    const before = new Set(temporaries());
    const nothing = (): boolean => !existsSync(file) && temporaries().every((name) => before.has(name));
    while (nothing()) {
      if (running.child.exitCode !== null) throw new Error(`ended without a report: ${running.stderr()}`);
      await wait(1);
    }
  }

  // Small, so that most of a run is its start and its write.
  const [FEW, LEFT] = ['few', 'left'].map((name, at) =>
    writeSnapshotFile(
      join(folder, `${name}.ndjson`),
      LIST.slice(0, 4000).filter((_, place) => at === 0 || place % 4 === 0),
    ),
  );

  it('G08: at random moments leaves the old report or the new one, never a part of one', async () => {
    const file = join(folder, 'killed.json');
    const args = [FEW ?? '', LEFT ?? '', '--max-findings', '4000', '--output', file, '--quiet'];
    const aloneMs = performance.now();
    expect(evidenceDiff(args).status).toBe(1);
    const wholeMs = performance.now() - aloneMs;
    const whole = { ...reportAt(file), run: null };
    let litter = 0;
    for (let kill = 0; kill < runs(6, 500) || (litter === 0 && kill < 1000); kill++) {
      const aimed = kill % 2 === 0;
      if (aimed) rmSync(file, { force: true });
      const running = start(args);
      if (aimed) await firstByteOf(file, running);
      await wait(Math.random() * (aimed ? 8 : wholeMs));
      running.child.kill('SIGKILL');
      await running.ended;
      if (existsSync(file)) expect({ ...reportAt(file), run: null }).toEqual(whole);
      litter += temporaries().length;
    }
    expect(litter, 'kills that fell into a write').toBeGreaterThan(0);
    expect(evidenceDiff(args).status).toBe(1);
    expect(temporaries()).toEqual([]);
  }, 300_000);
});

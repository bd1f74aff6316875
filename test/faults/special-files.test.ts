/** D24, G05, G06: what is not a regular file that can be read is refused at once, and named. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareSnapshots, EvidenceError, readSnapshot } from '../../src/index.ts';
import { BIN } from '../e2e/command.ts';
import { bundles, ndjson } from '../store.ts';
import { outcomeOf, put, within } from './files.ts';

let folder = '';
let good = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'special-'));
  good = put(folder, 'good.ndjson', ndjson(bundles(2)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;

/** In a process of its own: a reader that never ends would go on for ever in this one. */
function statusOf(...sources: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  const { status, stdout } = spawnSync(process.execPath, [BIN, ...sources], { encoding: 'utf8', timeout: 120_000 });
  return { status, stdout };
}

describe('as a snapshot', () => {
  it('a missing file is INCOMPLETE with its name', async () => {
    const found = await outcomeOf(join(folder, 'nowhere.ndjson'));
    expect(found).toMatchObject({ verdict: 'INCOMPLETE', kinds: ['source-incomplete'] });
    expect(found.message).toMatch(/nowhere\.ndjson: there is no such file; check the path/);
  });

  it('a path through a file, and a path too long for the system, are INCOMPLETE', async () => {
    for (const path of [join(good, 'x'), join(folder, 'n'.repeat(5000))]) {
      expect(await outcomeOf(path)).toMatchObject({ verdict: 'INCOMPLETE', kinds: ['source-incomplete'] });
    }
  });

  it('a folder is INCOMPLETE and called a folder', async () => {
    mkdirSync(join(folder, 'bundle'));
    const found = await outcomeOf(join(folder, 'bundle'));
    expect(found).toMatchObject({ verdict: 'INCOMPLETE', kinds: ['source-incomplete'] });
    expect(found.message).toContain('a folder');
  });

  it('a named pipe that nobody writes to is refused at once', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { status, stdout } = statusOf(pipe, good);
    expect([status, stdout.split('\n')[0]]).toEqual([2, expect.stringMatching(/^INCOMPLETE: .*not a regular file/)]);
  });

  it('a link to a named pipe is refused at once', () => {
    const link = join(folder, 'pipe-link');
    symlinkSync(join(folder, 'pipe'), link);
    expect(statusOf(good, link).status).toBe(2);
  });

  it('an endless device is refused at once, on either side', () => {
    const asBaseline = statusOf('/dev/zero', good);
    expect([asBaseline.status, asBaseline.stdout]).toEqual([2, expect.stringContaining('not a regular file')]);
    expect(statusOf(good, '/dev/zero').status).toBe(2);
  });

  it('/dev/null is refused', async () => {
    expect((await outcomeOf('/dev/null')).kinds).toEqual(['source-incomplete']);
  });

  it('a socket is refused', async () => {
    const path = join(folder, 'socket');
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    expect((await outcomeOf(path)).kinds).toEqual(['source-incomplete']);
    await new Promise((resolve) => server.close(resolve));
  });

  it.skipIf(isRoot)('G06: a file without permission is INCOMPLETE with its name (skipped for root)', async () => {
    const path = put(folder, 'locked.ndjson', ndjson(bundles(1)));
    chmodSync(path, 0);
    const found = await outcomeOf(path);
    expect(found).toMatchObject({ verdict: 'INCOMPLETE', kinds: ['source-incomplete'] });
    expect(found.message).toMatch(/locked\.ndjson: no permission/);
  });

  it('a link to a regular file is followed', async () => {
    const link = join(folder, 'link.ndjson');
    symlinkSync(good, link);
    expect(await outcomeOf(link)).toMatchObject({ verdict: 'PASS' });
  });

  it('a link that leads nowhere, or to itself, is INCOMPLETE', async () => {
    symlinkSync(join(folder, 'gone'), join(folder, 'dangling'));
    symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
    for (const name of ['dangling', 'loop']) {
      expect(await outcomeOf(join(folder, name))).toMatchObject({
        verdict: 'INCOMPLETE',
        kinds: ['source-incomplete'],
      });
    }
  });
});

describe('a comparison of which one side cannot be opened', () => {
  it('still audits the other, and reports both', async () => {
    const bad = put(
      folder,
      'bad.ndjson',
      ndjson(bundles(2), { trailer: { kind: 'evidence-snapshot-trailer', records: 9, tenants: [] } }),
    );
    const report = await within(compareSnapshots(join(folder, 'nowhere'), bad));
    expect(report.findingCounts).toMatchObject({ 'source-incomplete': 1, 'manifest-mismatch': expect.any(Number) });
    expect(report.baseline).toMatchObject({ sha256: null, depth: null, records: 0, globalRoot: null });
    expect(report.current.records).toBe(2);
    expect(report.verdict).toBe('FAIL');
  });

  it('of which both cannot be opened is INCOMPLETE and names both', async () => {
    const report = await within(compareSnapshots(join(folder, 'a'), join(folder, 'b')));
    expect([report.verdict, report.findingCounts]).toEqual(['INCOMPLETE', { 'source-incomplete': 2 }]);
  });

  it('of which both are standard input is a mistake of the caller', async () => {
    await expect(compareSnapshots('-', '-')).rejects.toThrow(TypeError);
  });
});

describe('readSnapshot', () => {
  it('throws what an audit reports', async () => {
    const fault = await readSnapshot(join(folder, 'nowhere')).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(EvidenceError);
    expect((fault as EvidenceError).kind).toBe('source-incomplete');
  });
});

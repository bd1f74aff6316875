/** The demonstration on a real server: it ends well, tells when it does not, and leaves nothing behind however it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { postgresAvailable, skippedWithoutPostgres } from '../postgres/binaries.ts';
import { DemoScript, POINTER } from '../postgres/demo/script.ts';
import { Terminal } from '../postgres/demo/terminal.ts';
import { serverOfFile } from '../postgres/server-of-file.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const MAIN = fileURLToPath(new URL('../postgres/demo/main.ts', import.meta.url));
const REGISTER = fileURLToPath(new URL('../register-ts.mjs', import.meta.url));
const ROWS = 600;
const PATIENCE_MS = 300_000;

const folder = temporaryFolder();
// The server's user must be able to go through it.
chmodSync(folder, 0o755);

interface Demo {
  readonly child: ChildProcess;
  /** All that it makes is in here. */
  readonly place: string;
  readonly printed: () => string;
  readonly ended: Promise<number | null>;
}

function startDemo(args: readonly string[], env: Readonly<Record<string, string>> = {}): Demo {
  const place = mkdtempSync(join(folder, 'demo-'));
  chmodSync(place, 0o755);
  const child = spawn(process.execPath, ['--import', REGISTER, MAIN, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TMPDIR: place, ...env },
  });
  let printed = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (text) => (printed += text));
  const ended = once(child, 'close').then(([status]) => status as number | null);
  return { child, place, printed: () => printed, ended };
}

async function isAnswering(printed: string): Promise<boolean> {
  const [, port] = /port (\d+)\n/.exec(printed) ?? [];
  const socket = connect(Number(port), '127.0.0.1');
  const answers = await new Promise<boolean>((resolve) => {
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
  });
  socket.destroy();
  return answers;
}

async function printedMatch({ child, printed }: Demo, wanted: RegExp): Promise<void> {
  while (!wanted.test(printed())) {
    if (child.exitCode !== null) throw new Error(`it ended before ${wanted}:\n${printed()}`);
    await once(child.stdout ?? child, 'data');
  }
}

describe.runIf(postgresAvailable)(`npm run demo:postgres${skippedWithoutPostgres}`, () => {
  it(
    'ends with 1 where it cannot play',
    async () => {
      for (const { args, env, says } of [
        { args: ['--rows', '10'], env: {}, says: 'not a whole number from 500' },
        { args: [], env: { EVIDENCE_DIFF_TEST_POSTGRES: '/nowhere' }, says: 'no PostgreSQL runs from /nowhere' },
      ]) {
        const demo = startDemo(args, env);
        expect(await demo.ended).toBe(1);
        expect(demo.printed()).toContain(says);
        expect(readdirSync(demo.place)).toEqual([]);
      }
    },
    PATIENCE_MS,
  );

  it(
    'shows PASS after the upgrade, FAIL with the place after tampering, and is gone',
    async () => {
      const demo = startDemo(['--rows', String(ROWS)]);
      const status = await demo.ended;
      const printed = demo.printed();
      expect(status, printed).toBe(0);
      expect(printed).toMatch(/^\$ npx evidence-diff verify-all --output baseline\.ndjson .*--include-merkle-roots$/m);
      expect(printed).toMatch(/^PASS: 600 records sound in 5 tenants$/m);
      expect(printed).toMatch(/^PASS: 600 baseline records intact in 5 tenants; \d+ added$/m);
      expect(printed).toMatch(/^FAIL: .*1 modified/m);
      expect(printed).toContain(POINTER);
      expect(printed).not.toContain(':reader@');
      expect(readdirSync(demo.place)).toEqual([]);
      expect(await isAnswering(printed)).toBe(false);
    },
    PATIENCE_MS,
  );

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'leaves nothing behind when it is stopped in the middle by %s',
    async (signal, code) => {
      const demo = startDemo(['--rows', String(ROWS)]);
      await printedMatch(demo, /verify-all --output baseline/);
      expect(await isAnswering(demo.printed())).toBe(true);
      demo.child.kill(signal);
      expect(await demo.ended, demo.printed()).toBe(code);
      expect(readdirSync(demo.place)).toEqual([]);
      expect(await isAnswering(demo.printed())).toBe(false);
    },
    PATIENCE_MS,
  );
});

describe.runIf(postgresAvailable)(`the demonstration${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();

  it('tells of each verdict that is not the expected one', async () => {
    const command = join(folder, 'always-pass.mjs');
    const report = { verdict: 'PASS', totals: { modified: 0 }, findings: [] };
    const text = `import { writeFileSync } from 'node:fs';
      writeFileSync('tampered.json', ${JSON.stringify(JSON.stringify(report))});
      console.log('PASS: all is well');`;
    writeFileSync(command, text);
    const surprises = await new DemoScript(new Terminal(folder, command), folder).play(server(), ROWS);
    expect(surprises.filter((line) => line.startsWith('headline'))).toHaveLength(4);
    expect(surprises).toContain('exit code after tampering: 0, expected 1');
    expect(surprises).toContain('verdict after tampering: "PASS", expected "FAIL"');
    expect(surprises).toContain('findings of modified records: 0, expected 1');
  });
});

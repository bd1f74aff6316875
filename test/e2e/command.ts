/** Starts the command as users do: dist/cli/bin.js in a process of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const BIN: string = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const REPLACE_ENGINE = fileURLToPath(new URL('replace-engine.mjs', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Settings {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly engine?: BrokenEngine;
}

/** What a test inherits must not decide it: no colours, no CI, unless it says so. */
function environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...extra };
}

/** Runs `evidence-diff` with `args` to its end. */
export function evidenceDiff(args: readonly string[], settings: Settings = {}): Ended {
  const { cwd, input = '', env, engine } = settings;
  const { status, stdout, stderr } = spawnSync(process.execPath, [...replacing(engine), BIN, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    input,
    env: environment({ ...env, ...(engine === undefined ? {} : { BROKEN_ENGINE: engine }) }),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    // A guard against what hangs, never a measure.
    timeout: 300_000,
  });
  return { status, stdout, stderr };
}

/**
 * Runs a line of bash in which `ed` is the command. `--norc`: bash takes a socket as standard input for a remote login,
 * and would read the start file of whoever runs the tests.
 */
export function shell(line: string, cwd: string): Ended {
  const script = `ed() { "${process.execPath}" "${BIN}" "$@"; }; ${line}`;
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], {
    cwd,
    env: environment(),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}

function replacing(engine: BrokenEngine | undefined): readonly string[] {
  return engine === undefined ? [] : ['--import', REPLACE_ENGINE];
}

/** What an engine that is broken in one way does; see replace-engine.mjs. */
export type BrokenEngine = 'never-settles' | 'hangs' | 'throws' | 'throws-source' | 'throws-later' | 'rejects-later';

export interface Running {
  readonly child: ChildProcess;
  /** What was written to standard error so far. */
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
}

/** Starts `evidence-diff` and leaves it running; its standard input stays open. */
export function start(
  args: readonly string[],
  engine?: BrokenEngine,
  extra: Readonly<Record<string, string>> = {},
): Running {
  const env = environment({ ...extra, ...(engine === undefined ? {} : { BROKEN_ENGINE: engine }) });
  const child = spawn(process.execPath, [...replacing(engine), BIN, ...args], { env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  // Whoever is killed reads no more: the pipe to it breaks, which is no fault of the test.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, stdout, stderr }));
  return { child, stderr: () => stderr, ended };
}

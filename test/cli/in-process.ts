/**
 * Runs the command in this process, as `evidenceDiff` of test/e2e/command.ts does in one of its own: starting node costs
 * more than most of what is asked of it.
 *
 * What it cannot show: broken pipes, full disks and redirected files as standard output, terminals, signals to a process,
 * the start and the end of one (what is loaded, exit code 70 of what nobody caught, `--version` without `main`).
 */
import { Readable } from 'node:stream';
import { main } from '../../src/cli/main.ts';
import type { Io } from '../../src/cli/terminal/session.ts';
import type { Ended, Settings } from '../e2e/command.ts';

export type InProcess = Pick<Settings, 'cwd' | 'input' | 'env'> &
  Pick<Io, 'signals'> & {
    /** Given what is printed to either output, in its order. */
    readonly heard?: (bytes: Uint8Array) => void;
    /** The code of the error that every write to standard output ends with: `ENOSPC`. */
    readonly stdoutFails?: string;
    /** In the place of the command of this tree: that of a copy of it. */
    readonly command?: typeof main;
  };

/** What a test inherits must not decide it, as in `evidenceDiff`. */
function environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...extra };
}

/** Standard input and the working directory belong to the process: whoever has them has them alone. */
async function surrounded<T>(cwd: string | undefined, input: string, action: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin');
  if (stdin === undefined) throw new Error('the process has no standard input of its own');
  const stream = Readable.from(input === '' ? [] : [Buffer.from(input)]);
  Object.defineProperty(process, 'stdin', { configurable: true, enumerable: true, get: () => stream });
  if (cwd !== undefined) process.chdir(cwd);
  try {
    return await action();
  } finally {
    if (cwd !== undefined) process.chdir(before);
    Object.defineProperty(process, 'stdin', stdin);
  }
}

async function call(
  args: readonly string[],
  { cwd, input = '', env, signals, heard, stdoutFails, command = main }: InProcess,
): Promise<Ended> {
  const out: Uint8Array[] = [];
  let stderr = '';
  const io: Io = {
    stdout: {
      isTerminal: false,
      write: async (bytes) => {
        if (stdoutFails !== undefined) throw Object.assign(new Error(stdoutFails), { code: stdoutFails });
        out.push(bytes.slice());
        heard?.(bytes.slice());
      },
    },
    stderr: {
      isTerminal: false,
      write: (text) => {
        stderr += text;
        heard?.(Buffer.from(text));
      },
    },
    env: environment(env),
    ...(signals === undefined ? {} : { signals }),
  };
  const status = await surrounded(cwd, input, () => command(args, io));
  return { status, stdout: Buffer.concat(out).toString('utf8'), stderr };
}

let queue: Promise<unknown> = Promise.resolve();

/** Runs `evidence-diff` with `args` to its end, after those that were called before it. */
export function run(args: readonly string[], settings: InProcess = {}): Promise<Ended> {
  const ended = queue.then(() => call(args, settings));
  queue = ended.catch(() => undefined);
  return ended;
}

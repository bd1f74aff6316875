/** Runs test files against one mutant of the tree, in a warm vitest that is started again where it had to be killed. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Run, Told } from './warm-vitest.ts';

/** How a run of test files ended. */
export interface Outcome {
  readonly state: 'passed' | 'failed' | 'timed out';
  /** The file and the test that failed. */
  readonly by: string | undefined;
  readonly milliseconds: number;
}

/** How long a worker may say nothing at all, in milliseconds, whose slowest file takes as long as `slowest`. */
export function silenceFor(slowest: number): number {
  return 20_000 + 5 * slowest;
}

export class Tests {
  readonly #tree: string;
  #vitest: Promise<ChildProcess> | undefined;

  constructor(tree: string) {
    this.#tree = tree;
  }

  #start(): Promise<ChildProcess> {
    const child = fork(fileURLToPath(new URL('warm-vitest.ts', import.meta.url)), [this.#tree], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    return new Promise((resolve, reject) => {
      child.once('message', () => resolve(child));
      child.once('exit', () => reject(new Error('vitest did not start')));
    });
  }

  /** @param silence - milliseconds without a word of any file, after which it is given up */
  async run(run: Run, silence: number): Promise<Outcome> {
    this.#vitest ??= this.#start();
    const vitest = await this.#vitest;
    const started = performance.now();
    let by: string | undefined;
    const state = await new Promise<Outcome['state']>((resolve) => {
      const giveUp = (): void => resolve('timed out');
      let timer = setTimeout(giveUp, silence);
      vitest.removeAllListeners('message');
      vitest.on('message', (told: Told) => {
        clearTimeout(timer);
        timer = setTimeout(giveUp, silence);
        if (told.is === 'file' && told.failed !== undefined) by ??= `${told.file}: ${told.failed}`;
        if (told.is !== 'done') return;
        clearTimeout(timer);
        by ??= told.fault;
        resolve(by === undefined ? 'passed' : 'failed');
      });
      vitest.removeAllListeners('exit');
      vitest.once('exit', () => {
        clearTimeout(timer);
        this.#vitest = undefined;
        by = 'vitest ended';
        resolve('failed');
      });
      vitest.send(run);
    });
    if (state === 'timed out') await this.close();
    return { state, by, milliseconds: Math.round(performance.now() - started) };
  }

  /** Kills vitest with all that it started. */
  async close(): Promise<void> {
    const vitest = await this.#vitest;
    this.#vitest = undefined;
    if (vitest?.pid === undefined) return;
    vitest.removeAllListeners('exit');
    const ended = new Promise((resolve) => vitest.once('exit', resolve));
    process.kill(-vitest.pid, 'SIGKILL');
    await ended;
  }
}

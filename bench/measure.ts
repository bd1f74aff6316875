/** Runs a command as a child process and measures it: wall clock, CPU, and the peak memory of its largest process. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Measure {
  readonly wallMs: number;
  /** User and system time of the command and all that it started. */
  readonly cpuMs: number;
  /** Peak resident set of the largest process; null where there is no /proc. */
  readonly peakRssBytes: number | null;
}

export interface Run extends Measure {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const SAMPLE_EVERY_MS = 20;

// Node gives no figures of its children; bash's `time` does, to the millisecond. Bash also stands between this process
// and the command so that the kernel does not count the memory of this process as the command's (execve keeps it).
const TIMED = 'TIMEFORMAT=\'%3R %3U %3S\'; time "$@" 2>&3';

/** Watches a process and all below it. The kernel keeps the peak, so a sample misses only what comes after it. */
class MemoryWatch {
  readonly #peaks: Map<number, number> = new Map();

  sample(pid: number): void {
    try {
      const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      if (kilobytes !== undefined) this.#peaks.set(pid, Number(kilobytes) * 1024);
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      for (const child of children.split(' ')) if (child !== '') this.sample(Number(child));
    } catch {
      // The process has ended, or the system has no /proc.
    }
  }

  get peakRssBytes(): number | null {
    return this.#peaks.size === 0 ? null : Math.max(...this.#peaks.values());
  }
}

/** Without the certificates that Node parses at each start where it is given some: they double the time of `node -e 0`. */
const { NODE_EXTRA_CA_CERTS: _, ...ENVIRONMENT } = process.env;

/**
 * Runs `command` to its end.
 *
 * @param command - the program and its arguments; no shell reads them
 * @throws Error if it could not be started
 */
export function measured(command: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', TIMED, 'bench', ...command], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: ENVIRONMENT,
    });
    const [, stdout, times, stderr] = child.stdio.map((pipe) => {
      const texts: string[] = [];
      pipe?.on('data', (bytes: Uint8Array) => texts.push(String(bytes)));
      return texts;
    });
    const watch = new MemoryWatch();
    const timer = setInterval(() => watch.sample(child.pid ?? 0), SAMPLE_EVERY_MS);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      const [wall = NaN, user = NaN, system = NaN] = (times?.join('').trim() ?? '').split(' ').map(Number);
      resolve({
        wallMs: wall * 1000,
        cpuMs: (user + system) * 1000,
        peakRssBytes: watch.peakRssBytes,
        exitCode: code ?? -1,
        stdout: stdout?.join('') ?? '',
        stderr: stderr?.join('') ?? '',
      });
    });
  });
}

/** The middle one; the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/** Medians, each figure by itself. */
export interface Medians extends Measure {
  /** The highest peak of all runs. */
  readonly highestRssBytes: number | null;
}

export function medianOf(runs: readonly Measure[]): Medians {
  const peaks = runs.map((run) => run.peakRssBytes).filter((peak) => peak !== null);
  return {
    wallMs: median(runs.map((run) => run.wallMs)),
    cpuMs: median(runs.map((run) => run.cpuMs)),
    peakRssBytes: peaks.length === 0 ? null : median(peaks),
    highestRssBytes: peaks.length === 0 ? null : Math.max(...peaks),
  };
}

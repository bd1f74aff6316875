/** What the demonstration shows: each command as it would be typed, and what it printed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const BIN: string = fileURLToPath(new URL('../../../dist/cli/bin.js', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
}

export class Terminal {
  readonly #folder: string;
  readonly #command: string;
  readonly #environment: Record<string, string>;
  #running: ChildProcess | undefined;
  #stopped = false;

  /**
   * @param folder - where the commands run, and what they write goes
   * @param command - the program that is shown as `npx evidence-diff`; default the one that was built
   */
  constructor(folder: string, command: string = BIN) {
    this.#folder = folder;
    this.#command = command;
    this.#environment = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  }

  title(text: string): void {
    process.stdout.write(`\n== ${text}\n\n`);
  }

  show(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** Sets a variable for all commands that follow; `shown` stands in its place where it is secret. */
  export(name: string, value: string, shown: string): void {
    this.#environment[name] = value;
    this.show(`$ export ${name}='${shown}'`);
  }

  /**
   * Runs `evidence-diff` with the words of `line` to its end.
   *
   * @throws Error if the terminal was stopped
   */
  async run(line: string): Promise<Ended> {
    this.#requireGoing();
    this.show(`$ npx evidence-diff ${line}`);
    const child = spawn(process.execPath, [this.#command, ...line.split(' ')], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#running = child;
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      process.stdout.write(text);
    });
    const [status] = await once(child, 'close');
    this.#running = undefined;
    this.#requireGoing();
    this.show(`exit code ${status}\n`);
    return { status, stdout };
  }

  #requireGoing(): void {
    if (this.#stopped) throw new Error('the terminal was stopped');
  }

  /** Ends the command that runs, if one does; no other can be run. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const child = this.#running;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
  }
}

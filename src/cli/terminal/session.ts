/**
 * One call of the command: where it prints, what surrounds it, which secrets it has seen. Nothing of it outlives the call,
 * so that many can be made in one process.
 */
import { codeOf, EvidenceError } from '../../core/errors.ts';
import { printable, printableJson } from '../../reports/printable.ts';
import { EXIT } from './exit.ts';
import { type AskedProgress, type ProgressMeter, progressMeter, progressStyle } from './progress.ts';
import { Secrets } from './redaction.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What surrounds a call besides its streams. */
export interface Surroundings {
  readonly env: Environment;
  readonly secrets: Secrets;
}

/** What takes text and bytes, standard output or standard error. */
export interface Sink<T> {
  readonly isTerminal: boolean;
  readonly write: T;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

/** What surrounds a call: the process and its streams, or what stands for them. */
export interface Io {
  /** Resolves when all of it has left, and rejects with a system error if it did not. */
  readonly stdout: Sink<(bytes: Uint8Array) => Promise<void>>;
  /** Never throws: there is no place left to say so. */
  readonly stderr: Sink<(text: string) => void>;
  readonly env: Environment;
  /** Has `stop` called for each signal to stop, until what it returns is called; without it no signal comes. */
  readonly signals?: (stop: (name: StopSignal) => void) => () => void;
  /** Those of whoever calls, if it prints too. */
  readonly secrets?: Secrets;
}

/** SIGINT and SIGTERM: stop, write down what is known. */
export interface Interruption {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** The exit code of the signal that came, if one came: it outranks that of any verdict. */
  readonly exitCode: () => 130 | 143 | undefined;
}

const CODE_OF: Readonly<Record<StopSignal, 130 | 143>> = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated };

function notPrinted(fault: unknown, isGone: boolean): EvidenceError {
  const advice = isGone
    ? 'let its reader read all of it, or write to a file with --output'
    : 'free some space, or write elsewhere with --output';
  const what = isGone ? 'was not taken whole' : 'could not be written';
  const reason = `${what} (${codeOf(fault)})`;
  return new EvidenceError('report-write-failed', reason, { where: { file: 'standard output' }, advice, cause: fault });
}

export class Session implements Surroundings {
  readonly env: Environment;
  readonly secrets: Secrets;
  readonly #io: Io;
  #unlisten: () => void = () => undefined;

  constructor(argv: readonly string[], io: Io) {
    this.#io = io;
    this.env = io.env;
    this.secrets = io.secrets ?? Secrets.of(argv, io.env);
  }

  /**
   * Writes all of `text`, or of its bytes, to standard output, and returns when it has left.
   *
   * @param whole - for what programs read: a reader that goes away (`| head`) before it has all of it is a fault
   * @throws EvidenceError of kind `report-write-failed` if it could not be written
   */
  async print(text: string | Uint8Array, whole = false): Promise<void> {
    try {
      await this.#io.stdout.write(typeof text === 'string' ? new TextEncoder().encode(text) : text);
    } catch (fault) {
      const isGone = codeOf(fault) === 'EPIPE';
      if (!isGone || whole) throw notPrinted(fault, isGone);
    }
  }

  /**
   * Prints a result: `json` as one object, taken whole or not at all, or else `text`.
   *
   * @returns whether it was written; if not, standard error says so
   */
  async result(format: 'text' | 'json', text: string, json: object): Promise<boolean> {
    try {
      if (format === 'text') await this.print(text);
      else await this.print(`${printableJson(JSON.stringify(json, null, 2))}\n`, true);
      return true;
    } catch (fault) {
      if (!(fault instanceof EvidenceError)) throw fault;
      this.complain(`${fault.kind}: ${printable(fault.message)}`);
      return false;
    }
  }

  /** Writes one line to standard error as it is: a headline or a decision, whose words nothing may touch. */
  announce(line: string): void {
    this.#io.stderr.write(`${line}\n`);
  }

  /** Writes one line to standard error, without any password in it. */
  complain(line: string): void {
    this.#io.stderr.write(`${this.secrets.redacted(line)}\n`);
  }

  /** Whether standard output is coloured, where `--no-color` was not given. */
  wantsColor(allowed: boolean): boolean {
    return wantsColor(allowed, this.env, this.#io.stdout.isTerminal);
  }

  /** Reports progress on standard error, as it was asked for. */
  meter(asked: AskedProgress | undefined, quiet: boolean): ProgressMeter {
    const { stderr } = this.#io;
    const style = progressStyle({ asked, quiet, isTerminal: stderr.isTerminal }, this.env);
    return progressMeter(style, stderr.write, () => performance.now());
  }

  /** Listens for signals until the call ends. */
  listen(): Interruption {
    const controller = new AbortController();
    let code: 130 | 143 | undefined;
    const stop = (name: StopSignal): void => {
      if (code !== undefined) return;
      code = CODE_OF[name];
      this.complain(`${name}: stopping, the report will say INCOMPLETE; once more to stop at once`);
      controller.abort(new Error(name));
    };
    this.#unlisten = this.#io.signals?.(stop) ?? this.#unlisten;
    return { signal: controller.signal, exitCode: () => code };
  }

  /** The end of the call. */
  close(): void {
    this.#unlisten();
  }
}

/**
 * Whether standard output may be coloured. The option beats the environment; of the environment, what forbids beats what
 * demands.
 *
 * @param allowed - false with `--no-color`
 * @param isTerminal - whether the stream is a terminal
 */
export function wantsColor(allowed: boolean, environment: Environment, isTerminal: boolean): boolean {
  if (!allowed) return false;
  const set = (name: string): string | undefined => environment[name] || undefined;
  if (set('NO_COLOR') !== undefined) return false;
  const forced = set('FORCE_COLOR');
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && environment['TERM'] !== 'dumb';
}

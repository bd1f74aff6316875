/**
 * One call of the command: where it prints, what surrounds it, which secrets it has seen. Nothing of it outlives the call,
 * so that many can be made in one process.
 */
import { codeOf, EvidenceError } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import type { Verdict } from '../../core/report/report.ts';
import type { OutputKind } from '../../files/spared-file.ts';
import { EXIT_CODE_OF_SIGNAL } from '../../reports/facts.ts';
import { printable, printableJson } from '../../reports/printable.ts';
import { type ExitCode, exitCodeOf } from './exit.ts';
import { type AskedProgress, type ProgressMeter, progressMeter, progressStyle } from './progress.ts';
import { Secrets } from './redaction.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A file that a command line has named to be written, by the option that names it. */
export interface WrittenFile {
  readonly path: string;
  readonly option: string;
  /** What is written to it, where that may replace something. */
  readonly writes?: OutputKind;
}

/** What surrounds a call besides its streams. */
export interface Surroundings {
  readonly env: Environment;
  readonly secrets: Secrets;
  /** What the command line wants written: nothing that is found to be read later on may be one of them. */
  readonly written: readonly WrittenFile[];
}

/** What takes text and bytes, standard output or standard error. */
export interface Sink<T> {
  readonly isTerminal: boolean;
  readonly write: T;
}

export type StopSignal = keyof typeof EXIT_CODE_OF_SIGNAL;

export type SignalCode = (typeof EXIT_CODE_OF_SIGNAL)[StopSignal];

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

/** SIGINT, SIGTERM or SIGHUP: stop, write down what is known. */
export interface Interruption {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** The exit code of the signal that came, if one came: it outranks that of any verdict. */
  readonly exitCode: () => SignalCode | undefined;
}

/** What is said in place of the headline of a PASS that could not be written. */
const UNWRITTEN = 'INCOMPLETE: everything was checked, and what came of it could not be written down';

function notPrinted(fault: unknown, isGone: boolean): EvidenceError {
  const advice = isGone
    ? 'let its reader read all of it, or write to a file with --output'
    : 'free some space, or write elsewhere with --output';
  const what = isGone ? 'was not taken whole' : 'could not be written';
  const reason = `${what} (${codeOf(fault)})`;
  return new EvidenceError('report-write-failed', reason, { where: { file: 'standard output' }, advice, cause: fault });
}

/** Whether programs read what is printed, be the rest of the command line right or wrong. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  return words.some((word, at) => word === '--format=json' || (word === '--format' && words[at + 1] === 'json'));
}

/** Why a run ends without a result. */
export interface Ended {
  /** Of a finding, or `usage`, `internal`. */
  readonly kind: string;
  readonly message: string;
  readonly hint?: string;
}

export class Session implements Surroundings {
  readonly env: Environment;
  readonly secrets: Secrets;
  written: readonly WrittenFile[] = [];
  readonly #io: Io;
  readonly #asksForJson: boolean;
  #stopped: SignalCode | undefined;
  #unlisten: () => void = () => undefined;

  constructor(argv: readonly string[], io: Io) {
    this.#io = io;
    this.#asksForJson = asksForJson(argv);
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
   * Prints the result of a run that reached `verdict`: `json` as one object, taken whole or not at all, or else `text`.
   *
   * @returns the exit code of both; where it was not written, standard error says so
   */
  async result(format: 'text' | 'json', verdict: Verdict, text: string, json: object): Promise<ExitCode> {
    try {
      if (format === 'text') await this.print(text);
      else await this.print(`${printableJson(JSON.stringify(json, null, 2))}\n`, true);
      return this.ended(verdict, []);
    } catch (fault) {
      if (!(fault instanceof EvidenceError)) throw fault;
      return this.ended(verdict, [fault]);
    }
  }

  /**
   * Says on standard error why there is no result: one object where programs read what is printed, or else `lines`.
   *
   * @param about - what is known all the same, for the object
   * @returns `exitCode`, or that of the signal that came
   */
  fail({ kind, message, hint }: Ended, exitCode: ExitCode, lines: readonly string[], about: object = {}): ExitCode {
    const code = this.#stopped ?? exitCode;
    if (this.#asksForJson) {
      const error = { kind, message: this.secrets.redacted(message), ...present({ hint }) };
      this.announce(printableJson(JSON.stringify({ error, ...about, exitCode: code })));
    } else {
      for (const line of lines) this.complain(line);
    }
    return code;
  }

  /**
   * Says what could not be written, and before it `headline`, which nothing may touch.
   *
   * @param faults - at least one
   */
  unwritten(faults: readonly EvidenceError[], exitCode: ExitCode, headline?: string, about: object = {}): ExitCode {
    if (headline !== undefined && !this.#asksForJson) this.announce(printable(headline));
    const lines = faults.map(({ kind, message }) => `${kind}: ${printable(message)}`);
    const message = faults.map((fault) => fault.message).join('; ');
    return this.fail({ kind: 'report-write-failed', message }, exitCode, lines, { ...about, ...present({ headline }) });
  }

  /**
   * Ends a run that reached `verdict`, whose outputs had `faults`. A PASS that was not written down is none: its headline
   * would say what the exit code does not.
   *
   * @param headline - said again where it could not be written, unless it is that of a PASS
   */
  ended(verdict: Verdict, faults: readonly EvidenceError[], headline?: string): ExitCode {
    const code = exitCodeOf(verdict, faults.length === 0);
    if (faults.length === 0) return this.#stopped ?? code;
    if (verdict === 'PASS') return this.unwritten(faults, code, UNWRITTEN, { verdict: 'INCOMPLETE' });
    return this.unwritten(faults, code, headline, { verdict });
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
    let code: SignalCode | undefined;
    const stop = (name: StopSignal): void => {
      if (code !== undefined) return;
      code = EXIT_CODE_OF_SIGNAL[name];
      this.#stopped = code;
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

/** The last line of defence: whatever goes wrong, the exit code says so. */
import { writeSync } from 'node:fs';
import { printable } from '../../reports/printable.ts';
import { EXIT } from './exit.ts';
import { redacted } from './redaction.ts';

const STDERR = 2;

/** One line for a fault of our own; the stack only for who asks for it, since it may name folders of the machine. */
export function internalError(fault: unknown): string {
  const text = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
  const stack = process.env['EVIDENCE_DIFF_DEBUG'] && fault instanceof Error ? `\n${fault.stack ?? ''}` : '';
  return `internal error: ${printable(text)} (this is a bug in evidence-diff; no verdict was reached)${stack}`;
}

/** Synchronous, because the process ends with the next statement. */
function endNow(line: string): never {
  try {
    writeSync(STDERR, `${redacted(line)}\n`);
  } catch {
    // Standard error is closed: the exit code has to do.
  }
  process.exit(EXIT.internal);
}

/**
 * Ends the process with 70 on anything nobody caught, and when the event loop runs dry before `isSettled` says that a
 * result was reached: Node alone would exit with 0 then.
 */
export function guardExit(isSettled: () => boolean): void {
  process.on('uncaughtException', (fault) => endNow(internalError(fault)));
  process.on('unhandledRejection', (fault) => endNow(internalError(fault)));
  process.on('beforeExit', () => {
    if (!isSettled()) endNow('internal error: event loop drained before a verdict');
  });
}

/* SIGINT and SIGTERM: stop, write down what is known, end within two seconds; the second one ends at once. */

const DEADLINE_MS = 2_000;

const CODE_OF = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

export interface Interruption {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** The exit code of the signal that came, if one came: it outranks that of any verdict. */
  readonly exitCode: () => 130 | 143 | undefined;
}

/** Listens for the rest of the process's life. */
export function listenForSignals(complain: (line: string) => void): Interruption {
  const controller = new AbortController();
  let code: 130 | 143 | undefined;
  const stop = (name: keyof typeof CODE_OF): void => {
    // Output may be cut here, on purpose: whoever sends a second signal does not want to wait for it.
    if (code !== undefined) process.exit(code);
    code = CODE_OF[name];
    process.exitCode = code;
    complain(`${name}: stopping, the report will say INCOMPLETE; once more to stop at once`);
    controller.abort(new Error(name));
    // Unreferenced: it must end a run that hangs, and not hold up one that is done.
    setTimeout(() => process.exit(code), DEADLINE_MS).unref();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop(name));
  return { signal: controller.signal, exitCode: () => code };
}

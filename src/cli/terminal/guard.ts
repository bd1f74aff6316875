/** The last line of defence: whatever goes wrong, the exit code says so. */
import { writeSync } from 'node:fs';
import { printable } from '../../reports/printable.ts';
import { EXIT } from './exit.ts';
import type { Secrets } from './redaction.ts';
import type { Environment } from './session.ts';

const STDERR = 2;

/** One line for a fault of our own; the stack only for who asks for it, since it may name folders of the machine. */
export function internalError(fault: unknown, environment: Environment): string {
  const text = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
  const stack = environment['EVIDENCE_DIFF_DEBUG'] && fault instanceof Error ? `\n${fault.stack ?? ''}` : '';
  return `internal error: ${printable(text)} (this is a bug in evidence-diff; no verdict was reached)${stack}`;
}

/** Synchronous, because the process ends with the next statement. */
function endNow(line: string): never {
  try {
    writeSync(STDERR, `${line}\n`);
  } catch {
    // Standard error is closed: the exit code has to do.
  }
  process.exit(EXIT.internal);
}

/**
 * Ends the process with 70 on anything nobody caught, and when the event loop runs dry before `isSettled` says that a
 * result was reached: Node alone would exit with 0 then.
 */
export function guardExit(secrets: Secrets, isSettled: () => boolean): void {
  const end = (fault: unknown): never => endNow(secrets.redacted(internalError(fault, process.env)));
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
  process.on('beforeExit', () => {
    if (!isSettled()) endNow('internal error: event loop drained before a verdict');
  });
}

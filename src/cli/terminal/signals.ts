/** SIGINT and SIGTERM: stop, write down what is known, end within two seconds; the second one ends at once. */
import { EXIT } from './exit.ts';

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

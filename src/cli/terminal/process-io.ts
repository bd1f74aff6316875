/** The streams and the signals of this process: what the command runs with when it is started. */
import { fstatSync, fsyncSync, writeSync } from 'node:fs';
import { EXIT_CODE_OF_SIGNAL } from '../../reports/facts.ts';
import type { Secrets } from './redaction.ts';
import type { Io, StopSignal } from './session.ts';

const STDOUT = 1;
const CHUNK_BYTES = 1 << 16;
const DEADLINE_MS = 2_000;

function isPlainFile(): boolean {
  try {
    const stats = fstatSync(STDOUT);
    return stats.isFile() || (stats.isCharacterDevice() && process.stdout.isTTY !== true);
  } catch {
    return false;
  }
}

/** Node's own stream for files makes one write and takes a short one for a whole one: a full disk would go unseen. */
function writeToFile(bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    const written = writeSync(STDOUT, bytes, done, bytes.length - done);
    if (written === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
    done += written;
  }
  if (fstatSync(STDOUT).isFile()) fsyncSync(STDOUT);
}

function writeChunk(chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(chunk, (fault) => (fault ? reject(fault) : resolve()));
  });
}

/** With back pressure, and never followed by process.exit. */
async function write(bytes: Uint8Array): Promise<void> {
  if (isPlainFile()) return writeToFile(bytes);
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) await writeChunk(bytes.subarray(at, at + CHUNK_BYTES));
}

/** For the rest of the process's life. The first signal stops the run, which has two seconds; the second ends at once. */
function listen(stop: (name: StopSignal) => void): () => void {
  let code: number | undefined;
  const onSignal = (name: StopSignal): void => {
    // Output may be cut here, on purpose: whoever sends a second signal does not want to wait for it.
    if (code !== undefined) process.exit(code);
    const own = EXIT_CODE_OF_SIGNAL[name];
    code = own;
    process.exitCode = own;
    stop(name);
    // Unreferenced: it must end a run that hangs, and not hold up one that is done.
    setTimeout(() => process.exit(own), DEADLINE_MS).unref();
  };
  for (const name of Object.keys(EXIT_CODE_OF_SIGNAL) as StopSignal[]) process.on(name, () => onSignal(name));
  return () => undefined;
}

/** Has to be called before the first write: an error event without a listener ends the process. */
export function processIo(secrets: Secrets): Io {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return {
    stdout: { isTerminal: process.stdout.isTTY === true, write },
    stderr: { isTerminal: process.stderr.isTTY === true, write: (text) => void process.stderr.write(text) },
    env: process.env,
    signals: listen,
    secrets,
  };
}

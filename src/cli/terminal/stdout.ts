/** Writing to standard output and standard error: whole, with back pressure, never followed by process.exit. */
import { fstatSync, fsyncSync, writeSync } from 'node:fs';
import { codeOf, EvidenceError } from '../../core/errors.ts';
import { redacted } from './redaction.ts';

const STDOUT = 1;
const CHUNK_BYTES = 1 << 16;

/** A reader that went away (`| head`) took what it wanted: that is no fault of the run. */
function isGone(fault: unknown): boolean {
  return codeOf(fault) === 'EPIPE';
}

/** Has to be there before the first write: an error event without a listener ends the process. */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

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

/**
 * Writes all of `text`, or of its bytes, to standard output, and returns when it has left the process.
 *
 * @param whole - for what programs read: a reader that goes away before it has all of it is a fault
 * @throws EvidenceError of kind `report-write-failed` if it could not be written
 */
export async function writeStdout(text: string | Uint8Array, whole = false): Promise<void> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  try {
    if (isPlainFile()) return writeToFile(bytes);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) await writeChunk(bytes.subarray(at, at + CHUNK_BYTES));
  } catch (fault) {
    if (isGone(fault) && !whole) return;
    const advice = isGone(fault)
      ? 'let its reader read all of it, or write to a file with --output'
      : 'free some space, or write elsewhere with --output';
    const what = isGone(fault) ? 'was not taken whole' : 'could not be written';
    const reason = `${what} (${codeOf(fault)})`;
    throw new EvidenceError('report-write-failed', reason, {
      where: { file: 'standard output' },
      advice,
      cause: fault,
    });
  }
}

/** Writes one line to standard error as it is: a headline or a decision, whose words nothing may touch. */
export function announce(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Writes one line to standard error, without any password in it. Faults are passed over: there is no place left to tell of them. */
export function complain(line: string): void {
  process.stderr.write(`${redacted(line)}\n`);
}

/** Whether standard output may be coloured. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The option beats the environment; of the environment, what forbids beats what demands.
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

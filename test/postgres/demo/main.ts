/**
 * `npm run demo:postgres [-- --rows N]`: an upgrade of a store of 100,000 events on a real PostgreSQL, and the proof that
 * nothing was lost; then one number is changed, and found.
 *
 * The server is made for the occasion, in a temporary folder, and is gone afterwards, however this ends. The exit code
 * is 0 only if every verdict was the expected one.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { postgresAvailable, skippedWithoutPostgres } from '../binaries.ts';
import { PostgresServer } from '../server.ts';
import { DemoScript, type Surprises } from './script.ts';
import { BIN, Terminal } from './terminal.ts';

const ROWS = 100_000;

/** Fewer, and some of what the story needs is not there. */
const FEWEST_ROWS = 500;

function rowsOf(argv: readonly string[]): number {
  const { values } = parseArgs({ args: [...argv], options: { rows: { type: 'string', default: String(ROWS) } } });
  const rows = Number(values.rows);
  if (!Number.isSafeInteger(rows) || rows < FEWEST_ROWS) {
    throw new RangeError(`--rows: ${values.rows} is not a whole number from ${FEWEST_ROWS}`);
  }
  return rows;
}

/** Everything that the demonstration has made, so that it can be removed at any moment. */
class Stage {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'evidence-diff-demo-'));
  readonly terminal: Terminal = new Terminal(this.folder);
  #server: PostgresServer | undefined;
  #cleared: Promise<void> | undefined;

  async start(): Promise<PostgresServer> {
    this.#server = await PostgresServer.start();
    return this.#server;
  }

  /** Once, however often it is asked for: whoever asked first goes on first. */
  clear(): Promise<void> {
    this.#cleared ??= this.#clear();
    return this.#cleared;
  }

  /** A server that is still being started is ended by its watch, as soon as this process is gone. */
  async #clear(): Promise<void> {
    await this.terminal.stop();
    await this.#server?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Ctrl-C ends the server, too: nothing of it may stay. A second one does not wait for that: the watch does it then. */
function clearOnSignals(stage: Stage): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      process.stderr.write(`\n${signal}: the server is stopped and its folder removed\n`);
      stage.clear().finally(() => process.exit(128 + constants.signals[signal]));
    });
  }
}

function conclude(surprises: Surprises): void {
  for (const surprise of surprises) process.stdout.write(`NOT AS EXPECTED: ${surprise}\n`);
  if (surprises.length > 0) return;
  process.stdout.write(
    'All verdicts were the expected ones. The server is stopped, its folder and all files are removed.\n',
  );
  process.exitCode = 0;
}

async function main(): Promise<void> {
  const rows = rowsOf(process.argv.slice(2));
  if (!existsSync(BIN)) throw new Error('there is no dist: run `npm run build` first');
  if (!postgresAvailable) throw new Error(`a server cannot be started here${skippedWithoutPostgres}`);
  const stage = new Stage();
  clearOnSignals(stage);
  let surprises: Surprises;
  try {
    surprises = await new DemoScript(stage.terminal, stage.folder).play(await stage.start(), rows);
  } finally {
    await stage.clear();
  }
  conclude(surprises);
}

// Earned last: whatever else ends this process, it was no success.
process.exitCode = 1;
await main();

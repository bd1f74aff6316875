/** Scripts of the runbook in a folder of their own: the store is a file, everything they call stands in and is written down. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newKeyPair } from '../../../src/trust/node-keys.ts';
import { endPhases } from '../../runbook/stubbed-upgrade.ts';
import { bodies, bundles, chained, LEDGER_RULE, ndjson, type PlainRecord, relinked } from '../../store.ts';

const SCRIPTS = fileURLToPath(new URL('../../../docs/runbook', import.meta.url));
const STAND_IN = fileURLToPath(new URL('stand-in.sh', import.meta.url));
const SERVER = fileURLToPath(new URL('command-server.mjs', import.meta.url));
/** Asks the command server. */
export const ASK: string = fileURLToPath(new URL('ask.sh', import.meta.url));
const COMMANDS = ['kubectl', 'helm', 'stella', 'pg_dump', 'pg_restore', 'evidence-diff'];

const LEDGER = chained(bodies(12));
const SET = bundles(6);
const sorted = (ledger: readonly PlainRecord[], set: readonly PlainRecord[]): readonly PlainRecord[] => [
  ...set,
  ...ledger,
];

/** States of the store by name: what was there, what was added honestly, and what was tampered with. */
export const STORES = {
  baseline: sorted(LEDGER, SET),
  grown: sorted(chained(bodies(15)), bundles(8)),
  'one dropped': sorted(LEDGER, SET.slice(0, -1)),
  'one altered': sorted(
    LEDGER,
    SET.map((record, at) => (at === 2 ? { ...record, body: { rewritten: true } } : record)),
  ),
  'chain rewritten': sorted(relinked(LEDGER.map((r, at) => (at === 3 ? { ...r, body: { rewritten: 1 } } : r))), SET),
  'grown and altered': sorted(
    chained(bodies(15)),
    bundles(8).map((record, at) => (at === 0 ? { ...record, type: 'vex' } : record)),
  ),
} as const;
export type StoreName = keyof typeof STORES;

/** Whether every record of the baseline is there, by plain comparison. */
export function isIntact(name: StoreName): boolean {
  const there = new Set(STORES[name].map((record) => JSON.stringify(record)));
  return STORES.baseline.every((record) => there.has(JSON.stringify(record)));
}

function storeText(name: StoreName, capturedAt: Date): string {
  return ndjson(STORES[name], { chains: LEDGER_RULE, header: { capturedAt: capturedAt.toISOString() } });
}

/** Which state of the store has which digest, of all that was written. */
const written = new Map<string, StoreName>();

/** The state of the store that has the digest; undefined for what is none. */
export function storeOf(sha256: string): StoreName | undefined {
  return written.get(sha256);
}

export const digest = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

export interface Call {
  readonly text: string;
  /** Of evidence-diff alone: how it ended, and the digests of store and baseline then. */
  readonly ended?: { readonly code: number; readonly store: string; readonly baseline: string };
}

export interface Outcome {
  readonly status: number | null;
  readonly stderr: string;
  readonly calls: readonly Call[];
  /** The call at which the fault has happened, as far as it says so. */
  readonly struck: string | undefined;
}

/** One process for all commands of a test file. */
export class CommandServer {
  readonly #child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<CommandServer> {
    const env = { PATH: process.env['PATH'] ?? '' };
    const child = fork(SERVER, [], { env, execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const [port] = (await once(child, 'message')) as [number];
    return new CommandServer(child, port);
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}

function parsedCalls(lines: readonly string[]): readonly Call[] {
  const calls: Call[] = [];
  for (const line of lines) {
    if (line.startsWith('> ')) calls.push({ text: line.slice(2) });
    const [, code = '', store = '', baseline = '', argv = ''] = /^= (\d+) (\S+) (\S+) (.*)$/s.exec(line) ?? [];
    if (argv !== '') calls.push({ text: argv, ended: { code: Number(code), store, baseline } });
  }
  return calls;
}

export class Case {
  readonly folder: string;
  readonly #port: number;
  /** Whether there is a key that signs the verdicts. */
  signsVerdicts = false;

  /** @param folder - is there: empty, or a copy of another's */
  constructor(folder: string, server: CommandServer) {
    this.folder = folder;
    this.#port = server.port;
    writeFileSync(
      this.at('metrics.prom'),
      'http_requests_error_ratio 0.001\nhttp_request_duration_seconds{quantile="0.99"} 0.2\n',
    );
    if (existsSync(this.at('key'))) return;
    for (const name of ['bin', 'archive']) mkdirSync(this.at(name));
    for (const name of COMMANDS) symlinkSync(STAND_IN, this.at('bin', name));
    for (const name of ['key', 'verdict.key']) {
      const { privatePem, publicPem } = newKeyPair(name);
      writeFileSync(this.at(name), privatePem, { mode: 0o600 });
      writeFileSync(this.at(`${name}.pub`), publicPem);
    }
    const namespaces = { stellaops: 'store.ndjson', 'stellaops-green': 'store.ndjson' };
    writeFileSync(this.at('config.json'), JSON.stringify({ namespaces }));
    this.become('baseline');
  }

  static copy(of: Case, folder: string, server: CommandServer): Case {
    cpSync(of.folder, folder, { recursive: true, verbatimSymlinks: true });
    return new Case(folder, server);
  }

  at(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  become(name: StoreName, capturedAt = new Date()): void {
    this.put('store.ndjson', name, capturedAt);
  }

  /** Writes a state of the store to a file of that name. */
  put(file: string, name: StoreName, capturedAt = new Date()): void {
    const text = storeText(name, capturedAt);
    written.set(digest(text), name);
    writeFileSync(this.at(file), text);
  }

  environment(): Record<string, string> {
    return {
      PATH: `${this.at('bin')}:${process.env['PATH'] ?? ''}`,
      RUNBOOK_CASE: this.folder,
      RUNBOOK_PORT: String(this.#port),
      RUNBOOK_ASK: ASK,
      UPGRADE_ID: 'U1',
      UPGRADE_DIR: this.at('upgrade'),
      UPGRADE_ACTOR: 'test',
      EVIDENCE_CONFIG: this.at('config.json'),
      SIGNING_KEY: this.at('key'),
      TRUSTED_KEY: this.at('key.pub'),
      VERDICT_SIGNING_KEY: this.signsVerdicts ? this.at('verdict.key') : '',
      VERDICT_TRUSTED_KEY: this.signsVerdicts ? this.at('verdict.key.pub') : '',
      BLUE_NAMESPACE: 'stellaops',
      GREEN_NAMESPACE: 'stellaops-green',
      PREVIOUS_VERSION: '1',
      TARGET_VERSION: '2',
      HELM_CHART: 'chart',
      HELM_VALUES: 'values.yaml',
      PGDATABASE: 'stella',
      APP_HOST: 'host',
      METRICS_FILE: this.at('metrics.prom'),
      CANARY_HOLD_SECONDS: '0',
      EVIDENCE_MIGRATION: 'no',
      ARCHIVE_DIR: this.at('archive'),
      APPROVED_BY: 'test',
    };
  }

  /**
   * Runs `script`, with its arguments, to its end.
   *
   * @param approved - the step that somebody has said yes to
   * @param fault - shell that every stand-in runs, in the folder of the case, before it does anything: `$call` is the call,
   *   `$number` its number from 1, `$kind` evidence or platform; `struck` notes that it did something
   */
  async run(script: string, approved: string, fault = '', more: Record<string, string> = {}): Promise<Outcome> {
    const before = this.log().length;
    writeFileSync(this.at('fault'), fault);
    const env = { ...this.environment(), APPROVED_STEP: approved, LOG_LINES_BEFORE: String(before), ...more };
    const [name = '', ...args] = script.split(' ');
    const child = spawn('bash', [join(SCRIPTS, name), ...args], {
      cwd: this.folder,
      env,
      // A group of its own: a fault can kill all of it.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const [status] = (await once(child, 'close')) as [number | null];
    const lines = this.log().slice(before);
    return { status, stderr, calls: parsedCalls(lines), struck: lines.find((line) => line.startsWith('! '))?.slice(2) };
  }

  /** What lies between the backup and the cutover has come to its end: the law is about what comes then. */
  greenIsUp(): void {
    endPhases(this.at('upgrade/state'), [3, 4, 5, 6], 'U1');
  }

  log(): readonly string[] {
    const path = this.at('calls.log');
    return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  }

  /** What restores have kept, by name and digest. */
  kept(): ReadonlyMap<string, string> {
    const folder = this.at('upgrade', 'backup');
    const names = readdirSync(folder).filter((name) => /^before-restore.*dump$/.test(name));
    return new Map(names.map((name) => [name, digest(readFileSync(join(folder, name)))]));
  }
}

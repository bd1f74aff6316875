/** An upgrade in a folder of its own: the scripts of docs/runbook, a real database, stand-ins for the platform. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newKeyPair } from '../../../src/trust/node-keys.ts';
import { pgTool } from '../../postgres/binaries.ts';
import { endPhases } from '../../runbook/stubbed-upgrade.ts';
import { BIN, type Ended, evidenceDiff } from '../command.ts';
import { ASK, type CommandServer } from '../runbook-pairs/pairs.ts';

const SCRIPTS = fileURLToPath(new URL('../../../docs/runbook', import.meta.url));
const STAND_IN = fileURLToPath(new URL('stand-in.sh', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export const UPGRADE_ID = '2027.Q2';

/** Where the database is, and who may dump and restore it. */
export interface Store {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

export interface RunOptions {
  /** Variables in place of those of the upgrade. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Called once the script runs. */
  readonly onStart?: (kill: () => void) => void;
}

function executable(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

export class Rehearsal {
  readonly folder: string;
  readonly #store: Store;
  readonly #server: CommandServer | undefined;

  /**
   * Makes the folder: commands, keys, config file.
   *
   * @param folder - exists and is empty, or is a copy of another rehearsal's
   * @param server - runs evidence-diff; without one each call is a process of its own
   */
  constructor(folder: string, store: Store, server?: CommandServer) {
    this.folder = folder;
    this.#store = store;
    this.#server = server;
    for (const name of ['bin', 'hooks']) mkdirSync(this.at(name), { recursive: true });
    for (const name of ['kubectl', 'helm', 'stella']) {
      if (!existsSync(this.at('bin', name))) symlinkSync(STAND_IN, this.at('bin', name));
    }
    this.onCommand('');
    if (!existsSync(this.at('evidence.key'))) for (const name of ['evidence', 'verdict']) this.makeKey(name);
    const { host, port, database, user, password } = store;
    writeFileSync(this.at('pgpass'), `${host}:${port}:${database}:${user}:${password}\n`, { mode: 0o600 });
    const source = { env: 'STORE_URL' };
    writeFileSync(
      this.at('evidence-diff.config.json'),
      JSON.stringify({ namespaces: { stellaops: source, 'stellaops-green': source } }),
    );
    this.writeMetrics();
  }

  /** A rehearsal that goes on from where `prepared` is, with a database of its own. */
  static from(prepared: Rehearsal, folder: string, store: Store, server?: CommandServer): Rehearsal {
    cpSync(prepared.folder, folder, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    return new Rehearsal(folder, store, server);
  }

  /** The private key `name`.key, and the public one beside it. */
  makeKey(name: string): void {
    const { privatePem, publicPem } = newKeyPair(name);
    writeFileSync(this.at(`${name}.key`), privatePem, { mode: 0o600 });
    writeFileSync(this.at(`${name}.key.pub`), publicPem);
  }

  /** Puts shell before evidence-diff: `real` is the command itself, and `$verb` its first argument. */
  onCommand(shell: string): void {
    const real = this.#server === undefined ? `exec "${process.execPath}" "${BIN}" "$@"` : `. "${ASK}"; ask "$@"`;
    const before = shell === '' ? '' : `verb=$1\nreal() ( ${real} )\n${shell}\n`;
    const text = `#!/usr/bin/env bash\n${before}${real}\n`;
    executable(this.at('bin', 'evidence-diff'), text);
  }

  at(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** Lies in the folder of the upgrade itself. */
  kept(...names: readonly string[]): string {
    return this.at('upgrade', ...names);
  }

  writeMetrics(errorRatio = 0.001, p99Seconds = 0.2): void {
    const lines = [
      `http_requests_error_ratio ${errorRatio}`,
      `http_request_duration_seconds{quantile="0.99"} ${p99Seconds}`,
    ];
    writeFileSync(this.at('metrics.prom'), `${lines.join('\n')}\n`);
  }

  /** Lets what `source` does happen to the store, which it has as `client`, at a moment of the upgrade. */
  onMoment(moment: 'migrations' | 'canary' | 'evidence', sql: string, source = ''): void {
    const script = `
      import pg from ${JSON.stringify(`${ROOT}node_modules/pg/lib/index.js`)};
      const client = new pg.Client(${JSON.stringify(this.#store.url)});
      await client.connect();
      ${source}
      await client.query(${JSON.stringify(sql)});
      await client.end();`;
    writeFileSync(this.at('hooks', `${moment}.mjs`), script);
    executable(
      this.at('hooks', moment),
      `#!/bin/sh\nexec "${process.execPath}" "${this.at('hooks', `${moment}.mjs`)}"\n`,
    );
  }

  #environment(): Record<string, string> {
    const { url, host, port, database, user } = this.#store;
    return {
      PATH: `${this.at('bin')}:${process.env['PATH'] ?? ''}`,
      HOME: this.folder,
      ...(this.#server === undefined ? {} : { RUNBOOK_PORT: String(this.#server.port) }),
      STAND_IN_LOG: this.at('calls.log'),
      STAND_IN_HOOKS: this.at('hooks'),
      STORE_URL: url,
      PGHOST: host,
      PGPORT: String(port),
      PGDATABASE: database,
      PGUSER: user,
      PGPASSFILE: this.at('pgpass'),
      PG_DUMP: pgTool('pg_dump') ?? '',
      PG_RESTORE: pgTool('pg_restore') ?? '',
      UPGRADE_ID,
      UPGRADE_DIR: this.kept(),
      UPGRADE_ACTOR: 'rehearsal',
      EVIDENCE_CONFIG: this.at('evidence-diff.config.json'),
      SIGNING_KEY: this.at('evidence.key'),
      TRUSTED_KEY: this.at('evidence.key.pub'),
      VERDICT_SIGNING_KEY: this.at('verdict.key'),
      VERDICT_TRUSTED_KEY: this.at('verdict.key.pub'),
      BLUE_NAMESPACE: 'stellaops',
      GREEN_NAMESPACE: 'stellaops-green',
      PREVIOUS_VERSION: '2027.Q1',
      TARGET_VERSION: '2027.Q2',
      HELM_CHART: './helm/stellaops',
      HELM_VALUES: 'values-production.yaml',
      APP_HOST: 'stellaops.company.com',
      METRICS_FILE: this.at('metrics.prom'),
      CANARY_HOLD_SECONDS: '0',
      EVIDENCE_MIGRATION: 'no',
      ARCHIVE_DIR: this.at('archive'),
      APPROVED_BY: 'QA',
    };
  }

  /** Runs the script of a phase to its end. */
  async run(script: string, { env = {}, args = [], onStart }: RunOptions = {}): Promise<Ended> {
    mkdirSync(this.at('archive'), { recursive: true });
    const child = spawn('bash', [join(SCRIPTS, script), ...args], {
      cwd: this.folder,
      env: { ...this.#environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that a signal reaches the command that the script waits for as well, as Ctrl-C does.
      detached: true,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    onStart?.(() => process.kill(-(child.pid ?? 0), 'SIGTERM'));
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, stdout, stderr };
  }

  /** Notes that all is done that comes before the cutover, for what begins there. */
  greenIsUp(): void {
    endPhases(this.kept('state'), [3, 4, 5, 6], UPGRADE_ID);
  }

  /** Runs a phase with the approval of one of its steps. */
  approved(script: string, step: string, options: RunOptions = {}): Promise<Ended> {
    return this.run(script, { ...options, env: { APPROVED_STEP: step, ...options.env } });
  }

  /** How the platform's commands were called. */
  calls(): readonly string[] {
    return existsSync(this.at('calls.log')) ? readFileSync(this.at('calls.log'), 'utf8').trimEnd().split('\n') : [];
  }

  /** A report of the newest attempt. */
  report(name: string): { readonly verdict: string; readonly headline: string; readonly findingCounts: object } {
    const attempt = this.attempt();
    const folder = attempt === 1 ? this.kept('reports') : this.kept('reports', `attempt-${attempt}`);
    return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  }

  /** What a gate has decided in the first attempt. */
  decision(gate: string): { readonly decision: string; readonly inputs: readonly { readonly input: string }[] } {
    return JSON.parse(readFileSync(this.kept('reports', `${gate}-gate.json`), 'utf8'));
  }

  attempt(): number {
    const names = readdirSync(this.kept('state')).flatMap((name) => /^attempt-(\d+)$/.exec(name)?.[1] ?? []);
    return Math.max(...names.map(Number));
  }

  /** Whether a step was done in the newest attempt. */
  isDone(step: string): boolean {
    return existsSync(this.kept('state', `attempt-${this.attempt()}`, `${step}.done`));
  }

  journal(): readonly { readonly step: string; readonly type: string; readonly note?: string }[] {
    const { stdout } = evidenceDiff(['journal', 'show', this.kept('journal.ndjson'), '--format', 'json']);
    return JSON.parse(stdout).entries;
  }
}

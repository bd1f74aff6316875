/** The demonstration, step by step: baseline, upgrade, comparison, tampering, comparison. Each verdict is checked. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import type { PostgresServer } from '../server.ts';
import { DemoStore, type TamperedEvent } from './store.ts';
import type { Ended, Terminal } from './terminal.ts';

const counted = (count: number): string => count.toLocaleString('en-US');

/** Where the tampered number stands in its record. */
export const POINTER = '/body/event/payload/score';

/** What was not as it must be, a line each. */
export type Surprises = readonly string[];

export class DemoScript {
  readonly #terminal: Terminal;
  readonly #folder: string;
  readonly #surprises: string[] = [];

  /** @param folder - where the commands of `terminal` run */
  constructor(terminal: Terminal, folder: string) {
    this.#terminal = terminal;
    this.#folder = folder;
  }

  #expect(what: string, is: unknown, wanted: unknown): void {
    if (is === wanted) return;
    this.#surprises.push(`${what}: ${JSON.stringify(is)}, expected ${JSON.stringify(wanted)}`);
  }

  #expectRun(what: string, { status, stdout }: Ended, wanted: number, headline: string): void {
    this.#expect(`exit code of ${what}`, status, wanted);
    this.#expect(`headline of ${what}`, stdout.split('\n')[0], headline);
  }

  #report(name: string): ContinuityReport {
    return JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as ContinuityReport;
  }

  /** Plays all of it on a server that runs, with a store of `rows` events. */
  async play(server: PostgresServer, rows: number): Promise<Surprises> {
    const terminal = this.#terminal;
    const store = new DemoStore(server, rows);
    terminal.title(
      `A store of ${counted(rows)} ledger events in 5 tenants, on a PostgreSQL of its own, port ${server.port}`,
    );
    await store.fill();
    terminal.export('EVIDENCE_SOURCE', store.url, store.url.replace(':reader@', ':…@'));
    await this.#before(rows);
    terminal.title('The upgrade: a migration, new events, and a new policy version with chains of its own');
    terminal.show(`${DemoStore.shown.migration}\n`);
    await store.upgrade();
    await this.#after(rows, store.added);
    terminal.title('Somebody changes one number in one event');
    terminal.show(`${DemoStore.shown.tampering}\n`);
    await this.#tampered(await store.tamper());
    return this.#surprises;
  }

  async #before(rows: number): Promise<void> {
    this.#terminal.title('Before: what will be read, and the baseline');
    this.#expect('exit code of profile check', (await this.#terminal.run('profile check')).status, 0);
    const line = 'verify-all --output baseline.ndjson --depth full --include-merkle-roots';
    const captured = await this.#terminal.run(line);
    this.#expectRun('the capture', captured, 0, `PASS: ${counted(rows)} records sound in 5 tenants`);
  }

  async #after(rows: number, added: number): Promise<void> {
    this.#terminal.title('After: is all of it still there?');
    const compared = await this.#terminal.run('verify-continuity --baseline baseline.ndjson');
    const headline = `PASS: ${counted(rows)} baseline records intact in 5 tenants; ${counted(added)} added`;
    this.#expectRun('the comparison', compared, 0, headline);
    const captured = await this.#terminal.run('verify-all --output after.ndjson --include-merkle-roots');
    this.#expectRun('the second capture', captured, 0, `PASS: ${counted(rows + added)} records sound in 5 tenants`);
    const between = await this.#terminal.run('baseline.ndjson after.ndjson --output between.json');
    this.#expectRun('the comparison of the captures', between, 0, headline);
  }

  async #tampered(event: TamperedEvent): Promise<void> {
    const line = 'verify-continuity --baseline baseline.ndjson --output - --output tampered.json';
    const { status } = await this.#terminal.run(line);
    this.#expect('exit code after tampering', status, 1);
    const { verdict, totals, findings } = this.#report('tampered.json');
    this.#expect('verdict after tampering', verdict, 'FAIL');
    this.#expect('records modified', totals.modified, 1);
    const modified = findings.filter(({ kind }) => kind === 'record-modified');
    this.#expect('findings of modified records', modified.length, 1);
    for (const { tenant, stream, id, path } of modified) {
      this.#expect('place of the change', JSON.stringify({ tenant, stream, id }), JSON.stringify(event));
      this.#expect('pointer to the change', path, POINTER);
    }
  }
}

/** What the manifests of docs/kubernetes run, as so many processes as they have pods, on folders in place of volumes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { postgresAvailable, skippedWithoutPostgres } from '../postgres/binaries.ts';
import { appendToLedger, createLedger } from '../postgres/ledger-store.ts';
import { serverOfFile } from '../postgres/server-of-file.ts';
import { isSampled } from '../sample.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { BIN } from './command.ts';
import { textOf } from './documents.ts';

const PODS = 3;
const VOLUMES = ['evidence', 'before', 'after', 'reports'] as const;

interface Job {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly [{ readonly args: readonly [string] }] } };
  };
}

/** The scripts of the containers of a manifest by the names of their Jobs, for so many pods. */
function scriptsOf(manifest: string): ReadonlyMap<string, string> {
  const jobs = parseAllDocuments(textOf(`docs/kubernetes/${manifest}`)).map((document) => document.toJS() as Job);
  const scripts = jobs.flatMap(({ kind, metadata, spec }): readonly (readonly [string, string])[] =>
    kind === 'Job'
      ? [
          [
            metadata.name,
            spec.template.spec.containers[0].args[0]
              .replaceAll(/(\/|-ge )16\b/g, `$1${PODS}`)
              .replaceAll(/sleep [15]/g, 'sleep 0.1'),
          ],
        ]
      : [],
  );
  return new Map(scripts);
}

interface Pod {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

/** A cluster whose volumes are folders by the paths at which they are mounted. */
class Cluster {
  readonly folder: string = mkdtempSync(join(root, 'cluster-'));
  readonly #env: Readonly<Record<string, string>>;

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#env = env;
    for (const name of VOLUMES) mkdirSync(join(this.folder, name));
    writeFileSync(join(this.folder, 'evidence-diff'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
    chmodSync(join(this.folder, 'evidence-diff'), 0o755);
  }

  start(script: string, index = 0): Pod {
    const local = script.replaceAll(new RegExp(`/(${VOLUMES.join('|')})/`, 'g'), `${this.folder}/$1/`);
    const child = spawn('sh', ['-c', local], {
      env: { PATH: `${this.folder}:${process.env['PATH']}`, JOB_COMPLETION_INDEX: String(index), ...this.#env },
      stdio: 'ignore',
    });
    pods.add(child);
    return { child, ended: once(child, 'close').then(([code]) => code as number | null) };
  }

  /** Runs one pod for each index to its end. */
  each(script: string): Promise<readonly (number | null)[]> {
    return Promise.all(Array.from({ length: PODS }, (_, index) => this.start(script, index).ended));
  }
}

const root = temporaryFolder();
const pods = new Set<ChildProcess>();
afterEach(() => {
  for (const child of pods) child.kill();
  pods.clear();
});

const PLAN = { rows: 60, tenants: 3 };
type Change = (client: pg.Client) => Promise<unknown>;
const GROWN: Change = (client) => appendToLedger(client, PLAN, 2);
const CUT: Change = (client) =>
  client.query(
    'DELETE FROM public.ledger_events AS one WHERE sequence_no = (SELECT max(sequence_no) FROM public.ledger_events WHERE chain_id = one.chain_id) AND chain_id::text = (SELECT min(chain_id::text) FROM public.ledger_events)',
  );

const needed = (scripts: ReadonlyMap<string, string>, name: string): string => {
  const script = scripts.get(name);
  if (script === undefined) throw new Error(`there is no Job ${name}`);
  return script;
};

// Each test starts fourteen processes: they run wherever all tests do.
describe.skipIf(!postgresAvailable || isSampled)(`the manifests${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();
  const capture = scriptsOf('job.yaml');
  const compare = scriptsOf('compare.yaml');

  /** Takes both captures as job.yaml does, and gives the cluster in which they are to be compared. */
  async function captured(change: Change) {
    const client = await server().connect();
    await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await createLedger(client, PLAN);
    const own = new Cluster();
    for (const volume of ['before', 'after']) {
      if (volume === 'after') await change(client);
      const one = new Cluster({ EVIDENCE_SOURCE: server().url() });
      const holder = one.start(needed(capture, 'evidence-hold'));
      const merge = one.start(needed(capture, 'evidence-merge'));
      expect(await one.each(needed(capture, 'evidence-shards'))).toEqual([0, 0, 0]);
      expect(await merge.ended).toBe(0);
      holder.child.kill('SIGTERM');
      await holder.ended;
      cpSync(join(one.folder, 'evidence'), join(own.folder, volume), { recursive: true });
    }
    await client.end();
    return own;
  }

  it.each([
    ['that has grown is PASS', GROWN, 0, 'PASS'],
    ['that has lost the end of a chain is FAIL', CUT, 1, 'FAIL'],
  ])('of a store %s', async (_, change, code, verdict) => {
    const own = await captured(change);
    const merge = own.start(needed(compare, 'continuity-merge'));
    expect(await own.each(needed(compare, 'continuity-parts'))).toEqual([0, 0, 0]);
    expect(await merge.ended).toBe(code);
    expect(JSON.parse(readFileSync(join(own.folder, 'reports/continuity.json'), 'utf8'))).toMatchObject({ verdict });
  });

  it('of which one part could not be read is INCOMPLETE, and nothing is written', async () => {
    const own = await captured(GROWN);
    rmSync(join(own.folder, 'after/shard-1.ndjson'));
    const merge = own.start(needed(compare, 'continuity-merge'));
    expect(await own.each(needed(compare, 'continuity-parts'))).toEqual([0, 0, 0]);
    expect(await merge.ended).toBe(2);
    expect(existsSync(join(own.folder, 'reports/continuity.json'))).toBe(false);
  });
});

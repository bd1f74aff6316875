/** The evidence steps of an upgrade against a real server: captured before, compared after, and no password anywhere. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareSnapshots } from '../../src/index.ts';
import { run as evidenceDiff } from '../cli/in-process.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../postgres/binaries.ts';
import { appendToLedger, createLedger, type LedgerPlan } from '../postgres/ledger-store.ts';
import { serverOfFile } from '../postgres/server-of-file.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { Ended } from './command.ts';

const PLAN: LedgerPlan = { rows: 300, tenants: 3, chainsPerTenant: 2, seed: 'runbook' };

describe.runIf(postgresAvailable)(`the steps on a live database${skippedWithoutPostgres}`, () => {
  const folder = temporaryFolder();
  const server = serverOfFile();
  const at = (name: string): string => join(folder, name);
  let printed = '';

  beforeAll(async () => {
    const client = await server().connect();
    await createLedger(client, PLAN);
    await client.end();
    const namespaces = { 'stellaops-green': { source: { env: 'GREEN' }, workers: 2 } };
    writeFileSync(at('evidence-diff.config.json'), JSON.stringify({ namespaces }));
    mkdirSync(at('reports'));
  });

  async function run(line: string, env: Record<string, string> = { EVIDENCE_SOURCE: server().url() }): Promise<Ended> {
    const ended = await evidenceDiff(line.split(' '), { cwd: folder, env });
    printed += `${ended.stdout}${ended.stderr}`;
    return ended;
  }

  it('before: capture, roots and counts', async () => {
    expect(await run('profile check')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^PASS: [\s\S]*300 rows/),
    });
    const captured = await run('verify-all --output baseline.json --include-merkle-roots');
    expect(captured).toMatchObject({ status: 0, stderr: '' });
    expect(captured.stdout).toMatch(/^PASS: 300 records sound in 3 tenants\n/);
    expect(await run('roots-export --output roots.json')).toMatchObject({ status: 0, stderr: '' });
    expect(await run('stats --output stats.txt')).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(readFileSync(at('roots.json'), 'utf8')).globalRoot).toBe(
      JSON.parse(readFileSync(at('baseline.json'), 'utf8')).trailer.globalRoot,
    );
  });

  it('after, with nothing changed: all pass, from either name of the store', async () => {
    const green = { GREEN: server().url() };
    expect((await run('verify-all --namespace stellaops-green --output full.ndjson --depth full', green)).status).toBe(
      0,
    );
    expect((await compareSnapshots(at('baseline.json'), at('full.ndjson'), { mode: 'frozen' })).verdict).toBe('PASS');
    expect((await run('verify-continuity --baseline baseline.json --mode frozen')).status).toBe(0);
    expect((await run('verify-roots --baseline roots.json --output reports/roots.json')).status).toBe(0);
    expect((await run('stats')).stdout).toBe(readFileSync(at('stats.txt'), 'utf8'));
    expect((await run(`baseline.json ${server().url()} --mode frozen --output reports/direct.json`)).status).toBe(0);
    expect((await run('cross-check')).status).toBe(0);
  });

  it('one database on both sides is always equal to itself', async () => {
    const url = server().url();
    expect(await run(`${url} ${url}`)).toMatchObject({ status: 3, stdout: expect.stringContaining('same-input') });
  });

  it('after growth: chains and their roots prove it', async () => {
    const client = await server().connect();
    // To each of the six chains.
    await appendToLedger(client, PLAN, 12);
    await client.end();
    const continuity = await run('verify-continuity --baseline baseline.json --output reports/continuity.json');
    expect(continuity).toMatchObject({
      status: 0,
      stdout: 'PASS: 300 baseline records intact in 3 tenants; 72 added\n',
    });
    expect((await run('verify-roots --baseline roots.json')).status).toBe(0);
  });

  it('after tampering: FAIL, and the capture of it as well', async () => {
    const changed = `UPDATE ledger_events SET event_body = jsonb_set(event_body::jsonb, '{note}', '"x"')
      WHERE event_id = (SELECT event_id FROM ledger_events ORDER BY event_id LIMIT 1)`;
    await server().sql('postgres', changed);
    expect((await run('verify-continuity --baseline baseline.json --output reports/continuity.json')).status).toBe(1);
    expect((await run('verify-roots --baseline roots.json')).status).toBe(1);
    const captured = await run('verify-all --output tampered.json');
    expect(captured).toMatchObject({ status: 1, stdout: expect.stringContaining('hash-mismatch') });
  });

  it('without a table, a right or a server: INCOMPLETE, and the old baseline stays', async () => {
    const old = readFileSync(at('baseline.json'), 'utf8');
    await server().sql('postgres', 'CREATE ROLE stranger LOGIN PASSWORD $$canary$$');
    const stranger = { EVIDENCE_SOURCE: server().url('postgres', 'stranger', 'canary') };
    const refused = { EVIDENCE_SOURCE: server().url('postgres', 'stranger', 'canary-wrong') };
    const nowhere = { EVIDENCE_SOURCE: server().url('no-such-database') };
    for (const env of [stranger, refused, nowhere]) {
      expect((await run('verify-all --output baseline.json', { ...env, EVIDENCE_DIFF_DEBUG: '1' })).status).toBe(2);
      expect((await run('verify-continuity --baseline baseline.json --output reports/refused.json', env)).status).toBe(
        2,
      );
      expect((await run('profile check', env)).status).toBe(2);
    }
    expect((await run('verify-all --output baseline.json --schema elsewhere')).status).toBe(2);
    expect((await run('verify-all --output baseline.json --profile stella-locker')).status).toBe(2);
    expect(readFileSync(at('baseline.json'), 'utf8')).toBe(old);
  });

  it('and no password was printed or written', () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
    const all = [printed, ...texts].join('\n');
    for (const secret of [server().password, 'canary']) expect(all.split(secret)).toHaveLength(1);
    expect(all).toContain('postgres://');
  });
});

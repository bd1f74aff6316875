/**
 * The whole upgrade by the scripts of docs/runbook: a real PostgreSQL with 600 records (5,000 in the long campaigns, 150 in
 * `npm test`), kubectl, helm and stella as recording stand-ins. Phases 1 to 4 run once, and once more with a baseline of full
 * depth (in `npm test` with that one alone); each variant goes on from a copy of that folder and that database, the first
 * through all phases, the others with those that they are about.
 *
 * In phases 1 and 2 each call of the command is a process of its own, but in `npm test`; after that one process answers all,
 * but in the long campaign, where everything is as it will be.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { long, runs } from '../../long.ts';
import { pgTool, postgresAvailable, skippedWithoutPostgres, skippedWithoutTools } from '../../postgres/binaries.ts';
import { chainsOf } from '../../postgres/ledger-rows.ts';
import { appendToLedger, createLedger, type LedgerPlan } from '../../postgres/ledger-store.ts';
import { FaultProxy } from '../../postgres/proxy.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { isSampled } from '../../sample.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { type Ended, evidenceDiff } from '../command.ts';
import { CommandServer } from '../runbook-pairs/pairs.ts';
import { Rehearsal, type Store, UPGRADE_ID } from './rehearsal.ts';

const LIBRARY = new URL('../../../dist/index.js', import.meta.url).href;

/** What the platform's migration does to the store: as `declareMigration` says. */
const REWRITE = `
  const { canonicalize, parseJson, JsonNumber, portable } = await import(${JSON.stringify(LIBRARY)});
  const { createHash } = await import('node:crypto');
  const sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const { rows } = await client.query(
    'SELECT tenant_id, chain_id, sequence_no::text, event_body::text FROM ledger_events e ORDER BY tenant_id, chain_id, e.sequence_no',
  );
  let [chain, previous] = ['', ''];
  const all = [];
  for (const row of rows) {
    if (row.tenant_id + row.chain_id !== chain) [chain, previous] = [row.tenant_id + row.chain_id, '0'.repeat(64)];
    const body = parseJson(portable, Buffer.from(row.event_body));
    const event = body.get('event');
    event.set('policy', event.get('policyVersion'));
    event.delete('policyVersion');
    event.set('sequence', event.get('sequence').token);
    event.set('risk', new JsonNumber('0'));
    event.get('actor').delete('type');
    /* besides */
    const text = canonicalize(body);
    const hash = sha256(text);
    all.push([row.tenant_id, row.chain_id, row.sequence_no, text, hash, previous, sha256(hash + '-' + row.sequence_no)]);
    previous = hash;
  }
  const column = (at) => all.map((row) => row[at]);
  await client.query(
    \`UPDATE ledger_events e SET event_body = n.body::jsonb, event_hash = n.hash, previous_hash = n.prev, merkle_leaf_hash = n.leaf
     FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])
       AS n(tenant, chain, seq, body, hash, prev, leaf)
     WHERE e.tenant_id = n.tenant AND e.chain_id::text = n.chain AND e.sequence_no = n.seq\`,
    [0, 1, 2, 3, 4, 5, 6].map(column),
  );`;

/** The migration of `REWRITE`, signed. */
function declareMigration(rehearsal: Rehearsal): void {
  const baseline = readFileSync(rehearsal.kept('backup', 'pre-upgrade-evidence-baseline.ndjson'));
  const rule = {
    name: 'ledger-2',
    match: { stream: 'findings-ledger/*' },
    patch: [
      { op: 'move', from: '/body/event/policyVersion', path: '/body/event/policy' },
      { op: 'convert', path: '/body/event/sequence', to: { text: true } },
      { op: 'add', path: '/body/event/risk', value: 0 },
      { op: 'remove', path: '/body/event/actor/type', why: 'it is in an attribute' },
    ],
    rechain: { recipe: 'sha256-jcs-body', genesis: 'zeros', derived: { merkleLeafHash: 'sha256-hash-dash-seq' } },
  };
  const form = { kind: 'evidence-migration', version: 1, upgrade: UPGRADE_ID, from: '1.0', to: '2.0' };
  const digest = createHash('sha256').update(baseline).digest('hex');
  writeFileSync(rehearsal.at('migration.json'), JSON.stringify({ ...form, baseline: digest, rules: [rule] }));
  const signed = evidenceDiff(['sign', rehearsal.at('migration.json'), '--key', rehearsal.at('evidence.key')]);
  expect(signed, signed.stderr).toMatchObject({ status: 0 });
}

/** The variables of an upgrade that migrates evidence. */
function migrating(rehearsal: Rehearsal): Record<string, string> {
  return { EVIDENCE_MIGRATION: 'yes', MIGRATION: rehearsal.at('migration.json'), BASELINE_DEPTH: 'full' };
}

const OF_FULL_DEPTH = { env: { BASELINE_DEPTH: 'full' } } as const;
const NO_VERDICT_KEY = { VERDICT_SIGNING_KEY: '', VERDICT_TRUSTED_KEY: '' } as const;

const PLAN: LedgerPlan = { rows: runs(600, 5000, 150), tenants: 5, chainsPerTenant: 1, seed: 'rehearsal' };
const ROWS = PLAN.rows.toLocaleString('en');
/** The last `sequence_no` of the first tenant. */
const LAST = chainsOf(PLAN).find(({ tenantId }) => tenantId === 'acme')?.rows ?? 0;
const TOOLS = ['pg_dump', 'pg_restore'] as const;
const missing = !postgresAvailable || TOOLS.some((tool) => pgTool(tool) === undefined);
const TITLE = `the rehearsal of an upgrade${skippedWithoutPostgres}${skippedWithoutTools(...TOOLS)}`;

// Some thirty commands a variant, each a process of its own.
describe.skipIf(missing)(TITLE, { timeout: 300_000 }, () => {
  const folder = temporaryFolder();
  const server = serverOfFile();
  let prepared: Rehearsal;
  let commands: CommandServer | undefined;
  let copies = 0;

  const storeOf = (database: string): Store => ({
    url: server().url(database),
    host: '127.0.0.1',
    port: server().port,
    database,
    user: 'postgres',
    password: server().password,
  });

  function expectDone(ended: Ended): void {
    expect(ended, `${ended.stdout}${ended.stderr}`).toMatchObject({ status: 0 });
  }

  interface Copy {
    readonly rehearsal: Rehearsal;
    readonly database: string;
  }

  async function copy(of = prepared, template = 'blue'): Promise<Copy> {
    copies += 1;
    const database = `upgrade_${copies}`;
    await server().createDatabase(database, { template });
    const rehearsal = Rehearsal.from(of, `${folder}/${database}`, storeOf(database), commands);
    return { rehearsal, database };
  }

  /** Five new events in each of the five chains, as canary traffic would write them. */
  async function traffic(database: string): Promise<void> {
    const client = await server().connect(database);
    await appendToLedger(client, PLAN, 5).finally(() => client.end());
  }

  let migratable: Promise<Rehearsal> | undefined;

  /** An upgrade before its fifth phase; nobody goes on but from a copy of it. */
  function beforeMigration(): Promise<Rehearsal> {
    const upgrade = async (): Promise<Rehearsal> => {
      const { rehearsal } = await copy();
      for (const phase of ['03-deploy-green', '04-migrations']) expectDone(await rehearsal.run(`${phase}.sh`));
      return rehearsal;
    };
    migratable ??= upgrade();
    return migratable;
  }

  let validated: Promise<Copy> | undefined;

  /** An upgrade that went well up to its last phase; nobody goes on but from a copy of it. */
  function upgraded(): Promise<Copy> {
    const upgrade = async (): Promise<Copy> => {
      const { rehearsal, database } = await copy(await beforeMigration());
      for (const phase of ['05-evidence-migration', '06-health']) expectDone(await rehearsal.run(`${phase}.sh`));
      await traffic(database);
      expectDone(await rehearsal.run('07-cutover.sh'));
      expectDone(await rehearsal.approved('08-validation.sh', '37a'));
      return { rehearsal, database };
    };
    validated ??= upgrade();
    return validated;
  }

  const ONE_NUMBER = `UPDATE ledger_events SET event_body = jsonb_set(event_body, '{tampered}', '1')
    WHERE tenant_id = 'acme' AND sequence_no = 7`;

  beforeAll(async () => {
    await server().createDatabase('blue');
    const client = await server().connect('blue');
    await createLedger(client, PLAN).finally(() => client.end());
    mkdirSync(`${folder}/prepared`);
    if (isSampled) commands = await CommandServer.start();
    prepared = new Rehearsal(`${folder}/prepared`, storeOf('blue'), commands);
    expectDone(await prepared.approved('01-pre-upgrade.sh', '4', isSampled ? OF_FULL_DEPTH : {}));
    expectDone(await prepared.approved('02-backup.sh', '11a'));
    if (!long) commands ??= await CommandServer.start();
  }, 300_000);
  afterAll(() => commands?.stop());

  it('a clean upgrade: every phase, PASS with 25 records added, an audit report, an archive', async () => {
    const before = await upgraded();
    const { rehearsal } = await copy(before.rehearsal, before.database);
    expect(rehearsal.report('step-21-continuity')).toMatchObject({ verdict: 'PASS', relation: 'identical' });
    expect(rehearsal.report('continuity-report').headline).toBe(
      `PASS: ${ROWS} baseline records intact in 5 tenants; 25 added`,
    );
    expect(rehearsal.report('roots-verification')).toMatchObject({ verdict: 'PASS' });
    for (const gate of ['pre-upgrade', 'post-migration', 'post-cutover']) {
      const { decision, inputs } = rehearsal.decision(gate);
      expect([gate, decision, inputs[1]]).toMatchObject([gate, 'proceed', { input: 'signed-verdict', value: 'PASS' }]);
    }
    expect(readFileSync(rehearsal.kept('reports', 'upgrade-audit.pdf')).subarray(0, 5).toString()).toBe('%PDF-');
    const { rehearsal: hasty } = await copy(before.rehearsal, before.database);
    const early = await hasty.approved('10-cleanup.sh', '41');
    expect([early.status, early.stdout], early.stderr).toEqual([2, expect.stringMatching(/^unknown: observation: /m)]);
    expect(hasty.calls().some((call) => call.startsWith('kubectl delete namespace'))).toBe(false);
    // What follows waits for nobody where there is no key, and says so.
    const unsigned = await rehearsal.approved('10-cleanup.sh', '41', { env: NO_VERDICT_KEY });
    expectDone(unsigned);
    expect(unsigned.stderr).toContain('The gate observation was not asked');
    expect(readdirSync(rehearsal.at('archive'))).toEqual([`upgrade-${UPGRADE_ID}.tar.gz`]);
    const weights = rehearsal.calls().flatMap((call) => /"value": "(\d+)"/.exec(call)?.[1] ?? []);
    expect(weights).toEqual(['50', '100']);
    const [capture = '', ...others] = readdirSync(rehearsal.kept('reports')).filter((name) => /capture/.test(name));
    expect([capture, ...others].filter((name) => name.startsWith('continuity-report'))).toHaveLength(2);
    expect(rehearsal.calls().at(-1)).toBe('kubectl delete namespace stellaops');
    expect(
      rehearsal
        .journal()
        .filter(({ type }) => type === 'approval')
        .map(({ step }) => step),
    ).toEqual(['4', '11a', '37a', '41']);
  });

  it('evidence that is lost in a migration stops it at step 21', async () => {
    const { rehearsal } = await copy();
    rehearsal.onMoment(
      'migrations',
      `DELETE FROM ledger_events WHERE tenant_id = 'acme' AND sequence_no > ${LAST - 10}`,
    );
    expectDone(await rehearsal.run('03-deploy-green.sh'));
    expectDone(await rehearsal.run('04-migrations.sh'));
    const { status, stdout, stderr } = await rehearsal.run('05-evidence-migration.sh');
    expect(status, stderr).toBe(1);
    expect(stdout).toMatch(new RegExp(`^FAIL: 10 missing of ${ROWS} baseline records`, 'm'));
    expect(rehearsal.isDone('20')).toBe(true);
    expect(rehearsal.isDone('21')).toBe(false);
    expect(rehearsal.journal().at(-1)).toMatchObject({ step: '21', type: 'step-failed', note: 'exit code 1' });
  });

  it('a record that is changed during the canary: the gate says rollback, the dump is restored, R4 is PASS', async () => {
    const { rehearsal, database } = await copy();
    rehearsal.greenIsUp();
    rehearsal.onMoment('canary', ONE_NUMBER);
    await traffic(database);
    const cutover = await rehearsal.run('07-cutover.sh');
    expect(cutover.status, cutover.stderr).toBe(1);
    expect(cutover.stdout).toContain('rollback');
    expect(rehearsal.calls().at(-1)).toContain('"value": "0"');
    expect([rehearsal.attempt(), rehearsal.isDone('25')]).toEqual([2, false]);
    expectDone(await rehearsal.approved('09-rollback.sh', 'R3', { args: ['restore'] }));
    expect(rehearsal.report('step-R4-continuity')).toMatchObject({ verdict: 'PASS', relation: 'identical' });
    // What the restore took away is kept and listed: the traffic, and the record that was changed.
    expect(rehearsal.report('before-restore')).toMatchObject({
      findingCounts: { 'record-added': 25, 'record-modified': 1 },
    });
    expect(readFileSync(rehearsal.kept('backup', 'before-restore-3.dump')).length).toBeGreaterThan(1000);
    expect(rehearsal.calls().at(-1)).toMatch(/^helm upgrade stellaops .* image\.tag=2027\.Q1/);
    // The next cutover waits for what was rolled back to be done again, and begins at 10 %.
    const before = rehearsal.calls().length;
    rehearsal.onMoment('canary', 'SELECT 1');
    expect([(await rehearsal.run('07-cutover.sh')).status, rehearsal.calls().length]).toEqual([75, before]);
    rehearsal.greenIsUp();
    expectDone(await rehearsal.run('07-cutover.sh'));
    expect(rehearsal.calls()[before]).toMatch(/^kubectl apply -f .*canary\.yaml$/);
  });

  it('a connection that is lost at step 30: INCOMPLETE, and nothing is claimed', async () => {
    const { rehearsal, database } = await copy();
    const proxy = await FaultProxy.open(server().port);
    proxy.arm('reset', 100 * PLAN.rows);
    const env = { STORE_URL: proxy.through(server().url(database)) };
    const { status, stdout } = await rehearsal.approved('08-validation.sh', '37a', { env });
    await proxy.close();
    expect(proxy.faults).toBe(1);
    expect(status).toBe(2);
    expect(stdout).toMatch(/^INCOMPLETE: /m);
    expect(existsSync(rehearsal.kept('reports', 'continuity-report.json'))).toBe(false);
    expect(['30', '31', '32', '33'].map((step) => rehearsal.isDone(step))).toEqual([false, false, false, false]);
    expectDone(await rehearsal.approved('08-validation.sh', '37a'));
    expect(rehearsal.report('continuity-report').verdict).toBe('PASS');
  });

  it('an evidence bundle that is tampered with after step 10 is found when it is archived', async () => {
    const before = await upgraded();
    const { rehearsal } = await copy(before.rehearsal, before.database);
    const fan = rehearsal.kept('backup', 'evidence-bundle', 'bodies');
    const [first = ''] = readdirSync(fan);
    const [body = ''] = readdirSync(`${fan}/${first}`);
    writeFileSync(`${fan}/${first}/${body}`, '{"rewritten":true}');
    const { status, stdout, stderr } = await rehearsal.approved('10-cleanup.sh', '41', { env: NO_VERDICT_KEY });
    expect(status, stderr).toBe(1);
    expect(stdout + stderr).toContain(body.slice(0, 20));
    expect(rehearsal.isDone('41')).toBe(true);
    expect(rehearsal.isDone('42')).toBe(false);
    expect(readdirSync(rehearsal.at('archive'))).toEqual([]);
  });

  it('a cutover that is interrupted begins again', async () => {
    const { rehearsal } = await copy();
    rehearsal.greenIsUp();
    const stopWhenHeld = async (kill: () => void): Promise<void> => {
      while (!rehearsal.isDone('25')) await sleep(10);
      await sleep(200);
      kill();
    };
    const env = { CANARY_HOLD_SECONDS: '60' };
    const stopped = await rehearsal.run('07-cutover.sh', { env, onStart: (kill) => void stopWhenHeld(kill) });
    expect(stopped.status).not.toBe(0);
    expect([rehearsal.isDone('25'), rehearsal.isDone('26')]).toEqual([true, false]);
    // Traffic and gates are no artefacts: it begins at 10 % again.
    const before = rehearsal.calls().length;
    expectDone(await rehearsal.run('07-cutover.sh'));
    expect(rehearsal.calls()[before]).toMatch(/^kubectl apply -f .*canary\.yaml$/);
    expect(evidenceDiff(['journal', 'verify', rehearsal.kept('journal.ndjson')]).status).toBe(0);
  });

  describe('a report that says PASS of evidence that was altered', () => {
    const REPORT = 'upgrade/reports/step-26-continuity';
    /** The comparison finds it; what follows sees neither its exit code nor its report, but what it had said just before. */
    const edited = (besides: string): string => `
      if [[ $verb == verify-continuity && "$*" == *step-26* ]]; then
        real "$@" >/dev/null && cp ${REPORT}.json passed.json && cp upgrade/reports/evidence.prom passed.prom || exit
        hooks/evidence
        real "$@" >/dev/null
        cp passed.json ${REPORT}.json
        cp passed.prom upgrade/reports/evidence.prom
        ${besides}
        exit 0
      fi`;
    const FOREIGN = `real attest ${REPORT}.json --expect-report "sha256:$(sha256sum ${REPORT}.json | cut -c1-64)" \
      --key attacker.key --output ${REPORT}.sigstore.json >/dev/null`;
    const UNCHECKED = 'if [[ $verb == verify-verdict ]]; then exit 0; fi';

    async function cutover(shell: string, env = {}): Promise<{ readonly ended: Ended; readonly rehearsal: Rehearsal }> {
      const { rehearsal } = await copy();
      rehearsal.greenIsUp();
      rehearsal.makeKey('attacker');
      rehearsal.onMoment('evidence', ONE_NUMBER);
      rehearsal.onCommand(shell);
      return { ended: await rehearsal.run('07-cutover.sh', { env }), rehearsal };
    }

    it.each([
      ['unsigned', `rm ${REPORT}.sigstore.json`, 2],
      ['with the verdict of the report that it was', ':', 3],
      ['with a verdict that another key has signed', FOREIGN, 3],
    ])('stops the cutover at 10 %%: %s', async (_, besides, code) => {
      const { ended, rehearsal } = await cutover(edited(besides));
      expect(ended.status, ended.stderr).toBe(code);
      expect(ended.stderr).toContain('nothing rests on this report');
      expect([rehearsal.isDone('25'), rehearsal.isDone('26')]).toEqual([true, false]);
      expect(rehearsal.calls().some((call) => call.includes('"value": "50"'))).toBe(false);
      // The gate by itself sees it as well.
      const unchecked = await cutover(`${UNCHECKED}\n${edited(besides)}`);
      expect(unchecked.ended.status, unchecked.ended.stderr).toBe(2);
      expect(unchecked.ended.stdout).toMatch(/^unknown: signed-verdict: /m);
      expect(unchecked.rehearsal.isDone('26')).toBe(false);
    });

    it('is believed where there is no verdict key, and the scripts say that it is', async () => {
      const { ended, rehearsal } = await cutover(edited(':'), NO_VERDICT_KEY);
      // The next comparison is of the altered store, and takes the traffic off again.
      expect(ended.status, ended.stderr).toBe(1);
      const weights = rehearsal.calls().flatMap((call) => /"value": "(\d+)"/.exec(call)?.[1] ?? []);
      expect(weights).toEqual(['50', '0']);
      expect(ended.stderr).toContain('There is no verdict key: the gate believes');
    });
  });

  it('one key of the verdicts without the other is a mistake, said before anything is done', async () => {
    for (const name of Object.keys(NO_VERDICT_KEY)) {
      const { status, stderr } = await prepared.run('05-evidence-migration.sh', { env: { [name]: '' } });
      expect([status, stderr]).toEqual([64, expect.stringContaining(name)]);
    }
  });

  describe('a baseline that cannot be believed stops it at step 21, UNTRUSTED:', () => {
    const baselineOf = (rehearsal: Rehearsal): string =>
      rehearsal.kept('backup', 'pre-upgrade-evidence-baseline.ndjson');

    let migrated: Rehearsal;

    beforeAll(async () => {
      migrated = await beforeMigration();
    }, 300_000);

    async function expectUntrusted(rehearsal: Rehearsal, kind: string): Promise<void> {
      const { status, stdout } = await rehearsal.run('05-evidence-migration.sh');
      expect(stdout).toMatch(/^UNTRUSTED: /m);
      expect(status).toBe(3);
      expect(rehearsal.report('step-21-continuity').findingCounts).toHaveProperty(kind);
      expect(rehearsal.isDone('21')).toBe(false);
    }

    it('edited after it was signed', async () => {
      const { rehearsal } = await copy(migrated);
      const text = readFileSync(baselineOf(rehearsal), 'utf8');
      expect(text).toContain('"finding.closed"');
      writeFileSync(baselineOf(rehearsal), text.replace('"finding.closed"', '"finding.opened"'));
      await expectUntrusted(rehearsal, 'signature-invalid');
    });

    it('swapped for one that another key has signed', async () => {
      const { rehearsal } = await copy(migrated);
      evidenceDiff(['keygen', '--output', rehearsal.at('attacker.key')]);
      rmSync(`${baselineOf(rehearsal)}.dsse.json`);
      const args = ['sign', baselineOf(rehearsal), '--key', rehearsal.at('attacker.key'), '--upgrade', UPGRADE_ID];
      expect(evidenceDiff(args).status).toBe(0);
      await expectUntrusted(rehearsal, 'key-untrusted');
    });

    it('an older one, rightly signed, played again', async () => {
      const { rehearsal } = await copy(migrated);
      const older = rehearsal.at('older.ndjson');
      cpSync(baselineOf(rehearsal), older);
      expect(evidenceDiff(['sign', older, '--key', rehearsal.at('evidence.key'), '--upgrade', '2027.Q1']).status).toBe(
        0,
      );
      cpSync(`${older}.dsse.json`, `${baselineOf(rehearsal)}.dsse.json`);
      await expectUntrusted(rehearsal, 'subject-mismatch');
    });
  });

  describe('through a migration of the evidence:', () => {
    let ready: Rehearsal;
    /** With hashes and links that are as they would be of it. */
    const ALTERED = "if (row.tenant_id === 'acme' && row.sequence_no === '7') event.set('risk', new JsonNumber('1'));";

    /** Phases 1 to 4 with a baseline that holds the bodies, as a migration needs it. */
    async function fromTheStart(): Promise<Rehearsal> {
      mkdirSync(`${folder}/migrating`);
      const rehearsal = new Rehearsal(`${folder}/migrating`, storeOf('blue'), commands);
      expectDone(await rehearsal.approved('01-pre-upgrade.sh', '4', OF_FULL_DEPTH));
      expectDone(await rehearsal.approved('02-backup.sh', '11a'));
      for (const phase of ['03-deploy-green', '04-migrations']) expectDone(await rehearsal.run(`${phase}.sh`));
      return rehearsal;
    }

    beforeAll(async () => {
      ready = isSampled ? (await copy(await beforeMigration())).rehearsal : await fromTheStart();
      declareMigration(ready);
    }, 300_000);

    /** Phase 5 with the platform's migration of the evidence, and what happens to the store besides. */
    async function migrated(besides = 'SELECT 1', within = ''): Promise<{ readonly ended: Ended } & Copy> {
      const made = await copy(ready);
      made.rehearsal.onMoment('evidence', besides, REWRITE.replace('/* besides */', within));
      const ended = await made.rehearsal.approved('05-evidence-migration.sh', '20', { env: migrating(made.rehearsal) });
      return { ...made, ended };
    }

    it('rename, retype, a member added and one dropped, chains made anew: PASS, migrated, to the end', async () => {
      const { rehearsal, database, ended } = await migrated();
      expectDone(ended);
      expect(ended.stderr).toContain('migrate --dry-run');
      expect(rehearsal.report('step-21-continuity')).toMatchObject({ verdict: 'PASS', relation: 'migrated' });
      const env = migrating(rehearsal);
      for (const phase of ['06-health', '07-cutover']) expectDone(await rehearsal.run(`${phase}.sh`, { env }));
      expectDone(await rehearsal.approved('08-validation.sh', '37a', { env }));
      expect(rehearsal.report('continuity-report')).toMatchObject({ verdict: 'PASS', relation: 'migrated' });
      expect(rehearsal.report('upgrade-audit')).toMatchObject({ verdict: 'PASS' });
      expect(database).not.toBe('');
    });

    it.each([
      [
        'one record lost',
        `DELETE FROM ledger_events WHERE tenant_id = 'acme' AND sequence_no = ${LAST}`,
        'record-missing',
      ],
      ['one altered beyond its rule', 'SELECT 1', 'record-modified', ALTERED],
      [
        'one silently retired',
        "DELETE FROM ledger_events WHERE tenant_id = 'acme' AND sequence_no = 1",
        'record-missing',
      ],
    ])('%s: FAIL, and the scripts stop', async (_, besides, kind, within = '') => {
      const { rehearsal, ended } = await migrated(besides, within);
      expect(ended.status, ended.stderr).toBe(1);
      expect(rehearsal.report('step-21-continuity')).toMatchObject({ verdict: 'FAIL', findingCounts: { [kind]: 1 } });
      expect(rehearsal.isDone('21')).toBe(false);
    });

    it('a rule set changed after it was signed: UNTRUSTED, and nothing is migrated', async () => {
      const { rehearsal } = await copy(ready);
      const text = readFileSync(rehearsal.at('migration.json'), 'utf8');
      writeFileSync(rehearsal.at('migration.json'), text.replace('"value":0', '"value":1'));
      const ended = await rehearsal.approved('05-evidence-migration.sh', '20', { env: migrating(rehearsal) });
      expect(ended.status, ended.stderr).toBe(3);
      expect(rehearsal.isDone('20')).toBe(false);
      expect(rehearsal.calls().some((call) => call.startsWith('stella evidence migrate --namespace'))).toBe(false);
    });

    it('a baseline edited after it was signed: UNTRUSTED, and nothing is migrated', async () => {
      const { rehearsal } = await copy(ready);
      const baseline = rehearsal.kept('backup', 'pre-upgrade-evidence-baseline.ndjson');
      writeFileSync(baseline, readFileSync(baseline, 'utf8').replace('"finding.closed"', '"finding.opened"'));
      const ended = await rehearsal.approved('05-evidence-migration.sh', '20', { env: migrating(rehearsal) });
      expect(ended.status, ended.stderr).toBe(3);
      expect([rehearsal.isDone('19'), rehearsal.isDone('20')]).toEqual([false, false]);
      expect(rehearsal.calls().some((call) => call.startsWith('stella evidence migrate'))).toBe(false);
    });

    it('evidence that was rewritten, and nothing declared: FAIL', async () => {
      const { rehearsal } = await copy(ready);
      rehearsal.onMoment('migrations', 'SELECT 1', REWRITE);
      rmSync(rehearsal.kept('state', 'attempt-1', '16.done'));
      expectDone(await rehearsal.run('04-migrations.sh'));
      const ended = await rehearsal.run('05-evidence-migration.sh');
      // Needed, as the dry run says of what it found: somebody has to declare it.
      expect(ended.status, ended.stderr).toBe(75);
      expect(ended.stderr).toContain('evidence has to be migrated');
    });
  });

  it('a dry run prints the commands and touches nothing', async () => {
    mkdirSync(`${folder}/dry`);
    const rehearsal = new Rehearsal(`${folder}/dry`, storeOf('blue'));
    for (const script of ['01-pre-upgrade.sh', '02-backup.sh', '07-cutover.sh', '10-cleanup.sh']) {
      const { status, stderr } = await rehearsal.run(script, { args: ['--dry-run'] });
      expect([script, status]).toEqual([script, 0]);
      expect(stderr).toMatch(/^\+ .*evidence-diff/m);
      expect(stderr).not.toContain(server().password);
    }
    expect(rehearsal.calls()).toEqual([]);
    expect(readdirSync(rehearsal.folder)).not.toContain('upgrade');
  });

  it('no phase starts without its variables, and none tells a value', async () => {
    const { status, stderr } = await prepared.run('07-cutover.sh', { env: { APP_HOST: '', UPGRADE_ACTOR: '' } });
    expect([status, stderr]).toEqual([64, expect.stringContaining('UPGRADE_ACTOR')]);
    expect(stderr).not.toContain(server().password);
  });
});

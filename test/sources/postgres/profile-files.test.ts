/** Profiles that users write: checked member by member, and tried on a database by the command. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadProfile } from '../../../src/api/profiles.ts';
import { type Profile, profileFrom } from '../../../src/wire/profile.ts';
import { evidenceDiff } from '../../e2e/command.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { createLedger, type LedgerPlan } from '../../postgres/ledger-store.ts';
import { createLocker } from '../../postgres/locker-store.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { profileOfTable } from './audits.ts';

const LEDGER: LedgerPlan = { rows: 60, tenants: 2, chainsPerTenant: 1, seed: 'profile files' };

const TABLE = profileOfTable({}).tables[0];
const PROFILE = { kind: 'evidence-profile', version: 1, name: 'own', tables: [TABLE] };

const withTable = (members: Record<string, unknown>) => ({ ...PROFILE, tables: [{ ...TABLE, ...members }] });

/** What is wrong, the JSON of a profile, and where the message must say that it is. */
const WRONG: readonly (readonly [what: string, text: string, says: RegExp])[] = [
  ['no JSON', '{', /own\.json, line 1, byte \d+: /],
  ['a member twice', '{"kind":"evidence-profile","kind":"x"}', /duplicate member name/],
  ['no object', '[]', /not a profile: /],
  ['another kind', JSON.stringify({ ...PROFILE, kind: 'evidence-roots' }), /not a profile at \/kind: /],
  [
    'another version',
    JSON.stringify({ ...PROFILE, version: 3 }),
    /a profile of version 3: this one reads versions 1 and 2/,
  ],
  ['what is of version 1 under version 2', JSON.stringify({ ...PROFILE, version: 2 }), /not a profile at \/items: /],
  ['an unknown member', JSON.stringify({ ...PROFILE, tabels: [] }), /not a profile: .*tabels/],
  [
    'an unknown member of a table',
    JSON.stringify(withTable({ tenent: 'x' })),
    /not a profile at \/tables\/0: .*tenent/,
  ],
  ['no table', JSON.stringify({ ...PROFILE, tables: [] }), /not a profile at \/tables: /],
  ['no id', JSON.stringify(withTable({ id: undefined })), /not a profile at \/tables\/0\/id: /],
  [
    'a name that PostgreSQL cuts off',
    JSON.stringify(withTable({ id: 'é'.repeat(32) })),
    /at \/tables\/0\/id: .*63 bytes/,
  ],
  ['no content', JSON.stringify(withTable({ body: undefined })), /at \/tables\/0: .*`body` or `bodyDigest`/],
  [
    'an unknown recipe',
    JSON.stringify(withTable({ chain: { recipe: 'md5' } })),
    /\/tables\/0\/chain\/recipe: .*a known recipe/,
  ],
  [
    'a derived value of nothing',
    JSON.stringify(withTable({ derived: { x: 'sha256-hash-dash-seq' } })),
    /`derived` names/,
  ],
  ['two statements', JSON.stringify(withTable({ where: 'TRUE; DROP TABLE evidence' })), /\/tables\/0\/where: .*`;`/],
  [
    'an attribute that would be lost',
    JSON.stringify(PROFILE).replace('"attrs":{}', '"attrs":{"__proto__":"body"}'),
    /__proto__/,
  ],
  ['columns of a body twice', JSON.stringify(withTable({ body: { columns: ['a', 'a'] } })), /\/tables\/0\/body/],
];

describe('a profile that is wrong', () => {
  const folder = temporaryFolder();

  it.each(WRONG)('%s: says what and where', async (_, text, says) => {
    const path = join(folder, 'own.json');
    writeFileSync(path, text);
    await expect(loadProfile(path)).rejects.toThrowError(says);
    await expect(loadProfile(path)).rejects.toMatchObject({ where: { file: path } });
  });

  it('ends the command with exit code 2 and nothing on standard output', () => {
    writeFileSync(join(folder, 'own.json'), JSON.stringify(withTable({ where: 'TRUE; DROP TABLE evidence' })));
    const { status, stdout, stderr } = evidenceDiff(['profile', 'show', 'own.json'], { cwd: folder });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/own\.json: not a profile at \/tables\/0\/where: .*`;`/);
    const absent = evidenceDiff(['profile', 'show', 'nowhere.json'], { cwd: folder });
    expect([absent.status, absent.stderr]).toEqual([
      2,
      expect.stringMatching(/nowhere\.json.*stella-ledger, stella-locker/),
    ]);
  });
});

describe.skipIf(!postgresAvailable)(`profiles on a database${skippedWithoutPostgres}`, () => {
  const folder = temporaryFolder();
  const server = serverOfFile();

  beforeAll(async () => {
    await server().createDatabase('store');
    const client = await server().connect('store');
    await createLedger(client, LEDGER);
    await createLocker(client, { bundlesPerTenant: 3, tenants: 2 });
    await client.query(`CREATE TABLE notes (note_id text, owner text, words text, "odd ""name" text);
      INSERT INTO notes VALUES ('n1', 'acme', 'x', '1'), ('n2', 'beta', 'y', '2')`);
    await client.end();
  });

  const run = (...args: readonly string[]) =>
    evidenceDiff(args, { cwd: folder, env: { EVIDENCE_SOURCE: server().url('store') } });

  const GENERIC = ['--profile', 'generic', '--table', 'public.notes'];
  const map = (...entries: readonly string[]) => entries.flatMap((entry) => ['--map', entry]);

  it('check: what a capture would read, and exit code 0', () => {
    const ledger = run('profile', 'check', 'stella-ledger');
    expect(ledger).toMatchObject({ status: 0, stderr: '' });
    expect(ledger.stdout).toMatch(
      /^PASS: .*\n.*\nprofile stella-ledger: [\s\S]*assumed: [\s\S]*60 rows in 2 tenants and 2 streams/,
    );
    expect(ledger.stdout).toContain('hash recomputed for 60 rows, compared by value for 0');
    expect(run('profile', 'check', 'stella-locker')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^PASS/),
    });
  });

  it('check: a column that is not there is named, the other tables are told of too, and exit code 2', () => {
    const own = run('profile', 'show', 'stella-locker').stdout.replace('"storage_key"', '"storage"');
    writeFileSync(join(folder, 'own.json'), own);
    const { status, stdout } = run('profile', 'check', 'own.json');
    expect(status).toBe(2);
    expect(stdout).toMatch(/^INCOMPLETE: /);
    expect(stdout).toMatch(
      /evidence_bundles: source-incomplete: no column storage; there are bundle_id, .*storage_key/,
    );
    expect(stdout).toContain('table evidence_locker.evidence_holds: found');
    expect(run('verify-all', '--profile', 'own.json').status).toBe(2);
  });

  it('show prints what can be given as a file again', () => {
    for (const name of ['stella-ledger', 'stella-locker']) {
      const shown = run('profile', 'show', name).stdout;
      writeFileSync(join(folder, 'shown.json'), shown);
      expect(run('profile', 'show', 'shown.json').stdout).toBe(shown);
      expect(() => profileFrom(JSON.parse(shown) as Profile, name)).not.toThrow();
    }
  });

  it('list names the built-in ones', () => {
    const { status, stdout } = run('profile', 'list');
    expect([status, stdout.split('\n').map((line) => line.split(' ')[0])]).toEqual([
      0,
      ['stella-ledger', 'stella-locker', ''],
    ]);
  });

  it('generic: columns, fixed texts, attributes and all other columns', () => {
    const members = map('tenant=owner', 'id=note_id', 'type==note', 'stream==notes', 'attrs.odd=odd "name', 'body=*');
    const checked = run('profile', 'check', ...GENERIC, ...members);
    expect(checked).toMatchObject({ status: 0, stdout: expect.stringContaining('2 rows in 2 tenants and 2 streams') });
    expect(run('verify-all', ...GENERIC, ...members, '--output', 'notes.json', '--depth', 'full').status).toBe(0);
    const stats = run('stats', 'notes.json', '--detailed', '--format', 'text').stdout;
    expect(stats).toContain('tenant "acme" type "note" records 1');
    expect(stats).toMatch(/tenant "beta" stream "notes" unordered size 1/);
    expect(run('verify-continuity', '--baseline', 'notes.json', ...GENERIC, ...members).status).toBe(0);
  });

  it.each([
    [map('id==n1')],
    [map('nonsense=owner')],
    [map('id=note_id', 'id=owner')],
    [[...map('id=note_id'), '--where', 'TRUE; DROP TABLE notes']],
    [map('id=note_id', 'attrs.__proto__=owner')],
  ])('generic, wrongly: %j is a usage error', (members) => {
    expect(run('profile', 'check', ...GENERIC, ...members)).toMatchObject({ status: 64, stdout: '' });
  });

  it('a table, a database or a right that is missing: exit code 2', async () => {
    expect(run('profile', 'check', '--schema', 'elsewhere').status).toBe(2);
    expect(run('profile', 'check', '--source', server().url('nowhere')).status).toBe(2);
    await server().sql('store', `CREATE ROLE stranger LOGIN PASSWORD 'stranger'`);
    const { status, stdout } = run('profile', 'check', '--source', server().url('store', 'stranger', 'stranger'));
    expect([status, stdout]).toEqual([2, expect.stringMatching(/^INCOMPLETE/)]);
  });
});

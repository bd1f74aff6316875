/** `migrate` and `reindex-check`, as a user meets them. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { run } from '../cli/in-process.ts';
import { bodies, bundles, chained, LEDGER_RULE, ndjson, type PlainRecord, relinked } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { expectedOf, randomOf, SET_RULES, storeOf } from './random-migration.ts';

const folder = temporaryFolder();
let cwd = folder;
const ed = (...args: readonly string[]) => run(args, { cwd });
const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
const read = (name: string): string => readFileSync(join(cwd, name), 'utf8');
const CHAINS = { chains: LEDGER_RULE };

beforeEach(() => {
  cwd = mkdtempSync(join(folder, 'run-'));
});

function migration(rules: readonly object[]): void {
  const baseline = createHash('sha256')
    .update(readFileSync(join(cwd, 'before.ndjson')))
    .digest('hex');
  write(
    'm.json',
    JSON.stringify({ kind: 'evidence-migration', version: 1, upgrade: 'u', from: '1', to: '2', baseline, rules }),
  );
}

function changed(records: readonly PlainRecord[], change: (body: Record<string, unknown>) => object): PlainRecord[] {
  return records.map((record) => ({ ...record, body: change({ ...(record.body as Record<string, unknown>) }) }));
}

const EXPECTED = ['migrate', '--baseline', 'before.ndjson', '--migration', 'm.json', '--output', 'expected.ndjson'];

describe('the expected state', () => {
  it('is a sound snapshot, equal to what was migrated, whatever the rules', async () => {
    for (const name of ['patch', 'place', 'ids', 'retire', 'offset'] as const) {
      const random = randomOf(3);
      const before = storeOf(random, 12);
      const rule = SET_RULES[name]?.(random, 'bundles', before);
      if (rule === undefined) throw new RangeError(name);
      write('before.ndjson', ndjson(before, CHAINS));
      for (const [file, text] of Object.entries(rule.files ?? {})) write(file, text);
      migration([rule.rule]);
      const made = await ed(...EXPECTED);
      expect(made, made.stderr + made.stdout).toMatchObject({ status: 0 });
      expect((await ed('verify-all', 'expected.ndjson')).status).toBe(0);
      write('after.ndjson', ndjson(expectedOf(before, [rule]), CHAINS));
      expect((await ed('expected.ndjson', 'after.ndjson', '--mode', 'frozen')).status).toBe(0);
    }
  });

  it('is refused at once where it could never be compared as PASS', async () => {
    write('before.ndjson', ndjson(chained(bodies(9)), CHAINS));
    // The body is another one, and the hash is that of the body before.
    migration([{ name: 'r', match: {}, patch: [{ op: 'add', path: '/body/risk', value: 0 }] }]);
    const refused = await ed(...EXPECTED);
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.stdout).toMatch(/could never be compared as PASS: hash-mismatch/);
    expect(existsSync(join(cwd, 'expected.ndjson'))).toBe(false);
    expect((await ed('migrate', '--dry-run', '--baseline', 'before.ndjson', '--migration', 'm.json')).status).toBe(2);
  });

  it('has no chain made anew of a set', async () => {
    write('before.ndjson', ndjson(bundles(4)));
    migration([{ name: 'r', match: {}, rechain: { recipe: 'sha256-prev-body', genesis: 'zeros' } }]);
    const refused = await ed(...EXPECTED);
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.stdout).toMatch(/it has no seq: a set has no chain/);
  });

  it('has the rules of its chains, made anew or cut', async () => {
    const chain = chained(bodies(9));
    write('before.ndjson', ndjson(chain, CHAINS));
    migration([{ name: 'r', match: {}, rechain: { recipe: 'sha256-prev-body', genesis: 'null' } }]);
    expect((await ed(...EXPECTED)).status).toBe(0);
    expect((await ed('verify-all', 'expected.ndjson')).status).toBe(0);
    expect(JSON.parse(read('expected.ndjson').split('\n')[0] ?? '').chains['ledger/1']).toMatchObject({
      genesis: 'null',
      recipe: 'sha256-prev-body',
    });
    migration([{ name: 's', match: {}, splitChain: { at: { seq: 5 }, to: 'ledger/2' } }]);
    expect((await ed(...EXPECTED)).status).toBe(0);
    expect((await ed('verify-all', 'expected.ndjson')).status).toBe(0);
  });

  it('is not written of an unsound baseline, nor where a rule does not fit, nor over an input', async () => {
    const chain = chained(bodies(5)).map((record, at) => (at === 2 ? { ...record, prev: 'a'.repeat(64) } : record));
    write('before.ndjson', ndjson(chain, CHAINS));
    migration([{ name: 'r', match: {}, patch: [{ op: 'add', path: '/body/x', value: 1 }] }]);
    expect((await ed(...EXPECTED)).status).toBe(1);
    write('before.ndjson', ndjson(bundles(5)));
    expect((await ed(...EXPECTED)).status).toBe(3);
    migration([{ name: 'r', match: {}, patch: [{ op: 'remove', path: '/body/nothing' }] }]);
    expect((await ed(...EXPECTED)).status).toBe(1);
    expect(existsSync(join(cwd, 'expected.ndjson'))).toBe(false);
    expect(
      (await ed('migrate', '--baseline', 'before.ndjson', '--migration', 'm.json', '--output', 'before.ndjson')).status,
    ).toBe(64);
  });

  it('is refused where one tenant keeps the chain that another one has anew: a header has one rule for both', async () => {
    const rechain = { recipe: 'sha256-prev-body', genesis: 'zeros' };
    const NONE = { chains: { 'ledger/*': { genesis: 'zeros', recipe: 'none', firstSeq: 1 } } };
    write('before.ndjson', ndjson([...chained(bodies(3)), ...chained(bodies(3), { tenant: 'globex' })], NONE));
    const made = async (match: object) => {
      migration([{ name: 'r', match, rechain }]);
      return ed(...EXPECTED);
    };
    const { status, stderr } = await made({ tenant: 'globex' });
    expect(status).toBe(2);
    expect(stderr).toContain('two tenants have the stream');
    expect(existsSync(join(cwd, 'expected.ndjson'))).toBe(false);
    expect(await made({})).toMatchObject({ status: 0 });
    expect((await ed('verify-all', 'expected.ndjson')).status).toBe(0);
  });
});

const DRY = ['migrate', '--dry-run', '--baseline', 'before.ndjson', 'after.ndjson', '--format', 'json'];

it('cannot be said to be needed where the baseline is not sound by itself', async () => {
  const broken = chained(bodies(9)).map((record, at) => (at === 4 ? { ...record, prev: 'd'.repeat(64) } : record));
  write('before.ndjson', ndjson(broken, CHAINS));
  write(
    'after.ndjson',
    ndjson(
      changed(broken, (body) => ({ ...body, risk: 0 })),
      CHAINS,
    ),
  );
  const dry = await ed('migrate', '--dry-run', '--baseline', 'before.ndjson', 'after.ndjson');
  expect(dry).toMatchObject({ status: 2 });
  expect(dry.stdout).toMatch(/cannot be said: the baseline is not sound by itself \(.*chain-break/);
});

const sha256Of = (name: string): string => `sha256:${createHash('sha256').update(read(name)).digest('hex')}`;

/** The command lines that a text names, without the name of the command. */
function commandsIn(text: string): readonly string[] {
  return [...text.matchAll(/`evidence-diff ([^`]*)`/g)].map(([, line = '']) => line);
}

describe('a dry run', () => {
  it('says that nothing is to be done, or that it cannot be said', async () => {
    write('before.ndjson', ndjson(bundles(5)));
    write('after.ndjson', ndjson(bundles(7)));
    const none = await ed(...DRY);
    expect(none.status).toBe(0);
    expect(JSON.parse(none.stdout)).toMatchObject({ needed: false, draft: null });
    expect((await ed('migrate', '--dry-run', 'after.ndjson')).status).toBe(2);
    expect((await ed('migrate', '--dry-run')).status).toBe(2);
    write('after.ndjson', ndjson(bundles(5)).slice(0, 300));
    expect((await ed(...DRY)).status).toBe(2);
    expect((await ed('migrate')).status).toBe(64);
  });

  it('says by which rules, and how many records, of a migration', async () => {
    write('before.ndjson', ndjson(bundles(5)));
    migration([{ name: 'r', match: { stream: 'bundles' }, patch: [{ op: 'add', path: '/body/x', value: 1 }] }]);
    const { status, stdout } = await ed('migrate', '--dry-run', '--baseline', 'before.ndjson', '--migration', 'm.json');
    expect(status).toBe(12);
    expect(stdout).toContain('migration needed: 5 records of the baseline have to be migrated');
    expect(stdout).toContain('r: 5 records');
    const command = 'evidence-diff migrate --migration m.json --baseline before.ndjson --output expected.ndjson';
    expect(stdout).toContain(`\nNext: \`${command}\``);
    write('after.ndjson', ndjson(changed(bundles(5), (body) => ({ ...body, x: 1 }))));
    expect((await ed(...DRY, '--migration', 'm.json')).status).toBe(0);
    write('after.ndjson', ndjson(bundles(6)));
    expect((await ed(...DRY, '--migration', 'm.json')).status).toBe(12);
    write('after.ndjson', ndjson(changed(bundles(5), (body) => ({ ...body, x: 2 }))));
    expect((await ed(...DRY, '--migration', 'm.json')).status).toBe(2);
  });

  it('drafts a migration that explains what changed, to be compared by once it was read', async () => {
    const before = bundles(40).map((record, at) => ({
      ...record,
      recordedAt: '2026-01-01T10:00:00+02:00',
      body: {
        log_id: at,
        op: at % 3 === 0 ? 'push' : 'pull',
        guid: `g${at}`,
        score: 1.5,
        repo: 'r',
        tag: `t${at}`,
        at: '2026-01-01 00:00:00',
      },
    }));
    const after = before.map(({ body, ...record }) => ({
      ...record,
      stream: 'audit_log',
      recordedAt: '2026-01-01T08:00:00Z',
      body: {
        id: body.log_id,
        op: body.op === 'push' ? 'create' : body.op,
        score: String(body.score),
        risk: 0,
        resource: `r:${body.tag}`,
        at: '2026-01-01T00:00:00Z',
        repo: body.repo,
        tag: body.tag,
      },
    }));
    write('before.ndjson', ndjson(before));
    write('after.ndjson', ndjson(after));
    const { status, stdout, stderr } = await ed(...DRY, '--draft', 'draft.json');
    expect({ status, stderr }).toEqual({ status: 12, stderr: '' });
    const result = JSON.parse(stdout);
    expect(result.unexplained).toEqual([]);
    expect(result.explained).toEqual({ records: 40, of: 40 });
    expect(JSON.parse(read('draft.json'))).toEqual(result.draft);
    expect(result.draft.rules[0].patch[0].why).toContain('proposal');
    const through = (file: string) => ed('before.ndjson', 'after.ndjson', '--migration', file, '--format', 'json');
    const unread = await through('draft.json');
    expect(unread.status).toBe(2);
    expect(JSON.parse(unread.stdout)).toMatchObject({ verdict: 'INCOMPLETE', totals: { matched: 40 } });
    write(
      'accepted.json',
      read('draft.json').replace('DRAFT: name the upgrade', '2027.Q2').replaceAll('"DRAFT"', '"1"'),
    );
    const report = await through('accepted.json');
    expect(JSON.parse(report.stdout)).toMatchObject({ verdict: 'PASS', relation: 'migrated' });
    // The same draft again is none that was worked on; one that was is kept.
    expect((await ed(...DRY, '--draft', 'draft.json')).status).toBe(12);
    expect((await ed(...DRY, '--draft', 'accepted.json')).status).toBe(2);
    expect(read('accepted.json')).toContain('2027.Q2');
  });

  it('is about the baseline whose digest was demanded, and writes nothing of another', async () => {
    write('before.ndjson', ndjson(bundles(5)));
    write('after.ndjson', ndjson(bundles(7)));
    migration([{ name: 'r', match: { stream: 'bundles' }, patch: [{ op: 'add', path: '/body/x', value: 1 }] }]);
    const right = ['--expect-digest', sha256Of('before.ndjson')];
    const wrong = ['--expect-digest', sha256Of('after.ndjson')];
    const of = ['--baseline', 'before.ndjson'];
    const make = [...of, '--migration', 'm.json', '--output', 'expected.ndjson'];
    const asked = [
      [...DRY],
      ['migrate', '--dry-run', ...of, '--migration', 'm.json'],
      [...DRY, '--migration', 'm.json'],
    ];
    const codes = { right: [0, 12, 12], wrong: [3, 3, 3] };
    for (const [at, args] of asked.entries()) {
      expect((await ed(...args, ...right)).status).toBe(codes.right[at]);
      const { status, stdout } = await ed(...args, ...wrong);
      expect([status, stdout]).toEqual([codes.wrong[at], expect.stringContaining('digest-mismatch')]);
      expect(stdout).not.toContain('not needed');
    }
    // Without records there is nothing but columns to go by, and nothing of them either.
    write('none.ndjson', ndjson([]));
    expect((await ed('migrate', '--dry-run', ...of, 'none.ndjson', ...wrong)).status).toBe(3);
    expect((await ed('migrate', ...make, ...wrong)).status).toBe(3);
    expect(readdirSync(cwd)).not.toContain('expected.ndjson');
    expect((await ed('migrate', ...make, ...right)).status).toBe(0);
    expect((await ed('migrate', '--dry-run', 'after.ndjson', ...right)).status).toBe(64);
  });

  it('ends with the command that comes next, which works', async () => {
    write('before.ndjson', ndjson(bundles(5)));
    write('after.ndjson', ndjson(changed(bundles(5), (body) => ({ ...body, x: 1 }))));
    const dry = ['migrate', '--dry-run', '--baseline', 'before.ndjson', 'after.ndjson'];
    expect((await ed(...dry)).stdout).toMatch(/\nNext: the same command with --draft FILE, which writes the draft\n$/);
    const drafted = (await ed(...dry, '--draft', 'draft.json')).stdout;
    expect(drafted).toContain('(`evidence-diff sign draft.json --key KEY`); then `evidence-diff migrate');
    const accepted = read('draft.json').replace('DRAFT: name the upgrade', '2027.Q2').replaceAll('"DRAFT"', '"1"');
    write('draft.json', accepted);
    const [next = '', then = ''] = commandsIn(drafted);
    expect(next).toContain('sign draft.json');
    const made = await ed(...then.split(' '));
    expect(made.status).toBe(0);
    const [compare = ''] = commandsIn(made.stdout.replace('CURRENT', 'after.ndjson'));
    expect(await ed(...compare.split(' '))).toMatchObject({ status: 0 });
    const done = await ed('migrate', '--dry-run', '--baseline', 'before.ndjson', 'before.ndjson');
    expect(done.stdout).toMatch(
      /^migration not needed.*\nNext: `evidence-diff verify-continuity --baseline before.ndjson /,
    );
  });

  it('refuses before anything is read to write a draft where it cannot', async () => {
    write('accepted.json', '{"upgrade":"2027.Q2"}');
    for (const draft of ['accepted.json', 'nowhere/draft.json', '.']) {
      const refused = await ed(
        'migrate',
        '--dry-run',
        '--baseline',
        'missing.ndjson',
        'missing.ndjson',
        '--draft',
        draft,
      );
      expect(refused).toMatchObject({ status: 2, stdout: '' });
      expect(refused.stderr).toContain(draft);
    }
    expect(readdirSync(cwd)).toEqual(['accepted.json']);
  });

  it('drafts a chain made anew', async () => {
    const before = chained(bodies(20));
    const after = relinked(
      changed(before, ({ n }) => ({ n, v: 2 })),
      'sha256-prev-body',
    );
    write('before.ndjson', ndjson(before, CHAINS));
    write('after.ndjson', ndjson(after, CHAINS));
    const { status, stdout } = await ed(...DRY);
    expect(status).toBe(12);
    expect(JSON.parse(stdout)).toMatchObject({ explained: { records: 20, of: 20 } });
    expect(JSON.parse(stdout).draft.rules[0].rechain).toEqual({ recipe: 'sha256-prev-body', genesis: 'zeros' });
  });

  it('says of a chain that begins otherwise which link differs', async () => {
    const before = chained(bodies(3));
    const after = before.map((record, at) => (at === 0 ? { ...record, prev: null } : record));
    write('before.ndjson', ndjson(before, CHAINS));
    write('after.ndjson', ndjson(after, { chains: { 'ledger/*': { ...LEDGER_RULE['ledger/*'], genesis: 'null' } } }));
    const { unexplained } = JSON.parse((await ed(...DRY)).stdout);
    expect(unexplained).toMatchObject([
      { pointer: '/prev', was: JSON.stringify(before[0]?.prev), is: 'null', id: 'e0' },
    ]);
  });

  it('lists what it cannot explain, and does not call a loss a migration', async () => {
    const before = bundles(20);
    const after = changed(before, ({ name, of }) => ({ name, of, risk: 1 })).slice(1);
    after[3] = { ...(after[3] as PlainRecord), body: { name: 'other', of: 'acme', risk: 1 } };
    write('before.ndjson', ndjson(before));
    write('after.ndjson', ndjson(after));
    const { stdout } = await ed(...DRY);
    const result = JSON.parse(stdout);
    expect(result.verdict).toBe('FAIL');
    expect(result.unexplained).toMatchObject([{ pointer: '/body/name', is: '"other"', records: 1 }]);
    expect(result.findingCounts).toMatchObject({ 'record-missing': 1 });
    write('after.ndjson', ndjson(before.slice(1)));
    expect((await ed(...DRY)).status).toBe(2);
  });
});

describe('a dry run over one record that was tampered with', () => {
  const VERDICTS = ['allow', 'deny', 'warn'];
  const before = bundles(40).map((record, at) => ({
    ...record,
    body: { verdict: VERDICTS[at % 3], at: '2026-01-01T10:00:00+02:00' },
  }));
  const respelled = before.map(({ body, ...record }) => ({ ...record, body: { ...body, at: '2026-01-01T08:00:00Z' } }));
  const tampered = (records: readonly PlainRecord[], at: number): readonly PlainRecord[] =>
    records.map((one, index) =>
      index === at ? { ...one, body: { ...(one.body as object), verdict: 'waived' } } : one,
    );

  it('drafts nothing for it, and says that no rule of change explains it', async () => {
    write('before.ndjson', ndjson(before));
    write('after.ndjson', ndjson(tampered(before, 7)));
    const { status, stdout } = await ed(...DRY);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      needed: null,
      because: '1 record of the baseline differs in a way that no rule of change explains',
      draft: null,
      unexplained: [{ pointer: '/body/verdict', was: '"deny"', is: '"waived"', records: 1, id: before[7]?.id }],
    });
    const text = await ed(...DRY.slice(0, -2));
    expect(text.stdout).toContain(`/body/verdict: "deny" -> "waived" (1 record ${before[7]?.id})`);
  });

  it('keeps it out of the rule that explains the others', async () => {
    // The only one of its value: a table of what was seen would explain it.
    const only = before.map((record, at) =>
      at === 7 ? { ...record, body: { ...record.body, verdict: 'block' } } : record,
    );
    write('before.ndjson', ndjson(only));
    write('after.ndjson', ndjson(tampered(respelled, 7)));
    const { status, stdout } = await ed(...DRY);
    const result = JSON.parse(stdout);
    expect(status).toBe(12);
    expect(result).toMatchObject({
      because:
        '40 records of the baseline differ; the draft explains 39 of them: 1 record of the baseline differs in a way that no rule of change explains',
      explained: { records: 39, of: 40 },
      unexplained: [{ pointer: '/body/verdict', was: '"block"', is: '"waived"', records: 1 }],
    });
    expect(JSON.stringify(result.draft)).not.toContain('waived');
    expect(JSON.stringify(result.draft)).toContain('so in 40 of 40 records that changed, such as b000000');
  });

  it('takes what two records show for a proposal, with what speaks for it', async () => {
    const few = before.slice(0, 5);
    write('before.ndjson', ndjson(few));
    write('after.ndjson', ndjson(tampered(tampered(few, 1), 4)));
    const { draft } = JSON.parse((await ed(...DRY)).stdout);
    expect(draft.rules[0].patch).toEqual([
      {
        ...{ op: 'convert', path: '/body/verdict', to: { values: { deny: 'waived' } } },
        why: 'proposal: so in 2 of 2 records that changed, such as b000001',
      },
    ]);
  });

  it('is no rule of change by itself where it is one of its type, and one of many where others changed alike', async () => {
    const typed = before.map((record, at) => ({ ...record, type: at === 7 ? 'single' : 'usual' }));
    const renamed = typed.map(({ body: { at, ...body }, ...record }) => ({ ...record, body: { ...body, seenAt: at } }));
    write('before.ndjson', ndjson(typed));
    write('after.ndjson', ndjson(renamed));
    expect(JSON.parse((await ed(...DRY)).stdout)).toMatchObject({
      explained: { records: 40, of: 40 },
      unexplained: [],
    });
    write('after.ndjson', ndjson(typed.map((one, at) => (at === 7 ? (renamed[7] as PlainRecord) : one))));
    expect(JSON.parse((await ed(...DRY)).stdout)).toMatchObject({
      needed: null,
      unexplained: [{ pointer: '/body/seenAt', was: null, records: 1 }],
    });
  });
});

describe('reindex-check', () => {
  const check = async (...more: readonly string[]) => {
    const { status, stdout } = await ed(
      'reindex-check',
      '--baseline',
      'before.ndjson',
      'after.ndjson',
      '--format',
      'json',
      ...more,
    );
    return { status, ...JSON.parse(stdout) };
  };
  const before = [...bundles(6), ...chained(bodies(6))];

  it('passes where roots differ and every identifier and payload was kept', async () => {
    write('before.ndjson', ndjson(before, CHAINS));
    const ledger = [...chained(bodies(6))].reverse();
    const after = [...bundles(6).map((record) => ({ ...record, attrs: { storageKey: 's3' } })), ...relinked(ledger)];
    write('after.ndjson', ndjson(after, CHAINS));
    expect(await check()).toMatchObject({
      status: 0,
      verdict: 'PASS',
      sameRoots: false,
      totals: { kept: 12, missing: 0 },
    });
    expect((await ed('before.ndjson', 'after.ndjson')).status).toBe(1);
  });

  it('fails for a record that is missing, a payload or a type that is another one; counts what is new', async () => {
    write('before.ndjson', ndjson(before, CHAINS));
    write('after.ndjson', ndjson(before.slice(1), CHAINS));
    expect(await check()).toMatchObject({ status: 1, verdict: 'FAIL', totals: { missing: 1 } });
    write(
      'after.ndjson',
      ndjson(
        before.map((record, at) => (at === 2 ? { ...record, body: 1 } : record)),
        CHAINS,
      ),
    );
    expect(await check()).toMatchObject({ status: 1, totals: { changed: 1, kept: 11 } });
    write(
      'after.ndjson',
      ndjson(
        before.map((record, at) => (at === 2 ? { ...record, type: 'x' } : record)),
        CHAINS,
      ),
    );
    expect(await check()).toMatchObject({ status: 1, totals: { changed: 1 } });
    write('after.ndjson', ndjson([...bundles(8), ...chained(bodies(6))], CHAINS));
    expect(await check()).toMatchObject({ status: 0, totals: { added: 2 } });
    expect(await check('--mode', 'frozen')).toMatchObject({ status: 1, verdict: 'FAIL' });
  });

  it('fails for an unsound side, and is no PASS for one that was not read, is empty, a summary or the same', async () => {
    write('before.ndjson', ndjson(before, CHAINS));
    const broken = before.map((record) => (record.seq === 3 ? { ...record, prev: 'a'.repeat(64) } : record));
    write('after.ndjson', ndjson(broken, CHAINS));
    expect(await check()).toMatchObject({ status: 1, verdict: 'FAIL' });
    write('after.ndjson', ndjson(before, CHAINS).slice(0, 900));
    expect(await check()).toMatchObject({ status: 2, totals: null });
    write('after.ndjson', ndjson(before, { ...CHAINS, depth: 'summary' }));
    expect(await check()).toMatchObject({ status: 2, totals: null });
    expect((await ed('reindex-check', '--baseline', 'before.ndjson', 'before.ndjson')).status).toBe(3);
    write('after.ndjson', ndjson(before, { ...CHAINS, header: { capturedAt: '2027-03-01T10:00:00Z' } }));
    expect(await check('--expect-digest', `sha256:${'0'.repeat(64)}`)).toMatchObject({ status: 3 });
    expect(await check('--require-signature')).toMatchObject({ status: 3 });
  });
});

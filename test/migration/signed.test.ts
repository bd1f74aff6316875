/** A migration on disk: named by an option, bound to its baseline and upgrade, signed or not, as a user meets it. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../cli/in-process.ts';
import { bundles, chained, LEDGER_RULE, ndjson, type PlainRecord, referenceLeaf } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { named } from './migrated.ts';

const folder = temporaryFolder();
let cwd = folder;
const ed = (...args: readonly string[]) => run(args, { cwd });
const digestOf = (path: string): string =>
  createHash('sha256')
    .update(readFileSync(join(cwd, path)))
    .digest('hex');

const IDS = 'id\nb000001\n';
const RISK = { name: 'risk', match: { stream: 'bundles' }, patch: [{ op: 'add', path: '/body/risk', value: 0 }] };
const PURGE = { name: 'purge', match: {}, retire: { ids: named('purged.csv', IDS), reason: 'retention' } };
const before = bundles(6);
const after = before.map((record) => ({ ...record, body: { ...(record.body as object), risk: 0 } }));

function migration(rules: readonly object[], over: object = {}): void {
  const form = { kind: 'evidence-migration', version: 1, upgrade: '2027.Q2', from: '1.0', to: '2.0' };
  const baseline = `sha256:${digestOf('before.ndjson')}`;
  writeFileSync(join(cwd, 'm.json'), JSON.stringify({ ...form, baseline, rules, ...over }));
}

const compared = (...more: readonly string[]) =>
  ed('before.ndjson', 'after.ndjson', '--migration', 'm.json', '--format', 'json', ...more);
async function outcome(...more: readonly string[]) {
  const { status, stdout } = await compared(...more);
  const { verdict, relation, findings, notChecked, migration: says, demands } = JSON.parse(stdout);
  return { status, verdict, relation, findings, notChecked, migration: says, demands };
}
const messages = ({ findings }: { findings: readonly { kind: string; message: string }[] }): string =>
  findings.map(({ kind, message }) => `${kind}: ${message}`).join('\n');

beforeAll(async () => {
  cwd = folder;
  expect((await ed('keygen', '--output', 'k')).status).toBe(0);
  expect((await ed('keygen', '--output', 'other')).status).toBe(0);
});

beforeEach(() => {
  cwd = mkdtempSync(join(folder, 'run-'));
  writeFileSync(join(cwd, 'before.ndjson'), ndjson(before));
  writeFileSync(join(cwd, 'after.ndjson'), ndjson(after));
  writeFileSync(join(cwd, 'purged.csv'), IDS);
  migration([RISK]);
});

const KEY = ['--trusted-key', '../k.pub'];
const signed = async (...files: readonly string[]): Promise<void> => {
  for (const file of files) {
    const { status, stderr } = await ed('sign', file, '--key', '../k', '--upgrade', '2027.Q2');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }
};

describe('a migration that nobody signed', () => {
  it('passes where it takes nothing away, and the report says that nobody signed it', async () => {
    const report = await outcome();
    expect(report).toMatchObject({ status: 0, verdict: 'PASS', relation: 'migrated' });
    expect(report.notChecked.join('\n')).toContain('the migration is not signed by a trusted key');
    expect(report.migration).toMatchObject({ name: 'm.json', sha256: digestOf('m.json'), signature: null });
  });

  it('is UNTRUSTED where it retires or knows of faults, keys or none', async () => {
    migration([PURGE]);
    expect(await outcome()).toMatchObject({ status: 3, verdict: 'UNTRUSTED' });
    migration([], {
      known: [{ kind: 'chain-break', tenant: 'a', stream: 's', record: '0'.repeat(64), reason: 'old' }],
    });
    expect(await outcome()).toMatchObject({ status: 3, verdict: 'UNTRUSTED' });
  });

  it('is UNTRUSTED where the baseline must be signed', async () => {
    await signed('before.ndjson');
    const report = await outcome(...KEY);
    expect(report).toMatchObject({ status: 3, verdict: 'UNTRUSTED' });
    expect(messages(report)).toContain('signature-missing: migration: there is no m.json.dsse.json');
    // It is not the baseline that is at fault.
    const { stdout } = await ed('before.ndjson', 'after.ndjson', '--migration', 'm.json', ...KEY);
    expect(stdout).toMatch(/^UNTRUSTED: the migration cannot be believed; signature-missing: migration: there is no /);
    expect(stdout).not.toMatch(/baseline cannot be believed|Get the baseline/);
    expect(stdout.replace(/\s+/g, ' ')).toContain('Get the migration that was approved, with its signature');
    const both = await ed('before.ndjson', 'after.ndjson', '--migration', 'm.json', '--trusted-key', '../other.pub');
    expect(both.stdout).toMatch(/^UNTRUSTED: the baseline and the migration cannot be believed; /);
  });
});

describe('a migration that was signed', () => {
  it('passes with what it retires, and says who signed it', async () => {
    migration([{ ...RISK, match: { stream: 'bundles' } }]);
    await signed('before.ndjson', 'm.json');
    const report = await outcome(...KEY, '--expect-upgrade', '2027.Q2');
    expect(messages(report)).toBe('');
    expect(report).toMatchObject({ status: 0, verdict: 'PASS', relation: 'migrated' });
    expect(report.migration.signature.keys).toHaveLength(1);
    expect(report.demands).toContainEqual({ demand: 'migration', asked: 'm.json', state: 'held' });
  });

  it('names a signature beside the good one that should count and does not', async () => {
    await signed('before.ndjson', 'm.json');
    const envelope = JSON.parse(readFileSync(join(cwd, 'm.json.dsse.json'), 'utf8'));
    envelope.signatures.push({ ...envelope.signatures[0], sig: 'AAAA' });
    writeFileSync(join(cwd, 'm.json.dsse.json'), JSON.stringify(envelope));
    const report = await outcome(...KEY);
    const named = /^beside what has signed the migration there is a signature under the id of the trusted key/m;
    expect(report.verdict).toBe('PASS');
    expect(report.notChecked.join('\n')).toMatch(named);
    expect((await ed('verify-signature', 'm.json', ...KEY)).stdout).toMatch(named);
  });

  it('is verified by itself, with the files that it names', async () => {
    migration([PURGE]);
    await signed('m.json');
    const verified = await ed('verify-signature', 'm.json', ...KEY, '--expect-upgrade', '2027.Q2');
    expect(verified).toMatchObject({ status: 0, stderr: '' });
    expect(verified.stdout).toContain('for the upgrade "2027.Q2"');
    expect((await ed('verify-signature', 'm.json', '--trusted-key', '../other.pub')).status).toBe(3);
    expect((await ed('verify-signature', 'm.json', ...KEY, '--expect-upgrade', 'other')).status).toBe(3);
    expect(
      (await ed('verify-signature', 'm.json', ...KEY, '--trusted-key', '../other.pub', '--threshold', '2')).status,
    ).toBe(3);
    writeFileSync(join(cwd, 'purged.csv'), 'id\nb000002\n');
    expect((await ed('verify-signature', 'm.json', ...KEY)).status).toBe(1);
    migration([RISK]);
    expect((await ed('verify-signature', 'm.json', ...KEY)).status).toBe(3);
  });

  it.each([
    ['--expect-subject', 'nobody'],
    ['--max-baseline-age', '1s'],
    ['--signature', 'elsewhere.dsse.json'],
  ])('is UNTRUSTED by %s, which a migration cannot meet', async (...demand) => {
    migration([PURGE]);
    await signed('m.json');
    const verified = await ed('verify-signature', 'm.json', ...KEY, ...demand);
    expect(verified.status).toBe(3);
    expect(`${verified.stdout}${verified.stderr}`).toMatch(/migration: (a migration|the signature of a migration) /);
    expect((await ed('verify-signature', 'm.json', ...KEY, '--signature', './m.json.dsse.json')).status).toBe(0);
  });

  it('is one of the demands of an audit report', async () => {
    await signed('before.ndjson', 'm.json');
    const asked = [
      'audit-report',
      'after.ndjson',
      '--since',
      '2027-03-01',
      '--baseline',
      'before.ndjson',
      '--migration',
      'm.json',
    ];
    expect((await ed(...asked, ...KEY)).status).toBe(0);
    expect((await ed(...asked.slice(0, 6))).status).toBe(1);
    expect((await ed('audit-report', 'after.ndjson', '--since', '2027-03-01', '--migration', 'm.json')).status).toBe(
      64,
    );
  });

  it('is UNTRUSTED after one byte of it has changed', async () => {
    await signed('before.ndjson', 'm.json');
    migration([{ ...RISK, patch: [{ op: 'add', path: '/body/risk', value: 1 }] }]);
    const report = await outcome(...KEY);
    expect(report).toMatchObject({ status: 3, verdict: 'UNTRUSTED' });
    expect(messages(report)).toContain('signature-invalid: migration: the signature is for a file with the SHA-256');
  });

  it('is UNTRUSTED under another key, for another upgrade, or for another baseline', async () => {
    await signed('before.ndjson', 'm.json');
    expect((await outcome('--trusted-key', '../other.pub')).status).toBe(3);
    expect((await ed('sign', 'm.json', '--key', '../k', '--upgrade', '2028.Q1')).status).toBe(3);
    writeFileSync(join(cwd, 'before.ndjson'), ndjson(before, { header: { capturedAt: '2027-03-01T10:00:00Z' } }));
    writeFileSync(join(cwd, 'before.ndjson.dsse.json'), '');
    const report = await outcome();
    expect(report).toMatchObject({ status: 3, verdict: 'UNTRUSTED' });
    expect(messages(report)).toContain('subject-mismatch: migration: it was made for a baseline with the SHA-256');
  });

  it('cannot be signed where a file that it names is another one; nor is it used', async () => {
    migration([PURGE]);
    writeFileSync(join(cwd, 'purged.csv'), 'id\nb000002\n');
    expect((await ed('sign', 'm.json', '--key', '../k')).status).toBe(2);
    const report = await outcome();
    expect(report).toMatchObject({ status: 1, verdict: 'FAIL' });
    expect(messages(report)).toContain('migration-map-mismatch: migration: purged.csv has the SHA-256');
  });
});

describe('a file that is no migration', () => {
  it('is INCOMPLETE, and nothing is compared without it', async () => {
    writeFileSync(join(cwd, 'm.json'), '{}');
    expect(await outcome()).toMatchObject({ status: 2, verdict: 'INCOMPLETE' });
    writeFileSync(join(cwd, 'm.json'), '{"kind":"evidence-migration"');
    expect(await outcome()).toMatchObject({ status: 2, verdict: 'INCOMPLETE' });
    expect((await ed('before.ndjson', 'after.ndjson', '--migration', 'no.json')).status).toBe(2);
  });

  it.each([
    ['a patch of a place', [{ ...RISK, patch: [{ op: 'replace', path: '/id', value: 'x' }] }]],
    ['a patch of a link', [{ ...RISK, patch: [{ op: 'remove', path: '/prev' }] }]],
    ['a move of a place', [{ ...RISK, patch: [{ op: 'move', from: '/tenant', path: '/body/t' }] }]],
    ['a pointer with a stray tilde', [{ ...RISK, patch: [{ op: 'remove', path: '/body/x~y' }] }]],
    [
      'a part with a stray tilde',
      [{ ...RISK, patch: [{ op: 'convert', path: '/body/x', to: { concat: ['/body/x~y'] } }] }],
    ],
    ['the recipe none', [{ name: 'r', match: {}, rechain: { recipe: 'none', genesis: 'zeros' } }]],
    ['retire beside a patch', [{ ...PURGE, patch: RISK.patch }]],
    ['a file outside of its folder', [{ ...PURGE, retire: { ...PURGE.retire, ids: { ...named('../x', IDS) } } }]],
    ['a rule that does nothing', [{ name: 'r', match: {} }]],
    ['a member that there is not', [{ ...RISK, mach: {} }]],
    ['two rules of one name', [RISK, RISK]],
  ])('%s is refused', async (_, rules) => {
    migration(rules);
    const report = await outcome();
    expect(report.verdict).toBe('INCOMPLETE');
    expect(messages(report)).toContain('schema-violation: migration: ');
  });
});

describe('a baseline with an old fault', () => {
  const chain = chained(Array.from({ length: 8 }, (_, n) => ({ n })));
  const broken = chain.map((record, at) => (at === 4 ? { ...record, prev: 'd'.repeat(64) } : record));
  const fault = { kind: 'chain-break', tenant: 'acme', stream: 'ledger/1', reason: 'restore of 2019' };
  const KNOWN = { ...fault, record: referenceLeaf(broken[4] as PlainRecord) };
  const sign = (...more: readonly string[]) =>
    ed('sign', 'before.ndjson', '--key', '../k', '--upgrade', '2027.Q2', ...more);

  beforeEach(() => {
    // The same records as text of another spelling: two inputs.
    const text = ndjson(broken, { chains: LEDGER_RULE });
    writeFileSync(join(cwd, 'before.ndjson'), text);
    writeFileSync(join(cwd, 'after.ndjson'), text.replaceAll('"body":', '"body": '));
    migration([], { known: [KNOWN] });
  });

  it('is signed where that is said, and is never called sound', async () => {
    expect(await sign()).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('was not signed') });
    const asIs = await sign('--allow-unsound');
    expect(asIs).toMatchObject({ status: 1, stderr: expect.stringContaining('FAIL: before.ndjson is not sound') });
    expect(asIs.stdout).toContain('signed before.ndjson');
    const checked = await ed('verify-signature', 'before.ndjson', ...KEY);
    expect(checked.stdout + checked.stderr).not.toMatch(/not signed/);
    expect((await ed('before.ndjson', 'after.ndjson', ...KEY)).status).toBe(1);
  });

  it('passes by a signed migration that knows the fault, and by no other', async () => {
    await sign('--allow-unsound');
    expect(await outcome(...KEY)).toMatchObject({ verdict: 'UNTRUSTED' });
    await signed('m.json');
    expect(await outcome(...KEY)).toMatchObject({ status: 0, verdict: 'PASS' });
    migration([], { known: [{ ...KNOWN, kind: 'hash-mismatch' }] });
    writeFileSync(join(cwd, 'm.json.dsse.json'), '');
    await ed('sign', 'm.json', '--key', '../k', '--upgrade', '2027.Q2');
    expect((await outcome(...KEY)).status).not.toBe(0);
  });

  it('that was not read to its end is not signed, whatever is said', async () => {
    writeFileSync(join(cwd, 'before.ndjson'), readFileSync(join(cwd, 'before.ndjson'), 'utf8').slice(0, 900));
    expect(await sign('--allow-unsound')).toMatchObject({ status: 2, stdout: '' });
  });
});

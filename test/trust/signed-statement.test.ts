/** A statement that is signed is set against what was read: each of its members, and only where all of it was read. */
import { describe, expect, it } from 'vitest';
import type { SnapshotHeader } from '../../src/core/snapshot/header.ts';
import { judgeSignature, type VerifiedSignature } from '../../src/trust/signed-baseline.ts';
import type { ReadBaseline } from '../../src/trust/trust-demands.ts';
import { signedTenants, statementDifference } from '../../src/trust/voucher.ts';
import type { SnapshotStatement } from '../../src/wire/statement.ts';

const hash = (digit: string): string => digit.repeat(64);
const TENANT = { tenant: 'acme', records: 3, root: hash('b'), counts: new Map([['sbom', 3]]), streams: [] };
const HEADER = { depth: 'full', subject: { system: 'stella' }, capturedAt: '2027-03-01T10:00:00.000Z' };

const READ: ReadBaseline = {
  sha256: hash('f'),
  header: HEADER as unknown as SnapshotHeader,
  summary: { records: 3, globalRoot: hash('a'), tenants: [TENANT] },
  complete: true,
};

const STATEMENT: SnapshotStatement = {
  name: 'baseline.ndjson',
  sha256: hash('f'),
  depth: 'full',
  subject: { system: 'stella' },
  capturedAt: HEADER.capturedAt,
  signedAt: '2027-03-01T11:00:00Z',
  upgrade: '4.2',
  records: 3,
  globalRoot: hash('a'),
  tenants: signedTenants(READ),
};

const [SIGNED_TENANT] = STATEMENT.tenants;
if (SIGNED_TENANT === undefined) throw new Error('there is one tenant');

const OTHERWISE: readonly (readonly [string, Partial<SnapshotStatement>, RegExp])[] = [
  ['global root', { globalRoot: hash('c') }, /^global root c{64}, not a{64}$/],
  ['number of records', { records: 4 }, /^4 records, not 3$/],
  ['number of tenants', { tenants: [] }, /^other tenants/],
  ...(
    [
      ['name', { tenant: 'acne' }],
      ['number of records', { records: 2 }],
      ['root', { root: hash('c') }],
      ['counts', { counts: { sbom: 2, scan: 1 } }],
    ] as const
  ).map(
    ([what, other]) =>
      [
        `${what} of a tenant`,
        { tenants: [{ ...SIGNED_TENANT, ...other }] },
        /^other tenants, counts or roots$/,
      ] as const,
  ),
  ['depth', { depth: 'digest' }, /^depth digest, not full$/],
  ['time of capture', { capturedAt: null }, /^captured at null, not 2027/],
  ['subject', { subject: { system: 'other' } }, /^another subject$/],
];

describe('a statement', () => {
  it('that says what was read differs in nothing', () => {
    expect(statementDifference(STATEMENT, READ)).toBeUndefined();
    const prototype = { ...TENANT, counts: new Map([['__proto__', 3]]) };
    const odd = { ...READ, summary: { ...READ.summary, tenants: [prototype] } };
    expect(statementDifference({ ...STATEMENT, tenants: signedTenants(odd) }, odd)).toBeUndefined();
    expect(statementDifference(STATEMENT, odd)).toBe('other tenants, counts or roots');
  });

  it.each(OTHERWISE)('with another %s is found out', (_, other, says) => {
    expect(statementDifference({ ...STATEMENT, ...other }, READ)).toMatch(says);
  });
});

describe('a signature', () => {
  const key = { id: hash('1'), algorithm: 'ed25519' };
  const signature = { keys: [key], statement: STATEMENT, damaged: [] } as unknown as VerifiedSignature;
  const judge = (read: Partial<ReadBaseline>, other: Partial<SnapshotStatement> = {}, upgrade?: string) =>
    judgeSignature({ ...READ, ...read }, { ...signature, statement: { ...STATEMENT, ...other } }, {
      threshold: 1,
      upgrade,
    } as never);

  it('of what was read holds', () => {
    const held = judge({}, {}, '4.2');
    expect(held).toMatchObject({ findings: [], signature: { signedSha256: hash('f') }, state: { verified: true } });
  });

  it.each([
    ['not all of it', { complete: false }],
    ['not all of it, nor its digest', { complete: false, sha256: null }],
  ])('does not hold where %s was read, and nothing is said against it', (_, read) => {
    expect(judge(read)).toMatchObject({ findings: [], signature: null, state: { verified: false } });
  });

  it.each([
    ['another file', { sha256: hash('e') }, {}, 'signature-invalid'],
    ['another file, of which not all was read', { sha256: hash('e'), complete: false }, {}, 'signature-invalid'],
    ['a file, where this is none', { sha256: null }, {}, 'signature-invalid'],
    ['what the file does not say', {}, { records: 4 }, 'subject-mismatch'],
  ] as const)('of %s is a finding', (_, read, other, kind) => {
    expect(judge(read, other)).toMatchObject({ findings: [{ kind }], signature: null, state: { verified: false } });
  });

  it('for another upgrade, or for none, holds, and is none for this one', () => {
    for (const upgrade of ['4.1', undefined]) {
      const judged = judge({}, { upgrade }, '4.2');
      expect(judged).toMatchObject({ findings: [{ kind: 'subject-mismatch' }], signature: null });
      expect(judged.state).toMatchObject({ verified: true, upgradeFault: expect.stringContaining('"4.2"') });
    }
  });
});

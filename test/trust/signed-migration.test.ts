/** The statement that a migration is signed by has its members and no others: what else is in it was signed, and not read. */
import { describe, expect, it } from 'vitest';
import { jsonFrom } from '../../src/core/json/from-plain.ts';
import { MIGRATION_PREDICATE_TYPE, parseMigrationStatement } from '../../src/trust/signed-migration.ts';
import { STATEMENT_TYPE } from '../../src/wire/statement.ts';

type Members = Readonly<Record<string, unknown>>;

const [FILE, BASELINE] = ['a', 'b'].map((digit) => digit.repeat(64));
const predicate: Members = { upgrade: '4.2', baseline: BASELINE, signedAt: '2027-03-01T10:00:00Z' };
const file: Members = { name: 'migration.json', digest: { sha256: FILE } };

function statement({
  of = {},
  about = [file],
  says = predicate,
}: {
  of?: Members;
  about?: unknown;
  says?: Members;
} = {}) {
  const whole = {
    _type: STATEMENT_TYPE,
    subject: about,
    predicateType: MIGRATION_PREDICATE_TYPE,
    predicate: says,
    ...of,
  };
  return parseMigrationStatement(jsonFrom(whole));
}

const without = (name: string): Members =>
  Object.fromEntries(Object.entries(predicate).filter(([one]) => one !== name));

describe('a statement about a migration', () => {
  it('is read', () => {
    expect(statement()).toEqual({ name: 'migration.json', sha256: FILE, ...predicate });
  });

  it.each<readonly [string, Parameters<typeof statement>[0]]>([
    ['of another type', { of: { _type: 'other' } }],
    ['of another predicate', { of: { predicateType: 'other' } }],
    ['with a member more', { of: { other: 1 } }],
    ['about nothing', { about: [] }],
    ['about two files', { about: [file, file] }],
    ['about no list', { about: file }],
    ['about a file with a member more', { about: [{ ...file, other: 1 }] }],
    ['about a file without a name', { about: [{ digest: file['digest'] }] }],
    ['about a file with another digest beside it', { about: [{ ...file, digest: { sha256: FILE, sha512: FILE } }] }],
    ['about a file with a digest that is none', { about: [{ ...file, digest: { sha256: 'a' } }] }],
    ['that says more', { says: { ...predicate, other: 1 } }],
    ...Object.keys(predicate).map((name) => [`that says no ${name}`, { says: without(name) }] as const),
    ['of a baseline that is no digest', { says: { ...predicate, baseline: 'b' } }],
  ])('%s is refused', (_, parts) => {
    let fault: unknown;
    try {
      statement(parts);
    } catch (thrown) {
      fault = thrown;
    }
    expect(fault).toMatchObject({ kind: 'schema-violation' });
  });

  it('that is wrong in one place names it', () => {
    expect(() => statement({ about: [{ ...file, digest: { sha256: 'a' } }] })).toThrow('/subject/0/digest/sha256');
    expect(() => statement({ says: { ...predicate, baseline: 'b' } })).toThrow('/predicate/baseline');
  });
});

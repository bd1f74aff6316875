/** What is wrong with an external root is said before anything is read. */
import { expect, it } from 'vitest';
import { type LegacyRoot, legacyRootsFault } from '../../src/legacy-roots/check.ts';

const ROOT: LegacyRoot = { scheme: 'merkletreejs-sort', root: 'a'.repeat(64) };

it.each<[string, object, RegExp | undefined]>([
  ['is one', {}, undefined],
  [
    'says all that can be said',
    { leaf: 'leafHash', hashLeaves: 'text', side: 'current', tenant: 't', stream: 's' },
    undefined,
  ],
  ['is of another scheme', { scheme: 'sorted' }, /^there is no scheme "sorted"; there are .*merkletreejs-sort, /],
  ['is no root', { root: 'A'.repeat(64) }, /^root must be 64 lower-case hexadecimal digits, not "AAAA/],
  ['is no text', { root: 1 }, /^root must be 64 lower-case hexadecimal digits, not 1$/],
  ['is of another leaf', { leaf: 'body' }, /^leaf must be /],
  ['hashes its leaves some other way', { hashLeaves: 'hex' }, /^leaves are hashed as bytes or as text$/],
  ['is of a third side', { side: 'both' }, /^side must be baseline or current$/],
  ['has a tenant without a name', { tenant: '' }, /is never empty$/],
  ['has a stream without a name', { tenant: 't', stream: '' }, /is never empty$/],
  ['has a stream of no tenant', { stream: 's' }, /^a stream needs its tenant/],
])('a root that %s', (_, over, fault) => {
  const found = legacyRootsFault([
    ROOT,
    { ...ROOT, ...over, ...(Object.keys(over).length === 0 ? { side: 'current' } : {}) },
  ]);
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(fault);
});

it.each<[string, Partial<LegacyRoot>, Partial<LegacyRoot>]>([
  ['what is meant unless told', { leaf: 'hash' }, { side: 'baseline' }],
  ['another root', {}, { root: 'b'.repeat(64) }],
])('two answers to one question are refused: %s', (_, one, other) => {
  expect(
    legacyRootsFault([
      { ...ROOT, ...one },
      { ...ROOT, ...other },
    ]),
  ).toMatch(/were given more than once$/);
  expect(
    legacyRootsFault([
      { ...ROOT, ...one },
      { ...ROOT, ...other, tenant: 't' },
    ]),
  ).toBeUndefined();
  expect(legacyRootsFault([])).toBeUndefined();
});

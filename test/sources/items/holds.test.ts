/** What a profile says is on hold stands in the header of all that is read by it, where migrations look for it. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { holdsIn } from '../../../src/core/migration/transform.ts';
import { importRecords } from '../../../src/index.ts';
import { subjectOf } from '../../../src/sources/postgres/identity.ts';
import { profileFrom } from '../../../src/wire/profile.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { putFiles } from './items.ts';

const folder = temporaryFolder();
const ROWS = { from: { csv: '*.csv' }, id: 'id', attrs: { legalHold: 'held' } };
const TABLE = {
  from: { table: 'public.audit' },
  stream: { value: 'audit' },
  id: 'id',
  body: 'event',
  attrs: { legalHold: 'held' },
};

const profileOf = (holds: unknown, ...items: object[]): unknown => ({
  kind: 'evidence-profile',
  version: 2,
  name: 'held',
  ...(holds === undefined ? {} : { holds }),
  items,
});

it('of files', async () => {
  const was = putFiles(`${folder}/was`, { 'a.csv': 'id,held\n1,yes\n2,\n' });
  const output = `${folder}/was.ndjson`;
  await importRecords(was, profileOf({ attribute: 'legalHold', streams: ['policy'] }, ROWS) as never, { output });
  expect(holdsIn(JSON.parse(readFileSync(output, 'utf8').split('\n')[0] ?? '').subject)).toEqual({
    attribute: 'legalHold',
    streams: new Set(['policy']),
    areStated: true,
  });
});

it.each([
  [{ attribute: 'legalHold' }, { attribute: 'legalHold', streams: new Set(), areStated: true }],
  [undefined, { attribute: undefined, streams: new Set(), areStated: false }],
])('of tables: %j', (stated, holds) => {
  const profile = profileFrom(profileOf(stated, TABLE), 'a test');
  expect(holdsIn(subjectOf({ source: 'postgres' }, profile, []))).toEqual(holds);
});

it.each([
  ['an attribute that no place has', { attribute: 'frozen' }, /holds\/attribute: no place has this attribute/],
  ['an empty object', {}, /give attribute, streams or both/],
  ['no stream', { streams: [] }, /holds\/streams/],
  ['another member', { streams: ['a'], tenants: ['b'] }, /holds/],
])('is refused where it would hold nothing: %s', (_, holds, reason) => {
  expect(() => profileFrom(profileOf(holds, ROWS), 'a test')).toThrow(reason);
});

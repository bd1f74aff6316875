/** `"null": ""` of a profile: a missing value becomes the empty text, where a record may have one. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { itemsProfileFrom } from '../../../src/wire/profile-items.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { importOf, putFiles, recordsOf } from './items.ts';

const folder = temporaryFolder();
const EMPTY = (field: string): object => ({ field, null: '' });

describe('"null": ""', () => {
  it.each<readonly [string, string, object, string]>([
    ['lines', 'x.ndjson', { ndjson: 'x.ndjson' }, '{"id":"a","note":null}\n{"id":"b"}\n{"id":"c","note":"n"}\n'],
    ['an array', 'x.json', { json: 'x.json' }, '[{"id":"a","note":null},{"id":"b"},{"id":"c","note":"n"}]'],
    ['rows', 'x.csv', { csv: 'x.csv' }, 'id,note\na,\nb,""\nc,n\n'],
  ])('of an attribute and within an id, of %s', async (kind, name, from, content) => {
    const [id, note] = kind === 'rows' ? ['id', 'note'] : ['/id', '/note'];
    const input = putFiles(join(folder, kind), { [name]: content });
    const place = { from, id: [id, { field: EMPTY(note), prefix: 'n-' }], attrs: { note: EMPTY(note) } };
    const records = (await recordsOf(importOf({ folder: input }, [place]))).map((text) => JSON.parse(text));
    expect(records.map((record) => [record.id, record.attrs])).toEqual([
      ['["a","n-"]', { note: '' }],
      ['["b","n-"]', { note: '' }],
      ['["c","n-n"]', { note: 'n' }],
    ]);
  });

  it.each(['tenant', 'stream', 'id', 'seq', 'type', 'recordedAt', 'prev', 'hash', 'bodyDigest'])(
    'of %s is refused with the profile: no record has an empty one',
    (member) => {
      const place = { from: { ndjson: 'x.ndjson' }, id: '/id', [member]: EMPTY('/a') };
      const read = (): unknown =>
        itemsProfileFrom({ kind: 'evidence-profile', version: 2, name: 'test', items: [place] }, 'the profile');
      expect(read).toThrow(EvidenceError);
      expect(read).toThrow(new RegExp(`items/0/${member}: no record has an empty text there`));
    },
  );

  it('of one of the parts of an id is refused likewise', () => {
    const place = { from: { ndjson: 'x.ndjson' }, id: ['/id', EMPTY('/a')] };
    const profile = { kind: 'evidence-profile', version: 2, name: 'test', items: [place] };
    expect(() => itemsProfileFrom(profile, 'the profile')).toThrow(/no record has an empty text there/);
  });
});

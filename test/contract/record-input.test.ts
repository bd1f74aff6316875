/** Records as a program gives them: what the compiler takes, and what is said of one that is wrong. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type EvidenceError,
  JsonNumber,
  portable,
  type RecordInput,
  type RecordObject,
  SnapshotBuilder,
  writeSnapshot,
} from '../../src/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const path = join(folder, 'written.ndjson');
const RECORD: RecordObject = { tenant: 'acme', stream: 's', id: 'b', type: 'sbom', body: { components: 3 } };
const FIRST: RecordObject = { ...RECORD, id: 'a' };

const write = (...records: readonly unknown[]): Promise<unknown> => writeSnapshot(path, records as RecordInput[]);

async function faultOf(...records: readonly unknown[]): Promise<Error> {
  const fault = await write(...records).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(fault).toBeInstanceOf(Error);
  expect(existsSync(path)).toBe(false);
  return fault as Error;
}

describe('what is wrong with a record is told with its place', () => {
  const misspelt = fc
    .constantFrom('tenant', 'stream', 'recordedAt', 'attrs', 'body', 'bodyDigest', 'type', 'hash', 'prev')
    .chain((name) => fc.nat(name.length - 1).map((at) => ({ name, wrong: name.slice(0, at) + name.slice(at + 1) })));

  it('a member that there is not, with the one that was probably meant', async () => {
    await fc.assert(
      fc.asyncProperty(misspelt, fc.boolean(), async ({ name, wrong }, asBytes) => {
        const record = { ...RECORD, [wrong]: 'x' };
        const given = asBytes ? new TextEncoder().encode(JSON.stringify(record)) : record;
        const fault = (await faultOf(FIRST, given)) as EvidenceError;
        expect(fault.kind).toBe('schema-violation');
        expect(fault.reason).toBe(
          `unknown member "${wrong}" in a record; did you mean "${name}"? (records[1]: acme / s / b)`,
        );
      }),
    );
  });

  it.each<readonly [string, readonly unknown[], RegExp]>([
    [
      'a Date',
      [FIRST, { ...RECORD, body: new Date(0) }],
      /^`body`: .*class instance.* \(records\[1\]: acme \/ s \/ b\)$/,
    ],
    [
      'undefined',
      [{ ...RECORD, recordedAt: undefined }],
      /^`recordedAt`: .*undefined.* \(records\[0\]: acme \/ s \/ b\)$/,
    ],
    ['NaN deep inside', [{ ...RECORD, body: { a: [Number.NaN] } }], /^`body`: NaN is not JSON \(records\[0\]: acme/],
    ['a number that was rounded', [{ ...RECORD, body: 2 ** 53 }], /^`body`: an integer beyond 2\^53 .* \(records\[0\]/],
  ])('a value that is not JSON: %s', async (_, records, says) => {
    const fault = await faultOf(...records);
    expect(fault).toBeInstanceOf(TypeError);
    expect(fault.message).toMatch(says);
  });

  it.each<readonly [string, readonly unknown[], string]>([
    [
      'out of order',
      [RECORD, FIRST],
      'record-reordered: the id comes after one that sorts behind it (records[1]: acme / s / a)',
    ],
    [
      'no body',
      [
        FIRST,
        { ...RECORD, body: null },
        { tenant: 'b', stream: 's', id: 'c', type: 't', bodyDigest: `sha256:${'0'.repeat(64)}` },
      ],
      'a snapshot of depth `full` needs the body of every record (records[2]: b / s / c)',
    ],
    ['a wrong type', [{ ...RECORD, tenant: 7 }], '`tenant` must be a string (records[0]: s / b)'],
    ['no record at all', [FIRST, 'text'], 'a record must be a JSON object (records[1])'],
    ['no names', [{}], 'records[0])'],
  ])('%s', async (_, records, says) => {
    expect((await faultOf(...records)).message).toContain(says);
  });

  it('bytes that are no JSON, with the offset in them', async () => {
    const fault = (await faultOf(FIRST, new TextEncoder().encode('{"tenant":'))) as EvidenceError;
    expect([fault.kind, fault.where.byteOffset]).toEqual(['input-malformed', 10]);
    expect(fault.reason).toMatch(/\(records\[1\]\)$/);
  });

  it('of a builder as well', () => {
    const builder = new SnapshotBuilder(portable);
    builder.append(FIRST);
    expect(() => builder.append({ ...RECORD, seq: 1 })).toThrow(/\(records\[1\]: acme \/ s \/ b\)/);
  });

  it.each([[undefined], [null], [7], ['records'], [new Uint8Array(3)], [{}]])(
    'records that are no list: %o',
    async (records) => {
      await expect(writeSnapshot(path, records as never)).rejects.toThrow(/records must be an iterable/);
    },
  );
});

it('the types of a record take what one may be, and nothing else', () => {
  const given: readonly RecordInput[] = [
    RECORD,
    { ...RECORD, seq: 1, recordedAt: '2027-03-01T10:00:00Z', prev: null, hash: 'f', attrs: { a: 'b' } },
    { ...RECORD, seq: 1n, body: [1, 'a', null, 9007199254740993n, new JsonNumber('1.50')] },
    { tenant: 'acme', stream: 's', id: 'a', type: 'sbom', bodyDigest: 'sha256:…' },
    new Map([['tenant', 'acme']]),
    new TextEncoder().encode('{}'),
    // @ts-expect-error: a member that there is not
    { ...RECORD, bodyDigst: 'sha256:…' },
    // @ts-expect-error: a tenant is needed
    { stream: 's', id: 'a', type: 'sbom', body: 1 },
    // @ts-expect-error: a text where a number is meant
    { ...RECORD, seq: '1' },
    // @ts-expect-error: attributes are texts
    { ...RECORD, attrs: { count: 3 } },
    // @ts-expect-error: a body that is not there is left out
    { ...RECORD, body: undefined },
    // @ts-expect-error: a text is no record
    '{}',
  ];
  // What is refused is refused by the compiler: npm run types.
  expect(given).toHaveLength(12);
});

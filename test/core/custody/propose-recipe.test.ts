/** A recipe is proposed only where it gives the hash of every record that is looked at. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { proposeRecipe } from '../../../src/index.ts';
import { auditText } from '../../in-memory.ts';
import { inTurn } from '../../long.ts';
import { ndjson, type PlainRecord, referenceCanonical, ZEROS } from '../../store.ts';

interface Made {
  readonly prev: string;
  readonly seq: number;
  readonly recordedAt: string;
  readonly body: unknown;
  readonly json: string;
}

const hex = (algorithm: string, ...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

function chainOf(hashOf: (made: Made) => string, length = 5): PlainRecord[] {
  let prev = '0'.repeat(hashOf({ prev: '', seq: 0, recordedAt: '', body: 0, json: '' }).length);
  return Array.from({ length }, (_, at) => {
    const seq = at + 1;
    const recordedAt = `2027-01-01T00:00:0${seq % 10}Z`;
    const body = { n: seq, verdict: 'pass' };
    const json = `{ "n": ${seq} }`;
    const hash = hashOf({ prev, seq, recordedAt, body, json });
    const record = { tenant: 'a', stream: 's', id: `e${seq}`, seq, type: 't', recordedAt, prev, hash };
    prev = hash;
    return { ...record, attrs: { json, status: 'open' }, body };
  });
}

const canonical = referenceCanonical;
const USUAL: readonly (readonly [string, (made: Made) => string])[] = [
  ['the body', ({ body }) => hex('sha256', canonical(body))],
  ['the link and the body', ({ prev, body }) => hex('sha256', prev, canonical(body))],
  ['the body and the link', ({ prev, body }) => hex('sha256', canonical(body), prev)],
  ['the bytes of the link and the body', ({ prev, body }) => hex('sha256', Buffer.from(prev, 'hex'), canonical(body))],
  ['with a bar between them', ({ prev, body }) => hex('sha256', `${prev}|${canonical(body)}`)],
  [
    'link, position, time and body',
    ({ prev, seq, recordedAt, body }) => hex('sha256', [prev, seq, recordedAt, canonical(body)].join('|')),
  ],
  ['link, position and body', ({ prev, seq, body }) => hex('sha256', [prev, seq, canonical(body)].join('|'))],
  ['time, body, link', ({ prev, recordedAt, body }) => hex('sha256', [recordedAt, canonical(body), prev].join(':'))],
  ['link and the own JSON of the source', ({ prev, json }) => hex('sha256', prev, json)],
  ['SHA-512', ({ prev, body }) => hex('sha512', prev, canonical(body))],
  ['SHA-1', ({ prev, body }) => hex('sha1', prev, canonical(body))],
  ['SHA3-256', ({ prev, body }) => hex('sha3-256', prev, canonical(body))],
];

describe.each(USUAL.map((one, nth) => [...one, nth] as const))('%s', (_, hashOf, nth) => {
  const records = chainOf(hashOf);

  it('is proposed, and recomputes every hash of the chain', async () => {
    const proposed = proposeRecipe(records);
    expect(proposed?.records).toBe(5);
    const audit = await auditText(ndjson(records, { chains: { s: { recipe: proposed?.recipe } } }));
    expect(audit.verdict).toBe('PASS');
  });

  it('is not where one of the records does not have it', () => {
    for (const at of inTurn([0, 1, 4], nth)) {
      const edited = records.map((record, index) => (index === at ? { ...record, body: 1, attrs: {} } : record));
      expect(proposeRecipe(edited)).toBeNull();
    }
  });
});

it('nothing is proposed for one record, for none, for records without a hash, and for a recipe that is not usual', () => {
  const chain = chainOf(({ prev, body }) => hex('sha256', prev, canonical(body)));
  expect(proposeRecipe(chain.slice(0, 1))).toBeNull();
  expect(proposeRecipe([])).toBeNull();
  expect(proposeRecipe(chain.map(({ hash: _, ...record }) => record))).toBeNull();
  expect(proposeRecipe(chainOf(({ prev, body }) => hex('sha256', 'salt', prev, canonical(body))))).toBeNull();
  expect(proposeRecipe(chain.map((record) => ({ ...record, hash: ZEROS })))).toBeNull();
});

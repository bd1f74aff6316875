/** `init` finds how the hashes of a chain are made: then what was tampered with is found by the profile that it writes. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { init, verifyAll } from '../../../src/index.ts';
import { referenceCanonical, ZEROS } from '../../store.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder();

interface Event {
  readonly seq: number;
  readonly at: string;
  readonly who: string;
  readonly action: string;
  readonly data: object;
}

const hashOf = (algorithm: string, ...parts: readonly (string | Uint8Array)[]): string =>
  createHash(algorithm)
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest('hex');

function eventsOf(length: number, from = 1): readonly Event[] {
  return Array.from({ length }, (_, at) => ({
    seq: from + at,
    at: `2027-03-01T10:00:${10 + at}Z`,
    who: at % 2 === 0 ? 'ann' : 'bob',
    action: 'open',
    data: { n: at, list: [1] },
  }));
}

type Chained = Event & { readonly prev_hash: string | null; readonly hash: string };

function chainOf(
  events: readonly Event[],
  genesis: string | null,
  made: (prev: string, event: Event) => string,
): Chained[] {
  let prev = genesis;
  return events.map((event) => {
    const linked = { ...event, prev_hash: prev, hash: made(prev ?? '', event) };
    prev = linked.hash;
    return linked;
  });
}

const json = referenceCanonical;
const RECIPES: readonly (readonly [string, string | null, (prev: string, event: Event) => string])[] = [
  ['link and payload', ZEROS, (prev, { data }) => hashOf('sha256', prev, json(data))],
  ['payload alone', null, (_, { data }) => hashOf('sha256', json(data))],
  [
    'the bytes of the link and the payload',
    ZEROS,
    (prev, { data }) => hashOf('sha256', Buffer.from(prev, 'hex'), json(data)),
  ],
  [
    'all members between bars',
    ZEROS,
    (prev, { seq, at, who, action, data }) => hashOf('sha256', [prev, seq, at, who, action, json(data)].join('|')),
  ],
  [
    'all members, then a link that is a word at first',
    'GENESIS',
    (prev, { seq, at, who, action, data }) => hashOf('sha256', [seq, at, who, action, json(data), prev].join(':')),
  ],
  [
    'another word in the place of no link',
    null,
    (prev, { data }) => hashOf('sha256', `${prev === '' ? 'genesis' : prev}|${json(data)}`),
  ],
  ['a first link that is the empty text', '', (prev, { data }) => hashOf('sha256', `${prev}|${json(data)}`)],
  [
    'all but the position, SHA-512',
    '0'.repeat(128),
    (prev, { at, who, action, data }) => hashOf('sha512', [prev, at, who, action, json(data)].join(',')),
  ],
  ['a chain that begins in its middle', 'ab'.repeat(32), (prev, { data }) => hashOf('sha256', `${prev}-${json(data)}`)],
];

describe.each(RECIPES)('%s', (name, genesis, made) => {
  const chain = chainOf(eventsOf(6, genesis === 'ab'.repeat(32) ? 40 : 1), genesis, made);

  it('is proposed, and finds the record that was tampered with', async () => {
    const [before, after] = ['before.json', 'after.json'].map((file) => join(folder, `${name} ${file}`)) as [
      string,
      string,
    ];
    writeFileSync(before, JSON.stringify(chain));
    writeFileSync(
      after,
      JSON.stringify(
        chain.map((one) => (one.seq === (chain[3]?.seq ?? 0) ? { ...one, data: { n: 99, list: [1] } } : one)),
      ),
    );
    const { profile, undecided } = await init(before);
    expect(undecided).toContainEqual(expect.stringMatching(/^decide: the hash of a record is .* in all 6 that/));
    const output = join(folder, 'out.ndjson');
    const sound = await verifyAll(before, { output, depth: 'full', source: { profile } });
    expect(sound.verdict, sound.findings[0]?.message).toBe('PASS');
    expect(sound.notChecked ?? []).toEqual([]);
    const tampered = await verifyAll(after, {
      output: join(folder, 'none.ndjson'),
      depth: 'full',
      source: { profile },
    });
    expect(tampered.verdict).toBe('FAIL');
    expect(tampered.findings.map(({ kind, seq }) => [kind, seq])).toEqual([['hash-mismatch', chain[3]?.seq]]);
  });
});

it('of CSV, whose first link is an empty cell', async () => {
  const chain = chainOf(eventsOf(4), null, (prev, { seq, who }) =>
    hashOf('sha256', [prev === '' ? '0' : prev, seq, who].join('|')),
  );
  const source = join(folder, 'chain.csv');
  const rows = chain.map(({ seq, who, prev_hash, hash }) => [seq, who, prev_hash ?? '', hash].join(','));
  writeFileSync(source, `seq,who,prev_hash,hash\n${rows.join('\n')}\n`);
  const { profile, undecided } = await init(source);
  expect(undecided).toContainEqual(expect.stringMatching(/in all 4 that/));
  expect((await verifyAll(source, { source: { profile } })).verdict).toBe('PASS');
});

it('of several tenants is that of all, each with its own chain', async () => {
  const chains = ['acme', 'globex'].map((tenant) =>
    chainOf(eventsOf(4), ZEROS, (prev, { data }) => hashOf('sha256', prev, json(data))).map((one) => ({
      tenant,
      id: `${tenant}${one.seq}`,
      ...one,
    })),
  );
  const source = join(folder, 'tenants.json');
  writeFileSync(source, JSON.stringify([0, 1, 2, 3].flatMap((at) => chains.map((chain) => chain[at]))));
  const { profile, undecided } = await init(source);
  expect(undecided).toContainEqual(expect.stringMatching(/in all 8 that/));
  expect((await verifyAll(source, { source: { profile } })).verdict).toBe('PASS');
});

it('is none where no usual one gives the hashes: that is said, and they are compared by value', async () => {
  const source = join(folder, 'salted.json');
  writeFileSync(
    source,
    JSON.stringify(chainOf(eventsOf(4), ZEROS, (prev, { data }) => hashOf('sha256', 'salt', prev, json(data)))),
  );
  const { profile, undecided } = await init(source);
  expect(undecided).toContainEqual(expect.stringMatching(/no usual recipe gives the hashes/));
  const { verdict } = await verifyAll(source, { source: { profile } });
  expect(verdict).toBe('PASS');
  expect(JSON.stringify(profile.items)).not.toContain('recipe');
});

it('says of how many it is, where something was tampered with already', async () => {
  const chain = chainOf(eventsOf(80), ZEROS, (prev, { data }) => hashOf('sha256', prev, json(data)));
  const source = join(folder, 'tampered.json');
  writeFileSync(source, JSON.stringify(chain.map((one) => (one.seq === 77 ? { ...one, data: {} } : one))));
  const { undecided } = await init(source);
  expect(undecided).toContainEqual(expect.stringMatching(/in 79 of the 80 that were looked at/));
});

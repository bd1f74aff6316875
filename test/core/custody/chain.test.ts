/** Faults that a chain of custody shows by itself, each by its own kind. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchedHashes, ChainCheck, RecentHashes } from '../../../src/core/custody/chain.ts';
import { ChainTally } from '../../../src/core/custody/chain-tally.ts';
import { RecipeBook } from '../../../src/core/custody/declared.ts';
import { utf8 } from '../../../src/core/platform.ts';
import { type ChainRule, chainRuleOf } from '../../../src/core/snapshot/header.ts';
import { RecordDecoder } from '../../../src/core/snapshot/record.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { runs } from '../../long.ts';
import { bodies, chained, type PlainRecord, referenceDigest, relinked, sha256, ZEROS } from '../../store.ts';

const BOOK = new RecipeBook();
const RULE: ChainRule = { genesis: 'zeros', recipe: 'sha256-prev-body', firstSeq: 1 };
const LINKS: ChainRule = { ...RULE, recipe: 'none' };
const CHAIN = chained(bodies(8), { recipe: 'sha256-prev-body' });

/** `seq: kind` of each fault; `null` in place of a rule is for a stream that has none. */
function faultsOf(records: readonly PlainRecord[], given: ChainRule | null = RULE): readonly string[] {
  const rule = given ?? undefined;
  const chain = new ChainCheck(nodePlatform, rule, (recipe) => BOOK.recipeOf(recipe), new ChainTally());
  const decoder = new RecordDecoder(nodePlatform);
  return records.flatMap((record) => {
    const bytes = utf8(JSON.stringify(record));
    const faults = chain.append(decoder.decode(bytes, 0, bytes.length));
    return faults.map(({ kind }) => `${record.seq ?? record.id}: ${kind}`);
  });
}

const edited = (at: number, change: Partial<PlainRecord>): PlainRecord[] =>
  CHAIN.map((record, index) => (index === at ? { ...record, ...change } : record));
const hashOf = (at: number): string => CHAIN[at]?.hash ?? '';
/** Takes members out: what JSON.stringify drops. */
const none = undefined as never;

describe('a sound chain', () => {
  it.each([
    ['with the genesis of zeros', CHAIN, RULE],
    ['without a rule', CHAIN, undefined],
    [
      'that begins with null, without a rule',
      CHAIN.map((record, at) => (at === 0 ? { ...record, prev: null } : record)),
      undefined,
    ],
    [
      'that begins with null, as its rule says',
      CHAIN.map((record, at) => (at === 0 ? { ...record, prev: null } : record)),
      { ...LINKS, genesis: 'null' },
    ],
    ['that begins with a given hash', CHAIN.slice(3), { ...LINKS, genesis: hashOf(2), firstSeq: 4 }],
    ['without links and without a rule', CHAIN.map((record) => ({ ...record, prev: none })), undefined],
    [
      'without hashes and links, unordered',
      CHAIN.map((record) => ({ ...record, prev: none, hash: none, seq: none })),
      undefined,
    ],
  ] as const)('%s has no faults', (_, records, rule) => {
    expect(faultsOf(records as PlainRecord[], (rule as ChainRule | undefined) ?? null)).toEqual([]);
  });

  it('is checked link by link, and the tally says how often', () => {
    const tally = new ChainTally();
    const chain = new ChainCheck(nodePlatform, RULE, (recipe) => BOOK.recipeOf(recipe), tally);
    const decoder = new RecordDecoder(nodePlatform);
    for (const record of CHAIN)
      chain.append(decoder.decode(utf8(JSON.stringify(record)), 0, utf8(JSON.stringify(record)).length));
    expect(tally).toMatchObject({ links: 8, sequence: 8, recipes: 8, recipesSkipped: 0, derived: 0, why: new Set() });
  });
});

describe('A20: any one link that is flipped is found', () => {
  it.each([undefined, LINKS, RULE])('under rule %#', (rule) => {
    for (let at = 0; at < CHAIN.length; at++) {
      const found = faultsOf(edited(at, { prev: sha256('elsewhere') }), rule ?? null);
      expect(found).toContain(`${at + 1}: ${at === 0 ? 'chain-genesis-changed' : 'chain-break'}`);
    }
  });

  it('at any digit of any link or hash', () => {
    fc.assert(
      fc.property(fc.nat(7), fc.nat(63), fc.constantFrom('prev' as const, 'hash' as const), (at, digit, member) => {
        const text = CHAIN[at]?.[member] ?? '';
        const flipped = text.slice(0, digit) + (text[digit] === '0' ? '1' : '0') + text.slice(digit + 1);
        expect(faultsOf(edited(at, { [member]: flipped })).length).toBeGreaterThan(0);
        if (member === 'prev' || at < 7)
          expect(faultsOf(edited(at, { [member]: flipped }), LINKS).length).toBeGreaterThan(0);
      }),
      { numRuns: runs(500, 20_000) },
    );
  });
});

describe('each fault has its kind', () => {
  const cases: readonly [string, PlainRecord[], ChainRule | undefined, readonly string[]][] = [
    ['B05: another genesis value', edited(0, { prev: sha256('x') }), LINKS, ['1: chain-genesis-changed']],
    ['B05: null where zeros are the genesis', edited(0, { prev: null }), LINKS, ['1: chain-genesis-changed']],
    ['B05: zeros where null is the genesis', CHAIN, { ...LINKS, genesis: 'null' }, ['1: chain-genesis-changed']],
    ['B05: zeros where a hash is the genesis', CHAIN, { ...LINKS, genesis: sha256('x') }, ['1: chain-genesis-changed']],
    [
      'B05: another genesis value, without a rule',
      edited(0, { prev: sha256('x') }),
      undefined,
      ['1: chain-genesis-changed'],
    ],
    ['B06: two records after one predecessor', edited(4, { prev: hashOf(2) }), LINKS, ['5: chain-fork']],
    ['B06: a second beginning', edited(4, { prev: ZEROS }), LINKS, ['5: chain-break']],
    ['B06: a record that follows one long before', edited(6, { prev: hashOf(0) }), LINKS, ['7: chain-fork']],
    ['B07: a cycle, back to the end', edited(0, { prev: hashOf(7) }), LINKS, ['1: chain-genesis-changed']],
    ['B07: a record that follows itself', edited(3, { prev: hashOf(3) }), LINKS, ['4: chain-break']],
    ['B08: a link to nowhere', edited(4, { prev: sha256('nowhere') }), LINKS, ['5: chain-break']],
    ['B08: a link forward', edited(2, { prev: hashOf(6) }), LINKS, ['3: chain-break']],
    ['B08: null within the chain', edited(4, { prev: null }), LINKS, ['5: chain-break']],
    ['B14: no link', edited(4, { prev: none }), LINKS, ['5: chain-break']],
    ['B14: no link, without a rule', edited(4, { prev: none }), undefined, ['5: chain-break']],
    ['B14: no hash', edited(4, { hash: none }), LINKS, ['5: hash-missing', '6: chain-break']],
    ['B14: no hash at the head', edited(7, { hash: none }), LINKS, ['8: hash-missing']],
    ['B14: no hash, without a rule', edited(4, { hash: none }), undefined, ['5: hash-missing', '6: chain-break']],
    ['B13: a body that was edited', edited(4, { body: 'edited' }), RULE, ['5: hash-mismatch']],
    ['B13: a hash that was edited', edited(7, { hash: sha256('x') }), RULE, ['8: hash-mismatch']],
    [
      'B13: a digest that was edited',
      edited(4, { bodyDigest: referenceDigest('x') }),
      RULE,
      ['5: body-digest-mismatch'],
    ],
    ['B15: a hash in upper case', edited(7, { hash: hashOf(7).toUpperCase() }), LINKS, ['8: hash-malformed']],
    ['B15: a hash with a prefix', edited(7, { hash: `sha256:${hashOf(7)}` }), LINKS, ['8: hash-malformed']],
    [
      'B15: a hash in base64',
      edited(7, { hash: Buffer.from(hashOf(7), 'hex').toString('base64') }),
      LINKS,
      ['8: hash-malformed'],
    ],
    ['B15: a short hash', edited(7, { hash: hashOf(7).slice(1) }), LINKS, ['8: hash-malformed']],
    ['B15: an empty hash', edited(7, { hash: '' }), LINKS, ['8: hash-malformed']],
    [
      'B15: a link in upper case',
      edited(7, { prev: hashOf(6).toUpperCase() }),
      LINKS,
      ['8: hash-malformed', '8: chain-break'],
    ],
    [
      'B15: a digest in upper case',
      edited(7, { bodyDigest: referenceDigest(CHAIN[7]?.body).toUpperCase() }),
      LINKS,
      ['8: hash-malformed'],
    ],
    ['B15: a digest without prefix', edited(7, { bodyDigest: 'a'.repeat(64) }), LINKS, ['8: hash-malformed']],
    ['B23: a gap', CHAIN.filter((_, at) => at !== 3), LINKS, ['5: seq-gap', '5: chain-break']],
    [
      'B23: a gap that was linked over',
      relinked(CHAIN.slice(0, 6)).map((r, at) => (at > 2 ? { ...r, seq: at + 2 } : r)),
      LINKS,
      ['5: seq-gap'],
    ],
    ['B23: a seq twice', edited(4, { seq: 4 }), LINKS, ['4: seq-gap', '6: seq-gap']],
    [
      'B23: a restart',
      relinked(CHAIN).map((record, at) => ({ ...record, seq: at < 4 ? at + 1 : at - 3 })),
      LINKS,
      ['1: seq-gap'],
    ],
    ['B23: a beginning at 0', relinked(CHAIN).map((record, at) => ({ ...record, seq: at })), LINKS, ['0: seq-gap']],
    ['B23: a beginning that is cut off', CHAIN.slice(2), LINKS, ['3: seq-gap', '3: chain-genesis-changed']],
  ];
  it.each(cases)('%s', (_, records, rule, kinds) => {
    expect(faultsOf(records, rule ?? null)).toEqual(kinds);
  });

  it('B06: a fork from a record far back is still a fault, whatever its name', () => {
    const long = chained(bodies(9000));
    const forked = long.map((record, at) => (at === 8999 ? { ...record, prev: long[0]?.hash ?? '' } : record));
    expect(faultsOf(forked, LINKS)).toEqual([expect.stringMatching(/^9000: chain-(fork|break)$/)]);
  });

  it('without a rule the first seq may be any, and each next is one more (B23)', () => {
    expect(
      faultsOf(
        CHAIN.map((record, at) => ({ ...record, seq: at + 100 })),
        null,
      ),
    ).toEqual([]);
    expect(
      faultsOf(
        CHAIN.map((record, at) => ({ ...record, seq: at * 2 })),
        null,
      ).length,
    ).toBe(7);
  });
});

it('the rule of a stream is that of its name, else of its longest prefix with a star', () => {
  const rule = (recipe: string) => ({ genesis: 'zeros', recipe, firstSeq: 1 }) as const;
  const rules = new Map(['*', 'a*', 'a/b*', 'a/b', 'c'].map((pattern) => [pattern, rule(pattern)]));
  const found = (stream: string): unknown => chainRuleOf(rules, stream)?.recipe;
  expect(['a/b', 'a/bc', 'a/', 'a', 'x', 'c', 'cc', ''].map(found)).toEqual([
    'a/b',
    'a/b*',
    'a*',
    'a*',
    '*',
    'c',
    '*',
    '*',
  ]);
  expect(chainRuleOf(new Map([['a*', rule('none')]]), 'b')).toBeUndefined();
});

describe('hashes of which an engine has taken many at once', () => {
  const [own, sameSlot] = ['abc'.padEnd(64, '0'), 'abc'.padEnd(64, '1')];
  /** An engine that has met `own` in its third batch, and nothing else. */
  const engine = { batches: 3, recentBatches: [] as number[], isRecent: (_: number, hash: string) => hash === own };
  engine.recentBatches[0xabc] = 3;
  const recent = (batchesBefore: number): RecentHashes =>
    new RecentHashes({ ...engine, batches: batchesBefore } as unknown as BatchedHashes);

  it('make a link a fork where they are of this chain, and never those of the chain before it', () => {
    for (const [before, isFork] of [
      [2, true],
      [3, false],
    ] as const) {
      const hashes = recent(before);
      hashes.addBatch(64);
      expect([hashes.has(own), hashes.has(sameSlot)]).toEqual([isFork, false]);
    }
  });

  it('give way to one that was taken by itself behind them, and are of one length', () => {
    const hashes = new RecentHashes(engine as unknown as BatchedHashes);
    hashes.add(sameSlot);
    expect([hashes.has(sameSlot), hashes.has(own)]).toEqual([true, false]);
    const shorter = recent(2);
    shorter.addBatch(40);
    expect(shorter.has(own)).toBe(false);
  });
});

it('a hash that does not fit is shown as it was found', () => {
  const chain = new ChainCheck(nodePlatform, RULE, (recipe) => BOOK.recipeOf(recipe), new ChainTally());
  const decoder = new RecordDecoder(nodePlatform);
  const other = sha256('other');
  const faults = edited(0, { hash: other })
    .slice(0, 1)
    .flatMap((record) => {
      const bytes = utf8(JSON.stringify(record));
      return chain.append(decoder.decode(bytes, 0, bytes.length));
    });
  expect(faults.map(({ kind, found }) => [kind, found])).toEqual([['hash-mismatch', other]]);
});

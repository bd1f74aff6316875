/** Hashes as a source may store them: lower-case hex, 32 to 128 digits, of one length in one stream; gaps by rule. */
import { describe, expect, it } from 'vitest';
import { checkDerived, DERIVED_RECIPES, sha256HashDashSeq } from '../../../src/core/custody/recipes.ts';
import { isSourceHash, portable, utf8 } from '../../../src/core/platform.ts';
import { type EvidenceRecord, RecordDecoder } from '../../../src/core/snapshot/record.ts';
import { auditText, compareTexts, countsOf } from '../../in-memory.ts';
import { bodies, chained, ndjson, type PlainRecord, sha256, trailerOf, ZEROS } from '../../store.ts';

const RULE = { 'ledger/*': { recipe: 'none' } };
const CHAIN = chained(bodies(4));

/** The chain with hashes of `digits` digits, cut out of longer ones. */
function withDigits(digits: number): PlainRecord[] {
  const long = (text: string): string => `${text}${sha256(text)}`.slice(0, digits);
  return CHAIN.map((record, at) => ({
    ...record,
    hash: long(record.hash ?? ''),
    prev: at === 0 ? '0'.repeat(digits) : long(record.prev ?? ''),
  }));
}

async function kindsOf(records: readonly PlainRecord[], chains: Record<string, unknown> = RULE): Promise<object> {
  return countsOf(await auditText(ndjson(records, { chains })));
}

describe('a hash of the source', () => {
  it.each([32, 40, 56, 64, 96, 128])('of %d digits is one, and zeros are as many', async (digits) => {
    expect(await kindsOf(withDigits(digits))).toEqual({});
    const first = { ...(withDigits(digits)[0] as PlainRecord), prev: '0'.repeat(digits === 32 ? 34 : digits - 2) };
    expect(await kindsOf([first, ...withDigits(digits).slice(1)])).toEqual({
      'hash-malformed': 1,
      'chain-genesis-changed': 1,
    });
  });

  it.each([0, 31, 33, 63, 130, 256])('of %d digits is none', async (digits) => {
    expect(await kindsOf(withDigits(digits))).toHaveProperty('hash-malformed');
    expect(isSourceHash('a'.repeat(digits))).toBe(false);
  });

  it.each([
    ZEROS.toUpperCase().replaceAll('0', 'A'),
    `0x${ZEROS.slice(2)}`,
    `${ZEROS.slice(1)}g`,
    ` ${ZEROS.slice(1)}`,
  ])('%j is none', (text) => {
    expect(isSourceHash(text)).toBe(false);
  });

  it.each([
    ['A'.repeat(128), 'A'.repeat(128)],
    ['A'.repeat(129), `${'A'.repeat(128)}… (129 characters)`],
  ])('of another form is shown as far as it can be one: %s', async (hash, shown) => {
    const { findings } = await auditText(ndjson([{ ...(CHAIN[0] as PlainRecord), hash }], { chains: RULE }));
    // Its genesis has another length than this hash.
    expect(findings.map(({ kind, current }) => [kind, current])).toEqual([
      ['hash-malformed', shown],
      ['chain-genesis-changed', ZEROS],
    ]);
  });

  it('has one length in one stream', async () => {
    const [first, second, ...rest] = withDigits(64) as [PlainRecord, PlainRecord, ...PlainRecord[]];
    const short = { ...second, hash: second.hash?.slice(0, 40) ?? '' };
    const next = { ...(rest[0] as PlainRecord), prev: short.hash };
    expect(await kindsOf([first, short, next, ...rest.slice(1)])).toEqual({ 'hash-malformed': 2 });
  });
});

describe('positions', () => {
  const leaping = [1, 4, 5, 9].map((seq, at) => ({ ...(CHAIN[at] as PlainRecord), seq }));
  const allowed = { 'ledger/*': { recipe: 'none', gaps: 'allowed' } };

  it('may leap where the rule allows gaps, and the report says what that leaves open', async () => {
    expect(await kindsOf(leaping)).toEqual({ 'seq-gap': 2 });
    expect(await kindsOf(leaping, { 'ledger/*': { recipe: 'none', gaps: 'refused' } })).toEqual({ 'seq-gap': 2 });
    expect(await kindsOf(leaping, allowed)).toEqual({});
    const report = await compareTexts(ndjson(leaping, { chains: allowed }), ndjson(leaping, { chains: RULE }));
    expect(report.verdict).toBe('PASS');
    expect(report.notChecked.join('\n')).toMatch(
      /a position that the baseline leaves out .*gaps are allowed in "ledger\/\*"/,
    );
  });

  it('rise strictly all the same, from no less than firstSeq', async () => {
    const again = [1, 4, 4, 9].map((seq, at) => ({ ...(CHAIN[at] as PlainRecord), seq }));
    expect(await kindsOf(again, allowed)).toEqual({ 'seq-gap': 1 });
    const from2 = { 'ledger/*': { recipe: 'none', gaps: 'allowed', firstSeq: 2 } };
    expect(await kindsOf(leaping, from2)).toEqual({ 'seq-gap': 1 });
  });

  it('that leap are lost as any others are: the baseline has them', async () => {
    const report = await compareTexts(
      ndjson(leaping, { chains: allowed }),
      ndjson(leaping.slice(0, 3), { chains: allowed }),
    );
    expect(countsOf(report)).toMatchObject({ 'record-missing': 1, 'chain-truncated': 1 });
  });

  it('of a summary are held to the sizes: they may leap only by rule', async () => {
    const summary = (chains: Record<string, unknown>): string => ndjson(leaping, { depth: 'summary', chains });
    expect((await auditText(summary(allowed))).verdict).toBe('PASS');
    expect(countsOf(await auditText(summary(RULE)))).toEqual({ 'manifest-mismatch': 1 });
  });

  it('may begin in the middle, where the rule says with which link', async () => {
    const middle = CHAIN.slice(2);
    expect(await kindsOf(middle)).toEqual({ 'chain-genesis-changed': 1, 'seq-gap': 1 });
    const rule = { 'ledger/*': { recipe: 'sha256-jcs-body', genesis: middle[0]?.prev, firstSeq: 3 } };
    expect(await kindsOf(middle, rule)).toEqual({});
  });
});

describe('the rules of the baseline', () => {
  it('hold for the current side, whatever its header says of genesis or firstSeq', async () => {
    const strict = { 'ledger/*': { recipe: 'sha256-jcs-body' } };
    const other = { 'ledger/*': { recipe: 'none', genesis: 'a'.repeat(64), firstSeq: 7, gaps: 'allowed' } };
    const report = await compareTexts(ndjson(CHAIN, { chains: strict }), ndjson(CHAIN, { chains: other }));
    expect(report.verdict).toBe('PASS');
    const edited = CHAIN.map((record, at) => (at === 3 ? { ...record, hash: 'b'.repeat(64) } : record));
    const changed = await compareTexts(ndjson(CHAIN, { chains: strict }), ndjson(edited, { chains: other }));
    expect(countsOf(changed)).toMatchObject({ 'hash-mismatch': 1 });
  });

  it('give way to the recipe of the current side where they knew none', async () => {
    const edited = CHAIN.map((record, at) => (at === 3 ? { ...record, hash: 'b'.repeat(64) } : record));
    const knowing = { 'ledger/*': { recipe: 'sha256-jcs-body' } };
    const text = (chains: Record<string, unknown>): string => ndjson(edited, { chains });
    expect(countsOf(await compareTexts(text(RULE), text(knowing)))).toEqual({ 'hash-mismatch': 1 });
    expect(countsOf(await compareTexts(text(RULE), text(RULE)))).toEqual({});
  });

  it('links in a set are walked in the order of its ids', async () => {
    const set = CHAIN.map(({ seq: _, ...record }) => record);
    expect(await kindsOf(set)).toEqual({});
    const renamed = set.map((record, at) => ({ ...record, id: `x${9 - at}` })).reverse();
    expect(await kindsOf(renamed)).toMatchObject({ 'chain-genesis-changed': 1 });
  });
});

describe('records without a body in a snapshot of depth full', () => {
  const bare = CHAIN.map((record, at): PlainRecord => {
    const { body: _, ...rest } = record;
    return at === 1 ? { ...rest, bodyDigest: `sha256:${record.hash}` } : record;
  });
  const text = (digestOnly?: number): string =>
    ndjson(bare, { ...(digestOnly === undefined ? {} : { header: { digestOnly } }), trailer: trailerOf(CHAIN) });

  it('are read where the header counts them', async () => {
    expect(countsOf(await auditText(text(1)))).toEqual({});
    expect((await compareTexts(ndjson(CHAIN), text(1))).verdict).toBe('PASS');
  });

  it('are a schema-violation where it does not, and a manifest-mismatch where it counts more', async () => {
    expect(countsOf(await auditText(text()))).toEqual({ 'schema-violation': 1 });
    expect(countsOf(await auditText(text(0)))).toEqual({ 'schema-violation': 1 });
    expect(countsOf(await auditText(text(2)))).toEqual({ 'manifest-mismatch': 1 });
  });
});

describe('a value derived from hash and seq', () => {
  const decoder = new RecordDecoder(portable);
  const decoded = (record: object): EvidenceRecord => {
    const bytes = utf8(JSON.stringify({ tenant: 't', stream: 's', id: 'i', type: 'x', body: 1, ...record }));
    return decoder.decode(bytes, 0, bytes.length);
  };
  const rule = { member: 'merkleLeafHash', recipe: sha256HashDashSeq };
  const hash = 'c'.repeat(64);
  const leaf = sha256(`${hash}-7`);

  it.each([
    ['that is right', { hash, seq: 7, attrs: { merkleLeafHash: leaf } }, true],
    ['of a record without seq', { hash }, false],
    ['of a record without hash', { seq: 7 }, false],
    ['of a record without both', {}, false],
  ])('%s', (_, record, held) => {
    expect(checkDerived(portable, rule, decoded(record))).toBe(held);
  });

  it('may be the hash of the record itself', () => {
    const own = { member: 'hash', recipe: { name: 'of the id', expected: () => sha256('i') } };
    expect(checkDerived(portable, own, decoded({ hash: sha256('i') }))).toBe(true);
    expect(checkDerived(portable, own, decoded({ hash }))).toMatchObject({ kind: 'hash-mismatch', found: hash });
  });

  it('that is not there, or another one, is a fault of its own kind', () => {
    expect(checkDerived(portable, rule, decoded({ hash, seq: 7 }))).toEqual({
      kind: 'hash-missing',
      message: 'the record has no merkleLeafHash',
      found: null,
    });
    expect(checkDerived(portable, rule, decoded({ hash, seq: 8, attrs: { merkleLeafHash: leaf } }))).toEqual({
      kind: 'hash-mismatch',
      message: `merkleLeafHash is not what sha256-hash-dash-seq gives, ${sha256(`${hash}-8`)}`,
      found: leaf,
    });
  });

  it('is found by the name that profiles have for it', () => {
    expect([...DERIVED_RECIPES]).toEqual([['sha256-hash-dash-seq', sha256HashDashSeq]]);
  });
});

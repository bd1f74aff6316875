/** Recipes that a header declares, keys that they name, and segments: what is recomputed, and what is said where it is not. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import { headerForm } from '../../../src/core/snapshot/header.ts';
import { auditText, compareTexts, countsOf, findingsOf } from '../../in-memory.ts';
import { headerOf, ndjson, type PlainRecord, referenceCanonical, sha256, ZEROS } from '../../store.ts';

const KEY = new TextEncoder().encode('a secret\n');
type Hashed = (text: string) => string;
const plain: Hashed = (text) => sha256(text);
const keyed: Hashed = (text) => createHmac('sha256', KEY).update(text).digest('hex');

/** A chain whose hashes are of `prev|n|recordedAt`. */
function chainOf(length: number, hash: Hashed, begin = 1, first = ZEROS): PlainRecord[] {
  let prev = first;
  return Array.from({ length }, (_, at) => {
    const n = begin + at;
    const recordedAt = `2027-01-01T00:00:${String(n).padStart(2, '0')}Z`;
    const record = { tenant: 'a', stream: 's', id: `e${n}`, seq: n, type: 't', recordedAt, prev, body: { n } };
    prev = hash(`${prev}|${n}|${recordedAt}`);
    return { ...record, hash: prev };
  });
}

const OF = [{ prev: 'hex' }, { text: '|' }, { field: '/body/n' }, { text: '|' }, { field: '/recordedAt' }];
const PLAIN = { s: { recipe: { algorithm: 'sha256', of: OF } } };
const KEYED = { s: { recipe: { algorithm: 'sha256', of: OF, hmacKey: 'chain-1' } } };
const text = (records: readonly PlainRecord[], chains: Record<string, unknown>): string => ndjson(records, { chains });
const edited = (records: readonly PlainRecord[], at: number): PlainRecord[] =>
  records.map((record, index) => (index === at ? { ...record, body: { n: 99 } } : record));
const demandOf = ({ demands }: ContinuityReport) => demands.filter(({ demand }) => demand === 'chain-key');

describe('a key that a recipe names', () => {
  const before = text(chainOf(5, keyed), KEYED);
  const after = text(chainOf(7, keyed), KEYED);

  it('recomputes every hash of both sides, and is a demand that held', async () => {
    const report = await compareTexts(before, after, { chainKeys: { 'chain-1': KEY } });
    expect(report.verdict).toBe('PASS');
    expect(report.checks).toContainEqual({ check: 'hash-recipe', done: 12 });
    expect(demandOf(report)).toEqual([{ demand: 'chain-key', asked: 'chain-1=FILE', state: 'held' }]);
  });

  it('that is missing is INCOMPLETE on each side, by its name', async () => {
    const report = await compareTexts(before, after);
    expect(report.verdict).toBe('INCOMPLETE');
    expect(findingsOf(report, 'proof-unavailable').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^baseline: .*"chain-1".*--chain-key chain-1=FILE$/),
      expect.stringMatching(/^current: .*"chain-1"/),
    ]);
    expect((await auditText(before)).verdict).toBe('INCOMPLETE');
    expect(report.notChecked.join('\n')).toContain('5 hashes of the baseline were compared by value only');
  });

  it('that no hash was made with is INCOMPLETE: a header that asks for no key must not pass for one that does', async () => {
    const without = text(chainOf(5, plain), PLAIN);
    const report = await compareTexts(without, text(chainOf(6, plain), PLAIN), { chainKeys: { 'chain-1': KEY } });
    expect(report.verdict).toBe('INCOMPLETE');
    expect(demandOf(report)).toMatchObject([{ state: 'impossible', why: expect.stringContaining('"chain-1"') }]);
    expect((await auditText(without, { chainKeys: { 'chain-1': KEY } })).verdict).toBe('INCOMPLETE');
    expect((await auditText(before, { chainKeys: { 'chain-1': KEY } })).verdict).toBe('PASS');
  });

  it('finds the record that was edited', async () => {
    const audit = await auditText(text(edited(chainOf(5, keyed), 2), KEYED), { chainKeys: { 'chain-1': KEY } });
    expect(audit.findings.map(({ kind, id }) => [kind, id])).toEqual([['hash-mismatch', 'e3']]);
  });
});

describe('a recipe that fits no record', () => {
  const WRONG = { s: { recipe: { algorithm: 'sha256', of: [...OF].reverse() } } };

  it('is called wrong by the headline before the records are called anything, and is FAIL', async () => {
    const report = await compareTexts(text(chainOf(5, plain), WRONG), text(chainOf(6, plain), WRONG));
    expect(report.headline).toMatch(
      /^FAIL: probably a wrong recipe, or a wrong key: sha256\(.*"s" of "a"; 1 hash-mismatch, .*5 hash-mismatch already/,
    );
    expect(findingsOf(report, 'hash-mismatch').at(-1)?.message).toContain('probably wrong');
  });

  it('and a wrong key are the same to an audit', async () => {
    const audit = await auditText(text(chainOf(5, keyed), KEYED), { chainKeys: { 'chain-1': Uint8Array.of(1) } });
    expect(audit).toMatchObject({ verdict: 'FAIL', wrongRecipe: expect.stringContaining('hmac-sha256[chain-1]') });
  });

  it('is right where it fits the baseline: then it is the current side that was changed', async () => {
    const changed = chainOf(5, plain).map((record) => ({ ...record, body: { n: -1 } }));
    const report = await compareTexts(text(chainOf(5, plain), PLAIN), text(changed, PLAIN));
    expect(report.headline).toMatch(/^FAIL: 5 modified/);
    expect(
      findingsOf(report, 'hash-mismatch')
        .map(({ message }) => message)
        .join(),
    ).not.toContain('probably');
  });

  it('is not doubted where it fitted one of the first, however many it does not fit behind that', async () => {
    const many = chainOf(45, plain);
    const wrong = many.map((record, at) => (at === 2 ? record : { ...record, body: { n: -1 } }));
    const audit = await auditText(text(wrong, PLAIN));
    expect(audit.findings.filter(({ kind }) => kind === 'hash-mismatch').length).toBe(44);
    expect(audit.wrongRecipe).toBeUndefined();
    const all = many.map((record) => ({ ...record, body: { n: -1 } }));
    expect((await auditText(text(all, PLAIN))).wrongRecipe).toBeDefined();
  });

  it('is not doubted for one record, the first or the last', async () => {
    for (const at of [0, 4]) {
      const { wrongRecipe } = await auditText(text(edited(chainOf(5, plain), at), PLAIN));
      expect(wrongRecipe).toBeUndefined();
    }
  });
});

describe('segments', () => {
  /** Three records from before there were hashes, three of the first version, three of the second. */
  const V2: Hashed = (made) => sha256(`v2:${made}`);
  const unhashed = chainOf(3, plain).map(({ hash: _, prev: __, ...record }) => record);
  const first = chainOf(3, plain, 4).map((record) => ({ ...record, attrs: { version: '1' } }));
  const second = chainOf(4, V2, 7, first[2]?.hash).map((record) => ({ ...record, attrs: { version: '2' } }));
  const whole = [...unhashed, ...first, ...second.slice(0, 3)];
  const segments = [
    { until: { seq: 3 }, recipe: 'none' },
    { when: { version: '1' }, recipe: { algorithm: 'sha256', of: OF } },
    { recipe: { algorithm: 'sha256', of: [{ text: 'v2:' }, ...OF] } },
  ];
  const CHAINS = { s: { segments } };

  it('each have their recipe, from an unhashed beginning on, and the report counts their records', async () => {
    const report = await compareTexts(text(whole, CHAINS), text([...unhashed, ...first, ...second], CHAINS));
    expect([report.verdict, countsOf(report)]).toEqual(['PASS', { 'record-added': 1 }]);
    const counted = report.checks.filter(({ check }) => check === 'hash-segment');
    expect(counted.map(({ done, skipped = 0, why }) => [done, skipped, why?.slice(0, 24)])).toEqual([
      [0, 6, 'segment 1 (seq to 3): no'],
      [6, 0, 'segment 2 (version = "1"'],
      [7, 0, 'segment 3 (the rest): sh'],
    ]);
    expect(report.checks.find(({ check }) => check === 'hash-recipe')).toMatchObject({ done: 13, skipped: 6 });
  });

  it.each([3, 4, 5, 6, 7, 8])('find the hashed record at %d that was edited', async (at) => {
    const audit = await auditText(text(edited(whole, at), CHAINS));
    expect(audit.findings.map(({ kind, seq }) => [kind, seq])).toEqual([['hash-mismatch', at + 1]]);
  });

  it('never come back: what is added cannot choose a recipe of the past', async () => {
    const grown = [...whole, { ...(second[3] as PlainRecord), attrs: { version: '1' } }];
    const report = await compareTexts(text(whole, CHAINS), text(grown, CHAINS));
    expect(report.verdict).toBe('FAIL');
    expect(findingsOf(report, 'hash-missing').map(({ id }) => id)).toEqual(['e10']);
  });

  it('that fit no record leave it without a recipe, which is FAIL', async () => {
    const some = { s: { segments: segments.slice(0, 2) } };
    expect(countsOf(await auditText(text(whole, some)))).toMatchObject({ 'hash-missing': 3 });
  });

  it('let no record be without a hash once one has it', async () => {
    const { hash: _, prev: __, ...bare } = whole[4] as PlainRecord;
    const holed = whole.map((record, at) => (at === 4 ? bare : record));
    expect(countsOf(await auditText(text(holed, CHAINS)))).toMatchObject({ 'hash-missing': 1, 'chain-break': 2 });
  });
});

describe('a recipe that takes nothing of the record', () => {
  it.each([
    ['a fixed text', [{ text: 'x' }], sha256('x')],
    ['the link alone', [{ prev: 'hex' }], sha256(ZEROS)],
    ['a digest of a fixed text', [{ digest: [{ text: 'x' }] }], sha256(sha256('x'))],
  ])('%s is refused, though its hashes fit', async (_, of, hash) => {
    const [first] = chainOf(1, plain);
    const { verdict, findings } = await auditText(
      text([{ ...first, hash } as PlainRecord], { s: { recipe: { algorithm: 'sha256', of } } }),
    );
    expect([verdict, findings[0]?.kind]).toEqual(['INCOMPLETE', 'schema-violation']);
  });
});

describe('a stored text that is hashed', () => {
  const recipe = { algorithm: 'sha256', preimage: 'raw' };
  const record = (body: { n: number }, raw: string): PlainRecord => ({
    tenant: 'a',
    stream: 's',
    id: 'e1',
    seq: 1,
    type: 't',
    prev: ZEROS,
    hash: sha256(raw),
    attrs: { raw },
    body,
  });

  it.each([
    ['is the body where it says the same', { n: 1 }, '{ "n": 1.0 }', 0],
    ['is a text alone where it says something else', { n: 2 }, referenceCanonical({ n: 1 }), 1],
  ])('%s', async (_, body, raw, textOnly) => {
    const [one, other] = [text([record(body, raw)], { s: { recipe } }), text([record(body, raw)], { s: { recipe } })];
    const report = await compareTexts(one, other);
    expect(report.verdict).toBe('PASS');
    const notes = report.notChecked.filter((note) => note.includes('that the body says the same was not checked'));
    expect(notes).toHaveLength(2 * textOnly);
  });
});

it('a recipe that needs the body says so where only its digest is there, and calls no record altered', async () => {
  const digests = chainOf(3, plain).map(({ body, ...record }) => ({
    ...record,
    bodyDigest: sha256(JSON.stringify(body)),
  }));
  const side = ndjson(digests as unknown as PlainRecord[], { depth: 'digest', chains: PLAIN });
  const report = await compareTexts(side, side);
  expect(countsOf(report)).not.toHaveProperty('hash-mismatch');
  expect(JSON.stringify(report.checks)).toContain('needs the bodies, and they are not in the snapshot');
});

it('a recipe is of members that a record has, of its attributes and of its body, and of nothing else', () => {
  const isTaken = (field: string): boolean => {
    const header = headerOf({ chains: { s: { recipe: { algorithm: 'sha256', of: [{ field }] } } } });
    return headerForm.faultIn(header as never, '') === undefined;
  };
  const members = ['tenant', 'stream', 'id', 'seq', 'type', 'recordedAt', 'prev', 'bodyDigest'];
  for (const field of [...members, 'body', 'body/a/0', 'attrs', 'attrs/a'])
    expect([field, isTaken(`/${field}`)]).toEqual([field, true]);
  for (const field of ['hash', 'tenant/a', 'attrs/a/b', 'other', ''])
    expect([field, isTaken(`/${field}`)]).toEqual([field, false]);
});

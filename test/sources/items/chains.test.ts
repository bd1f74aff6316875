/** A chain that a profile of files declares: its links, positions and hashes are checked as those of a table are. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyAll } from '../../../src/index.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { putFiles } from './items.ts';

const folder = temporaryFolder();
let made = 0;

interface Entry {
  readonly n: number;
  readonly log: string;
  readonly what: string;
  readonly prev: string;
  readonly hash: string;
}

/** Entries of a log, each hashed with the one before it. */
function entriesOf(log: string, count: number): readonly Entry[] {
  const entries: Entry[] = [];
  for (let n = 1; n <= count; n++) {
    const prev = entries.at(-1)?.hash ?? '0'.repeat(64);
    const hash = createHash('sha256').update(`${prev}|did ${n}`).digest('hex');
    entries.push({ n, log, what: `did ${n}`, prev, hash });
  }
  return entries;
}

const RECIPE = { algorithm: 'sha256', of: [{ prev: 'hex' }, { text: '|' }, { field: '/body/what' }] };
const LOGS = [...entriesOf('a', 3), ...entriesOf('b', 2)];
const PLACE = { from: { ndjson: '*' }, stream: '/log', id: '/n', seq: '/n', prev: '/prev', hash: '/hash' };
const CHAIN = { genesis: 'zeros', recipe: RECIPE };

async function verified(entries: readonly Entry[], place: object): Promise<readonly [string, readonly string[]]> {
  const at = putFiles(join(folder, `${++made}`), {
    'log.ndjson': entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
  });
  const profile = { kind: 'evidence-profile', version: 2, name: 'log', items: [place] } as never;
  const { verdict, findings } = await verifyAll(at, { source: { profile } });
  return [verdict, findings.map(({ kind, stream }) => `${kind} ${stream}`)];
}

const altered = (at: number, change: Partial<Entry>): readonly Entry[] =>
  LOGS.map((entry, index) => (index === at ? { ...entry, ...change } : entry));

describe('a chain in files', () => {
  it('that is whole is sound, whatever streams there are', async () => {
    expect(await verified(LOGS, { ...PLACE, chain: CHAIN })).toEqual(['PASS', []]);
  });

  it.each([
    ['an entry was altered, and nothing else', altered(1, { what: 'did not' }), 'a', 'hash-mismatch'],
    ['an entry of the second stream was', altered(4, { what: 'did not' }), 'b', 'hash-mismatch'],
    ['the first is gone', LOGS.filter((_, at) => at !== 0), 'a', 'chain-'],
  ])('is broken where %s', async (_, entries, stream, kind) => {
    const [verdict, found] = await verified(entries, { ...PLACE, chain: CHAIN });
    expect(verdict).toBe('FAIL');
    expect(found.join('\n')).toContain(kind);
    expect(found.every((one) => one.endsWith(` ${stream}`))).toBe(true);
  });

  it('of a fixed stream, with gaps and another beginning, is checked by what the profile says', async () => {
    const place = { ...PLACE, stream: { value: 'log' }, chain: { ...CHAIN, firstSeq: 1 } };
    const log = entriesOf('a', 3);
    expect(await verified(log, place)).toEqual(['PASS', []]);
    const gap = log.map((entry) => ({ ...entry, n: 10 * entry.n }));
    expect((await verified(gap, place))[0]).toBe('FAIL');
    const allowed = { ...place, chain: { ...CHAIN, gaps: 'allowed' } };
    expect(await verified(gap, allowed)).toEqual(['PASS', []]);
  });

  it('may begin with null, in either spelling', async () => {
    const [first, ...rest] = entriesOf('a', 1);
    const hash = createHash('sha256').update('|did 1').digest('hex');
    const log = [{ ...(first as Entry), prev: null as unknown as string, hash }, ...rest];
    for (const genesis of ['null', null]) {
      expect(await verified(log, { ...PLACE, chain: { ...CHAIN, genesis } })).toEqual(['PASS', []]);
    }
    expect((await verified(log, { ...PLACE, chain: CHAIN }))[0]).toBe('FAIL');
  });

  it('whose word for no link is the empty text takes neither NULL nor a missing link for it', async () => {
    const hash = createHash('sha256').update('|did 1').digest('hex');
    const place = { ...PLACE, prev: { field: '/prev', genesis: '' }, chain: { ...CHAIN, genesis: 'null' } };
    const verdicts = [];
    for (const prev of ['', null, undefined]) {
      verdicts.push((await verified([{ n: 1, log: 'a', what: 'did 1', hash, prev } as Entry], place))[0]);
    }
    expect(verdicts).toEqual(['PASS', 'FAIL', 'FAIL']);
  });

  it('is none for streams of its name in other tenants: that is said, and not found in the records', async () => {
    const at = putFiles(join(folder, `${++made}`), {
      'a.ndjson': `${JSON.stringify(entriesOf('a', 1)[0])}\n`,
      'b.ndjson': '{"n":1,"log":"a"}\n',
    });
    const [a, b] = [
      { ...PLACE, from: { ndjson: 'a.ndjson' }, tenant: { value: 'a' }, chain: CHAIN },
      { from: { ndjson: 'b.ndjson' }, tenant: { value: 'b' }, stream: '/log', id: '/n', seq: '/n' },
    ];
    const verdict = async (items: readonly object[]) =>
      verifyAll(at, { source: { profile: { kind: 'evidence-profile', version: 2, name: 'log', items } as never } });
    expect((await verdict([a, b])).findings.map(({ kind, message }) => [kind, message])).toEqual([
      ['schema-violation', expect.stringContaining('two rules for the chains of "a"')],
    ]);
    expect((await verdict([a, { ...b, stream: { value: 'b' } }])).verdict).toBe('PASS');
  });

  it('has positions', async () => {
    const { seq: _, ...unordered } = PLACE;
    await expect(verified(LOGS, { ...unordered, chain: CHAIN })).rejects.toMatchObject({
      kind: 'schema-violation',
      message: expect.stringMatching(/has a `chain` and no `seq`/) as string,
    });
  });
});

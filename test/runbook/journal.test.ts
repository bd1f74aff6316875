/** The upgrade journal: what is sealed, what is found when it is touched, and that nothing forks it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDateTime } from '../../src/core/instant.ts';
import { rootOf } from '../../src/core/merkle/tree.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { BrokenJournalError, journalLog } from '../../src/runbook/journal/append-entry.ts';
import { entriesAfter, entryLine, GENESIS, type Journal, readJournal } from '../../src/runbook/journal/journal.ts';
import type { JournalBody } from '../../src/wire/journal-entry.ts';
import { runs } from '../long.ts';

const EMPTY = readJournal(nodePlatform, new Uint8Array(0));
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

function body(over: Partial<JournalBody> = {}): JournalBody {
  return { version: 1, upgrade: 'u', step: '5', type: 'step', recordedAt: '2027-03-01T10:00:00Z', ...over };
}

function journalOf(bodies: readonly JournalBody[]): string {
  let content = '';
  let journal: Journal = EMPTY;
  for (const one of bodies) {
    content += text(entryLine(nodePlatform, one, journal));
    journal = readJournal(nodePlatform, bytes(content));
  }
  return content;
}

const THREE = journalOf([
  body({ note: 'begin', actor: 'a', files: [{ path: 'r.json', sha256: 'a'.repeat(64), bytes: 7 }] }),
  body({ step: 'R3', type: 'approval', at: '2027-03-01T11:00:00+01:00' }),
  body({ step: '6', type: 'decision' }),
]);
const read = (content: string): Journal => readJournal(nodePlatform, bytes(content));
const rows = (): readonly string[] => THREE.trimEnd().split('\n');

const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((one) => !/\p{Cs}/u.test(one));

describe('a journal', () => {
  it('gives back what was entered, and verifies', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ note: anyText, actor: anyText }), { minLength: 1, maxLength: 6 }), (said) => {
        const bodies = said.map((one) => body(one));
        const { entries, fault, head } = read(journalOf(bodies));
        expect(fault).toBeUndefined();
        expect(entries.map(({ seq, hash, ...rest }) => rest)).toEqual(bodies);
        expect(entries.map(({ seq }) => seq)).toEqual(bodies.map((_, at) => at + 1));
        expect(head).toBe(entries.at(-1)?.hash);
      }),
    );
  });

  it('that is empty has no entries, no fault and the genesis value as its head', () => {
    expect(EMPTY).toEqual({
      entries: [],
      leafInputs: [],
      leaves: [],
      head: GENESIS,
      fault: undefined,
      torn: undefined,
    });
  });

  it('shows every byte that was changed, at the entry in which it lies', () => {
    const original = bytes(THREE);
    const before = read(THREE);
    fc.assert(
      fc.property(fc.nat(original.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        fc.pre(original[at] !== byte);
        const changed = original.slice();
        changed[at] = byte;
        const { entries, fault } = readJournal(nodePlatform, changed);
        expect(fault).toBeDefined();
        expect(entries).toEqual(before.entries.slice(0, entries.length));
        expect(entries.length).toBe(text(original.subarray(0, at)).split('\n').length - 1);
      }),
      { numRuns: runs(500, 30_000) },
    );
  });

  it.each<[string, (lines: readonly string[]) => readonly string[], string, number]>([
    ['an entry is left out', ([a = '', , c = '']) => [a, c], 'seq-gap', 2],
    ['the first is left out', ([, b = '', c = '']) => [b, c], 'seq-gap', 1],
    ['two change places', ([a = '', b = '', c = '']) => [a, c, b], 'seq-gap', 2],
    ['one comes twice', ([a = '', b = '', c = '']) => [a, b, b, c], 'seq-gap', 3],
    [
      'a type is changed beside the body',
      ([a = '', ...rest]) => [a.replace(/"type":"step"}$/, '"type":"approval"}'), ...rest],
      'record-modified',
      1,
    ],
    [
      'the upgrade is changed beside the body',
      ([a = '', ...rest]) => [a.replace('"tenant":"u"', '"tenant":"v"'), ...rest],
      'record-modified',
      1,
    ],
    [
      'a time is changed beside the body',
      ([a = '', ...rest]) => [a.replace(/("recordedAt":"2027-03-01T1)0(:00:00Z","seq")/, '$11$2'), ...rest],
      'record-modified',
      1,
    ],
    [
      'an attribute is added',
      ([a = '', ...rest]) => [a.replace(/^{/, '{"attrs":{"by":"me"},'), ...rest],
      'record-modified',
      1,
    ],
    ['a note is changed', ([a = '', ...rest]) => [a.replace('begin', 'ended'), ...rest], 'hash-mismatch', 1],
    [
      'a digest is changed',
      ([a = '', ...rest]) => [a.replace('a'.repeat(64), 'b'.repeat(64)), ...rest],
      'hash-mismatch',
      1,
    ],
  ])('in which %s shows it', (_, edit, kind, line) => {
    const { fault, entries } = read(`${edit(rows()).join('\n')}\n`);
    expect(fault).toMatchObject({ kind, line, broken: true });
    expect(entries).toHaveLength(line - 1);
  });

  it('of two upgrades shows it', () => {
    const { fault } = read(
      journalOf([body()]) + text(entryLine(nodePlatform, body({ upgrade: 'v' }), read(journalOf([body()])))),
    );
    expect(fault).toMatchObject({ kind: 'record-inserted-in-history', broken: true, line: 2 });
  });

  it('that was made anew from its second entry is sound in itself, and without the head that was noted', () => {
    const noted = read(THREE).head;
    const forged = read(
      journalOf([
        ...read(THREE)
          .entries.slice(0, 1)
          .map(({ seq, hash, ...rest }) => rest),
        body({ step: '9' }),
      ]),
    );
    expect(forged.fault).toBeUndefined();
    expect(entriesAfter(forged, noted)).toBeUndefined();
  });

  it('that was cut after an entry is without the head that was noted, and has every earlier one', () => {
    const [first, second, third] = read(THREE).entries;
    const cut = read(`${rows().slice(0, 2).join('\n')}\n`);
    expect([first, second, third].map((entry) => entriesAfter(cut, entry?.hash ?? ''))).toEqual([1, 0, undefined]);
  });

  it('that was cut within a line names it, and keeps what comes before', () => {
    const whole = bytes(THREE);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: whole.length - 1 }), (length) => {
        const { fault, torn, entries } = readJournal(nodePlatform, whole.subarray(0, length));
        const between = whole[length - 1] === 0x0a;
        expect(fault === undefined).toBe(between);
        if (between) return;
        expect(fault).toMatchObject({ kind: 'input-truncated', broken: false, line: entries.length + 1 });
        expect((torn?.at ?? 0) + (torn?.bytes.length ?? 0)).toBe(length);
      }),
    );
  });

  it('is not cried wolf at for the order of members or white space', () => {
    const [a = '', ...rest] = rows();
    const { body: content, ...others } = JSON.parse(a);
    const spaced = JSON.stringify({ ...others, body: content }).replaceAll('":', '": ');
    expect(read(`${[spaced, ...rest].join('\n')}\n`).fault).toBeUndefined();
  });
});

it('as a log is that of its upgrade, with the root that it had when it was signed', () => {
  const journal = read(THREE);
  const asked: string[][] = [];
  const logOf = (size: number | undefined) =>
    journalLog('j', journal, (...place) => {
      asked.push(place);
      return size;
    });
  const roots = [undefined, 0, 1, 2, 3, 4].map((size) => logOf(size).rootThen);
  expect(new Set(asked.map((place) => place.join(' ')))).toEqual(new Set(['u upgrade-journal']));
  expect(roots).toEqual([
    undefined,
    ...[0, 1, 2, 3].map((size) => rootOf(nodePlatform, journal.leaves.slice(0, size))),
    undefined,
  ]);
  expect(logOf(3).log).toEqual({ tenant: 'u', stream: 'upgrade-journal', size: 3, root: roots[4] });
  expect(() => journalLog('j', read(THREE.slice(0, -1)), () => 1)).toThrow(BrokenJournalError);
});

describe('a date and time', () => {
  it.each(['2027-03-01T10:00:00Z', '2027-03-01T10:00:00.123456+01:00', '2028-02-29T00:00:00Z'])('is %s', (one) => {
    expect(isDateTime(one)).toBe(true);
  });

  it.each([
    '2027-02-29T00:00:00Z',
    '2027-03-01',
    '2027-03-01T10:00:00',
    '2027-13-01T10:00:00Z',
    '2027-03-01T24:00:00Z',
    '0',
    '',
  ])('is not %j', (one) => {
    expect(isDateTime(one)).toBe(false);
  });
});

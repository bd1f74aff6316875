/** Files that are cut, empty, wrapped or not snapshots at all: named as what they are, with a place, and never PASS. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareSnapshots } from '../../src/index.ts';
import { auditText } from '../in-memory.ts';
import { bodies, bundles, chained, headerOf, json, LEDGER_RULE, ndjson, trailerOf } from '../store.ts';
import { type Outcome, outcomeOf, put } from './files.ts';

let folder = '';
let made = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reading-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const outcome = (content: string | Uint8Array): Promise<Outcome> => outcomeOf(put(folder, `input-${made++}`, content));

const RECORDS = [...bundles(3), ...chained(bodies(3))];
const OPTIONS = { chains: LEDGER_RULE };
const LINES = ndjson(RECORDS, OPTIONS).split('\n').slice(0, -1);
const textOf = (lines: readonly string[], end = '\n'): string => lines.map((line) => line + end).join('');

function expectIncomplete(found: Outcome, kind: string, says?: RegExp): void {
  expect(found.kinds).toEqual([kind]);
  expect(found.verdict).toBe('INCOMPLETE');
  if (says !== undefined) expect(found.message).toMatch(says);
}

describe('a whole snapshot', () => {
  it.each([
    ['NDJSON', ndjson(RECORDS, OPTIONS)],
    ['JSON', json(RECORDS, OPTIONS)],
    ['NDJSON with CRLF (D15)', textOf(LINES, '\r\n')],
    ['JSON without white space', json(RECORDS, OPTIONS).replaceAll('\n', '')],
    ['JSON with white space around it', ` \r\n\t${json(RECORDS, OPTIONS)} \n\n`],
  ])('as %s is sound', async (_, text) => {
    expect(await outcome(text)).toEqual({ verdict: 'PASS', kinds: [], message: '' });
  });
});

describe('a snapshot that is cut', () => {
  it('D13: at any boundary of its lines is cut off, though what is left is valid NDJSON', async () => {
    for (let count = 1; count < LINES.length; count++) {
      expectIncomplete(await outcome(textOf(LINES.slice(0, count))), 'input-truncated', /byte \d+: /);
    }
  });

  it('D14: at any byte of the NDJSON container is cut off or malformed', async () => {
    const text = new TextEncoder().encode(textOf(LINES));
    for (let length = 1; length < text.length; length += 7) {
      const audit = await auditText(text.subarray(0, length));
      expect(['input-truncated', 'input-malformed'], `${length} bytes`).toContain(Object.keys(audit.findingCounts)[0]);
      expect(audit.verdict).toBe('INCOMPLETE');
    }
  });

  it('D14: at any byte of the JSON container is cut off', async () => {
    const text = new TextEncoder().encode(json(RECORDS, OPTIONS).trimEnd());
    for (let length = 1; length < text.length; length += 7) {
      const audit = await auditText(text.subarray(0, length));
      expect(audit.findingCounts, `${length} bytes`).toEqual({ 'input-truncated': 1 });
    }
  });

  it('D14: only by the LF of its last line is cut off', async () => {
    expectIncomplete(await outcome(textOf(LINES).slice(0, -1)), 'input-truncated', /line 8, .*does not end in LF/);
  });

  it('D13: without its trailer has no counts and no roots to believe', async () => {
    const audit = await auditText(textOf(LINES.slice(0, -1)));
    expect(audit.summary).toBeNull();
  });
});

describe('lines that are not lines of a snapshot (D15)', () => {
  const cases: readonly [string, string, string, RegExp][] = [
    [
      'an empty line between records',
      textOf([...LINES.slice(0, 2), '', ...LINES.slice(2)]),
      'input-malformed',
      /line 3/,
    ],
    [
      'a blank line with CR',
      textOf([...LINES.slice(0, 2), '', ...LINES.slice(2)], '\r\n'),
      'input-malformed',
      /line 3/,
    ],
    [
      'an empty line after the header',
      textOf([...LINES.slice(0, 1), '', ...LINES.slice(1)]),
      'input-malformed',
      /line 2/,
    ],
    ['lone CR as line ends', textOf(LINES, '\r'), 'input-malformed', /line 1, .*data after the header/],
    [
      'a form feed before a record',
      textOf([...LINES.slice(0, 2), `\f${LINES[2]}`, ...LINES.slice(3)]),
      'input-malformed',
      /line 3/,
    ],
    ['NEL as line ends', textOf(LINES, '\u0085'), 'input-malformed', /line 1/],
    [
      'two records on one line',
      textOf([...LINES.slice(0, 2), `${LINES[2]}${LINES[3]}`, ...LINES.slice(4)]),
      'input-malformed',
      /line 3/,
    ],
    [
      'a byte order mark on line 1 (D06)',
      `\ufeff${textOf(LINES)}`,
      'input-malformed',
      /line 1, byte 0: a byte order mark/,
    ],
    [
      'a byte order mark on line 2 (D06)',
      textOf([...LINES.slice(0, 1), `\ufeff${LINES[1]}`, ...LINES.slice(2)]),
      'input-malformed',
      /line 2/,
    ],
  ];
  it.each(cases)('%s', async (_, text, kind, says) => {
    expectIncomplete(await outcome(text), kind, says);
  });
});

describe('what is no snapshot (D16, D12)', () => {
  it.each([
    ['an empty file', '', /input is empty/],
    ['white space', ' \n\t\r\n ', /input is empty/],
    ['null', 'null\n', /not a snapshot/],
    ['an empty array', '[]', /a JSON array, not a snapshot/],
    ['a number', '5', /not a snapshot/],
    ['an empty object', '{}\n', /no members/],
    ['text', 'hello\n', /not a snapshot/],
    ['data after the JSON container', `${json(RECORDS)}{}`, /data after the end/],
    ['a comment after the JSON container', `${json(RECORDS)}// end`, /data after the end/],
    ['UTF-16', new Uint8Array(Buffer.from(`\ufeff${ndjson(RECORDS)}`, 'utf16le')), /UTF-16/],
  ])('%s is malformed', async (_, content, says) => {
    expectIncomplete(await outcome(content), 'input-malformed', says);
  });

  it('any other JSON is named for what it is', async () => {
    const says = /it is lines of JSON: 2 items, not a snapshot/;
    expectIncomplete(await outcome('{"a":1}\n{"b":2}\n'), 'schema-violation', says);
  });
});

describe('the trailer stands last, and once', () => {
  const [header = '', first = '', second = '', ...rest] = LINES;
  const trailer = rest.at(-1) ?? '';
  const records = rest.slice(0, -1);

  it.each([
    ['not last', [header, first, trailer, second, ...records]],
    ['twice', [header, first, second, ...records, trailer, trailer]],
    ['followed by data', [header, first, second, ...records, trailer, '{}']],
  ])('a trailer %s means that the input was put together wrongly: input-truncated', async (_, lines) => {
    const found = await outcome(textOf(lines));
    expect(found).toMatchObject({ verdict: 'INCOMPLETE', kinds: ['input-truncated'] });
  });

  it('a trailer followed by an empty line is not the last line', async () => {
    expect((await outcome(`${textOf(LINES)}\n`)).verdict).toBe('INCOMPLETE');
  });

  it('a header in the place of a record is named as that', async () => {
    expectIncomplete(
      await outcome(textOf([header, header, first])),
      'schema-violation',
      /line 2, .*header or a trailer/,
    );
  });

  it.each([
    ['twice', (text: string) => text.replace('"trailer":', '"trailer": {}, "trailer":')],
    ['before the records', (text: string) => text.replace('"records":', '"trailer": {}, "records":')],
    ['followed by a member', (text: string) => text.replace(/\}\s*$/, ', "more": 1}')],
    ['under another name', (text: string) => text.replace('"trailer":', '"Trailer":')],
  ])('in the JSON container, a trailer %s is refused', async (_, edit) => {
    expect((await outcome(edit(json(RECORDS)))).verdict).toBe('INCOMPLETE');
  });

  it('a JSON container that ends after its records is cut off', async () => {
    const text = json(RECORDS);
    expectIncomplete(await outcome(`${text.slice(0, text.indexOf('],\n"trailer"'))}]}\n`), 'input-truncated');
  });
});

describe('records', () => {
  it('with more than 64 members are refused, wherever the unknown ones stand', async () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`x${at}`, at]));
    const [record] = bundles(1);
    const text = ndjson([], { trailer: trailerOf(bundles(1)) }).replace(
      '\n',
      `\n${JSON.stringify({ ...record, ...many })}\n`,
    );
    expectIncomplete(await outcome(text), 'schema-violation', /line 2, byte \d+: /);
  });

  it('that a header calls full and that have no body are refused', async () => {
    const text = ndjson(bundles(2), { depth: 'digest' }).replace('"digest"', '"full"');
    expectIncomplete(await outcome(text), 'schema-violation', /line 2, .*no `body`/);
  });

  it('in a summary are refused', async () => {
    expectIncomplete(await outcome(ndjson(bundles(1)).replace('"full"', '"summary"')), 'schema-violation', /line 2/);
  });
});

describe('a store without one record', () => {
  const empty = ndjson([]);

  it('A06: is no PASS: as baseline, as current side, or as both', async () => {
    const none = put(folder, 'none', empty);
    const some = put(folder, 'some', ndjson(RECORDS));
    const other = put(folder, 'none-2', empty);
    expect((await compareSnapshots(none, some)).findingCounts).toMatchObject({ 'empty-baseline': 1 });
    expect((await compareSnapshots(none, some)).verdict).toBe('INCOMPLETE');
    expect((await compareSnapshots(some, none)).findingCounts).toMatchObject({
      'empty-current': 1,
      'tenant-missing': 1,
    });
    expect((await compareSnapshots(none, other)).verdict).toBe('INCOMPLETE');
  });

  it('has the empty root, SHA-256 of nothing', async () => {
    const audit = await auditText(empty);
    expect(audit.summary?.globalRoot).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(headerOf()).toMatchObject({ version: 1 });
  });
});

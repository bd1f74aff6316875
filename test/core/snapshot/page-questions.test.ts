/** What a second implementer of docs/snapshot.md had to ask: each answer of the page, once. */
import { describe, expect, it } from 'vitest';
import { auditText, compareTexts, countsOf } from '../../in-memory.ts';
import { bodies, bundles, chained, headerOf, json, ndjson, trailerOf } from '../../store.ts';

const SET = bundles(2);

async function kindOf(text: string): Promise<string> {
  return Object.keys(countsOf(await auditText(text))).join();
}

/** A set of one record with `body` as it is written. */
const withBody = (body: string): string => {
  const [record] = bundles(1);
  const { roots: _, ...trailer } = { ...trailerOf(bundles(1)), roots: undefined };
  const bare = JSON.parse(JSON.stringify(trailer, (name, value) => (/root/i.test(name) ? undefined : value))) as object;
  return ndjson([{ ...(record as object), body: '@' } as never], { trailer: bare }).replace('"@"', body);
};

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('the page says of a snapshot that', () => {
  it('its containers are told apart by the first object, whatever the name and the white space', async () => {
    expect(await kindOf(json(SET))).toBe('');
    expect(await kindOf(`\n ${json(SET)}`)).toBe('');
    expect(await kindOf(ndjson(SET))).toBe('');
    // One object on one line, and yet the JSON container: it has `records`.
    expect(await kindOf(JSON.stringify({ ...headerOf(), records: SET, trailer: trailerOf(SET) }))).toBe('');
  });

  it('its header members have any order among themselves, and none stands behind the records', async () => {
    const reversed = Object.fromEntries(Object.entries(headerOf()).reverse());
    expect(await kindOf(JSON.stringify({ ...reversed, records: SET, trailer: trailerOf(SET) }))).toBe('');
    const { tree, ...rest } = headerOf();
    const late = JSON.stringify({ ...rest, records: SET, trailer: trailerOf(SET), tree });
    const audit = await auditText(late);
    expect(audit.findings[0]?.message).toMatch(/`tree` does not stand before `records`/);
    const twice = JSON.stringify({
      ...headerOf(),
      records: SET,
      trailer: trailerOf(SET),
      capturedAt: '2027-03-01T10:00:00Z',
    });
    expect((await auditText(twice)).findings[0]?.message).toMatch(/something follows the trailer/);
  });

  it('its members are known in whatever spelling their names have', async () => {
    const text = json(SET);
    for (const [name, spelled] of [
      ['records', 'r\\u0065cord\\u0073'],
      ['trailer', '\\u0074railer'],
      ['kind', '\\u006B\\u0069nd'],
    ] as const) {
      const respelled = text.replace(`"${name}":`, `"${spelled}":`);
      expect(respelled).not.toBe(text);
      expect([name, await kindOf(respelled)]).toEqual([name, '']);
    }
    // Names that merely begin so are others.
    expect(await kindOf(text.replace('"records":', '"records\\u0073":'))).toBe('schema-violation');
    expect(await kindOf(text.replace('"trailer":', '"\\u0054railer":'))).toBe('input-malformed');
  });

  it('members in another order are refused with the command that puts them in order', async () => {
    const [header, trailer] = [headerOf(), trailerOf(SET)];
    const { version, ...rest } = header;
    const others = [
      { trailer, ...header, records: SET },
      { ...rest, records: SET, trailer, version },
      { ...header, records: SET, more: null, trailer },
      { ...header, records: SET, trailer, more: null },
    ];
    for (const other of others) {
      const [finding] = (await auditText(JSON.stringify(other))).findings;
      expect(finding?.message).toContain("`jq 'del(.records, .trailer) + {records, trailer}'`");
    }
  });

  it('a trailer before records is input-truncated, and anything else behind it input-malformed', async () => {
    const [header, ...lines] = ndjson(SET).trimEnd().split('\n') as [string, ...string[]];
    expect(await kindOf(`${[header, ...lines.toReversed()].join('\n')}\n`)).toBe('input-truncated');
    expect(await kindOf(`${json(SET)} {}`)).toBe('input-malformed');
  });

  it('containers are counted in a record by itself, 128 of them with its own braces', async () => {
    expect(await kindOf(withBody(nested(127)))).toBe('');
    expect(await kindOf(withBody(nested(128)))).toBe('input-limit');
  });

  it('an exponent has at most 1000 digits, leading zeros do not count, and a zero may have any', async () => {
    expect(await kindOf(withBody(`1e${'9'.repeat(1000)}`))).toBe('');
    expect(await kindOf(withBody(`1e${'9'.repeat(1001)}`))).toBe('input-limit');
    expect(await kindOf(withBody(`1e${'0'.repeat(2000)}1`))).toBe('');
    expect(await kindOf(withBody(`0e${'9'.repeat(1001)}`))).toBe('');
  });

  it('a malformed root in a trailer is a schema-violation, a malformed hash in a record hash-malformed', async () => {
    const { globalRoot: _, ...trailer } = trailerOf(SET);
    expect(await kindOf(ndjson(SET, { trailer: { ...trailer, globalRoot: 'A'.repeat(64) } }))).toBe('schema-violation');
    const [first, ...rest] = chained(bodies(2));
    expect(await kindOf(ndjson([{ ...first, hash: 'A'.repeat(64) } as never, ...rest]))).toContain('hash-malformed');
  });

  it.each(['yesterday', '2027-02-30T00:00:00Z', '2027-03-01', 'infinity', ''])(
    'capturedAt %j is none',
    async (capturedAt) => {
      expect(await kindOf(ndjson(SET, { header: { capturedAt } }))).toBe('schema-violation');
    },
  );

  it('a schema-violation ends the reading of its side, and what the other holds is audited', async () => {
    const chain = chained(bodies(3));
    const text = ndjson(chain).replace('"type":"event"', '"type":7');
    const broken = chain.map((record, at) => (at === 2 ? { ...record, prev: 'b'.repeat(64) } : record));
    const report = await compareTexts(text, ndjson(broken));
    expect(report.baseline.records).toBe(0);
    expect(countsOf(report)).toEqual({ 'schema-violation': 1, 'chain-break': 1 });
  });
});

/** A byte or two is enough to write a value: what is held in memory is bounded by values, and a limit is said. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryBudget } from '../../src/core/audit/side-audit.ts';
import { EvidenceError } from '../../src/core/errors.ts';
import { parseJson } from '../../src/core/json/parse.ts';
import { Findings } from '../../src/core/judge/findings.ts';
import { PENDING_UNITS, WaitingTable } from '../../src/core/judge/waiting.ts';
import * as LIMITS from '../../src/core/limits.ts';
import { MOST_LINK_UNITS, MOST_POINTER_UNITS, MOST_RECORD_BYTES, RECORD_SHARE } from '../../src/core/limits.ts';
import { portable, utf8 } from '../../src/core/platform.ts';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { RecordDecoder } from '../../src/core/snapshot/record.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { compareSnapshots } from '../../src/index.ts';
import { long } from '../long.ts';
import { bundles, ndjson } from '../store.ts';
import { put } from './files.ts';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const HEADER =
  '{"canonical":"jcs-exact","depth":"full","hash":"sha256","kind":"evidence-snapshot","tree":"rfc9162","version":1}\n';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'limits-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A snapshot of one record; its trailer states the sums that it must, and no roots. */
function oneRecord(record: string): string {
  const stream = '{"head":null,"ordered":false,"size":1,"stream":"s"}';
  const tenant = `{"counts":{"x":1},"records":1,"streams":[${stream}],"tenant":"t"}`;
  return `${HEADER}${record}\n{"kind":"evidence-snapshot-trailer","records":1,"tenants":[${tenant}]}\n`;
}

const withBody = (body: string): string => `{"body":${body},"id":"r","stream":"s","tenant":"t","type":"x"}`;

function reasonOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof EvidenceError) return `${error.kind}: ${error.reason}`;
    throw error;
  }
  return '';
}

describe('the strict reader counts values (D15)', () => {
  const parsed = (text: string, maxValues: number): string =>
    reasonOf(() => parseJson(portable, utf8(text), 0, undefined, { maxValues }));

  it.each([
    ['elements', '[1,2,3]', 4],
    ['members', '{"a":{},"b":[]}', 3],
    ['text, where 64 bytes are one more', JSON.stringify('x'.repeat(640)), 11],
    ['text with escapes', JSON.stringify('\n'.repeat(8192)), 1 + (2 * 4096) / 64],
    ['digits of a number', '7'.repeat(640), 11],
    ['text of a name', `{"${'x'.repeat(64)}":1}`, 3],
  ])('%s', (_, text, values) => {
    expect(parsed(text, values)).toMatch(text.includes('\\n') ? /^(?:|input-limit.*)$/ : /^$/);
    expect(parsed(text, values - 1)).toMatch(/^input-limit: more than \d+ values \(64 bytes of text count as one\)$/);
  });

  it('says where there was one too many', () => {
    const bytes = utf8('[1,\n2,3]');
    const act = (): unknown => parseJson(portable, bytes, 0, bytes.length, { maxValues: 2 });
    expect(act).toThrow(/line 2, byte 4: more than 2 values/);
  });

  it('reads a text of many escapes as JSON.parse does', () => {
    const text = `${'\n"\\\u0001ä€😀'.repeat(5000)}end`;
    expect(parseJson(portable, utf8(JSON.stringify(text)))).toBe(text);
  });
});

describe('a difference that cannot be looked for', () => {
  it('is said, and the records differ all the same', async () => {
    // A share of what the platform has memory for, or as many as a record can have.
    const values = Math.min(Math.floor(nodePlatform.maxValues * RECORD_SHARE), MOST_RECORD_BYTES / 2 - 100);
    const [baseline, current] = ['1', '2'].map((last) =>
      put(folder, `d${last}.ndjson`, oneRecord(withBody(`[${'0,'.repeat(values)}${last}]`))),
    );
    const report = await compareSnapshots(baseline ?? '', current ?? '');
    expect(report.verdict).toBe('FAIL');
    expect(report.findingCounts).toMatchObject({ 'record-modified': 1, 'input-limit': 1 });
  });

  it('lies no deeper than its pointer can be shown', async () => {
    const name = 'n'.repeat(MOST_POINTER_UNITS);
    const [baseline, current] = ['1', '2'].map((value, at) =>
      put(folder, `p${at}.ndjson`, oneRecord(withBody(`{"a":{"${name}":${value}}}`))),
    );
    const report = await compareSnapshots(baseline ?? '', current ?? '');
    const modified = report.findings.find(({ kind }) => kind === 'record-modified');
    expect(modified?.path).toBe('/body/a');
    expect(String(modified?.baseline)).toMatch(/^\{"nnn.* characters\)$/);
  });
});

describe('texts that are kept', () => {
  const decode = (members: object): ReturnType<RecordDecoder['decode']> => {
    const bytes = utf8(JSON.stringify({ bodyDigest: 'd', id: 'r', stream: 's', tenant: 't', type: 'x', ...members }));
    return new RecordDecoder(nodePlatform).decode(bytes, 0, bytes.length);
  };

  it('a hash that is far too long is told apart by its digest', () => {
    const [a, b] = ['a', 'b'].map((last) => decode({ hash: `${'f'.repeat(MOST_LINK_UNITS)}${last}` }));
    expect(a?.hash).toMatch(/^f{64}… \(1025 characters\), SHA-256 [0-9a-f]{64}$/);
    expect(a?.hash).not.toBe(b?.hash);
    expect(decode({ hash: 'f'.repeat(MOST_LINK_UNITS) }).hash).toBe('f'.repeat(MOST_LINK_UNITS));
  });

  it('a time of a thousand digits is refused', () => {
    const recordedAt = `2027-03-01T10:00:00.${'0'.repeat(MOST_LINK_UNITS)}Z`;
    expect(reasonOf(() => decode({ recordedAt }))).toMatch(/^input-limit: `recordedAt` has more than 1024 characters$/);
  });

  it('records that wait keep so much text, and no more', () => {
    const table = new WaitingTable();
    const waiting = (id: string) => ({
      tenant: 't',
      stream: 's',
      id,
      seq: 1,
      type: 'x',
      recordedAt: undefined,
      leaf: '',
      hash: undefined,
      attrs: undefined,
      bodyDigest: '',
      position: 0,
      bodyFaulty: false,
    });
    const half = 'x'.repeat(PENDING_UNITS / 4);
    expect(table.put(half, waiting(half))).toBe(true);
    expect(table.put(`${half}2`, waiting(half))).toBe(false);
    expect(table.overflowed).toBe(true);
    table.take(half);
    expect(table.put(`${half.slice(2)}2`, waiting(half))).toBe(true);
  });
});

describe('findings', () => {
  const add = (findings: Findings, id: string): void =>
    findings.add('both', { kind: 'record-added', tenant: 't', stream: 's', id, message: 'm' });

  it('are listed as far as memory goes, the first of each kind, and that is said', () => {
    const findings = new Findings('append', 1_000_000_000, 100_000);
    for (let at = 9999; at >= 0; at--) add(findings, `r${String(at).padStart(4, '0')}`);
    findings.conclude();
    findings.conclude();
    const listed = findings.list();
    const added = listed.filter(({ kind }) => kind === 'record-added').map(({ id }) => id);
    expect(added.length).toBeGreaterThan(50);
    expect(added.length).toBeLessThan(400);
    expect(added).toEqual(added.map((_, at) => `r${String(at).padStart(4, '0')}`));
    expect(findings.counts).toEqual({ 'record-added': 10_000, 'input-limit': 1 });
    expect(listed.find(({ kind }) => kind === 'input-limit')?.message).toMatch(
      /^of each kind the first \d+ findings are listed: memory holds no more/,
    );
    expect(findings.has('INCOMPLETE')).toBe(true);
  });

  it('are all listed where memory holds them', () => {
    const findings = new Findings('append', 1_000_000_000, 10_000_000);
    for (let at = 0; at < 10_000; at++) add(findings, `r${at}`);
    findings.conclude();
    expect(findings.list()).toHaveLength(10_000);
    expect(findings.has('INCOMPLETE')).toBe(false);
  });
});

it('names that are escaped wherever they are written count for more', () => {
  const room = (name: string): number => {
    const budget = new MemoryBudget(1_000_000);
    let streams = 0;
    for (; !budget.exhausted; streams++) budget.spendOnStream({ tenant: 't', stream: name });
    return streams;
  };
  expect(room('evidence-locker/bundles')).toBeGreaterThan(400);
  expect(room('\u{e0001}'.repeat(11))).toBeLessThan(400);
});

/** Runs the command with a heap of 256 MB. */
function command(...args: readonly string[]): { readonly code: number | null; readonly report: ContinuityReport } {
  const output = join(folder, 'report.json');
  rmSync(output, { force: true });
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--max-old-space-size=256', BIN, ...args, '--output', output],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
  );
  expect(stderr).not.toMatch(/heap|FATAL/);
  return { code: status, report: JSON.parse(readFileSync(output, 'utf8')) as ContinuityReport };
}

describe('with a heap of 256 MB', { timeout: 600_000 }, () => {
  it('two records of a million empty objects each differ, and where is not looked for', () => {
    const objects = '{},'.repeat(1_000_000);
    const [b, c] = ['1', '2'].map((last) => put(folder, `C${last}.ndjson`, oneRecord(withBody(`[${objects}${last}]`))));
    const { code, report } = command(b ?? '', c ?? '');
    expect(code).toBe(1);
    expect(report.findingCounts).toMatchObject({ 'record-modified': 1, 'input-limit': 1 });
    const limit = report.findings.find(({ kind }) => kind === 'input-limit');
    expect(limit).toMatchObject({ tenant: 't', stream: 's', id: 'r' });
  });

  it('a trailer of some kilobytes that unpacks to millions of values is refused', () => {
    const noise = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 2654435761) % 256)).toString('hex');
    const trailer = `{"kind":"evidence-snapshot-trailer","records":1,"x":"${noise}","tenants":[${'{},'.repeat(5_000_000)}{}]}\n`;
    const bomb = put(folder, 'B.ndjson.gz', gzipSync(`${HEADER}${withBody('1')}\n${trailer}`));
    const good = put(folder, 'good.ndjson', oneRecord(withBody('1')));
    const { code, report } = command(good, bomb);
    expect(code).toBe(2);
    expect(report.findingCounts).toMatchObject({ 'input-limit': 1 });
    expect(report.findings.map(({ message }) => message).join()).toMatch(/more than \d+ values/);
  });

  /** Records of `count` places, names and types made by `name`. */
  function many(count: number, name: (at: number) => Partial<Record<'tenant' | 'stream' | 'type', string>>): string {
    const lines = Array.from({ length: count }, (_, at) =>
      JSON.stringify({ body: 1, id: 'r', stream: 's', tenant: 't', type: 'x', ...name(at) }),
    );
    return `${HEADER}${lines.join('\n')}\n{"kind":"evidence-snapshot-trailer","records":${count},"tenants":[]}\n`;
  }
  const digits = (at: number): string => String(at).padStart(8, '0');
  const tags = '\u{e0001}'.repeat(240);

  it.skipIf(!long).each([
    ['tenants', 40_000, (at: number) => ({ tenant: digits(at) })],
    ['tenants of long names', 5000, (at: number) => ({ tenant: tags + digits(at), stream: tags, type: tags })],
    ['tenants of control characters', 5000, (at: number) => ({ tenant: `${'\u0001'.repeat(240)}${digits(at)}` })],
    ['streams', 60_000, (at: number) => ({ stream: digits(at) })],
    ['streams of long names', 5000, (at: number) => ({ tenant: tags, stream: tags + digits(at) })],
    ['types', 150_000, (at: number) => ({ id: digits(at), type: digits(at) })],
    ['types of long names', 20_000, (at: number) => ({ id: digits(at), type: tags + digits(at) })],
  ] as const)('too many %s are input-limit (long)', (_, count, name) => {
    const [b, c] = ['b', 'c'].map((side) => put(folder, `${side}.ndjson`, many(count, name)));
    const { code, report } = command(
      b ?? '',
      c ?? '',
      '--output',
      join(folder, 'r.xml'),
      '--output',
      join(folder, 'r.html'),
    );
    expect([1, 2]).toContain(code);
    expect(report.findingCounts['input-limit']).toBeGreaterThan(0);
  });

  it.skipIf(!long)('findings with names and ids as long as they may be, in every format (long)', () => {
    const side = (last: string): string => {
      const lines = Array.from({ length: 5000 }, (_, at) =>
        JSON.stringify({
          bodyDigest: `bad${last}`,
          hash: 'z'.repeat(900) + last,
          id: '\u{e0001}'.repeat(1010) + digits(last === 'b' ? at : 99_999 - at),
          prev: 'y'.repeat(900),
          seq: 3 * at,
          stream: tags,
          tenant: tags,
          type: tags,
        }),
      );
      const header = HEADER.replace('full', 'digest');
      return `${header}${lines.join('\n')}\n{"kind":"evidence-snapshot-trailer","records":1,"tenants":[]}\n`;
    };
    const [b, c] = ['b', 'c'].map((last) => put(folder, `${last}.ndjson`, side(last)));
    const others = ['html', 'xml', 'pdf', 'md', 'txt', 'ndjson'].flatMap((end) => [
      '--output',
      join(folder, `r.${end}`),
    ]);
    const { code, report } = command(b ?? '', c ?? '', '--max-findings', '1000000000', ...others);
    expect(code).toBe(1);
    expect(report.findingCounts['record-missing']).toBe(5000);
    expect(report.findingCounts['input-limit']).toBe(1);
  });
});

describe('what is given in place of a snapshot is called what it is', () => {
  const tar = Buffer.alloc(1024);
  tar.write('snapshot.ndjson');
  tar.write('ustar', 257);
  it.each([
    ['a tar archive', tar, /a tar archive, not a snapshot; .*unpack it/],
    ['a packed tar archive', gzipSync(tar), /a tar archive, not a snapshot; .*unpack it/],
    ['a zip archive', Buffer.from('PK\x03\x04rest', 'latin1'), /zip: End of central directory .* not found/],
    ['zstd', Buffer.from('\x28\xb5\x2f\xfdrest', 'latin1'), /packed with zstd.*`zstd -d`/],
    ['gzip twice', gzipSync(gzipSync('x')), /packed with gzip twice/],
    ['a dump', Buffer.from('PGDMP\x01'), /a dump of pg_dump.*postgres:\/\//],
    ['an array', '[\n{"a":1}]', /an array of 1 item, not a snapshot, .*evidence-diff init/],
    ['CSV', 'id,tenant\nr,t\n', /CSV with 1 row of the columns id, tenant, not a snapshot, .*init/],
    ['a wrapped array', '{"evidence":[{"a":1}]}', /an object with 1 item at \/evidence, not a snapshot, .*init/],
    ['an object', '{\n"evidence":[]}', /a JSON document of no known kind, not a snapshot, .*init/],
    ['NDJSON of others', '{"a":1}\n{"a":2}\n', /lines of JSON: 2 items, not a snapshot, .*init/],
  ])('%s', async (_, content, says) => {
    const path = put(folder, 'other', content);
    const report = await compareSnapshots(put(folder, 'honest.ndjson', ndjson(bundles(3))), path);
    expect(report.verdict).toBe('INCOMPLETE');
    expect(report.findings.map(({ message }) => message).join('\n')).toMatch(says);
  });
});

it('docs/snapshot.md states every limit as it is', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/snapshot.md', import.meta.url)), 'utf8');
  const table = page.slice(page.indexOf('## Limits'));
  const MIB = 1024 * 1024;
  const stated = {
    MOST_RECORD_BYTES: `${LIMITS.MOST_RECORD_BYTES / MIB} MiB`,
    MOST_HELD_ITEM_BYTES: `${LIMITS.MOST_HELD_ITEM_BYTES / MIB} MiB; a longer one`,
    MOST_BODY_BYTES: `at most ${LIMITS.MOST_BODY_BYTES / MIB} MiB`,
    MOST_ENVELOPE_BYTES: `${LIMITS.MOST_ENVELOPE_BYTES / MIB} MiB`,
    MOST_REPLY_BYTES: `a time stamp, as an authority has sent it | ${LIMITS.MOST_REPLY_BYTES / MIB} MiB`,
    HEAP_BYTES_A_VALUE: `one for each ${LIMITS.HEAP_BYTES_A_VALUE} bytes of heap`,
    TEXT_BYTES_A_VALUE: `${LIMITS.TEXT_BYTES_A_VALUE} bytes of text count as one more`,
    PORTABLE_MOST_VALUES: `${LIMITS.PORTABLE_MOST_VALUES.toLocaleString('en-US')} in a browser`,
    RECORD_SHARE: `1/${1 / LIMITS.RECORD_SHARE} of the values`,
    SUMMARY_SHARE: `1/${1 / LIMITS.SUMMARY_SHARE} of the heap`,
    FINDINGS_SHARE: `1/${1 / LIMITS.FINDINGS_SHARE} of the heap`,
    MOST_LINK_UNITS: `${LIMITS.MOST_LINK_UNITS} characters of a hash or a time`,
    MOST_POINTER_UNITS: `${LIMITS.MOST_POINTER_UNITS} characters of a pointer`,
    MOST_MESSAGE_UNITS: `${LIMITS.MOST_MESSAGE_UNITS} of a message`,
    MOST_SHOWN_UNITS: `${LIMITS.MOST_SHOWN_UNITS} of a value`,
  };
  expect(Object.keys(stated).sort()).toEqual(Object.keys(LIMITS).sort());
  for (const text of Object.values(stated)) expect(table).toContain(text);
});

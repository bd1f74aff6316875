/** Packed snapshots: a cut, a flipped bit or a byte between members hides nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditText } from '../in-memory.ts';
import { runs } from '../long.ts';
import { bundles, ndjson } from '../store.ts';
import { outcomeOf, put, within } from './files.ts';

/** How much a file is read at a time. */
const CHUNK = 256 * 1024;

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gzip-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TEXT = Buffer.from(ndjson(bundles(40)));
const PACKED = gzipSync(TEXT);
const join2 = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);

async function kindsOf(packed: Uint8Array, chunkBytes?: number): Promise<readonly string[]> {
  const audit = await within(auditText(packed, chunkBytes === undefined ? {} : { chunkBytes }));
  expect(audit.verdict).toBe(Object.keys(audit.findingCounts).length === 0 ? 'PASS' : 'INCOMPLETE');
  return Object.keys(audit.findingCounts);
}

/** `packed` with a comment in its header (RFC 1952 §2.3.1) that makes it `length` bytes long. */
function paddedTo(packed: Uint8Array, length: number): Buffer {
  const comment = Buffer.alloc(length - packed.length, 'c');
  comment[comment.length - 1] = 0;
  const header = Buffer.from(packed.subarray(0, 10));
  header[3] = 0x10;
  return join2(header, comment, packed.subarray(10));
}

describe('D17: a packed snapshot', () => {
  it('is sound when it is whole, at any chunk size', async () => {
    for (const chunkBytes of [1, 2, 3, 17, 1000, CHUNK]) expect(await kindsOf(PACKED, chunkBytes)).toEqual([]);
  });

  it('that is cut at any 50th byte is cut off', async () => {
    for (let length = 50; length < PACKED.length; length += 50) {
      expect(await kindsOf(PACKED.subarray(0, length)), `${length} bytes`).toEqual(['input-truncated']);
    }
  });

  it('that is cut within its last 8 bytes is cut off, though every record is there', async () => {
    for (let missing = 1; missing <= 8; missing++) {
      expect(await kindsOf(PACKED.subarray(0, PACKED.length - missing)), `${missing} missing`).toEqual([
        'input-truncated',
      ]);
    }
  });

  it('that is cut at any byte is cut off, whatever the byte that it wants', async () => {
    // Empty members end in zeros, and so do short ones: a zero byte is what a reader may think up.
    const two = join2(gzipSync(TEXT.subarray(0, 300)), gzipSync(TEXT.subarray(300)), gzipSync(''));
    const ends = [gzipSync(TEXT.subarray(0, 300)).length, two.length - gzipSync('').length];
    for (let length = 4; length < two.length; length++) {
      // Far from the ends of members one of a few is as good as all of them.
      if (length % runs(13, 1) !== 0 && !ends.some((end) => Math.abs(end - length) < 20) && two.length - length > 9)
        continue;
      const [kind] = await kindsOf(two.subarray(0, length));
      // At the end of a member the snapshot is cut, or whole: what is missing is an empty member.
      expect([length, kind]).toEqual([length, length === ends[1] ? undefined : 'input-truncated']);
    }
  });

  it('in which any bit of CRC or size is flipped is malformed', async () => {
    for (let bit = 0; bit < 64; bit++) {
      const flipped = Buffer.from(PACKED);
      const at = PACKED.length - 8 + Math.floor(bit / 8);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit % 8));
      expect(await kindsOf(flipped), `bit ${bit}`).toEqual(['input-malformed']);
    }
  });

  it('is read from a file in the same way', async () => {
    expect(await outcomeOf(put(folder, 'whole.gz', PACKED))).toMatchObject({ verdict: 'PASS' });
    const cut = await outcomeOf(put(folder, 'cut.gz', PACKED.subarray(0, -1)));
    expect(cut).toMatchObject({ verdict: 'INCOMPLETE', kinds: ['input-truncated'] });
    expect(cut.message).toContain('cut.gz');
  });
});

describe('D18: after the last member', () => {
  const hidden = gzipSync(ndjson(bundles(1)));
  const garbage: readonly [string, Uint8Array][] = [
    ['a zero byte', Uint8Array.of(0)],
    ['many zero bytes', new Uint8Array(600_000)],
    ['a zero byte and another member', join2(Uint8Array.of(0), hidden)],
    ['text', Buffer.from('garbage')],
    ['the first byte of a member', Uint8Array.of(0x1f)],
    ['the first two bytes of a member', Uint8Array.of(0x1f, 0x8b)],
    ['a member of another method', Uint8Array.of(0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 3, 0, 0)],
    ['a line feed', Buffer.from('\n')],
  ];

  it.each(garbage)('%s is refused, at any alignment with the chunks', async (_, tail) => {
    for (const chunkBytes of [1, 2, PACKED.length - 1, PACKED.length, PACKED.length + 1, CHUNK]) {
      const [kind] = await kindsOf(join2(PACKED, tail), chunkBytes);
      expect(['input-malformed', 'input-truncated'], `chunks of ${chunkBytes}`).toContain(kind);
    }
  });

  // What begins a member and ends there is one that was cut.
  const BEGUN: ReadonlySet<string> = new Set(['the first byte of a member', 'the first two bytes of a member']);

  it.each(garbage)('%s is named for what it is, and where', async (name, tail) => {
    for (const chunkBytes of [1, 2, PACKED.length - 1, PACKED.length, PACKED.length + 1, CHUNK]) {
      const audit = await auditText(join2(PACKED, tail), { chunkBytes });
      const [kind, place] = BEGUN.has(name)
        ? ['input-truncated', PACKED.length + tail.length]
        : ['input-malformed', PACKED.length + (name === 'a member of another method' ? 2 : 0)];
      const [{ message = '' } = {}] = audit.findings;
      expect(Object.keys(audit.findingCounts), `chunks of ${chunkBytes}: ${message}`).toEqual([kind]);
      const [, first, last = first] = /(?:between )?byte (\d+)(?: and byte (\d+))?/.exec(message) ?? [];
      expect(Number(first), message).toBeLessThanOrEqual(place);
      expect(Number(last), message).toBeGreaterThanOrEqual(place);
    }
  });

  it('one byte of any value is refused, at its place', async () => {
    for (const byte of [0, 1, 0x0a, 0x1e, 0x1f, 0x20, 0x8b, 0xff, ...Array(runs(0, 256)).keys()]) {
      const audit = await auditText(join2(PACKED, Uint8Array.of(byte)));
      const [{ kind, message } = { kind: '', message: '' }] = audit.findings;
      const cut = byte === 0x1f;
      expect([byte, kind]).toEqual([byte, cut ? 'input-truncated' : 'input-malformed']);
      expect(message).toContain(`byte ${PACKED.length + (cut ? 1 : 0)}: `);
    }
  });

  it.each(garbage)(
    '%s is refused in a file whose member ends at, before and after a chunk boundary',
    async (_, tail) => {
      for (const length of [CHUNK - 1, CHUNK, CHUNK + 1]) {
        const packed = paddedTo(PACKED, length);
        expect(gunzipSync(packed).equals(TEXT)).toBe(true);
        const { verdict } = await outcomeOf(put(folder, 'tail.gz', join2(packed, tail)));
        expect(verdict, `member of ${length} bytes`).toBe('INCOMPLETE');
      }
    },
  );

  it('a zero byte between two members does not hide the second', async () => {
    const [first, second] = [gzipSync(TEXT.subarray(0, 500)), gzipSync(TEXT.subarray(500))];
    for (const length of [first.length + 20, CHUNK - 1, CHUNK, CHUNK + 1]) {
      const packed = join2(paddedTo(first, length), Uint8Array.of(0), second);
      const { verdict, kinds } = await outcomeOf(put(folder, 'between.gz', packed));
      expect([verdict, kinds], `member of ${length} bytes`).toEqual(['INCOMPLETE', ['input-malformed']]);
    }
  });
});

describe('several members', () => {
  const members = (cuts: readonly number[]): Buffer => {
    const ends = [...cuts, TEXT.length];
    return join2(...ends.map((end, at) => gzipSync(TEXT.subarray(at === 0 ? 0 : ends[at - 1], end))));
  };

  it.each([
    ['two', [100]],
    ['cut at line ends', [TEXT.indexOf('\n') + 1]],
    ['many', Array.from({ length: 50 }, (_, at) => at * 40)],
    ['some empty', [0, 0, 700, 700]],
  ])('(%s) are one snapshot, read whole, at any chunk size', async (_, cuts) => {
    for (const chunkBytes of [1, 5, 64, CHUNK]) expect(await kindsOf(members(cuts), chunkBytes)).toEqual([]);
  });

  it('of which the first ends at a chunk boundary of a file are read whole', async () => {
    for (const length of [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK]) {
      const packed = join2(paddedTo(gzipSync(TEXT.subarray(0, 500)), length), gzipSync(TEXT.subarray(500)));
      expect(await outcomeOf(put(folder, 'two.gz', packed))).toMatchObject({ verdict: 'PASS', kinds: [] });
    }
  });
});

describe('D19: a bomb', () => {
  it('is refused long before it is unpacked', async () => {
    const [header = ''] = ndjson([]).split('\n');
    const bomb = gzipSync(join2(Buffer.from(`${header}\n`), Buffer.alloc(300 * 1024 * 1024, ' ')), { level: 9 });
    const before = process.memoryUsage().arrayBuffers;
    const { verdict, kinds } = await outcomeOf(put(folder, 'bomb.gz', bomb));
    expect([verdict, kinds]).toEqual(['INCOMPLETE', ['input-limit']]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 1024 * 1024);
  });

  it('within one record is refused at the longest record', async () => {
    const [header = ''] = ndjson([]).split('\n');
    const record = `{"tenant":"a","stream":"s","id":"1","type":"t","body":"${' '.repeat(20 * 1024 * 1024)}"}\n`;
    const { kinds } = await outcomeOf(put(folder, 'record.gz', gzipSync(`${header}\n${record}`)));
    expect(kinds).toEqual(['input-limit']);
  });

  it('inside a bomb is not unpacked at all: a packed packed snapshot is malformed', async () => {
    expect(await kindsOf(gzipSync(PACKED))).toEqual(['input-malformed']);
  });
});

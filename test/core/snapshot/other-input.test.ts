/** What is no snapshot is told by name, with what to do: somebody gives the wrong file in the middle of an upgrade. */
import { describe, expect, it } from 'vitest';
import { LOOKED_AT_BYTES, otherInput } from '../../../src/core/snapshot/other-input.ts';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const told = (text: string): ReturnType<typeof otherInput> => otherInput(latin1(text), 0, text.length);

describe('an input that is no snapshot', () => {
  it.each([
    [`${'\0'.repeat(257)}ustar`, 'a tar archive', /^give it by its name.*unpack it/],
    ['PK\x03\x04', 'a zip archive', /^give it by its name.*unpack it/],
    ['PK\x05\x06', 'an empty zip archive', /^give it by its name.*unpack it/],
    ['\x28\xb5\x2f\xfd', 'packed with zstd', /`zstd -d`.*gzip/],
    ['\xfd7zXZ\0', 'packed with xz', /`xz -d`.*gzip/],
    ['BZh9', 'packed with bzip2', /`bzip2 -d`.*gzip/],
    ['7z\xbc\xaf\x27\x1c', 'a 7z archive', /^unpack it, and give the snapshot/],
    ['\x1f\x8b\x08', 'packed with gzip twice', /`gzip -d`/],
    ['%PDF-1.7', 'a PDF document', /docs\/your-evidence\.md/],
    ['SQLite format 3\0', 'a SQLite database', /docs\/your-evidence\.md/],
    ['PGDMP\x01', 'a dump of pg_dump', /restore it.*postgres:\/\//],
    ['\xff\xfe{\0', 'text in UTF-16', /UTF-8/],
    ['\xfe\xff\0{', 'text in UTF-16', /UTF-8/],
    ['[{}]', 'a JSON array', /docs\/your-evidence\.md/],
    ['<?xml?>', 'XML or HTML', /docs\/your-evidence\.md/],
    ['id,seq\n1,2\n', 'CSV or other text in columns', /docs\/your-evidence\.md/],
    ['id;seq', 'CSV or other text in columns', /docs\/your-evidence\.md/],
    ['id\tseq', 'CSV or other text in columns', /docs\/your-evidence\.md/],
  ])('%j', (text, what, advice) => {
    expect(told(text).reason).toBe(`${what}, not a snapshot`);
    expect(told(text).advice).toMatch(advice);
  });

  it.each([
    '',
    'words',
    '"a,b"',
    '-1,2',
    '1,2',
    'a\nb,c',
    `${'x'.repeat(LOOKED_AT_BYTES)},`,
    `${'\0'.repeat(256)}ustar`,
    'ab\x01\x02,c',
  ])('of no kind that is known: %j', (text) => {
    expect(told(text).reason).toBe('not a snapshot, which begins with a JSON object');
  });

  it('is told by its own bytes alone', () => {
    const bytes = latin1('[PGDMP{');
    expect(otherInput(bytes, 1, 6).reason).toContain('pg_dump');
    expect(otherInput(bytes, 1, 5).reason).toContain('begins with a JSON object');
  });
});

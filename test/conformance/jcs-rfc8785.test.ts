/** The test data of RFC 8785 itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalizeRfc8785, canonicalText } from '../../src/core/json/canonical.ts';
import { CanonicalScan } from '../../src/core/json/fast/canonical-scan.ts';
import { parseJson } from '../../src/core/json/parse.ts';
import { platform } from '../core/json/documents.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';

const NAME = 'vectors/jcs-rfc8785';
const folder = sharedFolder(`${NAME}/testdata`);
const names = folder === undefined ? [] : readdirSync(`${folder}/input`);

/** The files in which a double loses something, with what RFC 8785 prints and what the exact form keeps. */
const LOSSY: Readonly<Record<string, readonly [string, string]>> = {
  'values.json': ['333333333.3333333,', '333333333.33333329,'],
};

function input(name: string): Uint8Array {
  return readFileSync(`${folder}/input/${name}`);
}

function output(name: string): string {
  return readFileSync(`${folder}/output/${name}`, 'utf8').trimEnd();
}

describe.skipIf(folder === undefined)(`the test data of RFC 8785${skippedWithout(NAME)}`, () => {
  it('is all there', () => {
    expect(names).toEqual([
      'arrays.json',
      'french.json',
      'structures.json',
      'unicode.json',
      'values.json',
      'weird.json',
    ]);
  });

  it.each(names)('E01, E02, E03: plain RFC 8785 gives the published bytes of %s', (name) => {
    const text = canonicalizeRfc8785(parseJson(platform, input(name)));
    expect(text).toBe(output(name));
    const hex = readFileSync(`${folder}/outhex/${name.replace('.json', '.txt')}`, 'utf8').replace(/\s/g, '');
    expect(Buffer.from(text).toString('hex')).toBe(hex);
  });

  it.each(names)('D08, E01, E02, E03: the exact form of %s is the same wherever a double loses nothing', (name) => {
    const [rounded, exact] = LOSSY[name] ?? ['', ''];
    const expected = output(name).replace(rounded, exact);
    expect(canonicalText(parseJson(platform, input(name)))).toBe(expected);
    expect(expected === output(name)).toBe(LOSSY[name] === undefined);
  });

  it.each(names)('the scan finds the output of %s canonical if it is an exact object, the input never', (name) => {
    const scan = new CanonicalScan(platform);
    const exact = canonicalBytes(parseJson(platform, input(name)));
    expect(scan.scan(exact, 0, exact.length)).toBe(exact[0] === 0x7b);
    expect(scan.scan(input(name), 0, input(name).length)).toBe(false);
  });
});

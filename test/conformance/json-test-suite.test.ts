/** JSONTestSuite of Nicolas Seriot: what a reader of RFC 8259 must read, must refuse, and may decide. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../src/core/errors.ts';
import { canonicalText } from '../../src/core/json/canonical.ts';
import { CanonicalScan } from '../../src/core/json/fast/canonical-scan.ts';
import { parseJson } from '../../src/core/json/parse.ts';
import { platform } from '../core/json/documents.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';

const NAME = 'vectors/JSONTestSuite';
const folder = sharedFolder(NAME);

/** RFC 8259 §4 leaves two members of one name to the reader; the snapshot contract refuses them (RFC 7493 §2.3). */
const REFUSED_Y: readonly string[] = ['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json'];

/** Numbers are exact here, so nothing is lost in those that no double holds. All other i_ files are refused. */
const EXACT_I: Readonly<Record<string, string>> = {
  'i_number_double_huge_neg_exp.json': '[1.23456e-787]',
  'i_number_huge_exp.json': `[4e+66${'9'.repeat(116)}69999999005]`,
  'i_number_neg_int_huge_exp.json': '[-1e+9999]',
  'i_number_pos_double_huge_exp.json': '[1.5e+9999]',
  'i_number_real_neg_overflow.json': '[-1.23123e+100005]',
  'i_number_real_pos_overflow.json': '[1.23123e+100005]',
  'i_number_real_underflow.json': '[1.23e-9999998]',
  'i_number_too_big_neg_int.json': '[-1.23123123123123123123123123123e+29]',
  'i_number_too_big_pos_int.json': '[100000000000000000000]',
  'i_number_very_big_negative_int.json': '[-2.37462374673276894279832749832423479823246327846e+47]',
};

/** The one i_ file that is refused as too large rather than as malformed: 500 arrays in one another. */
const TOO_DEEP_I = 'i_structure_500_nested_arrays.json';

/** What readers differ in most; undefined is refused. */
const TRANSFORMS: Readonly<Record<string, string | undefined>> = {
  'number_-9223372036854775808.json': '[-9223372036854775808]',
  'number_-9223372036854775809.json': '[-9223372036854775809]',
  'number_1.0.json': '[1]',
  'number_1.000000000000000005.json': '[1.000000000000000005]',
  'number_1000000000000000.json': '[1000000000000000]',
  'number_10000000000000000999.json': '[10000000000000000999]',
  'number_1e-999.json': '[1e-999]',
  'number_1e6.json': '[1000000]',
  'number_9223372036854775807.json': '[9223372036854775807]',
  'number_9223372036854775808.json': '[9223372036854775808]',
  'object_key_nfc_nfd.json': '{"e\u0301":"NFD","\u00e9":"NFC"}',
  'object_key_nfd_nfc.json': '{"e\u0301":"NFD","\u00e9":"NFC"}',
  'object_same_key_different_values.json': undefined,
  'object_same_key_same_value.json': undefined,
  'object_same_key_unclear_values.json': undefined,
  'string_1_escaped_invalid_codepoint.json': undefined,
  'string_1_invalid_codepoint.json': undefined,
  'string_2_escaped_invalid_codepoints.json': undefined,
  'string_2_invalid_codepoints.json': undefined,
  'string_3_escaped_invalid_codepoints.json': undefined,
  'string_3_invalid_codepoints.json': undefined,
  'string_with_escaped_NULL.json': '["A\\u0000B"]',
};

function files(kind: 'test_parsing' | 'test_transform', prefix: string): readonly string[] {
  return folder === undefined ? [] : readdirSync(`${folder}/${kind}`).filter((name) => name.startsWith(prefix));
}

/** The canonical form of a file, or the EvidenceError that refused it. */
function read(kind: string, name: string): string | EvidenceError {
  const bytes = readFileSync(`${folder}/${kind}/${name}`);
  try {
    return canonicalText(parseJson(platform, bytes));
  } catch (error) {
    if (error instanceof EvidenceError) return error;
    throw error;
  }
}

/** The finding kind that a file is refused as, or the canonical form that it is read as. */
function verdict(kind: string, name: string): string {
  const outcome = read(kind, name);
  return outcome instanceof EvidenceError ? outcome.kind : outcome;
}

describe.skipIf(folder === undefined)(`JSONTestSuite${skippedWithout(NAME)}`, () => {
  it('is all there', () => {
    expect(['y_', 'n_', 'i_'].map((prefix) => files('test_parsing', prefix).length)).toEqual([95, 188, 35]);
    expect(files('test_transform', '')).toEqual(Object.keys(TRANSFORMS).sort());
  });

  it('D05, D09, D10, D12: every n_ file is refused', () => {
    for (const name of files('test_parsing', 'n_')) {
      expect(['input-malformed', 'input-limit'], name).toContain(verdict('test_parsing', name));
    }
  });

  it('D01: every y_ file is read, and JSON.parse sees the same; those with duplicate names are refused', () => {
    for (const name of files('test_parsing', 'y_')) {
      const outcome = read('test_parsing', name);
      if (REFUSED_Y.includes(name)) {
        expect(outcome, name).toMatchObject({ kind: 'input-malformed', reason: 'duplicate member name' });
      } else {
        expect(outcome, name).toBeTypeOf('string');
        const text = readFileSync(`${folder}/test_parsing/${name}`, 'utf8');
        expect(JSON.parse(outcome as string), name).toEqual(JSON.parse(text));
      }
    }
  });

  it('D04, D05, D06, D07, D08, D09, D10: every i_ file is refused or read without loss', () => {
    for (const name of files('test_parsing', 'i_')) {
      const expected = EXACT_I[name] ?? (name === TOO_DEEP_I ? 'input-limit' : 'input-malformed');
      expect(verdict('test_parsing', name), name).toBe(expected);
    }
  });

  it('D01, D04, D05, D07, D08, E02: what other readers transform is kept or refused', () => {
    for (const name of files('test_transform', '')) {
      expect(verdict('test_transform', name), name).toBe(TRANSFORMS[name] ?? 'input-malformed');
    }
  });

  it('the scan accepts of all files those alone that are canonical objects', () => {
    const scan = new CanonicalScan(platform);
    let accepted = 0;
    for (const kind of ['test_parsing', 'test_transform'] as const) {
      for (const name of files(kind, '')) {
        const bytes = readFileSync(`${folder}/${kind}/${name}`);
        const outcome = read(kind, name);
        const canonical = typeof outcome === 'string' && outcome.startsWith('{') && bytes.equals(Buffer.from(outcome));
        expect(scan.scan(bytes, 0, bytes.length), name).toBe(canonical);
        if (canonical) accepted++;
      }
    }
    expect(accepted).toBeGreaterThan(3);
  });
});

/** A record as the page shows it is still the record, letter by letter. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalText } from '../../src/core/json/canonical.ts';
import { parseJson } from '../../src/core/json/parse.ts';
import { portable, utf8 } from '../../src/core/platform.ts';
import { prettyJson } from '../../src/page/pretty-json.ts';
import { printable } from '../../src/reports/printable.ts';

const read = (text: string) => parseJson(portable, utf8(text));

it('says the same, with nothing in it that is not seen', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      // A lone surrogate has no UTF-8 form; JSON.stringify writes it as an escape, which the strict reader refuses.
      fc.pre(!/\\ud[89a-f]/.test(JSON.stringify(value)));
      const json = read(JSON.stringify(value));
      const pretty = prettyJson(json);
      expect(canonicalText(read(pretty))).toBe(canonicalText(json));
      for (const line of pretty.split('\n')) expect(line).toBe(printable(line));
    }),
  );
});

it('sets members out, and leaves numbers as they are written', () => {
  expect(prettyJson(read('{"a":[1.00,{}],"b":"\\u202e","c":1e400,"d":[]}'))).toBe(
    '{\n  "a": [\n    1.00,\n    {}\n  ],\n  "b": "\\u202e",\n  "c": 1e400,\n  "d": []\n}',
  );
});

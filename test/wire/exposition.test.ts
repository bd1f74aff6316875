/** The text exposition format: what is of it is read, what is not is refused, and nothing is passed over. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../src/core/errors.ts';
import {
  type ExposedSample,
  parseExposition,
  parseSelector,
  prometheusNumber,
  selected,
} from '../../src/wire/prometheus.ts';

const parse = (text: string): readonly ExposedSample[] => parseExposition(new TextEncoder().encode(text));

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

describe('the text exposition format', () => {
  it('is read with labels, escapes, time, comments and empty lines', () => {
    const text = `# HELP a Some "help" {x} \\n
# TYPE a counter
a{tenant="acme",kind="x\\\\y\\"z\\n"} 3

# anything
  b 1.5e-3 1700000000000
c{} +Inf
d {e="f",} NaN
`;
    expect(parse(text)).toEqual([
      {
        name: 'a',
        labels: new Map([
          ['tenant', 'acme'],
          ['kind', 'x\\y"z\n'],
        ]),
        value: 3,
        atMs: undefined,
      },
      { name: 'b', labels: new Map(), value: 0.0015, atMs: 1_700_000_000_000 },
      { name: 'c', labels: new Map(), value: Number.POSITIVE_INFINITY, atMs: undefined },
      { name: 'd', labels: new Map([['e', 'f']]), value: Number.NaN, atMs: undefined },
    ]);
  });

  it('gives back any label value that was written into it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (one, other) => {
        fc.pre(one.isWellFormed() && other.isWellFormed());
        const [sample] = parse(`a{b="${escaped(one)}",c="${escaped(other)}"} 1\n`);
        expect(sample?.labels).toEqual(
          new Map([
            ['b', one],
            ['c', other],
          ]),
        );
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a last line that was cut', 'a 1\nb 2'],
    ['no value', 'a\n'],
    ['a value that is no number', 'a one\n'],
    ['a hexadecimal value', 'a 0x10\n'],
    ['a carriage return', 'a 1\r\n'],
    ['a series twice', 'a{b="c",d="e"} 0\na{d="e",b="c"} 1\n'],
    ['a label twice', 'a{b="c",b="d"} 1\n'],
    ['an unknown escape', 'a{b="\\x"} 1\n'],
    ['an open brace', 'a{b="c" 1\n'],
    ['an open quote', 'a{b="c} 1\n'],
    ['two labels without a comma', 'a{b="c"d="e"} 1\n'],
    ['a name that is none', '1a 1\n'],
    ['an exemplar', 'a 1 # {b="c"} 1\n'],
    ['a time that is none', 'a 1 soon\n'],
    ['a type that is none', '# TYPE a thing\na 1\n'],
    ['JSON', '{"a":1}\n'],
  ])('is not %s', (_, text) => {
    expect(() => parse(text)).toThrow(EvidenceError);
  });

  it('is UTF-8', () => {
    expect(() =>
      parseExposition(new Uint8Array([0x61, 0x7b, 0x62, 0x3d, 0x22, 0xff, 0x22, 0x7d, 0x20, 0x31, 0x0a])),
    ).toThrow(/UTF-8/);
  });

  it('ends in samples or an EvidenceError, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '{', '}', '"', '=', ',', ' ', '1', '\\', '\n', '#') }),
        (text) => {
          try {
            for (const { name } of parse(text)) expect(name).toMatch(/^a[a1]*$/);
          } catch (fault) {
            expect(fault).toBeInstanceOf(EvidenceError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is read in linear time', () => {
    const many = `a{${'b="'.repeat(50_000)}\n`;
    expect(() => parse(many)).toThrow(EvidenceError);
  });
});

describe('a selector', () => {
  const samples = parse('a{b="c"} 1\na{b="d"} 2\na2{b="c"} 3\n');

  it.each([
    ['a', [1, 2]],
    ['a{b="d"}', [2]],
    ['a{b="x"}', []],
    ['a{z="d"}', []],
  ])('%s means samples by name and by the labels that it names', (text, values) => {
    const selector = parseSelector(text);
    expect(selector && selected(samples, selector).map(({ value }) => value)).toEqual(values);
  });

  it.each(['', 'sum(a)', 'a{b=~"c"}', 'a b', 'a{b="c"} 1'])('is not %j', (text) => {
    expect(parseSelector(text)).toBeUndefined();
  });
});

describe('a number', () => {
  it.each(['', ' 1', '1 ', '1_000', '0x1', 'nan', '+-1', 'e5', '.', '1e', '١'])('is not %j', (text) => {
    expect(prometheusNumber(text)).toBeUndefined();
  });

  it('is any that JavaScript prints', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => prometheusNumber(String(n)) === n),
    );
  });
});

it('is bounded in samples, not only in bytes', () => {
  const text = new TextEncoder().encode('a 1\n\nb 1\nc 1\n');
  expect(parseExposition(text, 3)).toHaveLength(3);
  expect(() => parseExposition(text, 2)).toThrow(/^line 4: more than 2 samples$/);
});

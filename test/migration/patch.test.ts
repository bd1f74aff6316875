/**
 * JSON Patch over exact values: RFC 6902 Appendix A and the cases of json-patch/json-patch-tests (Apache-2.0), written down
 * as values, and what no library gives: every digit.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/core/json/canonical.ts';
import { parseJson } from '../../src/core/json/parse.ts';
import type { Json } from '../../src/core/json/value.ts';
import { MapMismatch } from '../../src/core/migration/mismatch.ts';
import { type PatchOperation, patched } from '../../src/core/migration/patch.ts';
import { isPointer, pointerOf, pointerText } from '../../src/core/migration/pointer.ts';
import { portable, utf8 } from '../../src/core/platform.ts';

/** Plain values as Json: integers of any size, which the generators give, are as they are printed. */
function jsonOf(value: unknown): Json {
  return parseJson(portable, utf8(JSON.stringify(value)));
}

interface Written {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

function operation({ op, path, from, value }: Written): PatchOperation {
  const given = { op, path: pointerOf(path), from: pointerOf(from ?? ''), value: jsonOf(value ?? null) };
  return given as unknown as PatchOperation;
}

/** Canonical text of the result; undefined where it does not apply. */
function result(document: unknown, patch: readonly Written[]): string | undefined {
  try {
    return canonicalText(patched(jsonOf(document), patch.map(operation)));
  } catch (fault) {
    if (fault instanceof MapMismatch) return undefined;
    throw fault;
  }
}

const add = (path: string, value: unknown): Written => ({ op: 'add', path, value });
const replace = (path: string, value: unknown): Written => ({ op: 'replace', path, value });
const test = (path: string, value: unknown): Written => ({ op: 'test', path, value });
const remove = (path: string): Written => ({ op: 'remove', path });
const move = (from: string, path: string): Written => ({ op: 'move', from, path });
const copy = (from: string, path: string): Written => ({ op: 'copy', from, path });

const HOLDS: readonly (readonly [what: string, before: unknown, patch: readonly Written[], after: unknown])[] = [
  ['no operation', { foo: 1 }, [], { foo: 1 }],
  ['A.1 adding a member', { foo: 'bar' }, [add('/baz', 'qux')], { baz: 'qux', foo: 'bar' }],
  ['A.2 adding an element', { foo: ['bar', 'baz'] }, [add('/foo/1', 'qux')], { foo: ['bar', 'qux', 'baz'] }],
  ['A.3 removing a member', { baz: 'qux', foo: 'bar' }, [remove('/baz')], { foo: 'bar' }],
  ['A.4 removing an element', { foo: ['bar', 'qux', 'baz'] }, [remove('/foo/1')], { foo: ['bar', 'baz'] }],
  ['A.5 replacing a value', { baz: 'qux', foo: 'bar' }, [replace('/baz', 'boo')], { baz: 'boo', foo: 'bar' }],
  [
    'A.6 moving a value',
    { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
    [move('/foo/waldo', '/qux/thud')],
    { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
  ],
  [
    'A.7 moving an element',
    { foo: ['all', 'grass', 'cows', 'eat'] },
    [move('/foo/1', '/foo/3')],
    { foo: ['all', 'cows', 'eat', 'grass'] },
  ],
  [
    'A.8 a test that holds',
    { baz: 'qux', foo: ['a', 2, 'c'] },
    [test('/baz', 'qux'), test('/foo/1', 2)],
    { baz: 'qux', foo: ['a', 2, 'c'] },
  ],
  [
    'A.10 a nested member',
    { foo: 'bar' },
    [add('/child', { grandchild: {} })],
    { foo: 'bar', child: { grandchild: {} } },
  ],
  ['A.14 escapes', { '/': 9, '~1': 10 }, [test('/~01', 10)], { '/': 9, '~1': 10 }],
  ['A.16 adding an array', { foo: ['bar'] }, [add('/foo/-', ['abc', 'def'])], { foo: ['bar', ['abc', 'def']] }],
  ['replacing the whole', { foo: 'bar' }, [replace('', { baz: 'qux' })], { baz: 'qux' }],
  ['adding the whole', { foo: 'bar' }, [add('', { baz: 'qux' })], { baz: 'qux' }],
  ['adding over a member', { foo: null }, [add('/foo', 1)], { foo: 1 }],
  [
    'null is a value',
    { foo: null },
    [test('/foo', null), replace('/foo', 'truthy'), replace('/foo', null)],
    { foo: null },
  ],
  ['the empty name', { '': 1 }, [replace('/', 2)], { '': 2 }],
  ['an index that is a name', { foo: 1 }, [add('/0', 'bar')], { foo: 1, 0: 'bar' }],
  ['the end of an array', ['foo'], [add('/1', 'bar')], ['foo', 'bar']],
  ['arrays in arrays', [1, 2, [3, [4, 5]]], [add('/2/1/-', { foo: ['bar'] })], [1, 2, [3, [4, 5, { foo: ['bar'] }]]]],
  ['moving to where it is', { foo: 1 }, [move('/foo', '/foo')], { foo: 1 }],
  ['moving out of itself', { foo: { bar: 1 } }, [move('/foo/bar', '/foo')], { foo: 1 }],
  [
    'copying and changing the copy',
    { a: { b: 1 } },
    [copy('/a', '/c'), replace('/c/b', 2)],
    { a: { b: 1 }, c: { b: 2 } },
  ],
  [
    'objects in any order are the same',
    { foo: { a: 1, b: [{ x: 1, y: 2 }] } },
    [test('/foo', { b: [{ y: 2, x: 1 }], a: 1 })],
    { foo: { a: 1, b: [{ x: 1, y: 2 }] } },
  ],
  [
    'names that are nobody else’s',
    { constructor: 1 },
    [add('/__proto__', 2), remove('/constructor')],
    JSON.parse('{"__proto__":2}'),
  ],
];

const FAILS: readonly (readonly [what: string, before: unknown, patch: readonly Written[]])[] = [
  ['A.9 a test that does not hold', { baz: 'qux' }, [test('/baz', 'bar')]],
  ['A.12 adding to what is not there', { foo: 'bar' }, [add('/baz/bat', 'qux')]],
  ['A.15 a text is no number', { '/': 9, '~1': 10 }, [test('/~01', '10')]],
  ['an index behind the end', { bar: [1, 2] }, [add('/bar/8', '5')]],
  ['an index that is none', ['foo', 'sil'], [add('/bar', 42)]],
  ['an index with a leading zero', [1, 2], [test('/01', 2)]],
  ['1e0 is no index', [1, 2], [test('/1e0', 2)]],
  ['a negative index', { bar: [1, 2] }, [add('/bar/-1', '5')]],
  ['replacing what is not there', {}, [replace('/foo', 1)]],
  ['replacing behind the end', [], [replace('/0', 1)]],
  ['removing what is not there', { foo: 1 }, [remove('/baz')]],
  ['removing behind the end', [1, 2], [remove('/2')]],
  ['removing the end', [1, 2], [remove('/-')]],
  ['removing the whole', { foo: 1 }, [remove('')]],
  ['moving what is not there', { foo: 1 }, [move('/bar', '/foo')]],
  ['moving what is not there to itself', { foo: 1 }, [move('/bar', '/bar')]],
  ['moving into itself', { foo: { bar: {} } }, [move('/foo', '/foo/bar/x')]],
  ['copying what is not there', { foo: 1 }, [copy('/bar', '/foo')]],
  ['a member of a text', { foo: 'bar' }, [add('/foo/x', 1)]],
  ['testing what is not there', {}, [test('/foo', null)]],
  ['null is not false', { foo: null }, [test('/foo', false)]],
  ['0 is not nothing', { foo: 0 }, [test('/foo', null)]],
];

describe('RFC 6902', () => {
  it.each(HOLDS)('%s', (_, before, patch, after) => {
    expect(result(before, patch)).toBe(canonicalText(jsonOf(after)));
  });

  it.each(FAILS)('refuses %s', (_, before, patch) => {
    expect(result(before, patch)).toBeUndefined();
  });
});

describe('numbers', () => {
  const read = (text: string): Json => parseJson(portable, utf8(text));

  it('keep every digit that no double holds, moved, copied or let be', () => {
    const before = read('{"a":12345678901234567890.123456789,"b":1e400,"c":-0}');
    const after = patched(before, [operation(move('/a', '/x')), operation(copy('/b', '/y'))]);
    expect(canonicalText(after)).toBe('{"b":1e+400,"c":-0,"x":12345678901234567890.123456789,"y":1e+400}');
  });

  it('are the same by value, not by spelling', () => {
    const value = read('{"n":1.50}');
    const one = { op: 'test', path: pointerOf('/n'), value: read('15e-1') } as const;
    expect(() => patched(value, [one])).not.toThrow();
    const other = { ...one, value: read('1.5000000000000000000001') };
    expect(() => patched(value, [other])).toThrow(MapMismatch);
  });
});

describe('laws', () => {
  const name = fc.constantFrom('a', 'b', '', '~', '/', '0', '-', '__proto__');
  const value = fc.jsonValue({ maxDepth: 3 });

  it('a pointer is what its names are, spelled in one way', () => {
    fc.assert(
      fc.property(fc.array(name), (names) => {
        const text = pointerText(names);
        expect(isPointer(text)).toBe(true);
        expect(pointerOf(text)).toEqual(names);
      }),
    );
  });

  it('add then remove gives what was there before', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), fc.string(), value, (document, key, added) => {
        fc.pre(!Object.hasOwn(document, key) && key !== '__proto__');
        const path = pointerText([key]);
        expect(result(document, [add(path, added), test(path, added), remove(path)])).toBe(
          canonicalText(jsonOf(document)),
        );
      }),
    );
  });

  it('what is copied is no part of what it was copied from', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('x', 'y'), value, { minKeys: 1 }), (inner) => {
        const [key = ''] = Object.keys(inner);
        const after = result({ a: inner }, [copy('/a', '/b'), remove(pointerText(['b', key]))]);
        const { [key]: _, ...rest } = inner;
        expect(after).toBe(canonicalText(jsonOf({ a: inner, b: rest })));
      }),
    );
  });
});

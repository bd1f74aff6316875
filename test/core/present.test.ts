/** Members that are undefined are not there; all others are, in their order. */
import { expect, expectTypeOf, it } from 'vitest';
import { present } from '../../src/core/present.ts';

it('leaves out what is undefined and nothing else', () => {
  const found = present({ b: 1, gone: undefined, a: null, empty: '', no: false, zero: 0 });
  expect(JSON.stringify(found)).toBe('{"b":1,"a":null,"empty":"","no":false,"zero":0}');
  expect(Object.hasOwn(found, 'gone')).toBe(false);
});

it('makes optional what may be undefined', () => {
  const seq = [1, undefined][0];
  expectTypeOf(present({ id: 'a', seq })).branded.toEqualTypeOf<{ readonly id: string; readonly seq?: number }>();
});

/** The origins of growing logs: which stream one is of, and what it begins with. */
import { describe, expect, it } from 'vitest';
import { beginOfOrigin, isOriginBegin, isOriginOf } from '../../src/trust/origin.ts';

describe('an origin', () => {
  it.each([
    ['log.example/acme/ledger', 'log.example'],
    ['log.example/x/acme/ledger', 'log.example/x'],
    ['log.example/acme/ledger/attempt-2', 'log.example'],
    // Of a log that has no name, nobody says whose it is.
    ['/acme/ledger', undefined],
    ['log.example/acme/other', undefined],
    ['log.example/acme/ledger/attempt-0', undefined],
    ['log.example/acme/ledger/x', undefined],
  ])('%s begins, of the stream ledger of acme, with %s', (origin, begin) => {
    expect(beginOfOrigin(origin, 'acme', 'ledger')).toBe(begin);
    if (begin !== undefined) expect(isOriginOf(origin, 'acme', 'ledger')).toBe(true);
  });

  it('of names with slashes is never that of other names', () => {
    expect(beginOfOrigin('l/a%2Fb/c', 'a/b', 'c')).toBe('l');
    expect(isOriginOf('l/a/b/c', 'a/b', 'c')).toBe(false);
  });

  it('begins with a name of a key, of at most 256 characters', () => {
    expect(['a', 'a/b', 'x'.repeat(256)].map(isOriginBegin)).toEqual([true, true, true]);
    expect(['', '/', 'a/', '/a', 'a b', 'a+b', 'a\u0000', 'x'.repeat(257)].some(isOriginBegin)).toBe(false);
  });
});

/** `--legacy-root`: all ways of writing one mean the same, and what cannot be meant is a usage error. */
import { describe, expect, it } from 'vitest';
import { parseVerb } from '../../src/cli/options/parse.ts';
import { UsageError } from '../../src/cli/terminal/exit.ts';
import { type CompareArguments, verb as compareVerb } from '../../src/cli/verbs/compare.ts';
import { verb as verifyContinuityVerb } from '../../src/cli/verbs/verify-continuity.ts';

const HEX = 'ab'.repeat(32);
const SORT = 'merkletreejs-sort';

function compare(...argv: readonly string[]): CompareArguments {
  const parsed = parseVerb(compareVerb, argv);
  if ('help' in parsed) throw new Error('help was asked for');
  return parsed.run;
}

const rootsOf = (...argv: readonly string[]) => compare('a', 'b', ...argv).legacyRoots;

describe('--legacy-root', () => {
  const expected = [{ scheme: SORT, root: HEX, leaf: 'attrs.x', tenant: 'acme', stream: 'ledger/1', side: 'current' }];
  const words = [`scheme=${SORT}`, `root=${HEX}`, 'leaf=attrs.x', 'tenant=acme', 'stream=ledger/1', 'side=current'];

  it.each<readonly [string, readonly string[]]>([
    ['words', ['--legacy-root', ...words]],
    ['words, the first of them after =', [`--legacy-root=${words[0]}`, ...words.slice(1)]],
    ['one word with commas', ['--legacy-root', words.join(',')]],
    ['one word with spaces', ['--legacy-root', words.join(' ')]],
    ['one word with both', [`--legacy-root=${words.join(', ')}`]],
    ['words in another order', ['--legacy-root', ...[...words].reverse()]],
  ])('takes %s', (_, argv) => {
    expect(rootsOf(...argv)).toEqual(expected);
  });

  it('takes none of the words that are not its own: sources, other options, what comes after --', () => {
    const argv = ['--legacy-root', `scheme=${SORT}`, `root=${HEX}`];
    const roots = [{ scheme: SORT, root: HEX }];
    expect(compare(...argv, 'a', 'b')).toMatchObject({ baseline: 'a', current: 'b', legacyRoots: roots });
    expect(compare('a', ...argv, '--quiet', 'b')).toMatchObject({ current: 'b', quiet: true, legacyRoots: roots });
    expect(compare('a', ...argv, '--', 'root=b')).toMatchObject({ current: 'root=b', legacyRoots: roots });
    expect(compare('a', ...argv, './root=b')).toMatchObject({ current: './root=b', legacyRoots: roots });
    expect(compare('scheme=a', 'root=b')).toMatchObject({ baseline: 'scheme=a', current: 'root=b', legacyRoots: [] });
  });

  it('may be repeated, in any mixture of ways', () => {
    const two = [
      '--legacy-root',
      `scheme=${SORT}`,
      `root=${HEX}`,
      '--legacy-root',
      `scheme=${SORT},root=${HEX},leaf=leafHash`,
    ];
    expect(rootsOf(...two)).toEqual([
      { scheme: SORT, root: HEX },
      { scheme: SORT, root: HEX, leaf: 'leafHash' },
    ]);
  });

  it('takes a root as it is printed: bare, as a digest, or with 0x', () => {
    for (const before of ['', 'sha256:', '0x']) {
      expect(rootsOf('--legacy-root', `scheme=${SORT} root=${before}${HEX}`)).toEqual([{ scheme: SORT, root: HEX }]);
    }
  });

  it('keeps commas, spaces and = in a name', () => {
    const named = (name: string) =>
      rootsOf('--legacy-root', `scheme=${SORT}`, `root=${HEX}`, `tenant=${name}`)[0]?.tenant;
    for (const name of ['acme, inc.', ' acme ', 'a=b', 'a,b c', 'roots=1', 'line\nbreak', 'x,y=z'])
      expect(named(name)).toBe(name);
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ['nothing', [], /argument missing/],
    ['an empty value', [''], /empty/],
    ['a word that is no pair', ['a.json'], /"a.json" is none of scheme=, root=, leaf=/],
    ['another key', [`scheme=${SORT},root=${HEX},salt=1`], /root must be/],
    ['no scheme', [`root=${HEX}`], /needs scheme=/],
    ['no root', [`scheme=${SORT}`], /needs root=/],
    ['one key twice', [`scheme=${SORT}`, `root=${HEX}`, `root=${HEX}`], /root= was given more than once/],
    [
      'a scheme that there is not',
      [`scheme=keccak`, `root=${HEX}`],
      /no scheme "keccak"; there are merkletreejs-default/,
    ],
    ['a root of another form', [`scheme=${SORT}`, 'root=beef'], /root must be 64/],
    ['a root in capitals', [`scheme=${SORT}`, `root=${HEX.toUpperCase()}`], /root must be 64/],
    [
      'a leaf that there is not',
      [`scheme=${SORT}`, `root=${HEX}`, 'leaf=body'],
      /leaf must be hash, bodyDigest, leafHash/,
    ],
    ['an empty leaf', [`scheme=${SORT}`, `root=${HEX}`, 'leaf='], /leaf must be/],
    ['an empty tenant', [`scheme=${SORT}`, `root=${HEX}`, 'tenant='], /never empty/],
    ['a stream alone', [`scheme=${SORT}`, `root=${HEX}`, 'stream=x'], /needs its tenant/],
    ['a side that there is not', [`scheme=${SORT}`, `root=${HEX}`, 'side=both'], /side must be/],
    ['leaves hashed otherwise', [`scheme=${SORT}`, `root=${HEX}`, 'hash-leaves=yes'], /as bytes or as text/],
    [
      'one question twice',
      [
        `scheme=${SORT}`,
        `root=${HEX}`,
        '--legacy-root',
        `scheme=${SORT} root=${'cd'.repeat(32)} leaf=hash side=baseline`,
      ],
      /more than once/,
    ],
  ])('refuses %s', (_, argv, message) => {
    expect(() => rootsOf('--legacy-root', ...argv)).toThrow(UsageError);
    expect(() => rootsOf('--legacy-root', ...argv)).toThrow(message);
  });

  it('is one of verify-continuity, too, and no source is swallowed there', () => {
    const argv = ['--baseline', 'a', '--legacy-root', `scheme=${SORT}`, `root=${HEX}`, 'b'];
    const parsed = parseVerb(verifyContinuityVerb, argv);
    expect('run' in parsed ? parsed.run : undefined).toMatchObject({
      baseline: 'a',
      source: { source: 'b' },
      legacyRoots: [{ scheme: SORT, root: HEX }],
    });
  });
});

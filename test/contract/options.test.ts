/**
 * No option of the library is passed over: every exported function that takes options, and every option of each, held
 * against the tables of src/api/options.ts.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AUDIT_OPTIONS,
  CAPTURE_OPTIONS,
  COMPARISON_OPTIONS,
  EXPORT_OPTIONS,
  READING_OPTIONS,
  SIGN_OPTIONS,
  SOURCE_OPTIONS,
  TRUST_OPTIONS,
  WRITE_OPTIONS,
} from '../../src/api/options.ts';
import { SNAPSHOT_OPTIONS } from '../../src/core/audit/envelope-text.ts';
import type { Reader } from '../../src/core/options.ts';
import * as library from '../../src/index.ts';
import { TEXT_OPTIONS } from '../../src/reports/index.ts';
import { runs } from '../long.ts';

type AnyReader = Reader<unknown> & { readonly table?: Table; readonly choices?: readonly string[] };
type Table = Readonly<Record<string, AnyReader>>;
type Call = (options: unknown) => unknown;

interface Taken {
  /** The exported function. */
  readonly name: string;
  readonly table: Table;
  readonly call: Call;
}

const NOWHERE = 'no-such-folder/no-such-file.json';
const any = (options: unknown): never => options as never;
const keys = ['k.pub'];

/** Everything that takes options. Nothing is read: options are looked at first. */
const TAKEN: readonly Taken[] = [
  { name: 'compareSnapshots', table: COMPARISON_OPTIONS, call: (o) => library.compareSnapshots(NOWHERE, 'b', any(o)) },
  { name: 'compareWithRoots', table: COMPARISON_OPTIONS, call: (o) => library.compareWithRoots(NOWHERE, 'b', any(o)) },
  { name: 'auditSnapshot', table: AUDIT_OPTIONS, call: (o) => library.auditSnapshot(NOWHERE, any(o)) },
  { name: 'captureSnapshot', table: CAPTURE_OPTIONS, call: (o) => library.captureSnapshot(NOWHERE, undefined, any(o)) },
  { name: 'exportBundle', table: EXPORT_OPTIONS, call: (o) => library.exportBundle(NOWHERE, NOWHERE, any(o)) },
  { name: 'readSnapshot', table: SOURCE_OPTIONS, call: (o) => library.readSnapshot(NOWHERE, any(o)) },
  { name: 'crossCheckSnapshot', table: SOURCE_OPTIONS, call: (o) => library.crossCheckSnapshot(NOWHERE, any(o)) },
  { name: 'signSnapshot', table: SIGN_OPTIONS, call: (o) => library.signSnapshot(NOWHERE, any(o)) },
  {
    name: 'verifySnapshotSignature',
    table: TRUST_OPTIONS,
    call: (o) => library.verifySnapshotSignature(NOWHERE, any(o)),
  },
  {
    name: 'verifySnapshotSignature',
    table: READING_OPTIONS,
    call: (o) => library.verifySnapshotSignature(NOWHERE, { trustedKeys: keys }, any(o)),
  },
  { name: 'writeSnapshot', table: WRITE_OPTIONS, call: (o) => library.writeSnapshot(NOWHERE, [], any(o)) },
  {
    name: 'SnapshotBuilder',
    table: SNAPSHOT_OPTIONS,
    call: (o) => new library.SnapshotBuilder(library.portable, any(o)),
  },
  { name: 'formatNamed', table: TEXT_OPTIONS, call: (o) => library.formatNamed('text')?.render(any({}), any(o)) },
];

/** What is exported and takes no options: values, bytes, texts and the mathematics of proofs. */
const WITHOUT = [
  'canonicalize',
  'canonicalizeRfc8785',
  'CompactRange',
  'EvidenceError',
  'JsonNumber',
  'leafHash',
  'nodeHash',
  'parseJson',
  'ProofError',
  'RecordDecoder',
  'renderPdf',
  'rootFromInclusionProof',
  'rootOf',
  'UnsoundSnapshotError',
  'verifyConsistency',
  'verifyInclusion',
];

/** An option: how to give it and nothing else, and what reads it. */
interface Place extends Taken {
  readonly option: string;
  readonly reader: AnyReader;
  /** The object that has the option, in the objects around it. */
  readonly around: (options: object) => unknown;
}

const NEEDED: Readonly<Record<string, object>> = { signSnapshot: { keys } };

function placesIn(taken: Taken, table: Table, around: Place['around']): readonly Place[] {
  return Object.entries(table).flatMap(([option, reader]) => {
    const inner = reader.table;
    const own: Place = { ...taken, table, option, reader, around };
    return inner === undefined ? [own] : [own, ...placesIn(taken, inner, (o) => around({ [option]: o }))];
  });
}

const PLACES: readonly Place[] = TAKEN.flatMap((taken) =>
  placesIn(taken, taken.table, (o) => ({ ...NEEDED[taken.name], ...o })),
);

function accepts(reader: Reader<unknown>, value: unknown): boolean {
  try {
    reader(value, 'a value');
    return true;
  } catch {
    return false;
  }
}

const RIGHT = [
  ...[true, 7, 'name', '2027-03-01T10:00:00Z', 'f'.repeat(64)],
  ...[() => undefined, new AbortController().signal, ['name'], { system: 'a' }, {}],
  [{ scheme: 'merkletreejs-sort', root: 'f'.repeat(64) }],
];

/** Wrong wherever it is given, and what is like the right one and is not it. */
function wrongLike(right: unknown): readonly unknown[] {
  const always = [null, Symbol('x'), Number.NaN, 10n, ''];
  if (typeof right === 'boolean') return [...always, 'true', 'false', 0, 1, {}];
  if (typeof right === 'number') return [...always, -1, 1.5, '7', Number.POSITIVE_INFINITY, 2 ** 53, true, [7]];
  if (typeof right === 'string') return [...always, 7, true, ['name'], () => 'name'];
  if (typeof right === 'function') return [...always, {}, 'name', true];
  if (Array.isArray(right)) return [...always, [], 'name', {}, [null], [''], [undefined], new Array(1)];
  return [...always, 'a b', true, 7];
}

async function faultOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (fault) {
    return fault;
  }
  return undefined;
}

/** `name` with one letter too few, too many, another one, two exchanged, or in the other case. */
function misspelt(name: string): fc.Arbitrary<string> {
  const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCXYZ_-0');
  return fc
    .tuple(fc.nat(name.length - 1), letter, fc.nat(4))
    .map(([at, other, how]) => {
      const [before, here, after] = [name.slice(0, at), name.charAt(at), name.slice(at + 1)];
      if (how === 0) return before + after;
      if (how === 1) return before + other + here + after;
      if (how === 2) return before + other + after;
      if (how === 3) return before + after.charAt(0) + here + after.slice(1);
      return before + (here === here.toLowerCase() ? here.toUpperCase() : here.toLowerCase()) + after;
    })
    .filter((wrong) => wrong !== name && wrong !== '');
}

const place = fc.constantFrom(...PLACES);

describe('the options of the library', () => {
  it('are those of every exported function that takes any', () => {
    const functions = Object.entries(library).filter(([, value]) => typeof value === 'function');
    expect(functions.map(([name]) => name).sort()).toEqual(
      [...new Set(TAKEN.map(({ name }) => name)), ...WITHOUT].sort(),
    );
    expect(PLACES.length).toBeGreaterThan(100);
  });

  it('misspelt by one letter: a TypeError that names the right one', async () => {
    await fc.assert(
      fc.asyncProperty(
        place.chain((at) => fc.record({ at: fc.constant(at), wrong: misspelt(at.option) })),
        fc.constantFrom<unknown>(undefined, ...RIGHT),
        async ({ at, wrong }, value) => {
          fc.pre(!Object.hasOwn(at.table, wrong));
          const fault = await faultOf(() => at.call(at.around({ [wrong]: value })));
          expect(fault).toBeInstanceOf(TypeError);
          expect((fault as TypeError).message).toContain(
            `no option ${JSON.stringify(wrong)}; did you mean "${at.option}"?`,
          );
        },
      ),
      { numRuns: runs(1000, 20_000) },
    );
  });

  it.each(PLACES.map((at) => [`${at.name}: ${JSON.stringify(at.around({ [at.option]: '…' }))}`, at] as const))(
    'of a wrong type: a TypeError that names it (%s)',
    async (_, { call, option, reader, around }) => {
      const right = [...(reader.choices ?? []), ...RIGHT].filter((value) => accepts(reader, value));
      expect(right).not.toEqual([]);
      for (const wrong of right.slice(0, 1).flatMap(wrongLike)) {
        const fault = await faultOf(() => call(around({ [option]: wrong })));
        expect(fault, String(wrong)).toBeInstanceOf(TypeError);
        expect((fault as TypeError).message).toContain(option);
      }
    },
  );

  it('that are no plain object: a TypeError, since what is inherited could be passed over', async () => {
    class Options {
      mode = 'frozen';
    }
    const inherited = Object.create({ mode: 'frozen', color: true });
    const strange = [null, 'frozen', 7, true, [], ['frozen'], new Options(), inherited, new Map(), () => undefined];
    const unknown = [JSON.parse('{"__proto__":{"mode":"frozen"}}'), { constructor: 1 }, { [Symbol('mode')]: 'frozen' }];
    for (const { name, call } of TAKEN) {
      for (const options of [...strange, ...unknown]) {
        expect(await faultOf(() => call(options)), `${name} ${String(options)}`).toBeInstanceOf(TypeError);
      }
    }
  });

  it('that are undefined are absent, and may come without a prototype or from another realm', async () => {
    const { runInNewContext } = await import('node:vm');
    const options = Object.fromEntries(Object.keys(COMPARISON_OPTIONS).map((name) => [name, undefined]));
    for (const given of [options, Object.assign(Object.create(null), options), runInNewContext('({})'), undefined]) {
      expect((await library.compareSnapshots(NOWHERE, 'b', given)).verdict).toBe('INCOMPLETE');
    }
  });

  it('are read once: what was checked is what is used', async () => {
    let reads = 0;
    const options = {
      get mode(): 'frozen' {
        reads++;
        return reads === 1 ? 'frozen' : any('append');
      },
    };
    expect((await library.compareSnapshots(NOWHERE, 'b', options)).mode).toBe('frozen');
    expect(reads).toBe(1);
  });

  it.each<readonly [string, unknown, RegExp]>([
    ["mode 'Frozen'", { mode: 'Frozen' }, /mode must be "append" or "frozen", not "Frozen"; did you mean "frozen"\?/],
    ["mode 'strict'", { mode: 'strict' }, /mode must be "append" or "frozen", not "strict"/],
    ['modes typo', { Mode: 'frozen' }, /did you mean "mode"/],
    ['expectedDigest (typo)', { expectedDigest: '0'.repeat(64) }, /did you mean "expectDigest"/],
    ['expectDigest ""', { expectDigest: '' }, /expectDigest must be 64 lower-case hex/],
    ['expectDigest null', { expectDigest: null }, /expectDigest must be 64 .* not null/],
    [
      'trust.trustedKey (typo)',
      { trust: { trustedKey: ['nokey'] } },
      /trust: there is no .* did you mean "trustedKeys"/,
    ],
    ['trust.trustedKeys []', { trust: { trustedKeys: [] } }, /trustedKeys must be a list that is not empty/],
    ['a text for the list of keys', { trust: { trustedKeys: 'k.pub' } }, /trustedKeys must be a list/],
    ['trust.maxBaselineAge', { trust: { maxBaselineAge: '1d' } }, /did you mean "maxBaselineAgeMs"/],
    ['trust.expectSubject typo', { trust: { expectSubjects: { system: 'x' } } }, /did you mean "expectSubject"/],
    ['a subject that demands nothing', { trust: { expectSubject: {} } }, /expectSubject must have a member/],
    ['trusts (typo)', { trusts: { trustedKeys: ['nokey'] } }, /did you mean "trust"/],
    ['legacyRoot typo', { legacyRoot: [{ scheme: 'x' }] }, /did you mean "legacyRoots"/],
    ['a member of a legacy root', { legacyRoots: [{ scheme: 'x', root: 'f'.repeat(64), tenent: 'a' }] }, /"tenant"/],
    ['a legacy root without its root', { legacyRoots: [{ scheme: 'x' }] }, /legacyRoots\[0\]: root is missing/],
    [
      'an option of trust beside it',
      { trustedKeys: ['k'] },
      /no option "trustedKeys" here; did you mean "trust.trustedKeys"/,
    ],
    ['what no name is near', { zebra: 1 }, /no option "zebra"; there are .*mode.*trust/],
  ])('library-options: %s', async (_, options, says) => {
    const fault = await faultOf(() => library.compareSnapshots(NOWHERE, 'b', any(options)));
    expect(fault).toBeInstanceOf(TypeError);
    expect((fault as TypeError).message).toMatch(says);
  });

  it('hold a digest bare or as the command line has it', async () => {
    const file = 'fixtures/quickstart/baseline.json';
    const digest = 'f0a54ead7ad5a38a8d2fb69024e243b73f1642e53998c4c6202270b09af191ed';
    for (const expectDigest of [digest, `sha256:${digest}`]) {
      expect((await library.compareSnapshots(file, file, { expectDigest, allowSame: true })).verdict).toBe('PASS');
    }
  });

  it('never repeat the text of what may be a key', async () => {
    const key = '-----BEGIN PRIVATE KEY----- secret';
    const fault = await faultOf(() => library.signSnapshot(NOWHERE, any({ keys: key })));
    expect(String(fault)).toContain('keys must be a list');
    expect(String(fault)).not.toContain('secret');
  });

  it('and a profile is checked as that of a file is', async () => {
    const profile = any({ kind: 'evidence-profile', version: 1, name: 'p', tables: [], tabels: [] });
    const read = library.readSnapshot('postgres://u@127.0.0.1:1/d', { profile });
    await expect(read).rejects.toThrow(/not a profile/);
  });

  it.each(['', undefined, 7, null])('names are texts: %o is a TypeError', async (name) => {
    const calls = [
      () => library.compareSnapshots(any(name), 'b'),
      () => library.compareSnapshots('a', any(name)),
      () => library.auditSnapshot(any(name)),
      () => library.captureSnapshot(any(name), undefined),
      () => library.exportBundle('a', any(name)),
      () => library.readSnapshot(any(name)),
      () => library.writeSnapshot(any(name), []),
    ];
    for (const call of calls) expect(await faultOf(call)).toBeInstanceOf(TypeError);
  });
});

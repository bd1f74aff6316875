/**
 * No option of the library is passed over: every exported function that takes options, and every option of each, held
 * against the tables of src/api/options.ts.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as deprecated from '../../src/api/deprecated.ts';
import { EXPLAIN_OPTIONS } from '../../src/api/explain.ts';
import {
  AUDIT_OPTIONS,
  AUDIT_REPORT_OPTIONS,
  BUNDLE_OPTIONS,
  CAPTURE_OPTIONS,
  COMPARISON_OPTIONS,
  EXPORT_OPTIONS,
  IMPORT_OPTIONS,
  INIT_OPTIONS,
  KEYGEN_OPTIONS,
  METRICS_OPTIONS,
  MIGRATE_OPTIONS,
  READING_OPTIONS,
  REINDEX_OPTIONS,
  SIGN_OPTIONS,
  SOURCE_OPTIONS,
  STATS_OPTIONS,
  TRUST_OPTIONS,
  VERIFY_ALL_OPTIONS,
  WRITE_OPTIONS,
} from '../../src/api/options.ts';
import {
  CHECKPOINT_OPTIONS,
  DIGEST_INDEX_OPTIONS,
  PROVE_OPTIONS,
  TILES_OPTIONS,
  TIMESTAMP_OPTIONS,
  WITNESS_OPTIONS,
} from '../../src/api/proof-options.ts';
import { GATE_OPTIONS, JOURNAL_ENTRY_OPTIONS, JOURNAL_OPTIONS } from '../../src/api/runbook-options.ts';
import { HOLD_OPTIONS, MERGE_OPTIONS } from '../../src/api/shards.ts';
import { ATTEST_OPTIONS, VERIFY_VERDICT_OPTIONS } from '../../src/api/verdict-options.ts';
import { VERIFY_PROOF_OPTIONS } from '../../src/api/verify-proof.ts';
import { SNAPSHOT_OPTIONS } from '../../src/core/audit/envelope-text.ts';
import type { Reader } from '../../src/core/options.ts';
import * as library from '../../src/index.ts';
import { DRAW_OPTIONS } from '../../src/reports/index.ts';
import { runs } from '../long.ts';
import { sampleReport } from '../reports/sample-report.ts';

type AnyReader = Reader<unknown> & { readonly table?: Table; readonly choices?: readonly string[] };
type Table = Readonly<Record<string, AnyReader>>;
type Call = (options: unknown) => unknown;

interface Taken {
  /** The exported function. */
  readonly name: string;
  readonly table: Table;
  readonly call: Call;
  /** What must be there besides. */
  readonly needed?: object;
}

const NOWHERE = 'no-such-folder/no-such-file.json';
const any = (options: unknown): never => options as never;
const keys = ['k.pub'];

function taken(name: string, table: Table, call: Call, needed: object = {}): Taken {
  return { name, table, call, needed };
}

/** Everything that takes options. Nothing is read: options are looked at first. */
const TAKEN: readonly Taken[] = [
  taken('compare', COMPARISON_OPTIONS, (o) => library.compare(NOWHERE, 'b', any(o))),
  taken('verifyContinuity', COMPARISON_OPTIONS, (o) => library.verifyContinuity(NOWHERE, 'b', any(o))),
  taken('verifyRoots', COMPARISON_OPTIONS, (o) => library.verifyRoots(NOWHERE, 'b', any(o))),
  taken('auditSnapshot', AUDIT_OPTIONS, (o) => library.auditSnapshot(NOWHERE, any(o))),
  taken('importRecords', IMPORT_OPTIONS, (o) => library.importRecords(NOWHERE, NOWHERE, any(o))),
  taken('verifyAll', VERIFY_ALL_OPTIONS, (o) => library.verifyAll(NOWHERE, any(o))),
  taken('merge', MERGE_OPTIONS, (o) => library.merge([NOWHERE], any(o))),
  taken('snapshot', HOLD_OPTIONS, (o) => library.snapshot('hold', 'postgres://u@127.0.0.1:1/d', any(o)), {
    onHeld: () => undefined,
    holdMs: 1,
  }),
  taken('captureSnapshot', CAPTURE_OPTIONS, (o) => library.captureSnapshot(NOWHERE, undefined, any(o))),
  taken('exportBundle', EXPORT_OPTIONS, (o) => library.exportBundle(NOWHERE, NOWHERE, any(o))),
  taken('verifyBundle', BUNDLE_OPTIONS, (o) => library.verifyBundle(NOWHERE, any(o))),
  taken('readSnapshot', SOURCE_OPTIONS, (o) => library.readSnapshot(NOWHERE, any(o))),
  taken('crossCheck', SOURCE_OPTIONS, (o) => library.crossCheck(NOWHERE, any(o))),
  taken('stats', STATS_OPTIONS, (o) => library.stats(NOWHERE, any(o))),
  taken('rootsExport', AUDIT_OPTIONS, (o) => library.rootsExport(NOWHERE, any(o))),
  taken('keygen', KEYGEN_OPTIONS, (o) => library.keygen(any(o)), { output: NOWHERE }),
  taken('init', INIT_OPTIONS, (o) => library.init(NOWHERE, any(o))),
  taken('sign', SIGN_OPTIONS, (o) => library.sign(NOWHERE, any(o)), { keys }),
  taken('verifySignature', TRUST_OPTIONS, (o) => library.verifySignature(NOWHERE, any(o))),
  taken('verifySignature', READING_OPTIONS, (o) => library.verifySignature(NOWHERE, { trustedKeys: keys }, any(o))),
  taken('checkpoint', CHECKPOINT_OPTIONS, (o) => library.checkpoint(NOWHERE, any(o)), {
    key: NOWHERE,
    state: NOWHERE,
    output: NOWHERE,
  }),
  taken('witness', WITNESS_OPTIONS, (o) => library.witness('add-checkpoint', NOWHERE, any(o)), {
    witnessPolicy: NOWHERE,
    snapshot: NOWHERE,
  }),
  taken('exportTiles', TILES_OPTIONS, (o) => library.exportTiles(NOWHERE, NOWHERE, any(o)), { checkpoints: [NOWHERE] }),
  taken('digestIndex', DIGEST_INDEX_OPTIONS, (o) => library.digestIndex(NOWHERE, any(o)), { output: 'o' }),
  taken('prove', PROVE_OPTIONS, (o) => library.prove(any(o)), { from: NOWHERE, to: NOWHERE }),
  taken('attest', ATTEST_OPTIONS, (o) => library.attest(NOWHERE, any(o)), { key: NOWHERE, output: NOWHERE }),
  taken('verifyVerdict', VERIFY_VERDICT_OPTIONS, (o) => library.verifyVerdict(NOWHERE, any(o)), { trustedKeys: keys }),
  taken('timestamp', TIMESTAMP_OPTIONS, (o) => library.timestamp(NOWHERE, any(o))),
  taken('verifyProof', VERIFY_PROOF_OPTIONS, (o) => library.verifyProof(NOWHERE, any(o))),
  taken('migrate', MIGRATE_OPTIONS, (o) => library.migrate(any(o)), { dryRun: true }),
  taken('explain', EXPLAIN_OPTIONS, (o) => library.explain(NOWHERE, 'b', any(o))),
  taken('reindexCheck', REINDEX_OPTIONS, (o) => library.reindexCheck(NOWHERE, 'b', any(o))),
  taken('auditReport', AUDIT_REPORT_OPTIONS, (o) => library.auditReport(NOWHERE, any(o)), { since: '2027-03-01' }),
  taken('gate', GATE_OPTIONS, (o) => library.gate('cutover', any(o)), { report: NOWHERE }),
  taken('journal', JOURNAL_ENTRY_OPTIONS, (o) => library.journal('append', NOWHERE, any(o)), {
    step: '12',
    type: 'step',
  }),
  taken('journal', JOURNAL_OPTIONS, (o) => library.journal('verify', NOWHERE, any(o))),
  taken('journal', JOURNAL_OPTIONS, (o) => library.journal('show', NOWHERE, any(o))),
  taken('profile', SOURCE_OPTIONS, (o) => library.profile('check', 'postgres://u@127.0.0.1:1/d', any(o))),
  taken('profile', { schema: SOURCE_OPTIONS.schema }, (o) => library.profile('show', 'stella-ledger', any(o))),
  taken('metrics', METRICS_OPTIONS, (o) => library.metrics('soundness', any(o))),
  taken('writeSnapshot', WRITE_OPTIONS, (o) => library.writeSnapshot(NOWHERE, [], any(o))),
  taken('SnapshotBuilder', SNAPSHOT_OPTIONS, (o) => new library.SnapshotBuilder(library.portable, any(o))),
  taken('renderReport', DRAW_OPTIONS, (o) => library.renderReport(any({}), 'text', any(o))),
  taken('formatNamed', DRAW_OPTIONS, (o) => library.formatNamed('text')?.render(any({}), any(o))),
];

/** What is exported and takes no options: values, bytes, texts and the mathematics of proofs. */
const WITHOUT = [
  'BrokenJournalError',
  'canonicalize',
  'canonicalizeRfc8785',
  'CompactRange',
  'EvidenceError',
  'JsonNumber',
  'leafHash',
  'mergeReports',
  'nodeHash',
  'parseJson',
  'ProofError',
  'proposeRecipe',
  'RecordDecoder',
  'recordsOf',
  'rootFromInclusionProof',
  'rootOf',
  'schema',
  'TrustError',
  'UnsoundSnapshotError',
  'verifyConsistency',
  'verifyInclusion',
];

/** Names that are kept for one release: what they stand for is in the table. */
const OLD: ReadonlySet<string> = new Set(Object.keys(deprecated));

/** An option: how to give it and nothing else, and what reads it. */
interface Place extends Taken {
  readonly option: string;
  readonly reader: AnyReader;
  /** The object that has the option, in the objects around it. */
  readonly around: (options: object) => unknown;
}

function placesIn(one: Taken, table: Table, around: Place['around']): readonly Place[] {
  return Object.entries(table).flatMap(([option, reader]) => {
    const inner = reader.table;
    const own: Place = { ...one, table, option, reader, around };
    return inner === undefined ? [own] : [own, ...placesIn(one, inner, (o) => around({ [option]: o }))];
  });
}

const PLACES: readonly Place[] = TAKEN.flatMap((one) => placesIn(one, one.table, (o) => ({ ...one.needed, ...o })));

function accepts(reader: Reader<unknown>, value: unknown): boolean {
  try {
    reader(value, 'a value');
    return true;
  } catch {
    return false;
  }
}

const RIGHT = [
  ...[true, 7, 0.5, 'name', '/name', '2020-03-01T10:00:00Z', 'f'.repeat(64), ['f'.repeat(64)]],
  ...[() => undefined, new AbortController().signal, ['name'], { system: 'a' }, { app: 'f'.repeat(64) }, {}],
  [{ scheme: 'merkletreejs-sort', root: 'f'.repeat(64) }],
  { index: 0, count: 1 },
  'https://tsa.example/',
  '00000003-0000001B-1@2027-03-01T10:00:00.000Z@0/16B3748@0123456789abcdef',
];

/** Wrong wherever it is given, and what is like the right one and is not it. */
function wrongLike(right: unknown): readonly unknown[] {
  const always = [null, Symbol('x'), Number.NaN, 10n, ''];
  if (typeof right === 'boolean') return [...always, 'true', 'false', 0, 1, {}];
  if (right === 0.5) return [...always, -1, 1.5, '0.5', Number.POSITIVE_INFINITY, true, [0.5]];
  if (typeof right === 'number') return [...always, -1, 1.5, '7', Number.POSITIVE_INFINITY, 2 ** 53, true, [7]];
  // A pointer: the empty one is the whole.
  if (right === '/name') return [null, 7, true, 'name', ['/name']];
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
    const known = new Set([...TAKEN.map(({ name }) => name), ...WITHOUT, ...OLD]);
    expect(functions.map(([name]) => name).sort()).toEqual([...known].sort());
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
          const { message } = fault as TypeError;
          expect(message).toContain(`no option ${JSON.stringify(wrong)}; `);
          // Half of a word of two letters is no word any more: all are named then.
          const isShort = at.option.length < 3 && message.includes('; there are ');
          expect(message).toContain(isShort ? ` ${at.option}` : `; did you mean "${at.option}"?`);
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
      // A span may be a fraction; what else is wrong of a whole number is wrong of it as well.
      const isSpan = right.includes(7) && right.includes(0.5);
      for (const wrong of right.slice(0, 1).flatMap(wrongLike)) {
        if (isSpan && wrong === 1.5) continue;
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
      expect((await library.compare(NOWHERE, 'b', given)).verdict).toBe('INCOMPLETE');
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
    expect((await library.compare(NOWHERE, 'b', options)).mode).toBe('frozen');
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
    const fault = await faultOf(() => library.compare(NOWHERE, 'b', any(options)));
    expect(fault).toBeInstanceOf(TypeError);
    expect((fault as TypeError).message).toMatch(says);
  });

  it('hold a digest bare or as the command line has it', async () => {
    const file = 'fixtures/quickstart/baseline.json';
    const digest = 'f0a54ead7ad5a38a8d2fb69024e243b73f1642e53998c4c6202270b09af191ed';
    for (const expectDigest of [digest, `sha256:${digest}`]) {
      expect((await library.compare(file, file, { expectDigest, allowSame: true })).verdict).toBe('PASS');
    }
  });

  it('never repeat the text of what may be a key', async () => {
    const key = '-----BEGIN PRIVATE KEY----- secret';
    const fault = await faultOf(() => library.sign(NOWHERE, any({ keys: key })));
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
      () => library.compare(any(name), 'b'),
      () => library.compare('a', any(name)),
      () => library.auditSnapshot(any(name)),
      () => library.captureSnapshot(any(name), undefined),
      () => library.verifyAll(any(name)),
      () => library.verifyBundle(any(name)),
      () => library.stats(any(name)),
      () => library.rootsExport(any(name)),
      () => library.crossCheck(any(name)),
      () => library.sign(any(name), { keys }),
      () => library.verifySignature(any(name), { trustedKeys: keys }),
      () => library.checkpoint(any(name), { key: 'k', state: 's', output: 'o' }),
      () => library.checkpoint(any({ journal: name }), { key: 'k', state: 's', output: 'o', origin: 'a' }),
      () => library.witness('verify', any(name), { witnessPolicy: NOWHERE }),
      () => library.digestIndex(any(name), { output: 'o' }),
      () => library.exportTiles(any(name), 'o', { checkpoints: [NOWHERE] }),
      () => library.exportTiles(NOWHERE, any(name), { checkpoints: [NOWHERE] }),
      () => library.verifyProof(any(name)),
      () => library.auditReport(any(name), { since: '2027-03-01' }),
      () => library.journal('verify', any(name)),
      () => library.profile('show', any(name)),
      () => library.profile('check', any(name)),
      () => library.gate(any(name), { report: NOWHERE, metricsFiles: [NOWHERE] }),
      () => library.journal(any(name), NOWHERE),
      () => library.profile(any(name)),
      () => library.metrics(any(name)),
      () => library.renderReport(any({}), any(name)),
      () => library.exportBundle('a', any(name)),
      () => library.readSnapshot(any(name)),
      () => library.writeSnapshot(any(name), []),
    ];
    for (const call of calls) expect(await faultOf(call)).toBeInstanceOf(TypeError);
  });
});

describe('what the gate cannot heed is refused, and never passed over:', () => {
  const server = { metricsUrl: 'http://127.0.0.1:1' };
  const files = { metricsFiles: [NOWHERE] };

  it.each<[string, object]>([
    ['queries', { ...files, queries: { errorRate: 'x' } }],
    ['bearerToken', { ...files, bearerToken: 'x' }],
    ['timeoutSeconds', { ...files, timeoutSeconds: 1 }],
    ['allowPlaintext', { ...files, allowPlaintext: true }],
    ['samples', { ...server, samples: { errorRate: 'x' } }],
    ['acceptAnyStore', { ...files, acceptAnyStore: true, expectSubject: { system: 'a' } }],
    ['acceptAnyBaseline', { ...files, acceptAnyBaseline: true, expectDigest: 'a'.repeat(64) }],
  ])('%s', async (name, options) => {
    const fault = await faultOf(() => library.gate('cutover', any({ report: NOWHERE, ...options })));
    expect(fault).toBeInstanceOf(TypeError);
    expect(String(fault)).toContain(name);
  });
});

describe('artefacts that a signed verdict must be about', () => {
  it('are some: none would be demanded, and nothing said of it', async () => {
    const options = { expectArtifacts: {} };
    for (const call of [
      () => library.verifyVerdict(NOWHERE, any({ trustedKeys: keys, ...options })),
      () => library.gate('pre-upgrade', any({ report: NOWHERE, verdict: NOWHERE, verdictKeys: keys, ...options })),
    ]) {
      const fault = await faultOf(call);
      expect(fault).toBeInstanceOf(TypeError);
      expect(String(fault)).toContain('expectArtifacts must have a member: without one it demands nothing');
    }
  });
});

describe('what is drawn', () => {
  const AUDIT = { verdict: 'PASS', findings: [], findingCounts: {}, header: null, summary: null };
  const times = { startedAt: '2027-03-01T10:00:01Z', finishedAt: '2027-03-01T10:00:00Z' };

  it.each<[string, () => unknown, RegExp]>([
    ['width and no text', () => library.renderReport(sampleReport(), 'html', any({ width: 80 })), /width .* html/],
    [
      'color and no text',
      () => library.renderReport(sampleReport(), 'json' as const, { color: true }),
      /color .* json/,
    ],
    ['no report', () => library.renderReport(any({}), 'text'), /^TypeError: renderReport: .*not a continuity report/],
    [
      'a report without totals',
      () => library.renderReport(any({ ...sampleReport(), totals: undefined }), 'html'),
      /^TypeError: renderReport: not a continuity report at \/totals/,
    ],
    [
      'an audit report without members',
      () => library.renderReport(any({ kind: 'evidence-audit-report', version: 1 }), 'text'),
      /^TypeError: renderReport: not an audit report at \/verdict/,
    ],
    [
      'metrics of half a report',
      () => library.metrics(any({ ...sampleReport(), tenants: 1 })),
      /metrics: .* \/tenants/,
    ],
    ['metrics of nothing', () => library.metrics(any({}), times), /metrics: verdict/],
    ['metrics of no findings', () => library.metrics(any({ verdict: 'PASS' }), times), /metrics: findings/],
    ['metrics of no header', () => library.metrics(any({ ...AUDIT, header: {} }), times), /metrics: header/],
    ['metrics of no summary', () => library.metrics(any({ ...AUDIT, summary: {} }), times), /metrics: summary/],
    ['metrics of a run that ended before it began', () => library.metrics(any(AUDIT), times), /finishedAt is before/],
  ])('is refused by name: %s', async (_, call, says) => {
    const fault = await faultOf(call);
    expect(fault).toBeInstanceOf(TypeError);
    expect(String(fault)).toMatch(says);
  });

  it('takes what draws as a text may ask of a text, and false of everything', async () => {
    expect(await library.renderReport(sampleReport(), 'text', { color: true, width: 60 })).toContain('\u001b[');
    expect(await library.renderReport(sampleReport(), 'html', { color: false })).toContain('<html');
  });
});

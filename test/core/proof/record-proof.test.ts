/** Proofs of records: every one verifies, and none that was changed in any place does. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { jsonFrom } from '../../../src/core/json/from-plain.ts';
import { ProofError } from '../../../src/core/merkle/proof.ts';
import { proofText } from '../../../src/core/proof/proof-document.ts';
import { recordProof, verifyRecordProof } from '../../../src/core/proof/record-proof.ts';
import { summaryOf, tenantRoot } from '../../../src/core/snapshot/summary.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { long, runs } from '../../long.ts';
import { type PlainRecord, referenceLeaf, trailerOf, withoutBody } from '../../store.ts';
import { recordProofText, recordsOf, textOf, verified } from './stores.ts';

const size = fc.integer({ min: 1, max: 9 });
const tenant = fc
  .record({ sets: fc.array(size, { maxLength: 2 }), chains: fc.array(size, { maxLength: 3 }) })
  .filter(({ sets, chains }) => sets.length + chains.length > 0);
const store = fc.array(tenant, { minLength: 1, maxLength: 4 }).map(recordsOf);

/** Why `text` is refused; undefined if it verifies. */
function refusal(text: string | Uint8Array, root: string, tenants: number): string | undefined {
  try {
    verified(text, [root], tenants);
    return undefined;
  } catch (fault) {
    if (fault instanceof RangeError || fault instanceof TypeError) throw fault;
    return (fault as Error).message;
  }
}

type TreePath = { readonly index: number; readonly size: number; readonly path: readonly string[] };

interface Parts {
  record: PlainRecord;
  stream: Record<string, unknown>;
  tenant: Record<string, unknown>;
  globalRoot: string;
  inclusion: Record<(typeof STEPS)[number], TreePath>;
}

const partsOf = (text: string): Parts => JSON.parse(text) as Parts;

type Change = readonly [what: string, change: (parts: Parts, from: Parts) => void];

const STEPS = ['record', 'stream', 'tenant'] as const;
const ZEROS = '00'.repeat(32);

/** Every way to change one step of the proof. */
function changesOf(step: (typeof STEPS)[number]): readonly Change[] {
  const change = (what: string, edit: (path: TreePath) => Partial<TreePath>): Change => [
    `${step}: ${what}`,
    ({ inclusion }) => Object.assign(inclusion[step], edit(inclusion[step])),
  ];
  const shifts = [-1, 1, 2, 4].flatMap((by) => [
    change(`index ${by}`, ({ index }) => ({ index: index + by })),
    change(`size ${by}`, ({ size }) => ({ size: size + by })),
  ]);
  return [
    ...shifts,
    change('index and size', ({ index, size }) => ({ index: size, size: index })),
    change('a hash more', ({ path }) => ({ path: [...path, ZEROS] })),
    change('one in front', ({ path }) => ({ path: [ZEROS, ...path] })),
    change('a hash less', ({ path }) => ({ path: path.slice(0, -1) })),
    change('another hash', ({ path }) => ({ path: path.map((hash, at) => (at === 0 ? ZEROS : hash)) })),
    change('in another order', ({ path }) => ({ path: path.toReversed() })),
    [`${step} of another proof`, (parts, from) => Object.assign(parts, { [step]: from[step] })],
    [`path of another ${step}`, ({ inclusion }, from) => Object.assign(inclusion, { [step]: from.inclusion[step] })],
  ];
}

const CHANGES: readonly Change[] = [
  ...STEPS.flatMap(changesOf),
  [
    'record and its path',
    (parts, from) => {
      parts.record = from.record;
      parts.inclusion.record = from.inclusion.record;
    },
  ],
  ['the root', (parts) => Object.assign(parts, { globalRoot: ZEROS })],
];

describe('in any store', () => {
  it('every record is proven, with its body and without', async () => {
    await fc.assert(
      fc.asyncProperty(store, fc.boolean(), async (records, withBody) => {
        const { globalRoot, tenants } = trailerOf(records);
        const text = textOf(records);
        for (const record of records) {
          const proof = await recordProofText(text, record, withBody);
          const document = verified(proof, [globalRoot], tenants.length);
          expect(document.proves).toBe('inclusion');
          expect(partsOf(proof).record).toMatchObject({ tenant: record.tenant, stream: record.stream, id: record.id });
          expect('body' in partsOf(proof).record).toBe(withBody);
        }
      }),
      { numRuns: runs(2, 60) },
    );
  });

  it('A04, A08: a proof with any step, size, index or leaf exchanged is refused', async () => {
    await fc.assert(
      fc.asyncProperty(store, fc.nat(), fc.nat(), async (records, nth, mth) => {
        const { globalRoot, tenants } = trailerOf(records);
        const text = textOf(records);
        const [one, other] = [records[nth % records.length], records[mth % records.length]];
        if (one === undefined || other === undefined) throw new Error('no records');
        const proof = await recordProofText(text, one);
        const from = await recordProofText(text, other);
        const same = [proof, from].map((unchanged) => JSON.stringify(partsOf(unchanged)));
        for (const [what, change] of CHANGES) {
          const parts = partsOf(proof);
          change(parts, partsOf(from));
          const changed = JSON.stringify(parts);
          // There may be nothing to change, or another record of the same stream.
          if (same.includes(changed)) continue;
          expect(refusal(changed, globalRoot, tenants.length), what).toBeDefined();
        }
      }),
      { numRuns: runs(8, 400) },
    );
  });
});

/** Bits to flip: all of each byte in the long campaign, else one, by turns. */
const MASKS: readonly number[] = [1, 2, 8, 32];

describe('a proof file', () => {
  const records = recordsOf([
    { sets: [3], chains: [5, 2] },
    { sets: [1], chains: [] },
    { sets: [], chains: [4] },
  ]);
  const { globalRoot, tenants } = trailerOf(records);
  const chosen = records.find(({ stream, id }) => stream === 'ledger/0' && id === 'e3') as PlainRecord;

  it('is refused with any byte flipped, by a named fault, unless it is the same proof in other white space', async () => {
    const text = await recordProofText(textOf(records), chosen, true);
    const meant = JSON.stringify(partsOf(text));
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of long ? MASKS : MASKS.slice(at % 4, (at % 4) + 1)) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ mask;
        const told = refusal(flipped, globalRoot, tenants.length);
        if (told === undefined) expect(JSON.stringify(partsOf(flipped.toString())), `byte ${at}`).toBe(meant);
      }
    }
  });

  it('proves a leaf hash as well, which then is all that it says', async () => {
    const { record: _, ...parts } = partsOf(await recordProofText(textOf(records), chosen));
    const leafHash = referenceLeaf(chosen);
    expect(verified(JSON.stringify({ ...parts, leafHash }), [globalRoot], tenants.length)).toMatchObject({
      record: undefined,
      proof: { leafHash },
    });
    expect(refusal(JSON.stringify({ ...parts, leafHash: '00'.repeat(32) }), globalRoot, tenants.length)).toMatch(
      /path/,
    );
    expect(refusal(JSON.stringify(parts), globalRoot, tenants.length)).toMatch(/leafHash/);
  });

  it.each([
    ['a member that is not known', { more: 1 }],
    ['a version as a text', { version: '1' }],
    ['another version', { version: 2 }],
    ['another kind', { kind: 'evidence-snapshot' }],
    ['something else that it proves', { proves: 'exclusion' }],
    ['no record', { record: null }],
    ['no paths', { inclusion: {} }],
    ['a leaf hash beside the record', { leafHash: '00'.repeat(32) }],
  ])('with %s is refused', async (_, members) => {
    const parts = partsOf(await recordProofText(textOf(records), chosen));
    expect(() => verified(JSON.stringify({ ...parts, ...members }), [globalRoot], tenants.length)).toThrow(
      EvidenceError,
    );
  });

  it.each(['1.0', '1e0', '1.00000000000000000001', '-1'])(
    'whose version is written as %s is refused',
    async (version) => {
      const text = await recordProofText(textOf(records), chosen);
      const other = text.replace('"version": 1', `"version": ${version}`);
      expect(other).not.toBe(text);
      expect(verified(text, [globalRoot], tenants.length)).toBeDefined();
      expect(() => verified(other, [globalRoot], tenants.length)).toThrow(/proof at \/version: expected 1/);
    },
  );

  it('whose record contradicts itself is refused', async () => {
    const parts = partsOf(await recordProofText(textOf(records), chosen, true));
    const record = { ...parts.record, bodyDigest: `sha256:${'00'.repeat(32)}` };
    expect(() => verified(JSON.stringify({ ...parts, record }), [globalRoot], tenants.length)).toThrow(ProofError);
  });

  it.each([
    ['another tenant', { tenant: 'globex', stream: chosen.stream, ordered: true }],
    ['another stream', { tenant: chosen.tenant, stream: 'ledger/9', ordered: true }],
    ['a set, though it has a place in a chain', { tenant: chosen.tenant, stream: chosen.stream, ordered: false }],
  ])('whose trees, signed or not, have the record under %s is refused', (_, { tenant: name, stream, ordered }) => {
    const leafHash = referenceLeaf(chosen);
    const leaf = { stream, ordered, size: 1, root: leafHash, head: null };
    const root = tenantRoot(nodePlatform, [leaf]);
    const summary = summaryOf(nodePlatform, [{ tenant: name, records: 1, root, counts: new Map(), streams: [leaf] }]);
    const path = { index: 0, size: 1, path: [] };
    const proof = recordProof(nodePlatform, summary, { tenant: name, stream, leafHash, path });
    verifyRecordProof(nodePlatform, proof);
    const record = jsonFrom(withoutBody(chosen));
    const text = proofText({ proves: 'inclusion', record, proof, voucher: {} });
    expect(() => verified(text, [proof.globalRoot], 1)).toThrow(ProofError);
  });

  it('is the same to the byte in every version: what was handed out must verify for ever', async () => {
    const hash = createHash('sha256');
    for (const record of records) hash.update(await recordProofText(textOf(records), record));
    expect(hash.digest('hex')).toBe('14328a5906e82733fa02fa313b022771f8129950c870a34a2e6a1952ac0d80c5');
  });
});

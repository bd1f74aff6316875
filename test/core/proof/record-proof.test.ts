/** Proofs of records: every one verifies, and none that was changed in any place does. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { ProofError } from '../../../src/core/merkle/proof.ts';
import { runs } from '../../long.ts';
import { type PlainRecord, referenceLeaf, trailerOf } from '../../store.ts';
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

interface Parts {
  record: PlainRecord;
  stream: Record<string, unknown>;
  tenant: Record<string, unknown>;
  globalRoot: string;
  inclusion: Record<'record' | 'stream' | 'tenant', { index: number; size: number; path: string[] }>;
}

const partsOf = (text: string): Parts => JSON.parse(text) as Parts;

/** Every way to change one step of the proof. */
function* changes(text: string, other: string): Generator<readonly [string, Parts]> {
  const changed = (change: (parts: Parts, from: Parts) => void): Parts => {
    const parts = partsOf(text);
    change(parts, partsOf(other));
    return parts;
  };
  for (const step of ['record', 'stream', 'tenant'] as const) {
    for (const by of [-1, 1, 2, 4]) {
      yield [`${step}: index ${by}`, changed(({ inclusion }) => void (inclusion[step].index += by))];
      yield [`${step}: size ${by}`, changed(({ inclusion }) => void (inclusion[step].size += by))];
    }
    yield [
      `${step}: index and size`,
      changed(({ inclusion: { [step]: at } }) => void ([at.index, at.size] = [at.size, at.index])),
    ];
    yield [`${step}: a hash more`, changed(({ inclusion }) => void inclusion[step].path.push('00'.repeat(32)))];
    yield [`${step}: one in front`, changed(({ inclusion }) => void inclusion[step].path.unshift('00'.repeat(32)))];
    if (partsOf(text).inclusion[step].path.length > 0) {
      yield [`${step}: a hash less`, changed(({ inclusion }) => void inclusion[step].path.pop())];
      yield [`${step}: another hash`, changed(({ inclusion }) => void (inclusion[step].path[0] = '00'.repeat(32)))];
    }
    if (new Set(partsOf(text).inclusion[step].path).size > 1) {
      yield [`${step}: in another order`, changed(({ inclusion }) => void inclusion[step].path.reverse())];
    }
  }
  for (const part of ['record', 'stream', 'tenant'] as const) {
    yield [`${part} of another proof`, changed((parts, from) => void Object.assign(parts, { [part]: from[part] }))];
  }
  yield [
    'record and its path',
    changed((parts, from) => {
      parts.record = from.record;
      parts.inclusion.record = from.inclusion.record;
    }),
  ];
  yield ['the root', changed((parts) => void (parts.globalRoot = '00'.repeat(32)))];
}

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
      { numRuns: runs(6, 60) },
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
        for (const [what, parts] of changes(proof, from)) {
          const changed = JSON.stringify(parts);
          // Another record of the same stream has the same leaves above it.
          if (changed === JSON.stringify(partsOf(proof)) || changed === JSON.stringify(partsOf(from))) continue;
          expect(refusal(changed, globalRoot, tenants.length), what).toBeDefined();
        }
      }),
      { numRuns: runs(40, 400) },
    );
  });
});

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
      for (const mask of [1, 2, 8, 32]) {
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

  it('whose record contradicts itself is refused', async () => {
    const parts = partsOf(await recordProofText(textOf(records), chosen, true));
    const record = { ...parts.record, bodyDigest: `sha256:${'00'.repeat(32)}` };
    expect(() => verified(JSON.stringify({ ...parts, record }), [globalRoot], tenants.length)).toThrow(ProofError);
  });

  it('is the same to the byte in every version: what was handed out must verify for ever', async () => {
    const hash = createHash('sha256');
    for (const record of records) hash.update(await recordProofText(textOf(records), record));
    expect(hash.digest('hex')).toBe('14328a5906e82733fa02fa313b022771f8129950c870a34a2e6a1952ac0d80c5');
  });
});

/**
 * One byte of the current snapshot is flipped, inserted or deleted, anywhere. A PASS is allowed only where an
 * independent reader says that the evidence is the same: white space, another spelling, or what is no evidence.
 *
 * No evidence are `subject`, `capturedAt` and `tool`: who, when and with what is claimed, not proven. Nor are the rules
 * in `chains` of the current side, since those of the baseline are applied to it.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { runs } from '../long.ts';
import { compareTexts, seeds } from './run-comparison.ts';
import { type Container, type Depth, snapshotOf, snapshotText } from './snapshot-text.ts';
import { makeStore, type Store } from './store.ts';
import { strictJson } from './strict-json.ts';
import { AS_IT_CAME, CANONICAL, Chance, jsonText, type Members, type Spelling, type Value } from './value.ts';

const SEEDS = seeds(runs(6, 60));
/** Changes of each variant of each store. */
const CHANGES = runs(40, 1000);
const NO_EVIDENCE = ['subject', 'capturedAt', 'tool', 'chains'];
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function withoutClaims(value: Value): Value {
  const members = new Map(value as Members);
  for (const name of NO_EVIDENCE) members.delete(name);
  return members;
}

function parts(text: string): Value {
  const [first = '', ...rest] = text.split('\n');
  try {
    return [withoutClaims(strictJson(first)), ...rest.slice(0, -1).map(strictJson), rest.at(-1) ?? null];
  } catch {
    return withoutClaims(strictJson(text));
  }
}

/** What the bytes say as evidence, or undefined if they are no snapshot. */
function evidenceOf(bytes: Uint8Array): string | undefined {
  try {
    return jsonText(parts(UTF8.decode(bytes)));
  } catch {
    return undefined;
  }
}

function mutated(bytes: Uint8Array, chance: Chance): Uint8Array {
  const at = chance.below(bytes.length);
  const before = bytes.subarray(0, at);
  const likely = chance.pick([...Buffer.from('0123456789abcdefeE+-.,:{}[]"\\/ \t\r\n\u0000')]);
  const byte = chance.pick([likely, chance.below(256)]);
  const change = chance.below(4);
  if (change === 0) return Buffer.concat([before, bytes.subarray(at + 1)]);
  if (change === 1) return Buffer.concat([before, Buffer.of(byte), bytes.subarray(at)]);
  const flipped = change === 2 ? byte : (bytes[at] ?? 0) ^ (1 << chance.below(8));
  return Buffer.concat([before, Buffer.of(flipped), bytes.subarray(at + 1)]);
}

function shown(bytes: Uint8Array, original: Uint8Array): string {
  const at = bytes.findIndex((byte, place) => byte !== original[place]);
  return `byte ${at}: ${JSON.stringify(Buffer.from(bytes.subarray(Math.max(0, at - 40), at + 40)).toString())}`;
}

interface Variant {
  readonly name: string;
  readonly container: Container;
  readonly depth: Depth;
  readonly spelling: Spelling;
}

const VARIANTS: readonly Variant[] = [
  { name: 'canonical NDJSON', container: 'ndjson', depth: 'full', spelling: CANONICAL },
  { name: 'NDJSON as it came', container: 'ndjson', depth: 'full', spelling: AS_IT_CAME },
  { name: 'JSON as it came', container: 'json', depth: 'full', spelling: AS_IT_CAME },
  { name: 'JSON of digests', container: 'json', depth: 'digest', spelling: CANONICAL },
  { name: 'an NDJSON summary', container: 'ndjson', depth: 'summary', spelling: CANONICAL },
  { name: 'a JSON summary', container: 'json', depth: 'summary', spelling: CANONICAL },
];

function bytesOf(store: Store, { container, depth, spelling }: Variant): Buffer {
  return Buffer.from(snapshotText(snapshotOf(store, store.records, depth), container, spelling));
}

describe('a byte changes', () => {
  for (const variant of VARIANTS) {
    it(`D01 to D16, A17: in ${variant.name}: no PASS unless the evidence is the same`, {
      timeout: 600_000,
    }, async () => {
      const wrong: string[] = [];
      let passed = 0;
      for (const seed of SEEDS) {
        const original = bytesOf(makeStore(seed), variant);
        const evidence = evidenceOf(original);
        const chance = new Chance(`bytes ${seed} ${variant.name}`);
        for (let run = 0; run < CHANGES; run++) {
          const bytes = mutated(original, chance);
          const report = await compareTexts(original, bytes);
          if (report.verdict === 'PASS') passed++;
          if (report.verdict !== 'PASS' || evidenceOf(bytes) === evidence) continue;
          wrong.push(`seed ${seed}, run ${run}, ${shown(bytes, original)}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(passed).toBeGreaterThan(0);
    });
  }

  it('D17, D18: in a gzip file: no PASS unless it unpacks to the same text', { timeout: 600_000 }, async () => {
    const wrong: string[] = [];
    for (const seed of SEEDS) {
      const text = bytesOf(makeStore(seed), VARIANTS[1] as Variant);
      const packed = gzipSync(text);
      const chance = new Chance(`gzip ${seed}`);
      for (let run = 0; run < CHANGES; run++) {
        const bytes = mutated(packed, chance);
        const report = await compareTexts(text, bytes);
        if (report.verdict === 'PASS' && !unpacksTo(bytes, text))
          wrong.push(`seed ${seed}, run ${run}, ${shown(bytes, packed)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('D18: whatever stands behind a gzip file is seen', async () => {
    const text = bytesOf(makeStore(SEEDS[0] ?? 0), VARIANTS[1] as Variant);
    const packed = gzipSync(text);
    for (const behind of [
      Buffer.of(0),
      Buffer.alloc(512),
      Buffer.from('x'),
      gzipSync('x'),
      Buffer.concat([Buffer.of(0), packed]),
    ]) {
      const { verdict } = await compareTexts(text, Buffer.concat([packed, behind]));
      expect({ behind: behind.toString('hex').slice(0, 20), verdict }).not.toMatchObject({ verdict: 'PASS' });
    }
  });
});

function unpacksTo(bytes: Uint8Array, text: Uint8Array): boolean {
  try {
    return gunzipSync(bytes).equals(text);
  } catch {
    return false;
  }
}

/**
 * What a signature adds to the campaign: the forger has rebuilt everything, hashes, links, positions and trailer, and no
 * fault is left to be seen in what he made. Replay one store with EVIDENCE_DIFF_SEED=<seed>.
 *
 * The long campaign makes each edit in both containers, the short one in one of them, by turns.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openTrust } from '../../src/api/open-trust.ts';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { compareSources } from '../../src/engine/compare.ts';
import { signSnapshot } from '../../src/index.ts';
import { signEnvelope } from '../../src/trust/dsse.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../../src/wire/statement.ts';
import { long, runs } from '../long.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { keyFiles } from '../trust/signed-files.ts';
import { type Edit, forge, forgedText, type Level, writtenText } from './edit.ts';
import { EDITS } from './edits.ts';
import { kindsOf, memorySource, seeds } from './run-comparison.ts';
import { type Container, type Depth, snapshotOf } from './snapshot-text.ts';
import { makeStore, type Store } from './store.ts';
import { Chance } from './value.ts';

const CONTAINERS: readonly Container[] = ['json', 'ndjson'];
const SEEDS = seeds(runs(8, 50));
const UNREAD = /^(?:input-|schema-|unsupported-|empty-|proof-)/;

const folder = temporaryFolder();
const [signer, forger] = [keyFiles(folder, 'signer'), keyFiles(folder, 'forger')];
const forgersEnvelope = join(folder, 'forger.dsse.json');

interface Original {
  readonly store: Store;
  readonly text: string;
  readonly envelope: string;
}

const ORIGINALS = new Map<string, Original>();

async function originalOf(seed: number, depth: Depth, container: Container): Promise<Original> {
  const name = `${seed}-${depth}-${container}`;
  const known = ORIGINALS.get(name);
  if (known !== undefined) return known;
  const store = makeStore(seed);
  const text = writtenText(snapshotOf(store, store.records, depth), container);
  const path = join(folder, name);
  writeFileSync(path, text);
  const { signature } = await signSnapshot(path, { keys: [signer.path] });
  if (signature === null) throw new Error(`seed ${seed}: a sound snapshot was not signed`);
  const original = { store, text, envelope: signature };
  ORIGINALS.set(name, original);
  return original;
}

/** The statement of the original with the digest of the forgery in it: all that the forger can put right but the key. */
function forgeEnvelope(text: string | Uint8Array): void {
  const digest = createHash('sha256').update(text).digest('hex');
  const statement = { subject: [{ name: 'baseline.ndjson', digest: { sha256: digest } }] };
  const body = Buffer.from(JSON.stringify(statement));
  writeFileSync(forgersEnvelope, JSON.stringify(signEnvelope(STATEMENT_PAYLOAD_TYPE, body, [forger.key])));
}

async function compared(
  baseline: string | Uint8Array,
  current: string | Uint8Array,
  envelope: string,
): Promise<ContinuityReport> {
  const trust = await openTrust('baseline', { trustedKeys: [signer.publicPath], signature: envelope });
  return compareSources(memorySource('baseline', baseline), memorySource('current', current), {}, { trust });
}

/** The most careful way in which the edit is made. */
function mostCareful({ levels }: Edit): Level {
  return Math.max(...levels) as Level;
}

const tally = { signed: 0, swapped: 0, noPlace: 0 };

async function againstSigned(edit: Edit, level: Level, original: Original, forged: string | Uint8Array) {
  const report = await compared(original.text, forged, original.envelope);
  const isHonest = edit.honest?.includes(level) ?? false;
  const unread = edit.kinds.some((kind) => UNREAD.test(kind));
  const allowed = isHonest ? ['PASS'] : unread ? ['FAIL', 'INCOMPLETE'] : ['FAIL'];
  tally.signed++;
  const found = allowed.includes(report.verdict) ? [] : [`${report.verdict}, wanted ${allowed.join(' or ')}`];
  if (report.baseline.signature === null) found.push('the honest signature was not believed');
  return found.map((complaint) => `against the signed baseline: ${complaint}; ${kindsOf(report).join(' ')}`);
}

async function swapped(original: Original, forged: string | Uint8Array): Promise<readonly string[]> {
  const found: string[] = [];
  forgeEnvelope(forged);
  for (const [envelope, kind] of [
    [original.envelope, 'signature-invalid'],
    [forgersEnvelope, 'key-untrusted'],
    [join(folder, 'nowhere'), 'signature-missing'],
  ] as const) {
    // The forged side twice: nothing but the signature can tell.
    const { verdict, findingCounts, baseline } = await compared(forged, forged, envelope);
    tally.swapped++;
    if (verdict !== 'UNTRUSTED' || findingCounts[kind] !== 1 || baseline.signature !== null) {
      found.push(`swapped: ${verdict}, wanted UNTRUSTED with ${kind}; ${Object.keys(findingCounts).join(' ')}`);
    }
  }
  return found;
}

async function complaintsOf(edit: Edit, seed: number, container: Container): Promise<readonly string[]> {
  const level = mostCareful(edit);
  const depth: Depth = edit.depth ?? (seed % 2 === 0 ? 'full' : 'digest');
  const original = await originalOf(seed, depth, container);
  const forgery = forge(edit, level, original.store, depth, new Chance(`${edit.name} ${seed}`));
  if (forgery === undefined) {
    tally.noPlace++;
    return [];
  }
  const forged = forgedText(forgery, container);
  const found = [
    ...(await againstSigned(edit, level, original, forged)),
    ...(Buffer.from(original.text).equals(Buffer.from(forged)) ? ['nothing was forged'] : []),
    ...(await swapped(original, forged)),
  ];
  return found.map((complaint) => `seed ${seed}, level ${level}, ${container}, ${complaint}`);
}

beforeAll(async () => {
  for (const seed of SEEDS) await originalOf(seed, 'full', 'ndjson');
});

describe('a forgery that is perfect in itself', () => {
  for (const [at, edit] of EDITS.entries()) {
    const title = `fails against the signed baseline, and as the baseline is untrusted: ${edit.name}`;
    it(`${edit.threats.join(', ')}: ${title}`, { timeout: 600_000 }, async () => {
      const found: string[] = [];
      for (const [turn, container] of CONTAINERS.entries()) {
        if (!long && (at + turn) % CONTAINERS.length !== 0) continue;
        const seed = SEEDS[(at + 3 * turn) % SEEDS.length] ?? 0;
        found.push(...(await complaintsOf(edit, seed, container)));
      }
      expect(found).toEqual([]);
    });
  }

  it.skipIf(SEEDS.length === 1)('was tried with every edit', () => {
    expect(tally.signed + tally.noPlace).toBe(EDITS.length * (long ? CONTAINERS.length : 1));
    expect(tally.noPlace).toBeLessThan(tally.signed / 4);
    expect(tally.swapped).toBe(3 * tally.signed);
  });
});

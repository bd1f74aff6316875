/** With the batch engine a capture writes byte for byte what it writes without it, and notes the same to go on from. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { BatchEngine } from '../../../src/core/batch/batch-engine.ts';
import type { Depth } from '../../../src/core/snapshot/header.ts';
import { type CaptureOptions, captureSource, type SnapshotCapture } from '../../../src/engine/capture.ts';
import { checkpointPath } from '../../../src/engine/checkpoint.ts';
import { CaptureJournal } from '../../../src/engine/resume-capture.ts';
import { type Input, sourceOf } from '../../in-memory.ts';
import { runs, seed } from '../../long.ts';
import { Chance } from '../../tamper/value.ts';
import { asJson, historyOf, makeCanonicalPair, textOf } from './canonical-pairs.ts';
import { mayBeRespelled, respelledText } from './spelling.ts';
import { recordsTaken } from './taken.ts';

const SNAPSHOTS = runs(12, 3000, 4);
const CHUNKS = [97, 1000, 4096, 65_536, 4 * 1024 * 1024];
const DEPTHS: readonly Depth[] = ['digest', 'full', 'summary'];
const NAMES = ['out.ndjson', 'out.json', 'out.ndjson.gz'];

const folder = mkdtempSync(join(tmpdir(), 'evidence-diff-captures-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** With a time of its own: what states none is given that of the capture. */
function dated(text: string): string {
  return text.replace('{', '{"capturedAt":"2027-03-01T00:00:00Z",');
}

/** What a capture says and, if it has written a file, the bytes of that. */
interface Captured {
  readonly said: SnapshotCapture;
  readonly bytes: string | null;
}

async function captureOf(
  engine: string,
  input: Input,
  {
    name = 'out.ndjson',
    chunkBytes = 65_536,
    ...options
  }: CaptureOptions & { readonly name?: string; readonly chunkBytes?: number } = {},
): Promise<Captured> {
  vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
  const path = join(folder, name);
  rmSync(path, { force: true });
  const said = await captureSource(sourceOf(input, { chunkBytes }), path, options);
  return { said, bytes: said.written === null ? null : readFileSync(path, 'latin1') };
}

describe('a capture is the same with the engine and without', () => {
  it('of snapshots with edits, in any spelling, at every depth and in every container', {
    timeout: 3_600_000,
  }, async () => {
    const engine = recordsTaken();
    const verdicts = new Set<string>();
    let written = 0;
    for (let at = 0; at < SNAPSHOTS; at++) {
      const chance = new Chance(`capture ${seed + at}`);
      const { baseline, current, edits } = makeCanonicalPair(seed + at);
      const depth = chance.pick(DEPTHS);
      const options = { depth, name: chance.pick(NAMES), chunkBytes: chance.pick(CHUNKS) };
      for (const canonical of [dated(baseline), dated(current)]) {
        const isKept = chance.below(2) === 0 || !mayBeRespelled(canonical);
        const spelled = isKept ? canonical : respelledText(chance, canonical, chance.pick([1, 2, 30]));
        const text = chance.below(3) === 0 ? asJson(spelled) : spelled;
        const without = await captureOf('off', text, options);
        const what = { seed: seed + at, edits, ...options };
        expect({ ...what, ...(await captureOf('eager', text, options)) }).toEqual({ ...what, ...without });
        verdicts.add(without.said.verdict);
        if (without.bytes !== null) written++;
      }
    }
    expect(verdicts).toEqual(new Set(['PASS', 'FAIL', 'INCOMPLETE']));
    expect(written).toBeGreaterThan(SNAPSHOTS / 2);
    expect(engine.records).toBeGreaterThan(SNAPSHOTS * 10);
  });

  it('of more records than the engine writes at once, and of a history, nearly all of which are taken', async () => {
    const history = historyOf(new Chance('one side'));
    const place = { tenant: 'acme', stream: 'bundles', type: 'sbom' };
    const body = { list: [{ a: 'é/', b: 1 }], text: 'x'.repeat(500) };
    const records = Array.from({ length: 600 }, (_, at) => ({ ...place, id: `b${10_000 + at}`, body }));
    for (const side of [history, { ...history, records }]) {
      const text = dated(textOf(side));
      for (const depth of DEPTHS) {
        const engine = recordsTaken();
        const without = await captureOf('off', text, { depth });
        expect(await captureOf('eager', text, { depth })).toEqual(without);
        expect(without.said.written).not.toBeNull();
        expect(engine.records).toBeGreaterThan(side.records.length / 2);
      }
    }
  });

  it('also in what it notes to go on from, when it is broken off', async () => {
    const text = dated(textOf(historyOf(new Chance('broken off'))));
    const noted = async (engine: string, depth: Depth): Promise<readonly string[]> => {
      const path = join(folder, `journal-${engine}-${depth}.ndjson`);
      const stop = new AbortController();
      const journal = new CaptureJournal(path, depth, () => 'the store', { everyMs: 0 });
      const onProgress = ({ records }: { records: number }): void => {
        if (records > 200) stop.abort();
      };
      vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
      const options = { depth, journal, onProgress, signal: stop.signal };
      const { resumable } = await captureSource(sourceOf(text, { chunkBytes: 4096 }), path, options);
      const {
        sha256: _,
        journal: lines,
        ...checkpoint
      } = JSON.parse(readFileSync(checkpointPath(path), 'utf8')) as {
        readonly sha256: string;
        readonly journal: string;
        readonly journalBytes: number;
      };
      expect(resumable).toBeGreaterThan(100);
      const journaled = readFileSync(join(folder, lines), 'utf8').slice(0, checkpoint.journalBytes);
      return [JSON.stringify(checkpoint), journaled];
    };
    for (const depth of DEPTHS) {
      const engine = recordsTaken();
      expect(await noted('eager', depth)).toEqual(await noted('off', depth));
      expect(engine.records).toBeGreaterThan(100);
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toHaveLength(2 * DEPTHS.length);
  });
});

describe('a capture by the engine', () => {
  it('ends where a line that it would write is not the record that was read', async () => {
    const text = textOf(historyOf(new Chance('one side')));
    const { written } = BatchEngine.prototype;
    vi.spyOn(BatchEngine.prototype, 'written').mockImplementation(function* (this: BatchEngine, records, bodies) {
      for (const lines of written.call(this, records, bodies)) {
        const changed = lines.slice();
        changed[changed.length - 3] = (changed.at(-3) ?? 0) ^ 1;
        yield changed;
      }
    });
    await expect(captureOf('eager', text)).rejects.toThrow('it writes another record than was read');
    expect(readdirSync(folder)).not.toContain('out.ndjson');
  });
});

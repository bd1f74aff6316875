/** Snapshots that are spelled otherwise: with the engine every report is word for word the one without it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BatchEngine } from '../../../src/core/batch/batch-engine.ts';
import { compareTexts } from '../../in-memory.ts';
import { inTurn, runs, seed } from '../../long.ts';
import { Chance } from '../../tamper/value.ts';
import {
  asJson,
  EDIT_NAMES,
  EDITED_SIDES,
  fullSize,
  historyOf,
  makeCanonicalPair,
  makePairWith,
  textOf,
} from './canonical-pairs.ts';
import { mayBeRespelled, respelledLine, respelledText, TAMPERS } from './spelling.ts';
import { recordsTaken } from './taken.ts';

const PAIRS = runs(16, 5000, 5);
const CHUNKS = [97, 1000, 4096, 65_536, 4 * 1024 * 1024];

type Options = Parameters<typeof compareTexts>[2];

async function reportOf(engine: string, baseline: string, current: string, options?: Options): Promise<string> {
  vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
  const { run: _cost, ...report } = await compareTexts(baseline, current, options);
  return JSON.stringify(report);
}

/** The verdict, which must be the same with the engine and without. */
async function sameVerdict(
  what: unknown,
  baseline: string,
  current: string,
  options?: Options,
  engine = 'eager',
): Promise<string> {
  const without = await reportOf('off', baseline, current, options);
  const report = await reportOf(engine, baseline, current, options);
  expect({ what, report }).toEqual({ what, report: without });
  return (JSON.parse(without) as { verdict: string }).verdict;
}

/** Which of the sides are spelled otherwise, and how many lines of them. */
function respelledPair(chance: Chance, baseline: string, current: string): readonly [string, string] {
  const sides = chance.pick(['baseline', 'current', 'both']);
  const once = chance.pick([1, 1, 2, 30]);
  const isJson = [chance.below(4) === 0, chance.below(4) === 0];
  const [was, is] = [
    sides === 'current' ? baseline : respelledText(chance, baseline, once),
    sides === 'baseline' ? current : respelledText(chance, current, once),
  ];
  return [isJson[0] ? asJson(was) : was, isJson[1] ? asJson(is) : is];
}

/** A snapshot with one of its records tampered with, as text. */
function tampered(text: string, at: number, change: (line: string) => string): string {
  const lines = text.split('\n');
  lines[at] = change(lines[at] ?? '');
  return lines.join('\n');
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('of snapshots in other spellings the report is the same', () => {
  it('with edits on either side or on both, in chunks of any size', { timeout: 3_600_000 }, async () => {
    const engine = recordsTaken();
    const verdicts = new Set<string>();
    for (let at = 0; at < PAIRS; at++) {
      const { edits, baseline, current } = makeCanonicalPair(seed + at);
      const chance = new Chance(`foreign ${seed + at}`);
      const isSound = mayBeRespelled(baseline) && mayBeRespelled(current);
      const pair = isSound ? respelledPair(chance, baseline, current) : ([baseline, current] as const);
      const options = { chunkBytes: chance.pick(CHUNKS), mode: chance.pick(['frozen', 'append'] as const) };
      verdicts.add(await sameVerdict({ seed: seed + at, edits }, ...pair, options));
    }
    expect(verdicts.size).toBeGreaterThan(1);
    expect(engine.records).toBeGreaterThan(PAIRS * 20);
  });

  it('after every edit of a record, on either side and on both', { timeout: 3_600_000 }, async () => {
    const chance = new Chance(`edits ${seed}`);
    for (const [at, edit] of EDIT_NAMES.entries()) {
      for (const side of inTurn(EDITED_SIDES, at)) {
        for (let record = 3 + at; record < fullSize - 1; record += runs(499, 5, 997)) {
          const { edits, baseline, current } = makePairWith(edit, side, record);
          await sameVerdict(edits, ...respelledPair(chance, baseline, current));
        }
      }
    }
  });

  it('after all that may be done to a line in another spelling', { timeout: 3_600_000 }, async () => {
    const chance = new Chance(`tampers ${seed}`);
    const verdicts = new Map<string, Set<string>>();
    for (const [tamper, change] of Object.entries(TAMPERS)) {
      verdicts.set(tamper, new Set());
      for (let round = 0; round < runs(3, 500, 1); round++) {
        const text = textOf(historyOf(chance));
        const [baseline, current] = [respelledText(chance, text, 2), respelledText(chance, text)];
        const lines = text.trimEnd().split('\n').length;
        if (lines < 4) continue;
        const at = chance.between(1, lines - 2);
        const bad = tampered(current, at, (line) => change(line, chance));
        // On one side, or the same bytes on both.
        const other = chance.below(3) === 0 ? bad : baseline;
        verdicts.get(tamper)?.add(await sameVerdict({ tamper, at, seed }, other, bad));
      }
    }
    expect(verdicts.get('the order within the body')).toEqual(new Set(['PASS']));
    expect(verdicts.get('a member twice')?.has('PASS')).toBe(false);
  });

  it('of sides that are large enough for the engine as it is by itself', { timeout: 600_000 }, async () => {
    const engine = recordsTaken();
    const chance = new Chance(`large ${seed}`);
    const place = { tenant: 'acme', stream: 'bundles', type: 'sbom' };
    const records = Array.from({ length: 1200 }, (_, at) => ({
      ...place,
      id: `b${10_000 + at}`,
      body: { text: 'x'.repeat(500), number: at, list: [{ b: 1, a: 'é/' }] },
    }));
    const text = textOf({ header: historyOf(chance).header, records });
    const tampers = Object.entries(TAMPERS).filter((_, at) => at % runs(1, 1, 8) === 0);
    for (const [tamper, change] of tampers) {
      const bad = tampered(respelledText(chance, text), chance.between(1, 1100), (line) => change(line, chance));
      await sameVerdict({ tamper, seed }, text, bad, {}, '');
    }
    expect(engine.records).toBeGreaterThan(tampers.length * 500);
  });

  it.each(['current', 'both'] as const)('and PASS, with nearly all records taken: %s', async (sides) => {
    const engine = recordsTaken();
    const chance = new Chance(`foreign ${sides}`);
    const is = historyOf(chance);
    const [canonical, foreign] = [textOf(is), respelledText(chance, textOf(is))];
    const [was, now] = [sides === 'both' ? respelledText(chance, canonical) : canonical, foreign];
    expect(await sameVerdict(sides, was, now)).toBe('PASS');
    expect(engine.records).toBeGreaterThan(is.records.length / 2);
  });
});

describe('the engine is not believed alone', () => {
  const header =
    '{"canonical":"jcs-exact","capturedAt":"2027-03-01T10:00:00.000Z","depth":"full","hash":"sha256",' +
    '"kind":"evidence-snapshot","subject":{"system":"s"},"tool":"t","tree":"rfc9162","version":1}';

  function snapshot(lines: readonly string[]): string {
    return [header, ...lines, '{"kind":"evidence-snapshot-trailer"}', ''].join('\n');
  }

  it('of lines in other spellings: the first of each batch is read, though it is not the last', async () => {
    const lines = Array.from(
      { length: 80 },
      (_, at) => `{"body":{"n":"text ${1000 + at}"},"id":"r${1000 + at}","stream":"s","tenant":"acme","type":"a"}`,
    );
    const chance = new Chance('not believed');
    const foreign = lines.map((line, at) =>
      at === 40 ? respelledLine(chance, line, { blanks: 1, escapes: 1, disorder: 1 }) : line,
    );
    const text = snapshot(foreign);
    const scan = BatchEngine.prototype.scan;
    let flips = 0;
    // What is written wrongly in the first place stays as it is.
    vi.spyOn(BatchEngine.prototype, 'isSpellingIntact', 'get').mockReturnValue(true);
    vi.spyOn(BatchEngine.prototype, 'scan').mockImplementation(function (this: BatchEngine, first, second) {
      const scanned = scan.call(this, first, second);
      // Wherever the engine has written it anew: its own bytes have escapes.
      const memory = Buffer.from(this.memory.buffer);
      for (let at = memory.indexOf('"text 1040"'); at >= 0 && scanned > 45; at = memory.indexOf('"text 1040"')) {
        memory[at + 1] = 'T'.charCodeAt(0);
        flips++;
      }
      return scanned;
    });
    await expect(reportOf('eager', text, text)).rejects.toThrow('it gives another leaf than the reader');
    expect(flips).toBeGreaterThan(0);
  });
});

describe('a bit that flips in a record that was written in canonical form', () => {
  const FLIPS = runs(60, 10_000, 10);

  it('never gives a PASS with another root', { timeout: 3_600_000 }, async () => {
    const chance = new Chance(`flipped spellings ${seed}`);
    let [flips, refused] = [0, 0];
    const hash = BatchEngine.prototype.hash;
    vi.spyOn(BatchEngine.prototype, 'hash').mockImplementation(function (this: BatchEngine, records) {
      const { spelled } = this;
      if (spelled.length > 0) {
        const at = chance.below(spelled.length);
        spelled[at] = (spelled[at] ?? 0) ^ (1 << chance.below(8));
        flips++;
      }
      return hash.call(this, records);
    });
    while (flips < FLIPS) {
      const text = textOf(historyOf(chance));
      const [baseline, current] = respelledPair(chance, text, text);
      const honest = await reportOf('off', baseline, current);
      const report = await reportOf('eager', baseline, current).catch((fault: unknown) => {
        expect(String(fault)).toContain('the batch engine is wrong');
        refused++;
        return honest;
      });
      expect(report).toBe(honest);
    }
    expect(refused).toBeGreaterThan(FLIPS / 10);
  });
});

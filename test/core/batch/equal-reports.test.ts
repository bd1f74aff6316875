/** With the batch engine every report is word for word the one without it; only what the run cost differs. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BatchEngine, type SideIndex } from '../../../src/core/batch/batch-engine.ts';
import { DEFAULT_LIMITS } from '../../../src/core/snapshot/framer.ts';
import { compareTexts } from '../../in-memory.ts';
import { inTurn, long, runs, seed } from '../../long.ts';
import type { PlainRecord } from '../../store.ts';
import { Chance } from '../../tamper/value.ts';
import {
  asJson,
  EDIT_NAMES,
  EDITED_SIDES,
  fullSize,
  historyOf,
  type MadePair,
  makeCanonicalPair,
  makePairWith,
  type Side,
  textOf,
} from './canonical-pairs.ts';
import { recordsTaken } from './taken.ts';

/** As many as let every size of chunks meet both modes, both containers and both limits. */
const PAIRS = runs(20, 5000, 12);
/** Every so many records one is edited. */
const EDIT_STEP = runs(197, 3, 397);
const CHUNKS = [97, 1000, 4096, 65_536, 4 * 1024 * 1024];

type Options = Parameters<typeof compareTexts>[2];

async function reportOf(engine: string, baseline: string, current: string, options?: Options): Promise<string> {
  vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
  const { run: _cost, ...report } = await compareTexts(baseline, current, options);
  return JSON.stringify(report);
}

/** A pair in one container or the other, each side in its own. */
function contained(pair: Pick<MadePair, 'baseline' | 'current'>, at: number): Pick<MadePair, 'baseline' | 'current'> {
  const [first, second] = [at % 4 === 2 || at % 4 === 3, at % 3 === 2];
  return {
    baseline: first ? asJson(pair.baseline) : pair.baseline,
    current: second ? asJson(pair.current) : pair.current,
  };
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('the report is the same with the engine and without', () => {
  it('of pairs with edits on either side or on both, in chunks of any size', { timeout: 3_600_000 }, async () => {
    const engine = recordsTaken();
    const verdicts = new Set<string>();
    for (let at = 0; at < PAIRS; at++) {
      const pair = makeCanonicalPair(seed + at);
      const { edits } = pair;
      const { baseline, current } = contained(pair, at);
      const options = {
        chunkBytes: CHUNKS[at % CHUNKS.length] ?? 1,
        mode: at % 3 === 0 ? 'frozen' : 'append',
        // Then some records are too long, which only who measures each can say.
        ...(at % 7 === 0 ? { limits: { ...DEFAULT_LIMITS, maxRecordBytes: 500 } } : {}),
      } as const;
      const without = await reportOf('off', baseline, current, options);
      // As it is by itself, small batches are taken less often.
      const withEngine = await reportOf(at % 4 === 1 ? '' : 'eager', baseline, current, options);
      expect({ seed: seed + at, edits, report: withEngine }).toEqual({ seed: seed + at, edits, report: without });
      verdicts.add((JSON.parse(without) as { verdict: string }).verdict);
    }
    expect(verdicts).toEqual(new Set(['PASS', 'FAIL', 'INCOMPLETE']));
    expect(engine.records).toBeGreaterThan(PAIRS * 20);
  });

  it('of every edit, on either side and on both, of records of every kind of stream', {
    timeout: 3_600_000,
  }, async () => {
    const engine = recordsTaken();
    for (const [at, edit] of EDIT_NAMES.entries()) {
      for (const side of inTurn(EDITED_SIDES, at)) {
        for (let record = 3 + at; record < fullSize - 1; record += EDIT_STEP) {
          const { baseline, current, edits } = makePairWith(edit, side, record);
          const without = await reportOf('off', baseline, current);
          expect({ edits, report: await reportOf('eager', baseline, current) }).toEqual({ edits, report: without });
        }
      }
    }
    expect(engine.records).toBeGreaterThan(500);
  });

  it('of a JSON container that is damaged between two records, or cut off anywhere', { timeout: 600_000 }, async () => {
    const chance = new Chance(`separators ${seed}`);
    const text = asJson(textOf(historyOf(new Chance('separators'))));
    const [lines, ends] = [
      text.split(',\n'),
      ['\n', ',', ',,\n', ', \n', ',\r\n', '\n,', ',\n\n', '],\n', ',\n,', ',\n]'],
    ];
    for (let round = 0; round < runs(12, 2000, 6); round++) {
      const at = chance.between(1, lines.length - 1);
      const joined = `${lines.slice(0, at).join(',\n')}${chance.pick(ends)}${lines.slice(at).join(',\n')}`;
      const damaged = round % 3 === 0 ? text.slice(0, chance.below(text.length)) : joined;
      const sides = round % 2 === 0 ? ([text, damaged] as const) : ([damaged, damaged] as const);
      const options = { chunkBytes: chance.pick(CHUNKS) };
      const without = await reportOf('off', ...sides, options);
      expect(await reportOf('eager', ...sides, options)).toBe(without);
    }
  });

  it.each(['}', ' ', ',', '\r', 'x'])(
    'of a set that grew in front of a record whose line goes on with %j',
    async (rest) => {
      const header =
        '{"canonical":"jcs-exact","capturedAt":"2027-03-01T10:00:00.000Z","depth":"full","hash":"sha256",' +
        '"kind":"evidence-snapshot","subject":{"system":"s"},"tool":"t","tree":"rfc9162","version":1}';
      const record = (id: number): string =>
        `{"body":{"n":${id}},"id":"r${1000 + id}","stream":"s","tenant":"acme","type":"a"}`;
      const lines = Array.from({ length: 80 }, (_, at) => record(2 * at));
      const damaged = lines.map((line, at) => (at === 40 ? `${line}${rest}` : line));
      const textOfLines = (of: readonly string[]): string =>
        `${[header, ...of, '{"kind":"evidence-snapshot-trailer"}'].join('\n')}\n`;
      const current = textOfLines([...lines.slice(0, 40), record(79), ...lines.slice(40)]);
      for (const mode of ['frozen', 'append'] as const) {
        const without = await reportOf('off', textOfLines(damaged), current, { mode });
        expect(await reportOf('eager', textOfLines(damaged), current, { mode })).toBe(without);
      }
    },
  );

  it('of chunks from one byte on, for one history', { timeout: 600_000 }, async () => {
    const text = textOf(historyOf(new Chance('chunks')));
    const pairs = [text, asJson(text)].flatMap((one) => [[one, text] as const, [one, asJson(text)] as const]);
    for (const [at, [baseline, current]] of pairs.entries()) {
      const without = await reportOf('off', baseline, current);
      // Every size; or the smallest and, in turn, one of the others; or, in `npm test`, one of these.
      const both = [at % 2 === 0 ? 1 : 7, CHUNKS[at] ?? 1];
      for (const chunkBytes of long ? [1, 7, ...CHUNKS] : inTurn(both, at >> 1)) {
        expect(await reportOf('eager', baseline, current, { chunkBytes })).toBe(without);
      }
    }
  });

  it.each([
    ['NDJSON', textOf],
    ['JSON', (side: Side) => asJson(textOf(side))],
  ] as const)('takes nearly all records of two histories that are the same, in %s', async (_, write) => {
    const engine = recordsTaken();
    const side = historyOf(new Chance('all of it'));
    const text = write(side);
    await reportOf('eager', text, text);
    expect(engine.records).toBeGreaterThan(side.records.length / 2);
  });
});

/** A pair whose sets have grown anywhere; once in a while a record is lost, or changed. */
function grownPair(chance: Chance): { readonly baseline: string; readonly current: string } {
  const is = historyOf(chance);
  const [kept, lost] = [chance.pick([2, 10, 30]), chance.pick([1000, 40])];
  const isInSet = (record: PlainRecord): boolean => record.seq === undefined;
  const records = is.records.filter((record) => !isInSet(record) || chance.below(kept) !== 0);
  const changed = (record: PlainRecord): PlainRecord =>
    isInSet(record) && chance.below(lost) === 0 ? { ...record, recordedAt: '2027-02-01T10:00:00Z' } : record;
  const current = { ...is, records: is.records.filter(() => chance.below(lost) !== 0).map(changed) };
  return { baseline: textOf({ ...is, records }), current: textOf(current) };
}

/** How many records the engine has taken that the current side alone has. */
function takenAlone(): { records: number } {
  const taken = { records: 0 };
  const alone = BatchEngine.prototype.alone;
  vi.spyOn(BatchEngine.prototype, 'alone').mockImplementation(function (this: BatchEngine, records) {
    const all = alone.call(this, records);
    taken.records += all.length;
    return all;
  });
  return taken;
}

describe('of sets that have grown', () => {
  it('the report is the same, in either mode and in chunks of any size', { timeout: 3_600_000 }, async () => {
    const taken = takenAlone();
    const verdicts = new Set<string>();
    for (let at = 0; at < PAIRS; at++) {
      const { baseline, current } = contained(grownPair(new Chance(`grown ${seed + at}`)), at);
      const mode = at % 3 === 0 ? 'frozen' : 'append';
      const options = { chunkBytes: CHUNKS[at % CHUNKS.length] ?? 1, mode } as const;
      const without = await reportOf('off', baseline, current, options);
      const report = await reportOf('eager', baseline, current, options);
      expect({ seed: seed + at, report }).toEqual({ seed: seed + at, report: without });
      verdicts.add((JSON.parse(without) as { verdict: string }).verdict);
    }
    expect(verdicts).toEqual(new Set(['PASS', 'FAIL']));
    expect(taken.records).toBeGreaterThan(PAIRS);
  });
});

/** Flips one bit of the lines of a side that are loaded, at one of the steps of the engine. */
function flipping(step: 'scan' | 'hash', chance: Chance): { readonly flips: number } {
  const done = { flips: 0 };
  const flip = (engine: BatchEngine, length: number, side: SideIndex): void => {
    if (length === 0) return;
    const loaded = engine.loaded(length, side);
    const at = chance.below(length);
    loaded[at] = (loaded[at] ?? 0) ^ (1 << chance.below(8));
    done.flips++;
  };
  if (step === 'hash') {
    const hash = BatchEngine.prototype.hash;
    vi.spyOn(BatchEngine.prototype, 'hash').mockImplementation(function (this: BatchEngine, records) {
      const side = chance.pick([0, 1] as const);
      flip(this, this.offsetOf(records, side), side);
      return hash.call(this, records);
    });
    return done;
  }
  const load = BatchEngine.prototype.load;
  vi.spyOn(BatchEngine.prototype, 'load').mockImplementation(function (this: BatchEngine, lines, side) {
    load.call(this, lines, side);
    flip(this, lines.end - lines.start, side ?? 0);
  });
  return done;
}

describe('a bit that flips in the lines of a batch', () => {
  const FLIPS = runs(60, 10_000, 30);

  it.each(['scan', 'hash'] as const)(
    'never gives a PASS with another root: before `%s`',
    { timeout: 3_600_000 },
    async (step) => {
      const chance = new Chance(`flips ${seed} ${step}`);
      const { baseline, current } = grownPair(new Chance(`flipped ${seed}`));
      const honest = await reportOf('off', baseline, current);
      const flipped = flipping(step, chance);
      let refused = 0;
      while (flipped.flips < FLIPS / 2) {
        const report = await reportOf('eager', baseline, current).catch((fault: unknown) => {
          expect(String(fault)).toContain('the batch engine is wrong');
          refused++;
          return honest;
        });
        expect(report).toBe(honest);
      }
      if (step === 'hash') expect(refused).toBeGreaterThan(FLIPS / 10);
    },
  );
});

it('gives no verdict by ids that were read in another order of bytes, as on another machine', async () => {
  const hash = BatchEngine.prototype.hash;
  vi.spyOn(BatchEngine.prototype, 'hash').mockImplementation(function (this: BatchEngine, records) {
    const hashed = hash.call(this, records);
    const { buffer, byteOffset, byteLength } = this.ids;
    Buffer.from(buffer, byteOffset, byteLength).swap32();
    return hashed;
  });
  const text = textOf(historyOf(new Chance('order of bytes')));
  await expect(reportOf('eager', text, text)).rejects.toThrow('the batch engine is wrong: it takes another id');
});

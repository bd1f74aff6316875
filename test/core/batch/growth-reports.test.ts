/**
 * Growth beyond what is listed and kept is counted, many records at once: the report is the one that is made record by
 * record, and it counts what is found where each is kept and named.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RecordJudge } from '../../../src/core/judge/record-judge.ts';
import { compareTexts } from '../../in-memory.ts';
import { runs, seed } from '../../long.ts';
import { chained, LINKED_RULE, ndjson, type PlainRecord, referenceCanonical } from '../../store.ts';
import { Chance } from '../../tamper/value.ts';

/**
 * So many new ones, with ids so long, that no more are kept for who looks where a missing record may have gone; in two
 * streams, since of one no more are handed on than fit.
 */
const LONG = 'x'.repeat(1000);
const FILLING: readonly PlainRecord[] = Array.from({ length: 7600 }, (_, at) => ({
  tenant: 'acme',
  stream: at < 3800 ? 'filling/1' : 'filling/2',
  id: `${String(at).padStart(6, '0')}${LONG}`,
  type: 'sbom',
  body: at,
}));

/** Records of both sides. */
interface Pair {
  baseline: PlainRecord[];
  current: PlainRecord[];
}

function ledger(chance: Chance, tenant: string, stream: string, size = chance.between(2, 60)): Pair {
  const current = chained(
    Array.from({ length: size }, (_, n) => ({ n, tenant, stream })),
    { tenant, stream, recipe: 'sha256-prev-body' },
  );
  // At times the baseline has nothing of it, and at times all.
  return { baseline: current.slice(0, chance.between(0, size)), current };
}

/** Records of a set, whose content is nowhere else; of those of the first types the first come first. */
function elements(tenant: string, stream: string, types: readonly string[]): PlainRecord[] {
  return types.map((type, at) => {
    const id = `r${String(at).padStart(4, '0')}`;
    return { tenant, stream, id, type, body: { at, tenant, stream } };
  });
}

function times(count: number, type: string): readonly string[] {
  return Array.from({ length: count }, () => type);
}

function set(chance: Chance, tenant: string, stream: string): Pair {
  const types = times(chance.between(1, 80), '').map(() => chance.pick(['sbom', 'vex']));
  const current = elements(tenant, stream, types);
  const size = chance.between(0, current.length);
  const share = chance.pick([1, 2, 3]);
  return { baseline: current.filter((_, at) => at < size && at % share === 0), current };
}

/** Positions without a chain: where the baseline's last is changed to stand further on, what is new is in its history. */
function log(tenant: string): Pair {
  const current = elements(tenant, 'log', times(50, 'event')).map((record, at) => ({ ...record, seq: at + 1 }));
  return { baseline: current.slice(0, 20), current };
}

/** A type that the baseline has last, in another stream than the current side has it first. */
function lateType(tenant: string): readonly Pair[] {
  const one = elements(tenant, 'types/1', [...times(10, 'a'), ...times(30, 'b')]);
  const two = elements(tenant, 'types/2', [...times(40, 'a'), ...times(20, 'b')]);
  const three = elements(tenant, 'types/3', [...times(20, 'a'), ...times(20, 'b')]);
  return [
    { baseline: one.slice(0, 10), current: one },
    { baseline: two.slice(0, 20), current: two },
    { baseline: three, current: three },
  ];
}

/** What is done to one side. */
const DAMAGE: readonly ((records: PlainRecord[], at: number) => void)[] = [
  (records, at) => records.splice(at, 1),
  (records, at) => records.splice(at, 0, records[at] as PlainRecord),
  (records, at) => records.splice(at, 2, ...records.slice(at, at + 2).reverse()),
  (records, at) => records.splice(at, 1, { ...(records[at] as PlainRecord), type: 'other' }),
  (records, at) => records.splice(at, 1, { ...(records[at] as PlainRecord), body: { at: 'another' } }),
  (records, at) => records.splice(at, 1, { ...(records[at] as PlainRecord), id: 'zz' }),
  // An id that came before, and not just before.
  (records, at) =>
    records.splice(at, 1, { ...(records[at] as PlainRecord), id: records[Math.max(0, at - 3)]?.id ?? '' }),
];

/** One ledger and the last set grow in any case, by many. */
function grown(chance: Chance): Pair {
  const [first, ...places] = ['acme', 'globex', 'initech'].flatMap((tenant) => [
    ledger(chance, tenant, 'ledger/a', tenant === 'acme' ? 60 : undefined),
    ledger(chance, tenant, 'ledger/b'),
    log(tenant),
    set(chance, tenant, 'set'),
    set(chance, tenant, 'set2'),
    ...lateType(tenant),
  ]);
  const last = elements('zeta', 'set', times(60, 'sbom'));
  if (first === undefined) throw new RangeError('no place');
  return {
    baseline: [...first.current.slice(0, 5), ...places.flatMap((place) => place.baseline), ...last.slice(0, 5)],
    current: [...first.current, ...places.flatMap((place) => place.current), ...last],
  };
}

/** What is done to a pair that has grown, in turn; `npm test`, where each round takes a second, comes as far as the third. */
const TURNS = ['nothing', 'damage', 'cut', 'displaced', 'id twice', 'frozen', 'renumbered', 'cut and frozen'] as const;

function edit({ baseline, current }: Pair, turn: (typeof TURNS)[number] | undefined, chance: Chance): void {
  const first = (stream: string, of: readonly PlainRecord[]): number => of.findIndex((one) => one.stream === stream);
  if (turn === 'damage') {
    const side = chance.below(4) === 0 ? baseline : current;
    chance.pick(DAMAGE)(side, chance.below(side.length));
  } else if (turn === 'id twice') {
    // In what is only counted of the ledger.
    current[50] = { ...(current[50] as PlainRecord), id: current[40]?.id ?? '' };
  } else if (turn === 'displaced') {
    // The third of the log comes behind all that the baseline has of it, with the position of whom it changes places with.
    const [from, to] = [first('log', current) + 2, first('log', current) + 45];
    const [a, b] = [current[from] as PlainRecord, current[to] as PlainRecord];
    current[from] = { ...b, seq: 3 };
    current[to] = { ...a, seq: 46 };
  } else if (turn === 'renumbered') {
    const at = first('log', baseline) + 19;
    baseline[at] = { ...(baseline[at] as PlainRecord), seq: 35 };
  }
}

async function reportOf(engine: string, sides: readonly [string, string], options: Parameters<typeof compareTexts>[2]) {
  vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
  const { run: _cost, ...report } = await compareTexts(...sides, options);
  return report;
}

function asWritten(text: string): string {
  return text;
}

/** Each line in canonical form. */
function canonical(text: string): string {
  return text.replaceAll(/.+/g, (line) => referenceCanonical(JSON.parse(line)));
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('growth that is only counted', () => {
  it('gives the report that is made record by record, whatever else there is', { timeout: 3_600_000 }, async () => {
    const together = vi.spyOn(RecordJudge.prototype, 'takeGrowth');
    const verdicts = new Set<string>();
    for (let round = 0; round < runs(16, 400, 3); round++) {
      const chance = new Chance(`growth ${seed + round}`);
      const turn = TURNS[round % TURNS.length];
      const pair = grown(chance);
      edit(pair, turn, chance);
      const options = { chains: LINKED_RULE, depth: chance.pick(['full', 'digest'] as const) };
      const spell = chance.pick([asWritten, canonical]);
      const baseline = spell(ndjson(pair.baseline, options));
      const lines = spell(ndjson([...FILLING, ...pair.current], options)).split('\n');
      // Without the end of the last set, or of anything.
      const left =
        turn === 'cut and frozen' ? -10 : turn === 'cut' ? -chance.between(3, pair.current.length) : undefined;
      const sides = [baseline, lines.slice(0, left).join('\n')] as const;
      const asked = {
        mode: turn?.includes('frozen') ? 'frozen' : 'append',
        maxFindings: chance.pick([1, 1, 3, 5000]),
        chunkBytes: chance.pick([1000, 65_536, 4_000_000]),
      } as const;
      const without = await reportOf('off', sides, asked);
      const withEngine = await reportOf('eager', sides, asked);
      expect({ seed: seed + round, report: withEngine }).toEqual({ seed: seed + round, report: without });
      verdicts.add(without.verdict);
      if (left !== undefined) continue;
      // Of a set out of order what was counted is not found again: it is called missing, and that this may be so is said.
      if (turn === 'damage' && without.findingCounts['record-reordered'] !== undefined) continue;
      // The same but for what fills the tables: each new record is kept, told and named.
      const named = await reportOf('off', [baseline, ndjson(pair.current, options)], asked);
      const counts = { ...without.findingCounts, 'record-added': without.totals.added };
      expect({ seed: seed + round, turn, totals: without.totals, counts }).toEqual({
        seed: seed + round,
        turn,
        totals: { ...named.totals, added: named.totals.added + FILLING.length },
        counts: { ...named.findingCounts, 'record-added': named.totals.added + FILLING.length },
      });
    }
    expect(verdicts).toEqual(new Set(['PASS', 'FAIL', 'INCOMPLETE']));
    expect(together.mock.calls.some(([{ counts }]) => (counts[0]?.records ?? 0) > 10)).toBe(true);
  });
});

/**
 * Several rules for one stream, told apart by the types of its records and by members of their bodies: the engine has the
 * report of the simple way, to the byte, whatever the rules, the types and what was done to either side.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LineRewrite, type StreamRules } from '../../src/core/migration/line-rewrite.ts';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { respelledText } from '../core/batch/spelling.ts';
import { runs, seed } from '../long.ts';
import { LEDGER_RULE, type PlainRecord } from '../store.ts';
import { Chance } from '../tamper/value.ts';
import { damaged, recordsMade, relinkedChains, spelled } from './damage.ts';
import { compareMigrated, named, type Setting } from './migrated.ts';
import {
  type Body,
  expectedOf,
  patchOf,
  pick,
  placeOf,
  type Random,
  type RandomRule,
  randomOf,
  storeOf,
  withBody,
} from './random-migration.ts';

/** With escapes, as parts of one another, and such as look like the member that holds them. */
const TYPES = ['a', 'a.b', 'b', 'é', '"\\', '\u0001', 'x","type":"a'];
const PATTERNS = [...TYPES, 'a*', '"*', '*'];
const RUNS = runs(40, 2000, 6);
const RECHAIN = { recipe: 'sha256-prev-body', genesis: 'zeros' };

/** Members of bodies that tell records apart: of few values, of many, nested, and not there at all. */
const TESTS: readonly ((random: Random) => { readonly test: string; readonly value: unknown })[] = [
  (random) => ({ test: '/body/operation', value: pick(random, ['push', 'pull', 'delete', 'create']) }),
  (random) => ({ test: '/body/n', value: Math.floor(random() * 8) }),
  (random) => ({ test: '/body/nested/person', value: `p${Math.floor(random() * 8)}` }),
  () => ({ test: '/body/none', value: null }),
];

function valueAt(record: PlainRecord, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], record);
}

function fits(pattern: string, type: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

function someRule(random: Random, stream: string, at: number, linked: boolean): RandomRule {
  const type = pick(random, PATTERNS);
  const where = random() < 0.3 ? [pick(random, TESTS)(random)] : [];
  const isFor = (record: PlainRecord): boolean =>
    record.stream === stream &&
    fits(type, record.type) &&
    where.every(({ test, value }) => valueAt(record, test) === value);
  const rule = { name: `${stream} ${at}`, match: { stream, type, where }, ...(linked ? { rechain: RECHAIN } : {}) };
  const dice = random();
  if (linked && dice < 0.2) return { rule, isFor, become: (record) => record, rechain: true };
  if (dice > 0.9) {
    const patch = [{ op: 'convert', path: '/recordedAt', to: { offset: '+02:00' } }];
    // Events have no time: then each is a mismatch.
    return { rule: { ...rule, patch }, isFor, become: (record) => record, rechain: linked };
  }
  if (dice > 0.8) {
    // It leaves them as they are.
    const patch = [{ op: 'convert', path: '/body/operation', to: { case: 'lower' } }];
    return { rule: { ...rule, patch }, isFor, become: (record) => record, rechain: linked };
  }
  const { patch, change } = patchOf(random);
  return { rule: { ...rule, patch }, isFor, become: (record) => withBody(record, change), rechain: linked };
}

/** From one to four rules of a stream; mostly no two of them are for one record, and in a chain one is for each. */
function rulesOf(random: Random, stream: string, before: readonly PlainRecord[]): readonly RandomRule[] {
  const linked = stream.startsWith('ledger');
  const mine = before.filter((record) => record.stream === stream);
  const mayMeet = random() < 0.1;
  const rules: RandomRule[] = [];
  for (let at = 0; at < 4; at++) {
    const rule = someRule(random, stream, at, linked);
    const meets = mine.some((record) => rule.isFor(record) && rules.some(({ isFor }) => isFor(record)));
    if (!meets || mayMeet) rules.push(rule);
  }
  const isWhole = mine.every((record) => rules.some(({ isFor }) => isFor(record)));
  if (!linked || isWhole || random() < 0.1) return rules;
  return TYPES.map((type, at) => {
    const { rule, ...rest } = someRule(random, stream, at, true);
    const isFor = (record: PlainRecord): boolean => record.stream === stream && record.type === type;
    return { ...rest, rule: { ...rule, match: { stream, type } }, isFor };
  });
}

function someStore(random: Random): readonly PlainRecord[] {
  const types = TYPES.filter(() => random() < 0.6);
  const some = types.length === 0 ? TYPES : types;
  return storeOf(random, 8 + Math.floor(random() * 16)).map((record) => ({ ...record, type: pick(random, some) }));
}

type Report = Omit<ContinuityReport, 'run'>;

/** The report of a comparison by the engine, whenever there are lines for it, as it is by default, and by the simple way. */
async function reports(
  before: readonly PlainRecord[],
  after: readonly PlainRecord[],
  rules: readonly object[],
  setting: Setting = {},
): Promise<readonly Report[]> {
  const all: Report[] = [];
  for (const engine of ['eager', 'on', 'off']) {
    vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
    const simply = engine === 'off';
    const { run: _, ...report } = await compareMigrated(
      spelled(before),
      spelled(after),
      { rules },
      { signed: true, ...setting, simply },
    );
    all.push(report);
  }
  return all;
}

async function sameReport(...of: Parameters<typeof reports>): Promise<Report> {
  const [eager, usual, simple] = await reports(...of);
  expect(JSON.stringify(eager)).toBe(JSON.stringify(simple));
  expect(JSON.stringify(usual)).toBe(JSON.stringify(simple));
  return simple as Report;
}

describe('rules for one stream that are told apart by type and by members of bodies', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('have the same report with the engine, whatever the rules and the damage', async () => {
    const made = recordsMade();
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (start) => {
        const random = randomOf(start);
        const sound = someStore(random);
        const rules = ['access_log', 'bundles', 'ledger/1'].flatMap((stream) =>
          random() < 0.2 ? [] : rulesOf(random, stream, sound),
        );
        const before = random() < 0.7 ? sound : damaged(sound, random);
        const expected = expectedOf(sound, [...rules]);
        const was = new Map(before.map((record) => [placeOf(record), record]));
        // Records that the upgrade has passed over.
        const late = random() < 0.8 ? 0 : random() * 0.3;
        const left = expected.map((record) => (random() < late ? (was.get(placeOf(record)) ?? record) : record));
        const hit = random() < 0.5 ? left : damaged(left, random);
        const after = hit === left || random() < 0.5 ? hit : relinkedChains(hit);
        const foreign = (['before', 'after'] as const).filter(() => random() < 0.2);
        const once = pick(random, [1, 4, 16]);
        const chains = { chains: LEDGER_RULE };
        const { verdict } = await sameReport(
          before,
          after,
          rules.map(({ rule }) => rule),
          {
            before: chains,
            after: chains,
            options: { mode: random() < 0.3 ? 'frozen' : 'append' },
            inJson: (['before', 'after'] as const).filter(() => random() < 0.25),
            spell: (side, text) => (foreign.includes(side) ? respelledText(new Chance(`${start}`), text, once) : text),
          },
        );
        seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
      }),
      { numRuns: RUNS, seed },
    );
    expect(seen.get('PASS')).toBeGreaterThan(RUNS / 40);
    expect(seen.get('FAIL')).toBeGreaterThan(RUNS / 10);
    expect(made.records).toBeGreaterThan(RUNS * 10);
  });

  const setOf = (types: readonly string[]): readonly PlainRecord[] =>
    Array.from({ length: 60 }, (_, n) => ({
      tenant: 'acme',
      stream: 'bundles',
      id: `b${10 + n}`,
      type: types[n % types.length] ?? '',
      body: { a: 1, n },
    }));
  const withoutA = (record: PlainRecord): PlainRecord => {
    const { a: _, ...body } = record.body as Body;
    return { ...record, body } as PlainRecord;
  };
  const addition = { name: 'addition', patch: [{ op: 'add', path: '/body/x', value: 1 }] };
  const withX = (record: PlainRecord): PlainRecord => withBody(record, (body) => ({ ...body, x: 1 }));
  const removal = (match: object, name = 'removal'): object => ({
    name,
    match: { stream: 'bundles', ...match },
    patch: [{ op: 'remove', path: '/body/a' }],
  });

  /** Rules that make `become` of some records: PASS where that was done to these alone, FAIL where to all, or to none. */
  async function tellApart(
    before: readonly PlainRecord[],
    rules: readonly object[],
    become: (record: PlainRecord) => PlainRecord,
    isFor: (record: PlainRecord, at: number) => boolean,
    setting: Setting = {},
  ): Promise<void> {
    const after = before.map((record, at) => (isFor(record, at) ? become(record) : record));
    expect((await sameReport(before, after, rules, setting)).verdict).toBe('PASS');
    expect((await sameReport(before, before, rules, setting)).verdict).toBe('FAIL');
    expect((await sameReport(before, before.map(become), rules, setting)).verdict).toBe('FAIL');
  }

  it('are refused for the records alone that two are for', async () => {
    const before = setOf(['one', 'both', 'other']);
    const rules = [removal({ type: 'o*' }), removal({ type: 'b*' }, 'b'), removal({ type: 'both' }, 'both')];
    const report = await sameReport(before, before.map(withoutA), rules);
    const mismatches = report.findings.filter(({ kind }) => kind === 'migration-map-mismatch');
    expect(mismatches).toHaveLength(20);
    expect(mismatches[0]?.message).toContain('two rules are for it: b and both');
    expect(report.migration?.rules.map(({ records }) => records)).toEqual([40, 0, 0]);
  });

  it('rewrite most records as bytes, and leave those of other types as they are', async () => {
    const made = recordsMade();
    const before = setOf(['a', 'b', '"\\']);
    const rules = [removal({ type: 'a' }), removal({ type: '"\\' }, 'escaped')];
    const after = before.map((record) => (record.type === 'b' ? record : withoutA(record)));
    const report = await sameReport(before, after, rules);
    expect(report.verdict).toBe('PASS');
    expect(report.migration?.rules.map(({ records }) => records)).toEqual([20, 20]);
    expect(report.migration?.dropped.map(({ rule, count }) => [rule, count])).toEqual([
      ['removal', 20],
      ['escaped', 20],
    ]);
    expect(made.records).toBeGreaterThan(50);
    // One that was passed over, and one that was changed without a rule.
    for (const at of [33, 34]) {
      const tampered = after.with(at, at === 33 ? (before[at] as PlainRecord) : withoutA(after[at] as PlainRecord));
      expect((await sameReport(before, tampered, rules)).verdict).toBe('FAIL');
    }
  });

  it.each([
    ['a type that is the same but for an escape', '"type":"b"', '"type":"\\u0062"'],
    ['no type', ',"type":"b"', ''],
    ['a type that is no text', '"type":"b"', '"type":7'],
    ['two types', '"type":"b"', '"type":"a","type":"b"'],
    ['a type that is not the last member', /("tenant":"acme"),("type":"b")/g, '$2,$1'],
    ['a type of another rule in the name of a member', '"n"', '\\",\\"type\\":\\"a'],
  ])('are not led astray by %s', async (_, from, to) => {
    const before = setOf(['a', 'b', 'c']);
    const rules = [removal({ type: 'b' })];
    const after = before.map((record) => (record.type === 'b' ? withoutA(record) : record));
    for (const sides of [['before'], ['after'], ['before', 'after']]) {
      const spell = (side: string, text: string): string => (sides.includes(side) ? text.replaceAll(from, to) : text);
      await sameReport(before, after, rules, { spell });
    }
  });

  it('are chosen by lines in canonical form alone: in others a member that is asked for may stand under another name', async () => {
    const before = setOf(['a']).map((record, at) => (at % 2 === 0 ? record : withoutA(record)));
    const rules = [{ ...addition, match: { where: [{ test: '/body/a', value: 1 }] } }];
    // The first lines that come to the engine have the member, and do not seem to.
    const spell = (side: string, text: string): string =>
      side === 'before' ? text.replace(/"a":1(?=.*"b1[0-9]")/g, '"\\u0061":1') : text;
    for (const start of [0, 1, 2]) {
      await tellApart(before.slice(start), rules, withX, (_, at) => (start + at) % 2 === 0, { spell });
    }
  });

  it('give no verdict where one was chosen that is not for a record', async () => {
    const { open } = LineRewrite.prototype;
    onTestFinished(() => {
      LineRewrite.prototype.open = open;
    });
    const before = setOf(['a', 'b']);
    const rules = [removal({ type: 'a' })];
    for (const wrong of [0, -1]) {
      // The current side is what comes of that rule.
      const after = wrong === 0 ? before.map(withoutA) : before;
      LineRewrite.prototype.open = open;
      expect((await sameReport(before, after, rules)).verdict).toBe('FAIL');
      LineRewrite.prototype.open = function (this: LineRewrite, { asked }: StreamRules): void {
        open.call(this, { asked, choose: () => wrong });
      };
      vi.stubEnv('EVIDENCE_DIFF_ENGINE', 'eager');
      const compared = compareMigrated(spelled(before), spelled(after), { rules }, { signed: true });
      await expect(compared).rejects.toThrow('the batch engine is wrong: another rule is for a record');
    }
  });

  it('are chosen anew for each stream of each tenant', async () => {
    const before = ['acme', 'globex'].flatMap((tenant) =>
      ['bundles', 'scans'].flatMap((stream) => setOf(['a', 'b']).map((record) => ({ ...record, tenant, stream }))),
    );
    const rules = [
      removal({ tenant: 'acme', type: 'a' }),
      removal({ tenant: 'globex', type: 'b' }, 'globex'),
      removal({ stream: 'scans', type: 'b' }, 'scans'),
    ];
    const isFirst = ({ tenant, stream }: PlainRecord): boolean => tenant === 'acme' && stream === 'bundles';
    await tellApart(before, rules, withoutA, (record) => record.type === (isFirst(record) ? 'a' : 'b'));
  });

  it('chain a stream anew only together: a record that none of them is for is a mismatch', async () => {
    // Both types are known of each tenant when its chain begins.
    const before = storeOf(randomOf(seed), 40).map((record, at) =>
      record.stream === 'ledger/1' ? { ...record, type: at % 20 === 9 ? 'b' : 'a' } : record,
    );
    const match = { stream: 'ledger/1', type: 'a' };
    const rules = [{ name: 'r', match, patch: [{ op: 'remove', path: '/body/tag' }], rechain: RECHAIN }];
    const without = ({ tag: _, ...body }: Body): Body => body;
    const after = relinkedChains(
      before.map((record) =>
        record.type === 'a' && record.stream === 'ledger/1' ? withBody(record, without) : record,
      ),
    );
    const chains = { before: { chains: LEDGER_RULE }, after: { chains: LEDGER_RULE } };
    const links = { name: 'links', match: { stream: 'ledger/1', type: 'b' }, rechain: RECHAIN };
    const otherwise = { ...links, rechain: { ...RECHAIN, genesis: 'null' } };
    for (const partly of [rules, [...rules, otherwise]]) {
      const { findings } = await sameReport(before, after, partly, chains);
      const mismatches = findings.filter(({ message }) => message.includes('only a part of its stream is re-chained'));
      expect(mismatches).toHaveLength(8);
    }
    const made = recordsMade();
    expect((await sameReport(before, after, [...rules, links], chains)).verdict).toBe('PASS');
    expect(made.records).toBeGreaterThan(70);
  });

  it('may have types that one number stands for', () =>
    tellApart(setOf(['Aa', 'BB']), [removal({ type: 'Aa' })], withoutA, ({ type }) => type === 'Aa'));

  it('tell members apart whose texts would be one', async () => {
    const bodies: readonly Body[] = [{ a: 1, b: 23 }, { a: 12, b: 3 }, { b: 123 }, { a: 123 }, { a: '1,2', b: 3 }];
    const before = setOf(['a']).map((record, at) => ({ ...record, body: bodies[at % 5] }) as PlainRecord);
    const where = [
      { test: '/body/a', value: 12 },
      { test: '/body/b', value: 3 },
    ];
    await tellApart(before, [{ ...addition, match: { where } }], withX, (_, at) => at % 5 === 1);
  });

  it('are chosen by no body that has too many members, or is none', async () => {
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, n) => [`a${n}`, n]));
    const odd: readonly unknown[] = [{ ...many, z: 1 }, [{ z: 1 }], 'z', { z: 1 }, { z: 2 }];
    const before = setOf(['a']).map((record, at) => {
      const body = at % 4 === 0 ? odd[(at / 4) % odd.length] : { z: at % 4 === 1 ? 1 : 2 };
      return { ...record, body } as PlainRecord;
    });
    const rules = [{ ...addition, match: { where: [{ test: '/body/z', value: 1 }] } }];
    const withXIfAble = (record: PlainRecord): PlainRecord =>
      valueAt(record, '/body/z') === undefined ? record : withX(record);
    await tellApart(before, rules, withXIfAble, (record) => valueAt(record, '/body/z') === 1);
  });

  it('are told apart by the type of the record, not by a member of its body that is called so', async () => {
    const before = setOf(['a', 'b']).map((record, at) =>
      withBody(record, (body) => ({ ...body, type: at % 3 === 0 ? 'a' : 'b' })),
    );
    await tellApart(before, [{ ...addition, match: { type: 'a' } }], withX, ({ type }) => type === 'a');
  });

  it.each([
    ['records that a file names', { match: { stream: 'bundles', type: 'b' }, erase: true }],
    ['their id', { match: { stream: 'bundles', type: 'b', where: [{ test: '/id', value: 'b33' }] } }],
    ['their attributes', { match: { stream: 'bundles', type: 'b', where: [{ test: '/attrs/k', value: 'b33' }] } }],
  ])('may be for %s: then each record is asked', async (_, { match, ...how }) => {
    const before = setOf(['a', 'b']).map((record) => ({ ...record, attrs: { k: record.id } }));
    const file = 'tenant,stream,id\nacme,bundles,b33\n';
    const erase = { ids: named('erased.csv', file), paths: ['/body/a'], reason: 'asked for' };
    const one = 'erase' in how ? { name: 'one', match, erase } : { ...removal({}, 'one'), match };
    const setting = { files: { 'erased.csv': file } };
    const isFor = ({ type, id }: PlainRecord): boolean => type === 'a' || id === 'b33';
    await tellApart(before, [removal({ type: 'a' }), one], withoutA, isFor, setting);
    const passedOver = before.map((record) => (record.type === 'a' ? withoutA(record) : record));
    expect((await sameReport(before, passedOver, [removal({ type: 'a' }), one], setting)).verdict).toBe('FAIL');
  });

  it('may do more than is made as bytes, for records of another type', async () => {
    const before = setOf(['a', 'b']).map((record) => ({ ...record, attrs: { k: 'v' } }));
    const patch = [{ op: 'add', path: '/attrs/k', value: 'w' }];
    const rules = [removal({ type: 'a' }), { name: 'attrs', match: { stream: 'bundles', type: 'b' }, patch }];
    const after = before.map((record) => (record.type === 'a' ? withoutA(record) : { ...record, attrs: { k: 'w' } }));
    expect((await sameReport(before, after, rules)).verdict).toBe('PASS');
    for (const name of ['', 'k']) {
      const misplaced = before.map((record) =>
        record.type === 'a' ? withoutA(record) : withBody(record, (body) => ({ ...body, [name]: 'w' })),
      );
      expect((await sameReport(before, misplaced, rules)).verdict).toBe('FAIL');
    }
  });
});

/** A draft is made of all records that changed, however late they come: what it does not explain is listed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/core/json/canonical.ts';
import { jsonFrom } from '../../src/core/json/from-plain.ts';
import { parseJson } from '../../src/core/json/parse.ts';
import type { Json } from '../../src/core/json/value.ts';
import { DraftMaker } from '../../src/core/migration/draft.ts';
import { leavesOf } from '../../src/core/migration/draft-of-group.ts';
import { MapMismatch } from '../../src/core/migration/mismatch.ts';
import { isSame, patched } from '../../src/core/migration/patch.ts';
import { portable, utf8 } from '../../src/core/platform.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { migrate } from '../../src/index.ts';
import { parseMigration } from '../../src/wire/migration.ts';
import { run } from '../cli/in-process.ts';
import { bundles, ndjson } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf } from '../trust/signed-files.ts';

const folder = temporaryFolder();

type Body = Readonly<Record<string, unknown>>;

/** What a dry run finds between two stores. */
async function drafted(records: number, was: (at: number) => Body, is: (at: number) => Body) {
  const store = (body: (at: number) => Body): string =>
    ndjson(bundles(records).map((record, at) => ({ ...record, body: body(at) })));
  const baseline = fileOf(folder, 'before.ndjson', store(was));
  const current = fileOf(folder, 'after.ndjson', store(is));
  const result = await migrate({ baseline, current, dryRun: true });
  const draft = result.draft as { rules: { why: string; patch: Body[] }[] } | null;
  return { ...result, rules: draft?.rules ?? [], patch: draft?.rules.flatMap(({ patch }) => patch) ?? [] };
}

const HOUR = (at: number, zone: string): string => `2026-01-${String(1 + (at % 28)).padStart(2, '0')}T${zone}`;
const VERDICTS = ['allow', 'deny', 'warn'];

describe('a draft', () => {
  const was = (at: number): Body => ({ verdict: VERDICTS[at % 3], at: HOUR(at, '10:00:00+02:00'), n: at });
  const now = (at: number): Body => ({ ...was(at), at: HOUR(at, '08:00:00Z') });

  it('is of what changed behind hundreds that changed alike, too', async () => {
    const late: Readonly<Record<number, Body>> = { 501: { verdict: 'retracted' }, 502: { n: 7 }, 505: { n: 9 } };
    const { explained, patch, unexplained } = await drafted(600, was, (at) => {
      const blocked = at > 550 && at % 3 === 1 ? { verdict: 'block' } : {};
      return { ...now(at), ...blocked, ...late[at] };
    });
    expect(explained).toEqual({ records: 581, of: 600 });
    expect(patch).toEqual([
      {
        ...{ op: 'convert', path: '/body/at', to: { offset: 'Z' } },
        why: 'proposal: so in 600 of 600 records that changed, such as b000000',
      },
    ]);
    // What most denials are is what they were; the others are counted, with one of them.
    expect(unexplained).toMatchObject([
      { pointer: '/body/verdict', was: '"allow"', is: '"retracted"', records: 1, id: 'b000501', class: 'other' },
      { pointer: '/body/n', was: '502', is: '7', records: 2, id: 'b000502' },
      { pointer: '/body/verdict', was: '"deny"', is: '"block"', records: 16, id: 'b000553' },
    ]);
  });

  it('keeps a rule that one record contradicts, and names that record in it', async () => {
    for (const other of [0, 299]) {
      const { explained, patch, unexplained } = await drafted(300, was, (at) =>
        at === other ? { ...now(at), at: '1999-01-01T00:00:00Z' } : now(at),
      );
      expect(explained).toEqual({ records: 299, of: 300 });
      expect(patch[0]?.['why']).toMatch(
        new RegExp(
          `so in 299 of 300 records that changed, such as b000.*; not in 1, such as b000${String(other).padStart(3, '0')} \\(`,
        ),
      );
      expect(unexplained).toMatchObject([{ pointer: '/body/at', is: '"1999-01-01T00:00:00Z"', records: 1 }]);
    }
  });

  it('has no rule for a member that some records alone have, and says why', async () => {
    const { patch, unexplained } = await drafted(
      300,
      (at) => ({ ...was(at), ...(at < 40 ? { note: `n${at}` } : {}) }),
      (at) => ({ ...now(at), ...(at < 40 ? { remark: `n${at}` } : {}) }),
    );
    expect(patch.map(({ path }) => path)).toEqual(['/body/at']);
    const why = '260 others that changed are without it, and no rule can be for those alone that have it';
    expect(unexplained).toMatchObject([
      { pointer: '/body/remark', records: 40, why },
      { pointer: '/body/note', records: 40, why },
    ]);
  });

  it('says of which records it was not made', async () => {
    const store = (risk: object): string =>
      ndjson(bundles(1005).map((record, at) => ({ ...record, type: `t${at}`, body: { n: at, ...risk } })));
    fileOf(folder, 'few.ndjson', store({}));
    fileOf(folder, 'more.ndjson', store({ risk: 0 }));
    const beyond = 'not looked at: 5 records of streams and types beyond the first 1000';
    const dry = ['migrate', '--dry-run', '--baseline', 'few.ndjson', 'more.ndjson'];
    expect((await run(dry, { cwd: folder })).stdout).toContain(beyond);
    const { stdout } = await run([...dry, '--format', 'json'], { cwd: folder });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ beyond, explained: { records: 1000, of: 1005 } });
    expect(result.draft.rules[0].why).toContain(beyond);
  });
});

/** What the rule makes of a record; undefined where it does not apply. */
function made(record: object, patch: readonly object[]): string | undefined {
  const draft = { kind: 'evidence-migration', version: 1, upgrade: 'u', from: '1', to: '2', baseline: '0'.repeat(64) };
  const text = canonicalText(jsonFrom({ ...draft, rules: [{ name: 'r', match: {}, patch }] }));
  if (patch.length === 0) return canonicalText(jsonFrom(record));
  const [rule] = parseMigration(nodePlatform, utf8(text), () => new Uint8Array(0)).rules;
  try {
    return canonicalText(patched(jsonFrom(record), rule?.patch ?? []));
  } catch (fault) {
    if (fault instanceof MapMismatch) return undefined;
    throw fault;
  }
}

function differing(one: Json, other: Json): readonly string[] {
  const [was, is] = [leavesOf(one), leavesOf(other)];
  return [...new Set([...was.keys(), ...is.keys()])].filter((place) => !isSame(was.get(place), is.get(place)));
}

it('leaves no changed record unsaid: its rules make it what it is, or something of it is listed', () => {
  const value = fc.constantFrom(
    'a',
    'A',
    'a:b',
    'b',
    '1',
    '1.0',
    1,
    true,
    '2026-01-01T10:00:00+02:00',
    '2026-01-01T08:00:00Z',
  );
  const body = fc.dictionary(fc.constantFrom('k', 'l', 'm', 'n'), value, { maxKeys: 4 });
  fc.assert(
    fc.property(fc.array(fc.tuple(body, body), { minLength: 1, maxLength: 12 }), (pairs) => {
      const maker = new DraftMaker();
      const changed = pairs
        .map(
          ([was, is], at) =>
            [
              { id: `r${at}`, body: was },
              { id: `r${at}`, body: is },
            ] as const,
        )
        .filter(([was, is]) => canonicalText(jsonFrom(was)) !== canonicalText(jsonFrom(is)));
      for (const [was, is] of changed) {
        maker.add(
          's',
          't',
          () => parseJson(portable, utf8(JSON.stringify(was))),
          () => jsonFrom(is),
        );
      }
      const { rules, unexplained } = maker.draft();
      const patch = rules.flatMap((rule) => rule.patch);
      const listed = new Set(unexplained.map(({ pointer }) => pointer));
      const ruled = patch.flatMap(({ path, from }) => [path, ...(typeof from === 'string' ? [from] : [])]);
      for (const [was, is] of changed) {
        const result = made(was, patch);
        // Where the rule does not apply, one of its places is listed; else one in which the result is another one.
        const places = result === undefined ? ruled : differing(parseJson(portable, utf8(result)), jsonFrom(is));
        if (places.length > 0) expect(places.some((place) => listed.has(place))).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

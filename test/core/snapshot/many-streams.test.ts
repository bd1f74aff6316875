/** Tenants of many streams, whose summaries are kept as bytes, and trailers that are made smaller while they are read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { parseJson } from '../../../src/core/json/parse.ts';
import { compareUtf8 } from '../../../src/core/json/utf8.ts';
import { utf8 } from '../../../src/core/platform.ts';
import { byName, FEW_STREAMS, inStep } from '../../../src/core/snapshot/summary.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { readTrailer, requireTrailer } from '../../../src/wire/envelope.ts';
import { strictPlainOf } from '../../../src/wire/plain.ts';
import { auditText, compareTexts, countsOf } from '../../in-memory.ts';
import { runs } from '../../long.ts';
import { bodies, bundles, chained, ndjson, type PlainRecord, trailerOf } from '../../store.ts';

const named = (at: number): string => `s${String(at).padStart(5, '0')}é`;

/** One tenant of so many streams, every third of them a chain. */
function store(streams: number, tenant = 'acme'): readonly PlainRecord[] {
  return Array.from({ length: streams }, (_, at) => {
    const [stream, from] = [named(at), 3 * at];
    return at % 3 === 0 ? chained(bodies(2), { tenant, stream }) : bundles(1, { tenant, stream, from });
  }).flat();
}

const SIZES = [1, FEW_STREAMS, FEW_STREAMS + 1, 512, 513, 1100];

describe.each(SIZES)('a tenant of %i streams', (size) => {
  const records = [...store(size), ...store(2, 'b')];
  const text = ndjson(records);
  const { tenants } = trailerOf(records);

  it('has the summary of the reference, each time it is asked for, and in a copy', async () => {
    const { summary, findings } = await auditText(text);
    const [tenant] = summary?.tenants ?? [];
    expect(findings).toEqual([]);
    for (const one of [tenant, tenant, { ...tenant }, JSON.parse(JSON.stringify(tenant))]) {
      expect({ root: one?.root, streams: one?.streams }).toEqual({
        root: tenants[0]?.root,
        streams: tenants[0]?.streams,
      });
    }
  });

  it('is in the report with each of them', async () => {
    const report = await compareTexts(text, text);
    const sides = (tenants[0]?.streams ?? []).map(({ stream, ordered, size: is, root, head }) => {
      const side = { size: is, root, head };
      const at = ordered ? root : null;
      return { stream, ordered, relation: 'identical', baseline: side, current: side, rootAtBaselineSize: at };
    });
    expect([report.verdict, report.totals.matched]).toEqual(['PASS', records.length]);
    expect([report.tenants[0]?.streams, report.tenants[0]?.streams]).toEqual([sides, sides]);
    expect({ ...report.tenants[0] }).toEqual(JSON.parse(JSON.stringify(report.tenants[0])));
  });

  it('is in it with one that grew, and with one that lost a record', async () => {
    const more = [...store(size), ...store(3, 'b')];
    const grown = await compareTexts(text, ndjson(more));
    expect([grown.verdict, countsOf(grown)]).toEqual(['PASS', { 'record-added': 1 }]);
    const last = records.filter(({ tenant, stream }) => tenant === 'acme' && stream === named(size - 1));
    const lost = await compareTexts(text, ndjson(records.filter((record) => record !== last[0])));
    expect([lost.verdict, lost.tenants[0]?.relation]).toEqual(['FAIL', 'broken']);
    const relations = lost.tenants[0]?.streams.map(({ relation }) => relation);
    expect(relations).toEqual([...Array.from({ length: size - 1 }, () => 'identical'), 'broken']);
  });

  it('is in it with those that only one side has, each in its place', async () => {
    const without = (at: number): string =>
      ndjson(records.filter(({ tenant, stream }) => tenant !== 'acme' || stream !== named(at)));
    const [lost, added] = [size - 1, Math.floor(size / 2)];
    const { tenants: all } = await compareTexts(without(added), without(lost));
    const tenant = all.find((one) => one.tenant === 'acme');
    const found = tenant?.streams.map(({ stream, baseline, current }) => [stream, baseline !== null, current !== null]);
    const expected = Array.from({ length: size }, (_, at) => [named(at), at !== added, at !== lost]);
    expect(found).toEqual(size === 1 ? undefined : expected);
  });

  it('is held to each statement of its trailer', async () => {
    const { root = '' } = tenants[0]?.streams.at(-1) ?? {};
    const wrong = text.replace(`"root":"${root}"`, `"root":"${'0'.repeat(64)}"`);
    expect(wrong).not.toBe(text);
    for (const [baseline, current] of [
      [wrong, text],
      [text, wrong],
    ] as const) {
      const report = await compareTexts(baseline, current);
      expect([report.verdict, countsOf(report)]).toEqual(['FAIL', { 'manifest-mismatch': 1 }]);
      expect(report.findings[0]).toMatchObject({ tenant: 'acme', stream: named(size - 1) });
    }
  });
});

it('two lists gone through in step give what tables of their names give', () => {
  const list = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 2 }), { maxLength: 12 });
  const ordered = list.map((names) => names.sort(compareUtf8).map((name, at) => ({ name, at })));
  const nameOf = ({ name }: { readonly name: string }): string => name;
  fc.assert(
    fc.property(ordered, ordered, (was, is) => {
      expect([...inStep(was, is, nameOf)]).toEqual([...byName(was, is, nameOf)]);
      expect([...inStep(was, was, nameOf)]).toEqual(was.map((one) => [one.name, one, one]));
      const twice = [...is, ...is.slice(-1)];
      if (is.length > 0) expect(() => [...inStep(was, twice, nameOf)]).toThrow(RangeError);
    }),
    { numRuns: runs(500, 20_000, 250) },
  );
});

/* A trailer that is made smaller while it is read, against the form of the whole. */

const VALUES = ['', 'x', 1, -1, 1.5, true, null, [], {}, 'a'.repeat(64)] as const;

/** `json` with one of its values, or one of its members, another one. */
function altered(json: unknown, path: readonly number[], value: unknown): unknown {
  const [first = 0, ...rest] = path;
  if (typeof json !== 'object' || json === null || path.length === 0) return value;
  const entries = Object.entries(json);
  const at = first % (entries.length + 1);
  const [name, member] = entries[at] ?? ['extra', 0];
  const changed = Object.fromEntries([...entries, [name, altered(member, rest, value)]]);
  return Array.isArray(json) ? Object.values(changed) : changed;
}

function outcomeOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (fault) {
    if (fault instanceof EvidenceError) return `${fault.kind}: ${fault.message}`;
    throw fault;
  }
}

it('a trailer is read by its form, whatever is wrong with it', () => {
  const sound = trailerOf([...store(4), ...store(2, 'b')]);
  const path = fc.array(fc.nat(6), { minLength: 1, maxLength: 6 });
  let accepted = 0;
  fc.assert(
    fc.property(path, fc.constantFrom(...VALUES), (way, value) => {
      const bytes = utf8(JSON.stringify(altered(sound, way, value)));
      const plain = strictPlainOf(parseJson(nodePlatform, bytes));
      const isOther = (plain as { kind?: unknown } | null)?.kind !== sound.kind;
      const wanted = isOther ? undefined : outcomeOf(() => requireTrailer(plain));
      const found = outcomeOf(() => readTrailer(nodePlatform, bytes, 0, bytes.length));
      if (isOther) expect(found).toContain('input-truncated');
      else if (wanted !== undefined) expect(found).toBe(wanted);
      else {
        accepted++;
        const { kind: _, ...members } = plain as unknown as Record<string, unknown>;
        const asPlain = JSON.stringify(found, (__, one) => (one instanceof Map ? Object.fromEntries(one) : one));
        expect(JSON.parse(asPlain)).toEqual(members);
      }
    }),
    { numRuns: runs(400, 20_000, 200) },
  );
  expect(accepted).toBeGreaterThan(0);
});

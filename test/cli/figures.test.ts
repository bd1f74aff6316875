import { describe, expect, it } from 'vitest';
import { rootsJson, rootsText } from '../../src/cli/verbs/roots-export.ts';
import { statsJson, statsText } from '../../src/cli/verbs/stats.ts';
import type { SnapshotSummary } from '../../src/core/snapshot/summary.ts';

const hash = (digit: string): string => digit.repeat(64);

function summary(counts: readonly (readonly [string, number])[]): SnapshotSummary {
  const ordered = { stream: 's\n1', ordered: true, size: 2, root: hash('c'), head: hash('d'), firstSeq: 1, lastSeq: 2 };
  const unordered = { stream: 's2', ordered: false, size: 1, root: hash('e'), head: null };
  const tenant = {
    tenant: 'acme "x"',
    records: 3,
    root: hash('b'),
    counts: new Map(counts),
    streams: [ordered, unordered],
  };
  return { records: 3, globalRoot: hash('a'), tenants: [tenant] };
}

const ONE = summary([
  ['sbom', 2],
  ['attestation', 1],
]);
const SAME_IN_OTHER_ORDER = summary([
  ['attestation', 1],
  ['sbom', 2],
]);

describe('stats', () => {
  it('is one fact a line, in an order that does not depend on the store', () => {
    expect(statsText(ONE, false)).toBe(
      [
        'records 3',
        'tenants 1',
        'tenant "acme \\"x\\"" records 3 streams 2',
        'tenant "acme \\"x\\"" type "attestation" records 1',
        'tenant "acme \\"x\\"" type "sbom" records 2',
        '',
      ].join('\n'),
    );
    expect(statsText(SAME_IN_OTHER_ORDER, true)).toBe(statsText(ONE, true));
    expect(statsJson(SAME_IN_OTHER_ORDER, true)).toBe(statsJson(ONE, true));
  });

  it('orders types by their UTF-8 bytes', () => {
    const text = statsText(
      summary([
        ['\u{1f512}', 1],
        ['\uff5e', 1],
        ['B', 1],
        ['a', 1],
      ]),
      false,
    );
    expect([...text.matchAll(/type "(.*?)"/gu)].map((match) => match[1])).toEqual(['B', 'a', '\uff5e', '\u{1f512}']);
  });

  it('in detail has the streams and the roots, so that changed content shows', () => {
    const text = statsText(ONE, true);
    expect(text).toContain(`root ${hash('a')}\n`);
    expect(text).toContain(`stream "s\\n1" ordered size 2 seq 1..2 root ${hash('c')}\n`);
    expect(text).toContain(`stream "s2" unordered size 1 root ${hash('e')}\n`);
  });

  it('as JSON has the same facts', () => {
    expect(JSON.parse(statsJson(ONE, false))).toEqual({
      kind: 'evidence-stats',
      version: 1,
      records: 3,
      tenants: [
        {
          tenant: 'acme "x"',
          records: 3,
          counts: [
            { type: 'attestation', records: 1 },
            { type: 'sbom', records: 2 },
          ],
        },
      ],
    });
    expect(JSON.parse(statsJson(ONE, true))).toMatchObject({
      globalRoot: hash('a'),
      tenants: [{ streams: [{ size: 2 }, {}] }],
    });
  });
});

describe('roots-export', () => {
  it('is the document of kind evidence-roots, version 1', () => {
    expect(JSON.parse(rootsJson(ONE))).toEqual({
      kind: 'evidence-roots',
      version: 1,
      globalRoot: hash('a'),
      records: 3,
      tenants: [
        {
          tenant: 'acme "x"',
          records: 3,
          root: hash('b'),
          streams: [
            { stream: 's\n1', ordered: true, size: 2, root: hash('c'), head: hash('d') },
            { stream: 's2', ordered: false, size: 1, root: hash('e'), head: null },
          ],
        },
      ],
    });
  });

  it('as text is one root a line', () => {
    const lines = rootsText(ONE).split('\n');
    expect(lines[0]).toBe(`global root ${hash('a')} records 3`);
    expect(lines[2]).toBe(`tenant "acme \\"x\\"" stream "s\\n1" ordered root ${hash('c')} size 2 head ${hash('d')}`);
    expect(lines[3]).toContain('head none');
    expect(lines).toHaveLength(5);
  });
});

/** A capture reads once, writes what writeSnapshot would write, and leaves an old file alone unless it has a better one. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { writeSnapshot } from '../../src/api/capture-snapshot.ts';
import type { EvidenceSource } from '../../src/core/audit/evidence-source.ts';
import type { Depth } from '../../src/core/snapshot/header.ts';
import { captureSource, type SnapshotCapture } from '../../src/engine/capture.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { auditSnapshot, captureSnapshot, compareSnapshots, exportBundle } from '../../src/index.ts';
import { FileBytes } from '../../src/sources/bytes.ts';
import { SnapshotSource } from '../../src/sources/snapshot-source.ts';
import { put } from '../faults/files.ts';
import {
  bodies,
  bundles,
  chained,
  headerOf,
  LEDGER_RULE,
  LINKED_RULE,
  ndjson,
  type PlainRecord,
  trailerOf,
} from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const STORE = [...bundles(30), ...chained(bodies(40)), ...bundles(7, { tenant: 'globex', stream: 'x' })];
const SUBJECT = { system: 'test' };
const HEADER = { header: { subject: SUBJECT, capturedAt: '2027-03-01T10:00:00.000Z' }, chains: LEDGER_RULE };

let files = 0;
function file(content: string, name = `${++files}.ndjson`): string {
  return put(folder, name, content);
}

let bigFile: string | undefined;

/** One that takes so long to read that one is told of it more than once. */
function big(): string {
  bigFile ??= file(ndjson(bundles(20_000)));
  return bigFile;
}

/** A path under which there is an old file, which must stay as it is. */
function taken(name = `old-${++files}.json`): { readonly path: string; readonly isOld: () => boolean } {
  const path = put(folder, name, 'old');
  return { path, isOld: () => readFileSync(path, 'utf8') === 'old' };
}

const leftovers = (): readonly string[] => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

function kindsOf(capture: SnapshotCapture): readonly string[] {
  return Object.keys(capture.findingCounts);
}

describe('what is captured', () => {
  it('has in its header what the source states, and no member that it does not', async () => {
    const plain = join(folder, 'plain.ndjson');
    await captureSnapshot(file(ndjson(bundles(2))), plain, { depth: 'full' });
    const header = JSON.parse(readFileSync(plain, 'utf8').split('\n')[0] ?? '') as object;
    expect(Object.keys(header)).toEqual([
      'canonical',
      'capturedAt',
      'depth',
      'hash',
      'kind',
      'subject',
      'tool',
      'tree',
      'version',
    ]);
    const [first, ...rest] = chained(bodies(3)).map((record, at): PlainRecord => {
      const { body: _, ...bare } = record;
      return at === 0 ? { ...bare, bodyDigest: `sha256:${record.hash}` } : record;
    }) as [PlainRecord, ...PlainRecord[]];
    const chains = { 'ledger/*': { recipe: 'sha256-jcs-body', gaps: 'allowed' } };
    const text = ndjson([first, ...rest], {
      header: { digestOnly: 1 },
      chains,
      trailer: trailerOf(chained(bodies(3))),
    });
    const full = join(folder, 'digest-only.ndjson');
    expect((await captureSnapshot(file(text), full, { depth: 'full' })).verdict).toBe('PASS');
    expect(JSON.parse(readFileSync(full, 'utf8').split('\n')[0] ?? '')).toMatchObject({
      digestOnly: 1,
      chains: { 'ledger/*': { gaps: 'allowed' } },
    });
    expect((await auditSnapshot(full)).verdict).toBe('PASS');
    const { verdict, findings } = await exportBundle(full, join(folder, 'bundle'));
    expect([verdict, existsSync(join(folder, 'bundle'))]).toEqual(['INCOMPLETE', false]);
    expect(findings).toMatchObject([
      { message: expect.stringMatching(/a bundle needs every body; export from the store itself$/) },
    ]);
  });

  const source = file(ndjson(STORE, HEADER));
  // The same store as another program may write it: members in another order, with white space.
  const respelled = file(
    [
      headerOf(HEADER),
      ...STORE.map((record) => Object.fromEntries(Object.entries(record).toReversed())),
      trailerOf(STORE),
    ]
      .map((line) => `${JSON.stringify(line).replaceAll('":', '" : ')}\n`)
      .join(''),
  );

  const cases = (['digest', 'full', 'summary'] as const).flatMap((depth) =>
    (['json', 'ndjson', 'json.gz', 'ndjson.gz'] as const).flatMap((ending) =>
      [true, false].filter((roots) => roots || depth !== 'summary').map((roots) => ({ depth, ending, roots })),
    ),
  );

  it.each(cases)('at depth $depth as .$ending with roots $roots has the bytes of writeSnapshot', async (given) => {
    const { depth, ending, roots } = given;
    const expected = join(folder, `expected.${ending}`);
    const captured = join(folder, `captured.${ending}`);
    const { capturedAt, subject } = HEADER.header;
    await writeSnapshot(expected, STORE, { depth, roots, subject, capturedAt, chains: LEDGER_RULE });
    for (const from of [source, respelled]) {
      const capture = await captureSnapshot(from, captured, { depth, roots });
      expect([capture.verdict, capture.findings, capture.hidden]).toEqual(['PASS', [], []]);
      expect(readFileSync(captured).equals(readFileSync(expected))).toBe(true);
      expect(capture.written).toMatchObject({ path: captured, depth, roots, bytes: readFileSync(captured).length });
      expect(capture.summary?.globalRoot).toBe(trailerOf(STORE).globalRoot);
    }
    const again = await auditSnapshot(captured);
    expect([again.verdict, again.sha256]).toEqual([
      'PASS',
      (await captureSnapshot(source, captured, { depth, roots })).written?.sha256,
    ]);
    if (ending.endsWith('.gz')) expect(gunzipSync(readFileSync(captured)).length).toBeGreaterThan(100);
  });

  it('without a depth holds digests, and is a baseline of the store', async () => {
    const captured = join(folder, 'baseline.ndjson');
    expect((await captureSnapshot(source, captured)).written?.depth).toBe('digest');
    expect(readFileSync(captured, 'utf8')).not.toContain('"body":');
    const report = await compareSnapshots(captured, source, { mode: 'frozen' });
    expect([report.verdict, report.relation, report.totals.matched]).toEqual(['PASS', 'identical', STORE.length]);
  });

  it('keeps a subject as it is, numbers that no double holds and all', async () => {
    const subject =
      '{"system":"a","id":7423012345678901000,"exact":7423012345678901234,"ratio":0.1,"list":[1e21,null]}';
    const text = ndjson(STORE, HEADER).replace('{"system":"test"}', subject);
    const captured = join(folder, 'subject.ndjson');
    expect((await captureSnapshot(file(text), captured)).verdict).toBe('PASS');
    const [was, is] = [await auditSnapshot(file(text)), await auditSnapshot(captured)];
    expect(is.header?.subject).toEqual(was.header?.subject);
    expect(is.header).toMatchObject({ capturedAt: HEADER.header.capturedAt, chains: was.header?.chains });
  });

  it('says when it was captured where the source does not', async () => {
    const captured = join(folder, 'dated.ndjson');
    await captureSnapshot(file(ndjson(STORE)), captured);
    const { header } = await auditSnapshot(captured);
    expect(Math.abs(Date.parse(header?.capturedAt ?? '') - Date.now())).toBeLessThan(60_000);
    expect(header?.tool).toMatch(/^evidence-diff\//);
  });

  it('is only audited if no file is wanted', async () => {
    const capture = await captureSnapshot(source, undefined);
    expect([capture.written, capture.hidden]).toEqual([null, []]);
    expect(capture).toMatchObject(await auditSnapshot(source));
  });

  it('does not depend on how the bytes come, and is told of while it goes on', async () => {
    const captured = join(folder, 'big.ndjson');
    const seen: number[] = [];
    const { written } = await captureSnapshot(big(), captured, {
      onProgress: ({ records }) => seen.push(records),
    });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    const report = await compareSnapshots(captured, big(), { mode: 'frozen' });
    expect([report.verdict, report.baseline.sha256]).toEqual(['PASS', written?.sha256]);
  });
});

describe('an old file stays, and nothing else is left behind,', () => {
  const whole = ndjson(STORE, HEADER);

  it.each<readonly [string, string, string]>([
    ['cut in a record', whole.slice(0, whole.length / 2), 'input-truncated'],
    ['cut before its trailer', `${whole.split('\n').slice(0, -2).join('\n')}\n`, 'input-truncated'],
    ['cut in its header', whole.slice(0, 40), 'input-truncated'],
    ['no JSON in its middle', whole.replace('"b000010"', '"b0'), 'input-malformed'],
    ['empty', '', 'input-malformed'],
    ['without a record', ndjson([], HEADER), 'empty-current'],
  ])('if the source is %s', async (_, text, kind) => {
    for (const name of [`old-${++files}.json`, `old-${files}.ndjson.gz`]) {
      const { path, isOld } = taken(name);
      const capture = await captureSnapshot(file(text), path);
      expect([capture.verdict, capture.written]).toEqual(['INCOMPLETE', null]);
      expect(kindsOf(capture)).toContain(kind);
      expect([isOld(), leftovers()]).toEqual([true, []]);
    }
  });

  it('if the source is not there, or changes while it is read', async () => {
    const gone = taken();
    expect((await captureSnapshot(join(folder, 'nowhere'), gone.path)).verdict).toBe('INCOMPLETE');
    const changing = taken();
    const source = file(readFileSync(big(), 'utf8'));
    let changed = false;
    const onProgress = (): void => {
      if (!changed) writeFileSync(source, whole);
      changed = true;
    };
    const capture = await captureSnapshot(source, changing.path, { onProgress });
    expect([capture.verdict, capture.written]).toEqual(['INCOMPLETE', null]);
    expect([gone.isOld(), changing.isOld(), leftovers()]).toEqual([true, true, []]);
  });

  it.each<readonly [Depth, Depth]>([
    ['digest', 'full'],
    ['summary', 'full'],
    ['summary', 'digest'],
  ])('if a source of depth %s is to be written at depth %s', async (has, wanted) => {
    const { path, isOld } = taken();
    const capture = await captureSnapshot(file(ndjson(STORE, { ...HEADER, depth: has })), path, { depth: wanted });
    expect([capture.verdict, kindsOf(capture), capture.written, isOld()]).toEqual([
      'INCOMPLETE',
      ['source-incomplete'],
      null,
      true,
    ]);
    expect(capture.findings[0]?.message).toContain(`depth ${has} does not hold what one of depth ${wanted} needs`);
  });

  it('if it is interrupted, at any moment', async () => {
    const source = big();
    for (const after of [0, 1, 2]) {
      const { path, isOld } = taken();
      const controller = new AbortController();
      let updates = 0;
      if (after === 0) controller.abort();
      const onProgress = (): void => {
        if (++updates === after) controller.abort();
      };
      const capture = await captureSnapshot(source, path, { signal: controller.signal, onProgress });
      expect([capture.verdict, kindsOf(capture), capture.written]).toEqual(['INCOMPLETE', ['interrupted'], null]);
      expect([isOld(), leftovers()]).toEqual([true, []]);
    }
  });

  it.each(['open', 'fill'] as const)('if it is interrupted while %s waits for ever', async (method) => {
    const { path, isOld } = taken();
    const real = new SnapshotSource(new FileBytes(file(whole)), { platform: nodePlatform });
    const source = new Proxy({} as EvidenceSource, {
      get: (_, name) => {
        if (name === method) return () => new Promise(() => {});
        const value: unknown = Reflect.get(real, name, real);
        return typeof value === 'function' ? value.bind(real) : value;
      },
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const capture = await captureSource(source, path, { signal: controller.signal });
    await real.close();
    expect([capture.verdict, kindsOf(capture), capture.written]).toEqual(['INCOMPLETE', ['interrupted'], null]);
    expect([isOld(), leftovers()]).toEqual([true, []]);
  });

  it('if the file cannot be written', async () => {
    mkdirSync(join(folder, 'folder.json'));
    for (const path of [join(folder, 'folder.json'), join(folder, 'no/such/folder.json'), '/dev/full']) {
      const capture = await captureSnapshot(file(whole), path);
      expect([capture.verdict, kindsOf(capture), capture.written]).toEqual([
        'INCOMPLETE',
        ['report-write-failed'],
        null,
      ]);
      expect(capture.findings[0]?.message).toContain(path);
    }
    expect(leftovers()).toEqual([]);
  });
});

describe('unsound evidence', () => {
  const ledger = chained(bodies(6));
  const edit = (
    at: number,
    change: Partial<PlainRecord>,
    records: readonly PlainRecord[] = ledger,
  ): readonly PlainRecord[] => records.map((record, index) => (index === at ? { ...record, ...change } : record));
  const zeros = `sha256:${'0'.repeat(64)}`;

  it.each<readonly [string, readonly PlainRecord[]]>([
    ['hash-mismatch', edit(2, { body: { n: 99 } })],
    ['chain-break', edit(3, { prev: 'f'.repeat(64) })],
    ['chain-genesis-changed', edit(0, { prev: 'f'.repeat(64) })],
    ['hash-malformed', edit(5, { hash: 'AB' })],
    ['seq-gap', [...ledger.slice(0, 2), ...ledger.slice(3)]],
    ['duplicate-id', [...bundles(2), ...bundles(1, { from: 1 })]],
    ['record-reordered', bundles(3).toReversed()],
  ])('%s: is FAIL, is written, and the snapshot shows it again', async (kind, records) => {
    const source = file(ndjson(records, { chains: LEDGER_RULE }));
    for (const depth of ['digest', 'full'] as const) {
      const path = join(folder, `unsound-${++files}.json`);
      const capture = await captureSnapshot(source, path, { depth });
      expect([capture.verdict, kindsOf(capture)]).toEqual(['FAIL', expect.arrayContaining([kind])]);
      expect(capture.written?.depth).toBe(depth);
      const again = await auditSnapshot(path);
      expect([again.verdict, again.findingCounts]).toEqual(['FAIL', capture.findingCounts]);
    }
  });

  it.each<readonly [string, string, readonly Depth[]]>([
    ['body-digest-mismatch', ndjson(edit(1, { bodyDigest: zeros }, bundles(3))), ['digest', 'summary']],
    [
      'manifest-mismatch',
      ndjson(STORE, { trailer: { ...trailerOf(STORE), records: 1 } }),
      ['digest', 'full', 'summary'],
    ],
    [
      'hash-mismatch',
      ndjson(edit(5, { hash: 'f'.repeat(64) }, chained(bodies(6), { recipe: 'sha256-prev-body' })), {
        chains: LINKED_RULE,
      }),
      ['digest', 'summary'],
    ],
    ['seq-gap', ndjson([...ledger.slice(0, 2), ...ledger.slice(3)], { chains: LEDGER_RULE }), ['summary']],
  ])('%s: is FAIL, and is not written at a depth that would no longer show it', async (kind, text, hiding) => {
    for (const depth of ['digest', 'full', 'summary'] as const) {
      const { path, isOld } = taken();
      const capture = await captureSnapshot(file(text), path, { depth });
      expect([capture.verdict, kindsOf(capture)]).toEqual(['FAIL', expect.arrayContaining([kind])]);
      expect([isOld(), capture.written === null, capture.hidden.includes(kind as never)]).toEqual(
        hiding.includes(depth) ? [true, true, true] : [false, false, false],
      );
      // Never does unsound evidence come out sound.
      if (!isOld()) expect((await auditSnapshot(path)).verdict).toBe('FAIL');
    }
  });

  it('is FAIL also where the snapshot could not be put in its place', async () => {
    const source = file(ndjson(edit(2, { body: { n: 99 } }), { chains: LEDGER_RULE }));
    const path = join(folder, 'becomes-a-folder.json');
    const capture = await captureSnapshot(source, path, { onProgress: () => mkdirSync(path, { recursive: true }) });
    expect([capture.verdict, capture.written]).toEqual(['FAIL', null]);
    expect(kindsOf(capture)).toEqual(['hash-mismatch', 'report-write-failed']);
    expect(leftovers()).toEqual([]);
  });
});

describe('a mistake of the caller', () => {
  it('is a summary without roots: it would prove nothing', async () => {
    const path = join(folder, 'never.json');
    await expect(captureSnapshot(file(ndjson(STORE)), path, { depth: 'summary', roots: false })).rejects.toThrow(
      TypeError,
    );
    expect(existsSync(path)).toBe(false);
  });
});

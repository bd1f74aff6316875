/** An export gives a whole bundle or none, the same bytes each time, and replaces nothing. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyBundle } from '../../src/api/bundles.ts';
import { openSource } from '../../src/api/open-source.ts';
import { verifyProof } from '../../src/api/verify-proof.ts';
import { exportSource } from '../../src/bundle/write.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { syncTree } from '../../src/files/sync-folder-tree.ts';
import { auditSnapshot, compareSnapshots, exportBundle } from '../../src/index.ts';
import { FileBytes } from '../../src/sources/bytes.ts';
import { SnapshotSource } from '../../src/sources/snapshot-source.ts';
import { bundleOf, filesOf, listing } from '../bundles.ts';
import { recordProofText, recordsOf, textOf } from '../core/proof/stores.ts';
import { put } from '../faults/files.ts';
import { runs } from '../long.ts';
import {
  bodies,
  bundles,
  chained,
  LEDGER_RULE,
  ndjson,
  type PlainRecord,
  referenceCanonical,
  referenceDigest,
  referenceLeaf,
  sha256,
  trailerOf,
} from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const WRITER = fileURLToPath(new URL('writer-of-bundles.mjs', import.meta.url));
const STORE = [...bundles(30), ...chained(bodies(20)), ...bundles(7, { tenant: 'globex', stream: 'x' })];

let names = 0;
const fresh = (): string => join(folder, `bundle-${++names}`);
const file = (content: string): string => put(folder, `${++names}.ndjson`, content);
const place = (): string => mkdtempSync(join(folder, 'place-'));
const PROVEN = { includeProofs: true };
const snapshotAt = (path: string): SnapshotSource =>
  new SnapshotSource(new FileBytes(path), { platform: nodePlatform });

describe('a bundle that was exported', () => {
  const source = file(ndjson(STORE, { chains: LEDGER_RULE }));

  it('holds every body once under its digest, and the snapshot of depth digest', async () => {
    const target = await bundleOf(source, fresh());
    const digests = [...new Set(STORE.map(({ body }) => referenceDigest(body).slice('sha256:'.length)))].sort();
    expect(filesOf(target)).toEqual(
      [
        ...digests.map((d) => `bodies/${d.slice(0, 2)}/${d.slice(2)}.json`),
        'SHA256SUMS',
        'manifest.json',
        'snapshot.ndjson',
      ].sort(),
    );
    const manifest = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')) as Record<string, unknown>;
    const { globalRoot, records } = trailerOf(STORE);
    expect(manifest).toMatchObject({ kind: 'evidence-bundle', version: 1, globalRoot, records });
    expect(manifest['bodies']).toMatchObject({ count: digests.length });
  });

  it('is the same to the byte each time, names and modes as well, and when it is made of a bundle', async () => {
    const first = await bundleOf(source, fresh());
    const second = await bundleOf(source, fresh());
    const third = await bundleOf(first, fresh());
    expect(listing(second)).toEqual(listing(first));
    expect(listing(third)).toEqual(listing(first));
  });

  it('read back has the roots, counts and records of its source, for any store (property)', async () => {
    const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
    const hostile = fc.constantFrom(
      '../../etc/passwd',
      '/abs',
      'a\\b',
      'nul\0',
      'con',
      '.',
      '..',
      '\u202e',
      'A',
      'a',
      'é',
      'e\u0301',
    );
    const record = fc.record({ id: fc.oneof(text, hostile), body: fc.jsonValue({ maxDepth: 2 }) });
    const streams = fc.uniqueArray(
      fc.record({
        tenant: fc.oneof(fc.constantFrom('a', '../b'), text),
        stream: fc.oneof(text, hostile),
        records: fc.uniqueArray(record, { selector: ({ id }) => id, minLength: 1, maxLength: 6 }),
      }),
      { selector: ({ tenant, stream }) => JSON.stringify([tenant, stream]), minLength: 1, maxLength: 4 },
    );
    const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
    await fc.assert(
      fc.asyncProperty(streams, async (made) => {
        const store: PlainRecord[] = made
          .flatMap(({ tenant, stream, records }) => records.map((of) => ({ tenant, stream, type: 't', ...of })))
          .sort((a, b) => byBytes(a.tenant, b.tenant) || byBytes(a.stream, b.stream) || byBytes(a.id, b.id));
        // Lone surrogates and -0 are other tests' business: here is what JSON.stringify writes.
        const from = file(
          ndjson(JSON.parse(JSON.stringify(store)) as PlainRecord[], {
            trailer: { kind: 'evidence-snapshot-trailer', records: store.length, tenants: [] },
          }),
        );
        const audit = await auditSnapshot(from);
        if (Object.keys(audit.findingCounts).some((kind) => kind !== 'manifest-mismatch')) return;
        const sound = join(folder, `${++names}-sound.ndjson`);
        writeFileSync(
          sound,
          readFileSync(from, 'utf8').replace(/\n[^\n]*\n$/, () => `\n${trailerText(audit)}\n`),
        );
        const target = await bundleOf(sound, fresh());
        for (const path of filesOf(target))
          expect(path).toMatch(
            /^(manifest\.json|SHA256SUMS|snapshot\.ndjson|bodies\/[0-9a-f]{2}\/[0-9a-f]{62}\.json)$/,
          );
        const found = await verifyBundle(target);
        expect([found.verdict, found.summary]).toEqual(['PASS', audit.summary]);
        expect((await compareSnapshots(sound, target, { mode: 'frozen' })).verdict).toBe('PASS');
        rmSync(target, { recursive: true });
      }),
      { numRuns: runs(8, 500, 4) },
    );
  });

  it('shows where a body has changed, beside a snapshot with bodies and beside another bundle', async () => {
    const before = await bundleOf(source, fresh());
    const later = STORE.map((record) =>
      record.id === 'b000003' ? { ...record, body: { name: 'forged', of: 'acme' } } : record,
    );
    const forged = file(ndjson(later, { chains: LEDGER_RULE }));
    for (const current of [forged, await bundleOf(forged, fresh())]) {
      const report = await compareSnapshots(before, current);
      const [finding] = report.findings.filter(({ kind }) => kind === 'record-modified');
      expect([report.verdict, finding?.path, finding?.baseline, finding?.current]).toEqual([
        'FAIL',
        '/body/name',
        'b000003',
        'forged',
      ]);
    }
  });
});

/** A trailer that states what an audit has recomputed. */
function trailerText({ summary }: Awaited<ReturnType<typeof auditSnapshot>>): string {
  const tenants = summary?.tenants.map((tenant) => ({ ...tenant, counts: Object.fromEntries(tenant.counts) }));
  return JSON.stringify({
    kind: 'evidence-snapshot-trailer',
    records: summary?.records,
    globalRoot: summary?.globalRoot,
    tenants,
  });
}

describe('a bundle with proofs', () => {
  // Streams of sizes around powers of two, sets and chains, in tenants with one stream and with many.
  const store = recordsOf([
    { sets: [1, 2, 3, 4, 5], chains: [6, 7, 8] },
    { sets: [9, 15], chains: [16, 17, 1] },
    { sets: [1], chains: [] },
  ]);
  const source = file(textOf(store));
  const { globalRoot } = trailerOf(store);
  const proofsIn = (target: string) => filesOf(target).filter((path) => path.startsWith('proofs/'));

  it('has for every record what prove writes for it, under its leaf hash, and verify-proof passes it', async () => {
    const target = await bundleOf(source, fresh(), PROVEN);
    const leaves = store.map(referenceLeaf);
    expect(proofsIn(target)).toEqual(leaves.map((leaf) => `proofs/${leaf.slice(0, 2)}/${leaf.slice(2)}.json`).sort());
    for (const record of store) {
      const leaf = referenceLeaf(record);
      const path = join(target, 'proofs', leaf.slice(0, 2), `${leaf.slice(2)}.json`);
      expect(readFileSync(path, 'utf8')).toBe(await recordProofText(textOf(store), record));
      const check = await verifyProof(path, { roots: [globalRoot] });
      expect([check.verdict, check.findings]).toEqual(['PASS', []]);
      expect((await verifyProof(path, { roots: [leaf] })).verdict).toBe('UNTRUSTED');
    }
  });

  it('is what it would be without, and the proofs: same bytes each time, also made of a bundle', async () => {
    const [plain, first, second] = [await bundleOf(source, fresh()), fresh(), fresh()];
    await bundleOf(source, first, PROVEN);
    expect(listing(await bundleOf(source, second, PROVEN))).toEqual(listing(first));
    expect(listing(await bundleOf(first, fresh(), PROVEN))).toEqual(listing(first));
    expect(listing(await bundleOf(first, fresh()))).toEqual(listing(plain));
    expect(await exportBundle(source, fresh(), PROVEN)).toMatchObject({
      verdict: 'PASS',
      written: { proofs: { count: store.length } },
    });
    expect((await exportBundle(source, fresh())).written?.proofs).toBeNull();
    for (const target of [plain, first]) {
      const bytesOf = (path: string): Buffer => readFileSync(join(target, path));
      const all = filesOf(target);
      const listed = all.filter((path) => !['manifest.json', 'SHA256SUMS'].includes(path));
      const totals = (inside: string) => {
        const files = all.filter((path) => path.startsWith(`${inside}/`));
        return { count: files.length, bytes: files.reduce((sum, path) => sum + bytesOf(path).length, 0) };
      };
      const stated = (path: string) => ({ path, bytes: bytesOf(path).length, sha256: sha256(bytesOf(path)) });
      const { tenants, records } = trailerOf(store);
      // To the byte: whoever reads bundles of before must find nothing else in one without proofs.
      expect(bytesOf('SHA256SUMS').toString()).toBe(
        listed.map((path) => `${sha256(bytesOf(path))}  ${path}\n`).join(''),
      );
      const manifest = {
        kind: 'evidence-bundle',
        version: 1,
        records,
        globalRoot,
        tenants: tenants.map(({ tenant, records: own, root }) => ({ tenant, records: own, root })),
        bodies: totals('bodies'),
        ...(target === first ? { proofs: totals('proofs') } : {}),
        snapshot: stated('snapshot.ndjson'),
        checksums: stated('SHA256SUMS'),
      };
      expect(bytesOf('manifest.json').toString()).toBe(`${referenceCanonical(manifest)}\n`);
    }
    const withoutProofs = (target: string) =>
      listing(target).filter((line) => !/^(proofs\/|manifest\.json|SHA256SUMS)/.test(line));
    expect(withoutProofs(first)).toEqual(withoutProofs(plain));
  });

  it('is a baseline and a current side as any other', async () => {
    const target = await bundleOf(source, fresh(), PROVEN);
    for (const [was, is] of [
      [target, source],
      [source, target],
      [target, await bundleOf(source, fresh(), PROVEN)],
    ] as const) {
      const { verdict, findings } = await compareSnapshots(was, is, { mode: 'frozen' });
      expect([verdict, findings]).toEqual(['PASS', []]);
    }
  });

  it('that was broken off among its proofs is none, and is taken up to the same bytes', async () => {
    const here = place();
    const controller = new AbortController();
    const stopping = (path: string) => {
      controller.abort();
      return snapshotAt(path);
    };
    const opened = await openSource(source);
    const cut = await exportSource(
      opened.source,
      join(here, 'b'),
      { readBack: verifyBundle, snapshotAt: stopping },
      { ...PROVEN, signal: controller.signal },
    );
    expect([cut.verdict, cut.written, Object.keys(cut.findingCounts)]).toEqual(['INCOMPLETE', null, ['interrupted']]);
    mkdirSync(join(cut.unfinished ?? '', 'proofs', '00'), { recursive: true });
    writeFileSync(join(cut.unfinished ?? '', 'proofs', '00', 'old'), 'x');
    const resumed = await exportBundle(source, join(here, 'b'), { ...PROVEN, resume: true });
    expect([resumed.verdict, resumed.takenOver]).toEqual(['PASS', resumed.written?.bodies]);
    expect(listing(join(here, 'b'))).toEqual(listing(await bundleOf(source, fresh(), PROVEN)));
    expect(readdirSync(here)).toEqual(['b']);
  });

  it('is none if the snapshot is read back with other records, or too few', async () => {
    const forged = store.map((record, at) => (at === 20 ? { ...record, body: 'forged' } : record));
    const liesOf = (records: readonly PlainRecord[]): string =>
      file(ndjson(records, { depth: 'digest', chains: LEDGER_RULE }));
    // The one that goes ahead, the one that has the texts, or both.
    for (const [ahead, behind] of [
      [liesOf(forged), liesOf(forged)],
      [liesOf(store), liesOf(forged)],
      [liesOf(store), liesOf(store.slice(0, -1))],
      [liesOf(store.slice(0, -1)), liesOf(store)],
    ] as const) {
      const here = place();
      const opened = await openSource(source);
      const given = [ahead, behind];
      const readers = { readBack: verifyBundle, snapshotAt: () => snapshotAt(given.shift() ?? '') };
      const result = await exportSource(opened.source, join(here, 'b'), readers, PROVEN);
      expect([result.verdict, result.written]).toEqual(['INCOMPLETE', null]);
      expect(result.findings[0]?.message).toContain('the snapshot has other records');
      expect(readdirSync(here).filter((name) => !isPartial(name))).toEqual([]);
    }
  });
});

describe('what is no source of a bundle', () => {
  it.each([
    ['depth digest', ndjson(STORE, { depth: 'digest' }), 'INCOMPLETE', 'source-incomplete'],
    ['a summary', ndjson(STORE, { depth: 'summary' }), 'INCOMPLETE', 'source-incomplete'],
    ['nothing in it', ndjson([]), 'INCOMPLETE', 'empty-current'],
    ['an end that is missing', ndjson(STORE).slice(0, -30), 'INCOMPLETE', 'input-truncated'],
    ['a broken chain', ndjson([...chained(bodies(3))].toSpliced(1, 1)), 'FAIL', 'chain-break'],
    [
      'a trailer that lies',
      ndjson(STORE, { trailer: { ...trailerOf(STORE), records: 1 } }),
      'FAIL',
      'manifest-mismatch',
    ],
  ])('%s: nothing is written', async (_, text, verdict, kind) => {
    const here = place();
    const result = await exportBundle(file(text), join(here, 'b'));
    expect([result.verdict, result.written]).toEqual([verdict, null]);
    expect(Object.keys(result.findingCounts)).toContain(kind);
    expect(existsSync(join(here, 'b'))).toBe(false);
    if (verdict === 'FAIL') expect(readdirSync(here)).toEqual([]);
  });
});

describe('what is at the target', () => {
  const source = file(ndjson(STORE));

  it('stays as it is: a folder with something in it, a file, a link', async () => {
    const here = place();
    mkdirSync(join(here, 'folder'));
    writeFileSync(join(here, 'folder', 'x'), 'precious');
    writeFileSync(join(here, 'file'), 'precious');
    symlinkSync(join(here, 'nowhere'), join(here, 'link'));
    const was = listing(here);
    for (const name of ['folder', 'file', 'link', 'no/such', '.', '..', 'file/x']) {
      const result = await exportBundle(source, join(here, name));
      expect([name, result.verdict, Object.keys(result.findingCounts)]).toEqual([
        name,
        'INCOMPLETE',
        ['report-write-failed'],
      ]);
    }
    expect(listing(here)).toEqual(was);
  });

  it('is not even replaced by the same bundle, with resume or without', async () => {
    const target = await bundleOf(source, fresh());
    const was = listing(target);
    for (const resume of [true, false]) expect((await exportBundle(source, target, { resume })).written).toBeNull();
    expect(listing(target)).toEqual(was);
  });

  it('may be an empty folder, and its name may end in a slash', async () => {
    const target = fresh();
    mkdirSync(target);
    expect((await exportBundle(source, `${target}//`)).verdict).toBe('PASS');
    expect((await verifyBundle(target)).verdict).toBe('PASS');
  });
});

describe('a tree that is synced', () => {
  it('is synced one file after another where the system has no better way', async () => {
    const target = await bundleOf(file(ndjson(STORE)), fresh());
    await syncTree(target, target, async () => false);
    await expect(syncTree(target, join(target, 'gone'), async () => false)).rejects.toMatchObject({
      kind: 'report-write-failed',
    });
  });
});

const isPartial = (name: string): boolean => /^\.b\.[0-9]+-[0-9a-f]{16}\.partial$/.test(name);

describe('an export that was broken off', () => {
  const many = [...bundles(400), ...chained(bodies(200))];
  const source = file(ndjson(many));

  it('by a signal keeps what was done, and a later one takes it over: the same bytes', async () => {
    const whole = listing(await bundleOf(source, fresh()));
    const here = place();
    const controller = new AbortController();
    const cut = await exportBundle(source, join(here, 'b'), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect([cut.verdict, existsSync(join(here, 'b'))]).toEqual(['INCOMPLETE', false]);
    expect(cut.unfinished).not.toBeNull();
    // What lies there is not believed: neither cut, nor changed, nor foreign.
    const kept = filesOf(cut.unfinished ?? '').filter((path) => path.startsWith('bodies/'));
    const [one = '', two = ''] = kept;
    truncateSync(join(cut.unfinished ?? '', one), 3);
    writeFileSync(
      join(cut.unfinished ?? '', two),
      readFileSync(join(cut.unfinished ?? '', two))
        .toString()
        .replace('{', '['),
    );
    writeFileSync(join(cut.unfinished ?? '', 'bodies', 'foreign'), 'x');
    const resumed = await exportBundle(source, join(here, 'b'), { resume: true });
    expect([resumed.verdict, resumed.resumed, resumed.takenOver]).toEqual(['PASS', true, kept.length - 2]);
    expect(listing(join(here, 'b'))).toEqual(whole);
    expect(readdirSync(here)).toEqual(['b']);
  });

  it('leaves no body behind that the store no longer has', async () => {
    const here = place();
    const cut = await exportBundle(file(`${ndjson(bundles(50)).slice(0, -9)}`), join(here, 'b'));
    expect(cut.unfinished).not.toBeNull();
    const later = file(ndjson(bundles(20)));
    expect(await exportBundle(later, join(here, 'b'), { resume: true })).toMatchObject({
      verdict: 'PASS',
      takenOver: 20,
    });
    expect(listing(join(here, 'b'))).toEqual(listing(await bundleOf(later, fresh())));
  });

  it('is cleared away by the next one that does not ask for it', async () => {
    const here = place();
    await exportBundle(file(`${ndjson(bundles(50)).slice(0, -9)}`), join(here, 'b'));
    expect(readdirSync(here).filter(isPartial)).toHaveLength(1);
    expect((await exportBundle(source, join(here, 'b'))).takenOver).toBe(0);
    expect(readdirSync(here)).toEqual(['b']);
  });

  it('G08, G16: killed at random moments leaves no bundle or a whole one, and is taken up to the same bytes', async () => {
    const small = file(ndjson([...bundles(40), ...chained(bodies(20))]));
    // Every other one with proofs.
    const whole = [listing(await bundleOf(small, fresh())), listing(await bundleOf(small, fresh(), PROVEN))];
    const runAt = (here: string, kill = 1): readonly string[] =>
      [WRITER, small, join(here, 'b'), 'resume'].concat(kill % 2 === 1 ? 'proofs' : []);
    const startMs = performance.now();
    spawnSync(process.execPath, runAt(place()));
    const tookMs = performance.now() - startMs;
    let cut = 0;
    for (let kill = 0; kill < runs(3, 200) || (cut === 0 && kill < 1000); kill++) {
      const here = place();
      // Each third is killed again while it takes up what the first has left.
      for (let again = 0; again <= Number(kill % 3 === 0); again++) {
        const child = spawn(process.execPath, runAt(here, kill), { stdio: 'ignore' });
        const ended = once(child, 'close');
        await Promise.race([wait(tookMs * (0.5 + 0.6 * Math.random())), ended]);
        child.kill('SIGKILL');
        await ended;
      }
      const left = readdirSync(here);
      expect(left.filter((name) => name !== 'b' && !isPartial(name))).toEqual([]);
      cut += left.filter(isPartial).length;
      if (!left.includes('b')) {
        const again = { resume: true, includeProofs: kill % 2 === 1 };
        expect((await exportBundle(small, join(here, 'b'), again)).verdict).toBe('PASS');
        expect(readdirSync(here)).toEqual(['b']);
      }
      expect(listing(join(here, 'b'))).toEqual(whole[kill % 2]);
      rmSync(here, { recursive: true });
    }
    expect(cut, 'kills that fell into an export').toBeGreaterThan(0);
  }, 300_000);

  const asRoot = ['--user', '--map-root-user', '--mount', 'sh', '-c'];
  const canMount = spawnSync('unshare', [...asRoot, 'mount -t tmpfs none /mnt']).status === 0;
  it.skipIf(!canMount)(
    'G09: by a full disk says so, and leaves no bundle (skipped where nothing can be mounted)',
    () => {
      for (const size of ['nr_inodes=50', 'size=400k', 'size=1600k']) {
        const script = `mount -t tmpfs -o ${size} none "$0" && { "$1" "$2" "$3" "$0/b"; ls "$0"; }`;
        const full = spawnSync('unshare', [...asRoot, script, place(), process.execPath, WRITER, source], {
          encoding: 'utf8',
        });
        expect(full.stdout, size).toMatch(/^INCOMPLETE .*\(ENOSPC\); free some space.* kept\n$/);
      }
    },
  );

  const canTrace = spawnSync('strace', ['-V']).status === 0;
  it
    .skipIf(!canTrace)
    .each([
      'pwrite64:error=EIO',
      'rename:error=EACCES',
      'fchmod:error=EPERM',
      'chmod:error=EPERM',
      'pwrite64:retval=1',
    ])('G10, G11: under %s leaves no bundle (skipped without strace)', (fault) => {
    const here = place();
    const inject = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${fault.split(':')[0]}`, '-e', `inject=${fault}`];
    const traced = spawnSync('strace', [...inject, process.execPath, WRITER, source, join(here, 'b')], {
      encoding: 'utf8',
    });
    expect(traced.stdout).toMatch(/^INCOMPLETE /);
    expect(existsSync(join(here, 'b'))).toBe(false);
  });
});

describe('what is read back', () => {
  it('must be what was written, or the bundle is not put in its place', async () => {
    const here = place();
    const { source } = await openSource(file(ndjson(STORE)));
    const readBack = async (partial: string) => {
      const [body = ''] = filesOf(partial).filter((path) => path.startsWith('bodies/'));
      writeFileSync(join(partial, body), '{}');
      return verifyBundle(partial);
    };
    const result = await exportSource(source, join(here, 'b'), { readBack, snapshotAt });
    expect([result.verdict, result.written]).toEqual(['INCOMPLETE', null]);
    expect(result.findings[0]?.message).toContain('what was read back is not what was written');
    expect(readdirSync(here).filter((name) => !isPartial(name))).toEqual([]);
  });
});

/** `export --tiles`: logs under signed checkpoints, which others read, and which are only ever extended. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TileLog } from '../../src/bundle/write-tiles.ts';
import { leafHash, rootOf } from '../../src/core/merkle/tree.ts';
import { portable } from '../../src/core/platform.ts';
import { checkpoint, exportTiles, journal, verifyBundle } from '../../src/index.ts';
import { checkpointText, parseCheckpoint, parseNote, signNote, verifierKey } from '../../src/trust/signed-note.ts';
import { run } from '../cli/in-process.ts';
import { entriesOf } from '../layouts/samples.ts';
import { runs, seed } from '../long.ts';
import { bundles, chained, type PlainRecord, referenceCanonical, withoutBody } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, keyFiles, textOf } from './signed-files.ts';
import { Witness } from './witness.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const [log, other] = [keyFiles(folder, 'log'), keyFiles(folder, 'other')];
const ORIGIN = 'test/acme/ledger%2F1';
const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));
const RECORDS: readonly PlainRecord[] = chained(numbers(700));
let fresh = '';
let count = 0;

/** A store whose ledger has so many records, and its signed checkpoint. */
const stores = new Map<number, Promise<{ readonly snapshot: string; readonly note: string }>>();
function storeOf(size: number): Promise<{ readonly snapshot: string; readonly note: string }> {
  const known = stores.get(size);
  if (known !== undefined) return known;
  const made = (async () => {
    const records = [...bundles(2), ...RECORDS.slice(0, size), ...chained(numbers(2), { tenant: 'globex' })];
    const snapshot = fileOf(folder, `store-${size}.ndjson`, textOf(records));
    const options = { key: log.path, state: at(`state-${size}`), output: at(`points-${size}`) };
    const { written } = await checkpoint(snapshot, options);
    return { snapshot, note: written.find(({ origin }) => origin === ORIGIN)?.path ?? '' };
  })();
  stores.set(size, made);
  return made;
}

async function write(size: number, to = fresh) {
  const { snapshot, note } = await storeOf(size);
  return exportTiles(snapshot, to, { checkpoints: [note] });
}

function filesIn(of: string): ReadonlyMap<string, string> {
  const entries = existsSync(of) ? readdirSync(of, { recursive: true, withFileTypes: true }) : [];
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.sort().map((path) => [relative(of, path), readFileSync(path, 'latin1')]));
}

/** The folder of the log in `fresh`. */
function logIn(to = fresh): string {
  return join(to, readdirSync(to).find((name) => !name.startsWith('.')) ?? 'nothing');
}

const read = (path: string) => verifyBundle(path, { trustedKeys: [log.publicPath] });

beforeAll(async () => {
  await Promise.all([5, 9].map(storeOf));
});
beforeEach(() => {
  fresh = at(`logs-${count++}`);
});

describe('a log of tiles', () => {
  it('holds the canonical records without their bodies, under the checkpoint as it was signed', async () => {
    const { verdict, written, unsigned, sets } = await write(5);
    expect([verdict, unsigned, sets]).toEqual(['PASS', 1, 1]);
    expect(written).toMatchObject([{ path: logIn(), origin: ORIGIN, size: 5, before: 0 }]);
    const files = filesIn(logIn());
    expect([...files.keys()]).toEqual(['checkpoint', 'tile/0/000.p/5', 'tile/entries/000.p/5']);
    expect(files.get('checkpoint')).toBe(readFileSync((await storeOf(5)).note, 'latin1'));
    const entries = RECORDS.slice(0, 5).map((record) => Buffer.from(referenceCanonical(withoutBody(record))));
    const bundle = entries.map(
      (one) => `${String.fromCharCode(one.length >> 8, one.length & 255)}${one.toString('latin1')}`,
    );
    expect(files.get('tile/entries/000.p/5')).toBe(bundle.join(''));
    const audit = await read(logIn());
    expect([audit.verdict, audit.summary?.tenants[0]?.streams[0]?.size, audit.findings]).toEqual(['PASS', 5, []]);
    const { signedBy, ...stated } = audit.header?.subject ?? {};
    expect(stated).toMatchObject({ layout: 'tlog-tiles', origin: ORIGIN, size: 5, root: expect.any(String) });
    expect(signedBy).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect((await verifyBundle(logIn())).header?.subject).not.toHaveProperty('signedBy');
    expect((await verifyBundle(logIn(), { trustedKeys: [other.publicPath] })).verdict).toBe('UNTRUSTED');
    expect(readdirSync(fresh)).toHaveLength(1);
  });

  it('that grows step by step has what one has that was written at once, and every file that was there', async () => {
    const sizes = fc.uniqueArray(fc.constantFrom(1, 2, 5, 255, 256, 257, 300, 511, 512, 513, 700), { minLength: 2 });
    await fc.assert(
      fc.asyncProperty(sizes, async (drawn) => {
        const to = at(`logs-${count++}`);
        const steps = [...drawn].sort((a, b) => a - b);
        let before = new Map<string, string>();
        for (const size of steps) {
          const { verdict, written } = await write(size, to);
          expect([verdict, written[0]?.before]).toEqual(['PASS', before.size === 0 ? 0 : expect.any(Number)]);
          const now = filesIn(logIn(to));
          for (const [path, bytes] of before) if (path !== 'checkpoint') expect(now.get(path)).toBe(bytes);
          const once = at(`logs-${count++}`);
          await write(size, once);
          for (const [path, bytes] of filesIn(logIn(once))) expect(now.get(path)).toBe(bytes);
          expect(await read(logIn(to))).toMatchObject({ verdict: 'PASS', findings: [] });
          before = new Map(now);
        }
      }),
      { numRuns: runs(2, 40), seed },
    );
  });

  it('of a snapshot that has grown since is as large as its checkpoint', async () => {
    const { note } = await storeOf(5);
    const { snapshot } = await storeOf(9);
    expect(await exportTiles(snapshot, fresh, { checkpoints: [note] })).toMatchObject({ verdict: 'PASS' });
    const whole = at(`logs-${count++}`);
    await write(5, whole);
    expect(filesIn(fresh)).toEqual(filesIn(whole));
  });

  it('is written of an upgrade journal as well', async () => {
    const path = at('up.journal');
    for (const step of ['1', '2', '3']) await journal('append', path, { upgrade: 'u', step, type: 'step' });
    const options = { key: log.path, state: at('journal-state'), output: at('journal-points'), origin: 'test' };
    await checkpoint({ journal: path }, options);
    const given = { checkpoints: [at('journal-points')] };
    const { verdict, written } = await exportTiles({ journal: path }, fresh, given);
    expect([verdict, written[0]?.origin, written[0]?.size]).toEqual(['PASS', 'test/u/upgrade-journal', 3]);
    expect(await read(logIn())).toMatchObject({ verdict: 'PASS' });
    const forged = fileOf(folder, 'forged.journal', readFileSync(path, 'utf8').replace('"step":"2"', '"step":"7"'));
    expect(await exportTiles({ journal: forged }, at('none'), given)).toMatchObject({ verdict: 'FAIL', written: [] });
    expect(existsSync(at('none'))).toBe(false);
    await expect(exportTiles({ journal: path }, fresh, { ...given, source: {} })).rejects.toThrow(TypeError);
  });

  it('keeps the cosignatures that lie there', async () => {
    await write(5);
    const path = join(logIn(), 'checkpoint');
    const note = readFileSync(path, 'utf8');
    const witness = new Witness(keyFiles(folder, 'w').key, () => log.key.publicKey, 'witness.example/w');
    writeFileSync(path, `${note}${witness.addCheckpoint(`old 0\n\n${note}`).body}`);
    const cosigned = readFileSync(path, 'utf8');
    expect((await write(5)).verdict).toBe('PASS');
    expect(readFileSync(path, 'utf8')).toBe(cosigned);
  });

  it('keeps no line under the name of the log: the checkpoint that was given has those', async () => {
    await write(5);
    const path = join(logIn(), 'checkpoint');
    const note = readFileSync(path, 'utf8');
    const [line = ''] = /\u2014 .*\n/.exec(note) ?? [];
    writeFileSync(path, `${note}${line.replace(/(....)=*\n$/, 'QQQQ=\n')}`);
    expect((await write(5)).verdict).toBe('PASS');
    expect(readFileSync(path, 'utf8')).toBe(note);
  });
});

describe('nothing is written, and what lies there stays as it was', () => {
  /** Exports `size` over what lies there after `change`. */
  async function refused(size: number, change: (own: string) => void) {
    await write(5);
    change(logIn());
    const before = filesIn(fresh);
    const result = await write(size).catch((fault: unknown) => fault);
    expect(filesIn(fresh)).toEqual(before);
    return result;
  }
  const put = (path: string, bytes: string | Buffer) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  };

  it.each<readonly [what: string, size: number, verdict: string, says: RegExp, change: (own: string) => void]>([
    ['a smaller checkpoint', 2, 'INCOMPLETE', /never gets shorter/, () => undefined],
    [
      'another entry',
      9,
      'FAIL',
      /entries\/000\.p\/5 is another/,
      (own) =>
        put(
          join(own, 'tile/entries/000.p/5'),
          readFileSync(join(own, 'tile/entries/000.p/5'), 'latin1').replace('e3', 'e8'),
        ),
    ],
    [
      'another hash',
      9,
      'FAIL',
      /tile\/0\/000\.p\/5 is another/,
      (own) => put(join(own, 'tile/0/000.p/5'), Buffer.alloc(160)),
    ],
    ['a tile that was cut', 5, 'FAIL', /is another/, (own) => put(join(own, 'tile/0/000.p/5'), Buffer.alloc(3))],
    [
      'an older tile that is wrong',
      5,
      'FAIL',
      /000\.p\/2 is another/,
      (own) => put(join(own, 'tile/0/000.p/2'), Buffer.alloc(64)),
    ],
    [
      'a tile of a larger log',
      9,
      'INCOMPLETE',
      /of a larger log/,
      (own) => put(join(own, 'tile/0/000.p/44'), Buffer.alloc(44 * 32)),
    ],
    [
      'a tile of a level that is not',
      9,
      'INCOMPLETE',
      /of a larger log/,
      (own) => put(join(own, 'tile/4/000'), Buffer.alloc(8192)),
    ],
    ['a file of its own', 9, 'INCOMPLETE', /README does not belong/, (own) => put(join(own, 'README'), '')],
    [
      'a link in place of a tile',
      9,
      'INCOMPLETE',
      /does not belong/,
      (own) => {
        renameSync(join(own, 'tile/0/000.p/5'), at(`moved-${count}`));
        symlinkSync(at(`moved-${count}`), join(own, 'tile/0/000.p/5'));
      },
    ],
    [
      'a checkpoint with another root',
      9,
      'FAIL',
      /not its beginning/,
      (own) => {
        const text = checkpointText({ origin: ORIGIN, size: 3, root: 'ab'.repeat(32) });
        put(join(own, 'checkpoint'), signNote(text, ORIGIN, log.key));
      },
    ],
  ])('%s', async (_, size, verdict, says, change) => {
    const result = await refused(size, change);
    expect(result).toMatchObject({ verdict, written: [], refused: [{ message: expect.stringMatching(says) }] });
  });

  it('something else in the place of the checkpoint', async () => {
    const elsewhere = signNote(checkpointText({ origin: 'b', size: 1, root: 'ab'.repeat(32) }), 'b', log.key);
    for (const text of ['hello\n', elsewhere]) {
      const result = await refused(9, (own) => put(join(own, 'checkpoint'), text));
      expect(result).toMatchObject({ kind: 'input-changed' });
      rmSync(fresh, { recursive: true });
    }
  });

  it('evidence that is not that of the checkpoint', async () => {
    const { note } = await storeOf(9);
    const forged = fileOf(folder, 'other.ndjson', textOf(chained([{ n: 7 }, ...numbers(9).slice(1)])));
    const of = async (snapshot: string) => {
      const { verdict, refused: why, written } = await exportTiles(snapshot, fresh, { checkpoints: [note] });
      expect([written, existsSync(fresh)]).toEqual([[], false]);
      return [verdict, why[0]?.kind];
    };
    expect(await of(forged)).toEqual(['FAIL', 'history-not-prefix']);
    expect(await of((await storeOf(5)).snapshot)).toEqual(['INCOMPLETE', 'proof-unavailable']);
    expect(await of(fileOf(folder, 'sets.ndjson', textOf(bundles(3))))).toEqual(['INCOMPLETE', 'proof-unavailable']);
    const roots = fileOf(folder, 'summary.ndjson', textOf(RECORDS.slice(0, 9), {}, 'summary'));
    expect((await of(roots))[0]).toBe('INCOMPLETE');
    const unsound = readFileSync((await storeOf(9)).snapshot, 'utf8').replace('"n":4', '"n":5');
    expect((await of(fileOf(folder, 'unsound.ndjson', unsound)))[0]).toBe('FAIL');
  });

  it('what is no checkpoint, none at all, or two of one log', async () => {
    const { snapshot, note } = await storeOf(5);
    const of = (...checkpoints: readonly string[]) => exportTiles(snapshot, fresh, { checkpoints });
    mkdirSync(at('empty'), { recursive: true });
    const none = signNote(checkpointText({ origin: ORIGIN, size: 0, root: 'ab'.repeat(32) }), ORIGIN, log.key);
    for (const given of [
      [snapshot],
      [at('nowhere')],
      [at('empty')],
      [note, (await storeOf(9)).note],
      [fileOf(folder, 'zero', none)],
    ]) {
      await expect(of(...given)).rejects.toMatchObject({ name: 'TrustError' });
    }
    await expect(of()).rejects.toThrow(TypeError);
    expect(existsSync(fresh)).toBe(false);
  });

  it('an entry that is too long for a bundle', async () => {
    const long = fileOf(
      folder,
      'long.ndjson',
      textOf(chained([{ n: 1 }], { tenant: 'acme' }).map((one) => ({ ...one, attrs: { a: 'x'.repeat(66_000) } }))),
    );
    await checkpoint(long, { key: log.path, state: at('long-state'), output: at('long-points') });
    const result = await exportTiles(long, fresh, { checkpoints: [at('long-points')] });
    expect(result).toMatchObject({ verdict: 'INCOMPLETE', refused: [{ kind: 'input-limit' }] });
  });
});

describe('a run that was broken off', () => {
  it('before its checkpoint was there: the next one goes on, and takes away what it had gathered', async () => {
    await write(5);
    const later = at(`logs-${count++}`);
    await write(9, later);
    cpSync(join(logIn(later), 'tile'), join(logIn(), 'tile'), { recursive: true });
    mkdirSync(join(fresh, '.unfinished', 'x'), { recursive: true });
    expect(parseCheckpoint(parseNote(readFileSync(join(logIn(), 'checkpoint'), 'utf8')).text).size).toBe(5);
    expect((await write(9)).verdict).toBe('PASS');
    expect(readdirSync(fresh)).toHaveLength(1);
    expect((await read(logIn())).verdict).toBe('PASS');
  });

  it('while tiles were put in their places: they are taken out again', async () => {
    const own = at(`log-${count++}`);
    const entries = entriesOf(300);
    const leaves = entries.map((entry) => leafHash(portable, entry));
    const logOf = (size: number, before?: number) => {
      const tree = (of: number) => ({ size: of, root: rootOf(portable, leaves.slice(0, of)) });
      const places = { shown: own, folder: own, staged: `${own}-staged` };
      const made = new TileLog(places, tree(size), before === undefined ? undefined : tree(before));
      for (const [n, entry] of entries.entries()) made.take(entry, leaves[n] ?? '');
      expect(made.finish('it')).toBeUndefined();
      return made;
    };
    await logOf(200).place(Buffer.from('first'));
    const before = filesIn(own);
    const grown = logOf(300, 200);
    mkdirSync(join(own, 'tile/1'), { recursive: true });
    writeFileSync(join(own, 'tile/1/000.p'), 'in the way');
    await expect(grown.place(Buffer.from('second'))).rejects.toMatchObject({ name: 'ReportWriteError' });
    expect(filesIn(own)).toEqual(new Map([...before, ['tile/1/000.p', 'in the way']].sort() as [string, string][]));
    rmSync(join(own, 'tile/1/000.p'));
    await grown.place(Buffer.from('second'));
    expect(filesIn(own).get('checkpoint')).toBe('second');
  });
});

describe('the command', () => {
  const ed = (...args: readonly string[]) => run(args, { cwd: folder });

  it('writes logs, names what has none, and refuses what does not go together', async () => {
    await storeOf(5);
    const args = ['export', 'store-5.ndjson', '--tiles', '--output', 'by-command'];
    const { status, stdout, stderr } = await ed(...args, '--checkpoint', 'points-5');
    expect([status, stdout.trim().split('\n').length]).toEqual([0, 2]);
    expect(stdout).toMatch(/^by-command\/[0-9a-f]{32} size 5 root [0-9a-f]{64} origin test\/acme\/ledger%2F1$/m);
    expect(stderr).toBe('1 set has no log: a set grows anywhere\n');
    const again = await ed(...args, '--checkpoint', 'points-9', '--format', 'json');
    expect([again.status, JSON.parse(again.stdout)]).toMatchObject([
      2,
      { kind: 'evidence-tiles', verdict: 'INCOMPLETE', written: [] },
    ]);
    for (const wrong of [
      [],
      ['--checkpoint', 'points-5', '--include-proofs'],
      ['--checkpoint', 'points-5', '--resume'],
      ['--checkpoint', 'points-5', '--journal', 'up.journal'],
    ]) {
      expect((await ed(...args, ...wrong)).status).toBe(64);
    }
    const bundle = ['export', 'store-5.ndjson', '--output', 'b'];
    expect((await ed(...bundle, '--checkpoint', 'points-5')).status).toBe(64);
    expect((await ed(...bundle, '--journal', 'up.journal')).status).toBe(64);
    expect((await ed(...args, '--checkpoint', 'nowhere')).status).toBe(3);
  });
});

const GO = spawnSync('go', ['version']).status === 0;
const GO_MOD = spawnSync('test', ['-d', '/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog']).status === 0;

/** Reads every entry and every hash by way of the tiles alone, up to the root of the signed checkpoint. */
const PROGRAM = `package main
import ("encoding/base64"; "fmt"; "os"; "path/filepath"; "strconv"; "strings"
  "golang.org/x/mod/sumdb/note"; "golang.org/x/mod/sumdb/tlog")
func must(err error) { if err != nil { fmt.Println(err); os.Exit(1) } }
type tiles struct{ folder string }
func (r tiles) Height() int { return 8 }
func (r tiles) SaveTiles(t []tlog.Tile, data [][]byte) {}
func (r tiles) ReadTiles(ts []tlog.Tile) (data [][]byte, err error) {
  for _, t := range ts {
    b, err := os.ReadFile(filepath.Join(r.folder, strings.Replace(t.Path(), "tile/8/", "tile/", 1)))
    if err != nil { return nil, err }
    data = append(data, b)
  }
  return data, nil
}
func main() {
  folder := os.Args[1]
  text, err := os.ReadFile(filepath.Join(folder, "checkpoint")); must(err)
  v, err := note.NewVerifier(os.Args[2]); must(err)
  n, err := note.Open(text, note.VerifierList(v)); must(err)
  head := strings.Split(n.Text, "\\n")
  size, err := strconv.ParseInt(head[1], 10, 64); must(err)
  b, err := base64.StdEncoding.DecodeString(head[2]); must(err)
  tree := tlog.Tree{N: size}
  copy(tree.Hash[:], b)
  hashes := tlog.TileHashReader(tree, tiles{folder})
  for first := int64(0); first < size; first += 256 {
    width := size - first
    if width > 256 { width = 256 }
    path := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(width)}.Path()
    entries, err := os.ReadFile(filepath.Join(folder, strings.Replace(path, "tile/8/0/", "tile/entries/", 1))); must(err)
    for i := first; i < first + width; i++ {
      end := 2 + int(entries[0]) * 256 + int(entries[1])
      proof, err := tlog.ProveRecord(size, i, hashes); must(err)
      must(tlog.CheckRecord(proof, size, tree.Hash, i, tlog.RecordHash(entries[2:end])))
      entries = entries[end:]
    }
    if len(entries) != 0 { fmt.Println("more entries"); os.Exit(1) }
  }
  fmt.Println("OK", size)
}
`;

describe('Go', () => {
  it.skipIf(!GO || !GO_MOD)(
    'verifies each entry with TileHashReader and CheckRecord, and refuses tiles that were changed',
    async () => {
      mkdirSync(at('gopath'));
      const program = fileOf(folder, 'tiles.go', PROGRAM);
      const paths = { HOME: at('gopath'), GOPATH: '/usr/share/gocode', GOCACHE: at('gopath') };
      const env = { PATH: process.env['PATH'], GO111MODULE: 'off', ...paths };
      execFileSync('go', ['build', '-o', at('tiles'), program], { env });
      const check = () =>
        spawnSync(at('tiles'), [logIn(), verifierKey(ORIGIN, log.key.publicKey)], { encoding: 'utf8' });
      for (const size of [5, 256, 700]) {
        await write(size);
        expect([size, check().stdout]).toEqual([size, `OK ${size}\n`]);
      }
      const [tile, entries] = ['tile/0/001', 'tile/entries/001'].map((name) => join(logIn(), name)) as [string, string];
      for (const [path, from] of [
        [tile, join(logIn(), 'tile/0/000')],
        [entries, join(logIn(), 'tile/entries/000')],
      ] as const) {
        const own = readFileSync(path);
        for (const bytes of [
          readFileSync(from),
          own.subarray(0, -32),
          Buffer.from(own.map((b, n) => (n === 40 ? b ^ 1 : b))),
        ]) {
          writeFileSync(path, bytes);
          expect([check().status !== 0, (await read(logIn())).verdict]).toEqual([true, 'FAIL']);
        }
        writeFileSync(path, own);
      }
      expect(check().stdout).toBe('OK 700\n');
    },
    240_000,
  );
});

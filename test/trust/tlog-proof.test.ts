/** Proofs of c2sp.org/tlog-proof: of a record in the log that its stream is, under a checkpoint that others can cosign. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { checkpoint, prove, type VerifyProofOptions, verifyProof } from '../../src/index.ts';
import { parseLogProof } from '../../src/trust/log-proof.ts';
import { signNote, verifierKey } from '../../src/trust/signed-note.ts';
import { run } from '../cli/in-process.ts';
import { runs, seed } from '../long.ts';
import { bundles, chained } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, keyFiles, textOf } from './signed-files.ts';
import { Witness } from './witness.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const [log, other] = [keyFiles(folder, 'log'), keyFiles(folder, 'other')];
const ORIGIN = 'test/acme/ledger%2F1';
const PLACE = { tenant: 'acme', stream: 'ledger/1' } as const;
const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));
const snapshotOf = (name: string, count: number): string =>
  fileOf(
    folder,
    name,
    textOf([...bundles(2), ...chained(numbers(count)), ...chained(numbers(2), { tenant: 'globex' })]),
  );

const old = snapshotOf('old.ndjson', 5);
const grown = snapshotOf('grown.ndjson', 9);
const checkpoints = new Map<string, string>();
const proof = at('record.tlog-proof');
const make = (id: string, note: string, output: string, snapshot = grown) =>
  prove({ snapshot, ...PLACE, id, checkpoint: note, output });
const check = (path: string, options: VerifyProofOptions = { trustedKeys: [log.publicPath] }) =>
  verifyProof(path, options);

beforeAll(async () => {
  const { written } = await checkpoint(old, { key: log.path, state: at('state'), output: at('points') });
  for (const { origin, path } of written) checkpoints.set(origin, path);
  expect((await make('e2', checkpoints.get(ORIGIN) ?? '', proof)).written?.path).toBe(proof);
});

describe('a proof under a checkpoint', () => {
  it('holds for each record that the checkpoint is of, also of a stream that has grown since', async () => {
    for (const [n, snapshot] of [0, 1, 2, 3, 4].flatMap((one) => [[one, old] as const, [one, grown] as const])) {
      const path = at(`e${n}.tlog-proof`);
      await make(`e${n}`, checkpoints.get(ORIGIN) ?? '', path, snapshot);
      const checked = await check(path);
      expect([checked.verdict, checked.findings]).toEqual(['PASS', []]);
      expect(checked.document).toMatchObject({ proves: 'log-inclusion', index: n, ...PLACE });
      expect(checked.vouched).toMatchObject([{ name: ORIGIN, tenants: 5, system: 'test' }]);
    }
    const [first, second, index, ...rest] = readFileSync(proof, 'utf8').split('\n');
    expect([first, second?.slice(0, 6), index]).toEqual(['c2sp.org/tlog-proof@v1', 'extra ', 'index 2']);
    expect(rest.join('\n').endsWith(readFileSync(checkpoints.get(ORIGIN) ?? '', 'utf8'))).toBe(true);
  });

  it('is not made of what the checkpoint is not of', async () => {
    const note = checkpoints.get(ORIGIN) ?? '';
    const unavailable = (reason: RegExp) => ({ kind: 'proof-unavailable', message: expect.stringMatching(reason) });
    await expect(make('e5', note, at('x'))).rejects.toMatchObject(unavailable(/not among the first 5/));
    await expect(make('e9', note, at('x'))).rejects.toMatchObject(unavailable(/not among the first 5/));
    const shorter = snapshotOf('shorter.ndjson', 4);
    await expect(make('e2', note, at('x'), shorter)).rejects.toMatchObject(unavailable(/shorter/));
    const forged = fileOf(folder, 'forged.ndjson', textOf(chained([{ n: 7 }, ...numbers(9).slice(1)])));
    await expect(make('e2', note, at('x'), forged)).rejects.toMatchObject(unavailable(/did not have its root/));
    const globex = checkpoints.get('test/globex/ledger%2F1') ?? '';
    await expect(make('e2', globex, at('x'))).rejects.toMatchObject(unavailable(/another stream/));
    await expect(make('e2', old, at('x'))).rejects.toMatchObject({ name: 'TrustError' });
    await expect(prove({ from: old, to: grown, checkpoint: note })).rejects.toThrow(TypeError);
    await expect(prove({ snapshot: old, ...PLACE, id: 'e2', checkpoint: note, key: log.path })).rejects.toThrow(
      TypeError,
    );
  });

  it('is believed only by its log, its origin and its system', async () => {
    const trustedKeys = [log.publicPath];
    expect((await check(proof, { trustedKeys: [other.publicPath] })).verdict).toBe('UNTRUSTED');
    expect((await check(proof, {})).verdict).toBe('UNTRUSTED');
    for (const [expected, verdict] of [
      [{ expectOrigin: ORIGIN }, 'PASS'],
      [{ expectOrigin: 'test/acme/ledger%2F2' }, 'UNTRUSTED'],
      [{ expectSubject: { system: 'test' } }, 'PASS'],
      [{ expectSubject: { system: 'prod' } }, 'UNTRUSTED'],
    ] as const) {
      expect((await check(proof, { trustedKeys, ...expected })).verdict).toBe(verdict);
    }
  });

  it('says what to give where nobody is trusted, and where a root is none of a log', async () => {
    const [bare, rooted] = await Promise.all([check(proof, {}), check(proof, { roots: ['a'.repeat(64)] })]);
    const says = 'the root of the log: no key is trusted: give --trusted-key or --witness-policy';
    expect(bare.findings.map(({ message }) => message)).toEqual([says]);
    expect(rooted.findings.map(({ message }) => message)).toEqual([
      `${says}; its root is that of a log, and no global one`,
    ]);
    await prove({ snapshot: old, ...PLACE, id: 'e2', output: at('global.json') });
    expect((await check(at('global.json'), {})).findings[0]?.message).toMatch(/give --trusted-key, or --root with/);
    const none = ['prove', '--snapshot', 'old.ndjson', '--tenant', 'acme', '--stream', 'ledger/1', '--id', 'nobody'];
    expect((await run([...none, '--output', 'none'], { cwd: folder })).stderr).toMatch(
      /has no record "nobody" in stream "ledger\/1" of tenant "acme"/,
    );
  });

  it('under the root of its own stream, signed as that of another, does not hold', async () => {
    const text = readFileSync(proof, 'utf8');
    const [, size, root] = text.slice(text.indexOf('\n\n') + 2).split('\n');
    for (const [origin, verdict] of [
      [ORIGIN, 'PASS'],
      [`${ORIGIN}/attempt-2`, 'PASS'],
      ['test/globex/ledger%2F1', 'FAIL'],
      ['test', 'FAIL'],
    ] as const) {
      const note = signNote(`${origin}\n${size}\n${root}\n`, origin, log.key);
      const path = fileOf(folder, 'of-another', `${text.slice(0, text.indexOf('\n\n') + 2)}${note}`);
      expect([origin, (await check(path)).verdict]).toEqual([origin, verdict]);
    }
  });

  it('with any byte of it flipped shows nothing', async () => {
    const bytes = readFileSync(proof);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (place, by) => {
        const flipped = Uint8Array.from(bytes);
        flipped[place] = (flipped[place] ?? 0) ^ by;
        expect((await check(fileOf(folder, 'flipped', flipped))).verdict).not.toBe('PASS');
      }),
      { numRuns: runs(300, 10_000, 150), seed },
    );
  });

  it('that was put together from others, or is of a shape of its own, is refused', async () => {
    const text = readFileSync(proof, 'utf8');
    const of = async (name: string): Promise<string[]> => readFileSync(at(name), 'utf8').split('\n');
    const [one, two] = [await of('e1.tlog-proof'), await of('e3.tlog-proof')];
    const swap = (line: number) => one.map((own, n) => (n === line ? (two[n] ?? '') : own)).join('\n');
    for (const [what, changed, verdict] of [
      ['the record of another', swap(1), 'FAIL'],
      ['the index of another', swap(2), 'FAIL'],
      ['a path with one hash more', text.replace(/\n\n/, `\n${'A'.repeat(43)}=\n\n`), 'FAIL'],
      ['a path with one hash fewer', text.replace(/\n[^\n]+\n\n/, '\n\n'), 'FAIL'],
      ['an index with a zero before it', text.replace('index 2', 'index 02'), 'INCOMPLETE'],
      ['no record', text.replace(/extra [^\n]+\n/, ''), 'INCOMPLETE'],
      ['a line too many', text.replace('index 2\n', 'index 2\nindex 2\n'), 'INCOMPLETE'],
      ['lines that end in CR LF', text.replaceAll('\n', '\r\n'), 'INCOMPLETE'],
      ['no checkpoint', text.slice(0, text.indexOf('\n\n')), 'INCOMPLETE'],
      ['no signature', text.slice(0, text.lastIndexOf('\n\n') + 1), 'UNTRUSTED'],
    ] as const) {
      expect([what, (await check(fileOf(folder, 'changed', changed))).verdict]).toEqual([what, verdict]);
    }
  });

  it('is held to the policy of its witnesses', async () => {
    const witness = new Witness(keyFiles(folder, 'w').key, () => log.key.publicKey, 'witness.example/w');
    const note = readFileSync(checkpoints.get(ORIGIN) ?? '', 'utf8');
    const lines = [`log ${verifierKey(ORIGIN, log.key.publicKey)}`, `witness w ${witness.verifierKey}`, 'quorum w', ''];
    const witnessPolicy = fileOf(folder, 'policy', lines.join('\n'));
    expect((await check(proof, { witnessPolicy })).verdict).toBe('UNTRUSTED');
    const cosigned = fileOf(folder, 'cosigned', `${note}${witness.addCheckpoint(`old 0\n\n${note}`).body}`);
    await make('e2', cosigned, at('cosigned.tlog-proof'));
    const checked = await check(at('cosigned.tlog-proof'), { witnessPolicy });
    expect([checked.verdict, checked.notes]).toEqual([
      'PASS',
      [expect.stringMatching(/^cosigned by the witness "w" at 2023/)],
    ]);
    expect((await check(at('cosigned.tlog-proof'), { witnessPolicy, trustedKeys: [other.publicPath] })).verdict).toBe(
      'UNTRUSTED',
    );
    expect((await check(at('cosigned.tlog-proof'), { witnessPolicy: at('nowhere') })).verdict).toBe('UNTRUSTED');
    await prove({ snapshot: old, ...PLACE, id: 'e2', output: at('ours.json') });
    const ours = await check(at('ours.json'), { witnessPolicy });
    expect([ours.verdict, ours.findings[0]?.message]).toEqual([
      'UNTRUSTED',
      expect.stringMatching(/only a tlog-proof/),
    ]);
  });

  it('is made and checked by the command', async () => {
    const ed = (...args: readonly string[]) => run(args, { cwd: folder });
    const record = ['--snapshot', 'grown.ndjson', '--tenant', 'acme', '--stream', 'ledger/1', '--id', 'e2'];
    const note = ['--checkpoint', checkpoints.get(ORIGIN) ?? ''];
    expect((await ed('prove', ...record, ...note, '--output', 'c.tlog-proof')).status).toBe(0);
    expect(readFileSync(at('c.tlog-proof'), 'utf8')).toBe(readFileSync(proof, 'utf8'));
    const { status, stdout } = await ed('verify-proof', 'c.tlog-proof', '--trusted-key', 'log.pub');
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/number 3 of the log of stream "ledger\/1" of tenant "acme"/),
    ]);
    expect((await ed('prove', ...record, ...note, '--with-body', '--output', 'd')).status).toBe(64);
    expect((await ed('verify-proof', 'c.tlog-proof', '--witness-policy', 'policy')).status).toBe(3);
  });
});

const GO = spawnSync('go', ['version']).status === 0;
const GO_MOD = spawnSync('test', ['-d', '/usr/share/gocode/src/golang.org/x/mod/sumdb/note']).status === 0;

const PROGRAM = `package main
import ("encoding/base64"; "fmt"; "os"; "strconv"; "strings"
  "golang.org/x/mod/sumdb/note"; "golang.org/x/mod/sumdb/tlog")
func must(err error) { if err != nil { fmt.Println(err); os.Exit(1) } }
func decode(s string) []byte { b, err := base64.StdEncoding.DecodeString(s); must(err); return b }
func hash(s string) tlog.Hash { var h tlog.Hash; copy(h[:], decode(s)); return h }
func main() {
  text, err := os.ReadFile(os.Args[1]); must(err)
  parts := strings.SplitN(string(text), "\\n\\n", 2)
  lines := strings.Split(parts[0], "\\n")
  v, err := note.NewVerifier(os.Args[2]); must(err)
  n, err := note.Open([]byte(parts[1]), note.VerifierList(v)); must(err)
  head := strings.Split(n.Text, "\\n")
  size, err := strconv.ParseInt(head[1], 10, 64); must(err)
  index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64); must(err)
  var p tlog.RecordProof
  for _, one := range lines[3:] { p = append(p, hash(one)) }
  leaf := tlog.RecordHash(decode(strings.TrimPrefix(lines[1], "extra ")))
  must(tlog.CheckRecord(p, size, hash(head[2]), index, leaf))
  fmt.Println("OK", index, size)
}
`;

describe('Go', () => {
  it.skipIf(!GO || !GO_MOD)(
    'opens its checkpoint with sumdb/note, and takes its path and record with sumdb/tlog',
    () => {
      mkdirSync(at('gopath'));
      const program = fileOf(folder, 'check.go', PROGRAM);
      const paths = { HOME: at('gopath'), GOPATH: '/usr/share/gocode', GOCACHE: at('gopath') };
      const env = { PATH: process.env['PATH'], GO111MODULE: 'off', ...paths };
      const args = ['run', program, proof, verifierKey(ORIGIN, log.key.publicKey)];
      expect(execFileSync('go', args, { env, encoding: 'utf8' })).toBe('OK 2 5\n');
    },
    240_000,
  );
});

it('a proof without extra data is one of nothing that could be named, and says what makes another', () => {
  const bare = (lines: string): unknown => {
    try {
      return parseLogProof(nodePlatform, Buffer.from(lines));
    } catch (fault) {
      return fault;
    }
  };
  expect(bare('c2sp.org/tlog-proof@v1\nindex 0\n\nnote')).toMatchObject({
    kind: 'proof-unavailable',
    reason: 'it has no extra data, and so does not say of what record it is',
    advice: 'prove --checkpoint writes it so that the record is in it',
  });
  expect(bare('c2sp.org/tlog-proof@v1\nindex 0\n')).toMatchObject({ kind: 'schema-violation' });
});

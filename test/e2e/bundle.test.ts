/** Bundles as a user has them: the command, a shell, sha256sum. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { changed, filesOf } from '../bundles.ts';
import { run } from '../cli/in-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Ended, evidenceDiff, shell } from './command.ts';
import { ROOT } from './documents.ts';

const folder = temporaryFolder();
const FIXTURES = join(ROOT, 'fixtures/quickstart');
const [BASELINE, CURRENT, TAMPERED] = ['baseline', 'current', 'tampered'].map((name) =>
  join(FIXTURES, `${name}.json`),
) as [string, string, string];
const ed = (...args: readonly string[]): Promise<Ended> => run(args, { cwd: folder });
/** Likewise, in a process of its own. */
const spawned = (...args: readonly string[]): Ended => evidenceDiff(args, { cwd: folder });
const sums = (name: string): string =>
  execFileSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: join(folder, name), encoding: 'utf8' });

/** Step 10 of the runbook, to the letter. */
const STEP_10 = 'export --all --output backup/evidence-bundles-20270301-100000/';
const MADE = 'backup/evidence-bundles-20270301-100000';

beforeAll(async () => {
  mkdirSync(join(folder, 'backup'));
  const { status, stdout } = evidenceDiff(STEP_10.split(' '), { cwd: folder, env: { EVIDENCE_SOURCE: BASELINE } });
  expect([status, stdout.split('\n')[0]]).toEqual([0, 'PASS: 15 records sound in 2 tenants']);
  expect((await ed('export', CURRENT, '--output', 'current')).status).toBe(0);
});

describe('export', () => {
  it('gives a folder in which sha256sum checks every file but the two that say so', () => {
    const checked = sums(MADE).trimEnd().split('\n');
    expect(checked.every((line) => line.endsWith(': OK'))).toBe(true);
    const all = filesOf(join(folder, MADE));
    expect(checked.map((line) => line.replace(/: OK$/, ''))).toEqual(
      all.filter((path) => !['SHA256SUMS', 'manifest.json'].includes(path)),
    );
  });

  it('names the digest of the manifest, which every reader shows and --expect-digest takes', async () => {
    const digest = execFileSync('sha256sum', ['manifest.json'], { cwd: join(folder, MADE), encoding: 'utf8' }).slice(
      0,
      64,
    );
    expect((await ed('verify-bundle', MADE)).stdout).toContain(digest);
    expect((await ed(MADE, CURRENT, '--expect-digest', `sha256:${digest}`)).status).toBe(0);
    expect(
      (
        await ed(
          MADE,
          CURRENT,
          '--expect-digest',
          `sha256:${digest.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))}`,
        )
      ).status,
    ).toBe(3);
  });

  it("takes a namespace, standard input, another bundle; the guide's --include-attestations", async () => {
    writeFileSync(join(folder, 'c.json'), JSON.stringify({ namespaces: { green: { source: CURRENT } } }));
    expect(await ed('export', '--namespace', 'green', '--config', 'c.json', '--output', 'n1', '--quiet')).toMatchObject(
      {
        status: 0,
        stdout: '',
      },
    );
    expect(shell(`ed export - --include-attestations --output n2 < "${CURRENT}"`, folder).status).toBe(0);
    expect((await ed('export', 'n1', '--output', 'n3')).status).toBe(0);
    for (const name of ['n1', 'n2', 'n3'])
      expect(readFileSync(join(folder, name, 'manifest.json'))).toEqual(
        readFileSync(join(folder, 'current/manifest.json')),
      );
  });

  it('has proofs if they are asked for: sha256sum checks them, verify-proof passes them', async () => {
    const { status, stdout } = await ed('export', '--all', 'current', '--output', 'proven', '--include-proofs');
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/21 bodies of [\d,]+ bytes, 21 proofs of [\d,]+ bytes, /),
    ]);
    const proofs = sums('proven')
      .split('\n')
      .filter((line) => line.startsWith('proofs/'));
    expect(proofs.filter((line) => line.endsWith('.json: OK'))).toHaveLength(21);
    const { globalRoot } = JSON.parse(readFileSync(join(folder, 'proven/manifest.json'), 'utf8')) as {
      readonly globalRoot: string;
    };
    const proof = join('proven', proofs[0]?.replace(': OK', '') ?? '');
    expect((await ed('verify-proof', proof, '--root', globalRoot)).status).toBe(0);
    expect((await ed(MADE, 'proven')).stdout).toMatch(/^PASS: 15 baseline records intact in 2 tenants; 6 added/);
  });

  it('is a usage error without --output, to standard output, or into its own source', async () => {
    for (const args of [
      [CURRENT],
      [CURRENT, '--output', '-'],
      [CURRENT, '--output', ''],
      ['current', '--output', 'current/inside'],
    ]) {
      expect((await ed('export', ...args)).status, args.join(' ')).toBe(64);
    }
    expect(spawned('export', CURRENT).status).toBe(64);
    expect(spawned('verify-all', 'current', '--output', 'current/x.ndjson').status).toBe(64);
    expect((await ed('verify-bundle', 'current', '--output', 'current/bodies/x.txt')).status).toBe(64);
    expect(spawned('verify-bundle', 'current').status).toBe(0);
  });

  it('refuses what has no bodies, and what is unsound, in words', async () => {
    expect(spawned('verify-all', CURRENT, '--output', 'digests.ndjson').status).toBe(0);
    const digests = await ed('export', 'digests.ndjson', '--output', 'no');
    expect([digests.status, digests.stdout.split('\n')[0]]).toEqual([
      2,
      expect.stringMatching(/^INCOMPLETE: .*depth digest does not hold what a bundle needs/),
    ]);
    expect(existsSync(join(folder, 'no'))).toBe(false);
    writeFileSync(
      join(folder, 'bad.json'),
      readFileSync(CURRENT, 'utf8').replace(/"riskScore": ?[0-9.]+/, '"riskScore":0.1'),
    );
    expect(spawned('export', 'bad.json', '--output', 'no').status).toBe(1);
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial') || name === 'no')).toEqual([]);
  });
});

describe('verify-bundle', () => {
  it('takes several folders, as a shell gives them; the worst decides', async () => {
    mkdirSync(join(folder, 'many'));
    for (const name of ['a', 'b', 'c']) changed(join(folder, 'current'), join(folder, 'many', name), () => undefined);
    expect(shell('ed verify-bundle many/*/ | head -1', folder).stdout).toBe('PASS: 3 of 3 bundles whole and sound\n');
    rmSync(join(folder, 'many/c/snapshot.ndjson'));
    mkdirSync(join(folder, 'many/d'));
    expect((await ed('verify-bundle', 'many/a', 'many/d')).status).toBe(2);
    const json = spawned('verify-bundle', 'many/a', 'many/c', 'many/d', '--format', 'json');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      kind: 'evidence-bundle-verification',
      version: 1,
      verdict: 'FAIL',
      bundles: [
        { name: 'many/a', verdict: 'PASS', records: 21 },
        { verdict: 'FAIL', records: null },
        { verdict: 'INCOMPLETE' },
      ],
    });
  });

  it('names a hostile file without letting it write to the terminal', async () => {
    changed(join(folder, 'current'), join(folder, 'hostile'), (to) =>
      writeFileSync(join(to, '\u001b[2J\u202e\nPASS'), ''),
    );
    const { status, stdout } = await ed('verify-bundle', 'hostile');
    expect(status).toBe(1);
    for (const text of ['\u001b', '\u202e', '\nPASS']) expect(stdout).not.toContain(text);
  });

  it('is a usage error without a folder', async () => {
    expect(spawned('verify-bundle').status).toBe(64);
    expect((await ed('verify-bundle', '')).status).toBe(64);
  });
});

describe('a bundle in the place of a snapshot', () => {
  it('is a baseline and a current side, and shows what changed', async () => {
    expect((await ed(MADE, 'current')).stdout).toMatch(/^PASS: 15 baseline records intact in 2 tenants; 6 added/);
    expect((await ed('export', TAMPERED, '--output', 'tampered')).status).toBe(0);
    for (const [was, is] of [
      [MADE, 'tampered'],
      [BASELINE, 'tampered'],
      [MADE, TAMPERED],
    ] as const) {
      const { status, stdout } = await ed('verify-continuity', '--baseline', was, is);
      expect(status).toBe(1);
      expect(stdout).toContain('/body/riskScore other 9.8 -> 4.8');
    }
  });

  it('gives stats, roots, snapshots and a cross-check as its source does', async () => {
    for (const args of [['stats', '--detailed'], ['roots-export'], ['cross-check']]) {
      expect((await ed(...args, 'current')).stdout).toBe((await ed(...args, CURRENT)).stdout);
    }
    expect(
      (await ed('verify-all', 'current', '--depth', 'full', '--output', 'full.json', '--include-merkle-roots')).status,
    ).toBe(0);
    expect((await ed('full.json', CURRENT, '--mode', 'frozen')).status).toBe(0);
  });

  it('that was changed is refused everywhere, and no snapshot of it is written', async () => {
    const broken = changed(join(folder, 'current'), join(folder, 'broken'), (to) => {
      const body = filesOf(to).find((path) => path.startsWith('bodies/')) ?? '';
      appendFileSync(join(to, body), ' ');
    });
    for (const args of [
      ['stats'],
      ['roots-export'],
      ['cross-check'],
      ['verify-all'],
      [BASELINE],
      ['export', '--output', 'never'],
      ['verify-all', '--depth', 'full', '--output', 'never'],
    ]) {
      expect((await ed(...args, broken)).status, args.join(' ')).toBe(1);
    }
    expect(existsSync(join(folder, 'never'))).toBe(false);
    expect(spawned(broken, CURRENT).status).toBe(1);
  });

  it('beside itself is the same input, beside its copy it is not', async () => {
    expect((await ed('current', 'current/')).status).toBe(3);
    changed(join(folder, 'current'), join(folder, 'copy'), () => undefined);
    expect(spawned('current', 'copy', '--mode', 'frozen').status).toBe(0);
  });

  it('is no file of roots', async () => {
    const { status, stdout } = await ed('verify-roots', '--baseline', 'current', CURRENT);
    expect([status, stdout.split('\n')[0]]).toEqual([2, expect.stringContaining('a folder')]);
  });
});

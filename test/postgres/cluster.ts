/**
 * What a server of the tests lives in: a temporary folder with a cluster made by initdb, and the watch over both.
 *
 * Whatever becomes of the process that started the server, a small shell watches: when the pipe to it closes, it ends
 * the server by the pid that the server itself wrote down, and removes the folder. So a crash leaves nothing behind, and
 * no exit hook is needed, which could change an exit code.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Binaries, makeLinks, type ServerUser, serverUser } from './binaries.ts';

export const SUPERUSER = 'postgres';

const WATCH = `
cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
tries=0
while [ -e "$1/data/postmaster.pid" ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
[ -e "$1/data/postmaster.pid" ] && kill -KILL "$pid" 2>/dev/null
tries=0
while rm -rf "$1" 2>/dev/null; [ -e "$1" ] && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
`;

export interface ClusterOptions {
  /** Default `UTF8`. */
  readonly encoding?: string;
  /** Of libc, default `C`. */
  readonly locale?: string;
  /** Sorts by ICU and by this locale, e.g. `en-US`. */
  readonly icuLocale?: string;
  /** Default `scram-sha-256`. */
  readonly auth?: 'scram-sha-256' | 'trust';
}

export interface Cluster {
  /** Holds everything; the data are in `data`. */
  readonly folder: string;
  readonly bin: string;
  readonly user: ServerUser;
  /** The superuser's. */
  readonly password: string;
  /** Ends the server and removes the folder as soon as its standard input ends. */
  readonly watch: ChildProcess;
}

/** Nothing of the tester's environment reaches the server. */
export const ENVIRONMENT = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };

function isTraversable(folder: string): boolean {
  const parent = dirname(folder);
  return (statSync(folder).mode & 0o001) !== 0 && (parent === folder || isTraversable(parent));
}

function makeFolder(user: ServerUser): string {
  const isRoot = user.uid !== undefined;
  const parent = [tmpdir(), '/tmp', '/var/tmp'].find((folder) => !isRoot || isTraversable(folder)) ?? tmpdir();
  const folder = mkdtempSync(join(parent, 'evidence-diff-postgres-'));
  handOver(folder, user);
  return folder;
}

/** Gives what root has made to the server's user. */
export function handOver(path: string, { uid, gid }: ServerUser): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/** Copies the package to where the server's user may read it. */
function usableBin({ bin, copyFrom }: Binaries, folder: string): string {
  if (copyFrom === undefined) return bin;
  const copy = join(folder, 'package');
  for (const part of ['native', 'scripts', 'package.json']) {
    cpSync(join(copyFrom, part), join(copy, part), { recursive: true, verbatimSymlinks: true });
  }
  makeLinks(copy);
  return join(copy, 'native', 'bin');
}

function startWatch(folder: string): ChildProcess {
  const watch = spawn('sh', ['-c', WATCH, 'watch', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watch.unref();
  // A pipe of a child is a socket; it must not keep alive a process that has nothing else to do.
  (watch.stdin as Socket).unref();
  return watch;
}

/** A new folder with a watch over it, still without a cluster. */
export function newCluster(binaries: Binaries): Cluster {
  const user = serverUser();
  const folder = makeFolder(user);
  const watch = startWatch(folder);
  return { folder, bin: usableBin(binaries, folder), user, password: randomBytes(12).toString('hex'), watch };
}

/** @throws Error with what initdb said */
export async function initialise({ folder, bin, user, password }: Cluster, options: ClusterOptions): Promise<void> {
  const { encoding = 'UTF8', locale = 'C', icuLocale, auth = 'scram-sha-256' } = options;
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  handOver(passwordFile, user);
  const places = ['-D', join(folder, 'data'), '-U', SUPERUSER, '-A', auth, `--pwfile=${passwordFile}`];
  const icu = icuLocale === undefined ? [] : ['--locale-provider=icu', `--icu-locale=${icuLocale}`];
  const all = [...places, '--no-sync', '--no-instructions', '-E', encoding, `--locale=${locale}`, ...icu];
  const initdb = spawn(join(bin, 'initdb'), all, { ...user, cwd: folder, env: ENVIRONMENT });
  let said = '';
  for (const output of [initdb.stdout, initdb.stderr]) output.on('data', (chunk) => (said += chunk));
  const [status] = await once(initdb, 'close');
  if (status !== 0) throw new Error(`initdb failed:\n${said}`);
  rmSync(passwordFile);
}

/** Removes the folder, and then the watch, which has nothing left to do. */
export async function removeCluster({ folder, watch }: Cluster): Promise<void> {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  if (watch.exitCode !== null || watch.signalCode !== null) return;
  watch.ref();
  const ended = once(watch, 'exit');
  watch.stdin?.end();
  await ended;
}

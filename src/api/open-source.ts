/**
 * From what a user names to a source of evidence: a database for a connection URL, standard input for `-`, the reader of a
 * layout for a folder, archive or file in one, a bundle for any other folder, else a file.
 */
import { stat } from 'node:fs/promises';
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { isPostgresUrl } from '../core/database-url.ts';
import { EvidenceError } from '../core/errors.ts';
import type { Shard } from '../core/snapshot/shard.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { FileBytes, StdinBytes } from '../sources/bytes.ts';
import type { PostgresOptions } from '../sources/postgres/index.ts';
import { RootsSource } from '../sources/roots-source.ts';
import { SnapshotSource } from '../sources/snapshot-source.ts';
import type { ProfileInput } from '../wire/profile.ts';
import type { ProfileInput2 } from '../wire/profile-items.ts';

/** How a database is read, or evidence in files that others wrote; snapshots have no use for it. */
export interface SourceOptions extends Omit<PostgresOptions, 'profile' | 'resume' | 'mayBeResumed' | 'held' | 'shard'> {
  /** A profile, the name of a built-in one, or the path of a file. Default for databases: `stella-ledger`. */
  readonly profile?: ProfileInput | ProfileInput2 | string;
  /** In place of a profile, for a file: JSON Pointer to the array of items, empty if the file is that. */
  readonly records?: string;
  /** With `records`: member of a record to a pointer or column, or to a fixed text with `=` before it. */
  readonly map?: Readonly<Record<string, string>>;
  /**
   * Whether the profile was chosen for this very run. Then what it changes that no record shows (a view, a condition) is
   * a demand of the report and no finding. Default: whether one is given.
   */
  readonly profileNamed?: boolean;
  /** The schema of all its tables, in place of what the profile says. */
  readonly schema?: string;
}

/** With what only a capture knows, or a comparison. */
export interface InternalSourceOptions
  extends SourceOptions,
    Pick<PostgresOptions, 'resume' | 'mayBeResumed' | 'held' | 'shard'> {
  /** Whether a file will do that is itself one part of a capture. */
  readonly mayBeShard?: boolean;
}

export interface OpenedSource {
  readonly source: EvidenceSource;
  /**
   * What the input is, once it has been read: two that have one of these in common are one and the same, however they
   * are named. Undefined if it could not be opened.
   */
  readonly identities: () => readonly string[] | undefined;
}

function bytesOf(name: string): FileBytes | StdinBytes {
  return name === '-' ? new StdinBytes() : new FileBytes(name);
}

function identitiesOf({ identity }: FileBytes | StdinBytes): readonly string[] | undefined {
  return identity === undefined ? undefined : [identity];
}

async function openDatabase(
  url: string,
  { profile, schema, records, map: _, profileNamed: __, mayBeShard: ___, ...options }: InternalSourceOptions,
): Promise<OpenedSource> {
  if (records !== undefined) throw new TypeError('records is about a file, and the source is a database');
  // The driver takes a while to load, and most runs have no use for it.
  const { openPostgres } = await import('../sources/postgres/index.ts');
  const { loadProfile } = await import('./profiles.ts');
  const source = openPostgres(url, { ...options, profile: await loadProfile(profile, schema) });
  const identities = (): readonly string[] | undefined =>
    source.liveIdentity === undefined ? undefined : [source.liveIdentity];
  return { source, identities };
}

/** What cannot be looked at is taken for a file: reading it says what is wrong. */
async function isFolder(name: string): Promise<boolean> {
  return stat(name).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** A folder, an archive or a file in a published layout; undefined for all else. */
async function openLayout(name: string): Promise<OpenedSource | undefined> {
  const { layoutOf } = await import('./layouts.ts');
  const source = await layoutOf(name);
  if (source === undefined) return undefined;
  return { source, identities: () => (source.identity === undefined ? undefined : [source.identity]) };
}

async function openBundle(name: string): Promise<OpenedSource> {
  const { BundleSource } = await import('../bundle/source.ts');
  const source = new BundleSource(name, { platform: nodePlatform });
  return { source, identities: () => source.identities };
}

/** Evidence that others wrote, where a profile says how it is read; undefined for what is of evidence-diff itself. */
async function openForeign(
  name: string,
  { profile, records, map }: InternalSourceOptions,
): Promise<OpenedSource | undefined> {
  if (profile === undefined && records === undefined) return undefined;
  const { importOf } = await import('./open-import.ts');
  return importOf(name, records === undefined ? profile : { records, map });
}

/** What is neither a database nor a snapshot; undefined for these. */
async function openOther(name: string, options: InternalSourceOptions): Promise<OpenedSource | undefined> {
  const foreign = await openForeign(name, options);
  if (foreign !== undefined) return foreign;
  const layout = await openLayout(name);
  if (layout !== undefined) return layout;
  return name !== '-' && (await isFolder(name)) ? openBundle(name) : undefined;
}

/** A part of a snapshot file. */
async function openPart(name: string, shard: Shard, other: OpenedSource | undefined): Promise<OpenedSource> {
  await other?.source.close();
  if (name === '-' || other !== undefined) {
    const advice = 'make a snapshot of it first, without --shard, and share that out';
    const reason = '--shard takes a database or a snapshot file, and this is neither';
    throw new EvidenceError('source-incomplete', reason, { where: { file: name }, advice });
  }
  const { ShardSource } = await import('../sources/shards/shard-source.ts');
  let file: FileBytes | undefined;
  const open = (): FileBytes => {
    file = new FileBytes(name);
    return file;
  };
  const source = new ShardSource(open, shard, nodePlatform);
  return { source, identities: () => (file === undefined ? undefined : identitiesOf(file)) };
}

/**
 * The source that `name` stands for. Nothing of it is opened until it is read.
 *
 * @throws EvidenceError if its profile cannot be read
 */
export async function openSource(name: string, options: InternalSourceOptions = {}): Promise<OpenedSource> {
  if (isPostgresUrl(name)) return openDatabase(name, options);
  const other = await openOther(name, options);
  if (options.shard !== undefined) return openPart(name, options.shard, other);
  if (other !== undefined) return other;
  const bytes = bytesOf(name);
  const faultOfOther = async (fault: EvidenceError): Promise<EvidenceError | undefined> =>
    name === '-' ? undefined : (await import('./foreign-advice.ts')).faultOfOther(name, fault);
  const mayBeShard = options.mayBeShard === true;
  const source = new SnapshotSource(bytes, { platform: nodePlatform, faultOfOther, mayBeShard });
  return { source, identities: () => identitiesOf(bytes) };
}

/** The profile that was named for a run with a database among `names`, by its name; undefined if none was. */
export function namedProfile(names: readonly string[], options: SourceOptions = {}): { readonly profile?: string } {
  const { profile, profileNamed = profile !== undefined } = options;
  if (profile === undefined || !profileNamed || !names.some(isPostgresUrl)) return {};
  return { profile: typeof profile === 'string' ? profile : profile.name };
}

/** A file of roots, or standard input for `-`, as a baseline. */
export function openRoots(name: string): OpenedSource {
  const bytes = bytesOf(name);
  return { source: new RootsSource(bytes, { platform: nodePlatform }), identities: () => identitiesOf(bytes) };
}

/** Whether two sources are one and the same input; undefined if one of them could not be opened. */
export function sameInputOf(one: OpenedSource, other: OpenedSource): () => boolean | undefined {
  return () => {
    const [was, is] = [one.identities(), other.identities()];
    return was === undefined || is === undefined ? undefined : was.some((identity) => is.includes(identity));
  };
}

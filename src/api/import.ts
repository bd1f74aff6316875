/** Evidence that others wrote in files: how it is opened, and made a snapshot. */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MANIFEST_NAME } from '../bundle/layout.ts';
import { isPostgresUrl } from '../core/database-url.ts';
import { canonicalBytes } from '../core/json/canonical.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { type ReadRecord, SnapshotReading } from '../engine/prove.ts';
import { FileBytes, StdinBytes } from '../sources/bytes.ts';
import { ImportSource } from '../sources/items/import-source.ts';
import { isOurs } from '../sources/items/ours.ts';
import { hasFiles, isDigestsOnly } from '../sources/items/place.ts';
import { plainOf } from '../wire/plain.ts';
import { type ItemsProfile, itemsProfile, itemsProfileFrom } from '../wire/profile-items.ts';
import { type ResumedCapture, verifyAll } from './capture-snapshot.ts';
import type { OpenedSource, SourceOptions } from './open-source.ts';
import { IMPORT_OPTIONS, type ImportRecordsOptions, readOptions, SOURCE_OPTIONS, text } from './options.ts';
import { isBuiltIn, readProfile } from './profiles.ts';

/** How a file is read where there is no profile: see `SourceOptions`. */
interface Short {
  readonly records: string;
  readonly map: SourceOptions['map'];
}

/** What says how files are read. */
type Rules = NonNullable<SourceOptions['profile']> | Short;

interface Loaded {
  readonly profile: ItemsProfile;
  readonly profileDigest: string;
}

function isShort(rules: object): rules is Short {
  return 'records' in rules;
}

/** Whether it is a profile of version 2; of any other the reader of databases says what is wrong. */
function isVersion2(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 2;
}

function loaded(value: unknown, file: string): Loaded | undefined {
  if (!isVersion2(value)) return undefined;
  const profile = itemsProfileFrom(value, file);
  return { profile, profileDigest: nodePlatform.sha256(canonicalBytes(jsonFrom(value))) };
}

/** The profile of files that `rules` are; undefined for one of tables. */
async function load(rules: Rules, name: string): Promise<Loaded | undefined> {
  if (typeof rules === 'object' && isShort(rules)) {
    const map = new Map(Object.entries(rules.map ?? {}));
    return loaded(itemsProfile(rules.records, map, basename(name)), 'the options records and map');
  }
  if (typeof rules !== 'string') return loaded(rules, 'the profile');
  if (isBuiltIn(rules)) return undefined;
  return loaded(plainOf(await readProfile(rules)), rules);
}

async function isFolder(name: string): Promise<boolean> {
  return stat(name).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/**
 * The source that `name` is by `rules`.
 *
 * @returns undefined where these are of tables alone, or what is there is of evidence-diff itself
 * @throws EvidenceError if there is no such profile, or it is not one
 */
export async function importOf(name: string, rules: Rules | undefined): Promise<OpenedSource | undefined> {
  if (rules === undefined) return undefined;
  const folder = name !== '-' && (await isFolder(name));
  const ours = name !== '-' && (await isOurs(folder ? join(name, MANIFEST_NAME) : name, nodePlatform));
  // What options say is of the file that is read by them; a profile is looked at in any case.
  if (ours && typeof rules === 'object' && isShort(rules)) return undefined;
  const found = await load(rules, name);
  if (ours || found === undefined || !hasFiles(found.profile)) return undefined;
  const options = { ...found, platform: nodePlatform };
  if (name === '-') {
    const bytes = new StdinBytes();
    return { source: new ImportSource({ bytes }, options), identities: () => identitiesOf(bytes) };
  }
  if (!folder) {
    const bytes = new FileBytes(name);
    return { source: new ImportSource({ bytes }, options), identities: () => identitiesOf(bytes) };
  }
  const { dev, ino } = await stat(name, { bigint: true });
  return { source: new ImportSource({ folder: name }, options), identities: () => [`${dev} ${ino}`] };
}

function identitiesOf({ identity }: FileBytes | StdinBytes): readonly string[] | undefined {
  return identity === undefined ? undefined : [identity];
}

/** As deep as the profile goes: what it reads is what there is to keep. */
export async function depthOf(source: string, { profile, records, map }: SourceOptions): Promise<'full' | 'digest'> {
  const rules = records === undefined ? profile : { records, map };
  const found = rules === undefined ? undefined : await load(rules, source);
  return found !== undefined && !isDigestsOnly(found.profile) ? 'full' : 'digest';
}

function requireFile(source: string, place: string): string {
  const name = text(source, `${place}: the source`);
  if (isPostgresUrl(name)) throw new TypeError(`${place}: the source is a database: verifyAll captures it`);
  return name;
}

/** @throws as `importRecords` of on-demand.ts says */
export async function importRecords(
  source: string,
  rules: NonNullable<SourceOptions['profile']>,
  given: ImportRecordsOptions = {},
): Promise<ResumedCapture> {
  const options = readOptions<ImportRecordsOptions>(given, IMPORT_OPTIONS, 'importRecords');
  const name = requireFile(source, 'importRecords');
  const profile = SOURCE_OPTIONS.profile(rules, 'importRecords: the profile');
  const { output, roots = true, ...rest } = options;
  if (output === undefined) return verifyAll(name, { ...rest, source: { profile } });
  const depth = options.depth ?? (await depthOf(name, { profile }));
  return verifyAll(name, { ...rest, depth, output, includeMerkleRoots: roots, source: { profile } });
}

/** @throws as `recordsOf` of on-demand.ts says */
export async function* recordsOf(
  source: string,
  rules: NonNullable<SourceOptions['profile']>,
): AsyncGenerator<ReadRecord> {
  const name = requireFile(source, 'recordsOf');
  const { openSource } = await import('./open-source.ts');
  const opened = await openSource(name, { profile: SOURCE_OPTIONS.profile(rules, 'recordsOf: the profile') });
  yield* await SnapshotReading.open(opened.source);
}

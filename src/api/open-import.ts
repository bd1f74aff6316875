/** From a profile of version 2, or options, and the name of a file or folder to a source. */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MANIFEST_NAME } from '../bundle/layout.ts';
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { EvidenceError } from '../core/errors.ts';
import { canonicalBytes } from '../core/json/canonical.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { FileBytes, StdinBytes } from '../sources/bytes.ts';
import { Glob } from '../sources/items/glob.ts';
import { ImportSource } from '../sources/items/import-source.ts';
import type { OpenLayout } from '../sources/items/layout-place.ts';
import { isOurs } from '../sources/items/ours.ts';
import { hasFiles, isDigestsOnly } from '../sources/items/place.ts';
import type { Recognised } from '../sources/items/recognised.ts';
import type { ArchiveTree } from '../sources/tree/archive-tree.ts';
import { archiveOf, headOf } from '../sources/tree/open-tree.ts';
import { plainOf } from '../wire/plain.ts';
import { type ProfileInput, parseProfile } from '../wire/profile.ts';
import { type ItemsProfile, itemsProfile, itemsProfileFrom, type ProfileInput2 } from '../wire/profile-items.ts';
import { isBuiltIn, readProfile } from './profiles.ts';

/** How a file is read where there is no profile: see `SourceOptions`. */
interface Short {
  readonly records: string;
  readonly map: Readonly<Record<string, string>> | undefined;
}

/** What says how files are read: a profile, its name or path, or options. */
export type Rules = ProfileInput | ProfileInput2 | string | Short;

/** A source, and what its input is once it has been read. */
interface Imported {
  readonly source: EvidenceSource;
  readonly identities: () => readonly string[] | undefined;
}

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
  const json = await readProfile(rules);
  const found = loaded(plainOf(json), rules);
  // What is no profile at all must not be passed over as one of tables is.
  if (found === undefined) parseProfile(json, rules);
  return found;
}

async function isFolder(name: string): Promise<boolean> {
  return stat(name).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** Whether the one place of a profile takes the archive itself, and not what is in it. */
function meansArchive({ items: [place, another] }: ItemsProfile, name: string): boolean {
  if (place === undefined || another !== undefined || !('files' in place.from)) return false;
  return place.from.as !== 'json' && new Glob(place.from.files).fits(basename(name));
}

/** The archive that a file is; undefined for what is none. */
async function archiveIn(name: string, { profile }: Loaded): Promise<ArchiveTree | undefined> {
  return meansArchive(profile, name) ? undefined : archiveOf(name, await headOf(name));
}

/** Whether it is a bundle of ours in an archive. What cannot be listed is none: reading it says why. */
async function isOurArchive(archive: ArchiveTree): Promise<boolean> {
  const { bundleRootIn } = await import('../bundle/archive-source.ts');
  try {
    return bundleRootIn((await archive.list()).map(({ path }) => path)) !== undefined;
  } catch (fault) {
    if (fault instanceof EvidenceError) return false;
    throw fault;
  }
}

/**
 * The source that `name` is by `rules`.
 *
 * @returns undefined where these are of tables alone, or what is there is of evidence-diff itself
 * @throws EvidenceError if there is no such profile, or it is not one
 */
export async function importOf(name: string, rules: Rules | undefined): Promise<Imported | undefined> {
  if (rules === undefined) return undefined;
  const folder = name !== '-' && (await isFolder(name));
  const ours = name !== '-' && (await isOurs(folder ? join(name, MANIFEST_NAME) : name, nodePlatform));
  // What options say is of the file that is read by them; a profile is looked at in any case.
  if (ours && typeof rules === 'object' && isShort(rules)) return undefined;
  const found = await load(rules, name);
  if (ours || found === undefined || !hasFiles(found.profile)) return undefined;
  const archive = folder || name === '-' ? undefined : await archiveIn(name, found);
  if (archive === undefined) return imported(name, folder, found);
  return (await isOurArchive(archive)) ? undefined : importedArchive(archive, found);
}

/** Readers of layouts are loaded when there is something for them. */
function openerOf(name: string): OpenLayout {
  return async (place) => (await import('./layout-places.ts')).openLayoutPlace(name, place, openItems);
}

function importedArchive(archive: ArchiveTree, found: Loaded): Imported {
  const options = { ...found, platform: nodePlatform, openLayout: openerOf(archive.name) };
  const source = new ImportSource({ archive }, options);
  return { source, identities: () => (archive.identity === undefined ? undefined : [archive.identity]) };
}

/**
 * A file or folder that nobody said how to read, by what it was recognised as.
 *
 * @param profile - how
 */
export async function openItems(name: string, profile: ProfileInput2, recognised: Recognised): Promise<Imported> {
  const found = loaded(profile, 'the profile');
  if (found === undefined) throw new RangeError('a profile of another version');
  return imported(name, await isFolder(name), { ...found, recognised });
}

async function imported(
  name: string,
  folder: boolean,
  found: Loaded & { readonly recognised?: Recognised },
): Promise<Imported> {
  const options = { ...found, platform: nodePlatform, openLayout: openerOf(name) };
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

/** As deep as the rules go: what they read is what there is to keep. */
export async function depthOf(source: string, rules: Rules | undefined): Promise<'full' | 'digest'> {
  const found = rules === undefined ? undefined : await load(rules, source);
  return found !== undefined && !isDigestsOnly(found.profile) ? 'full' : 'digest';
}

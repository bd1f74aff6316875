/** Looks at a folder of foreign evidence: its files are grouped by how items lie in them. */
import { join } from 'node:path';
import { EvidenceError } from '../../core/errors.ts';
import type { Platform } from '../../core/platform.ts';
import { present } from '../../core/present.ts';
import { type ByteSource, FileBytes } from '../bytes.ts';
import { eachFileUnder } from '../items/file-tree.ts';
import { PathList, type Paths } from '../items/path-list.ts';
import type { ArchiveTree } from '../tree/archive-tree.ts';
import { EntryBytes } from '../tree/entry-bytes.ts';
import { placeIn } from '../tree/tree.ts';
import { type Look, MOST_FIRST, type Place } from './place.ts';
import { commonKind, kindsOf, proposeMapping } from './propose.ts';
import { beginningOf, MOST_ITEMS, type Survey, surveyOf } from './survey.ts';
import { filesInWords } from './words.ts';

/** So much is looked at, of each file and of all: what was read is held. */
const MOST_BYTES_OF_ONE = 256 * 1024;
const MOST_BYTES = 32 * 1024 * 1024;

interface SurveyedFile {
  readonly path: string;
  readonly survey: Survey;
}

async function surveyOfFile(
  platform: Platform,
  file: ByteSource,
): Promise<{ readonly survey: Survey; readonly bytes: number }> {
  const beginning = await beginningOf(file, MOST_BYTES_OF_ONE);
  const { length: bytes } = beginning.bytes;
  try {
    return { survey: asFile(surveyOf(platform, beginning)), bytes };
  } catch (fault) {
    if (!(fault instanceof EvidenceError)) throw fault;
    // What is wrong with it is said by whoever reads it whole.
    return { survey: { form: { is: 'other', what: fault.reason }, items: [], cut: false, isOurs: false }, bytes };
  }
}

/** Files in which items lie in one way. */
interface Group {
  readonly survey: Survey;
  readonly files: readonly SurveyedFile[];
}

/**
 * A file of a folder is a document, named by its path, unless it is one of several of a kind that has names of its own:
 * what else lists objects is one of the documents.
 */
function asFile(survey: Survey): Survey {
  const { form, value, items, isOurs } = survey;
  // Beside others lines of one word each are a list of something, and no evidence that one could guess at.
  if (form.is === 'columns' && items[0] instanceof Map && items[0].size === 1) {
    return { ...survey, form: { is: 'other', what: 'other text or bytes' }, items: [] };
  }
  if (form.is !== 'array' || isOurs || value === undefined || commonKind(items) !== undefined) return survey;
  return { ...survey, form: { is: 'document' }, items: [value] };
}

function groupsOf(files: readonly SurveyedFile[]): readonly Group[] {
  const groups = new Map<string, SurveyedFile[]>();
  for (const file of files) {
    const { form, items } = file.survey;
    if (form.is === 'other' || items.length === 0) continue;
    const columns = items[0] instanceof Map ? [...items[0].keys()] : [];
    const key = JSON.stringify([
      form.is,
      form.is === 'array' ? form.pointer : '',
      form.is === 'columns' ? [form.delimiter, ...columns] : '',
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [file]);
    else group.push(file);
  }
  return [...groups.values()].flatMap((group) =>
    group[0] === undefined ? [] : [{ survey: group[0].survey, files: group }],
  );
}

/** `.json` of `a/b.cdx.json`; nothing where there is none. */
function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot);
}

/** The folder that all paths are in, with `/`; nothing for the top. */
function commonFolder(paths: readonly string[]): string {
  let common = (paths[0] ?? '').slice(0, (paths[0] ?? '').lastIndexOf('/') + 1);
  while (!paths.every((path) => path.startsWith(common)))
    common = common.slice(0, common.lastIndexOf('/', common.length - 2) + 1);
  return common;
}

/**
 * Patterns that fit the files of a group and none of `others`: one if there is one, else a path each.
 *
 * @param others - files that are read by other places; what nothing reads may have the same ending: then it is evidence
 *   that cannot be read, and no other file
 */
function globsOf(paths: readonly string[], others: readonly string[]): readonly string[] {
  const endings = new Set(paths.map(endingOf));
  const [ending = ''] = endings;
  const folder = commonFolder(paths);
  const fits = (path: string, within: string): boolean => path.startsWith(within) && endingOf(path) === ending;
  if (endings.size === 1 && ending !== '') {
    for (const within of new Set(['', folder])) {
      if (!others.some((path) => fits(path, within))) return [`${within}**/*${ending}`];
    }
  }
  return others.some((path) => path.startsWith(folder)) ? paths : [`${folder}**`];
}

/** A file to be looked at; its bytes are to be read before the next one is asked for. */
interface FoundFile {
  readonly path: string;
  readonly open: () => ByteSource;
}

async function* filesOfFolder(folder: string, paths: Paths): AsyncGenerator<FoundFile> {
  for (const path of paths) yield { path, open: () => new FileBytes(join(folder, path)) };
}

async function* filesOfArchive(archive: ArchiveTree): AsyncGenerator<FoundFile> {
  for await (const { path, size, data } of archive.files()) {
    yield { path, open: () => new EntryBytes(placeIn(archive.name, path), size, data()) };
  }
}

/**
 * Looks at a folder.
 *
 * @throws EvidenceError if it cannot be read
 */
export async function lookAtFolder(platform: Platform, folder: string): Promise<Look> {
  const paths = new PathList();
  await eachFileUnder(folder, (path) => paths.add(path));
  return lookAtFiles(platform, 'a folder', paths, filesOfFolder(folder, paths));
}

/**
 * Looks at an archive, which is read as the folder that it would unpack to.
 *
 * @param archive - it is closed
 * @throws EvidenceError if it cannot be read
 */
export async function lookAtArchive(platform: Platform, archive: ArchiveTree): Promise<Look> {
  try {
    const paths = (await archive.list()).map(({ path }) => path);
    return await lookAtFiles(platform, 'an archive', paths, filesOfArchive(archive));
  } finally {
    await archive.close();
  }
}

async function lookAtFiles(
  platform: Platform,
  holder: string,
  paths: Paths,
  found: AsyncIterable<FoundFile>,
): Promise<Look> {
  const files: SurveyedFile[] = [];
  let left = MOST_BYTES;
  for await (const { path, open } of found) {
    if (left <= 0) break;
    const { survey, bytes } = await surveyOfFile(platform, open());
    left -= bytes;
    files.push({ path, survey });
  }
  const all = files.map(({ path }) => path);
  const what = filesInWords(
    files.map(({ survey }) => survey),
    paths.length,
    holder,
  );
  if (files.some(({ survey }) => survey.isOurs)) return { what, isOurs: true, places: [], unread: [], unreadFiles: [] };
  const groups = groupsOf(files);
  const read = new Set(groups.flatMap((group) => group.files.map(({ path }) => path)));
  const places = apart(groups.map((group) => placesOf(platform, group, read)));
  const unreadFiles = all.filter((path) => !read.has(path));
  const members = groups.flatMap(({ survey: { form } }) => (form.is === 'array' ? form.others : []));
  return { what, isOurs: false, places, unread: [...members, ...unreadFiles], unreadFiles };
}

/** What lies under a pattern, in words: `csv` of `**\/*.csv`, and a path as it is. */
function nameOf(glob: string): string {
  return glob.replace(/\*\*\/?\*?\.?/, '').replace(/\/$/, '');
}

/** Items of no kind that lie in two ways are two things: each in a stream of its own, called after where it lies. */
function apart(groups: readonly (readonly Place[])[]): readonly Place[] {
  const isNameless = ({ form, proposal }: Place): boolean => form.is !== 'document' && proposal.kind === undefined;
  const nameless = groups.filter(([first]) => first !== undefined && isNameless(first));
  return groups.flatMap((places) => {
    const name = places[0]?.glob;
    if (nameless.length < 2 || name === undefined || !nameless.includes(places)) return places;
    return places.map((place) => {
      const { proposal } = place;
      const stream = { value: nameOf(name) };
      return { ...place, proposal: { ...proposal, mapping: { ...proposal.mapping, stream } } };
    });
  });
}

function placesOf(platform: Platform, { survey: { form }, files }: Group, read: ReadonlySet<string>): readonly Place[] {
  // A share of each file: what comes twice in two of them is seen only where both are looked into.
  const share = Math.ceil(MOST_ITEMS / files.length);
  const shares = files.map(({ survey }) => survey.items.slice(0, share));
  const items = shares.flat();
  const cut = files.some(({ survey }) => survey.cut || survey.items.length > share);
  const paths = files.map(({ path }) => path);
  const isDocument = form.is === 'document';
  const holding = files.length < 2 ? undefined : shares.flatMap((share, at) => share.map(() => paths[at] ?? ''));
  const sample = {
    items,
    bare: form.is === 'columns',
    cut,
    ...(isDocument ? { paths } : present({ files: holding })),
  };
  const proposal = proposeMapping(platform, sample, isDocument);
  const kinds = kindsOf(items);
  const own = new Set(paths);
  const others = [...read].filter((path) => !own.has(path));
  const first = items.slice(0, MOST_FIRST);
  return globsOf(paths, others).map((glob) => ({ form, glob, proposal, kinds, count: items.length, cut, first }));
}

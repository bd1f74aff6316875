/** What the bundles of the platform have in common: lists of checksums, files as records, envelopes among them. */

import { EvidenceError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json/value.ts';
import { type Hash, isHash } from '../core/platform.ts';
import { attestationOf } from './attestation.ts';
import type { Layout, LayoutContents, LayoutRecord, LayoutTools } from './layout.ts';
import type { LayoutTree } from './layout-tree.ts';
import { arrayAt, canonicalWithout, maybeTextAt, objectAt, textAt } from './members.ts';
export const MANIFEST = 'manifest.json';

/** A hash, with `sha256:` before it or without. */
export function hashAt(object: JsonObject, name: string, at = ''): Hash {
  const value = textAt(object, name, at).replace(/^sha256:/, '');
  if (isHash(value)) return value;
  throw new EvidenceError('schema-violation', `${at}/${name}: expected 64 lower-case hex digits`);
}

/** The first folder of a path; empty for a file at the top. */
function topOf(path: string): string {
  return path.slice(0, Math.max(0, path.indexOf('/')));
}

/** The file `path`, which must be there, as a JSON object. */
export async function jsonOf(tree: LayoutTree, path: string): Promise<JsonObject> {
  const json = tree.json(path, await tree.readOne(path));
  return tree.about(path, () => objectAt(json, '/'));
}

/** Lines, the last of which need not end. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Path to digest of a list of checksums; a line that is none, or one twice, is refused. */
export function sumsOf(
  tree: LayoutTree,
  path: string,
  lines: readonly string[],
  read: (line: string) => readonly [string, Hash] | undefined,
): ReadonlyMap<string, Hash> {
  const sums = new Map<string, Hash>();
  for (const [at, line] of lines.entries()) {
    const [file, hash] = read(line) ?? [];
    const where = { file: tree.place(path), line: at + 1 };
    if (file === undefined || hash === undefined)
      throw new EvidenceError('schema-violation', 'is no line of checksums', { where });
    if (file.split('/').some((part) => part === '' || part === '.' || part === '..'))
      throw new EvidenceError('schema-violation', `${JSON.stringify(file)} is no plain path`, { where });
    if (sums.has(file))
      throw new EvidenceError('schema-violation', `${JSON.stringify(file)} is listed twice`, { where });
    sums.set(file, hash);
  }
  return sums;
}

/** Envelopes among the files, checked with the keys that were given; how many there are. */
async function checkEnvelopes(
  tree: LayoutTree,
  tools: LayoutTools,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const attrs = new Map<string, Readonly<Record<string, string>>>();
  for (const [path, bytes] of await tree.read(paths)) {
    const json = tree.json(path, bytes);
    const found = tree.about(path, () => attestationOf(tools.platform, json, tools.keys));
    for (const { kind, what } of found.faults) tools.report(kind, path, what);
    attrs.set(path, { ...found.attrs, payload: found.digest });
  }
  return attrs;
}

/** What is not known of signatures where no key was given. */
export function unsigned({ keys }: LayoutTools, count: number, what: string): readonly string[] {
  return keys.length > 0 || count === 0
    ? []
    : [`the signatures of ${count} ${what}: no key was given, and those in the bundle vouch for nothing`];
}

/** A file as a record: its folder is the stream, and files at the top are about the bundle. */
function fileRecord(tenant: string, path: string, hash: Hash, attrs?: Readonly<Record<string, string>>): LayoutRecord {
  const folder = path.includes('/') ? topOf(path) : 'bundle';
  return {
    tenant,
    stream: folder,
    id: path,
    type: folder,
    bodyDigest: `sha256:${hash}`,
    path,
    ...(attrs === undefined ? {} : { attrs }),
  };
}

/*
 * An export of the platform in format 1.0.0: files, and their checksums as BSD writes them. Keys that lie in it are evidence
 * like any other file and vouch for nothing.
 */

const EXPORT_SUMS = 'checksums.sha256';
/** Files that are about the export; no checksum needs to list them. */
const EXPORT_OWN: readonly string[] = [MANIFEST, 'metadata.json', 'README.md', 'verify.sh', 'verify.ps1', EXPORT_SUMS];
const EXPORT_FOLDERS: readonly string[] = ['sboms', 'vex', 'attestations'];
const BSD_LINE = /^SHA256 \((.+)\) = ([0-9a-f]{64})$/;

async function readExport(tree: LayoutTree, tools: LayoutTools): Promise<LayoutContents> {
  const lines = linesOf(tree.text(EXPORT_SUMS, await tree.readOne(EXPORT_SUMS)));
  const sums = sumsOf(tree, EXPORT_SUMS, lines, (line) => {
    const [, file, hash] = BSD_LINE.exec(line) ?? [];
    return file === undefined || hash === undefined ? undefined : [file, hash];
  });
  const manifest = await jsonOf(tree, MANIFEST);
  const stated = tree.about(MANIFEST, () => ({
    bundleId: textAt(manifest, 'bundleId'),
    version: maybeTextAt(manifest, 'version') ?? '1.0.0',
  }));
  if (stated.version !== '1.0.0') {
    throw new EvidenceError(
      'unsupported-version',
      `is of the version ${JSON.stringify(stated.version)}, and 1.0.0 is what is read`,
      { where: { file: tree.place(MANIFEST) } },
    );
  }
  const hashes = await tree.hashes();
  for (const [path, hash] of sums) {
    const is = hashes.get(path);
    if (is === undefined) tools.report('manifest-mismatch', path, `is not there, and ${EXPORT_SUMS} lists it`);
    else if (is !== hash)
      tools.report('body-digest-mismatch', path, `its SHA-256 is ${is}, and ${EXPORT_SUMS} states ${hash}`);
  }
  const unlisted = [...hashes.keys()].filter((path) => !sums.has(path)).sort();
  for (const path of unlisted) {
    if (EXPORT_OWN.includes(path) || path.startsWith('keys/')) continue;
    tools.report('manifest-mismatch', path, `${EXPORT_SUMS} does not list it`);
  }
  const sound = (path: string): boolean => hashes.get(path) === sums.get(path);
  const envelopes = [...hashes.keys()].filter((path) => path.endsWith('.dsse.json') && sound(path));
  const attrs = await checkEnvelopes(tree, tools, envelopes);
  const own = unlisted.filter((path) => path !== EXPORT_SUMS);
  return {
    records: [...hashes]
      .filter(([path]) => path !== EXPORT_SUMS)
      .map(([path, hash]) => fileRecord('stella-export', path, hash, attrs.get(path))),
    subject: { bundleId: stated.bundleId, listed: sums.size },
    signaturesChecked: attrs.size,
    notChecked: [
      ...(own.length === 0 ? [] : [`files that ${EXPORT_SUMS} does not list: ${own.slice(0, 10).join(', ')}`]),
      ...unsigned(tools, attrs.size, 'attestations'),
    ],
  };
}

export const STELLA_EXPORT: Layout = {
  id: 'stella-export',
  title: 'an export of the platform, format 1.0.0',
  knownBy: '`checksums.sha256`, or `manifest.json` and `metadata.json` beside `sboms/`, `vex/` or `attestations/`',
  recognises: (paths) =>
    paths.has(EXPORT_SUMS) ||
    (paths.has(MANIFEST) &&
      paths.has('metadata.json') &&
      [...paths].some((path) => EXPORT_FOLDERS.includes(topOf(path)))),
  read: readExport,
};

/* A portable bundle of VEX documents: each file is named by its digest. */

const VEX_MARK = 'bundle-manifest.json';
const VEX_FILE = /^evidence\/([^/]+)\/sha256_([0-9a-f]{64})\.json$/;
const VEX_OWN: readonly string[] = [VEX_MARK, MANIFEST, 'timeline.json', 'VERIFY.md'];

interface Item {
  readonly provider: string;
  readonly hash: Hash;
  readonly others: string;
}

function itemOf(json: Json, at: number): Item {
  const where = `/items/${at}`;
  const object = objectAt(json, where);
  return {
    provider: textAt(object, 'provider', where),
    hash: hashAt(object, 'contentHash', where),
    others: canonicalWithout(object, 'provider', 'contentHash'),
  };
}

async function readVex(tree: LayoutTree, tools: LayoutTools): Promise<LayoutContents> {
  const manifest = await jsonOf(tree, MANIFEST);
  await tree.readOne(VEX_MARK);
  const items = tree.about(MANIFEST, () => arrayAt(manifest, 'items').map(itemOf));
  const tenant = tree.about(MANIFEST, () => textAt(manifest, 'tenant'));
  const root = tree.about(MANIFEST, () => rootAttrs(manifest));
  const hashes = await tree.hashes();
  const byPath = new Map(items.map((item) => [`evidence/${item.provider}/sha256_${item.hash}.json`, item]));
  if (byPath.size < items.length) tools.report('duplicate-id', MANIFEST, 'lists an item twice');
  for (const path of byPath.keys()) {
    if (!hashes.has(path)) tools.report('manifest-mismatch', path, `is not there, and ${MANIFEST} lists it`);
  }
  const records = [...hashes].flatMap(([path, hash]): readonly LayoutRecord[] => {
    const [, provider, named] = VEX_FILE.exec(path) ?? [];
    if (provider !== undefined && named !== undefined) {
      const item = byPath.get(path);
      if (named !== hash) tools.report('body-digest-mismatch', path, `its SHA-256 is ${hash}`);
      else if (item === undefined) tools.report('manifest-mismatch', path, `${MANIFEST} does not list it`);
      return [documentRecord(tenant, provider, { path, named, hash, item })];
    }
    if (VEX_OWN.includes(path)) return [fileRecord(tenant, path, hash, path === MANIFEST ? root : undefined)];
    tools.report('manifest-mismatch', path, 'does not belong to the bundle');
    return [];
  });
  const notChecked = manifest.has('merkleRoot')
    ? ['the root in manifest.json, whose recipe is not published: it is compared by value']
    : [];
  return { records, subject: { items: items.length }, notChecked };
}

function documentRecord(
  tenant: string,
  provider: string,
  { path, named, hash, item }: { path: string; named: Hash; hash: Hash; item: Item | undefined },
): LayoutRecord {
  const attrs = item === undefined ? {} : { attrs: { item: item.others } };
  const place = { tenant, stream: `evidence/${provider}`, id: `sha256:${named}` };
  return { ...place, type: 'vex', bodyDigest: `sha256:${hash}`, ...attrs, path };
}

function rootAttrs(manifest: JsonObject): Readonly<Record<string, string>> {
  return manifest.has('merkleRoot') ? { merkleRoot: textAt(manifest, 'merkleRoot') } : {};
}

export const STELLA_VEX: Layout = {
  id: 'stella-vex',
  title: 'a portable bundle of VEX documents',
  knownBy: '`bundle-manifest.json`, or files `evidence/PROVIDER/sha256_HEX.json`',
  recognises: (paths) => paths.has(VEX_MARK) || [...paths].some((path) => VEX_FILE.test(path)),
  read: readVex,
};

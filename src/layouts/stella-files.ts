/** What the bundles of the platform have in common: lists of checksums, files as records, envelopes among them. */
import { EvidenceError } from '../core/errors.ts';
import type { JsonObject } from '../core/json/value.ts';
import { type Hash, isHash } from '../core/platform.ts';
import { attestationOf } from './attestation.ts';
import type { LayoutRecord, LayoutTools } from './layout.ts';
import type { LayoutTree } from './layout-tree.ts';
import { objectAt, textAt } from './members.ts';

export const MANIFEST = 'manifest.json';

/** A hash, with `sha256:` before it or without. */
export function hashAt(object: JsonObject, name: string, at = ''): Hash {
  const value = textAt(object, name, at).replace(/^sha256:/, '');
  if (isHash(value)) return value;
  throw new EvidenceError('schema-violation', `${at}/${name}: expected 64 lower-case hex digits`);
}

/** The first folder of a path; empty for a file at the top. */
export function topOf(path: string): string {
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
export async function checkEnvelopes(
  tree: LayoutTree,
  tools: LayoutTools,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const attrs = new Map<string, Readonly<Record<string, string>>>();
  for (const [path, bytes] of await tree.read(paths)) {
    const json = tree.json(path, bytes);
    const found = tree.about(path, () => attestationOf(tools.platform, json, tools.keys));
    for (const { kind, what } of found.faults) tools.tell(kind, path, what);
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
export function fileRecord(
  tenant: string,
  path: string,
  hash: Hash,
  attrs?: Readonly<Record<string, string>>,
): LayoutRecord {
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

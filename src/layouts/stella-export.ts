/**
 * An export of the platform in format 1.0.0: files, and their checksums as BSD writes them. Keys that lie in it are evidence
 * like any other file and vouch for nothing.
 */
import { EvidenceError } from '../core/errors.ts';
import type { Layout, LayoutContents, LayoutTools } from './layout.ts';
import type { LayoutTree } from './layout-tree.ts';
import { maybeTextAt, textAt } from './members.ts';
import { checkEnvelopes, fileRecord, jsonOf, linesOf, MANIFEST, sumsOf, topOf, unsigned } from './stella-files.ts';

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
    if (is === undefined) tools.tell('manifest-mismatch', path, `is not there, and ${EXPORT_SUMS} lists it`);
    else if (is !== hash)
      tools.tell('body-digest-mismatch', path, `its SHA-256 is ${is}, and ${EXPORT_SUMS} states ${hash}`);
  }
  const unlisted = [...hashes.keys()].filter((path) => !sums.has(path)).sort();
  for (const path of unlisted) {
    if (EXPORT_OWN.includes(path) || path.startsWith('keys/')) continue;
    tools.tell('manifest-mismatch', path, `${EXPORT_SUMS} does not list it`);
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

/** Files in a published layout, by names: which reader takes what a name stands for. */

import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { BundleArchiveSource } from '../bundle/archive-source.ts';
import type { StampOptions } from '../bundle/stamp.ts';
import { isPostgresUrl } from '../core/database-url.ts';
import { codeOf, EvidenceError } from '../core/errors.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import type { Layout } from '../layouts/layout.ts';
import type { LayoutSource } from '../layouts/layout-source.ts';
import type { ArchiveTree } from '../sources/tree/archive-tree.ts';
import { archiveOf, headOf } from '../sources/tree/open-tree.ts';
import type { PublicKey } from '../trust/keys.ts';
import { initAdvice } from './foreign-advice.ts';
/** What reads a layout. */
export type LayoutReader = LayoutSource | BundleArchiveSource;

/** Files of our own bundles, which have a reader of their own. */
const OWN: readonly string[] = ['SHA256SUMS', 'snapshot.ndjson', 'bodies'];

/** The layout that a folder is in, or an archive; undefined where nobody has recognised one, or more than one. */
export async function layoutIn(name: string): Promise<Layout | undefined> {
  try {
    const paths = (await stat(name)).isDirectory() ? await pathsOf(name) : await pathsIn(name);
    const { recognised } = await import('../layouts/registry.ts');
    return paths === undefined ? undefined : recognised(name, paths)?.layout;
  } catch (fault) {
    if (fault instanceof EvidenceError || codeOf(fault) !== 'unknown fault') return undefined;
    throw fault;
  }
}

async function pathsIn(file: string): Promise<readonly string[] | undefined> {
  const archive = archiveOf(file, await headOf(file));
  try {
    return (await archive?.list())?.map(({ path }) => path);
  } finally {
    await archive?.close();
  }
}

/** Whether `name` is a folder with a bundle of ours, be it damaged. */
export async function isBundleFolder(name: string): Promise<boolean> {
  const top = await readdir(name).catch(() => []);
  return top.some((entry) => OWN.includes(entry));
}

/** The paths of whatever is no folder under one; undefined for a bundle of ours. */
async function pathsOf(folder: string): Promise<readonly string[] | undefined> {
  if (await isBundleFolder(folder)) return undefined;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
}

/** Whether `name` is a folder in a published layout, or in more than one, which whoever reads it says. */
export async function isLayoutFolder(name: string): Promise<boolean> {
  try {
    const paths = await pathsOf(name);
    const { recognised } = await import('../layouts/registry.ts');
    return paths !== undefined && recognised(name, paths) !== undefined;
  } catch (fault) {
    // Of two layouts: reading it says so. What cannot be looked at nobody has recognised.
    return fault instanceof EvidenceError;
  }
}

/**
 * The reader of the layout that `name` is in: a folder, an archive, or a file of attestations by itself. Readers are
 * loaded when there is something for them.
 *
 * @param keys - by which signatures in it are checked
 * @param stamp - what is demanded of the time stamp of a bundle of ours in an archive
 * @returns undefined if it is in none, or cannot be looked at: then whoever reads it says what it is
 */
export async function layoutOf(
  name: string,
  keys: readonly PublicKey[] = [],
  stamp: StampOptions = {},
): Promise<LayoutReader | undefined> {
  if (name === '-' || isPostgresUrl(name)) return undefined;
  const stats = await stat(name).catch(() => undefined);
  if (stats?.isDirectory() === true)
    return (await isLayoutFolder(name)) ? await readerOf('folder', name, keys) : undefined;
  if (stats?.isFile() !== true) return undefined;
  const head = await headOf(name);
  const archive = archiveOf(name, head);
  if (archive !== undefined) return (await bundleIn(archive, stamp)) ?? readerOf(archive, name, keys);
  const text = Buffer.from(head).toString('latin1');
  if (beginsEnvelope(text)) return readerOf('in-toto', name, keys);
  return beginsSigstore(text) ? readerOf('sigstore', name, keys) : undefined;
}

/** A bundle of ours in an archive; undefined where it is none, or cannot be listed, which reading it says better. */
async function bundleIn(archive: ArchiveTree, stamp: StampOptions): Promise<BundleArchiveSource | undefined> {
  const { bundleRootIn, BundleArchiveSource: Reader } = await import('../bundle/archive-source.ts');
  try {
    const paths = (await archive.list()).map(({ path }) => path);
    return bundleRootIn(paths) === undefined ? undefined : new Reader(archive, { platform: nodePlatform, ...stamp });
  } catch (fault) {
    if (fault instanceof EvidenceError) return undefined;
    throw fault;
  }
}

async function readerOf(
  what: 'folder' | 'in-toto' | 'sigstore' | ArchiveTree,
  name: string,
  keys: readonly PublicKey[],
): Promise<LayoutSource> {
  const { LayoutSource } = await import('../layouts/layout-source.ts');
  const options = { platform: nodePlatform, keys };
  if (what === 'folder') {
    const { FolderTree } = await import('../sources/tree/folder-tree.ts');
    return new LayoutSource(new FolderTree(name), undefined, options);
  }
  if (typeof what !== 'string') {
    const source = new LayoutSource(what, undefined, options);
    source.adviceForOther = initAdvice(name);
    return source;
  }
  const { OneFileTree } = await import('../sources/tree/narrow-trees.ts');
  const { layoutNamed } = await import('../layouts/registry.ts');
  return new LayoutSource(new OneFileTree(name), { layout: layoutNamed(what), root: '' }, options);
}

/* How a file of attestations begins: most files are none, and for those no reader of layouts is loaded. */

const ENVELOPE = /^\s*\{\s*"(payload|payloadType|signatures)"\s*:/;
const BUNDLE =
  /^\s*\{\s*("mediaType"\s*:\s*"application\/vnd\.dev\.sigstore\.bundle|"(verificationMaterial|dsseEnvelope|messageSignature)"\s*:)/;

function beginsEnvelope(head: string): boolean {
  return ENVELOPE.test(head);
}

function beginsSigstore(head: string): boolean {
  return BUNDLE.test(head);
}

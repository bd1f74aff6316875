/** A portable bundle of VEX documents: each file is named by its digest. */
import type { Json, JsonObject } from '../core/json/value.ts';
import type { Hash } from '../core/platform.ts';
import type { Layout, LayoutContents, LayoutRecord, LayoutTools } from './layout.ts';
import type { LayoutTree } from './layout-tree.ts';
import { arrayAt, canonicalWithout, objectAt, textAt } from './members.ts';
import { fileRecord, hashAt, jsonOf, MANIFEST } from './stella-files.ts';

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
  if (byPath.size < items.length) tools.tell('duplicate-id', MANIFEST, 'lists an item twice');
  for (const path of byPath.keys()) {
    if (!hashes.has(path)) tools.tell('manifest-mismatch', path, `is not there, and ${MANIFEST} lists it`);
  }
  const records = [...hashes].flatMap(([path, hash]): readonly LayoutRecord[] => {
    const [, provider, named] = VEX_FILE.exec(path) ?? [];
    if (provider !== undefined && named !== undefined) {
      const item = byPath.get(path);
      if (named !== hash) tools.tell('body-digest-mismatch', path, `its SHA-256 is ${hash}`);
      else if (item === undefined) tools.tell('manifest-mismatch', path, `${MANIFEST} does not list it`);
      return [documentRecord(tenant, provider, { path, named, hash, item })];
    }
    if (VEX_OWN.includes(path)) return [fileRecord(tenant, path, hash, path === MANIFEST ? root : undefined)];
    tools.tell('manifest-mismatch', path, 'does not belong to the bundle');
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

/**
 * A sealed bundle of the evidence locker, or a portable one. What was signed is the payload in `signature.json`; the root
 * is that of the sorted checksums.
 */

import { fromBase64 } from '../core/base64.ts';
import { EvidenceError } from '../core/errors.ts';
import { canonicalText } from '../core/json/canonical.ts';
import type { Json, JsonObject } from '../core/json/value.ts';
import { type Hash, type Platform, utf8 } from '../core/platform.ts';
import { counted } from '../core/words.ts';
import { preAuthEncoding } from '../trust/dsse.ts';
import type { Layout, LayoutContents, LayoutRecord, LayoutTools } from './layout.ts';
import type { LayoutTree } from './layout-tree.ts';
import { arrayAt, canonicalWithout, objectAt, sizeAt, textAt } from './members.ts';
import { hashAt, jsonOf, linesOf, MANIFEST, sumsOf, unsigned } from './stella.ts';

const SIGNATURE = 'signature.json';
const BUNDLE = 'bundle.json';
const SUMS = 'checksums.txt';
const SEALED_MARKS: readonly string[] = [SIGNATURE, BUNDLE, SUMS];
/** For whoever reads it: nothing in the bundle vouches for them. */
const SEALED_ABOUT: ReadonlySet<string> = new Set(['instructions.txt', 'verify.sh', 'verify-offline.sh']);
const SEALED_OWN: ReadonlySet<string> = new Set([MANIFEST, ...SEALED_MARKS, ...SEALED_ABOUT]);
const ROOT_LINE = /^root (?:sha256:)?([0-9a-f]{64})$/;
const SUM_LINE = /^([0-9a-f]{64}) [ *](.+)$/;

interface Entry {
  readonly path: string;
  readonly section: string;
  readonly sha256: Hash;
  readonly size: number;
  /** All that the entry says besides, as canonical JSON. */
  readonly others: string;
}

function entryOf(json: Json, at: number): Entry {
  const where = `/entries/${at}`;
  const object = objectAt(json, where);
  return {
    path: textAt(object, 'canonicalPath', where),
    section: textAt(object, 'section', where),
    sha256: hashAt(object, 'sha256', where),
    size: sizeAt(object, 'sizeBytes', where),
    others: canonicalWithout(object, 'canonicalPath', 'section', 'sha256', 'sizeBytes'),
  };
}

/** An id in either of its spellings, with dashes and without. */
function plainId(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}

/** The root of a list of checksums by both recipes that were published, by what they are taken over. */
function rootsOf(platform: Platform, lines: readonly string[], whole: Uint8Array): ReadonlyMap<string, Hash> {
  const without = lines.filter((line) => !ROOT_LINE.test(line));
  return new Map([
    ['without the root line', platform.sha256(utf8(without.map((line) => `${line}\n`).join('')))],
    ['with the root line', platform.sha256(whole)],
  ]);
}

class SealedReading {
  readonly #tree: LayoutTree;
  readonly #tools: LayoutTools;

  constructor(tree: LayoutTree, tools: LayoutTools) {
    this.#tree = tree;
    this.#tools = tools;
  }

  async read(): Promise<LayoutContents> {
    const tree = this.#tree;
    const { platform } = this.#tools;
    const [manifest, signature, bundle] = [
      await jsonOf(tree, MANIFEST),
      await jsonOf(tree, SIGNATURE),
      await jsonOf(tree, BUNDLE),
    ];
    const payload = tree.about(
      SIGNATURE,
      () => fromBase64(textAt(signature, 'payload')) ?? refuseMember('/payload', 'base64'),
    );
    this.#checkSigned(manifest, payload);
    this.#checkSignature(signature, payload);
    const entries = tree.about(MANIFEST, () => arrayAt(manifest, 'entries').map(entryOf));
    const bytes = await tree.readOne(SUMS);
    const lines = linesOf(tree.text(SUMS, bytes));
    const roots = this.#statedRoots(manifest, bundle, lines);
    const fitted = [...rootsOf(platform, lines, bytes)].find(([, root]) => root === roots.stated)?.[0];
    if (roots.agree && fitted === undefined) {
      this.#tools.report(
        'stream-root-mismatch',
        SUMS,
        `the root ${roots.stated} is that of its lines neither with nor without the root line`,
      );
    }
    this.#checkSums(entries, lines);
    this.#checkIds(manifest, bundle);
    const hashes = await this.#tree.hashes();
    const atHand = this.#checkFiles(entries, hashes);
    const about = [...hashes].filter(([path]) => SEALED_ABOUT.has(path) && !atHand.has(path));
    const tenant = tree.about(MANIFEST, () => textAt(manifest, 'tenantId'));
    const bundleId = tree.about(MANIFEST, () => textAt(manifest, 'bundleId'));
    return {
      records: [
        ...this.#records({ tenant, bundleId, entries, atHand, bundle, signature, payload, root: roots.stated }),
        ...about.map(([path, hash]) => aboutRecord(tenant, bundleId, path, hash)),
      ],
      subject: { bundleId, entries: entries.length, entriesAtHand: atHand.size, rootRecipe: fitted ?? 'none' },
      signaturesChecked: 1,
      notChecked: this.#notChecked(entries.length, atHand.size, about.map(([path]) => path).sort()),
    };
  }

  #notChecked(entries: number, atHand: number, about: readonly string[]): readonly string[] {
    const away = entries - atHand;
    const content = `the content of ${away} of ${counted(entries, 'entry', 'entries')}, listed and not in the bundle`;
    return [
      ...(away === 0 ? [] : [content]),
      ...(about.length === 0 ? [] : [`files that no entry is of: ${about.join(', ')}`]),
      ...unsigned(this.#tools, 1, 'bundle'),
      'the time stamp of the signature',
    ];
  }

  /** What was signed is in `signature.json`; `manifest.json` is a copy for readers, and must say the same. */
  #checkSigned(manifest: JsonObject, payload: Uint8Array): void {
    const signed = this.#tree.json(SIGNATURE, payload);
    if (canonicalText(signed) === canonicalText(manifest)) return;
    this.#tools.report(
      'manifest-mismatch',
      MANIFEST,
      `does not say what was signed: the payload of ${SIGNATURE} is another`,
    );
  }

  #checkSignature(signature: JsonObject, payload: Uint8Array): void {
    const { keys, report } = this.#tools;
    if (keys.length === 0) return;
    const { type, bytes } = this.#tree.about(SIGNATURE, () => ({
      type: textAt(signature, 'payloadType'),
      bytes: signature.get('signature') ? fromBase64(textAt(signature, 'signature')) : undefined,
    }));
    const message = preAuthEncoding(type, payload);
    if (bytes === undefined || bytes.length === 0) report('signature-missing', SIGNATURE, 'holds no signature');
    else if (!keys.some((key) => key.verifies(message, bytes)))
      report('signature-invalid', SIGNATURE, 'none of the trusted keys has signed its payload');
  }

  /** The roots that the bundle states, which must be one. */
  #statedRoots(
    manifest: JsonObject,
    bundle: JsonObject,
    lines: readonly string[],
  ): { readonly stated: Hash; readonly agree: boolean } {
    const stated = this.#tree.about(BUNDLE, () => hashAt(bundle, 'rootHash'));
    const others: (readonly [string, Hash | undefined])[] = [[SUMS, ROOT_LINE.exec(lines[0] ?? '')?.[1]]];
    if (manifest.has('hashSummary')) {
      const root = this.#tree.about(MANIFEST, () =>
        hashAt(objectAt(manifest.get('hashSummary'), '/hashSummary'), 'merkleRoot', '/hashSummary'),
      );
      others.push([MANIFEST, root]);
    }
    const other = others.find(([, root]) => root !== undefined && root !== stated);
    if (other !== undefined)
      this.#tools.report(
        'stream-root-mismatch',
        other[0],
        `states the root ${other[1]}, and ${BUNDLE} states ${stated}`,
      );
    return { stated, agree: other === undefined };
  }

  #checkSums(entries: readonly Entry[], lines: readonly string[]): void {
    const tree = this.#tree;
    const sums = sumsOf(
      tree,
      SUMS,
      lines.filter((line, at) => at > 0 || !ROOT_LINE.test(line)),
      (line) => {
        const [, hash, file] = SUM_LINE.exec(line) ?? [];
        return hash === undefined || file === undefined ? undefined : [file, hash];
      },
    );
    const paths = new Set(entries.map(({ path }) => path));
    if (paths.size < entries.length) this.#tools.report('duplicate-id', MANIFEST, 'lists a path twice');
    for (const { path, sha256 } of entries) {
      const stated = sums.get(path);
      if (stated === undefined)
        this.#tools.report('manifest-mismatch', SUMS, `does not list ${path}, and ${MANIFEST} does`);
      else if (stated !== sha256)
        this.#tools.report('manifest-mismatch', SUMS, `states ${stated} of ${path}, and ${MANIFEST} states ${sha256}`);
    }
    for (const path of sums.keys()) {
      if (!paths.has(path)) this.#tools.report('manifest-mismatch', SUMS, `lists ${path}, and ${MANIFEST} does not`);
    }
    const listed = [...sums.keys()];
    if (listed.some((path, at) => at > 0 && (listed[at - 1] ?? '') > path))
      this.#tools.report('manifest-mismatch', SUMS, 'its lines are not sorted by path');
  }

  #checkIds(manifest: JsonObject, bundle: JsonObject): void {
    for (const name of ['bundleId', 'tenantId']) {
      // A portable bundle says nothing of its tenant.
      if (!bundle.has(name) && name === 'tenantId') continue;
      const is = this.#tree.about(BUNDLE, () => textAt(bundle, name));
      const stated = this.#tree.about(MANIFEST, () => textAt(manifest, name));
      if (plainId(is) !== plainId(stated))
        this.#tools.report('manifest-mismatch', BUNDLE, `its ${name} is ${is}, and that of ${MANIFEST} is ${stated}`);
    }
  }

  /** The paths of entries whose files are in the bundle: all of them are, or it is a list alone. */
  #checkFiles(entries: readonly Entry[], hashes: ReadonlyMap<string, Hash>): ReadonlySet<string> {
    const byPath = new Map(entries.map((entry) => [entry.path, entry]));
    const atHand = new Set<string>();
    for (const [path, hash] of hashes) {
      const entry = byPath.get(path);
      if (entry !== undefined) {
        atHand.add(path);
        this.#checkFile(entry, hash);
      } else if (!SEALED_OWN.has(path)) {
        this.#tools.report('manifest-mismatch', path, 'does not belong to the bundle: no entry is of it');
      }
    }
    for (const { path } of entries) {
      if (atHand.size === 0 || atHand.has(path)) continue;
      this.#tools.report('manifest-mismatch', path, 'is not there, and other entries of the bundle are');
    }
    return atHand;
  }

  #checkFile({ path, sha256, size: stated }: Entry, hash: Hash): void {
    const size = this.#tree.files.get(path)?.size;
    if (hash !== sha256) {
      this.#tools.report('body-digest-mismatch', path, `its SHA-256 is ${hash}, and ${MANIFEST} states ${sha256}`);
    } else if (size !== stated) {
      this.#tools.report('manifest-mismatch', path, `has ${size} bytes, and ${MANIFEST} states ${stated}`);
    }
  }

  #records(of: {
    tenant: string;
    bundleId: string;
    entries: readonly Entry[];
    atHand: ReadonlySet<string>;
    bundle: JsonObject;
    signature: JsonObject;
    payload: Uint8Array;
    root: Hash;
  }): readonly LayoutRecord[] {
    const { tenant, bundleId, entries, atHand, bundle, signature, payload, root } = of;
    const { sha256 } = this.#tools.platform;
    const seal: LayoutRecord = {
      tenant,
      stream: 'bundles',
      id: bundleId,
      type: 'bundle',
      bodyDigest: `sha256:${sha256(payload)}`,
      // One that is taken away or made anew is a change, whether or not there is a key to check it with.
      attrs: {
        rootHash: root,
        bundle: canonicalText(bundle),
        signature: `sha256:${sha256(utf8(canonicalWithout(signature, 'payload')))}`,
      },
      path: BUNDLE,
    };
    const records = entries.map(
      ({ path, section, sha256, size, others }): LayoutRecord => ({
        tenant,
        stream: `bundles/${bundleId}`,
        id: path,
        type: section,
        bodyDigest: `sha256:${sha256}`,
        // Content that is gone later is a change, though its digest is still listed.
        attrs: { sizeBytes: String(size), others, content: atHand.has(path) ? 'in the bundle' : 'listed' },
        path: MANIFEST,
      }),
    );
    return [seal, ...records];
  }
}

function aboutRecord(tenant: string, bundleId: string, path: string, hash: Hash): LayoutRecord {
  return { tenant, stream: 'about', id: `${bundleId}/${path}`, type: 'about', bodyDigest: `sha256:${hash}`, path };
}

function refuseMember(at: string, expected: string): never {
  throw new EvidenceError('schema-violation', `${at}: expected ${expected}`);
}

export const STELLA_SEALED: Layout = {
  id: 'stella-sealed',
  title: 'a sealed bundle of the evidence locker',
  knownBy: 'two of `signature.json`, `bundle.json` and `checksums.txt`',
  recognises: (paths) => SEALED_MARKS.filter((path) => paths.has(path)).length >= 2,
  read: (tree, tools) => new SealedReading(tree, tools).read(),
};

/**
 * OCI image layout 1.0.0 (opencontainers/image-spec, image-layout.md) with referrers: artifacts whose manifest has a
 * `subject`.
 *
 * A referrer is known by its manifest without `subject`, and what it refers to is its link. So the same attestation
 * attached to another image is the same evidence re-linked, and not one record gone and another come.
 */
import { createHash } from 'node:crypto';
import { fromBase64 } from '../core/base64.ts';
import { EvidenceError } from '../core/errors.ts';
import { canonicalText } from '../core/json/canonical.ts';
import { type Json, JsonNumber, type JsonObject } from '../core/json/value.ts';
import { utf8 } from '../core/platform.ts';
import type { Layout, LayoutContents, LayoutRecord, LayoutTools } from './layout.ts';
import type { Digests, LayoutTree } from './layout-tree.ts';
import { arrayAt, canonicalWithout, maybeTextAt, objectAt, sizeAt, textAt } from './members.ts';

const TENANT = 'oci';
const MARK = 'oci-layout';
const INDEX = 'index.json';
/** What docker adds to the layouts that it saves. */
const DOCKERS: readonly string[] = ['manifest.json', 'repositories'];
const REF_NAME = 'org.opencontainers.image.ref.name';
/** Digits of a digest by its algorithm: the registered ones. */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha512', 128],
]);
const BLOB = /^blobs\/([^/]+)\/([^/]+)$/;

/** Media types whose content has descriptors in it. */
const MANIFESTS: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.artifact.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]);
const IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json';
const INDEXES: ReadonlySet<string> = new Set([
  IMAGE_INDEX,
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);
/** Longest manifest: registries refuse longer ones. */
const MOST_MANIFEST_BYTES = 4 * 1024 * 1024;

/** A descriptor, and the file that it stands in. */
interface Descriptor {
  readonly json: JsonObject;
  readonly from: string;
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** The content itself, where the descriptor has it in it (`data`): some readers look at that alone. */
  readonly embedded: Uint8Array | undefined;
}

interface Referrer {
  readonly manifest: JsonObject;
  readonly descriptor: Descriptor;
  readonly subject: Descriptor;
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function descriptorOf(json: Json | undefined, from: string, at: string): Descriptor {
  const object = objectAt(json, at);
  const digest = textAt(object, 'digest', at);
  const [algorithm = '', hex = ''] = digest.split(':');
  if (!/^[0-9a-f]+$/.test(hex) || hex.length !== DIGITS.get(algorithm) || digest !== `${algorithm}:${hex}`) {
    throw new EvidenceError('schema-violation', `${at}/digest: expected sha256: or sha512: and as many hex digits`);
  }
  const data = maybeTextAt(object, 'data', at);
  const embedded = data === undefined ? undefined : fromBase64(data);
  if (data !== undefined && embedded === undefined)
    throw new EvidenceError('schema-violation', `${at}/data: expected base64`);
  const mediaType = textAt(object, 'mediaType', at);
  return { json: object, from, mediaType, digest, size: sizeAt(object, 'size', at), embedded };
}

/** That a manifest or an index is of the one version that there is. */
function requireSchema(object: JsonObject): void {
  const version = object.get('schemaVersion');
  if (!object.has('schemaVersion') || (version instanceof JsonNumber && version.token === '2')) return;
  throw new EvidenceError('unsupported-version', 'is of another schemaVersion: 2 is what is read');
}

class OciReading {
  readonly #tree: LayoutTree;
  readonly #tools: LayoutTools;
  #digests: ReadonlyMap<string, Digests> = new Map();
  /** Digest to the descriptor that led to it first. */
  readonly #reached: Map<string, Descriptor> = new Map();
  /** Digests of manifests and indexes that were looked into, by one descriptor that calls them so. */
  readonly #opened: Set<string> = new Set();
  readonly #referrers: Referrer[] = [];
  /** Blobs with a fault that was reported already: it explains all else that is wrong with them. */
  readonly #reported: Set<string> = new Set();
  /** Blobs that are not what their names say. */
  readonly #damaged: Set<string> = new Set();
  /** What the files of the layout say besides what is read in them. */
  readonly #about: LayoutRecord[] = [];
  /** Whether what lies in every manifest is known: else a blob that nothing leads to may have been led to from one. */
  #allSeen = true;

  constructor(tree: LayoutTree, tools: LayoutTools) {
    this.#tree = tree;
    this.#tools = tools;
  }

  async read(): Promise<LayoutContents> {
    await this.#requireVersion();
    const index = await this.#index();
    await this.#digestBlobs();
    let level = index.map((descriptor) => descriptor);
    while (level.length > 0) level = await this.#descend(level);
    this.#checkSubjects();
    this.#checkRest();
    const records = [...this.#blobs(), ...this.#links(), ...this.#references(index), ...this.#about];
    const subject = { blobs: this.#reached.size, referrers: this.#referrers.length };
    return { records, subject, notChecked: ['what lies inside blobs: signatures and statements in them'] };
  }

  async #requireVersion(): Promise<void> {
    const bytes = await this.#tree.readOne(MARK, 1024);
    const version = this.#tree.about(MARK, () => {
      const mark = objectAt(this.#tree.json(MARK, bytes), '');
      this.#keepRest(MARK, mark, 'imageLayoutVersion');
      return textAt(mark, 'imageLayoutVersion');
    });
    if (version === '1.0.0') return;
    throw new EvidenceError(
      'unsupported-version',
      `is of the version ${JSON.stringify(version)}, and 1.0.0 is what is read`,
      {
        where: { file: this.#tree.place(MARK) },
      },
    );
  }

  async #index(): Promise<readonly Descriptor[]> {
    const bytes = await this.#tree.readOne(INDEX);
    const json = this.#tree.json(INDEX, bytes);
    return this.#tree.about(INDEX, () => {
      const index = objectAt(json, '');
      requireSchema(index);
      const own = maybeTextAt(index, 'mediaType') ?? IMAGE_INDEX;
      if (own !== IMAGE_INDEX)
        throw new EvidenceError('schema-violation', `/mediaType: expected ${JSON.stringify(IMAGE_INDEX)}`);
      this.#keepRest(INDEX, index, 'schemaVersion', 'mediaType', 'manifests');
      return this.#manifestsOf(index, INDEX);
    });
  }

  /** Annotations and other members of a file that is no record itself, since it grows with the layout. */
  #keepRest(path: string, json: JsonObject, ...read: readonly string[]): void {
    const rest = canonicalWithout(json, ...read);
    if (rest === '{}') return;
    const bodyDigest = `sha256:${this.#tools.platform.sha256(utf8(rest))}`;
    this.#about.push({ tenant: TENANT, stream: 'about', id: path, type: 'members', bodyDigest, path });
  }

  #manifestsOf(index: JsonObject, from: string): readonly Descriptor[] {
    return arrayAt(index, 'manifests').map((item, at) => descriptorOf(item, from, `/manifests/${at}`));
  }

  async #digestBlobs(): Promise<void> {
    for (const path of this.#tree.files.keys()) {
      const algorithm = BLOB.exec(path)?.[1];
      if (algorithm === undefined || DIGITS.has(algorithm)) continue;
      throw new EvidenceError(
        'unsupported-version',
        `is named by the digest ${algorithm}, which is not computed here`,
        {
          where: { file: this.#tree.place(path) },
        },
      );
    }
    this.#digests = await this.#tree.digests((path) => [
      'sha256',
      ...(path.startsWith('blobs/sha512/') ? ['sha512'] : []),
    ]);
    for (const [path, digests] of this.#digests) {
      const [, algorithm, hex] = BLOB.exec(path) ?? [];
      if (algorithm === undefined || digests.get(algorithm) === hex) continue;
      this.#damaged.add(path);
      this.#report('body-digest-mismatch', path, `the digest of the blob is ${algorithm}:${digests.get(algorithm)}`);
    }
  }

  #report(kind: Parameters<LayoutTools['report']>[0], path: string, what: string): void {
    if (this.#reported.has(path)) return;
    this.#reported.add(path);
    this.#tools.report(kind, path, what);
  }

  /** What a descriptor has in it is the content of its blob, and nothing else. */
  #checkEmbedded({ digest, size, from, embedded }: Descriptor): void {
    if (embedded === undefined) return;
    const [algorithm = '', hex] = digest.split(':');
    const is = createHash(algorithm).update(embedded).digest('hex');
    if (is === hex && embedded.length === size) return;
    this.#report('manifest-mismatch', from, `what its descriptor of ${digest} has in \`data\` is other content`);
  }

  /** Whether the blob of `descriptor` is there, and has the size that is stated. */
  #found(descriptor: Descriptor): boolean {
    const { digest, size, from, json } = descriptor;
    this.#checkEmbedded(descriptor);
    const path = blobPath(digest);
    const file = this.#tree.files.get(path);
    if (file === undefined) {
      this.#allSeen = false;
      const isElsewhere = json.has('urls');
      const what = isElsewhere ? 'lies elsewhere by its `urls`, and was not seen' : 'is not there';
      this.#report(
        isElsewhere ? 'source-incomplete' : 'manifest-mismatch',
        path,
        `the blob that ${from} names ${what}`,
      );
      return false;
    }
    if (file.size !== size)
      this.#report('manifest-mismatch', path, `the blob has ${file.size} bytes, and ${from} states ${size}`);
    return true;
  }

  /** Takes descriptors of one level; those in their blobs are the next. All manifests of a level are read in one pass. */
  async #descend(level: readonly Descriptor[]): Promise<Descriptor[]> {
    const found = level.filter((descriptor) => this.#found(descriptor));
    for (const descriptor of found) {
      if (!this.#reached.has(descriptor.digest)) this.#reached.set(descriptor.digest, descriptor);
    }
    // Another descriptor may have called the same blob something that has nothing in it.
    const manifests = found.filter(({ digest, mediaType }) => {
      if (!(MANIFESTS.has(mediaType) || INDEXES.has(mediaType)) || this.#opened.has(digest)) return false;
      this.#opened.add(digest);
      return true;
    });
    const within = manifests.filter(({ digest }) => !this.#damaged.has(blobPath(digest)));
    if (within.length < manifests.length) this.#allSeen = false;
    const texts = await this.#tree.read(
      within.map(({ digest }) => blobPath(digest)),
      MOST_MANIFEST_BYTES,
    );
    return within.flatMap((descriptor) => {
      const path = blobPath(descriptor.digest);
      const json = this.#tree.json(path, texts.get(path) ?? new Uint8Array(0));
      return this.#tree.about(path, () => this.#inside(objectAt(json, ''), descriptor, path));
    });
  }

  #inside(manifest: JsonObject, descriptor: Descriptor, path: string): readonly Descriptor[] {
    requireSchema(manifest);
    const own = maybeTextAt(manifest, 'mediaType');
    if (own !== undefined && own !== descriptor.mediaType) {
      this.#report(
        'manifest-mismatch',
        path,
        `it says that it is ${own}, and ${descriptor.from} that it is ${descriptor.mediaType}`,
      );
    }
    if (manifest.has('subject')) {
      this.#referrers.push({ manifest, descriptor, subject: descriptorOf(manifest.get('subject'), path, '/subject') });
    }
    if (INDEXES.has(descriptor.mediaType)) return this.#manifestsOf(manifest, path);
    const lists = ['layers', 'blobs'].filter((name) => manifest.has(name));
    const config = manifest.has('config') ? [descriptorOf(manifest.get('config'), path, '/config')] : [];
    const listed = lists.flatMap((name) =>
      arrayAt(manifest, name).map((item, at) => descriptorOf(item, path, `/${name}/${at}`)),
    );
    return [...config, ...listed];
  }

  /** A link is checked against what it leads to; one that leads out of the layout cannot be. */
  #checkSubjects(): void {
    for (const { subject } of this.#referrers) {
      this.#checkEmbedded(subject);
      const file = this.#tree.files.get(blobPath(subject.digest));
      const named = this.#reached.get(subject.digest);
      if (file === undefined) {
        this.#report(
          'source-incomplete',
          subject.from,
          `its subject ${subject.digest} is not in the layout: the link cannot be checked`,
        );
      } else if (file.size !== subject.size || (named !== undefined && named.mediaType !== subject.mediaType)) {
        this.#report(
          'manifest-mismatch',
          subject.from,
          `its subject ${subject.digest} has another size or media type than it states`,
        );
      }
    }
  }

  #checkRest(): void {
    for (const path of this.#tree.files.keys()) {
      const [, algorithm, hex] = BLOB.exec(path) ?? [];
      if (path === MARK || path === INDEX || DOCKERS.includes(path)) continue;
      if (algorithm === undefined) this.#report('manifest-mismatch', path, 'does not belong to the layout');
      else if (this.#allSeen && !this.#reached.has(`${algorithm}:${hex}`))
        this.#report('manifest-mismatch', path, `no descriptor leads to this blob from ${INDEX}`);
    }
  }

  #sha256(path: string): string {
    return `sha256:${this.#digests.get(path)?.get('sha256')}`;
  }

  #blobs(): readonly LayoutRecord[] {
    const linked = new Set(this.#referrers.map(({ descriptor }) => descriptor.digest));
    const blobs = [...this.#reached].filter(([digest]) => !linked.has(digest));
    const own = blobs.map(([digest, { mediaType }]): LayoutRecord => {
      const path = blobPath(digest);
      return { tenant: TENANT, stream: 'blobs', id: digest, type: mediaType, bodyDigest: this.#sha256(path), path };
    });
    const dockers = DOCKERS.filter((path) => this.#tree.files.has(path)).map(
      (path): LayoutRecord => ({
        tenant: TENANT,
        stream: 'docker',
        id: path,
        type: 'docker',
        bodyDigest: this.#sha256(path),
        path,
      }),
    );
    return [...own, ...dockers];
  }

  /** Referrers by their content without the link; where two differ in the link alone it is part of their names. */
  #links(): readonly LayoutRecord[] {
    const keyed = this.#referrers.map((referrer) => {
      const key = `sha256:${this.#tools.platform.sha256(utf8(canonicalWithout(referrer.manifest, 'subject')))}`;
      return { ...referrer, key };
    });
    const times = new Map<string, number>();
    for (const { key } of keyed) times.set(key, (times.get(key) ?? 0) + 1);
    return keyed.map(({ key, manifest, descriptor, subject }): LayoutRecord => {
      const config = manifest.get('config');
      const configType = config instanceof Map ? (config as JsonObject).get('mediaType') : undefined;
      const type =
        maybeTextAt(manifest, 'artifactType') ?? (typeof configType === 'string' ? configType : descriptor.mediaType);
      return {
        tenant: TENANT,
        stream: 'referrers',
        id: times.get(key) === 1 ? key : `${key}@${subject.digest}`,
        type,
        hash: subject.digest.slice(subject.digest.indexOf(':') + 1),
        bodyDigest: key,
        attrs: { descriptor: canonicalWithout(descriptor.json, 'digest', 'size') },
        path: blobPath(descriptor.digest),
      };
    });
  }

  /** What `index.json` names, by the names that it gives: a tag that leads elsewhere is another record. */
  #references(index: readonly Descriptor[]): readonly LayoutRecord[] {
    const linked = new Set(this.#referrers.map(({ descriptor }) => descriptor.digest));
    return index
      .filter(({ digest }) => !linked.has(digest) && this.#tree.files.has(blobPath(digest)))
      .map(({ json, digest }): LayoutRecord => {
        const annotations = json.get('annotations');
        const name = annotations instanceof Map ? (annotations as JsonObject).get(REF_NAME) : undefined;
        return {
          tenant: TENANT,
          stream: 'index',
          id: typeof name === 'string' ? name : digest,
          type: 'reference',
          bodyDigest: this.#sha256(blobPath(digest)),
          attrs: { descriptor: canonicalText(json) },
          path: INDEX,
        };
      });
  }
}

export const OCI: Layout = {
  id: 'oci',
  title: 'an OCI image layout',
  knownBy: '`oci-layout`, or `index.json` beside `blobs/`',
  recognises: (paths) => paths.has(MARK) || (paths.has(INDEX) && [...paths].some((path) => BLOB.test(path))),
  read: (tree, tools) => new OciReading(tree, tools).read(),
};

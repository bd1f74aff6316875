/** BagIt 1.0 (RFC 8493): files in `data/`, and manifests of their digests beside it. */
import { EvidenceError } from '../core/errors.ts';
import { utf8 } from '../core/platform.ts';
import type { Layout, LayoutContents, LayoutRecord, LayoutTools } from './layout.ts';
import type { Digests, LayoutTree } from './layout-tree.ts';

const TENANT = 'bagit';
const DECLARATION = 'bagit.txt';
const INFO = 'bag-info.txt';
const FETCH = 'fetch.txt';
const PAYLOAD = 'data/';
const MANIFEST = /^(tag)?manifest-([a-z0-9]+)\.txt$/;
const VERSIONS: ReadonlySet<string> = new Set(['0.97', '1.0']);
/** Algorithms that are computed here, and how many digits they give. */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ['md5', 32],
  ['sha1', 40],
  ['sha224', 56],
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);
const WEAK: ReadonlySet<string> = new Set(['md5', 'sha1']);

interface Manifest {
  readonly path: string;
  readonly algorithm: string;
  readonly ofTags: boolean;
  /** Path to digest. */
  readonly lines: ReadonlyMap<string, string>;
}

function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Line feeds and percent signs in paths are percent-encoded, and nothing else (RFC 8493, 2.1.3). */
function decoded(path: string): string {
  return path.replace(/%(0A|0D|25)/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}

/**
 * The values of a label in `bag-info.txt`, of which there may be several: a line that is indented goes on with the one before
 * it (RFC 8493, 2.2.2), and white space around the colon was free before version 1.0.
 *
 * @param label - in lower case
 */
function infoOf(text: string, label: string): readonly string[] {
  const lines = linesOf(text.replace(/(\r\n|\n|\r)[ \t]+/g, ' '));
  return lines
    .map((line) => [line.split(':', 1).join('').trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])
    .flatMap(([name, value = '']) => (name === label ? [value] : []));
}

class BagReading {
  readonly #tree: LayoutTree;
  readonly #tools: LayoutTools;
  #digests: ReadonlyMap<string, Digests> = new Map();
  #payloadFaults = 0;
  /** Files of which one manifest said already what is wrong. */
  readonly #reported: Set<string> = new Set();

  constructor(tree: LayoutTree, tools: LayoutTools) {
    this.#tree = tree;
    this.#tools = tools;
  }

  async read(): Promise<LayoutContents> {
    const names = [...this.#tree.files.keys()].filter((path) => MANIFEST.test(path));
    const texts = await this.#tree.read([DECLARATION, INFO, FETCH, ...names]);
    const version = this.#declaredVersion(this.#textOf(texts, DECLARATION));
    const manifests = names.map((path) => this.#manifest(path, this.#textOf(texts, path)));
    const ofPayload = manifests.filter(({ ofTags }) => !ofTags);
    if (ofPayload.length === 0) {
      throw new EvidenceError(
        'source-incomplete',
        'has no manifest of its payload: nothing says what must be in data/',
        {
          where: { file: this.#tree.name },
        },
      );
    }
    const algorithms = new Set(['sha256', ...manifests.map(({ algorithm }) => algorithm)]);
    this.#digests = await this.#tree.digests(() => [...algorithms]);
    const missing = this.#missingByFetch(texts);
    for (const manifest of manifests) this.#check(manifest, missing);
    this.#checkPayload(ofPayload);
    this.#checkOxum(texts);
    return { records: [...this.#records(), ...this.#vouching(manifests)], ...this.#statement(version, manifests) };
  }

  #textOf(texts: ReadonlyMap<string, Uint8Array>, path: string): string {
    const bytes = texts.get(path);
    if (bytes !== undefined) return this.#tree.text(path, bytes);
    throw new EvidenceError('source-incomplete', 'is not there, and every bag has it', {
      where: { file: this.#tree.place(path) },
    });
  }

  #refuse(path: string, reason: string, line?: number): never {
    const where = { file: this.#tree.place(path), ...(line === undefined ? {} : { line }) };
    throw new EvidenceError('schema-violation', reason, { where });
  }

  #declaredVersion(text: string): string {
    const [first = '', second = '', ...more] = linesOf(text);
    const version = /^BagIt-Version: (\d+\.\d+)$/.exec(first)?.[1];
    const encoding = /^Tag-File-Character-Encoding: (\S+)$/.exec(second)?.[1];
    if (version === undefined || encoding === undefined || more.length > 0) {
      return this.#refuse(DECLARATION, 'expected two lines, the version and the encoding of tag files');
    }
    if (!VERSIONS.has(version) || encoding.toUpperCase() !== 'UTF-8') {
      throw new EvidenceError(
        'unsupported-version',
        `is BagIt ${version} in ${encoding}: read are 0.97 and 1.0 in UTF-8`,
        {
          where: { file: this.#tree.place(DECLARATION) },
        },
      );
    }
    return version;
  }

  #manifest(path: string, text: string): Manifest {
    const [, tag, algorithm = ''] = MANIFEST.exec(path) ?? [];
    const digits = DIGITS.get(algorithm);
    if (digits === undefined) {
      throw new EvidenceError('unsupported-version', `is of ${algorithm}, which is not computed here`, {
        where: { file: this.#tree.place(path) },
      });
    }
    const lines = new Map<string, string>();
    for (const [at, line] of linesOf(text).entries()) {
      const [, digest = '', name = ''] = /^([0-9A-Fa-f]+)[ \t]+(.+)$/.exec(line) ?? [];
      const file = decoded(name);
      if (digest.length !== digits) this.#refuse(path, `expected a digest of ${digits} digits and a path`, at + 1);
      if (tag === undefined && !file.startsWith(PAYLOAD))
        this.#refuse(path, `${JSON.stringify(file)} is not in ${PAYLOAD}`, at + 1);
      if (file.split('/').some((part) => part === '..' || part === '' || part === '.'))
        this.#refuse(path, `${JSON.stringify(file)} is no plain path`, at + 1);
      if (lines.has(file)) this.#refuse(path, `${JSON.stringify(file)} is listed twice`, at + 1);
      lines.set(file, digest.toLowerCase());
    }
    if (tag !== undefined && lines.size === 0) this.#refuse(path, 'lists nothing, and every bag has tag files');
    return { path, algorithm, ofTags: tag !== undefined, lines };
  }

  /** Files that are to be fetched from elsewhere and are not there: nobody fetches them here. */
  #missingByFetch(texts: ReadonlyMap<string, Uint8Array>): ReadonlySet<string> {
    const missing = new Set<string>();
    if (!texts.has(FETCH)) return missing;
    for (const [at, line] of linesOf(this.#textOf(texts, FETCH)).entries()) {
      const [, path] = /^\S+[ \t]+\S+[ \t]+(.+)$/.exec(line) ?? [];
      if (path === undefined) return this.#refuse(FETCH, 'expected a URL, a length and a path', at + 1);
      const file = decoded(path);
      if (this.#tree.files.has(file)) continue;
      missing.add(file);
      this.#payloadFaults++;
      this.#tools.report('source-incomplete', file, `is to be fetched by ${FETCH}, and was not: fetch it first`);
    }
    return missing;
  }

  #check({ path, algorithm, lines, ofTags }: Manifest, missing: ReadonlySet<string>): void {
    for (const [file, stated] of lines) {
      if (missing.has(file)) continue;
      const is = this.#digests.get(file)?.get(algorithm);
      if (is === stated) continue;
      if (!ofTags) this.#payloadFaults++;
      if (this.#reported.has(file)) continue;
      this.#reported.add(file);
      if (is === undefined) this.#tools.report('manifest-mismatch', file, `is not there, and ${path} lists it`);
      else this.#tools.report('body-digest-mismatch', file, `its ${algorithm} is ${is}, and ${path} states ${stated}`);
    }
  }

  /** Every manifest lists all of the payload (RFC 8493, 2.1.3). */
  #checkPayload(manifests: readonly Manifest[]): void {
    for (const file of this.#tree.files.keys()) {
      const without = manifests.find(({ lines }) => !lines.has(file));
      if (!file.startsWith(PAYLOAD) || without === undefined) continue;
      this.#payloadFaults++;
      if (this.#reported.has(file)) continue;
      this.#tools.report('manifest-mismatch', file, `${without.path} does not list it`);
    }
  }

  /** Number and length of the payload. Where a file of it is wrong already, that says more. */
  #checkOxum(texts: ReadonlyMap<string, Uint8Array>): void {
    if (!texts.has(INFO)) return;
    const stated = infoOf(this.#textOf(texts, INFO), 'payload-oxum');
    const payload = [...this.#tree.files.values()].filter(({ path }) => path.startsWith(PAYLOAD));
    const is = `${payload.reduce((sum, { size }) => sum + size, 0)}.${payload.length}`;
    for (const oxum of stated) {
      if (!/^\d+\.\d+$/.test(oxum)) this.#refuse(INFO, 'Payload-Oxum: expected bytes, a point and a number of files');
    }
    const wrong = stated.find((oxum) => oxum !== is);
    if (wrong === undefined || this.#payloadFaults > 0) return;
    this.#tools.report('manifest-mismatch', INFO, `Payload-Oxum states ${wrong}, and it is ${is}`);
  }

  #records(): readonly LayoutRecord[] {
    return [...this.#tree.files.keys()]
      .filter((path) => !MANIFEST.test(path))
      .map((path) => {
        const stream = path.startsWith(PAYLOAD) ? 'payload' : 'tags';
        const bodyDigest = `sha256:${this.#digests.get(path)?.get('sha256')}`;
        return { tenant: TENANT, stream, id: path, type: stream === 'payload' ? 'file' : 'tag-file', bodyDigest, path };
      });
  }

  /** A manifest is its algorithm: its lines are checked, and grow with the bag. One that is gone is a loss. */
  #vouching(manifests: readonly Manifest[]): readonly LayoutRecord[] {
    return manifests.map(({ path, algorithm, ofTags }) => {
      const bodyDigest = `sha256:${this.#tools.platform.sha256(utf8(algorithm))}`;
      const type = ofTags ? 'tag-manifest' : 'payload-manifest';
      return { tenant: TENANT, stream: 'manifests', id: path, type, bodyDigest, path };
    });
  }

  #statement(version: string, manifests: readonly Manifest[]): Omit<LayoutContents, 'records'> {
    const listed = new Set(manifests.filter(({ ofTags }) => ofTags).flatMap(({ lines }) => [...lines.keys()]));
    const tags = [...this.#tree.files.keys()].filter(
      (path) => !path.startsWith(PAYLOAD) && !/^tagmanifest-/.test(path),
    );
    const unlisted = tags.filter((path) => !listed.has(path));
    const algorithms = [...new Set(manifests.filter(({ ofTags }) => !ofTags).map(({ algorithm }) => algorithm))].sort();
    const notChecked: string[] = [];
    if (unlisted.length > 0)
      notChecked.push(`tag files that no tag manifest lists: ${unlisted.slice(0, 10).join(', ')}`);
    if (algorithms.every((name) => WEAK.has(name)))
      notChecked.push(`forged files: the manifests have ${algorithms.join(' and ')} alone`);
    return { subject: { version, algorithms }, notChecked };
  }
}

export const BAGIT: Layout = {
  id: 'bagit',
  title: 'a BagIt bag',
  knownBy: '`bagit.txt`, or `manifest-ALGORITHM.txt` beside `data/`',
  recognises: (paths) =>
    paths.has(DECLARATION) ||
    ([...paths].some((path) => MANIFEST.test(path)) && [...paths].some((path) => path.startsWith(PAYLOAD))),
  read: (tree, tools) => new BagReading(tree, tools).read(),
};

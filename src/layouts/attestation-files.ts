/**
 * Files of attestations: in-toto bundles (`.intoto.jsonl`, one envelope a line), DSSE envelopes and Sigstore bundles, in a
 * folder, an archive or by themselves; and the file store of Archivista, whose files are named by their gitoid.
 */
import { createHash } from 'node:crypto';
import { EvidenceError } from '../core/errors.ts';
import { LF } from '../core/json/cursor.ts';
import { counted } from '../core/words.ts';
import { attestationOf } from './attestation.ts';
import type { Layout, LayoutContents, LayoutRecord, LayoutTools } from './layout.ts';
import { type LayoutTree, MOST_CONTROL_BYTES, wholeSink } from './layout-tree.ts';

const TENANT = 'attestations';
const LINES = /\.intoto\.jsonl$/;
const BUNDLE = /\.sigstore(\.json)?$/;
const ENVELOPE = /\.(intoto(\.json)?|dsse(\.json)?|att(estation)?\.json)$/;
const GITOID = /^([0-9a-f]{64})(\.json)?$/;

/** One document of a file, and the line that it stands in. */
interface Document {
  readonly bytes: Uint8Array;
  readonly line?: number;
}

function linesOf(bytes: Uint8Array): readonly Document[] {
  const lines: Document[] = [];
  for (let from = 0, line = 1; from < bytes.length; line++) {
    const end = bytes.indexOf(LF, from);
    const to = end < 0 ? bytes.length : end;
    lines.push({ bytes: bytes.subarray(from, to), line });
    from = to + 1;
  }
  return lines;
}

interface AttestationReading {
  readonly tree: LayoutTree;
  readonly tools: LayoutTools;
  /** The stream and the id of an attestation of the file `path`, undefined where the payload is its id. */
  readonly placeOf: (path: string) => { readonly stream: string; readonly id?: string };
  /** Whether a file is what its name says: what is in another one is not looked at. */
  readonly isSound?: (path: string, bytes: Uint8Array) => boolean;
}

class AttestationFiles {
  readonly #reading: AttestationReading;
  readonly #records: LayoutRecord[] = [];
  #unchecked = 0;
  #unheldEntries = 0;

  constructor(reading: AttestationReading) {
    this.#reading = reading;
  }

  async read(): Promise<LayoutContents> {
    const { tree } = this.#reading;
    await tree.pass((file) => {
      if (file.size > MOST_CONTROL_BYTES) {
        throw new EvidenceError('input-limit', `a file of attestations has at most ${MOST_CONTROL_BYTES} bytes`, {
          where: { file: tree.place(file.path) },
        });
      }
      return wholeSink(file, (bytes) => this.#file(file.path, bytes));
    });
    const checked = this.#records.length - this.#unchecked;
    const notChecked: string[] = [];
    if (this.#unchecked > 0)
      notChecked.push(`the signatures of ${counted(this.#unchecked, 'attestation')}: no key was given`);
    if (this.#records.some(({ attrs }) => attrs?.['mediaType'] !== undefined)) {
      notChecked.push('certificates in Sigstore bundles, and the signatures of logs in them');
    }
    if (this.#unheldEntries > 0) {
      const entries = counted(this.#unheldEntries, 'entry', 'entries');
      notChecked.push(
        `${entries} of logs in Sigstore bundles: without a proof, or without the digest of an attestation`,
      );
    }
    return {
      records: this.#records,
      subject: {},
      signaturesChecked: checked,
      notChecked,
    };
  }

  #file(path: string, bytes: Uint8Array): void {
    const { tree, isSound } = this.#reading;
    if (isSound?.(path, bytes) === false) return;
    const isLines = LINES.test(path) || (tree.isOneFile && isManyLines(bytes));
    const documents = isLines ? linesOf(bytes) : [{ bytes }];
    if (documents.length === 0)
      throw new EvidenceError('input-truncated', 'is empty', { where: { file: tree.place(path) } });
    for (const document of documents) this.#take(path, document);
  }

  #take(path: string, { bytes, line }: Document): void {
    const { tree, tools, placeOf } = this.#reading;
    const json = tree.json(path, bytes, line);
    let found: ReturnType<typeof attestationOf>;
    try {
      found = attestationOf(tools.platform, json, tools.keys);
    } catch (fault) {
      throw tree.named(fault, path, line);
    }
    const { stream, id = found.digest } = placeOf(path);
    const place = { tenant: TENANT, stream, id };
    const at = line === undefined ? '' : `line ${line}: `;
    for (const { kind, what } of found.faults) tools.report(kind, path, `${at}${what}`, place);
    if (tools.keys.length === 0) this.#unchecked++;
    this.#unheldEntries += found.unheldEntries;
    const { type, attrs, digest: bodyDigest } = found;
    this.#records.push({ ...place, type, bodyDigest, attrs, path, ...(line === undefined ? {} : { line }) });
  }
}

/** Whether it is not one document but one a line: the first line is a whole object, and another follows. */
function isManyLines(bytes: Uint8Array): boolean {
  const end = bytes.indexOf(LF);
  if (end < 0 || end === bytes.length - 1) return false;
  const brace = (at: number): string => String.fromCharCode(bytes[at] ?? 0);
  return brace(end - 1) === '}' && brace(end + 1) === '{';
}

/** Files besides attestations make it a folder of something else, for which there are profiles. */
function requireAttestations(tree: LayoutTree, isOne: (path: string) => boolean, what: string): void {
  if (tree.isOneFile) return;
  for (const path of tree.files.keys()) {
    if (isOne(path)) continue;
    throw new EvidenceError('unsupported-version', `is no attestation, and lies in ${what}`, {
      where: { file: tree.place(path) },
      advice: 'take it out, or say by a profile what the files are',
    });
  }
}

const isAttestation = (path: string): boolean => LINES.test(path) || ENVELOPE.test(path) || BUNDLE.test(path);

function reader(what: string): Layout['read'] {
  return async (tree, tools) => {
    requireAttestations(tree, isAttestation, what);
    return new AttestationFiles({ tree, tools, placeOf: () => ({ stream: 'payloads' }) }).read();
  };
}

export const IN_TOTO: Layout = {
  id: 'in-toto',
  title: 'in-toto attestations',
  knownBy:
    'files `*.intoto.jsonl`, `*.intoto.json`, `*.dsse.json` or `*.att.json`; a file that begins with a DSSE envelope',
  generic: true,
  recognises: (paths) => [...paths].some((path) => LINES.test(path) || ENVELOPE.test(path)),
  read: reader('a folder of attestations'),
};

export const SIGSTORE: Layout = {
  id: 'sigstore',
  title: 'Sigstore bundles',
  knownBy: 'files `*.sigstore.json` or `*.sigstore`; a file that begins with a Sigstore bundle',
  generic: true,
  recognises: (paths) =>
    [...paths].some((path) => BUNDLE.test(path)) && ![...paths].some((path) => LINES.test(path) || ENVELOPE.test(path)),
  read: reader('a folder of Sigstore bundles'),
};

/** SHA-256 gitoid of a blob: what git names it in a repository of that format. */
function gitoidOf(bytes: Uint8Array): string {
  return createHash('sha256').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

export const ARCHIVISTA: Layout = {
  id: 'archivista',
  title: 'a file store of Archivista',
  knownBy: 'files named by 64 hex digits, with `.json` or without',
  recognises: (paths) => [...paths].some((path) => GITOID.test(path)),
  read: async (tree, tools) => {
    requireAttestations(tree, (path) => GITOID.test(path) || LINES.test(path), 'a store of Archivista');
    const idOf = (path: string): string | undefined => GITOID.exec(path)?.[1];
    const isSound = (path: string, bytes: Uint8Array): boolean => {
      const [stated, is] = [idOf(path), gitoidOf(bytes)];
      if (stated === undefined || stated === is) return true;
      tools.report('body-digest-mismatch', path, `the gitoid of the file is ${is}`);
      return false;
    };
    const placeOf = (path: string): { stream: string; id?: string } => {
      const id = idOf(path);
      return id === undefined ? { stream: 'lines' } : { stream: 'store', id: `gitoid:blob:sha256:${id}` };
    };
    return new AttestationFiles({ tree, tools, placeOf, isSound }).read();
  },
};

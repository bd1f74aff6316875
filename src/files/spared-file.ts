/**
 * Whether what lies in the place of an output may be replaced. Evidence, its proofs, what they are read by, and keys are
 * replaced by another of their kind alone, since a name that was typed wrongly costs more there than a file that can be made
 * anew. Anything else is replaced, as everywhere.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { gunzipSync, constants as zlib } from 'node:zlib';
import { codeOf } from '../core/errors.ts';

/** So much is looked at: what is kept says in its first lines what it is. */
const LOOKED_AT_BYTES = 64 * 1024;

interface Kind {
  /** `a` or `an`, and what it is called. */
  readonly name: string;
  /** How one of them begins. */
  readonly begins: RegExp;
}

/** A document in JSON of ours says first what it is. */
const document = (kind: string): RegExp => new RegExp(`^\\s*\\{\\s*"kind"\\s*:\\s*"${kind}"`);

const KEPT = {
  // Its header is in the order of its names, and of any length.
  snapshot: { name: 'a snapshot', begins: /^(?:\{"canonical":"|\s*\{[^{]*"kind"\s*:\s*"evidence-snapshot")/ },
  roots: { name: 'a file of roots', begins: document('evidence-roots') },
  proof: { name: 'a proof', begins: new RegExp(`${document('evidence-proof').source}|^c2sp\\.org/tlog-proof@`) },
  attestation: {
    name: 'a Sigstore bundle',
    begins: /^\s*\{\s*"mediaType"\s*:\s*"application\/vnd\.dev\.sigstore\.bundle/,
  },
  index: { name: 'a digest index', begins: /^evidence-digest-index v/ },
  key: { name: 'a key or a certificate', begins: /^-----BEGIN [A-Z0-9 ]+-----/ },
  profile: { name: 'a profile', begins: document('evidence-profile') },
  migration: { name: 'a migration', begins: document('evidence-migration') },
  journal: { name: 'a journal', begins: /^\{"body":\{[^\n]*"stream":"upgrade-journal","tenant":/ },
} satisfies Readonly<Record<string, Kind>>;

/** What an option writes: one of what is kept, or what can be made anew. */
export type OutputKind = keyof typeof KEPT | 'report';

function unpacked(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: 16 * LOOKED_AT_BYTES });
  } catch {
    return bytes;
  }
}

/** Which of what is kept the open file is; undefined if none. */
function keptIn(file: number): readonly [string, Kind] | undefined {
  const bytes = new Uint8Array(LOOKED_AT_BYTES);
  const first = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
  const text = Buffer.from(unpacked(first)).toString('latin1');
  return Object.entries(KEPT).find(([, { begins }]) => begins.test(text));
}

/**
 * What speaks against replacing `path`, in words that go on from its name; undefined if nothing does. A link is followed:
 * what it leads to says what is meant by its name.
 *
 * @param kind - what is to be written
 */
export function faultOfReplacing(path: string, kind: OutputKind): string | undefined {
  let file: number;
  try {
    // Not blocking: opening a pipe that nobody writes to would wait for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (fault) {
    // Nothing there, or nothing that could be opened in any case: whoever opens the output says what is wrong with that.
    if (codeOf(fault) !== 'EACCES') return undefined;
    return 'is there, and cannot be read: it may be a key. Remove it, or give another name';
  }
  try {
    const found = fstatSync(file).isFile() ? keptIn(file) : undefined;
    if (found === undefined || found[0] === kind) return undefined;
    return `is ${found[1].name}, which is not replaced: remove it, or give another name`;
  } finally {
    closeSync(file);
  }
}

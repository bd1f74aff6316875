/**
 * How an evidence bundle lies in a folder (docs/bundle.md): names and the text of its manifest. Whoever writes a bundle
 * and whoever reads one take both from here.
 */
import { canonicalBytes } from '../core/json/canonical.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import type { Hash } from '../core/platform.ts';

export const MANIFEST_NAME = 'manifest.json';
/** A time stamp of the manifest; the one file that may be there or not. */
export const STAMP_NAME = 'manifest.json.tsr';
export const CHECKSUMS_NAME = 'SHA256SUMS';
export const SNAPSHOT_NAME = 'snapshot.ndjson';
export const BODIES_NAME = 'bodies';
export const PROOFS_NAME = 'proofs';

/** A body or a proof lies in a folder named by the first two digits of its hash, in a file named by the others. */
const FAN_OUT_DIGITS = 2;
const ENDING = '.json';

/** The name of the folder, inside `bodies` or `proofs`, that the file of `hash` lies in. */
export function fanOf(hash: Hash): string {
  return hash.slice(0, FAN_OUT_DIGITS);
}

/** The name of the file of `hash` inside its folder. */
export function fileOf(hash: Hash): string {
  return `${hash.slice(FAN_OUT_DIGITS)}${ENDING}`;
}

/** The path of the body with `digest` inside the bundle, with `/` on every system. */
export function bodyPath(digest: Hash): string {
  return `${BODIES_NAME}/${fanOf(digest)}/${fileOf(digest)}`;
}

/** The path of the proof of the record with the leaf hash `leaf` inside the bundle, with `/` on every system. */
export function proofPath(leaf: Hash): string {
  return `${PROOFS_NAME}/${fanOf(leaf)}/${fileOf(leaf)}`;
}

export function isFan(name: string): boolean {
  return /^[0-9a-f]{2}$/.test(name);
}

/** The hash that the file `name` in the folder `fan` is named by; undefined if it is no such name. */
export function hashOfFile(fan: string, name: string): Hash | undefined {
  const match = /^([0-9a-f]{62})\.json$/.exec(name);
  return match === null ? undefined : `${fan}${match[1]}`;
}

/** A line of `SHA256SUMS`, as `sha256sum` writes and checks it. */
export function checksumLine(digest: Hash, path: string): string {
  return `${digest}  ${path}\n`;
}

/** One file as the manifest states it. */
export interface StatedFile {
  readonly bytes: number;
  readonly sha256: Hash;
}

/** How many files there are, and the sum of their lengths in bytes. */
export interface FileTotals {
  readonly count: number;
  readonly bytes: number;
}

/** What a bundle says of itself. All of it can be recomputed from its other files. */
export interface BundleManifest {
  readonly records: number;
  readonly globalRoot: Hash;
  readonly tenants: readonly { readonly tenant: string; readonly records: number; readonly root: Hash }[];
  /** Equal bodies are one file. */
  readonly bodies: FileTotals;
  /** One for each record; undefined in a bundle without proofs. */
  readonly proofs?: FileTotals | undefined;
  readonly snapshot: StatedFile;
  readonly checksums: StatedFile;
}

/** The one text of `manifest`: canonical JSON and a line feed. */
export function manifestText({ bodies, proofs, snapshot, checksums, ...stated }: BundleManifest): Uint8Array {
  const { records, globalRoot, tenants } = stated;
  const canonical = canonicalBytes(
    jsonFrom({
      kind: 'evidence-bundle',
      version: 1,
      records,
      globalRoot,
      tenants: tenants.map(({ tenant, records: own, root }) => ({ tenant, records: own, root })),
      bodies: { count: bodies.count, bytes: bodies.bytes },
      ...(proofs === undefined ? {} : { proofs: { count: proofs.count, bytes: proofs.bytes } }),
      snapshot: { path: SNAPSHOT_NAME, bytes: snapshot.bytes, sha256: snapshot.sha256 },
      checksums: { path: CHECKSUMS_NAME, bytes: checksums.bytes, sha256: checksums.sha256 },
    }),
  );
  const text = new Uint8Array(canonical.length + 1);
  text.set(canonical);
  text[canonical.length] = 0x0a;
  return text;
}

/**
 * How an evidence bundle lies in a folder (docs/bundle.md): names and the text of its manifest. Whoever writes a bundle
 * and whoever reads one take both from here.
 */
import { canonicalBytes } from '../json/canonical.ts';
import { jsonFrom } from '../json/from-plain.ts';
import type { Hash } from '../platform.ts';

export const MANIFEST_NAME = 'manifest.json';
export const CHECKSUMS_NAME = 'SHA256SUMS';
export const SNAPSHOT_NAME = 'snapshot.ndjson';
export const BODIES_NAME = 'bodies';

/** The folder of a body is named by the first two digits of its digest, its file by the others. */
const FAN_OUT_DIGITS = 2;
const BODY_ENDING = '.json';

/** The name of the folder, inside `bodies`, that the body with `digest` lies in. */
export function bodyFolder(digest: Hash): string {
  return digest.slice(0, FAN_OUT_DIGITS);
}

/** The name of the file, inside its folder, that holds the body with `digest`. */
export function bodyFile(digest: Hash): string {
  return `${digest.slice(FAN_OUT_DIGITS)}${BODY_ENDING}`;
}

/** The path of the body with `digest` inside the bundle, with `/` on every system. */
export function bodyPath(digest: Hash): string {
  return `${BODIES_NAME}/${bodyFolder(digest)}/${bodyFile(digest)}`;
}

export function isBodyFolder(name: string): boolean {
  return /^[0-9a-f]{2}$/.test(name);
}

/** The digest of the body in the file `name` of the folder `folder`; undefined if no body has such a name. */
export function digestOfBody(folder: string, name: string): Hash | undefined {
  const match = /^([0-9a-f]{62})\.json$/.exec(name);
  return match === null ? undefined : `${folder}${match[1]}`;
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

/** What a bundle says of itself. All of it can be recomputed from its other files. */
export interface BundleManifest {
  readonly records: number;
  readonly globalRoot: Hash;
  readonly tenants: readonly { readonly tenant: string; readonly records: number; readonly root: Hash }[];
  /** Bodies, each counted once, and the sum of their lengths in bytes. */
  readonly bodies: { readonly count: number; readonly bytes: number };
  readonly snapshot: StatedFile;
  readonly checksums: StatedFile;
}

/** The one text of `manifest`: canonical JSON and a line feed. */
export function manifestText({ bodies, snapshot, checksums, ...stated }: BundleManifest): Uint8Array {
  const { records, globalRoot, tenants } = stated;
  const canonical = canonicalBytes(
    jsonFrom({
      kind: 'evidence-bundle',
      version: 1,
      records,
      globalRoot,
      tenants: tenants.map(({ tenant, records: own, root }) => ({ tenant, records: own, root })),
      bodies: { count: bodies.count, bytes: bodies.bytes },
      snapshot: { path: SNAPSHOT_NAME, bytes: snapshot.bytes, sha256: snapshot.sha256 },
      checksums: { path: CHECKSUMS_NAME, bytes: checksums.bytes, sha256: checksums.sha256 },
    }),
  );
  const text = new Uint8Array(canonical.length + 1);
  text.set(canonical);
  text[canonical.length] = 0x0a;
  return text;
}

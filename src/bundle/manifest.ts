/** `manifest.json` of a bundle: read strictly, then held against what was found. */
import { Buffer } from 'node:buffer';
import type { ReportFault } from '../core/audit/evidence-source.ts';
import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import { MOST_ENVELOPE_BYTES } from '../core/limits.ts';
import type { Hash, Platform } from '../core/platform.ts';
import type { Trailer } from '../core/snapshot/trailer.ts';
import { type ByteSource, wholeOf } from '../sources/bytes.ts';
import { type BundleManifest, type FileTotals, manifestText, type StatedFile } from './layout.ts';

export interface ReadManifest {
  /** Undefined if it is malformed, which was reported. */
  readonly manifest: BundleManifest | undefined;
  readonly sha256: Hash | null;
}

/**
 * Reads the manifest, and closes it.
 *
 * @throws EvidenceError `unsupported-version` if it is one of another kind or version; or if it cannot be read
 */
export async function readManifest(bytes: ByteSource, platform: Platform, report: ReportFault): Promise<ReadManifest> {
  try {
    const text = await wholeOf(bytes, 'a manifest', MOST_ENVELOPE_BYTES);
    const sha256 = await bytes.finish();
    const { parseManifest } = await import('./document.ts');
    try {
      const manifest = parseManifest(parseJson(platform, text));
      if (!Buffer.from(manifestText(manifest)).equals(text)) {
        const message = `${bytes.name}: it is not in canonical form, one line that ends in LF: it was not written so`;
        report({ kind: 'manifest-mismatch', message });
      }
      return { manifest, sha256 };
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      const placed = error.at({ file: bytes.name });
      if (error.kind === 'unsupported-version') throw placed;
      report({ kind: placed.kind, message: placed.message });
      return { manifest: undefined, sha256 };
    }
  } finally {
    await bytes.close();
  }
}

/** What was found in the folder; undefined where it could not be established. */
export interface FoundBundle {
  readonly trailer: Trailer | undefined;
  readonly snapshot: StatedFile | undefined;
  readonly checksums: StatedFile | undefined;
  readonly bodies: FoundFiles;
  readonly proofs: FoundFiles | undefined;
}

/** Bodies or proofs. */
export interface FoundFiles {
  readonly count: number;
  /** Known if every one was read. */
  readonly bytes: number | undefined;
}

type Stated = readonly (readonly [what: string, stated: number | string, found: number | string | undefined])[];

function* tenantsOf({ tenants }: BundleManifest, trailer: Trailer): Generator<Stated[number]> {
  yield ['/tenants (how many)', tenants.length, trailer.tenants.length];
  for (const [at, { tenant, records, root }] of tenants.entries()) {
    const is = trailer.tenants[at];
    if (is === undefined) return;
    yield [`/tenants/${at}/tenant`, tenant, is.tenant];
    yield [`/tenants/${at}/records`, records, is.records];
    yield [`/tenants/${at}/root`, root, is.root ?? 'not stated'];
  }
}

function* totalsOf(
  what: string,
  stated: FileTotals | undefined,
  found: FoundFiles | undefined,
): Generator<Stated[number]> {
  if (stated === undefined) return;
  yield [`/${what}/count`, stated.count, found?.count];
  yield [`/${what}/bytes`, stated.bytes, found?.bytes];
}

/** Reports where the manifest states something else than was found. */
export function checkManifest(name: string, manifest: BundleManifest, found: FoundBundle, report: ReportFault): void {
  const { trailer, snapshot, checksums } = found;
  const stated: Stated = [
    ['/records', manifest.records, trailer?.records],
    ['/globalRoot', manifest.globalRoot, trailer === undefined ? undefined : (trailer.globalRoot ?? 'not stated')],
    ...(trailer === undefined ? [] : tenantsOf(manifest, trailer)),
    ...totalsOf('bodies', manifest.bodies, found.bodies),
    ...totalsOf('proofs', manifest.proofs, found.proofs),
    ['/snapshot/bytes', manifest.snapshot.bytes, snapshot?.bytes],
    ['/snapshot/sha256', manifest.snapshot.sha256, snapshot?.sha256],
    ['/checksums/bytes', manifest.checksums.bytes, checksums?.bytes],
    ['/checksums/sha256', manifest.checksums.sha256, checksums?.sha256],
  ];
  for (const [what, is, should] of stated) {
    if (should === undefined || is === should) continue;
    const message = `${name}: it states ${what} ${JSON.stringify(is)}, found is ${JSON.stringify(should)}`;
    report({ kind: 'manifest-mismatch', message });
  }
}

/** Bundles for tests: made by the export itself, looked at and changed by plain file operations. */
import { cpSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { verifyBundle } from '../src/api/bundles.ts';
import { type ExportOptions, exportBundle, type SnapshotAudit } from '../src/index.ts';
import { sha256 } from './store.ts';

/** Everything below `folder`, sorted: paths, kinds, modes and digests. */
export function listing(folder: string): readonly string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    const stats = lstatSync(path);
    const mode = (stats.mode & 0o777).toString(8);
    const name = relative(folder, path);
    if (stats.isDirectory()) {
      found.push(`${name}/ ${mode}`);
      for (const entry of readdirSync(path)) visit(join(path, entry));
    } else found.push(`${name} ${mode} ${stats.isSymbolicLink() ? readlinkSync(path) : sha256(readFileSync(path))}`);
  };
  visit(folder);
  return found.sort();
}

/** The regular files below `folder`, as paths from it. */
export function filesOf(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => lstatSync(join(folder, entry)).isFile()).sort();
}

/** A bundle of what is in `snapshot`, at `folder`. */
export async function bundleOf(snapshot: string, folder: string, options: ExportOptions = {}): Promise<string> {
  const { verdict, written, findings } = await exportBundle(snapshot, folder, options);
  if (verdict !== 'PASS' || written === null) throw new Error(`no bundle was made: ${findings[0]?.message}`);
  return folder;
}

/** A copy of `bundle` that was changed. */
export function changed(bundle: string, copy: string, change: (folder: string) => void): string {
  rmSync(copy, { recursive: true, force: true });
  cpSync(bundle, copy, { recursive: true });
  change(copy);
  return copy;
}

/** Makes `SHA256SUMS` and the manifest fit what is there: what a forger does who knows the layout. */
export function resealed(folder: string): void {
  const listed = filesOf(folder).filter((path) => !['manifest.json', 'SHA256SUMS'].includes(path));
  const bytesOf = (path: string): Buffer => readFileSync(join(folder, path));
  const sums = listed.map((path) => `${sha256(bytesOf(path))}  ${path}\n`).join('');
  writeFileSync(join(folder, 'SHA256SUMS'), sums);
  const manifest = JSON.parse(bytesOf('manifest.json').toString()) as Record<string, unknown>;
  for (const inside of ['bodies', 'proofs']) {
    const files = listed.filter((path) => path.startsWith(`${inside}/`));
    const bytes = files.reduce((sum, path) => sum + bytesOf(path).length, 0);
    if (inside in manifest) manifest[inside] = { bytes, count: files.length };
  }
  manifest['checksums'] = { bytes: sums.length, path: 'SHA256SUMS', sha256: sha256(sums) };
  const snapshot = bytesOf('snapshot.ndjson');
  manifest['snapshot'] = { bytes: snapshot.length, path: 'snapshot.ndjson', sha256: sha256(snapshot) };
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest)}\n`);
}

/** Gives the manifest of the bundle `folder` other members; undefined takes one out. */
export function restated(folder: string, change: (members: Record<string, unknown>) => Record<string, unknown>): void {
  const path = join(folder, 'manifest.json');
  const members = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, `${JSON.stringify(change(members))}\n`);
}

/** What an audit of `folder` found, as one text. */
export async function verified(folder: string): Promise<{ readonly audit: SnapshotAudit; readonly told: string }> {
  const audit = await verifyBundle(folder);
  return { audit, told: audit.findings.map(({ kind, message }) => `${kind}: ${message}`).join('\n') };
}

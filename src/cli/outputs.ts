/** Where results go, in which format, and how they get there. */
import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, resolve, sep } from 'node:path';
import { EvidenceError } from '../core/errors.ts';
import { formatForFile } from '../reports/index.ts';
import { isPostgresUrl } from '../sources/postgres/connection-url.ts';
import { writeStdout } from './stdout.ts';
import { UsageError } from './usage-error.ts';

/** The name of standard input and standard output. */
export const DASH = '-';

export interface Output {
  /** A file, or `-` for standard output. */
  readonly path: string;
  /** Name of the format. */
  readonly format: string;
}

function formatOf(path: string, allowed: readonly string[], otherwise: string): string {
  const format = formatForFile(path)?.name;
  if (format !== undefined && allowed.includes(format)) return format;
  if (path === DASH || !hasEnding(path)) return otherwise;
  throw new UsageError(`--output ${path}: its ending names no format; give --format ${allowed.join('|')}`);
}

const hasEnding = (path: string): boolean => basename(path).replace(/^\.+/, '').includes('.');

/**
 * Refuses a name for a snapshot by whose ending somebody would take it for something else, as a report is refused one.
 *
 * @throws UsageError for an ending that is none of a snapshot's; without any it is NDJSON
 */
export function requireSnapshotEnding(path: string): void {
  if (!hasEnding(path) || /\.(?:json|ndjson|jsonl)(?:\.gz)?$/i.test(path)) return;
  throw new UsageError(
    `--output ${path}: a snapshot is .json or .ndjson, also with .gz; give it such an ending, or none`,
  );
}

/**
 * The outputs that were asked for; standard output if none was.
 *
 * @param format - what `--format` says, for all of them; else each one's ending decides
 * @param otherwise - the format of standard output, and of a file without an ending
 * @throws UsageError for an ending that names no format, and for the same output twice
 */
export function planOutputs(
  paths: readonly string[],
  format: string | undefined,
  allowed: readonly string[],
  otherwise = 'text',
): readonly Output[] {
  const seen = new Set<string>();
  for (const path of paths) {
    const entry = path === DASH ? DASH : resolve(path);
    if (seen.has(entry)) throw new UsageError(`--output ${path} was given more than once`);
    seen.add(entry);
  }
  return (paths.length === 0 ? [DASH] : paths).map((path) => ({
    path,
    format: format ?? formatOf(path, allowed, otherwise),
  }));
}

function identityOf(look: (path: string) => Stats, path: string): string | undefined {
  try {
    const { dev, ino } = look(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** A file that is written into a bundle is a file too many of it. */
function checkNotInside(path: string, sources: readonly string[]): void {
  const folder = path === DASH ? undefined : realPathOf(dirname(resolve(path)));
  if (folder === undefined) return;
  const source = sources.find((name) => {
    const bundle = name === DASH || isPostgresUrl(name) ? undefined : realPathOf(name);
    return bundle !== undefined && (folder === bundle || folder.startsWith(bundle + sep));
  });
  if (source !== undefined) throw new UsageError(`--output ${path} would be written into the input ${source}`);
}

/**
 * Refuses to replace an input by an output: that would destroy the evidence that the report is about.
 *
 * @throws UsageError if an output is the same directory entry as a source, the file that a source links to, or inside a
 *   source that is a folder
 */
export function checkNotSources(outputs: readonly Output[], sources: readonly string[]): void {
  for (const { path } of outputs) {
    checkNotInside(path, sources);
    const target = path === DASH ? undefined : identityOf(lstatSync, path);
    if (target === undefined) continue;
    const source = sources.find(
      (name) =>
        name !== DASH &&
        !isPostgresUrl(name) &&
        [lstatSync, statSync].some((look) => identityOf(look, name) === target),
    );
    if (source !== undefined) throw new UsageError(`--output ${path} would replace the input ${source}`);
  }
}

async function deliver(output: Output, drawn: string | Uint8Array): Promise<void> {
  if (output.path === DASH) return writeStdout(drawn);
  const { writeWhole } = await import('../engine/whole-file.ts');
  await writeWhole(output.path, typeof drawn === 'string' ? new TextEncoder().encode(drawn) : drawn);
}

/**
 * Writes every output, files before standard output; a fault of one does not keep back the others.
 *
 * @param draw - gives the text or the bytes of an output
 * @returns what could not be written
 */
export async function writeOutputs(
  outputs: readonly Output[],
  draw: (output: Output) => string | Promise<string | Uint8Array>,
): Promise<readonly EvidenceError[]> {
  const faults: EvidenceError[] = [];
  const filesFirst = [...outputs].sort((a, b) => Number(a.path === DASH) - Number(b.path === DASH));
  for (const output of filesFirst) {
    try {
      await deliver(output, await draw(output));
    } catch (fault) {
      if (!(fault instanceof EvidenceError)) throw fault;
      faults.push(fault);
    }
  }
  return faults;
}

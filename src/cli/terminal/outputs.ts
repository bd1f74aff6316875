/** Where results go, in which format, and how they get there. */
import { basename, resolve } from 'node:path';
import { isPostgresUrl } from '../../core/database-url.ts';
import { EvidenceError } from '../../core/errors.ts';
import type { DemandLedger } from '../../core/report/demands.ts';
import { ENDING_WORDS, hasSnapshotEnding } from '../../core/snapshot/endings.ts';
import { faultOfOutput, inputReplacedBy } from '../../files/replaced-input.ts';
import { faultOfReplacing } from '../../files/spared-file.ts';
import type { WholeFile } from '../../files/write-whole-file.ts';
import { formatForFile } from '../../reports/index.ts';
import { printable, printableJson } from '../../reports/printable.ts';
import { UsageError } from './exit.ts';
import type { Session, WrittenFile } from './session.ts';

/** The name of standard input and standard output. */
export const DASH = '-';

export interface Output {
  /** A file, or `-` for standard output. */
  readonly path: string;
  /** Name of the format. */
  readonly format: string;
  /** The option that names it, if it is not `--output`. */
  readonly option?: string;
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
  if (!hasEnding(path) || hasSnapshotEnding(path)) return;
  throw new UsageError(
    `--output ${path}: its ending is none of a snapshot's: ${ENDING_WORDS}; give it such an ending, or none`,
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

/** Says of each file in a format that its ending does not name what is in it: whoever opens it goes by the ending. */
function sayOtherFormats(outputs: readonly Output[], session: Session): void {
  for (const { path, format, option } of outputs) {
    // Of what another option writes there is one format.
    if (option !== undefined) continue;
    const ending = path === DASH ? undefined : formatForFile(path)?.name;
    // Text says nothing of how it is made up: any format but those that are drawn may be in it.
    if (ending === undefined || ending === format || ending === 'text') continue;
    session.complain(
      `--output ${printable(path)}: its ending says ${ending}, and ${format} goes into it, as --format says`,
    );
  }
}

/**
 * Refuses to replace an input by an output: that would destroy the evidence that the report is about.
 *
 * @throws UsageError if an output is the same directory entry as a source, the file that a source links to, or inside a
 *   source that is a folder
 */
export function checkNotSources(outputs: readonly Output[], sources: readonly string[]): void {
  const files = sources.filter((name) => name !== DASH && !isPostgresUrl(name));
  for (const { path, option = '--output' } of outputs) {
    const fault = path === DASH ? undefined : faultOfOutput(path, files);
    if (fault !== undefined) throw new UsageError(`${option} ${fault}`);
  }
}

/**
 * Refuses to replace files that are read besides the sources: of what lies in a folder beside them nothing is said.
 *
 * @throws UsageError if something that is written is the same directory entry, or the file that one links to
 */
export function refuseReplaced(written: readonly WrittenFile[], inputs: readonly string[]): void {
  for (const { path, option } of written) {
    const replaced = inputReplacedBy(path, inputs);
    if (replaced !== undefined) throw new UsageError(`${option} ${path} would replace the input ${replaced}`);
  }
}

/**
 * Refuses to replace evidence, proofs or keys by anything of another kind, before anything is read.
 *
 * @throws UsageError that says what is there
 */
export function refuseKept(written: readonly WrittenFile[]): void {
  for (const { path, option, writes } of written) {
    const fault = writes === undefined ? undefined : faultOfReplacing(path, writes);
    if (fault !== undefined) throw new UsageError(`${option} ${path} ${fault}`);
  }
}

/** Formats that programs read: a part of one is worse than nothing. */
const FOR_PROGRAMS: ReadonlySet<string | undefined> = new Set(['json', 'ndjson', 'junit']);

/** Whether programs read what is in `format`: then standard output has nothing else, and is taken whole or not at all. */
export function isForPrograms(format: string | undefined): boolean {
  return FOR_PROGRAMS.has(format);
}

/** One JSON object, safe on a terminal. */
export function jsonText(value: object): string {
  return `${printableJson(JSON.stringify(value, null, 2))}\n`;
}

/** The content of an output: a text, bytes, or bytes piece by piece. */
export type Drawn = string | Uint8Array | AsyncIterable<Uint8Array>;

/** Gives the content of an output. */
export type Draw = (output: Output) => Drawn | Promise<Drawn>;

async function* piecesOf(drawn: Drawn): AsyncGenerator<string | Uint8Array> {
  if (typeof drawn === 'string' || drawn instanceof Uint8Array) yield drawn;
  else yield* drawn;
}

/** Takes down each file that is open as a demand that held. Standard output is there in any case. */
export function takeDown(outputs: readonly Output[], demands: DemandLedger): void {
  for (const { path } of outputs) if (path !== DASH) demands.open('output', path).held();
}

/** What `action` throws if it cannot write; our own faults are thrown on. */
async function faultsOf(action: () => Promise<void>): Promise<readonly EvidenceError[]> {
  try {
    await action();
    return [];
  } catch (fault) {
    if (fault instanceof EvidenceError) return [fault];
    throw fault;
  }
}

/** The outputs of a run, all of them open before it reads anything. */
export class OpenOutputs {
  readonly #files: readonly (readonly [Output, WholeFile])[];
  readonly #printed: readonly Output[];

  readonly #session: Session;

  private constructor(files: readonly (readonly [Output, WholeFile])[], printed: readonly Output[], session: Session) {
    this.#files = files;
    this.#printed = printed;
    this.#session = session;
  }

  /**
   * @throws ReportWriteError for the first that cannot be written; then none is open
   * @throws EvidenceError `report-write-failed` if a PDF is asked for, and what draws it is not installed
   */
  static async open(outputs: readonly Output[], session: Session): Promise<OpenOutputs> {
    if (outputs.some(({ format }) => format === 'pdf')) await (await import('../../reports/pdf.ts')).pdfDrawing();
    sayOtherFormats(outputs, session);
    const printed = outputs.filter(({ path }) => path === DASH);
    const files: (readonly [Output, WholeFile])[] = [];
    if (outputs.length === printed.length) return new OpenOutputs(files, printed, session);
    const { WholeFile } = await import('../../files/write-whole-file.ts');
    try {
      for (const output of outputs) {
        if (output.path !== DASH) files.push([output, await WholeFile.open(output.path)]);
      }
    } catch (fault) {
      for (const [, file] of files) await file.discard();
      throw fault;
    }
    return new OpenOutputs(files, printed, session);
  }

  /**
   * Writes the files, all of them or none.
   *
   * @returns what could not be written: then no file is there that this run has made
   */
  async writeFiles(draw: Draw): Promise<readonly EvidenceError[]> {
    const faults: EvidenceError[] = [];
    for (const [output, file] of this.#files) {
      const drawn = await draw(output);
      const bytes = typeof drawn === 'string' ? new TextEncoder().encode(drawn) : drawn;
      faults.push(...(await faultsOf(async () => void (await file.fill(bytes)))));
    }
    // Each is whole beside its target before the first is put in its place.
    for (const [, file] of this.#files) if (faults.length === 0) faults.push(...(await faultsOf(() => file.commit())));
    if (faults.length > 0) await this.discard();
    return faults;
  }

  /** Prints what goes to standard output, and `last` behind it. */
  async print(draw: Draw, last?: string): Promise<readonly EvidenceError[]> {
    const faults: EvidenceError[] = [];
    for (const output of this.#printed) {
      const drawn = await draw(output);
      const isWhole = isForPrograms(output.format);
      faults.push(
        ...(await faultsOf(async () => {
          for await (const piece of piecesOf(drawn)) await this.#session.print(piece, isWhole);
        })),
      );
    }
    if (last !== undefined && faults.length === 0) faults.push(...(await faultsOf(() => this.#session.print(last))));
    return faults;
  }

  /** Removes every file of this run. Does nothing to those that were there before. */
  async discard(): Promise<void> {
    for (const [, file] of this.#files) await file.discard();
  }

  /** Lets go of what was not written. */
  async close(): Promise<void> {
    for (const [, file] of this.#files) await file.close();
  }

  /**
   * Writes everything: files first, so that nothing is printed of a result that could not be written down.
   *
   * @param last - what is printed behind all else
   * @returns what could not be written: then no file is there that this run has made
   */
  async write(draw: Draw, last?: string): Promise<readonly EvidenceError[]> {
    const files = await this.writeFiles(draw);
    if (files.length > 0) return files;
    const printed = await this.print(draw, last);
    if (printed.length > 0) await this.discard();
    return printed;
  }
}

/**
 * Writes every output, all files or none, and then standard output: for what has read nothing that took long.
 *
 * @returns what could not be written
 */
export async function writeOutputs(
  outputs: readonly Output[],
  draw: Draw,
  session: Session,
): Promise<readonly EvidenceError[]> {
  let open: OpenOutputs;
  try {
    open = await OpenOutputs.open(outputs, session);
  } catch (fault) {
    if (fault instanceof EvidenceError) return [fault];
    throw fault;
  }
  try {
    return await open.write(draw);
  } finally {
    await open.close();
  }
}

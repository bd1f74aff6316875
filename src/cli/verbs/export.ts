/** `evidence-diff export [source] --output DIR`: writes a bundle, a folder that verifies by itself. */

import type { TilesExport } from '../../api/export-tiles.ts';
import type { FindingKind } from '../../core/kinds.ts';
import { present } from '../../core/present.ts';
import type { BundleExport } from '../../index.ts';
import { printable } from '../../reports/printable.ts';
import { counted, grouped, type Page } from '../../reports/text.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, flag, list, required, type Values, value } from '../options/define.ts';
import { fileName, notEmpty } from '../options/readers.ts';
import { color, maxFindings, type PrintedAs, printedAs, progress, quiet } from '../options/shared.ts';
import {
  findSource,
  SOURCE_ARGUMENT,
  SOURCE_OPTIONS,
  type SourceRequest,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import { type ExitCode, OTHER_ENDS, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH, jsonText, writeOutputs } from '../terminal/outputs.ts';
import type { AskedProgress } from '../terminal/progress.ts';
import type { Session } from '../terminal/session.ts';
import { auditHeadline, auditMembers, auditText, printableAudit } from './audit-text.ts';
export interface ExportArguments {
  /** Logs in place of a bundle. */
  readonly tiles: TilesRequest | undefined;
  readonly source: SourceRequest;
  /** The folder to make. */
  readonly output: string;
  readonly includeProofs: boolean;
  readonly resume: boolean;
  readonly format: PrintedAs;
  readonly maxFindings: number;
  readonly quiet: boolean;
  readonly chainKey: ChainKeyRequest;
  readonly progress: AskedProgress | undefined;
  readonly color: boolean;
}

const OPTIONS = {
  output: required(
    value('<folder>', 'the folder to make', notEmpty, {
      page: 'there must be nothing of that name, or an empty folder; it appears whole or not at all',
    }),
    '--output is missing: name the folder that is to be made',
  ),
  all: flag('all tenants and all records, as without it: there is no other way'),
  includeAttestations: flag('changes nothing: attestations are evidence, and all evidence is exported'),
  includeProofs: flag('a proof of every record as well, each for verify-proof: about 2 KB a record', {
    page: 'a file each: see [proofs](bundle.md#proofs)',
  }),
  resume: flag('take over the bodies of an export to the same folder that was broken off', { page: 'each is checked' }),
  tiles: flag('in place of a bundle: each ordered stream as a tiled log (c2sp.org/tlog-tiles)', {
    page: 'see [as tiles](trust.md#as-tiles); the source needs no bodies',
  }),
  checkpoint: list('<path>', 'with --tiles: a checkpoint, or a folder of them', fileName, {
    page: 'signed before; each has its log',
  }),
  journal: value('<file>', 'with --tiles: this upgrade journal, in place of a source', notEmpty),
  format: printedAs,
  maxFindings,
  quiet,
  ...progress,
  color,
  ...CHAIN_KEYS,
  ...SOURCE_OPTIONS,
};

function request(options: Values<typeof OPTIONS>, argument: string | undefined): ExportArguments {
  const { output } = options;
  const source = sourceRequest(argument, options);
  if (output === DASH) throw new UsageError('--output -: a bundle is a folder, written whole or not at all');
  return {
    tiles: tilesRequest(options, source),
    source,
    output,
    includeProofs: options.includeProofs === true,
    resume: options.resume === true,
    format: options.format,
    maxFindings: options.maxFindings,
    chainKey: options.chainKey,
    quiet: options.quiet === true,
    progress: options.progress,
    color: options.color,
  };
}

function tilesRequest(options: Values<typeof OPTIONS>, source: SourceRequest): TilesRequest | undefined {
  const { tiles = false, checkpoint: checkpoints, journal, includeProofs, resume } = options;
  if (!tiles) {
    const stray = checkpoints === undefined ? journal && '--journal' : '--checkpoint';
    if (stray !== undefined) throw new UsageError(`${stray} has no meaning without --tiles: a bundle has no log`);
    return undefined;
  }
  if (includeProofs === true || resume === true) {
    throw new UsageError('--tiles writes logs, no bundle: leave out --include-proofs and --resume');
  }
  if (checkpoints === undefined) {
    const how = 'sign them first, evidence-diff checkpoint SOURCE --key K --state F --output FOLDER';
    throw new UsageError(`--tiles by itself makes no log, which has a signed checkpoint: give --checkpoint; ${how}`);
  }
  if (journal === undefined) return { of: { source }, checkpoints };
  if (Object.keys(source).length > 0) throw new UsageError('--journal: give a journal or a source, not both');
  return { of: { journal }, checkpoints };
}

export const verb = defineVerb({
  name: 'export',
  summary: 'writes a bundle folder that verifies by itself',
  description:
    'Writes a bundle: a folder with a snapshot and the body of every record, which verifies by itself and with sha256sum. With --tiles, logs.',
  arguments: SOURCE_ARGUMENT,
  options: OPTIONS,
  notes: `${WAYS}.

The source must hold bodies: a database, a snapshot of depth full, or another bundle. The folder appears whole or not at
all, and nothing is ever replaced: there must be nothing of that name, or an empty folder.

--tiles writes a folder of tiles for each checkpoint that is given, which evidence-diff checkpoint has signed before; a log
that lies there is only ever extended. It holds the canonical record of each entry without its body.

Exit code 0 if the evidence does not contradict itself and the bundle was written, synced and read back; 1 if it does:
then there is no bundle; 2 if it could not be read to its end, holds no bodies, or the bundle not be written.
${OTHER_ENDS}.`,
  example: 'export --all current.json --output evidence-bundles/',
  request: (options: Values<typeof OPTIONS>, { source }) => request(options, source),
  run: exportEvidence,
});

function writeBundle(page: Page, result: BundleExport, { output, resume }: ExportArguments): void {
  const { written, unfinished, takenOver, resumed, notTaken = [] } = result;
  page.title('Bundle');
  if (resume && !resumed) page.line('  nothing to take over: there was no unfinished export to this folder', 'doubt');
  if (takenOver > 0) page.line(`  ${counted(takenOver, 'body', 'bodies')} taken over from the unfinished export`);
  if (written !== null) {
    const bodies = `${counted(written.bodies, 'body', 'bodies')} of ${grouped(written.bodyBytes)} bytes`;
    const { proofs: made } = written;
    const proofs = made === null ? '' : ` ${counted(made.count, 'proof')} of ${grouped(made.bytes)} bytes,`;
    page.line(
      `  written to ${written.path}: ${bodies},${proofs} a snapshot of ${grouped(written.snapshotBytes)} bytes`,
    );
    page.line(`  the digest of its manifest, to be kept apart from it: sha256:${written.sha256}`);
    for (const note of notTaken) page.line(`  not in it: ${note}; have its manifest stamped (evidence-diff timestamp)`);
    return;
  }
  page.line(`  not written: there is no bundle at ${output} that was not there before`, 'doubt');
  if (unfinished !== null) {
    page.line(`  what was done is kept in ${unfinished}: repeat it with --resume, or remove that folder`);
  }
}

function exportJson(result: BundleExport, { secrets }: Session): string {
  const { written, unfinished, takenOver, resumed, notTaken } = result;
  const bundle = written === null ? null : { ...written, path: secrets.redacted(written.path) };
  const members = { ...auditMembers(result), bundle, unfinished, takenOver, resumed, ...present({ notTaken }) };
  return jsonText({ kind: 'evidence-bundle-export', version: 1, ...members });
}

async function publish(exported: BundleExport, wanted: ExportArguments, session: Session): Promise<ExitCode> {
  if (wanted.quiet) return session.ended(exported.verdict, []);
  const result = printableAudit(exported, session);
  const painted = session.wantsColor(wanted.color);
  const headline = auditHeadline(result);
  const writeResult = (page: Page): void =>
    writeBundle(page, result, { ...wanted, output: session.secrets.redacted(wanted.output) });
  const text = auditText({ audit: result, headline, writeResult }, painted);
  const faults = await writeOutputs(
    [{ path: DASH, format: wanted.format }],
    () => (wanted.format === 'json' ? exportJson(result, session) : text),
    session,
  );
  return session.ended(result.verdict, faults, headline);
}

/** The exit code is that of the verdict, or of the signal that stopped it. */
async function exportEvidence(wanted: ExportArguments, session: Session): Promise<ExitCode> {
  if (wanted.tiles !== undefined) return exportLogs(wanted.tiles, wanted, session);
  const { output, includeProofs, resume } = wanted;
  const { name, options: source } = await findSource(wanted.source, session);
  const outputs = [{ path: output, format: 'bundle' }];
  checkNotSources(outputs, [name]);
  const keys = await chainKeysOf({ chainKey: wanted.chainKey, config: wanted.source.config, outputs }, session.secrets);
  const interruption = session.listen();
  const meter = session.meter(wanted.progress, wanted.quiet);
  const { exportBundle } = await import('../../api/bundles.ts');
  const { signal } = interruption;
  const reading = { maxFindings: wanted.maxFindings, signal, onProgress: meter.update, source, ...keys };
  const options = { includeProofs, resume, ...reading };
  const result = await exportBundle(name, output, options).finally(meter.done);
  return publish(result, wanted, session);
}

/* `evidence-diff export --tiles`: ordered streams, or an upgrade journal, as tiled logs under their checkpoints. */

/** What is asked for. */
export interface TilesRequest {
  readonly of: { readonly source: SourceRequest } | { readonly journal: string };
  readonly checkpoints: readonly string[];
}

/** What else `export` was asked with. */
interface Asked {
  readonly output: string;
  readonly format: PrintedAs;
  readonly chainKey: ChainKeyRequest;
  readonly maxFindings: number;
  readonly quiet: boolean;
}

/** Why nothing was written, line by line. */
function complaints({ verdict, refused, audit, fault }: TilesExport, name: string): readonly string[] {
  if (verdict === 'PASS') return [];
  if (fault !== null) return [`${verdict}: nothing was written: ${name}, line ${fault.line}: ${fault.message}`];
  const findings: readonly { readonly kind: FindingKind; readonly message: string }[] = audit?.findings ?? [];
  const why = [...refused, ...findings].slice(0, 20).map(({ kind, message }) => `${kind}: ${message}`);
  const none = `${name} has no records: a summary makes no log`;
  return [`${verdict}: nothing was written`, ...(why.length === 0 ? [none] : why)];
}

/** What has no log, in words. */
function remarks({ verdict, unsigned, sets }: TilesExport): readonly string[] {
  if (verdict !== 'PASS') return [];
  const without = counted(unsigned, 'ordered stream has', 'ordered streams have');
  return [
    ...(unsigned === 0 ? [] : [`${without} no checkpoint among those that were given, and no log`]),
    ...(sets === 0 ? [] : [`${counted(sets, 'set has', 'sets have')} no log: a set grows anywhere`]),
  ];
}

function text({ written }: TilesExport): string {
  const lines = written.map(({ path, origin, size, root, before }) => {
    const had = before === 0 ? '' : ` before ${before}`;
    return `${printable(`${path} size ${size}${had} root ${root} origin ${origin}`)}\n`;
  });
  return lines.join('');
}

async function exported(
  { of, checkpoints }: TilesRequest,
  { output, maxFindings, chainKey }: Asked,
  session: Session,
): Promise<{ readonly name: string; readonly tiles: TilesExport }> {
  const { exportTiles } = await import('../../api/export-tiles.ts');
  const outputs = [{ path: output, format: 'bundle' }];
  if ('journal' in of) {
    checkNotSources(outputs, [of.journal, ...checkpoints]);
    return { name: of.journal, tiles: await exportTiles({ journal: of.journal }, output, { checkpoints }) };
  }
  const { name, options: source } = await findSource(of.source, session);
  checkNotSources(outputs, [name, ...checkpoints]);
  const keys = await chainKeysOf({ chainKey, config: of.source.config, outputs }, session.secrets);
  const { signal } = session.listen();
  const tiles = await exportTiles(name, output, { checkpoints, source, signal, maxFindings, ...keys });
  return { name: tiles.audit?.name ?? name, tiles };
}

/** The exit code is that of the verdict. */
export async function exportLogs(wanted: TilesRequest, asked: Asked, session: Session): Promise<ExitCode> {
  const { name, tiles } = await exported(wanted, asked, session);
  for (const line of [...complaints(tiles, name), ...remarks(tiles)]) session.complain(printable(line));
  if (asked.quiet) return session.ended(tiles.verdict, []);
  const { verdict, written, refused, fault, unsigned, sets } = tiles;
  const result = { kind: 'evidence-tiles', version: 1, verdict, written, refused, fault, unsigned, sets };
  return session.result(asked.format, verdict, text(tiles), result);
}

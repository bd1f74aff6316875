/** `evidence-diff export --tiles`: ordered streams, or an upgrade journal, as tiled logs under their checkpoints. */
import type { TilesExport } from '../../api/export-tiles.ts';
import type { FindingKind } from '../../core/kinds.ts';
import { printable } from '../../reports/printable.ts';
import { counted } from '../../reports/text.ts';
import { type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import type { PrintedAs } from '../options/shared.ts';
import { findSource, type SourceRequest } from '../options/source-options.ts';
import type { ExitCode } from '../terminal/exit.ts';
import { checkNotSources } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

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

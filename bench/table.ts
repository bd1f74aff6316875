/** Figures as a table of plain text. */
import type { PostgresFigures } from './postgres.ts';
import { type Row, rowOf } from './row.ts';
import type { Startup } from './startup.ts';
import type { Target } from './targets.ts';

const HEAD = [
  'comparison',
  'pairs',
  'tool',
  'wall s',
  'CPU s',
  'pairs/s',
  'pairs/CPU s',
  'MB/s',
  'peak MB',
  'wall x',
  'CPU x',
];
const TEXT_COLUMNS = 3;

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function cellsOf(row: Row, ours: Row | undefined): readonly string[] {
  return [
    row.comparison,
    whole(row.recordPairs),
    row.tool,
    (row.wallMs / 1000).toFixed(2),
    (row.cpuMs / 1000).toFixed(2),
    whole(row.recordPairsPerSecond),
    whole(row.recordPairsPerCpuSecond),
    whole(row.megabytesPerSecond),
    row.peakRssBytes === null ? '-' : whole(row.peakRssBytes / 1e6),
    ours === undefined ? '-' : (row.wallMs / ours.wallMs).toFixed(2),
    ours === undefined ? '-' : (row.cpuMs / ours.cpuMs).toFixed(2),
  ];
}

function aligned(lines: readonly (readonly string[])[], textColumns: number): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const padded = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column < textColumns ? cell.padEnd(width) : cell.padStart(width);
  };
  return lines.map((line) => `${line.map(padded).join('  ').trimEnd()}\n`).join('');
}

/** One line for each row; the last two columns are its time as a multiple of evidence-diff's. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [
    HEAD,
    ...rows.map((row) => cellsOf(row, rowOf(rows, row.comparison, 'evidence-diff', row.recordPairs))),
  ];
  return aligned(lines, TEXT_COLUMNS);
}

const POSTGRES_HEAD = ['postgres', 'wall s', 'CPU s', 'rows/s', 'peak MB', 'wall x COPY'];

/** One line for each reader; the last column is its time as a multiple of psql's COPY. */
export function postgresText({ records, tableBytes, rows, left }: PostgresFigures): string {
  const copy = rows.find(({ tool }) => tool === 'psql COPY');
  const cells = rows.map(({ tool, wallMs, cpuMs, peakRssBytes }) => [
    tool,
    (wallMs / 1000).toFixed(2),
    (cpuMs / 1000).toFixed(2),
    whole((1000 * records) / wallMs),
    peakRssBytes === null ? '-' : whole(peakRssBytes / 1e6),
    copy === undefined ? '-' : (wallMs / copy.wallMs).toFixed(2),
  ]);
  const said = left.map((line) => `${line}\n`).join('');
  if (rows.length === 0) return said;
  const about = `postgres: a ledger of ${whole(records)} rows, ${whole(tableBytes / 1e6)} MB; psql's CPU is that of psql alone`;
  return `${aligned([POSTGRES_HEAD, ...cells], 1)}${about}\n${said}`;
}

export function startupText({ runs, nodeCpuMs, versionCpuMs, compareCpuMs }: Startup): string {
  const over = (cpuMs: number): string => `${cpuMs.toFixed(0)} ms, ${(cpuMs / nodeCpuMs).toFixed(2)} times that`;
  return (
    `Start-up, CPU, medians of ${runs} runs: node -e 0 ${nodeCpuMs.toFixed(0)} ms; ` +
    `--version ${over(versionCpuMs)}; comparing two snapshots of 100 records ${over(compareCpuMs)}\n`
  );
}

export function targetsText(targets: readonly Target[]): string {
  const lineOf = ({ what, is, unit, met }: Target): string => {
    const figure = is >= 1000 ? whole(is) : is.toFixed(2);
    return `${met ? 'met    ' : 'NOT MET'}  ${what}: ${figure} ${unit}\n`;
  };
  return targets.map(lineOf).join('');
}

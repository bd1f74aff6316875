/**
 * docs/performance.md, its picture, and the table of the README: written from the figures of one run and by nothing
 * else. Ratios come first, since times belong to a machine and a day.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMPARISONS } from './comparisons.ts';
import type { Figures, Machine } from './figures.ts';
import { growthOf } from './growth.ts';
import { pictureOf } from './picture.ts';
import type { PostgresFigures } from './postgres.ts';
import type { Proving } from './proving.ts';
import { type Row, rowOf } from './row.ts';
import type { Target } from './targets.ts';
import { PEERS, type ToolName } from './tools.ts';

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const PICTURE = fileURLToPath(new URL('../docs/performance.svg', import.meta.url));
const README = fileURLToPath(new URL('../README.md', import.meta.url));

/** What stands between these two in README.md is written here. */
export const BEGIN = '<!-- measured: written by `npm run bench -- --write` -->';
export const END = '<!-- end of what was measured -->';

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const seconds = (ms: number): string => (ms / 1000).toFixed(2);
const megabytes = (bytes: number | null): string => (bytes === null ? '' : `${whole(bytes / 1e6)} MB`);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return `${line(head)}|${'---|'.repeat(head.length)}\n${rows.map(line).join('')}`;
}

/** Floors do less than the job: to hash the bytes is the least that anyone can do. */
function floorOf(rows: readonly Row[], { comparison, recordPairs }: Row): Row | undefined {
  const at = rows.filter((row) => row.comparison === comparison && row.recordPairs === recordPairs);
  return at.find(({ tool }) => tool === 'openssl') ?? at.find(({ tool }) => tool === 'gzip+openssl');
}

const ours = (rows: readonly Row[]): readonly Row[] => rows.filter(({ tool }) => tool === 'evidence-diff');

function againstTheFloor(rows: readonly Row[]): string {
  const cells = ours(rows).map((row) => {
    const floor = floorOf(rows, row);
    return [
      row.comparison,
      whole(row.recordPairs),
      floor === undefined ? '' : (row.wallMs / floor.wallMs).toFixed(1),
      floor === undefined ? '' : (row.cpuMs / floor.cpuMs).toFixed(1),
      seconds(row.wallMs),
      megabytes(row.highestRssBytes),
      whole(row.recordPairsPerSecond),
    ];
  });
  const head = [
    'comparison',
    'record pairs',
    'wall × `openssl`',
    'CPU × `openssl`',
    'wall s',
    'memory',
    'pairs a second',
  ];
  return table(head, cells);
}

/** What others need beside us, at one size. */
function besideOthers(rows: readonly Row[], recordPairs: number): string {
  const own = rowOf(rows, 'canonical', 'evidence-diff', recordPairs);
  if (own === undefined) return '';
  const at = rows.filter((row) => row.comparison === 'canonical' && row.recordPairs === recordPairs);
  const cells = at.map((row) => [
    row.tool,
    (row.cpuMs / own.cpuMs).toFixed(2),
    (row.wallMs / own.wallMs).toFixed(2),
    megabytes(row.highestRssBytes),
    row.tool === own.tool ? 'everything' : (PEERS.find(({ name }) => name === row.tool)?.does ?? ''),
  ]);
  return table(['', 'CPU × ours', 'wall × ours', 'memory', 'what it does of the job'], cells);
}

function postgresTable({ records, tableBytes, rows }: PostgresFigures): string {
  const copy = rows.find(({ tool }) => tool === 'psql COPY');
  const cells = rows.map(({ tool, wallMs, cpuMs, highestRssBytes }) => [
    tool,
    copy === undefined ? '' : (wallMs / copy.wallMs).toFixed(2),
    seconds(wallMs),
    seconds(cpuMs),
    megabytes(highestRssBytes),
  ]);
  const about = `A ledger of ${whole(records)} rows, ${whole(tableBytes / 1e6)} MB; the CPU is that of the client alone.\n\n`;
  return `${about}${table(['', 'wall × COPY', 'wall s', 'CPU s', 'memory'], cells)}`;
}

function growthTable(rows: readonly Row[]): string {
  const tools = [...new Set(rows.filter(({ comparison }) => comparison === 'canonical').map(({ tool }) => tool))];
  const cells = tools.flatMap((tool: ToolName) => {
    const growth = growthOf(rows, tool);
    if (growth === undefined) return [];
    const { from, to, exponent, memory } = growth;
    return [[tool, `${whole(from)} to ${whole(to)}`, exponent.toFixed(2), memory === null ? '' : memory.toFixed(2)]];
  });
  return table(['', 'record pairs', 'exponent of CPU time', 'memory, times'], cells);
}

function machineText({ cpu, cores, memoryBytes, node, loadBefore, loadAfter }: Machine): string {
  const load = `load ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after`;
  return `${cpu}, ${cores} processors, ${whole(memoryBytes / 2 ** 30)} GiB, Node ${node}; ${load}`;
}

function targetsTable(targets: readonly Target[]): string {
  return table(
    ['', 'measured', ''],
    targets.map(({ what, is, unit, met }) => [
      what,
      `${is >= 1000 ? whole(is) : is.toFixed(2)} ${unit}`,
      met ? 'met' : '**not met**',
    ]),
  );
}

function startupLine({ startup }: Figures): string {
  if (startup === undefined) return '';
  const { runs, nodeCpuMs, versionCpuMs, compareCpuMs } = startup;
  const over = (cpuMs: number): string => `${(cpuMs / nodeCpuMs).toFixed(2)} times`;
  const base = `CPU time of \`node -e 0\` without NODE_EXTRA_CA_CERTS, medians of ${runs} runs in turn: ${nodeCpuMs.toFixed(0)} ms`;
  return `${base}; \`--version\` takes ${over(versionCpuMs)} that, a comparison of two snapshots of 100 records ${over(compareCpuMs)}.\n`;
}

/** What a proof of one record costs beside reading the whole snapshot once. */
function provingLine({ records, stats, prove, proofBytes }: Proving): string {
  const times = (prove.cpuMs / stats.cpuMs).toFixed(2);
  const proof = `The proof of one of ${whole(records)} records takes ${times} times the CPU time of reading the snapshot once`;
  return `${proof}, ${megabytes(prove.highestRssBytes)}, and has ${whole(proofBytes)} bytes.\n`;
}

/** The largest number of records of all comparisons: of more there is one alone, which shows how time and memory grow. */
function largestOf({ rows }: Figures): number {
  const own = ours(rows);
  const others = own.filter(({ comparison }) => comparison !== 'canonical');
  return Math.max(...(others.length === 0 ? own : others).map(({ recordPairs }) => recordPairs));
}

/** docs/performance.md. */
export function pageOf(figures: Figures): string {
  const largest = largestOf(figures);
  const { rows, postgres, machine, repeat, missing, targets } = figures;
  const parts = [
    '# Performance\n',
    'Written by `npm run bench -- --write`; nothing on this page is typed by hand. Every time is a median of ' +
      `${repeat} ${repeat === 1 ? 'run' : 'runs'}, memory the highest of them, all tools in turn in one run on one machine: ${machineText(machine)}. ` +
      'Machines differ, and one machine from day to day: believe the ratios.\n',
    '## Against the floor\n',
    'To hash the bytes of both files is the least that anybody can do who does not want to trust them. `gzip` is beside `gzip -dc | openssl`.\n',
    againstTheFloor(rows),
    COMPARISONS.map(({ name, what }) => `- **${name}**: ${what}\n`).join(''),
    `## Beside other tools, ${whole(largest)} record pairs\n`,
    besideOthers(rows, largest),
    ...otherSizes(rows, largest),
    '## How it grows\n',
    '![CPU time by the number of record pairs](performance.svg)\n',
    'An exponent of 1 is time in proportion to the records. It is taken between the two largest sizes that a tool was given.\n',
    growthTable(rows),
    ...(figures.proving === undefined ? [] : ['## Proofs\n', provingLine(figures.proving)]),
    ...(postgres === undefined ? [] : ['## PostgreSQL\n', postgresTable(postgres)]),
    ...(figures.startup === undefined ? [] : ['## Start-up\n', startupLine(figures)]),
    '## Targets\n',
    targetsTable(targets),
    ...(missing.length === 0 ? [] : [`Not there, and not measured: ${missing.join(', ')}.\n`]),
  ];
  return parts.join('\n');
}

/** Some tools are given no more than so many records: what they need is shown at the largest number that they are given. */
function otherSizes(rows: readonly Row[], largest: number): readonly string[] {
  const most = PEERS.flatMap(({ most: limit }) => (limit === undefined || limit >= largest ? [] : [limit]));
  const [size] = [...new Set(most)].filter((limit) => rows.some((row) => row.recordPairs === limit));
  return size === undefined ? [] : [`### ${whole(size)} record pairs\n`, besideOthers(rows, size)];
}

/** What stands in the README, between its two marks. */
export function readmePart(figures: Figures): string {
  const { machine, repeat, rows } = figures;
  const largest = largestOf(figures);
  const about =
    `${whole(largest)} record pairs of about 320 bytes in NDJSON, 1 % more on the current side; times are medians of ${repeat}, memory is the highest of them, all in one run on ` +
    `${machine.cores} processors with Node ${machine.node}. All of it: [docs/performance.md](docs/performance.md).\n`;
  return `${BEGIN}\n${about}\n${besideOthers(rows, largest)}${END}`;
}

/**
 * Writes the page, its picture and the table of the README.
 *
 * @throws Error if the README has no place for the table
 */
export function writePages(figures: Figures): void {
  const readme = readFileSync(README, 'utf8');
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${README}: there is no place for the table, ${BEGIN} … ${END}`);
  writeFileSync(README, `${readme.slice(0, from)}${readmePart(figures)}${readme.slice(to + END.length)}`);
  writeFileSync(PAGE, pageOf(figures));
  writeFileSync(PICTURE, pictureOf(figures.rows));
}

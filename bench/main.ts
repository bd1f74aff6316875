/**
 * `npm run bench [-- --records N] [--repeat N] [--only NAME]… [--seed N]`: measures the command against its peers, in
 * one run and side by side. The table goes to standard output, all figures to bench/out/bench.json.
 *
 * Times on a machine that has other work are worth little by themselves: believe the ratios.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { COMPARISONS, compare } from './comparisons.ts';
import { Pairs } from './pairs.ts';
import { measurePostgres, type PostgresFigures } from './postgres.ts';
import { measureProving, type Proving, provingText } from './proving.ts';
import type { Row } from './row.ts';
import { measureStartup, type Startup } from './startup.ts';
import { postgresText, startupText, tableOf, targetsText } from './table.ts';
import { judged, judgedPostgres } from './targets.ts';
import { COMMAND, GUNZIP_OPENSSL, isInstalled, JQ, MERKLETREEJS, OPENSSL, OURS, type Tool } from './tools.ts';

const OUT = fileURLToPath(new URL('out/', import.meta.url));
const PEERS: readonly Tool[] = [JQ, MERKLETREEJS, OPENSSL, GUNZIP_OPENSSL];
const STARTUP = 'startup';
const POSTGRES = 'postgres';
const PROVE = 'prove';

interface Options {
  readonly records: number;
  readonly repeat: number;
  readonly seed: number;
  readonly only: ReadonlySet<string>;
}

function wholeNumber(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError(`--${name}: ${text} is not a whole number from 1`);
  return count;
}

function optionsOf(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      records: { type: 'string', default: '1000000' },
      repeat: { type: 'string', default: '3' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string', multiple: true },
    },
  });
  const names = [...COMPARISONS.map((comparison) => comparison.name), STARTUP, POSTGRES, PROVE];
  const only = new Set(values.only ?? names);
  for (const name of only) {
    if (!names.includes(name)) throw new RangeError(`--only: there is no ${name}; there are ${names.join(', ')}`);
  }
  return {
    records: wholeNumber('records', values.records),
    repeat: wholeNumber('repeat', values.repeat),
    seed: wholeNumber('seed', values.seed),
    only,
  };
}

interface Figures {
  readonly rows: readonly Row[];
  readonly startup: Startup | undefined;
  readonly postgres: PostgresFigures | undefined;
  readonly proving: Proving | undefined;
}

async function measureAll({ records, repeat, seed, only }: Options, tools: ReadonlySet<Tool>): Promise<Figures> {
  const pairs = new Pairs(`${OUT}pairs`, seed);
  const rows: Row[] = [];
  try {
    const startup = only.has(STARTUP) ? await measureStartup(pairs) : undefined;
    const proving = only.has(PROVE) ? await measureProving(pairs, records, repeat) : undefined;
    for (const comparison of COMPARISONS) {
      if (!only.has(comparison.name)) continue;
      rows.push(...(await compare(comparison, pairs, { records, repeat, installed: (tool) => tools.has(tool) })));
    }
    const postgres = only.has(POSTGRES) ? await measurePostgres(`${OUT}postgres`, { records, repeat }) : undefined;
    return { rows, startup, postgres, proving };
  } finally {
    pairs.removeAll();
  }
}

function printComparisons({ rows }: Figures, only: ReadonlySet<string>, tools: ReadonlySet<Tool>): void {
  if (rows.length === 0) return;
  console.log(tableOf(rows));
  for (const { name, what } of COMPARISONS) if (only.has(name)) console.log(`${name}: ${what}`);
  for (const { name, does } of tools) console.log(`${name} does ${does}`);
  for (const { name } of PEERS.filter((tool) => !tools.has(tool))) console.log(`${name} is not here: not measured`);
  console.log('');
}

async function run(options: Options): Promise<void> {
  if (!existsSync(COMMAND)) throw new Error('there is no dist: run `npm run build` first');
  const { records, repeat, seed, only } = options;
  const tools = new Set([OURS, ...PEERS].filter(isInstalled));
  const loadBefore = loadavg();
  const figures = await measureAll(options, tools);
  const { rows, startup, postgres, proving } = figures;
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, memoryBytes: totalmem(), node: process.version };
  const targets = [...judged(rows, startup), ...(postgres === undefined ? [] : judgedPostgres(postgres))];
  mkdirSync(OUT, { recursive: true });
  const all = { records, repeat, seed, machine: { ...machine, loadBefore, loadAfter: loadavg() } };
  writeFileSync(
    `${OUT}bench.json`,
    `${JSON.stringify({ ...all, startup, proving, rows, postgres, targets }, undefined, 2)}\n`,
  );
  console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; medians of ${repeat}\n`);
  printComparisons(figures, only, tools);
  if (postgres !== undefined) console.log(postgresText(postgres));
  if (proving !== undefined) console.log(provingText(proving));
  console.log(`${startup === undefined ? '' : startupText(startup)}${targetsText(targets)}`);
}

await run(optionsOf(process.argv.slice(2)));

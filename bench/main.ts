/**
 * `npm run bench [-- --records N]… [--large] [--repeat N] [--only NAME]… [--seed N] [--write]`: measures the command
 * against its peers, in one run and side by side. The table goes to standard output, all figures to bench/out/bench.json;
 * `--large` adds 10,000,000 record pairs, and `--write` writes docs/performance.md, its picture and the table of the README.
 *
 * Peers are measured where they are installed: openssl, jq, hashdeep, rclone and psql from the system, and what
 * `npm install --no-save jsondiffpatch microdiff json-diff-ts` brings.
 *
 * Times on a machine that has other work are worth little by themselves: believe the ratios.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { COMPARISONS, compare } from './comparisons.ts';
import type { Figures } from './figures.ts';
import { writePages } from './page.ts';
import { Pairs } from './pairs.ts';
import { measurePostgres } from './postgres.ts';
import { measureProving, provingText } from './proving.ts';
import type { Row } from './row.ts';
import { measureStartup } from './startup.ts';
import { postgresText, startupText, tableOf, targetsText } from './table.ts';
import { judged, judgedPostgres } from './targets.ts';
import { COMMAND, isInstalled, OURS, PEERS, type Tool } from './tools.ts';

const OUT = fileURLToPath(new URL('out/', import.meta.url));
const STARTUP = 'startup';
const POSTGRES = 'postgres';
const PROVE = 'prove';
const USUAL_RECORDS = ['10000', '100000', '1000000'];
const MANY_RECORDS = 10_000_000;
/** At many records only this is compared, and by what holds no more than a part of them. */
const COMPARISON_OF_MANY = 'canonical';

interface Options {
  readonly records: readonly number[];
  readonly large: boolean;
  readonly repeat: number;
  readonly seed: number;
  readonly only: ReadonlySet<string>;
  readonly write: boolean;
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
      records: { type: 'string', multiple: true, default: USUAL_RECORDS },
      large: { type: 'boolean', default: false },
      repeat: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string', multiple: true },
      write: { type: 'boolean', default: false },
    },
  });
  const names = [...COMPARISONS.map((comparison) => comparison.name), STARTUP, POSTGRES, PROVE];
  const only = new Set(values.only ?? names);
  for (const name of only) {
    if (!names.includes(name)) throw new RangeError(`--only: there is no ${name}; there are ${names.join(', ')}`);
  }
  if (values.write && !only.has(COMPARISON_OF_MANY)) {
    throw new RangeError(`--write: the page has nothing to say without ${COMPARISON_OF_MANY}`);
  }
  return {
    records: values.records.map((text) => wholeNumber('records', text)).toSorted((a, b) => a - b),
    large: values.large,
    repeat: wholeNumber('repeat', values.repeat),
    seed: wholeNumber('seed', values.seed),
    only,
    write: values.write,
  };
}

async function measureRows(options: Options, pairs: Pairs, tools: ReadonlySet<Tool>): Promise<readonly Row[]> {
  const { repeat, only, large } = options;
  const rows: Row[] = [];
  for (const comparison of COMPARISONS.filter(({ name }) => only.has(name))) {
    for (const records of options.records) {
      rows.push(...(await compare(comparison, pairs, { records, repeat, installed: (tool) => tools.has(tool) })));
    }
    if (!large || comparison.name !== COMPARISON_OF_MANY) continue;
    const flat = (tool: Tool): boolean => tools.has(tool) && tool.flat;
    rows.push(...(await compare(comparison, pairs, { records: MANY_RECORDS, repeat, installed: flat })));
  }
  return rows;
}

type Measured = Pick<Figures, 'rows' | 'startup' | 'postgres' | 'proving'>;

async function measureAll(options: Options, tools: ReadonlySet<Tool>): Promise<Measured> {
  const { seed, repeat, only } = options;
  const records = Math.max(...options.records);
  const pairs = new Pairs(`${OUT}pairs`, seed);
  try {
    const startup = only.has(STARTUP) ? await measureStartup(pairs) : undefined;
    const proving = only.has(PROVE) ? await measureProving(pairs, records, repeat) : undefined;
    const rows = await measureRows(options, pairs, tools);
    const postgres = only.has(POSTGRES) ? await measurePostgres(`${OUT}postgres`, { records, repeat }) : undefined;
    return { rows, startup, postgres, proving };
  } finally {
    pairs.removeAll();
  }
}

function printComparisons({ rows, missing }: Figures, only: ReadonlySet<string>, tools: ReadonlySet<Tool>): void {
  if (rows.length === 0) return;
  console.log(tableOf(rows));
  for (const { name, what } of COMPARISONS) if (only.has(name)) console.log(`${name}: ${what}`);
  for (const { name, does } of tools) console.log(`${name} does ${does}`);
  for (const name of missing) console.log(`${name} is not here: not measured`);
  console.log('');
}

function print(figures: Figures, only: ReadonlySet<string>, tools: ReadonlySet<Tool>): void {
  const { machine, repeat, postgres, proving, startup, targets } = figures;
  console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; medians of ${repeat}\n`);
  printComparisons(figures, only, tools);
  if (postgres !== undefined) console.log(postgresText(postgres));
  if (proving !== undefined) console.log(provingText(proving));
  console.log(`${startup === undefined ? '' : startupText(startup)}${targetsText(targets)}`);
}

const load = (): number => loadavg()[0] ?? NaN;

async function run(options: Options): Promise<void> {
  if (!existsSync(COMMAND)) throw new Error('there is no dist: run `npm run build` first');
  const { repeat, seed, only } = options;
  const tools = new Set([OURS, ...PEERS].filter(isInstalled));
  const loadBefore = load();
  const measured = await measureAll(options, tools);
  const [processor] = cpus();
  const figures: Figures = {
    machine: {
      cpu: processor?.model ?? 'an unknown processor',
      cores: cpus().length,
      memoryBytes: totalmem(),
      node: process.version,
      loadBefore,
      loadAfter: load(),
    },
    seed,
    repeat,
    ...measured,
    targets: [
      ...judged(measured.rows, measured.startup),
      ...(measured.postgres === undefined ? [] : judgedPostgres(measured.postgres)),
    ],
    missing: PEERS.filter((tool) => !tools.has(tool)).map(({ name }) => name),
  };
  mkdirSync(OUT, { recursive: true });
  writeFileSync(`${OUT}bench.json`, `${JSON.stringify(figures, undefined, 2)}\n`);
  print(figures, only, tools);
  if (options.write) writePages(figures);
}

await run(optionsOf(process.argv.slice(2)));

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
import { measureProving, type Proving, provingText } from './proving.ts';
import type { Row } from './row.ts';
import { measureStartup, type Startup } from './startup.ts';
import { startupText, tableOf, targetsText } from './table.ts';
import { judged } from './targets.ts';
import { COMMAND, isInstalled, JQ, MERKLETREEJS, OPENSSL, OURS } from './tools.ts';

const OUT = fileURLToPath(new URL('out/', import.meta.url));
const STARTUP = 'startup';
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
  const names = [...COMPARISONS.map((comparison) => comparison.name), STARTUP, PROVE];
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

async function run({ records, repeat, seed, only }: Options): Promise<void> {
  if (!existsSync(COMMAND)) throw new Error('there is no dist: run `npm run build` first');
  const tools = new Set([OURS, JQ, MERKLETREEJS, OPENSSL].filter(isInstalled));
  const loadBefore = loadavg();
  const pairs = new Pairs(`${OUT}pairs`, seed);
  const rows: Row[] = [];
  let startup: Startup | undefined;
  let proving: Proving | undefined;
  try {
    if (only.has(STARTUP)) startup = await measureStartup(pairs);
    if (only.has(PROVE)) proving = await measureProving(pairs, records, repeat);
    for (const comparison of COMPARISONS) {
      if (!only.has(comparison.name)) continue;
      rows.push(...(await compare(comparison, pairs, { records, repeat, installed: (tool) => tools.has(tool) })));
    }
  } finally {
    pairs.removeAll();
  }
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, memoryBytes: totalmem(), node: process.version };
  const targets = judged(rows, startup);
  mkdirSync(OUT, { recursive: true });
  const all = { records, repeat, seed, machine: { ...machine, loadBefore, loadAfter: loadavg() } };
  writeFileSync(`${OUT}bench.json`, `${JSON.stringify({ ...all, startup, proving, rows, targets }, undefined, 2)}\n`);
  console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; medians of ${repeat}\n`);
  if (rows.length > 0) console.log(tableOf(rows));
  for (const { name, what } of COMPARISONS) if (only.has(name)) console.log(`${name}: ${what}`);
  for (const { name, does } of tools) console.log(`${name} does ${does}`);
  for (const { name } of [JQ, MERKLETREEJS, OPENSSL].filter((tool) => !tools.has(tool))) {
    console.log(`${name} is not here: not measured`);
  }
  const more = `${startup === undefined ? '' : startupText(startup)}${proving === undefined ? '' : provingText(proving)}`;
  console.log(`\n${more}${targetsText(targets)}`);
}

await run(optionsOf(process.argv.slice(2)));

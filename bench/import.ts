/**
 * `npm run bench:import [-- --items N] [--bytes N] [--case folder|lines|array]`: what it costs to read items in no order, as a
 * folder of one file each, as lines and as one JSON array, beside `jq -c .` and `sort` over the lines. A case that is named is
 * written and run alone, beside the two. Each runs once; believe the ratios.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measured } from './measure.ts';
import { SeededRandom } from './random.ts';
import { COMMAND } from './tools.ts';

const OUT = fileURLToPath(new URL('out/import/', import.meta.url));
/** Files of one folder of the tree. */
const FILES_A_FOLDER = 1000;
const WRITTEN_AT_ONCE = 1000;
const WORDS = ['bundle', 'finding', 'accepted', 'revoked', 'sbom', 'attestation', 'scan', 'critical'] as const;

/** JSON of about `bytes` bytes, its members in no canonical order. */
function itemText(id: number, bytes: number, random: SeededRandom): string {
  const head = `{"id":"item-${id}","count":${random.below(1e9)},"a":[1,true,null],"text":"`;
  let text = head;
  while (text.length < bytes - 2) text += `${WORDS[random.below(WORDS.length)]} `;
  return `${text}"}`;
}

/** The shapes by the names that `--case` has for them: what lies under `OUT`, and how a profile reads it. */
const CASES = {
  folder: ['folder', { from: { files: '**/*.json' }, id: '/id' }],
  lines: ['items.ndjson', { from: { ndjson: '*.ndjson' }, id: '/id' }],
  array: ['items.json', { from: { json: '*.json', items: '' }, id: '/id' }],
} as const;

type Case = keyof typeof CASES;

/** @throws RangeError for what is no case */
function casesOf(name: string | undefined): readonly Case[] {
  const all = Object.keys(CASES) as Case[];
  const chosen = name === undefined ? all : all.filter((one) => one === name);
  if (chosen.length > 0) return chosen;
  throw new RangeError(`--case ${name}: there are ${all.join(', ')}`);
}

/** Writes the same items in each shape; as lines in any case, for the tools beside. */
async function writeItems(items: number, bytes: number, cases: readonly Case[]): Promise<void> {
  const random = new SeededRandom(1);
  const ids = Array.from({ length: items }, (_, n) => n);
  for (let last = items - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [ids[last], ids[other]] = [ids[other] ?? 0, ids[last] ?? 0];
  }
  const lines = await open(`${OUT}items.ndjson`, 'w');
  const array = cases.includes('array') ? await open(`${OUT}items.json`, 'w') : undefined;
  for (let from = 0; from < items; from += WRITTEN_AT_ONCE) {
    const texts = ids.slice(from, from + WRITTEN_AT_ONCE).map((id) => itemText(id, bytes, random));
    await lines.write(`${texts.join('\n')}\n`);
    await array?.write(`${from === 0 ? '[' : ','}${texts.join(',\n')}`);
    if (!cases.includes('folder')) continue;
    const folder = `${OUT}folder/${Math.floor(from / FILES_A_FOLDER)}`;
    mkdirSync(folder, { recursive: true });
    for (const [at, text] of texts.entries()) writeFileSync(`${folder}/${at}.json`, text);
  }
  await array?.write(']');
  await Promise.all([lines.close(), array?.close()]);
}

function commands(cases: readonly Case[]): readonly (readonly [name: string, command: readonly string[]])[] {
  const ours = cases.map((one) => {
    const [name, place] = CASES[one];
    const profile = `${OUT}${name}.profile`;
    writeFileSync(profile, JSON.stringify({ kind: 'evidence-profile', version: 2, name: 'bench', items: [place] }));
    return [name, [process.execPath, COMMAND, 'stats', `${OUT}${name}`, '--profile', profile]] as const;
  });
  const lines = `${OUT}items.ndjson`;
  return [
    ...ours,
    ['jq -c . items.ndjson', ['bash', '-c', 'exec jq -c . "$1" > /dev/null', 'bench', lines]],
    ['sort -S 100M items.ndjson', ['bash', '-c', 'LC_ALL=C exec sort -S 100M "$1" > /dev/null', 'bench', lines]],
  ];
}

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '200000' },
    bytes: { type: 'string', default: '2000' },
    case: { type: 'string' },
  },
});
const cases = casesOf(values.case);
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
try {
  await writeItems(Number(values.items), Number(values.bytes), cases);
  console.log(`${values.items} items of ${values.bytes} bytes in no order, Node ${process.version}`);
  for (const [name, command] of commands(cases)) {
    const { wallMs, cpuMs, peakRssBytes, exitCode, stderr } = await measured(command);
    if (exitCode === 127) console.log(`${name}: not here, not measured`);
    else if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}: ${stderr.slice(0, 2000)}`);
    else {
      const peak = peakRssBytes === null ? '-' : Math.round(peakRssBytes / 1e6);
      console.log(`${name}: ${(wallMs / 1000).toFixed(1)} s, CPU ${(cpuMs / 1000).toFixed(1)} s, peak ${peak} MB`);
    }
  }
} finally {
  rmSync(OUT, { recursive: true, force: true });
}

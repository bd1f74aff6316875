/**
 * `npm run bench:migration [-- --records N] [--repeat N] [--seed N]`: what a comparison through a migration costs beside a
 * plain one of the same baseline, in one run and in turns, with the batch engine and without it.
 *
 * A rule renames a member, drops one, adds one, and gives one another type; where there is a chain it is made anew. `all`
 * rewrites nine of ten records and chains three of ten anew, `few` does so with the chain of one tenant, 7.5 of a hundred.
 * `types` has two rules for each stream, told apart by type, as upgrades have them: seven of ten records are rewritten, and
 * three of ten chained anew. Each current side has grown by one of a hundred. The table goes to standard output, all figures to
 * bench/out/migration.json; believe the ratios.
 */
import { createHash, hash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makePair, type Pair } from './make-pair.ts';
import { type Medians, measured, medianOf, type Run } from './measure.ts';
import type { MadeRecord, StreamPlan } from './records.ts';
import { COMMAND } from './tools.ts';

const OUT = fileURLToPath(new URL('out/', import.meta.url));
const FOLDER = `${OUT}migration/`;
const KEY = `${FOLDER}evidence.key`;
const ZEROS = '0'.repeat(64);
const UPGRADE = { upgrade: '2027.Q2', from: '1.0', to: '2.0' };

type Body = Record<string, unknown>;

interface StreamRule {
  readonly name: string;
  readonly stream: string;
  /** Undefined for all. */
  readonly type?: string;
  readonly patch: readonly object[];
  readonly rewritten: (body: Body) => Body;
}

const LEDGER: StreamRule = {
  name: 'ledger',
  stream: 'findings-ledger/*',
  patch: [
    { op: 'move', from: '/body/by', path: '/body/actor' },
    { op: 'remove', path: '/body/severity', why: 'follows from the score' },
    { op: 'add', path: '/body/risk', value: 0 },
    { op: 'convert', path: '/body/score', to: { text: true } },
  ],
  rewritten: ({ by, cve, score }) => ({ actor: by, cve, risk: 0, score: String(score) }),
};

const LOCKER: StreamRule = {
  name: 'locker',
  stream: 'evidence-locker/*',
  patch: [
    { op: 'move', from: '/body/format', path: '/body/mediaType' },
    { op: 'remove', path: '/body/signed' },
    { op: 'add', path: '/body/schema', value: 2 },
    { op: 'convert', path: '/body/components', to: { text: true } },
  ],
  rewritten: ({ components, format }) => ({ components: String(components), mediaType: format, schema: 2 }),
};

const BY_TYPE: readonly StreamRule[] = [
  { ...LEDGER, name: 'findings', type: 'finding.*' },
  {
    name: 'decisions',
    stream: LEDGER.stream,
    type: 'vex.decision',
    patch: [{ op: 'convert', path: '/body/severity', to: { case: 'upper' } }],
    rewritten: (body) => ({ ...body, severity: String(body['severity']).toUpperCase() }),
  },
  { ...LOCKER, name: 'attestations', type: 'attestation' },
  {
    name: 'sboms',
    stream: LOCKER.stream,
    type: 'sbom',
    patch: [{ op: 'copy', from: '/body/format', path: '/body/mediaType' }],
    rewritten: (body) => ({ ...body, mediaType: body['format'] }),
  },
];

/** Canonical text of values whose numbers a double holds and whose names are ASCII. */
function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value as object)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

interface Declared {
  readonly name: 'all' | 'few' | 'types';
  /** Whose records are rewritten; undefined for all. */
  readonly tenant?: string;
  readonly rules: readonly StreamRule[];
}

const MIGRATIONS: readonly Declared[] = [
  { name: 'all', rules: [LEDGER, LOCKER] },
  { name: 'few', tenant: 'acme', rules: [LEDGER] },
  { name: 'types', rules: BY_TYPE },
];

/** What a migration makes of the records of a stream; made here without it. */
function rewriting({ tenant, rules }: Declared, plan: StreamPlan): (record: MadeRecord) => MadeRecord {
  const own = rules.filter((one) => plan.stream.startsWith(one.stream.slice(0, -1)));
  if (own.length === 0 || (tenant ?? plan.tenant) !== plan.tenant) return (record) => record;
  let before = ZEROS;
  return (record) => {
    const rule = own.find(({ type }) => type === undefined || record.type.startsWith(type.replace('*', '')));
    if (rule === undefined) return record;
    const json = JSON.parse(record.text) as Body;
    const body = rule.rewritten(json['body'] as Body);
    if (record.hash === null) return { ...record, text: canonical({ ...json, body }) };
    const prev = before;
    before = hash('sha256', prev + canonical(body), 'hex');
    return { ...record, hash: before, text: canonical({ ...json, body, prev, hash: before }) };
  };
}

async function sha256Of(path: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const piece of createReadStream(path)) digest.update(piece as Uint8Array);
  return digest.digest('hex');
}

async function run(args: readonly string[], engine: Engine = 'on'): Promise<Run> {
  const ended = await measured(['env', `EVIDENCE_DIFF_ENGINE=${engine}`, process.execPath, COMMAND, ...args]);
  if (ended.exitCode !== 0) {
    throw new Error(`${args.join(' ')} ended with ${ended.exitCode}: ${ended.stdout}${ended.stderr}`.slice(0, 2000));
  }
  return ended;
}

/** Writes the migration and signs it: unsigned it would say nothing of growth. */
async function declare({ name, tenant, rules }: Declared, baseline: string): Promise<string> {
  const path = `${FOLDER}${name}.migration.json`;
  const stated = rules.map(({ name: rule, stream, type, patch }) => ({
    name: rule,
    match: { stream, ...(type === undefined ? {} : { type }), ...(tenant === undefined ? {} : { tenant }) },
    patch,
    ...(stream === LEDGER.stream ? { rechain: { recipe: 'sha256-prev-body', genesis: 'zeros' } } : {}),
  }));
  const document = {
    kind: 'evidence-migration',
    version: 1,
    ...UPGRADE,
    baseline: `sha256:${await sha256Of(baseline)}`,
  };
  writeFileSync(path, JSON.stringify({ ...document, rules: stated }));
  await run(['sign', path, '--key', KEY]);
  return path;
}

type Engine = 'on' | 'off';

interface Case {
  readonly name: string;
  readonly engine: Engine;
  readonly args: readonly string[];
}

interface Figures extends Medians {
  readonly name: string;
  readonly engine: Engine;
  /** Time as a multiple of the plain comparison with the same engine. */
  readonly wallRatio: number;
  readonly cpuRatio: number;
}

/** The plain pair and one current side for each migration; all have one baseline. */
async function prepare(records: number, seed: number): Promise<readonly Case[]> {
  const shape = {
    records,
    seed,
    container: 'ndjson',
    gzip: false,
    baseline: 'canonical',
    current: 'canonical',
  } as const;
  const plain = await makePair(`${FOLDER}plain`, shape);
  await run(['keygen', '--output', KEY]);
  const trusted = ['--trusted-key', `${KEY}.pub`];
  await run(['sign', plain.baseline, '--key', KEY]);
  const cases = [{ name: 'plain', args: [plain.baseline, plain.current, ...trusted] }];
  for (const declared of MIGRATIONS) {
    const pair: Pair = await makePair(`${FOLDER}${declared.name}`, {
      ...shape,
      rewriting: (plan) => rewriting(declared, plan),
    });
    rmSync(pair.baseline);
    const migration = await declare(declared, plain.baseline);
    cases.push({ name: declared.name, args: [plain.baseline, pair.current, '--migration', migration, ...trusted] });
  }
  return cases.flatMap(({ name, args }) =>
    (['off', 'on'] as const).map((engine) => ({ name, engine, args: [...args, '--quiet'] })),
  );
}

async function measureAll(cases: readonly Case[], repeat: number): Promise<readonly Figures[]> {
  const runs = new Map(cases.map((one) => [one, [] as Run[]]));
  for (let round = 1; round <= repeat; round++) {
    for (const [one, measures] of runs) {
      process.stderr.write(`${one.name}, engine ${one.engine}, ${round} of ${repeat}\n`);
      measures.push(await run(one.args, one.engine));
    }
  }
  const medians = [...runs].map(([{ name, engine }, measures]) => ({ name, engine, ...medianOf(measures) }));
  return medians.map((one) => {
    const plain = medians.find(({ name, engine }) => name === 'plain' && engine === one.engine) ?? one;
    return { ...one, wallRatio: one.wallMs / plain.wallMs, cpuRatio: one.cpuMs / plain.cpuMs };
  });
}

function lineOf({ name, engine, wallMs, cpuMs, highestRssBytes, wallRatio, cpuRatio }: Figures): string {
  const times = `${(wallMs / 1000).toFixed(2)} s, CPU ${(cpuMs / 1000).toFixed(2)} s`;
  const peak = highestRssBytes === null ? '-' : (highestRssBytes / 1e6).toFixed(0);
  const ratios = name === 'plain' ? '' : `; ${wallRatio.toFixed(2)} times plain, CPU ${cpuRatio.toFixed(2)} times`;
  return `${name.padEnd(5)}  engine ${engine.padEnd(3)}  ${times}, peak ${peak} MB${ratios}`;
}

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    repeat: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
});
if (!existsSync(COMMAND)) throw new Error('there is no dist: run `npm run build` first');
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
try {
  const [records, repeat] = [Number(values.records), Number(values.repeat)];
  const loadBefore = loadavg();
  const figures = await measureAll(await prepare(records, Number(values.seed)), repeat);
  const all = { records, repeat, node: process.version, loadBefore, loadAfter: loadavg(), figures };
  writeFileSync(`${OUT}migration.json`, `${JSON.stringify(all, undefined, 2)}\n`);
  console.log(`${records} records, Node ${process.version}, medians of ${repeat}`);
  for (const one of figures) console.log(lineOf(one));
} finally {
  rmSync(FOLDER, { recursive: true, force: true });
}

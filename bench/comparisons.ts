/** What is compared, and by whom. */
import { medianOf } from './measure.ts';
import type { MeasuredPair, Pairs, Shape } from './pairs.ts';
import type { Row } from './row.ts';
import {
  GUNZIP_OPENSSL,
  HASHDEEP,
  JQ,
  JSON_DIFFS,
  MERKLETREEJS,
  OPENSSL,
  OURS,
  RCLONE,
  runTool,
  type Tool,
} from './tools.ts';

export interface Comparison {
  readonly name: string;
  readonly what: string;
  readonly shape: Shape;
  readonly peers: readonly Tool[];
}

const CANONICAL: Shape = { container: 'ndjson', gzip: false, baseline: 'canonical', current: 'canonical' };

export const COMPARISONS: readonly Comparison[] = [
  {
    name: 'canonical',
    what: 'both sides canonical NDJSON, 99.9 % of the lines equal, 1 % more records on the current side',
    shape: CANONICAL,
    peers: [OPENSSL, HASHDEEP, RCLONE, JQ, MERKLETREEJS, ...JSON_DIFFS],
  },
  { name: 'identical', what: 'the same file twice', shape: { ...CANONICAL, growth: 0 }, peers: [OPENSSL] },
  {
    name: 'grown',
    what: 'as canonical, with half as many records again on the current side',
    shape: { ...CANONICAL, growth: 0.5 },
    peers: [OPENSSL],
  },
  {
    name: 'digest',
    what: 'as canonical, with the digest of each body in its place',
    shape: { ...CANONICAL, depth: 'digest' },
    peers: [OPENSSL],
  },
  {
    name: 'json',
    what: 'as canonical, in the JSON container',
    shape: { ...CANONICAL, container: 'json' },
    peers: [OPENSSL],
  },
  { name: 'gzip', what: 'as canonical, compressed', shape: { ...CANONICAL, gzip: true }, peers: [GUNZIP_OPENSSL] },
  {
    name: 'foreign',
    what: 'the current side as another program writes it: members in any order, ", " and ": " between',
    shape: { ...CANONICAL, current: 'foreign' },
    peers: [OPENSSL, JQ],
  },
  {
    name: 'both-foreign',
    what: 'both sides so, each in an order of its own: the worst case',
    shape: { ...CANONICAL, baseline: 'foreign', current: 'foreign' },
    peers: [OPENSSL],
  },
];

/** Runs each tool `repeat` times, in turns, so that what else the machine does meets all of them alike. */
export async function compare(
  { name, shape, peers }: Comparison,
  pairs: Pairs,
  options: { readonly records: number; readonly repeat: number; readonly installed: (tool: Tool) => boolean },
): Promise<readonly Row[]> {
  const pair = await pairs.get(shape, options.records);
  const able = peers.filter(({ most }) => most === undefined || options.records <= most);
  const tools = [OURS, ...able.filter(options.installed)];
  const runs = new Map(tools.map((tool) => [tool, [] as Awaited<ReturnType<typeof runTool>>[]]));
  for (let round = 1; round <= options.repeat; round++) {
    for (const tool of tools) {
      process.stderr.write(`${name}, ${options.records} records: ${tool.name}, ${round} of ${options.repeat}\n`);
      runs.get(tool)?.push(await runTool(tool, pair));
    }
  }
  pairs.drop(pair);
  return [...runs].map(([tool, measures]) => rowOf(name, tool, pair, medianOf(measures)));
}

function rowOf(name: string, tool: Tool, pair: MeasuredPair, measure: ReturnType<typeof medianOf>): Row {
  return {
    comparison: name,
    tool: tool.name,
    recordPairs: pair.baselineRecords,
    bytes: pair.bytes,
    ...measure,
    recordPairsPerSecond: Math.round((1000 * pair.baselineRecords) / measure.wallMs),
    recordPairsPerCpuSecond: Math.round((1000 * pair.baselineRecords) / measure.cpuMs),
    megabytesPerSecond: pair.bytes / 1000 / measure.wallMs,
  };
}

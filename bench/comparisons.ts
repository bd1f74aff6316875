/** What is compared, and by whom. */
import { medianOf } from './measure.ts';
import type { MeasuredPair, Pairs, Shape } from './pairs.ts';
import type { Row } from './row.ts';
import { GUNZIP_OPENSSL, JQ, MERKLETREEJS, OPENSSL, OURS, runTool, type Tool } from './tools.ts';

export interface Comparison {
  readonly name: string;
  readonly what: string;
  readonly shape: Shape;
  /** Records in the baseline, as a multiple of what was asked for. */
  readonly times: number;
  readonly peers: readonly Tool[];
}

const CANONICAL: Shape = { container: 'ndjson', gzip: false, baseline: 'canonical', current: 'canonical' };

export const COMPARISONS: readonly Comparison[] = [
  {
    name: 'canonical',
    what: 'both sides canonical NDJSON, 99.9 % of the lines equal, 1 % more records on the current side',
    shape: CANONICAL,
    times: 1,
    peers: [JQ, MERKLETREEJS, OPENSSL],
  },
  {
    name: 'foreign',
    what: 'the current side as another program writes it: members in any order, ", " and ": " between',
    shape: { ...CANONICAL, current: 'foreign' },
    times: 1,
    peers: [JQ, OPENSSL],
  },
  {
    name: 'both-foreign',
    what: 'both sides so, each in an order of its own: the worst case',
    shape: { ...CANONICAL, baseline: 'foreign', current: 'foreign' },
    times: 1,
    peers: [],
  },
  {
    name: 'json',
    what: 'as canonical, in the JSON container',
    shape: { ...CANONICAL, container: 'json' },
    times: 1,
    peers: [OPENSSL],
  },
  {
    name: 'gzip',
    what: 'as canonical, compressed',
    shape: { ...CANONICAL, gzip: true },
    times: 1,
    peers: [GUNZIP_OPENSSL],
  },
  { name: 'twice', what: 'as canonical, twice the records', shape: CANONICAL, times: 2, peers: [] },
];

/** Runs each tool `repeat` times, in turns, so that what else the machine does meets all of them alike. */
export async function compare(
  { name, shape, times, peers }: Comparison,
  pairs: Pairs,
  options: { readonly records: number; readonly repeat: number; readonly installed: (tool: Tool) => boolean },
): Promise<readonly Row[]> {
  const pair = await pairs.get(shape, options.records * times);
  const tools = [OURS, ...peers.filter(options.installed)];
  const runs = new Map(tools.map((tool) => [tool, [] as Awaited<ReturnType<typeof runTool>>[]]));
  for (let round = 1; round <= options.repeat; round++) {
    for (const tool of tools) {
      process.stderr.write(`${name}: ${tool.name}, ${round} of ${options.repeat}\n`);
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

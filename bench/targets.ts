/** What the figures must show. */
import { growthOf } from './growth.ts';
import type { PostgresFigures, PostgresRow } from './postgres.ts';
import { type Row, rowOf } from './row.ts';
import type { Startup } from './startup.ts';
import type { ToolName } from './tools.ts';

export interface Target {
  readonly what: string;
  readonly is: number;
  readonly unit: string;
  readonly met: boolean;
}

const MOST_RSS_BYTES = 130e6;
const MOST_GROWTH = 1.1;
/** Of the CPU time that the interpreter takes to start and end. */
const MOST_STARTS = 2.2;
const MOST_POSTGRES_RSS_BYTES = 250e6;
const MOST_TIMES_COPY = { audit: 1.5, capture: 1.8 } as const;

/** Wall time as a multiple of what it takes to hash the bytes of both files. */
const MOST_TIMES_FLOOR: readonly (readonly [comparison: string, most: number])[] = [
  ['canonical', 3.5],
  ['identical', 4],
  ['digest', 4],
  ['json', 4],
  ['gzip', 4],
  ['foreign', 6],
];

/** They do a part of the job, and must not do it cheaper. */
const BEATEN: readonly ToolName[] = ['jq+sort+diff', 'jsondiffpatch', 'microdiff', 'json-diff-ts', 'merkletreejs'];

function target(what: string, unit: string, is: number | undefined, most: number): readonly Target[] {
  return is === undefined || Number.isNaN(is) ? [] : [{ what, is, unit, met: is <= most }];
}

function ratio(a: number | null | undefined, b: number | null | undefined): number | undefined {
  return a === null || a === undefined || b === null || b === undefined ? undefined : a / b;
}

export function judgedPostgres({ rows }: PostgresFigures): readonly Target[] {
  const figures = (tool: PostgresRow['tool']): PostgresRow | undefined => rows.find((row) => row.tool === tool);
  const copy = figures('psql COPY');
  const peaks = rows.flatMap(({ tool, highestRssBytes }) =>
    tool.startsWith('capture') ? (highestRssBytes ?? []) : [],
  );
  const timesCopy = (what: 'audit' | 'capture'): readonly Target[] =>
    target(
      `${what} of PostgreSQL by one worker, wall time at most ${MOST_TIMES_COPY[what]} times psql COPY`,
      'times',
      ratio(figures(`${what}, 1 worker`)?.wallMs, copy?.wallMs),
      MOST_TIMES_COPY[what],
    );
  return [
    ...timesCopy('audit'),
    ...timesCopy('capture'),
    ...target(
      'two workers at least as fast as one',
      'times its wall time',
      ratio(figures('audit, 2 workers')?.wallMs, figures('audit, 1 worker')?.wallMs),
      1,
    ),
    ...target(
      'memory of every capture from PostgreSQL at most 250 MB',
      'MB',
      peaks.length === 0 ? undefined : Math.max(...peaks) / 1e6,
      MOST_POSTGRES_RSS_BYTES / 1e6,
    ),
  ];
}

function againstTheFloor(rows: readonly Row[], records: number): readonly Target[] {
  return MOST_TIMES_FLOOR.flatMap(([comparison, most]) => {
    const floor = comparison === 'gzip' ? 'gzip+openssl' : 'openssl';
    const [ours, theirs] = (['evidence-diff', floor] as const).map((tool) => rowOf(rows, comparison, tool, records));
    const what = `${comparison}: wall time at most ${most} times ${floor}`;
    return target(what, 'times', ratio(ours?.wallMs, theirs?.wallMs), most);
  });
}

function besideOthers(rows: readonly Row[]): readonly Target[] {
  return BEATEN.flatMap((tool) => {
    const theirs = rows.filter((row) => row.tool === tool && row.comparison === 'canonical');
    const most = theirs.toSorted((a, b) => b.recordPairs - a.recordPairs)[0];
    const ours = most && rowOf(rows, 'canonical', 'evidence-diff', most.recordPairs);
    return target(`less CPU time than ${tool}`, 'times its CPU time', ratio(ours?.cpuMs, most?.cpuMs), 1);
  });
}

/** The targets that this run can tell of. */
export function judged(rows: readonly Row[], startup: Startup | undefined): readonly Target[] {
  const own = rows.filter(({ tool }) => tool === 'evidence-diff');
  const records = Math.max(...own.filter(({ comparison }) => comparison === 'json').map((row) => row.recordPairs));
  const largest = Number.isFinite(records) ? records : Math.max(...own.map((row) => row.recordPairs));
  const peak = rowOf(rows, 'canonical', 'evidence-diff', largest)?.highestRssBytes;
  const growth = growthOf(rows, 'evidence-diff');
  return [
    ...againstTheFloor(rows, largest),
    ...target('canonical: memory at most 130 MB', 'MB', ratio(peak, 1e6), MOST_RSS_BYTES / 1e6),
    ...target('ten times the records, at most 1.1 times the memory', 'times', growth?.memory ?? undefined, MOST_GROWTH),
    ...besideOthers(rows),
    ...target(
      'two snapshots of 100 records at most 2.2 times the CPU time of node -e 0',
      'times',
      ratio(startup?.compareCpuMs, startup?.nodeCpuMs),
      MOST_STARTS,
    ),
  ];
}

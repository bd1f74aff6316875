/** What the figures must show. */
import type { PostgresFigures, PostgresRow } from './postgres.ts';
import { type Row, rowOf } from './row.ts';
import type { Startup } from './startup.ts';

export interface Target {
  readonly what: string;
  readonly is: number;
  readonly unit: string;
  readonly met: boolean;
}

const MOST_RSS_BYTES = 200e6;
const MOST_GROWTH = 1.1;
const LEAST_PAIRS_PER_SECOND = 60_000;
const LEAST_TIMES_JQ = 5;
const MOST_START_UP_MS = 60;
/** Of the CPU time that the interpreter takes to start and end. */
const MOST_STARTS = 2.2;
const MOST_POSTGRES_RSS_BYTES = 250e6;
const MOST_TIMES_COPY = 2;
const MOST_TIMES_COPY_BY_TWO = 1.3;

function target(what: string, unit: string, is: number | undefined, met: (is: number) => boolean): readonly Target[] {
  return is === undefined || Number.isNaN(is) ? [] : [{ what, is, unit, met: met(is) }];
}

function ratio(a: number | null | undefined, b: number | null | undefined): number | undefined {
  return a === null || a === undefined || b === null || b === undefined ? undefined : a / b;
}

/** Of the captures, which do all that an audit does and write a file besides. */
export function judgedPostgres({ rows }: PostgresFigures): readonly Target[] {
  const figures = (tool: PostgresRow['tool']): PostgresRow | undefined => rows.find((row) => row.tool === tool);
  const copy = figures('psql COPY');
  const one = figures('capture, 1 worker');
  const two = figures('capture, 2 workers');
  const peaks = [one, two].flatMap((row) => row?.highestRssBytes ?? []);
  return [
    ...target(
      'peak memory of every capture from PostgreSQL under 250 MB',
      'MB',
      peaks.length === 0 ? undefined : Math.max(...peaks) / 1e6,
      (is) => is * 1e6 < MOST_POSTGRES_RSS_BYTES,
    ),
    ...target(
      'a capture by one worker in at most 2 times the time of psql COPY',
      'times',
      ratio(one?.wallMs, copy?.wallMs),
      (is) => is <= MOST_TIMES_COPY,
    ),
    ...target(
      'a capture by two workers in at most 1.3 times the time of psql COPY',
      'times',
      ratio(two?.wallMs, copy?.wallMs),
      (is) => is <= MOST_TIMES_COPY_BY_TWO,
    ),
  ];
}

/** The targets that this run can tell of. */
export function judged(rows: readonly Row[], startup: Startup | undefined): readonly Target[] {
  const ours = rowOf(rows, 'canonical', 'evidence-diff');
  const jq = rowOf(rows, 'canonical', 'jq+sort+diff');
  const twice = rowOf(rows, 'twice', 'evidence-diff');
  const start = startup === undefined ? undefined : startup.versionCpuMs - startup.nodeCpuMs;
  return [
    ...target(
      'peak memory of every run under 200 MB',
      'MB',
      ratio(ours?.highestRssBytes, 1e6),
      (is) => is * 1e6 < MOST_RSS_BYTES,
    ),
    ...target(
      'twice the records, at most 1.1 times the memory',
      'times',
      ratio(twice?.peakRssBytes, ours?.peakRssBytes),
      (is) => is <= MOST_GROWTH,
    ),
    ...target(
      'at least 60,000 record pairs a second in one process',
      'record pairs/s',
      ours?.recordPairsPerSecond,
      (is) => is >= LEAST_PAIRS_PER_SECOND,
    ),
    ...target(
      'at least 5 times as fast as jq+sort+diff',
      'times',
      ratio(jq?.wallMs, ours?.wallMs),
      (is) => is >= LEAST_TIMES_JQ,
    ),
    ...target(
      'two snapshots of 100 records at most 2.2 times the CPU time of node -e 0',
      'times',
      ratio(startup?.compareCpuMs, startup?.nodeCpuMs),
      (is) => is <= MOST_STARTS,
    ),
    ...target('--version at most 60 ms of CPU over node -e 0', 'ms', start, (is) => is <= MOST_START_UP_MS),
  ];
}

/** Progress on standard error: one line redrawn on a terminal, one line each ten seconds elsewhere when asked for. */
import { grouped } from '../../reports/facts.ts';

/** What the engine reports while it reads. */
export interface Progress {
  readonly records: number;
  readonly bytesRead: number;
  readonly bytesTotal: number | null;
  /** An estimate, until the count is known. */
  readonly recordsTotal: number | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

export type ProgressStyle = 'off' | 'redraw' | 'lines' | 'json';

/** `--progress`, `--no-progress` or `--progress=json`. */
export type AskedProgress = boolean | 'json';

export interface ProgressRequest {
  /** Undefined if none was given. */
  readonly asked: AskedProgress | undefined;
  readonly quiet: boolean;
  readonly isTerminal: boolean;
}

/** In CI and where output is kept, nothing moves: progress is written as lines there, and only when asked for. */
export function progressStyle({ asked, quiet, isTerminal }: ProgressRequest, environment: Environment): ProgressStyle {
  if (asked === false) return 'off';
  if (asked === 'json') return 'json';
  const inCi = (environment['CI'] ?? '') !== '' && environment['CI'] !== 'false';
  if (asked === undefined && (quiet || inCi || !isTerminal)) return 'off';
  return isTerminal && !inCi && environment['TERM'] !== 'dumb' ? 'redraw' : 'lines';
}

const EVERY_MS: Readonly<Record<ProgressStyle, number>> = {
  off: Number.POSITIVE_INFINITY,
  redraw: 100,
  lines: 10_000,
  json: 1000,
};
const ERASE_LINE = '\r\u001b[K';

function timeLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 90 ? `${whole} s left` : `${Math.ceil(whole / 60)} min left`;
}

function partOf(done: number, total: number | null): number | undefined {
  return total === null || total === 0 ? undefined : Math.min(1, done / total);
}

/** One line: records, share of the bytes or of the records, rate, time left; what is not known is left out. */
export function progressLine(progress: Progress, elapsedMs: number): string {
  const { records, bytesRead, bytesTotal, recordsTotal } = progress;
  const seconds = elapsedMs / 1000;
  const byBytes = partOf(bytesRead, bytesTotal);
  const share = byBytes ?? partOf(records, recordsTotal);
  const shown = share === undefined ? '' : ` (${Math.floor(share * 100)} %)`;
  const parts = [
    `${grouped(records)} records${byBytes === undefined ? shown : ''}`,
    `${(bytesRead / 1e6).toFixed(1)} MB${byBytes === undefined ? '' : shown}`,
  ];
  if (seconds > 0) parts.push(`${grouped(Math.round(records / seconds))} records/s`);
  if (share !== undefined && share > 0 && seconds >= 1) parts.push(timeLeft((seconds * (1 - share)) / share));
  return parts.join(', ');
}

/** How far it is, for programs: what is not known is null. */
function progressJson(phase: 'reading' | 'writing', progress: Progress, elapsedMs: number): string {
  const { records, bytesRead, bytesTotal, recordsTotal } = progress;
  const share = partOf(bytesRead, bytesTotal) ?? partOf(records, recordsTotal) ?? null;
  const left = share === null || share === 0 ? null : Math.ceil(((elapsedMs / 1000) * (1 - share)) / share);
  return JSON.stringify({ phase, records, share, secondsLeft: left });
}

export interface ProgressMeter {
  readonly update: (progress: Progress) => void;
  /** Clears the line, so that what is written next stands alone. */
  readonly done: () => void;
}

/**
 * @param write - takes text for standard error
 * @param nowMs - a clock that never goes back, in milliseconds
 */
export function progressMeter(style: ProgressStyle, write: (text: string) => void, nowMs: () => number): ProgressMeter {
  const startedMs = nowMs();
  let lastMs = startedMs;
  let drawn = false;
  let last: Progress = { records: 0, bytesRead: 0, bytesTotal: null, recordsTotal: null };
  return {
    update(progress) {
      last = progress;
      const now = nowMs();
      if (now - lastMs < EVERY_MS[style]) return;
      lastMs = now;
      const elapsedMs = now - startedMs;
      const line = style === 'json' ? progressJson('reading', progress, elapsedMs) : progressLine(progress, elapsedMs);
      write(style === 'redraw' ? `${ERASE_LINE}${line}` : `${line}\n`);
      drawn = style === 'redraw';
    },
    done() {
      if (style === 'json') write(`${progressJson('writing', last, nowMs() - startedMs)}\n`);
      if (drawn) write(ERASE_LINE);
      drawn = false;
    },
  };
}

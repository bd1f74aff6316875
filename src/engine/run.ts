/** When and where a run took place: the part of a report that is not a function of its inputs. */
import type { Run } from '../core/report/report.ts';
import { VERSION } from '../core/version.ts';
import type { Side } from './side.ts';

/** Name and version of this tool, as snapshots and reports name it. */
export function toolName(): string {
  return `evidence-diff/${VERSION}`;
}

/** Starts the clock; the function it returns stops it. */
export function startRun(): () => Run {
  const started = new Date();
  const from = performance.now();
  return () => ({
    tool: toolName(),
    startedAt: started.toISOString(),
    finishedAt: new Date().toISOString(),
    durationMs: Math.round(performance.now() - from),
    // maxRSS is in kilobytes on every platform that Node supports.
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  });
}

/** Settles when a run is to end early; a wait for bytes that never come cannot be broken off otherwise. */
export function aborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return new Promise(() => {});
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/* How far a comparison has come. */

/** What is reported while sources are read. */
export interface Progress {
  /** Records read, of both sides if there are two. */
  readonly records: number;
  readonly bytesRead: number;
  /** Bytes of all inputs, null if one has no known size. */
  readonly bytesTotal: number | null;
  /** Records of all inputs, null if nothing is known of them; of a live source it is an estimate at first. */
  readonly recordsTotal: number | null;
}

/** Both sides are read in lock step: one that is not known is taken to be as long as the other. */
function recordsTotal(baseline: Side, current: Side): number | null {
  const [a, b] = [baseline, current].map((side) => (side.isSummary ? 0 : side.source.recordsTotal));
  const known = a ?? b ?? null;
  return known === null ? null : known + (b ?? known);
}

/** How far two sides have been read. */
export function progressOf(baseline: Side, current: Side): Progress {
  const a = baseline.source;
  const b = current.source;
  return {
    records: (baseline.audit?.records ?? 0) + (current.audit?.records ?? 0),
    bytesRead: a.bytesRead + b.bytesRead,
    bytesTotal: a.bytesTotal === null || b.bytesTotal === null ? null : a.bytesTotal + b.bytesTotal,
    recordsTotal: recordsTotal(baseline, current),
  };
}

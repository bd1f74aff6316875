/** When and where a run took place: the part of a report that is not a function of its inputs. */
import type { Run } from '../core/report/report.ts';
import { VERSION } from '../core/version.ts';

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

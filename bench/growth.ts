/** How what a tool needs grows with the records: between the two largest sizes that it was given. */
import type { Row } from './row.ts';
import type { ToolName } from './tools.ts';

export interface Growth {
  readonly from: number;
  readonly to: number;
  /** Of CPU time: 1 is in proportion to the records. */
  readonly exponent: number;
  /** Highest memory at the larger size as a multiple of that at the smaller one. */
  readonly memory: number | null;
}

/** Of the comparison `canonical`; undefined where it was measured at one size alone. */
export function growthOf(rows: readonly Row[], tool: ToolName): Growth | undefined {
  const own = rows.filter((row) => row.comparison === 'canonical' && row.tool === tool);
  const [to, from] = own.toSorted((a, b) => b.recordPairs - a.recordPairs);
  if (from === undefined || to === undefined) return undefined;
  return {
    from: from.recordPairs,
    to: to.recordPairs,
    exponent: Math.log(to.cpuMs / from.cpuMs) / Math.log(to.recordPairs / from.recordPairs),
    memory:
      from.highestRssBytes === null || to.highestRssBytes === null ? null : to.highestRssBytes / from.highestRssBytes,
  };
}

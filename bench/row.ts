/** The figures of one tool over one pair. */
import type { Medians } from './measure.ts';
import type { ToolName } from './tools.ts';

export interface Row extends Medians {
  readonly comparison: string;
  readonly tool: ToolName;
  /** Records in the baseline. */
  readonly recordPairs: number;
  /** Bytes of both files, as they lie on the disk. */
  readonly bytes: number;
  readonly recordPairsPerSecond: number;
  readonly recordPairsPerCpuSecond: number;
  readonly megabytesPerSecond: number;
}

/** The row of `tool` in a comparison of so many records. */
export function rowOf(rows: readonly Row[], comparison: string, tool: ToolName, recordPairs: number): Row | undefined {
  return rows.find((row) => row.comparison === comparison && row.tool === tool && row.recordPairs === recordPairs);
}

/** All that one run has measured, as bench/out/bench.json holds it. */
import type { PostgresFigures } from './postgres.ts';
import type { Proving } from './proving.ts';
import type { Row } from './row.ts';
import type { Startup } from './startup.ts';
import type { Target } from './targets.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** The version of Node. */
  readonly node: string;
  /** Of the last minute. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

export interface Figures {
  readonly machine: Machine;
  readonly seed: number;
  readonly repeat: number;
  readonly rows: readonly Row[];
  readonly startup: Startup | undefined;
  readonly postgres: PostgresFigures | undefined;
  readonly proving: Proving | undefined;
  readonly targets: readonly Target[];
  /** Tools that are not installed here. */
  readonly missing: readonly string[];
}

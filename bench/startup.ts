/** What it costs to start the command, against the interpreter alone. */
import { measured, median } from './measure.ts';
import type { Pairs } from './pairs.ts';
import { COMMAND } from './tools.ts';

export interface Startup {
  readonly runs: number;
  /** Medians of user and system time. */
  readonly nodeCpuMs: number;
  readonly versionCpuMs: number;
  readonly compareCpuMs: number;
}

const RUNS = 40;
const FEW_RECORDS = 100;

export async function measureStartup(pairs: Pairs): Promise<Startup> {
  const pair = await pairs.get(
    { container: 'json', gzip: false, baseline: 'canonical', current: 'canonical' },
    FEW_RECORDS,
  );
  const commands = [
    ['-e', '0'],
    [COMMAND, '--version'],
    [COMMAND, pair.baseline, pair.current, '--quiet'],
  ];
  process.stderr.write(`startup: ${RUNS} runs each\n`);
  const cpuMs: number[][] = commands.map(() => []);
  for (let run = 0; run < RUNS; run++) {
    for (const [index, command] of commands.entries()) {
      const { cpuMs: spent, exitCode, stderr } = await measured([process.execPath, ...command]);
      if (exitCode !== 0) throw new Error(`node ${command.join(' ')} ended with ${exitCode}: ${stderr}`);
      cpuMs[index]?.push(spent);
    }
  }
  const [nodeCpuMs = NaN, versionCpuMs = NaN, compareCpuMs = NaN] = cpuMs.map(median);
  return { runs: RUNS, nodeCpuMs, versionCpuMs, compareCpuMs };
}

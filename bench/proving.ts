/** What a proof costs: made beside one reading of the same snapshot, checked beside the start of the command. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Medians, measured, medianOf, type Run } from './measure.ts';
import type { Pairs } from './pairs.ts';
import { COMMAND } from './tools.ts';

export interface Proving {
  readonly records: number;
  readonly proofBytes: number;
  /** `stats`: the snapshot read once and audited. */
  readonly stats: Medians;
  readonly prove: Medians;
  readonly verifyProof: Medians;
  readonly version: Medians;
}

const PIECE_BYTES = 64 * 1024;
const RUNS_OF_SHORT_COMMANDS = 5;

interface RecordName {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
}

/** The first whole record in the second half of an NDJSON file. */
function recordInTheMiddle(path: string): RecordName {
  const piece = Buffer.alloc(PIECE_BYTES);
  const file = openSync(path, 'r');
  const length = readSync(file, piece, 0, PIECE_BYTES, Math.floor(statSync(path).size / 2));
  closeSync(file);
  const [, line = ''] = piece.subarray(0, length).toString('utf8').split('\n');
  return JSON.parse(line) as RecordName;
}

async function run(args: readonly string[]): Promise<Run> {
  const ended = await measured([process.execPath, COMMAND, ...args]);
  if (ended.exitCode !== 0) throw new Error(`${args[0]} ended with ${ended.exitCode}: ${ended.stderr.slice(0, 2000)}`);
  return ended;
}

/** Runs the commands in turns, so that what else the machine does meets all of them alike. */
async function inTurns(repeat: number, commands: readonly (readonly string[])[]): Promise<readonly Medians[]> {
  const runs: Run[][] = commands.map(() => []);
  for (let round = 1; round <= repeat; round++) {
    for (const [at, args] of commands.entries()) {
      process.stderr.write(`prove: ${args[0]}, ${round} of ${repeat}\n`);
      runs[at]?.push(await run(args));
    }
  }
  return runs.map(medianOf);
}

/** Proves one record from the middle of a snapshot of `records` records, and checks the proof. */
export async function measureProving(pairs: Pairs, records: number, repeat: number): Promise<Proving> {
  const shape = { container: 'ndjson', gzip: false, baseline: 'canonical', current: 'canonical' } as const;
  const pair = await pairs.get(shape, records);
  const folder = mkdtempSync(join(tmpdir(), 'evidence-diff-bench-'));
  try {
    const [key, proof] = [join(folder, 'key'), join(folder, 'record.proof.json')];
    await run(['keygen', '--output', key]);
    const { tenant, stream, id } = recordInTheMiddle(pair.baseline);
    const name = ['--tenant', tenant, '--stream', stream, '--id', id];
    const proving = ['prove', '--snapshot', pair.baseline, ...name, '--key', key, '--output', proof];
    const [stats, prove] = await inTurns(repeat, [['stats', pair.baseline], proving]);
    const checking = ['verify-proof', proof, '--trusted-key', `${key}.pub`];
    const [version, verifyProof] = await inTurns(RUNS_OF_SHORT_COMMANDS, [['--version'], checking]);
    if (stats === undefined || prove === undefined || version === undefined || verifyProof === undefined) {
      throw new RangeError('a command was not measured');
    }
    return { records: pair.baselineRecords, proofBytes: statSync(proof).size, stats, prove, verifyProof, version };
  } finally {
    pairs.drop(pair);
    rmSync(folder, { recursive: true, force: true });
  }
}

export function provingText({ records, proofBytes, stats, prove, verifyProof, version }: Proving): string {
  const seconds = (one: Medians): string =>
    `${(one.wallMs / 1000).toFixed(2)} s (CPU ${(one.cpuMs / 1000).toFixed(2)})`;
  const megabytes = (one: Medians): string => (one.peakRssBytes === null ? '-' : (one.peakRssBytes / 1e6).toFixed(0));
  return (
    `Proving one of ${records.toLocaleString('en-US')} records: prove ${seconds(prove)}, peak ${megabytes(prove)} MB; ` +
    `stats ${seconds(stats)}, peak ${megabytes(stats)} MB; prove is ${(prove.cpuMs / stats.cpuMs).toFixed(2)} times the CPU. ` +
    `The proof has ${proofBytes.toLocaleString('en-US')} bytes; verify-proof takes ` +
    `${(verifyProof.cpuMs - version.cpuMs).toFixed(0)} ms of CPU over --version\n`
  );
}

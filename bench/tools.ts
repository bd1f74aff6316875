/** The command and its peers, as command lines over one pair of snapshots. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Pair } from './make-pair.ts';
import { measured, type Run } from './measure.ts';

export type ToolName =
  | 'evidence-diff'
  | 'openssl'
  | 'gzip+openssl'
  | 'hashdeep'
  | 'rclone'
  | 'jq+sort+diff'
  | 'merkletreejs'
  | 'jsondiffpatch'
  | 'microdiff'
  | 'json-diff-ts';

export interface Tool {
  readonly name: ToolName;
  /** What it does of the job. */
  readonly does: string;
  readonly command: (pair: Pair) => readonly string[];
  /** Exit codes of a run that did its work. */
  readonly goodExits: readonly number[];
  /** Prints its version, if it is installed. */
  readonly probe: readonly string[];
  /** Whether it holds no more than a part of the files, however many records they have. */
  readonly flat: boolean;
  /** More records than this it does not survive, or not within a bearable time; none where it takes any number. */
  readonly most?: number;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const COMMAND: string = here('../dist/cli/bin.js');

// As an operator would write it. LC_ALL=C is the fastest order; a pipe lets jq and sort work at the same time.
const JQ_SORT_DIFF = `
set -e -o pipefail
export LC_ALL=C TMPDIR="$(dirname "$1")"
jq -S -c . "$1" | sort > "$1.sorted"
jq -S -c . "$2" | sort > "$2.sorted"
diff "$1.sorted" "$2.sorted" > "$2.diff" || [ $? = 1 ]
rm "$1.sorted" "$2.sorted" "$2.diff"
`;

const GUNZIP = 'set -e -o pipefail; for file; do gzip -dc "$file" | openssl dgst -sha256; done';

const RCLONE_HASHSUM = 'set -e; for file; do rclone hashsum SHA256 "$file"; done';

export const OURS: Tool = {
  name: 'evidence-diff',
  does: 'everything: strict reading, hashes, roots, links, counts, comparison, verdict',
  command: (pair) => [process.execPath, COMMAND, pair.baseline, pair.current, '--quiet'],
  goodExits: [0],
  probe: [process.execPath, COMMAND, '--version'],
  flat: true,
};

export const JQ: Tool = {
  name: 'jq+sort+diff',
  does: 'which lines differ, after sorting members and lines; no hashes, roots, links or counts',
  command: (pair) => ['bash', '-c', JQ_SORT_DIFF, 'bench', pair.baseline, pair.current],
  goodExits: [0],
  probe: ['jq', '--version'],
  flat: false,
};

export const MERKLETREEJS: Tool = {
  name: 'merkletreejs',
  does: 'builds the two roots from the hashes of the lines, and nothing else',
  command: (pair) => [process.execPath, here('merkletreejs-roots.mjs'), pair.baseline, pair.current],
  goodExits: [0],
  probe: [process.execPath, '-e', "require('merkletreejs')"],
  flat: false,
};

export const OPENSSL: Tool = {
  name: 'openssl',
  does: 'SHA-256 over the bytes of both files: the floor',
  command: (pair) => ['openssl', 'dgst', '-sha256', pair.baseline, pair.current],
  goodExits: [0],
  probe: ['openssl', 'version'],
  flat: true,
};

export const GUNZIP_OPENSSL: Tool = {
  name: 'gzip+openssl',
  does: 'unpacks both files, and SHA-256 over what comes: the floor where they are compressed',
  command: (pair) => ['bash', '-c', GUNZIP, 'bench', pair.baseline, pair.current],
  goodExits: [0],
  probe: ['bash', '-c', 'gzip --version && openssl version'],
  flat: true,
};

export const HASHDEEP: Tool = {
  name: 'hashdeep',
  does: 'SHA-256 over the bytes of both files',
  command: (pair) => ['hashdeep', '-c', 'sha256', pair.baseline, pair.current],
  goodExits: [0],
  probe: ['hashdeep', '-V'],
  flat: true,
};

export const RCLONE: Tool = {
  name: 'rclone',
  does: 'SHA-256 over the bytes of both files',
  command: (pair) => ['bash', '-c', RCLONE_HASHSUM, 'bench', pair.baseline, pair.current],
  goodExits: [0],
  probe: ['rclone', 'version'],
  flat: true,
};

/** They hold both files as objects: beyond 10^5 records they take gigabytes, or minutes. */
export const JSON_DIFFS: readonly Tool[] = (['jsondiffpatch', 'microdiff', 'json-diff-ts'] as const).map((name) => ({
  name,
  does: 'which members differ, records matched by their ids; no hashes, roots, links or counts',
  command: (pair) => [
    process.execPath,
    '--max-old-space-size=8192',
    here('json-diffs.mjs'),
    name,
    pair.baseline,
    pair.current,
  ],
  goodExits: [0],
  probe: [process.execPath, '--input-type=module', '-e', `await import('${name}')`],
  flat: false,
  most: 100_000,
}));

/** All but ours. */
export const PEERS: readonly Tool[] = [OPENSSL, GUNZIP_OPENSSL, HASHDEEP, RCLONE, JQ, MERKLETREEJS, ...JSON_DIFFS];

export function isInstalled(tool: Tool): boolean {
  const [program = '', ...rest] = tool.probe;
  return spawnSync(program, rest, { cwd: here('..') }).status === 0;
}

/**
 * Runs `tool` over `pair` once.
 *
 * @throws Error if it did not do its work: a figure of a run that failed says nothing
 */
export async function runTool(tool: Tool, pair: Pair): Promise<Run> {
  const run = await measured(tool.command(pair));
  if (!tool.goodExits.includes(run.exitCode)) {
    throw new Error(`${tool.name} ended with ${run.exitCode}: ${run.stderr.slice(0, 2000)}`);
  }
  return run;
}

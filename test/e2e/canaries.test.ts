/** Passwords planted in every place from which the command takes them, and every way to be wrong: none is printed. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { type BrokenEngine, evidenceDiff } from './command.ts';
import { entries, writeSnapshotFile } from './snapshots.ts';

const folder = temporaryFolder();
const CONFIG = 'evidence-diff.config.json';

/** A port of this machine on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 1;
}

let port = 0;
beforeAll(async () => {
  port = await closedPort();
});

interface Planted {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: unknown;
  readonly status: number;
  readonly engine?: BrokenEngine;
  /** What must be said for the case to be the one that it is meant to be. */
  readonly says: RegExp;
}

/** `password` is in the URL as it stands there; nobody listens at it. */
const url = (password: string): string => `postgres://reader:${password}@127.0.0.1:${port}/stella`;
const UNREACHABLE = /connect|refused|ECONNREFUSED|reach/i;

/** One for each canary; every password has `canary` in it, however it is spelled. */
const PLANTED: readonly (readonly [string, () => Planted])[] = [
  ['1: an unknown option', () => ({ args: ['a.json', url('canary1'), '--wrong'], status: 64, says: /--wrong/ })],
  ['2: a bad value', () => ({ args: ['stats', url('canary2'), '--format', 'pdf'], status: 64, says: /--format/ })],
  ['3: too many arguments', () => ({ args: ['stats', 'a', url('canary3')], status: 64, says: /too many/ })],
  ['4: a missing argument', () => ({ args: [url('canary4')], status: 64, says: /missing/ })],
  ['5: an empty value', () => ({ args: ['verify-all', url('canary5'), '--output', ''], status: 64, says: /empty/ })],
  [
    '6: a capture of a server that is not there',
    () => ({ args: ['verify-all', url('canary6'), '--output', 'new.json'], status: 2, says: UNREACHABLE }),
  ],
  [
    '7: the reports of a comparison with one',
    () => ({
      args: ['baseline.ndjson', url('canary7'), '--output', 'r.json', '--output', 'r.txt', '--output', '-'],
      status: 2,
      says: UNREACHABLE,
    }),
  ],
  [
    '8: an internal error with its stack',
    () => ({
      args: [url('canary8%40%2F'), 'b.json'],
      env: { EVIDENCE_DIFF_DEBUG: '1' },
      engine: 'throws-source',
      status: 70,
      says: /internal error[\s\S]*\n\s+at /,
    }),
  ],
  [
    '9: EVIDENCE_SOURCE, unreachable',
    () => ({ args: ['stats'], env: { EVIDENCE_SOURCE: url('canary9') }, status: 2, says: UNREACHABLE }),
  ],
  [
    '10: EVIDENCE_SOURCE, mistyped',
    () => ({
      args: ['verify-all'],
      env: { EVIDENCE_SOURCE: 'postgers://u:canary10@h/db' },
      status: 64,
      says: /no connection URL/,
    }),
  ],
  [
    '11: the config file, unreachable',
    () => ({ args: ['roots-export'], config: { source: url('canary11') }, status: 2, says: UNREACHABLE }),
  ],
  [
    '12: a namespace of it, with a stack',
    () => ({
      args: ['verify-all', '--namespace', 'green'],
      env: { EVIDENCE_DIFF_DEBUG: '1' },
      config: { namespaces: { green: { source: url('canary%3112') } } },
      status: 2,
      says: UNREACHABLE,
    }),
  ],
  [
    '13: a variable that it names',
    () => ({
      args: ['cross-check'],
      config: { source: { env: 'STORE' } },
      env: { STORE: url('canary13') },
      status: 2,
      says: UNREACHABLE,
    }),
  ],
  [
    '14: a config file that is no JSON',
    () => ({
      args: ['stats'],
      config: `{ "source": "${url('canary14')}" "workers" }`,
      status: 64,
      says: /config\.json/,
    }),
  ],
  [
    '15: a config file with the URL in the wrong place',
    () => ({ args: ['stats'], config: { [url('canary15')]: 1 }, status: 64, says: /nrecognized/ }),
  ],
  [
    '16: PGPASSWORD, with --pg-env',
    () => ({
      args: ['stats', `postgres://127.0.0.1:${port}/stella`, '--pg-env'],
      env: { PGPASSWORD: 'canary16', EVIDENCE_DIFF_DEBUG: '1' },
      status: 2,
      says: UNREACHABLE,
    }),
  ],
  [
    '17: a URL in place of a profile',
    () => ({ args: ['profile', 'show', url('canary17')], status: 2, says: /no profile of that name/ }),
  ],
  [
    '18: a URL in place of an output',
    () => ({
      args: ['verify-all', 'baseline.ndjson', '--output', url('canary18')],
      status: 2,
      says: /report-write-failed/,
    }),
  ],
  [
    '19: a connection text of another kind',
    () => ({ args: ['stats', '--source', "host=h password='canary 19'"], status: 64, says: /no connection URL/ }),
  ],
  [
    '20: a password that is not encoded as it must be',
    () => ({
      args: ['profile', 'check', '--source', url('can%zzary/20@canary')],
      status: 2,
      says: /source-incomplete/,
    }),
  ],
  [
    '21: a check of a profile on a server that is not there',
    () => ({ args: ['profile', 'check', '--source', url('canary21')], status: 2, says: UNREACHABLE }),
  ],
  [
    '22: a baseline of roots against one',
    () => ({
      args: ['verify-roots', '--baseline', 'a.json', url('canary22'), '--output', 'r.json'],
      status: 2,
      says: /INCOMPLETE/,
    }),
  ],
  [
    '23: an option that does not exist',
    () => ({ args: ['stats', '--password=canary23'], status: 64, says: /--password/ }),
  ],
  [
    '24: two sources',
    () => ({ args: ['stats', url('canary24'), '--source', url('canary24b')], status: 64, says: /twice/ }),
  ],
  [
    '25: a URL in place of a config file',
    () => ({ args: ['stats', '--config', url('canary25')], status: 64, says: /config file/ }),
  ],
  [
    '26: a URL in place of roots, and of a baseline',
    () => ({
      args: ['verify-continuity', '--baseline', url('canary26'), 'baseline.ndjson'],
      status: 2,
      says: UNREACHABLE,
    }),
  ],
];

function filesIn(place: string): string {
  return readdirSync(place)
    .filter((name) => name !== CONFIG)
    .map((name) => `${name}: ${readFileSync(join(place, name), 'utf8')}`)
    .join('\n');
}

describe('a planted password is printed nowhere:', () => {
  it.each(PLANTED)('%s', (name, plant) => {
    const place = join(folder, name.slice(0, name.indexOf(':')));
    mkdirSync(place);
    const { args, env, config, engine, status, says } = plant();
    writeSnapshotFile(join(place, 'baseline.ndjson'), entries(3));
    if (config !== undefined)
      writeFileSync(join(place, CONFIG), typeof config === 'string' ? config : JSON.stringify(config));
    const settings = { cwd: place, ...(env === undefined ? {} : { env }), ...(engine === undefined ? {} : { engine }) };
    const ended = evidenceDiff(args, settings);
    const printed = `${ended.stdout}\n${ended.stderr}`;
    expect(printed).toMatch(says);
    expect(ended.status).toBe(status);
    expect(`${printed}\n${filesIn(place)}`.toLowerCase()).not.toMatch(/canary|can%zzary|c%61nary/);
    rmSync(place, { recursive: true });
  });
});

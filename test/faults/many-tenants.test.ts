/** Stores of many tenants and streams are compared in bounded memory, and their JSON report is written piece by piece. */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { shell } from '../e2e/command.ts';
import { headerOf } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const BODY_DIGEST = `"bodyDigest":"sha256:${'ab'.repeat(32)}"`;

function nameOf(letter: string, at: number): string {
  return `${letter}${String(at).padStart(6, '0')}`;
}

/** A snapshot of so many tenants, each of as many streams of one record, which states sizes and no roots. */
function write(file: string, tenants: number, streams: number): void {
  const target = openSync(join(folder, file), 'w');
  const names = Array.from({ length: streams }, (_, at) => nameOf('s', at));
  writeSync(target, `${JSON.stringify(headerOf({ depth: 'digest' }))}\n`);
  for (let at = 0; at < tenants; at++) {
    const place = (stream: string): string => `"stream":"${stream}","tenant":"${nameOf('t', at)}"`;
    writeSync(target, names.map((stream) => `{${BODY_DIGEST},"id":"r1",${place(stream)},"type":"sbom"}\n`).join(''));
  }
  const stated = names.map((stream) => `{"stream":"${stream}","ordered":false,"size":1,"head":null}`).join(',');
  writeSync(target, `{"kind":"evidence-snapshot-trailer","records":${tenants * streams},"tenants":[`);
  for (let at = 0; at < tenants; at++) {
    const counts = `"records":${streams},"counts":{"sbom":${streams}}`;
    writeSync(target, `${at === 0 ? '' : ','}{"tenant":"${nameOf('t', at)}",${counts},"streams":[${stated}]}`);
  }
  writeSync(target, ']}\n');
  closeSync(target);
}

it.each([
  ['30 tenants of 1,000 streams', 30, 1000, 135_000],
  ['30,000 tenants', 30_000, 1, 160_000],
] as const)('%s take little more than a few', { timeout: 300_000 }, (_, tenants, streams, most) => {
  write('a.ndjson', tenants, streams);
  write('b.ndjson', tenants, streams);
  // The report itself says what was taken before it was drawn.
  writeFileSync(join(folder, 'peak.mjs'), "process.on('exit', () => console.error(process.resourceUsage().maxRSS));\n");
  // By a shell: Linux counts the memory of whoever starts a process as its own, and this one has more.
  const line = "NODE_OPTIONS='--import ./peak.mjs' ed a.ndjson b.ndjson --output report.json --quiet; exit $?";
  const { status, stderr } = shell(line, folder);
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as {
    verdict: string;
    totals: { matched: number };
    tenants: readonly { streams: readonly unknown[] }[];
  };
  const listed = report.tenants.map((tenant) => tenant.streams.length);
  expect([status, report.verdict, report.totals.matched]).toEqual([0, 'PASS', tenants * streams]);
  expect(listed).toEqual(Array.from({ length: tenants }, () => streams));
  const kilobytes = Number(stderr.trimEnd().split('\n').at(-1));
  expect(kilobytes).toBeGreaterThan(20_000);
  expect(kilobytes).toBeLessThan(most);
});

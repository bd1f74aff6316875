/** A file that a thread reads is the file, to the last byte; and whatever becomes of the thread, nobody waits for ever. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../src/core/errors.ts';
import { compareSources } from '../../src/engine/compare.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { FileBytes } from '../../src/sources/bytes.ts';
import { ReadingThread, readingThreadFor } from '../../src/sources/reading-thread.ts';
import { SnapshotSource } from '../../src/sources/snapshot-source.ts';
import { historyOf, textOf } from '../core/batch/canonical-pairs.ts';
import type { PlainRecord } from '../store.ts';
import { Chance } from '../tamper/value.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const MB = 1024 * 1024;
const folder = temporaryFolder();

/** What the thread runs: as built, since a thread does not take TypeScript. */
const BUILT = new URL('../../dist/sources/reading-worker.js', import.meta.url);

const COMMAND = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

function fileOf(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** A thread that runs `code`. */
function threadOf(name: string, code: string, mostSilenceMs = 60_000): ReadingThread {
  return new ReadingThread({ script: pathToFileURL(fileOf(`${name}.mjs`, code)), mostSilenceMs });
}

async function readAll(bytes: FileBytes): Promise<{ readonly digest: string; readonly said: string | null }> {
  const digest = createHash('sha256');
  try {
    for (let chunk = await bytes.read(); chunk !== undefined; chunk = await bytes.read()) digest.update(chunk);
    return { digest: digest.digest('hex'), said: await bytes.finish() };
  } finally {
    await bytes.close();
  }
}

describe('a file that a thread reads', () => {
  it.each([1, 4096, MB, MB + 1, 5 * MB - 1])('is the same file, and has its digest: %i bytes', async (size) => {
    const content = randomBytes(size);
    const path = fileOf(`of-${size}`, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const thread = new ReadingThread({ script: BUILT });
    // Two at once share it.
    const both = [1, 2].map(() => readAll(new FileBytes(path, { threadFor: () => thread })));
    expect(await Promise.all(both)).toEqual([1, 2].map(() => ({ digest: sha256, said: sha256 })));
    expect(thread.idle).toBe(true);
  });

  it('that is read to its end by nobody is digested whole', async () => {
    const content = randomBytes(3 * MB);
    const thread = new ReadingThread({ script: BUILT });
    const bytes = new FileBytes(fileOf('unread', content), { threadFor: () => thread });
    expect(await bytes.finish()).toBe(createHash('sha256').update(content).digest('hex'));
    await bytes.close();
  });

  it('and changes meanwhile is refused', async () => {
    const path = fileOf('changing', randomBytes(3 * MB));
    const thread = new ReadingThread({ script: BUILT });
    const bytes = new FileBytes(path, { threadFor: () => thread });
    await bytes.read();
    appendFileSync(path, 'more');
    await expect(bytes.finish()).rejects.toMatchObject({ kind: 'input-changed' });
    await bytes.close();
  });

  it('can be closed while it is read', async () => {
    const thread = new ReadingThread({ script: BUILT });
    const bytes = new FileBytes(fileOf('closed', randomBytes(4 * MB)), { threadFor: () => thread });
    await bytes.read();
    const next = bytes.read();
    const settled = Promise.allSettled([next]);
    await bytes.close();
    await settled;
    expect(thread.idle).toBe(true);
  });
});

it('the command reports the same with one worker and with two', { timeout: 120_000 }, () => {
  const records = Array.from({ length: 20_000 }, (_, at) => ({
    tenant: 'acme',
    stream: 'large',
    type: 'sbom',
    id: String(at).padStart(6, '0'),
    body: { text: `${at} `.repeat(300) },
  }));
  const header = { kind: 'evidence-snapshot', version: 1, depth: 'full', subject: {}, chains: {} };
  const rules = { canonical: 'jcs-exact', hash: 'sha256', tree: 'rfc9162' };
  const of = (name: string, some: typeof records): string =>
    fileOf(name, textOf({ header: { ...header, ...rules }, records: some as PlainRecord[] }));
  const pair = [of('was.ndjson', records.slice(1)), of('is.ndjson', records)];
  expect(statSync(pair[0] ?? '').size).toBeGreaterThan(32 * MB);
  const reports = [['--workers', '1'], ['--workers', '2'], []].map((workers) => {
    const said = execFileSync(process.execPath, [COMMAND, ...pair, ...workers, '--format', 'json'], {
      encoding: 'utf8',
      maxBuffer: 64 * MB,
    });
    const { run: _cost, ...report } = JSON.parse(said) as { readonly run: unknown; readonly verdict: string };
    return report;
  });
  expect(reports.map(({ verdict }) => verdict)).toEqual(['PASS', 'PASS', 'PASS']);
  expect(reports[1]).toEqual(reports[0]);
  expect(reports[2]).toEqual(reports[0]);
});

/** Each lets the first chunk pass, where it comes to that. */
const HONEST = `
import { parentPort } from 'node:worker_threads';
import { readSync } from 'node:fs';
let file, reads = 0;
const answer = (order) => {
  if (order.kind === 'open') file = order;
  if (order.kind === 'digest') parentPort.postMessage({ file: order.file });
  if (order.kind !== 'read') return;
  const into = file.buffers[order.buffer];
  parentPort.postMessage({ file: order.file, length: readSync(file.descriptor, into, 0, into.length, order.position) });
};
`;
const FAILING = {
  'ends at once': ['process.exit(0);', 'ended with 0'],
  'has a fault in its script': ['throw new Error("broken");', 'broken'],
  'dies at the second chunk': [
    `${HONEST} parentPort.on('message', (order) => { if (order.kind === 'read' && reads++ > 0) process.exit(3); answer(order); });`,
    'ended with 3',
  ],
  'throws at the second chunk': [
    `${HONEST} parentPort.on('message', (order) => { if (order.kind === 'read' && reads++ > 0) throw new Error('at two'); answer(order); });`,
    'at two',
  ],
  'never answers': [
    "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {});",
    'no answer',
  ],
  'hangs at the second chunk': [
    `${HONEST} parentPort.on('message', (order) => { if (order.kind === 'read' && reads++ > 0) for (;;); answer(order); });`,
    'no answer',
  ],
  'has no digest': [`${HONEST} parentPort.on('message', answer);`, 'no digest'],
} as const;

describe('a thread that', () => {
  it.each(Object.entries(FAILING))('%s ends in INCOMPLETE', { timeout: 60_000 }, async (name, [code, says]) => {
    const text = textOf(historyOf(new Chance('threads')));
    // Of more than one chunk: by white space in its header.
    const long = text.replace('{', `{${' '.repeat(2 * MB)}`);
    const path = fileOf(`${name}.ndjson`, long);
    const thread = threadOf(name, code, 1500);
    const sources = [1, 2].map(
      () => new SnapshotSource(new FileBytes(path, { threadFor: () => thread }), { platform: nodePlatform }),
    ) as [SnapshotSource, SnapshotSource];
    const report = await compareSources(...sources, { allowSame: true });
    expect(report.verdict).toBe('INCOMPLETE');
    const said = report.findings.filter(({ kind }) => kind === 'source-incomplete').map(({ message }) => message);
    expect(said.join()).toContain(says);
    expect(said.join()).toContain('--workers 1');
  });

  it('cannot serve is replaced by another, and small files are read without one', async () => {
    expect(readingThreadFor(MB)).toBe(undefined);
    const thread = threadOf('gone', 'process.exit(1);');
    await expect(thread.ask({ file: 1, kind: 'digest' })).rejects.toThrow('ended with 1');
    expect(thread.failed).toBe(true);
    const bytes = new FileBytes(fileOf('late', 'x'), { threadFor: () => thread });
    await expect(bytes.read()).rejects.toBeInstanceOf(EvidenceError);
    await bytes.close();
  });
});

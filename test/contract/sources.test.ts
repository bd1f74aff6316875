/** What every source of evidence must do, whoever adds it (see source-registry.ts). */
import { appendFileSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as othersRan } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EvidenceSource } from '../../src/core/audit/evidence-source.ts';
import { EvidenceError } from '../../src/core/errors.ts';
import type { EvidenceRecord } from '../../src/core/snapshot/record.ts';
import { auditSource } from '../../src/engine/audit-run.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { ResumedSource } from '../../src/engine/resume-capture.ts';
import { SideReader } from '../../src/engine/side-reader.ts';
import { ROOT, typescriptFiles } from '../architecture/source-files.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../postgres/binaries.ts';
import type { PostgresServer } from '../postgres/server.ts';
import { serverOfFile } from '../postgres/server-of-file.ts';
import { expectNoneLeft } from '../sources/postgres/audits.ts';
import { referenceLeaf, trailerOf } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Ground, LARGE, openIn, SMALL, SOURCES, type SourceCase, type Store } from './source-registry.ts';

/** More than any source needs, and less than what is pulled of the large store between two looks: 8 MB. */
const MOST_HELD_BYTES = 5 * 1024 * 1024;

type See = (record: EvidenceRecord, at: number) => unknown;

/**
 * Pulls at most `most` records out of `source`, and opens it before.
 *
 * @returns how many came
 * @throws EvidenceError that ended it
 */
async function pull(source: EvidenceSource, most = Number.POSITIVE_INFINITY, see: See = () => {}): Promise<number> {
  await source.open();
  const reader = new SideReader(nodePlatform, source);
  for (let count = 0; ; count++) {
    if (count === most) return count;
    while (!reader.frame()) await reader.fill();
    reader.decode();
    if (reader.fault !== undefined) throw reader.fault;
    if (reader.record === undefined) return count;
    await see(reader.record, count);
    reader.take();
  }
}

async function faultOf(source: EvidenceSource): Promise<unknown> {
  try {
    await pull(source);
    return undefined;
  } catch (fault) {
    return fault;
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is alive: objects, and the bytes of buffers beside them. */
async function heldBytes(): Promise<number> {
  // The bytes of a buffer are given back some time after the buffer itself.
  for (let times = 0; times < 2; times++) {
    collectGarbage();
    await othersRan();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

it('every class that is a source says so, and is in the registry', () => {
  const said = new Set<string>();
  for (const file of typescriptFiles(join(ROOT, 'src'))) {
    const text = readFileSync(join(ROOT, 'src', file), 'utf8');
    for (const [head, name = ''] of text.matchAll(/^(?:export )?class (\w+).*\{$/gm)) {
      const start = text.indexOf(head);
      const body = text.slice(start, text.indexOf('\n}', start));
      const isOne = ['next', 'fill', 'where', 'finish'].every((name) =>
        new RegExp(`^ {2}(?:async )?${name}\\(`, 'm').test(body),
      );
      if (isOne) expect(head, file).toMatch(/ implements (?:Evidence|Resumable)Source\b/);
      if (isOne || / implements (?:Evidence|Resumable)Source\b/.test(head)) said.add(name);
    }
  }
  expect([...said].sort()).toEqual([...new Set(SOURCES.map(({ of }) => of.name))].sort());
});

function laws(of: SourceCase, ground: () => Ground): void {
  const open = (store: Store): Promise<EvidenceSource> => of.open(ground(), store);

  async function expectNothingHeld(): Promise<void> {
    await expect.poll(() => openIn(ground().folder) ?? []).toEqual([]);
    if (of.needs === 'PostgreSQL') await expectNoneLeft(ground().server());
  }

  it('hands out the records of the store in their order, or none, and then says `end` for good', async () => {
    const source = await open(SMALL);
    expect(source).toBeInstanceOf(of.of);
    const leaves: string[] = [];
    await pull(source, undefined, ({ leaf }) => leaves.push(leaf));
    expect(leaves).toEqual(of.holds === 'roots' ? [] : SMALL.records.map(referenceLeaf));
    expect([source.next(), source.next()]).toEqual(['end', 'end']);
    if (source.trailer !== undefined) expect(source.trailer).toMatchObject({ records: SMALL.records.length });
    await source.finish();
    await source.close();
    if (source.bytesTotal !== null) expect(source.bytesRead).toBe(source.bytesTotal);
    if (source.recordsTotal !== null) expect(source.recordsTotal).toBe(SMALL.records.length);
    if (source instanceof ResumedSource) expect(source.taken).toBeGreaterThan(5);
  });

  afterEach(() => void vi.unstubAllEnvs());

  // Lines are taken many at once where there are many, or where that is asked for.
  it.each(['on', 'eager'])('has the roots of the store, with the engine %s', async (engine) => {
    vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
    const { globalRoot, records } = trailerOf(SMALL.records);
    const source = await open(SMALL);
    if (of.holds === 'roots') {
      await pull(source);
      expect(source.trailer).toMatchObject({ globalRoot, records });
      return source.close();
    }
    const { summary, findings, verdict } = await auditSource(source);
    expect([verdict, findings]).toEqual(['PASS', []]);
    expect(summary).toMatchObject({ globalRoot, records });
  });

  it('stops when it is told to, in the middle as well: its handles are free, and a second time does no harm', async () => {
    for (const most of of.holds === 'roots' ? [0] : [0, 20]) {
      const source = await open(LARGE);
      expect(await pull(source, most)).toBe(most);
      await source.close();
      await expectNothingHeld();
      await source.close();
    }
  });

  it('reads what is left when it is to finish', async () => {
    const source = await open(LARGE);
    await pull(source, of.holds === 'roots' ? 0 : 20);
    await source.finish();
    if (source.bytesTotal !== null) expect(source.bytesRead).toBe(source.bytesTotal);
    await source.close();
  });

  it('does not end well where a file that it has open is appended to', async () => {
    const source = await open(LARGE);
    const sizes = new Map<string, number>();
    const append = (): void => {
      // The file of a capture that is taken up again is its own: what stands behind its last whole line is cut off.
      if (source instanceof ResumedSource) return;
      for (const path of new Set(openIn(ground().folder))) {
        const stats = statSync(path);
        if (!stats.isFile()) continue;
        sizes.set(path, stats.size);
        appendFileSync(path, ' ');
      }
    };
    const fault = await pull(source, undefined, (_, at) => (at === 20 ? append() : undefined))
      .then(() => source.finish())
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    await source.close();
    for (const [path, size] of sizes) truncateSync(path, size);
    expect({ appended: [...sizes.keys()], ended: fault === undefined }).toEqual({
      appended: [...sizes.keys()],
      ended: sizes.size === 0,
    });
    if (fault !== undefined) expect(fault).toBeInstanceOf(EvidenceError);
  });

  it('can be closed before it is opened, and after its end', async () => {
    const unopened = await open(SMALL);
    await unopened.close();
    await unopened.close();
    const read = await open(SMALL);
    await pull(read);
    await read.finish();
    await read.close();
    await read.close();
    await expectNothingHeld();
  });

  it.each(of.damages)('says where the fault is: $what', async ({ open: openDamaged, isPlace }) => {
    const source = await openDamaged(ground());
    const fault = await faultOf(source);
    expect(fault).toBeInstanceOf(EvidenceError);
    const { where, message } = fault as EvidenceError;
    expect(where.file, message).not.toBe('');
    expect(isPlace(where), message).toBe(true);
    await source.close();
    await expectNothingHeld();
  });

  it.skipIf(of.holds === 'roots')('reads no further than it is asked, and holds no more than a bound', async () => {
    const source = await open(LARGE);
    // Each time takes longer than all that is read here: most of it is the heap of the whole worker.
    const unopened = of.sorts === true ? await heldBytes() : 0;
    const [from, to] = [60, LARGE.records.length - 10];
    let [before, growth] = [0, 0];
    const count = await pull(source, undefined, async (_, at) => {
      if (at === from) {
        if (of.sorts !== true) expect(source.bytesRead).toBeLessThan(MOST_HELD_BYTES);
        before = of.sorts === true ? unopened : await heldBytes();
      }
      if (at === to) growth = (await heldBytes()) - before;
    });
    await source.close();
    expect(count).toBe(LARGE.records.length);
    expect(growth).toBeLessThan(MOST_HELD_BYTES);
  });
}

describe.each(SOURCES.filter(({ needs }) => needs === undefined).map((of) => [of.name, of] as const))('%s', (_, of) => {
  const folder = temporaryFolder();
  laws(of, () => ({
    folder,
    server: (): PostgresServer => {
      throw new RangeError('it needs no server');
    },
  }));
});

describe.skipIf(!postgresAvailable)(`with PostgreSQL${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();
  describe.each(SOURCES.filter(({ needs }) => needs !== undefined).map((of) => [of.name, of] as const))(
    '%s',
    (_, of) => {
      const folder = temporaryFolder();
      laws(of, () => ({ folder, server }));
    },
  );
});

/** Writes a pair of snapshots for a measure: seeded, and with bounded memory at any number of records. */
import { hash } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, openSync, rmSync, writeSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { SeededRandom } from './random.ts';
import { type MadeRecord, planStreams, recordsOf, type StreamPlan, USUAL_GROWTH } from './records.ts';
import { foreignSpelling } from './spelling.ts';

export type Spelling = 'canonical' | 'foreign';

export interface PairOptions {
  readonly records: number;
  readonly seed: number;
  readonly container: 'json' | 'ndjson';
  readonly gzip: boolean;
  readonly baseline: Spelling;
  /** A canonical one has one record in a thousand spelled otherwise, as a next version of a program may write it. */
  readonly current: Spelling;
  /** The bodies themselves, or the digest of each in its place. */
  readonly depth?: 'full' | 'digest';
  /**
   * How many records the current side has more for each that the baseline has; 0.01 if absent. One in a thousand is spelled
   * otherwise, unless it is 0.
   */
  readonly growth?: number;
  /** What became of the records of a stream on the current side; none is given where they stay as they are. */
  readonly rewriting?: (plan: StreamPlan) => (record: MadeRecord) => MadeRecord;
}

export interface Pair {
  readonly baseline: string;
  readonly current: string;
  readonly baselineRecords: number;
  readonly currentRecords: number;
}

type Side = 'baseline' | 'current';

const GATHERED_CHARACTERS = 1024 * 1024;
const LINES_FOR_ONE_RESPELLED = 1000;

type Depth = NonNullable<PairOptions['depth']>;

const headerOf = (depth: Depth): string =>
  '"canonical":"jcs-exact","capturedAt":"2026-11-01T10:00:00.000Z",' +
  '"chains":{"findings-ledger/*":{"firstSeq":1,"genesis":"zeros","recipe":"sha256-prev-body"}},' +
  `"depth":"${depth}","hash":"sha256","kind":"evidence-snapshot","subject":{"system":"bench"},"tree":"rfc9162","version":1`;

/** No body that is made here holds a brace. */
function withDigest(text: string): string {
  return text.replace(
    /"body":(\{[^}]*\})/,
    (_, body: string) => `"bodyDigest":"sha256:${hash('sha256', body, 'hex')}"`,
  );
}

/** One file, written in large pieces. */
class SnapshotFile {
  readonly #file: number;
  readonly #json: boolean;
  #gathered: string;
  #records = 0;

  constructor(path: string, container: 'json' | 'ndjson', depth: Depth) {
    this.#file = openSync(path, 'w');
    this.#json = container === 'json';
    const header = headerOf(depth);
    this.#gathered = this.#json ? `{${header},"records":[\n` : `{${header}}\n`;
  }

  append(text: string): void {
    if (this.#json) this.#gathered += this.#records === 0 ? text : `,\n${text}`;
    else this.#gathered += `${text}\n`;
    this.#records++;
    if (this.#gathered.length >= GATHERED_CHARACTERS) this.#write();
  }

  finish(trailer: string): void {
    this.#gathered += this.#json ? `\n],"trailer":${trailer}}\n` : `${trailer}\n`;
    this.#write();
    closeSync(this.#file);
  }

  #write(): void {
    writeSync(this.#file, this.#gathered);
    this.#gathered = '';
  }
}

interface TenantBooks {
  readonly records: number;
  readonly counts: Record<string, number>;
  readonly streams: object[];
}

/** The books of one side; roots are left out of the trailer, since a reader recomputes them in any case. */
class Books {
  readonly #tenants: Map<string, TenantBooks> = new Map();
  records = 0;

  /** Enters a stream with its `size`, what it holds of each type, and its last record. */
  close(plan: StreamPlan, counts: ReadonlyMap<string, number>, last: MadeRecord, size: number): void {
    const books = this.#tenants.get(plan.tenant) ?? { records: 0, counts: {}, streams: [] };
    for (const [type, count] of counts) books.counts[type] = (books.counts[type] ?? 0) + count;
    const seqs = last.seq === undefined ? {} : { firstSeq: 1, lastSeq: last.seq };
    books.streams.push({ head: last.hash, ordered: plan.ordered, size, stream: plan.stream, ...seqs });
    this.#tenants.set(plan.tenant, { ...books, records: books.records + size });
    this.records += size;
  }

  trailer(): string {
    const tenants = [...this.#tenants].map(([tenant, books]) => ({ tenant, ...books }));
    return JSON.stringify({ kind: 'evidence-snapshot-trailer', records: this.records, tenants });
  }
}

function writeSide(side: Side, path: string, options: PairOptions): number {
  const { growth = USUAL_GROWTH, depth = 'full' } = options;
  const file = new SnapshotFile(path, options.container, depth);
  const books = new Books();
  const random = new SeededRandom(options.seed + (side === 'baseline' ? 1 : 2));
  const spell = (text: string): string => {
    const respelled = growth > 0 && side === 'current' && random.onceIn(LINES_FOR_ONE_RESPELLED);
    const asKept = depth === 'digest' ? withDigest(text) : text;
    return respelled || options[side] === 'foreign' ? foreignSpelling(asKept, random) : asKept;
  };
  for (const [index, plan] of planStreams(options.records, growth).entries()) {
    const counts = new Map<string, number>();
    let size = 0;
    let last: MadeRecord | undefined;
    const rewrite = side === 'current' ? options.rewriting?.(plan) : undefined;
    for (const made of recordsOf(plan, options.seed + 1000 * index)) {
      if (made.isNew && side === 'baseline') continue;
      const record = rewrite?.(made) ?? made;
      file.append(spell(record.text));
      counts.set(record.type, (counts.get(record.type) ?? 0) + 1);
      last = record;
      size++;
    }
    if (last !== undefined) books.close(plan, counts, last, size);
  }
  file.finish(books.trailer());
  return books.records;
}

async function compress(path: string): Promise<string> {
  await pipeline(createReadStream(path), createGzip({ level: 6 }), createWriteStream(`${path}.gz`));
  rmSync(path);
  return `${path}.gz`;
}

/** Writes both files as `<stem>-baseline` and `<stem>-current`, with the ending that fits. */
export async function makePair(stem: string, options: PairOptions): Promise<Pair> {
  let baseline = `${stem}-baseline.${options.container}`;
  let current = `${stem}-current.${options.container}`;
  const baselineRecords = writeSide('baseline', baseline, options);
  const currentRecords = writeSide('current', current, options);
  if (options.gzip) [baseline, current] = [await compress(baseline), await compress(current)];
  return { baseline, current, baselineRecords, currentRecords };
}

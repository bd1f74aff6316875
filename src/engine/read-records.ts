/** Reads a snapshot record by record, for programs that want the evidence itself. */
import { randomInt } from 'node:crypto';
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { EvidenceError } from '../core/errors.ts';
import type { Json } from '../core/json/value.ts';
import { Findings } from '../core/judge/findings.ts';
import type { Finding } from '../core/report/report.ts';
import { chainRuleOf, type SnapshotHeader } from '../core/snapshot/header.ts';
import { IdSet } from '../core/snapshot/id-set.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import { FINDINGS_BYTES, nodePlatform } from './node-platform.ts';
import { Side } from './side.ts';

/** A record, and its text as strictly read JSON. */
export interface ReadRecord extends EvidenceRecord {
  readonly json: Json;
}

/** The evidence contradicts itself: its own hashes, links, counts or roots. */
export class UnsoundSnapshotError extends Error {
  override readonly name: string = 'UnsoundSnapshotError';
  readonly findings: readonly Finding[];
  constructor(findings: readonly Finding[]) {
    super(
      `the snapshot is unsound: ${findings[0]?.message ?? ''}${findings.length > 1 ? ` (and ${findings.length - 1} more)` : ''}`,
    );
    this.findings = findings;
  }
}

export class SnapshotReading implements AsyncIterable<ReadRecord> {
  readonly #side: Side;
  readonly #findings: Findings;
  readonly header: SnapshotHeader;
  #summary: SnapshotSummary | undefined;

  private constructor(side: Side, findings: Findings, header: SnapshotHeader) {
    this.#side = side;
    this.#findings = findings;
    this.header = header;
  }

  /** @throws EvidenceError if the header cannot be read */
  static async open(source: EvidenceSource): Promise<SnapshotReading> {
    const findings = new Findings('append', 1000, FINDINGS_BYTES);
    const side = new Side(source, {
      side: 'current',
      platform: nodePlatform,
      findings,
      ids: new IdSet(randomInt(2 ** 32)),
    });
    await side.open();
    const { header } = side;
    if (header === undefined) {
      await source.close();
      throw side.reader.fault ?? new RangeError('there is no header');
    }
    side.startAudit((stream) => chainRuleOf(header.chains, stream));
    return new SnapshotReading(side, findings, header);
  }

  /** Counts and roots; there when all records were read and found sound. */
  get summary(): SnapshotSummary | undefined {
    return this.#summary;
  }

  /**
   * The records in order. Can be run through once.
   *
   * @throws EvidenceError if the input cannot be read on
   * @throws UnsoundSnapshotError after the last record, if the snapshot contradicts itself: until then, what was read
   *   is not known to be sound
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<ReadRecord> {
    const { reader, source } = this.#side;
    try {
      for (;;) {
        while (!reader.frame()) await reader.fill();
        reader.decode();
        this.#side.requireFit();
        const { record } = reader;
        if (record === undefined) break;
        this.#side.audit?.append(record);
        const json = reader.json();
        reader.take();
        yield { ...record, json };
      }
      await this.#side.finish(false);
      this.#conclude();
    } finally {
      await source.close();
    }
  }

  #conclude(): void {
    const { fault } = this.#side.reader;
    if (fault !== undefined) throw fault;
    if (this.#findings.has('FAIL')) throw new UnsoundSnapshotError(this.#findings.list());
    const { summary, complete } = this.#side.read();
    const untold = this.#findings.list().find((finding) => finding.class === 'INCOMPLETE');
    if (untold !== undefined) throw new EvidenceError('source-incomplete', untold.message);
    if (!complete) throw new EvidenceError('proof-unavailable', 'the snapshot could not be checked');
    this.#summary = summary;
  }
}

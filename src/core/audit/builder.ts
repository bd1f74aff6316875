/** Builds a snapshot record by record: canonical texts as they come, and at the end the trailer. */

import { EvidenceError } from '../errors.ts';
import { canonicalBytes } from '../json/canonical.ts';
import { jsonFrom } from '../json/from-plain.ts';
import { readOptions } from '../options.ts';
import type { Platform } from '../platform.ts';
import { type ChainRule, chainRuleOf, type Depth } from '../snapshot/header.ts';
import { IdSet } from '../snapshot/id-set.ts';
import { type EvidenceRecord, RecordDecoder } from '../snapshot/record.ts';
import type { SnapshotSummary } from '../snapshot/summary.ts';
import { headerText, SNAPSHOT_OPTIONS, type SnapshotOptions, trailerText } from './envelope-text.ts';
import { atRecord, type RecordInput } from './record-input.ts';
import { SideAudit, type SideFault } from './side-audit.ts';

export type { RecordInput, SnapshotOptions };

function rulesOf(options: SnapshotOptions): ReadonlyMap<string, ChainRule> {
  const rule = ({
    genesis = 'zeros',
    recipe = 'none',
    firstSeq = 1,
    gaps = 'refused',
  }: Partial<ChainRule>): ChainRule => ({
    genesis,
    recipe,
    firstSeq,
    gaps,
  });
  return new Map(Object.entries(options.chains ?? {}).map(([stream, given]) => [stream, rule(given)]));
}

export class SnapshotBuilder {
  readonly #depth: Depth;
  readonly #decoder: RecordDecoder;
  readonly #audit: SideAudit;
  readonly #digestOnly: number;
  #withoutBody = 0;
  #previous: EvidenceRecord | undefined;
  #count = 0;
  /** Canonical JSON text of the header. */
  readonly header: Uint8Array;

  /**
   * @param platform - hashing and text; `portable` runs anywhere
   * @param given - what the snapshot is of, and how much it holds
   * @throws TypeError for an option that there is not, or that is not what it must be
   */
  constructor(platform: Platform, given: SnapshotOptions = {}) {
    const options = readOptions<SnapshotOptions>(given, SNAPSHOT_OPTIONS, 'SnapshotBuilder');
    this.#depth = options.depth ?? 'full';
    this.#digestOnly = options.digestOnly ?? 0;
    this.#decoder = new RecordDecoder(platform);
    this.header = headerText(options);
    const rules = rulesOf(options);
    this.#audit = new SideAudit({
      platform,
      ruleOf: (stream) => chainRuleOf(rules, stream),
      ids: new IdSet(0),
      sideBit: 1,
      onFault: (fault) => this.#refuse(fault),
    });
  }

  /**
   * Takes the next record: sorted by tenant, stream (both as UTF-8), then `seq` or `id`.
   *
   * @param record - a plain object, Json, or the JSON text of the record as bytes
   * @returns its canonical text at the depth of the snapshot; undefined in a summary
   * @throws EvidenceError `schema-violation` or `input-malformed` if it is no record, or does not follow the one before:
   *   out of order, an id twice, a link that does not hold
   * @throws TypeError if a value is not JSON
   * Both name the record: how many came before it, and its tenant, stream and id.
   */
  append(record: RecordInput): Uint8Array | undefined {
    try {
      this.#append(record instanceof Uint8Array ? record : canonicalBytes(jsonFrom(record)));
    } catch (fault) {
      throw atRecord(fault, record, this.#count);
    }
    this.#count++;
    return this.#text();
  }

  #append(bytes: Uint8Array): void {
    const decoded = this.#decoder.decode(bytes, 0, bytes.length);
    this.#requireFitting(decoded);
    this.#audit.append(decoded);
    this.#previous = decoded;
  }

  /** What a reader would refuse is not written. */
  #requireFitting(record: EvidenceRecord): void {
    const { tenant, stream, seq } = record;
    if (this.#depth === 'full' && record.body === undefined && ++this.#withoutBody > this.#digestOnly) {
      throw new EvidenceError('schema-violation', 'a snapshot of depth `full` needs the body of every record');
    }
    const previous = this.#previous;
    if (previous?.tenant !== tenant || previous.stream !== stream) return;
    if ((previous.seq === undefined) !== (seq === undefined)) {
      throw new EvidenceError('schema-violation', 'all records of a stream have `seq`, or none');
    }
  }

  /** A copy: what the decoder has is overwritten by the next record. */
  #text(): Uint8Array | undefined {
    if (this.#depth === 'summary') return undefined;
    // Not `slice`: of a Buffer that is a view.
    return new Uint8Array(this.#depth === 'digest' ? this.#decoder.canonicalWithDigest : this.#decoder.canonical);
  }

  #refuse({ kind, message }: SideFault): never {
    throw new EvidenceError('schema-violation', `${kind}: ${message}`);
  }

  /**
   * Counts and roots of all records taken; nothing can be appended after it.
   *
   * Its trailer as canonical JSON text is `builder.trailer(summary)`.
   */
  finish(): SnapshotSummary {
    return this.#audit.finish();
  }

  /**
   * @param summary - what `finish` has given
   * @param roots - whether the roots are stated; a reader recomputes them in any case, a summary needs them
   */
  trailer(summary: SnapshotSummary, roots = true): Uint8Array {
    return trailerText(summary, roots);
  }
}

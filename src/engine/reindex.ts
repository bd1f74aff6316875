/**
 * Whether a reindex has kept what it may not change: every record by its identifiers, with its type and the digest of its
 * payload. Order, links, hashes, times and attributes may differ, and so may all roots.
 */
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import type { Findings } from '../core/judge/findings.ts';
import { utf8 } from '../core/platform.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { type AuditOptions, auditSource, type SnapshotAudit } from './audit-run.ts';
import { comparePlaces, type PlacedRecord, RecordSort } from './record-sort.ts';

export interface ReindexTally {
  /** Records that are there, with the same type and payload digest. */
  kept: number;
  missing: number;
  /** Records of the same identifiers whose type or payload digest is another one. */
  changed: number;
  added: number;
}

/** A side that was read and audited by itself, its records by tenant, stream and id. */
export interface IndexedSide {
  readonly audit: SnapshotAudit;
  readonly records: AsyncIterable<PlacedRecord>;
  readonly close: () => Promise<void>;
}

/**
 * Audits `source`, closes it, and sorts its records by their identifiers.
 *
 * @returns what is to be closed
 * @throws EvidenceError `source-incomplete` if there is no room for what has to be sorted
 */
export async function indexSide(source: EvidenceSource, options: AuditOptions): Promise<IndexedSide> {
  const sort = new RecordSort();
  const take = ({ tenant, stream, id, type, bodyDigest }: EvidenceRecord): Promise<void> | undefined => {
    const text = utf8(JSON.stringify([type, bodyDigest]));
    sort.add({ tenant, stream, id, seq: undefined, text, origin: { rule: -1, stream, first: false }, known: [] });
    return sort.isFull ? sort.spill() : undefined;
  };
  try {
    const audit = await auditSource(source, options, take);
    return { audit, records: sort.sorted(), close: () => sort.close() };
  } catch (fault) {
    await sort.close();
    throw fault;
  }
}

function sameText(one: PlacedRecord, other: PlacedRecord): boolean {
  return Buffer.compare(one.text, other.text) === 0;
}

/** Sets the records of two sides against each other, and names what was not kept. */
export async function compareIndexes(was: IndexedSide, is: IndexedSide, findings: Findings): Promise<ReindexTally> {
  const tally: ReindexTally = { kept: 0, missing: 0, changed: 0, added: 0 };
  const [before, after] = [was.records[Symbol.asyncIterator](), is.records[Symbol.asyncIterator]()];
  let [one, other] = [await nextOf(before), await nextOf(after)];
  while (one !== undefined || other !== undefined) {
    const order = orderOf(one, other);
    judge(tally, findings, order > 0 ? undefined : one, order < 0 ? undefined : other);
    if (order <= 0) one = await nextOf(before);
    if (order >= 0) other = await nextOf(after);
  }
  return tally;
}

async function nextOf(records: AsyncIterator<PlacedRecord>): Promise<PlacedRecord | undefined> {
  const { done, value } = await records.next();
  return done === true ? undefined : value;
}

/** What is not there stands behind everything. */
function orderOf(one: PlacedRecord | undefined, other: PlacedRecord | undefined): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  return comparePlaces(one, other);
}

/** Judges two records of one place, or one that has none on the other side. */
function judge(
  tally: ReindexTally,
  findings: Findings,
  one: PlacedRecord | undefined,
  other: PlacedRecord | undefined,
): void {
  if (one !== undefined && other !== undefined && sameText(one, other)) tally.kept++;
  else if (one !== undefined && other !== undefined) {
    tally.changed++;
    name(findings, 'record-modified', other, 'its type or the digest of its payload is another one');
  } else if (one !== undefined) {
    tally.missing++;
    name(findings, 'record-missing', one, 'in the baseline, and not in the current side');
  } else if (other !== undefined) {
    tally.added++;
    name(findings, 'record-added', other, 'not in the baseline');
  }
}

function name(
  findings: Findings,
  kind: 'record-missing' | 'record-added' | 'record-modified',
  { tenant, stream, id }: PlacedRecord,
  message: string,
): void {
  findings.add('both', { kind, tenant, stream, id, message });
}

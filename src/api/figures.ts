/** The figures of one source: counts and roots, recomputed, and given out only if it is sound. */
import { compareUtf8 } from '../core/json/utf8.ts';
import type { Hash } from '../core/platform.ts';
import type { CountedBy } from '../core/report/count-by.ts';
import type { SnapshotHeader } from '../core/snapshot/header.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import type { SnapshotAudit } from '../engine/audit-run.ts';
import { auditSnapshot } from './compare-snapshots.ts';
import {
  AUDIT_OPTIONS,
  type AuditByNameOptions,
  readOptions,
  STATS_OPTIONS,
  type StatsOptions,
  text,
} from './options.ts';

type Tenant = SnapshotSummary['tenants'][number];

export interface StreamFigures {
  readonly stream: string;
  /** Whether its records have an order; else it is a set. */
  readonly ordered: boolean;
  /** Number of records. */
  readonly size: number;
  readonly firstSeq: number | undefined;
  readonly lastSeq: number | undefined;
  readonly root: Hash;
}

export interface AttributeFigures {
  readonly attribute: string;
  /** The first 100 in the order of their UTF-8 bytes. */
  readonly values: readonly { readonly value: string; readonly records: number }[] | null;
  /** Records with a value that is not among them. */
  readonly others: number | null;
  /** Records without the attribute. */
  readonly absent: number | null;
}

/** What `stats` writes as JSON: nothing in it changes when the evidence does not. */
export interface EvidenceStats {
  readonly kind: 'evidence-stats';
  readonly version: 1;
  readonly records: number;
  /** By the attributes that the source names; null where it has no records, and absent where it names none. */
  readonly countBy?: readonly AttributeFigures[];
  /** Roots and streams are there only if it is detailed. */
  readonly globalRoot?: Hash;
  readonly tenants: readonly {
    readonly tenant: string;
    readonly records: number;
    /** By type, in the order of the UTF-8 bytes of their names. */
    readonly counts: readonly { readonly type: string; readonly records: number }[];
    readonly root?: Hash;
    readonly streams?: readonly StreamFigures[];
  }[];
}

/** What `roots-export` writes as JSON and `verify-roots` reads. */
export interface EvidenceRoots {
  readonly kind: 'evidence-roots';
  readonly version: 1;
  readonly globalRoot: Hash;
  readonly records: number;
  readonly tenants: readonly {
    readonly tenant: string;
    readonly records: number;
    readonly root: Hash;
    readonly streams: readonly {
      readonly stream: string;
      readonly ordered: boolean;
      readonly size: number;
      readonly root: Hash;
      /** The hash of the last link of its chain; null if it has none. */
      readonly head: Hash | null;
    }[];
  }[];
  readonly nulls?: NonNullable<SnapshotHeader['nulls']>;
}

/** In the order of their UTF-8 bytes, so that the order in which a store gives them does not show. */
export function typesOf(tenant: Tenant): readonly { readonly type: string; readonly records: number }[] {
  return [...tenant.counts].map(([type, records]) => ({ type, records })).sort((a, b) => compareUtf8(a.type, b.type));
}

function streamFigures({ stream, ordered, size, root, firstSeq, lastSeq }: Tenant['streams'][number]): StreamFigures {
  return { stream, ordered, size, firstSeq, lastSeq, root };
}

/** What an audit counted by attributes. */
function attributeFigures({ attribute, values, others, absent }: CountedBy): AttributeFigures {
  const known = others.current !== null;
  return {
    attribute,
    values: known ? values.map(({ value, current }) => ({ value, records: current ?? 0 })) : null,
    others: others.current,
    absent: absent.current,
  };
}

/** The counts of `summary`; with its roots and streams if `detailed`. */
export function statsOf(
  summary: SnapshotSummary,
  detailed: boolean,
  countBy: SnapshotAudit['countBy'] = [],
): EvidenceStats {
  return {
    kind: 'evidence-stats',
    version: 1,
    records: summary.records,
    ...(detailed ? { globalRoot: summary.globalRoot } : {}),
    tenants: summary.tenants.map((tenant) => ({
      tenant: tenant.tenant,
      records: tenant.records,
      counts: typesOf(tenant),
      ...(detailed ? { root: tenant.root, streams: tenant.streams.map(streamFigures) } : {}),
    })),
    ...(countBy.length === 0 ? {} : { countBy: countBy.map(attributeFigures) }),
  };
}

/** The roots of `summary`. */
export function rootsOf(
  { globalRoot, records, tenants }: SnapshotSummary,
  nulls?: SnapshotHeader['nulls'],
): EvidenceRoots {
  return {
    kind: 'evidence-roots',
    version: 1,
    globalRoot,
    records,
    tenants: tenants.map((tenant) => ({
      tenant: tenant.tenant,
      records: tenant.records,
      root: tenant.root,
      streams: tenant.streams.map(({ stream, ordered, size, root, head }) => ({ stream, ordered, size, root, head })),
    })),
    ...(nulls === undefined ? {} : { nulls }),
  };
}

export interface SourceStats {
  readonly audit: SnapshotAudit;
  /** Null unless the source was read to its end and is sound. */
  readonly stats: EvidenceStats | null;
}

export interface SourceRoots {
  readonly audit: SnapshotAudit;
  /** Null unless the source was read to its end and is sound. */
  readonly roots: EvidenceRoots | null;
}

/**
 * Counts the records of a source by tenant and type. The same evidence gives the same counts, whatever gives it.
 *
 * @param name - path of a snapshot or a bundle, `postgres://…`, or `-`
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws EvidenceError if a profile cannot be read
 */
export async function stats(name: string, given: StatsOptions = {}): Promise<SourceStats> {
  const { detailed = false, ...options } = readOptions<StatsOptions>(given, STATS_OPTIONS, 'stats');
  const audit = await auditSnapshot(text(name, 'stats: name'), options);
  const { verdict, summary, countBy } = audit;
  return { audit, stats: verdict !== 'PASS' || summary === null ? null : statsOf(summary, detailed, countBy) };
}

/**
 * Recomputes every root of a source: written to a file as JSON, they are a baseline of `verifyRoots`.
 *
 * @param name - path of a snapshot or a bundle, `postgres://…`, or `-`
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws EvidenceError if a profile cannot be read
 */
export async function rootsExport(name: string, given: AuditByNameOptions = {}): Promise<SourceRoots> {
  const options = readOptions<AuditByNameOptions>(given, AUDIT_OPTIONS, 'rootsExport');
  const audit = await auditSnapshot(text(name, 'rootsExport: name'), options);
  const { verdict, summary, header } = audit;
  return { audit, roots: verdict !== 'PASS' || summary === null ? null : rootsOf(summary, header?.nulls) };
}

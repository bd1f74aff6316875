/** Comparisons of snapshots that lie in memory, in chunks of any size: the real sources over a real stream. */
import { Readable } from 'node:stream';
import { provenHeads, type ShownGrowth, type StreamGrowth } from '../src/core/proof/growth-proof.ts';
import type { ContinuityReport, Finding } from '../src/core/report/report.ts';
import type { FrameLimits } from '../src/core/snapshot/framer.ts';
import { type AuditOptions, auditSource, type SnapshotAudit } from '../src/engine/audit-run.ts';
import { type CompareOptions, compareSources, type SourceFacts } from '../src/engine/compare.ts';
import { nodePlatform } from '../src/engine/node-platform.ts';
import { type LegacyRoot, recomputing } from '../src/legacy-roots/check.ts';
import { StdinBytes } from '../src/sources/bytes.ts';
import { SnapshotSource } from '../src/sources/snapshot-source.ts';

export type Input = string | Uint8Array;

function bytesOf(input: Input): Uint8Array {
  return typeof input === 'string' ? new TextEncoder().encode(input) : input;
}

function* chunksOf(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.slice(at, at + length);
}

export interface SourceOptions {
  readonly chunkBytes?: number;
  readonly limits?: FrameLimits;
}

export function sourceOf(input: Input, { chunkBytes = 65_536, limits }: SourceOptions = {}): SnapshotSource {
  const bytes = new StdinBytes(Readable.from(chunksOf(bytesOf(input), chunkBytes)));
  return new SnapshotSource(bytes, { platform: nodePlatform, ...(limits === undefined ? {} : { limits }) });
}

/** What is demanded of a comparison, by the names of the command, and handed in as the command does. */
export interface Demanded {
  readonly legacyRoots?: readonly LegacyRoot[];
  /** Paths of a proof of growth that is taken for one of these two sides. */
  readonly growth?: readonly StreamGrowth[];
}

function factsOf({ legacyRoots, growth }: Demanded): SourceFacts {
  const proof: ShownGrowth | undefined = growth && {
    faultOf: () => undefined,
    headsOf: (was, is) => provenHeads(nodePlatform, growth, was, is),
  };
  return {
    ...(legacyRoots && { legacyRoots: recomputing(legacyRoots) }),
    ...(proof && { claim: { asked: 'growth', proof } }),
  };
}

export async function compareTexts(
  baseline: Input,
  current: Input,
  { legacyRoots, growth, ...options }: Omit<CompareOptions, keyof Demanded> & SourceOptions & Demanded = {},
): Promise<ContinuityReport> {
  const facts = factsOf({ ...(legacyRoots && { legacyRoots }), ...(growth && { growth }) });
  return compareSources(sourceOf(baseline, options), sourceOf(current, options), options, facts);
}

export async function auditText(input: Input, options: AuditOptions & SourceOptions = {}): Promise<SnapshotAudit> {
  return auditSource(sourceOf(input, options), options);
}

/** Kinds and how often, the shape that most tests ask for. */
export function countsOf(report: { readonly findingCounts: Readonly<Record<string, number>> }): Record<string, number> {
  return { ...report.findingCounts };
}

export function findingsOf(report: { readonly findings: readonly Finding[] }, kind: string): readonly Finding[] {
  return report.findings.filter((finding) => finding.kind === kind);
}

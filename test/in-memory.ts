/** Comparisons of snapshots that lie in memory, in chunks of any size: the real sources over a real stream. */
import { Readable } from 'node:stream';
import type { ContinuityReport, Finding } from '../src/core/report/report.ts';
import type { FrameLimits } from '../src/core/snapshot/framer.ts';
import { type AuditOptions, auditSource, type SnapshotAudit } from '../src/engine/audit-run.ts';
import { type CompareOptions, compareSources } from '../src/engine/compare.ts';
import { nodePlatform } from '../src/engine/node-platform.ts';
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

export async function compareTexts(
  baseline: Input,
  current: Input,
  options: CompareOptions & SourceOptions = {},
): Promise<ContinuityReport> {
  return compareSources(sourceOf(baseline, options), sourceOf(current, options), options);
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

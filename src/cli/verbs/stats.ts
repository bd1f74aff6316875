/** `evidence-diff stats [source]`: counts by tenant and type, one fact a line, so that `diff` tells what changed. */
import type { SnapshotSummary } from '../../core/snapshot/summary.ts';
import { printableJson, quoted } from '../../reports/printable.ts';
import type { ExitCode } from '../terminal/exit.ts';
import { type FiguresVerb, runFigures } from './figures.ts';

type Tenant = SnapshotSummary['tenants'][number];
type Stream = Tenant['streams'][number];

/** In the order of their UTF-8 bytes, so that the order in which a store gives them does not show. */
function typesOf(tenant: Tenant): readonly { readonly type: string; readonly records: number }[] {
  return [...tenant.counts]
    .map(([type, records]) => ({ type, records }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.type), Buffer.from(b.type)));
}

function streamLine(tenant: string, { stream, ordered, size, root, firstSeq, lastSeq }: Stream): string {
  const order = ordered ? 'ordered' : 'unordered';
  const range = firstSeq === undefined || lastSeq === undefined ? '' : ` seq ${firstSeq}..${lastSeq}`;
  return `tenant ${quoted(tenant)} stream ${quoted(stream)} ${order} size ${size}${range} root ${root}`;
}

function tenantLines(tenant: Tenant, detailed: boolean): readonly string[] {
  const name = quoted(tenant.tenant);
  const lines = [`tenant ${name} records ${tenant.records} streams ${tenant.streams.length}`];
  for (const { type, records } of typesOf(tenant)) lines.push(`tenant ${name} type ${quoted(type)} records ${records}`);
  if (!detailed) return lines;
  lines.push(`tenant ${name} root ${tenant.root}`);
  return [...lines, ...tenant.streams.map((stream) => streamLine(tenant.tenant, stream))];
}

/** No file name, no time, no digest of the file: nothing that changes when the evidence does not. */
export function statsText(summary: SnapshotSummary, detailed: boolean): string {
  const lines = [`records ${summary.records}`, `tenants ${summary.tenants.length}`];
  if (detailed) lines.push(`root ${summary.globalRoot}`);
  for (const tenant of summary.tenants) lines.push(...tenantLines(tenant, detailed));
  return `${lines.join('\n')}\n`;
}

function streamMembers({ stream, ordered, size, root, firstSeq, lastSeq }: Stream): Record<string, unknown> {
  return { stream, ordered, size, firstSeq, lastSeq, root };
}

/** The same facts as JSON. */
export function statsJson(summary: SnapshotSummary, detailed: boolean): string {
  const stats = {
    kind: 'evidence-stats',
    version: 1,
    records: summary.records,
    ...(detailed ? { globalRoot: summary.globalRoot } : {}),
    tenants: summary.tenants.map((tenant) => ({
      tenant: tenant.tenant,
      records: tenant.records,
      counts: typesOf(tenant),
      ...(detailed ? { root: tenant.root, streams: tenant.streams.map(streamMembers) } : {}),
    })),
  };
  return `${printableJson(JSON.stringify(stats, null, 2))}\n`;
}

export const statsVerb: FiguresVerb = {
  name: 'stats',
  description:
    'Counts by tenant and type, one fact a line. The same evidence gives the same bytes: compare two runs with diff.',
  example: 'evidence-diff stats baseline.json --detailed --output stats.json',
  detailed: 'also streams with their sizes, and the roots, so that changed content shows even where no count changed',
  text: statsText,
  json: statsJson,
};

export function run(argv: readonly string[]): Promise<ExitCode> {
  return runFigures(statsVerb, argv);
}

/** `evidence-diff roots-export [source]`: every root, recomputed, with the sizes it stands for. */
import { rootsOf } from '../../api/figures.ts';
import type { SnapshotSummary } from '../../core/snapshot/summary.ts';
import type { SnapshotAudit } from '../../engine/audit-run.ts';
import { printableJson, quoted } from '../../reports/printable.ts';
import { flag } from '../options/define.ts';
import { figuresVerb } from './stats.ts';

/** One root a line. */
export function rootsText(summary: SnapshotSummary): string {
  const lines = [`global root ${summary.globalRoot} records ${summary.records}`];
  for (const { tenant, records, root, streams } of summary.tenants) {
    lines.push(`tenant ${quoted(tenant)} root ${root} records ${records}`);
    for (const { stream, ordered, size, root: streamRoot, head } of streams) {
      const place = `tenant ${quoted(tenant)} stream ${quoted(stream)} ${ordered ? 'ordered' : 'unordered'}`;
      lines.push(`${place} root ${streamRoot} size ${size} head ${head ?? 'none'}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The document of kind `evidence-roots`, version 1. */
export function rootsJson(summary: SnapshotSummary, _detailed = false, audit?: Pick<SnapshotAudit, 'header'>): string {
  return `${printableJson(JSON.stringify(rootsOf(summary, audit?.header?.nulls), null, 2))}\n`;
}

export const verb = figuresVerb({
  name: 'roots-export',
  summary: 'global, tenant and stream roots',
  description: 'Global, tenant and stream roots with sizes, recomputed from the records.',
  example: 'roots-export baseline.json --output roots.json',
  own: { all: flag('all tenants, as without it: there is no other way') },
  otherwise: 'else text',
  writes: 'roots',
  text: rootsText,
  json: rootsJson,
});

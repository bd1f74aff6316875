/** Small snapshots, written by hand as NDJSON without roots: a legal baseline, whose roots are recomputed. */
import { writeFileSync } from 'node:fs';

export interface Entry {
  readonly id: string;
  readonly state: string;
}

export function entries(count: number, from = 0): readonly Entry[] {
  return Array.from({ length: count }, (_, at) => ({ id: `r${String(from + at).padStart(7, '0')}`, state: 'open' }));
}

export function headerLine(system = 'test'): string {
  const capturedAt = '2027-03-01T10:00:00.000Z';
  const rules = { canonical: 'jcs-exact', hash: 'sha256', tree: 'rfc9162' };
  const header = {
    kind: 'evidence-snapshot',
    version: 1,
    depth: 'full',
    subject: { system },
    capturedAt,
    tool: 'test/1',
    ...rules,
    chains: {},
  };
  return `${JSON.stringify(header)}\n`;
}

export function recordLine({ id, state }: Entry): string {
  return `${JSON.stringify({ tenant: 'acme', stream: 'findings', id, type: 'finding', body: { state } })}\n`;
}

function trailerLine(records: number): string {
  const streams = [{ stream: 'findings', ordered: false, size: records, head: null }];
  const tenants = records === 0 ? [] : [{ tenant: 'acme', records, counts: { finding: records }, streams }];
  return `${JSON.stringify({ kind: 'evidence-snapshot-trailer', records, tenants })}\n`;
}

function snapshotText(list: readonly Entry[], system?: string): string {
  return `${headerLine(system)}${list.map(recordLine).join('')}${trailerLine(list.length)}`;
}

/** Writes a snapshot and gives its path back. */
export function writeSnapshotFile(path: string, list: readonly Entry[], system?: string): string {
  writeFileSync(path, snapshotText(list, system));
  return path;
}

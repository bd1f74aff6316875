/**
 * Real evidence: the bundles of sigstore-conformance become a store, one record a bundle, and one of them is edited.
 *
 * The bundles go through the strict reader, not JSON.parse: what is hashed is what lies on the disk.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  compareSnapshots,
  EvidenceError,
  type Json,
  nodePlatform,
  parseJson,
  type RecordInput,
  writeSnapshot,
} from '../../src/index.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const vectors = sharedFolder('vectors/sigstore-conformance');
const folder = temporaryFolder();

function bundleFiles(root: string): readonly string[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => /\.sigstore(?:\.json)?$|bundle\.json$/.test(file))
    .map((file) => join(root, file))
    .sort();
}

function textAt(bundle: Json, name: string): string {
  const value = bundle instanceof Map ? bundle.get(name) : undefined;
  return typeof value === 'string' ? value : 'unknown';
}

/** Text of a bundle, or undefined if it is no strict JSON: some are made to be refused. */
function strictly(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(nodePlatform, bytes);
  } catch (error) {
    if (error instanceof EvidenceError) return undefined;
    throw error;
  }
}

interface Bundle {
  readonly id: string;
  readonly body: Json;
}

function bundlesOf(root: string): readonly Bundle[] {
  return bundleFiles(root).flatMap((file) => {
    const body = strictly(readFileSync(file));
    return body === undefined ? [] : [{ id: relative(root, file), body }];
  });
}

function* recordsOf(bundles: readonly Bundle[]): Generator<RecordInput> {
  const inOrder = [...bundles].sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
  for (const { id, body } of inOrder) {
    yield { tenant: 'sigstore', stream: 'bundles', id, type: textAt(body, 'mediaType'), body };
  }
}

/** `value` with one character of the first signature changed, and the JSON Pointer to it. */
function edited(value: Json, path: string): { readonly value: Json; readonly path: string } | undefined {
  if (!(value instanceof Map)) return undefined;
  for (const [name, member] of value as ReadonlyMap<string, Json>) {
    const at = `${path}/${name}`;
    const isSignature = typeof member === 'string' && /^(?:signature|sig)$/.test(name);
    const inner = isSignature ? { value: flipped(member), path: at } : edited(member, at);
    if (inner !== undefined) return { value: new Map(value).set(name, inner.value), path: inner.path };
  }
  return undefined;
}

function flipped(signature: string): string {
  return (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
}

describe.skipIf(vectors === undefined)(`a store of real sigstore bundles${skippedWithout('vectors')}`, () => {
  const bundles = vectors === undefined ? [] : bundlesOf(vectors);

  it('is read whole, in both containers, and is identical to itself', async () => {
    expect(bundles.length).toBeGreaterThan(60);
    const baseline = join(folder, 'baseline.json');
    const current = join(folder, 'same.ndjson.gz');
    await writeSnapshot(baseline, recordsOf(bundles));
    await writeSnapshot(current, recordsOf(bundles), { depth: 'digest' });
    const report = await compareSnapshots(baseline, current);
    expect(report.headline).toBe(`PASS: ${bundles.length} baseline records intact in 1 tenant; nothing added`);
    expect(report.relation).toBe('identical');
  });

  it('M: one character of one signature is found, and named by its JSON Pointer', async () => {
    const at = bundles.findIndex(({ body }) => edited(body, '') !== undefined);
    const target = bundles[at];
    const change = target === undefined ? undefined : edited(target.body, '/body');
    if (target === undefined || change === undefined) throw new Error('no bundle has a signature');
    const changed = bundles.map((bundle, index) => (index === at ? { ...bundle, body: change.value } : bundle));
    const baseline = join(folder, 'before.ndjson');
    const current = join(folder, 'after.json');
    await writeSnapshot(baseline, recordsOf(bundles));
    await writeSnapshot(current, recordsOf(changed));
    const report = await compareSnapshots(baseline, current);
    expect(report.verdict).toBe('FAIL');
    expect(report.totals).toMatchObject({ matched: bundles.length - 1, modified: 1, missing: 0, added: 0 });
    const [modified] = report.findings.filter(({ kind }) => kind === 'record-modified');
    expect(modified).toMatchObject({ tenant: 'sigstore', stream: 'bundles', id: target.id, path: change.path });
  });
});

/** What lies in the place of an output says by how it begins whether it may be replaced, and by what. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { faultOfReplacing, type OutputKind } from '../../src/files/spared-file.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const path = join(folder, 'output');

const BEGINS: { readonly [kind in Exclude<OutputKind, 'report'>]: readonly (string | Uint8Array)[] } = {
  snapshot: [
    '{"canonical":"RFC8785","capturedAt":',
    '\n{ "version": 1, "kind": "evidence-snapshot"',
    gzipSync('{"canonical":"RFC8785","capturedAt":'),
    // A writer that was broken off leaves a part of one.
    gzipSync(`{"canonical":"RFC8785","capturedAt":${'x'.repeat(50)}`).subarray(0, -9),
  ],
  roots: ['{"kind":"evidence-roots","version":1', ' {\n "kind" : "evidence-roots"'],
  proof: ['{"kind":"evidence-proof"', 'c2sp.org/tlog-proof@v1\n'],
  attestation: ['{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"'],
  index: ['evidence-digest-index v1\n'],
  key: ['-----BEGIN PRIVATE KEY-----\n', '-----BEGIN CERTIFICATE-----\n'],
  profile: ['{"kind":"evidence-profile"'],
  migration: ['{"kind":"evidence-migration"'],
  journal: ['{"body":{"step":"1"},"hash":"00","stream":"upgrade-journal","tenant":"u"}\n'],
};
const KINDS = Object.keys(BEGINS) as (keyof typeof BEGINS)[];

describe.each(KINDS)('a %s', (kind) => {
  it.each(BEGINS[kind])('that begins with %j is replaced by another of its kind alone', (begins) => {
    writeFileSync(path, begins);
    const others = ['report' as const, ...KINDS].filter((other) => other !== kind);
    expect(faultOfReplacing(path, kind)).toBeUndefined();
    for (const other of others) expect(faultOfReplacing(path, other)).toMatch(/^is an? .*, which is not replaced/);
  });
});

it.each([
  '',
  'text',
  '{"kind":"evidence-report"',
  '{"a":"evidence-roots"',
  ' -----BEGIN X-----',
  Uint8Array.of(0x1f, 0x8b),
])('anything else, such as %j, is replaced', (begins) => {
  writeFileSync(path, begins);
  for (const kind of ['report' as const, ...KINDS]) expect(faultOfReplacing(path, kind)).toBeUndefined();
});

it('a link is what it leads to, and a folder or nothing is left to whoever writes', () => {
  writeFileSync(path, BEGINS.key[0] ?? '');
  symlinkSync(path, join(folder, 'link'));
  mkdirSync(join(folder, 'folder'));
  expect(faultOfReplacing(join(folder, 'link'), 'report')).toBe(
    'is a key or a certificate, which is not replaced: remove it, or give another name',
  );
  expect(faultOfReplacing(join(folder, 'folder'), 'report')).toBeUndefined();
  expect(faultOfReplacing(join(folder, 'nothing'), 'report')).toBeUndefined();
});

/** Foreign evidence for tests: files in a folder, a profile, and what comes of both. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EvidenceError } from '../../../src/core/errors.ts';
import { auditSource, type SnapshotAudit } from '../../../src/engine/audit-run.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { FileBytes } from '../../../src/sources/bytes.ts';
import { ImportSource } from '../../../src/sources/items/import-source.ts';
import type { ArchiveTree } from '../../../src/sources/tree/archive-tree.ts';
import { itemsProfileFrom } from '../../../src/wire/profile-items.ts';

/** Places of a profile of version 2. */
export type Places = readonly object[];

/** The files, by their paths under `folder`. */
export function putFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** A source over a file or folder. */
export function importOf(
  input: { readonly file: string } | { readonly folder: string } | { readonly archive: ArchiveTree },
  places: Places,
  sortedInMemoryBytes?: number,
): ImportSource {
  const profile = itemsProfileFrom({ kind: 'evidence-profile', version: 2, name: 'test', items: places }, 'the test');
  return new ImportSource('file' in input ? { bytes: new FileBytes(input.file) } : input, {
    profile,
    profileDigest: '0'.repeat(64),
    platform: nodePlatform,
    ...(sortedInMemoryBytes === undefined ? {} : { sortedInMemoryBytes }),
  });
}

/** The texts of all records, in order. */
export async function recordsOf(source: ImportSource): Promise<readonly string[]> {
  const records: string[] = [];
  try {
    await source.open();
    for (;;) {
      const found = source.next();
      if (found === 'end') break;
      if (found === 'more') await source.fill();
      else records.push(Buffer.from(source.bytes.subarray(source.start, source.end)).toString('utf8'));
    }
    await source.finish();
    return records;
  } finally {
    await source.close();
  }
}

/** What is wrong with a source. */
export async function faultOf(open: () => ImportSource): Promise<EvidenceError> {
  try {
    await recordsOf(open());
  } catch (fault) {
    if (fault instanceof EvidenceError) return fault;
    throw fault;
  }
  throw new Error('nothing is wrong with it');
}

export const auditOf = (source: ImportSource): Promise<SnapshotAudit> => auditSource(source);

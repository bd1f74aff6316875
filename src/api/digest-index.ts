/** Digest indexes by the names of files. */

import { EvidenceError } from '../core/errors.ts';
import type { IndexedSet } from '../core/proof/index-document.ts';
import type { DemandLedger } from '../core/report/demands.ts';
import type { SnapshotAudit } from '../engine/audit-run.ts';
import { IndexedSets, IndexFile } from '../engine/digest-index.ts';
import { indexSource } from '../engine/write-digest-index.ts';
import { WholeFile, type Written } from '../files/write-whole-file.ts';
import { requireOwnOutput, shownPath } from './file-words.ts';
import { openSource } from './open-source.ts';
import { readOptions, text } from './options.ts';
import { DIGEST_INDEX_OPTIONS, type DigestIndexOptions } from './proof-options.ts';
/** What was made of the sets of a source. */
export interface DigestIndex {
  readonly audit: SnapshotAudit;
  /** The sets whose leaves are in it. */
  readonly sets: readonly IndexedSet[];
  /** Null if the source is not sound, or has no records. */
  readonly written: (Written & { readonly path: string }) | null;
}

/** The index at `path`, open, or why there is none: a demand that cannot be settled stands in the report. */
function fileAt(path: string): IndexFile | EvidenceError {
  try {
    return IndexFile.open(path);
  } catch (fault) {
    if (fault instanceof EvidenceError) return fault;
    throw fault;
  }
}

/**
 * The index that is demanded of a comparison.
 *
 * @param named - how many lost leaves of a set are named
 */
export function openIndex(path: string, demands: DemandLedger, named = 1000): IndexedSets {
  return new IndexedSets({ asked: shownPath(path), file: fileAt(path) }, demands, named);
}

/** @throws as `digestIndex` of on-demand-trust.ts says */
export async function digestIndex(name: string, given: DigestIndexOptions): Promise<DigestIndex> {
  const options = readOptions<DigestIndexOptions>(given, DIGEST_INDEX_OPTIONS, 'digestIndex', ['output']);
  const { output, source, ...auditing } = options;
  requireOwnOutput('digestIndex: output', output, [text(name, 'digestIndex: the source')]);
  const opened = await openSource(name, source);
  // Open before anything is read: what cannot be written is found first.
  const file = await WholeFile.open(output);
  try {
    const { audit, sets, written } = await indexSource(opened.source, file, auditing);
    if (written === null) return { audit, sets, written };
    await file.commit();
    return { audit, sets, written: { ...written, path: file.path } };
  } finally {
    await file.close();
  }
}

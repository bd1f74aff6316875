/** Evidence that others wrote in files, made a snapshot or handed out. */
import { isPostgresUrl } from '../core/database-url.ts';
import { type ReadRecord, SnapshotReading } from '../engine/prove.ts';
import { type ResumedCapture, verifyAll } from './capture-snapshot.ts';
import { depthOf } from './open-import.ts';
import { openSource, type SourceOptions } from './open-source.ts';
import { IMPORT_OPTIONS, type ImportRecordsOptions, readOptions, SOURCE_OPTIONS, text } from './options.ts';

function requireFile(source: string, place: string): string {
  const name = text(source, `${place}: the source`);
  if (isPostgresUrl(name)) throw new TypeError(`${place}: the source is a database: verifyAll captures it`);
  return name;
}

/** @throws as `importRecords` of on-demand.ts says */
export async function importRecords(
  source: string,
  rules: NonNullable<SourceOptions['profile']>,
  given: ImportRecordsOptions = {},
): Promise<ResumedCapture> {
  const options = readOptions<ImportRecordsOptions>(given, IMPORT_OPTIONS, 'importRecords');
  const name = requireFile(source, 'importRecords');
  const profile = SOURCE_OPTIONS.profile(rules, 'importRecords: the profile');
  const { output, roots = true, ...rest } = options;
  if (output === undefined) return verifyAll(name, { ...rest, source: { profile } });
  const depth = options.depth ?? (await depthOf(name, profile));
  return verifyAll(name, { ...rest, depth, output, includeMerkleRoots: roots, source: { profile } });
}

/** @throws as `recordsOf` of on-demand.ts says */
export async function* recordsOf(
  source: string,
  rules: NonNullable<SourceOptions['profile']>,
): AsyncGenerator<ReadRecord> {
  const name = requireFile(source, 'recordsOf');
  const opened = await openSource(name, { profile: SOURCE_OPTIONS.profile(rules, 'recordsOf: the profile') });
  yield* await SnapshotReading.open(opened.source);
}

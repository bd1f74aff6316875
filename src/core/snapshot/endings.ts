/** What the name of a file says of the snapshot that is written to it. A reader goes by what is in the file. */
import type { Container } from './framer.ts';

const OF_CONTAINER = {
  json: ['.json'],
  ndjson: ['.ndjson', '.jsonl'],
} satisfies Readonly<Record<Container, readonly string[]>>;

const PACKED = '.gz';
const ENDINGS: readonly string[] = Object.values(OF_CONTAINER).flat();
const PACKED_ENDINGS: readonly string[] = ENDINGS.map((ending) => `${ending}${PACKED}`);

function endsIn(path: string, endings: readonly string[]): boolean {
  const name = path.toLowerCase();
  return endings.some((ending) => name.endsWith(ending));
}

/** Whether what is written to `path` is packed by gzip. */
export function isPackedName(path: string): boolean {
  return endsIn(path, [PACKED]);
}

/** The container that the name of a file means: one JSON object, or else NDJSON. */
export function containerOf(path: string): Container {
  return endsIn(isPackedName(path) ? path.slice(0, -PACKED.length) : path, OF_CONTAINER.json) ? 'json' : 'ndjson';
}

/** Whether `path` ends as the name of a snapshot does. */
export function hasSnapshotEnding(path: string): boolean {
  return endsIn(path, [...ENDINGS, ...PACKED_ENDINGS]);
}

/** The endings and what each means, for a help. */
export const ENDING_WORDS: string = [
  `${OF_CONTAINER.json.join(', ')} is one object`,
  `${OF_CONTAINER.ndjson.join(', ')} or no ending NDJSON`,
  `packed: ${PACKED_ENDINGS.join(', ')}`,
].join('; ');

/** What an input is that is no snapshot, judged by its first bytes, and what to do with it. */

/** What to say of it. */
export interface OtherInput {
  readonly reason: string;
  readonly advice: string;
}

/** How many bytes are looked at: the mark of a tar archive is at 257. */
export const LOOKED_AT_BYTES = 512;

/** Where nothing better is known of it: whoever has looked at all of it says more. */
export const MAKE_ONE = 'what is read are snapshots, and evidence in JSON or CSV: docs/your-evidence.md says how';
const UNPACK = 'give it by its name and not by standard input, or unpack it and give the snapshot in it';

/** Marks of file formats, as their specifications give them: a text in Latin-1, and where it stands. */
const MARKS: readonly (readonly [mark: string, at: number, what: string, advice: string])[] = [
  ['ustar', 257, 'a tar archive', UNPACK],
  ['PK\x03\x04', 0, 'a zip archive', UNPACK],
  ['PK\x05\x06', 0, 'an empty zip archive', UNPACK],
  ['\x28\xb5\x2f\xfd', 0, 'packed with zstd', 'unpack it (`zstd -d`), or pack it with gzip, which is read as it is'],
  ['\xfd7zXZ\0', 0, 'packed with xz', 'unpack it (`xz -d`), or pack it with gzip, which is read as it is'],
  ['BZh', 0, 'packed with bzip2', 'unpack it (`bzip2 -d`), or pack it with gzip, which is read as it is'],
  ['7z\xbc\xaf\x27\x1c', 0, 'a 7z archive', 'unpack it, and give the snapshot in it'],
  ['\x1f\x8b', 0, 'packed with gzip twice', 'unpack it once (`gzip -d`)'],
  ['%PDF-', 0, 'a PDF document', MAKE_ONE],
  ['SQLite format 3\0', 0, 'a SQLite database', MAKE_ONE],
  ['PGDMP', 0, 'a dump of pg_dump', 'restore it, and give the postgres:// URL of the database'],
  ['\xff\xfe', 0, 'text in UTF-16', 'write it as UTF-8'],
  ['\xfe\xff', 0, 'text in UTF-16', 'write it as UTF-8'],
];

function holds(bytes: Uint8Array, start: number, end: number, mark: string): boolean {
  if (start + mark.length > end) return false;
  for (let at = 0; at < mark.length; at++) if (bytes[start + at] !== mark.charCodeAt(at)) return false;
  return true;
}

/** The first line, as far as it was looked at; bytes beyond ASCII are letters of something. */
function firstLine(bytes: Uint8Array, start: number, end: number): string {
  let line = '';
  for (let at = start; at < end && bytes[at] !== 0x0a; at++) line += String.fromCharCode(bytes[at] ?? 0);
  return line;
}

/** What stands in no text: a line with one of these is of some format that is not known here. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are looked for
const CONTROL = /[\0-\x08\x0e-\x1f\x7f]/;

function ofText(line: string): OtherInput {
  if (line.startsWith('[')) return { reason: 'a JSON array, not a snapshot', advice: MAKE_ONE };
  if (line.startsWith('<')) return { reason: 'XML or HTML, not a snapshot', advice: MAKE_ONE };
  const isText = !CONTROL.test(line);
  if (isText && /[,;\t]/.test(line) && !/^["\d-]/.test(line))
    return { reason: 'CSV or other text in columns, not a snapshot', advice: MAKE_ONE };
  return { reason: 'not a snapshot, which begins with a JSON object', advice: MAKE_ONE };
}

/** What `bytes[start, end)`, the beginning of an input that does not begin with a JSON object, is. */
export function otherInput(bytes: Uint8Array, start: number, end: number): OtherInput {
  for (const [mark, at, what, advice] of MARKS) {
    if (holds(bytes, start + at, end, mark)) return { reason: `${what}, not a snapshot`, advice };
  }
  return ofText(firstLine(bytes, start, Math.min(end, start + LOOKED_AT_BYTES)));
}

/** Of a JSON object that has not said that it is a snapshot. */
export const OTHER_OBJECT: OtherInput = {
  reason: 'a JSON object without `kind`, not a snapshot',
  advice: MAKE_ONE,
};

/** Documents of evidence-diff that are taken for snapshots, and where each belongs. */
const BELONGS: ReadonlyMap<string, readonly [what: string, advice: string]> = new Map([
  [
    'evidence-roots',
    ['a file of roots', 'give it to verify-roots: evidence-diff verify-roots --baseline ROOTS --source CURRENT'],
  ],
  [
    'evidence-continuity-report',
    ['a report of a comparison', 'give the two snapshots that it is about; explain reads a report'],
  ],
]);

/**
 * What an object is that says of what kind it is; undefined for a snapshot.
 *
 * @param kind - its member `kind`, as the JSON that is there
 */
export function otherKind(kind: string): OtherInput | undefined {
  const name = /^"(evidence-[a-z-]{1,64})"$/.exec(kind)?.[1];
  if (name === undefined || name === 'evidence-snapshot') return undefined;
  const [what, advice] = BELONGS.get(name) ?? [`of kind ${name}`, MAKE_ONE];
  return { reason: `${what}, not a snapshot`, advice };
}

/** The same of the value in `bytes[start, end)`, and white space behind it. */
export function otherKindAt(bytes: Uint8Array, start: number, end: number): OtherInput | undefined {
  return otherKind(String.fromCharCode(...bytes.subarray(start, Math.min(end, start + LOOKED_AT_BYTES))).trim());
}

/** What to do with a container whose members come in another order; whoever sorts them by name makes such a one. */
export const IN_ORDER =
  "the order is header, records, trailer: `jq 'del(.records, .trailer) + {records, trailer}'` puts a file into it again " +
  '(jq 1.7 or later, which keeps long numbers as they are)';

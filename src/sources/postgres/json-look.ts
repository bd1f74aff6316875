/**
 * JSON that no server vouches for, looked at before anything is captured: text that a profile reads as JSON, and `json`, which
 * keeps what was written (members that come twice). `jsonb` has neither.
 */
import { EvidenceError } from '../../core/errors.ts';
import { MAX_DEPTH } from '../../core/json/cursor.ts';
import { parseJson } from '../../core/json/parse.ts';
import { MOST_RECORD_BYTES } from '../../core/limits.ts';
import { portable, utf8 } from '../../core/platform.ts';
import { counted, grouped } from '../../core/words.ts';
import { quotedName, quotedTable, type Relation } from './catalog.ts';
import { Cells } from './cells.ts';
import { rowCondition } from './key-text.ts';
import { RowCells } from './row-cells.ts';
import { isJsonType, jsonInBody } from './row-columns.ts';
import { RowReader } from './row-reader.ts';
import type { Session } from './session.ts';

/** So much of one column is read; a capture reads all of it. */
const MOST_LOOKED_BYTES = 2 ** 30;
const BATCH_BYTES = 32 * 2 ** 20;
const MOST_BATCH_ROWS = 1000;

/** What was found in the columns of a table. */
export interface JsonLook {
  /** What a capture would refuse: each as a sentence without its end. */
  readonly faults: readonly string[];
  /** What was not looked at, likewise. */
  readonly unseen: readonly string[];
}

/** The columns that are read as JSON and may hold anything. */
function unvouched(relation: Relation): readonly string[] {
  const { profile, columns } = relation;
  const readsText = profile.body !== undefined && 'column' in profile.body && profile.body.as === 'json';
  const isText = (name: string): boolean => readsText && !isJsonType(columns.get(name));
  return jsonInBody(relation, (name) => columns.get(name)?.baseType === 'json' || isText(name));
}

/** The levels of a record around what a column holds: its own, and that of a body made of columns. */
export function levelsAround({ profile: { body } }: Relation): number {
  return body !== undefined && 'columns' in body ? 2 : 1;
}

function faultOf(text: string, maxDepth: number): string | undefined {
  try {
    const bytes = utf8(text);
    parseJson(portable, bytes, 0, bytes.length, { maxDepth });
    return undefined;
  } catch (fault) {
    if (!(fault instanceof EvidenceError)) throw fault;
    const { byteOffset } = fault.where;
    return byteOffset === undefined ? fault.reason : `${fault.reason}, at its byte ${byteOffset}`;
  }
}

/** What is too long for a record has a fault of its own, and is not read. */
async function faultsIn(session: Session, relation: Relation, name: string, largest: number): Promise<string[]> {
  const place = `${session.label} ${relation.label}`;
  const text = `${quotedName(name)}::text`;
  const condition = `${rowCondition(relation.profile)} AND pg_catalog.octet_length(${text}) <= ${MOST_RECORD_BYTES}`;
  const query = {
    text: `SELECT ${text} FROM ${quotedTable(relation.profile)} WHERE ${condition}`,
    values: [],
    columns: 1,
  };
  const batch = Math.max(1, Math.min(MOST_BATCH_ROWS, Math.floor(BATCH_BYTES / Math.max(1, largest))));
  const reader = new RowReader(session, query, batch, place);
  const cells = new RowCells();
  const most = MAX_DEPTH - levelsAround(relation);
  let [rows, first] = [0, ''];
  while (!reader.ended) {
    const row = reader.read();
    if (row === undefined) await reader.wait();
    const fault = row === undefined ? undefined : faultOf(cells.open(row).text(0) ?? 'null', most);
    if (fault === undefined) continue;
    if (rows++ === 0) first = fault;
  }
  return rows === 0 ? [] : [`${counted(rows, 'row has', 'rows have')} no JSON of a record in ${name}: ${first}`];
}

/**
 * Looks at JSON in the columns of `relation` as a capture would read it.
 *
 * @param most - how many bytes of a column are read: of more nothing is, and that is said
 * @throws EvidenceError if the rows cannot be read
 */
export async function lookAtJson(session: Session, relation: Relation, most = MOST_LOOKED_BYTES): Promise<JsonLook> {
  const faults: string[] = [];
  const unseen: string[] = [];
  const place = `${session.label} ${relation.label}`;
  for (const name of unvouched(relation)) {
    const size = `pg_catalog.octet_length(${quotedName(name)}::text)`;
    const sizes = [`coalesce(pg_catalog.sum(${size}), 0)`, `coalesce(pg_catalog.max(${size}), 0)`];
    const from = `FROM ${quotedTable(relation.profile)} WHERE ${rowCondition(relation.profile)}`;
    const text = `SELECT ${sizes.map((one) => `(${one})::text`).join(', ')} ${from}`;
    const cells = new Cells(await session.row({ text, columns: sizes.length, place }), place);
    const [bytes, largest] = [cells.count(0, 'the size of a column'), cells.count(1, 'the size of its largest value')];
    if (bytes <= most) faults.push(...(await faultsIn(session, relation, name, largest)));
    else
      unseen.push(
        `JSON in ${name}, ${grouped(bytes)} bytes of it: up to ${grouped(most)} are read here, and a capture reads all`,
      );
  }
  return { faults, unseen };
}

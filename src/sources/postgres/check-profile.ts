/** What a profile finds in a database, before anything is captured. */
import { EvidenceError } from '../../core/errors.ts';
import { MOST_RECORD_BYTES } from '../../core/limits.ts';
import { placeKey } from '../../core/snapshot/summary.ts';
import { counted } from '../../core/words.ts';
import type { Profile } from '../../wire/profile.ts';
import { type TableProfile, tableLabel, tablesOf } from '../../wire/table-profile.ts';
import { describeTable, mappedColumns, quotedName, quotedTable, type Relation } from './catalog.ts';
import { Cells } from './cells.ts';
import { countRows, type Run } from './census.ts';
import { type PostgresOptions, parseConnection } from './connection-url.ts';
import { identify } from './identity.ts';
import { lookAtJson } from './json-look.ts';
import { identityTexts, placeTexts, rowCondition } from './key-text.ts';
import { comparedByValue, streamIndexOf } from './plan.ts';
import { RowText } from './row-text.ts';
import { Session } from './session.ts';
import { beginCapture } from './transaction.ts';
import { unfitMembers } from './unfit.ts';

export interface ProfileCheck {
  /** Whether a capture with this profile would be possible. */
  readonly ok: boolean;
  /** Whether enough was looked at to say so; where not, `ok` is false, and a line says what was not. */
  readonly complete: boolean;
  /** What was found, a line each. */
  readonly lines: readonly string[];
}

const STALL_MS = 60_000;
/** Behind the count of ids, that of positions and the size of the largest row. */
const FIRST_UNFIT = 3;
const LOCK_TIMEOUT_MS = 10_000;

function unmapped({ profile, columns }: Relation): readonly string[] {
  const { body } = profile;
  if (body !== undefined && 'columns' in body && body.columns === '*') return [];
  const mapped = new Set(mappedColumns(profile));
  return [...columns.keys()].filter((name) => !mapped.has(name));
}

function rowsOf(runs: readonly Run[]): number {
  return runs.reduce((sum, run) => sum + run.rows, 0);
}

function runLines(relation: Relation, runs: readonly Run[]): readonly string[] {
  const rows = rowsOf(runs);
  const tenants = new Set(runs.map(({ tenant }) => tenant)).size;
  const lines = [`  ${counted(rows, 'row')} in ${counted(tenants, 'tenant')} and ${counted(runs.length, 'stream')}`];
  if (relation.profile.chain?.recipeNeeds === undefined) return lines;
  const left = new Set(comparedByValue(runs));
  const whole = runs.reduce((sum, run) => sum + (left.has(placeKey(run)) ? 0 : (run.whole ?? 0)), 0);
  const byValue = rows - whole;
  return [...lines, `  hash recomputed for ${counted(whole, 'row')}, compared by value for ${byValue}`];
}

/** What was found of one table. */
interface TableCheck {
  readonly rows: number;
  readonly lines: readonly string[];
  /** Whether a capture would refuse it, as far as it was looked at. */
  readonly refused: boolean;
  /** Whether something was not looked at. */
  readonly unseen: boolean;
}

async function checkRows(session: Session, relation: Relation, mostJson: number | undefined): Promise<TableCheck> {
  const { selected, printed } = new RowText(relation);
  const { runs } = await countRows(session, relation, selected);
  const lines = await tableLines(session, relation, runs);
  const { largest, faults } = await faultsOfRows(session, relation, printed);
  const json = await lookAtJson(session, relation, mostJson);
  const size = `  the largest row has ${largest} bytes`;
  const found = [...faults, ...json.faults].map((fault) => `  cannot be captured: ${fault}`);
  return {
    rows: rowsOf(runs),
    refused: found.length > 0,
    unseen: json.unseen.length > 0,
    lines: [...lines, size, ...found, ...json.unseen.map((what) => `  not looked at: ${what}`)],
  };
}

async function tableLines(session: Session, relation: Relation, runs: readonly Run[]): Promise<readonly string[]> {
  const index = await streamIndexOf(session, relation);
  const left = unmapped(relation);
  const { where } = relation.profile;
  return [
    ...runLines(relation, runs),
    ...(where === undefined ? [] : [`  only rows where ${where}`]),
    ...(left.length === 0 ? [] : [`  not part of the evidence: ${left.join(', ')}`]),
    `  read ${index === undefined ? 'by one sorted query' : 'stream by stream, by an index'}`,
  ];
}

/** The sizes of what a row has, as the server prints it: a record is somewhat longer, by its names and escapes. */
function sizeText(printed: readonly string[]): string {
  const sizes = printed.map((column) => `coalesce(pg_catalog.octet_length(${quotedName(column)}::text), 0)::bigint`);
  return `pg_catalog.max(${sizes.join(' + ')})::text`;
}

/** What a capture would refuse, or find wrong, in rows that were only counted: each as a sentence. */
async function faultsOfRows(session: Session, relation: Relation, printed: readonly string[]) {
  const { profile, label } = relation;
  const place = `${session.label} ${label}`;
  const from = `FROM ${quotedTable(profile)} WHERE ${rowCondition(profile)}`;
  const twice = (keys: readonly string[]): string =>
    `(SELECT pg_catalog.count(*)::text FROM (SELECT ${keys.join(', ')} ${from} GROUP BY ${keys.map((_, at) => at + 1).join(', ')} HAVING pg_catalog.count(*) > 1) AS twice)`;
  const seq = profile.seq === undefined ? `'0'` : twice([...placeTexts(profile), quotedName(profile.seq)]);
  const unfit = unfitMembers(relation);
  const counts = unfit.map(({ condition }) => `(SELECT pg_catalog.count(*) FILTER (WHERE ${condition})::text ${from})`);
  const asked = [twice(identityTexts(profile)), seq, `(SELECT ${sizeText(printed)} ${from})`, ...counts];
  const row = await session.row({ text: `SELECT ${asked.join(', ')}`, columns: asked.length, place });
  const cells = new Cells(row, place);
  const [ids, seqs] = [cells.count(0, 'the count of ids'), cells.count(1, 'the count of positions')];
  const largest = row[2] === null ? 0 : cells.count(2, 'the size of the largest row');
  return {
    largest,
    faults: [
      ...(ids === 0
        ? []
        : [
            `${counted(ids, 'id comes more than once in its', 'ids come more than once in their')} stream: the id is not unique in this profile`,
          ]),
      ...(seqs === 0
        ? []
        : [
            `${counted(seqs, 'value of seq comes more than once in its', 'values of seq come more than once in their')} stream`,
          ]),
      ...(largest <= MOST_RECORD_BYTES
        ? []
        : [`the largest row has ${largest} bytes, a record at most ${MOST_RECORD_BYTES}: map its digest (bodyDigest)`]),
      ...unfit.flatMap(({ says }, at) => {
        const rows = cells.count(FIRST_UNFIT + at, 'the count of rows that do not fit');
        return rows === 0 ? [] : [`${counted(rows, 'row has', 'rows have')} ${says}`];
      }),
    ],
  };
}

/** Every table in a transaction of its own, so that one that cannot be read does not hide the next. */
async function checkTable(
  session: Session,
  options: PostgresOptions,
  table: TableProfile,
  mostJson: number | undefined,
): Promise<TableCheck> {
  const label = `table ${tableLabel(table)}`;
  try {
    await beginCapture(session, [table], options.lockTimeoutMs ?? LOCK_TIMEOUT_MS);
    await identify(session, options);
    const relation = await describeTable(session, table, options);
    const { lines, ...check } = await checkRows(session, relation, mostJson);
    return { ...check, lines: [`${label}: found`, ...lines] };
  } catch (fault) {
    if (!(fault instanceof EvidenceError) || session.failure !== undefined) throw fault;
    const advice = fault.advice === undefined ? '' : `; ${fault.advice}`;
    return { rows: 0, refused: true, unseen: false, lines: [`${label}: ${fault.kind}: ${fault.reason}${advice}`] };
  } finally {
    if (session.failure === undefined) await session.run('ROLLBACK', 'ROLLBACK');
  }
}

function titleOf({ name, description, assumptions }: Profile): readonly string[] {
  const about = description === '' ? '' : `: ${description}`;
  return [`profile ${name}${about}`, ...assumptions.map((assumption) => `assumed: ${assumption}`)];
}

/**
 * Tries `options.profile` on the database: tables, columns, rights, row counts. Reads no evidence but JSON of which the server
 * does not say what it is (`lookAtJson`).
 *
 * @param mostJson - how many bytes of such JSON of one column are read
 * @throws EvidenceError if the database cannot be reached
 */
export async function checkProfile(url: string, options: PostgresOptions, mostJson?: number): Promise<ProfileCheck> {
  const session = await Session.open(parseConnection(url, options), options.stallMs ?? STALL_MS);
  try {
    const checks: TableCheck[] = [];
    for (const table of tablesOf(options.profile)) checks.push(await checkTable(session, options, table, mostJson));
    const lines = [...titleOf(options.profile), ...checks.flatMap((check) => check.lines)];
    const refused = checks.some((check) => check.refused);
    const unseen = checks.some((check) => check.unseen);
    const isEmpty = checks.every(({ rows }) => rows === 0);
    const nothing = 'cannot be captured: no table has a row, and what has none proves nothing';
    if (isEmpty && !refused) return { ok: false, complete: true, lines: [...lines, nothing] };
    return { ok: !refused && !unseen, complete: refused || !unseen, lines };
  } finally {
    session.close();
  }
}

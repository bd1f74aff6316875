/** What a profile finds in a database, before anything is captured. */
import { EvidenceError } from '../../core/errors.ts';
import type { Profile } from '../../wire/profile.ts';
import { type TableProfile, tableLabel, tablesOf } from '../../wire/table-profile.ts';
import { describeTable, mappedColumns, type Relation } from './catalog.ts';
import { countRows, type Run } from './census.ts';
import { type PostgresOptions, parseConnection } from './connection-url.ts';
import { identify } from './identity.ts';
import { streamIndexOf } from './plan.ts';
import { RowText } from './row-text.ts';
import { Session } from './session.ts';
import { beginCapture } from './transaction.ts';

export interface ProfileCheck {
  /** Whether a capture with this profile would be possible. */
  readonly ok: boolean;
  /** What was found, a line each. */
  readonly lines: readonly string[];
}

const STALL_MS = 60_000;
const LOCK_TIMEOUT_MS = 10_000;

function unmapped({ profile, columns }: Relation): readonly string[] {
  const { body } = profile;
  if (body !== undefined && 'columns' in body && body.columns === '*') return [];
  const mapped = new Set(mappedColumns(profile));
  return [...columns.keys()].filter((name) => !mapped.has(name));
}

function runLines(relation: Relation, runs: readonly Run[]): readonly string[] {
  const rows = runs.reduce((sum, run) => sum + run.rows, 0);
  const tenants = new Set(runs.map(({ tenant }) => tenant)).size;
  const lines = [`  ${rows} rows in ${tenants} tenants and ${runs.length} streams`];
  if (relation.profile.chain?.recipeNeeds === undefined) return lines;
  const whole = runs.reduce((sum, run) => sum + (run.whole ?? 0), 0);
  const byValue = rows - whole;
  return [...lines, `  hash recomputed for ${whole} rows, compared by value for ${byValue}`];
}

async function tableLines(session: Session, relation: Relation): Promise<readonly string[]> {
  const index = await streamIndexOf(session, relation);
  const left = unmapped(relation);
  const { where } = relation.profile;
  return [
    ...runLines(relation, (await countRows(session, relation, new RowText(relation).selected)).runs),
    ...(where === undefined ? [] : [`  only rows where ${where}`]),
    ...(left.length === 0 ? [] : [`  not part of the evidence: ${left.join(', ')}`]),
    `  read ${index === undefined ? 'by one sorted query' : 'stream by stream, by an index'}`,
  ];
}

/** Every table in a transaction of its own, so that one that cannot be read does not hide the next. */
async function checkTable(session: Session, options: PostgresOptions, table: TableProfile): Promise<ProfileCheck> {
  const label = `table ${tableLabel(table)}`;
  try {
    await beginCapture(session, [table], options.lockTimeoutMs ?? LOCK_TIMEOUT_MS);
    await identify(session, options);
    const relation = await describeTable(session, table, options);
    return { ok: true, lines: [`${label}: found`, ...(await tableLines(session, relation))] };
  } catch (fault) {
    if (!(fault instanceof EvidenceError) || session.failure !== undefined) throw fault;
    const advice = fault.advice === undefined ? '' : `; ${fault.advice}`;
    return { ok: false, lines: [`${label}: ${fault.kind}: ${fault.reason}${advice}`] };
  } finally {
    if (session.failure === undefined) await session.run('ROLLBACK', 'ROLLBACK');
  }
}

function titleOf({ name, description, assumptions }: Profile): readonly string[] {
  const about = description === '' ? '' : `: ${description}`;
  return [`profile ${name}${about}`, ...assumptions.map((assumption) => `assumed: ${assumption}`)];
}

/**
 * Tries `options.profile` on the database: tables, columns, rights, row counts. Reads no evidence.
 *
 * @throws EvidenceError if the database cannot be reached
 */
export async function checkProfile(url: string, options: PostgresOptions): Promise<ProfileCheck> {
  const session = await Session.open(parseConnection(url, options), options.stallMs ?? STALL_MS);
  try {
    const lines: string[] = [...titleOf(options.profile)];
    let ok = true;
    for (const table of tablesOf(options.profile)) {
      const check = await checkTable(session, options, table);
      lines.push(...check.lines);
      ok &&= check.ok;
    }
    return { ok, lines };
  } finally {
    session.close();
  }
}

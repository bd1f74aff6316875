/** Opens a capture in the order that makes it safe: transaction, locks, snapshot, catalog, counts, then rows. */
import { EvidenceError } from '../../core/errors.ts';
import { membersOf, pairedPlaces } from '../../core/report/subjects.ts';
import type { NullsRule, SnapshotHeader, Subject } from '../../core/snapshot/header.ts';
import { placeKey } from '../../core/snapshot/summary.ts';
import { isBytes, tablesOf } from '../../wire/table-profile.ts';
import { describeTable, type Relation, requireSameTables } from './catalog.ts';
import { countRows, inOrder, type Run, type ValueCount } from './census.ts';
import type { ConnectionTarget, PostgresOptions, ResumePoint, ResumePoints } from './connection-url.ts';
import { definitionOf } from './definition.ts';
import { Feeds, type RunPlan, type TableFeed } from './feeds.ts';
import { digestOfHeld, identityAt, readsOf, shardMember } from './held-part.ts';
import { captureIdentityOf, type Identity, identify, subjectOf } from './identity.ts';
import { LOCK_TIMEOUT_MS, STALL_MS } from './limits.ts';
import {
  chainRules,
  comparedByValue,
  rangesOf,
  rowsUpTo,
  type StreamIndex,
  streamIndexOf,
  streamRows,
  wholeTable,
} from './plan.ts';
import { RowText } from './row-text.ts';
import { Session } from './session.ts';
import { beginCapture, exportSnapshot, joinSnapshot } from './transaction.ts';

export interface OpenedCapture {
  readonly header: SnapshotHeader;
  readonly runOf: (tenant: string, stream: string) => Run | undefined;
  /** Rows that were counted. */
  readonly records: number;
  /** Rows that are still to be read: the others were read by an earlier run. */
  readonly toRead: number;
  readonly captureIdentity: string | undefined;
  readonly liveIdentity: string;
  /** Streams (see `placeKey`) whose first records an earlier run has read, and which are still as they were. */
  /** The oldest transaction that was in progress at its snapshot. */
  readonly since: string;
  readonly resumed: ReadonlySet<string>;
  readonly feeds: Feeds;
  readonly bytesRead: () => number;
  /** Ends all transactions, if what was read is what was locked. */
  readonly commit: () => Promise<void>;
  /** Ends all connections at once. */
  readonly close: () => void;
}

/** What waits is bytes: more of them at once are fewer questions to the server. */
const MOST_BATCH_ROWS = 1000;
const FEWEST_BATCH_ROWS = 10;
/** What a batch may take in memory, in bytes, as far as the size of rows is known. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** Rows of a part, when streams are read in parts: all of them may be held while they wait for their turn. */
const PART_BATCHES = 4;

/** The tables of a database as one capture sees them. */
export interface Survey {
  readonly identity: Identity;
  readonly relations: readonly Relation[];
}

/** Begins the transaction on `session` and looks at everything but the rows. */
async function survey(session: Session, options: PostgresOptions): Promise<Survey> {
  const tables = tablesOf(options.profile);
  const { held } = options;
  await beginCapture(session, tables, options.lockTimeoutMs ?? LOCK_TIMEOUT_MS, held?.id);
  const identity = identityAt(await identify(session, options), options);
  if (held !== undefined && held.tables !== (await digestOfHeld(session, tables, identity, held))) {
    throw anotherHeld(session.label);
  }
  const relations: Relation[] = [];
  for (const table of tables) relations.push(await describeTable(session, table, options));
  return { identity, relations };
}

function anotherHeld(file: string): EvidenceError {
  const reason =
    'the snapshot is held with other tables locked than are read, or it is not the one of that name: of another server, or of before its restart';
  return new EvidenceError('source-incomplete', reason, {
    where: { file },
    advice:
      'give `snapshot hold` the profile and the server that the snapshot is read by, and give on the name that it prints',
  });
}

function batchSizeFor(relation: Relation, wanted: number | undefined): number {
  if (wanted !== undefined) return wanted;
  const { averageRowBytes } = relation;
  if (averageRowBytes === null) return MOST_BATCH_ROWS;
  return Math.max(FEWEST_BATCH_ROWS, Math.min(MOST_BATCH_ROWS, Math.floor(BATCH_BYTES / (averageRowBytes + 1))));
}

/** Opens sessions as they are asked for, all on one snapshot, and closes them together. */
class Sessions {
  readonly #target: ConnectionTarget;
  readonly #stallMs: number;
  readonly #all: Session[] = [];
  #snapshot: string | undefined;

  constructor(target: ConnectionTarget, stallMs: number) {
    this.#target = target;
    this.#stallMs = stallMs;
  }

  async first(): Promise<Session> {
    const session = await Session.open(this.#target, this.#stallMs);
    this.#all.push(session);
    return session;
  }

  async another(coordinator: Session): Promise<Session> {
    this.#snapshot ??= await exportSnapshot(coordinator);
    const session = await Session.open(coordinator.target, this.#stallMs);
    this.#all.push(session);
    await joinSnapshot(session, this.#snapshot);
    return session;
  }

  bytesRead(): number {
    return this.#all.reduce((sum, session) => sum + session.bytesRead, 0);
  }

  /** The coordinator last: the others see the snapshot that its transaction holds. */
  async commit(): Promise<void> {
    for (const session of [...this.#all].reverse()) await session.run('COMMIT', 'COMMIT');
  }

  close(): void {
    for (const session of this.#all) session.close();
  }
}

interface Plans {
  readonly plans: readonly RunPlan[];
  readonly wholeTables: readonly { readonly relation: Relation; readonly text: RowText }[];
}

interface PlanOptions {
  readonly label: string;
  readonly encoding: string;
  readonly options: PostgresOptions;
  /** Which streams are read, where that is not all of them. */
  readonly isRead: ((run: Run) => boolean) | undefined;
}

interface HowToRead {
  readonly text: RowText;
  readonly index: StreamIndex | undefined;
  readonly values: ValueCount | undefined;
}

function planRun(run: Run, how: HowToRead, taken: ResumePoint | undefined, wanted: PlanOptions): RunPlan {
  const { text, index, values } = how;
  const { encoding, options } = wanted;
  const batch = batchSizeFor(run.relation, options.batchSize);
  const rows = run.rows - (taken?.size ?? 0);
  const plan = { run, text, rows, values };
  if (index === undefined || run.range === undefined) return { ...plan, batchSize: batch, parts: undefined };
  if (rows === 0) return { ...plan, batchSize: batch, parts: [] };
  const range = taken === undefined ? run.range : { first: BigInt(taken.lastSeq) + 1n, last: run.range.last };
  const oneReader = (options.workers ?? 1) === 1;
  const batchSize = oneReader ? batch : batch * PART_BATCHES;
  const ranges = oneReader ? [range] : rangesOf(range, rows, batchSize);
  const parts = ranges.map((part) => streamRows(run, text, index, encoding, part));
  return { ...plan, batchSize, parts };
}

/** How a capture is read where it is one side of a comparison. */
export interface Asked {
  /** How SQL NULL stands in a body made of columns. Default `distinct`. */
  readonly nulls?: NullsRule | undefined;
  /** What the baseline states of itself. */
  readonly against?: Subject | undefined;
}

interface Reading {
  readonly nulls: NullsRule;
  readonly columnsOf: (relation: Relation) => ReadonlySet<string> | undefined;
}

/** The columns that the baseline had of each table; undefined where it names none: then all are read. */
function knownColumns(baseline: Subject, subject: Subject): Reading['columnsOf'] {
  const columns = membersOf(baseline['columns']);
  const was = new Map([...pairedPlaces(baseline, subject)].map(([label, now]) => [now, label]));
  return ({ label }) => {
    const known = membersOf(columns.get(was.get(label) ?? ''));
    return known.size === 0 ? undefined : new Set(known.keys());
  };
}

/** Counts the rows of every table, and finds out how each is read. */
async function countAll(
  session: Session,
  relations: readonly Relation[],
  reading: Reading,
  isRead: ((run: Run) => boolean) | undefined,
) {
  const runs: Run[] = [];
  const how = new Map<Relation, HowToRead>();
  for (const relation of relations) {
    const text = new RowText(relation, reading.nulls, reading.columnsOf(relation));
    const census = await countRows(session, relation, text.selected, isRead);
    runs.push(...census.runs);
    how.set(relation, { text, index: await streamIndexOf(session, relation), values: census.values });
  }
  return { runs, how };
}

function planAll(runs: readonly Run[], how: Map<Relation, HowToRead>, taken: Taken, wanted: PlanOptions): Plans {
  const { isRead = () => true } = wanted;
  const partly = new Set(runs.filter((run) => taken.has(placeKey(run))).map(({ relation }) => relation));
  const hasRows = new Set(runs.filter(isRead).map(({ relation }) => relation));
  const plans = runs.flatMap((run) => {
    const reading = how.get(run.relation);
    if (reading === undefined) throw new RangeError('a run without its table');
    const values = partly.has(run.relation) ? undefined : reading.values;
    const plan = planRun(run, { ...reading, values }, taken.get(placeKey(run)), wanted);
    if (isRead(run)) return [plan];
    // Of a table that is read as a whole all rows come, those of other shards as well.
    return plan.parts === undefined && hasRows.has(run.relation) ? [{ ...plan, passedOver: true }] : [];
  });
  const wholeTables = [...how].flatMap(([relation, { text, index }]) =>
    index === undefined && hasRows.has(relation) ? [{ relation, text }] : [],
  );
  return { plans, wholeTables };
}

/** Lets the first row come at once: a sort of a whole stream would keep both sides waiting for each other in turn. */
async function readByIndex(session: Session): Promise<void> {
  for (const setting of ['enable_sort', 'enable_bitmapscan', 'enable_seqscan']) {
    await session.run(`SET LOCAL ${setting} = off`, 'SET');
  }
}

/** One session for the parts of streams or the first whole table, and further ones where they are needed. */
async function openFeeds(sessions: Sessions, coordinator: Session, { plans, wholeTables }: Plans, wanted: PlanOptions) {
  const hasParts = plans.some(({ parts }) => parts !== undefined && parts.length > 0);
  const forParts = hasParts ? [coordinator] : [];
  const workers = hasParts ? (wanted.options.workers ?? 1) : 0;
  while (forParts.length < workers) forParts.push(await sessions.another(coordinator));
  for (const session of forParts) await readByIndex(session);
  const tables = new Map<string, TableFeed>();
  const free = hasParts ? [] : [coordinator];
  for (const { relation, text } of wholeTables) {
    const query = wholeTable(relation, text, wanted.encoding);
    const session =
      tables.size < wholeTables.length - 1 || free.length === 0 ? await sessions.another(coordinator) : free[0];
    if (session !== undefined) tables.set(relation.label, { session, query });
  }
  return new Feeds(plans, forParts, tables, wanted.label);
}

async function prepare(
  target: ConnectionTarget,
  options: PostgresOptions,
  asked: Asked,
  sessions: Sessions,
): Promise<OpenedCapture> {
  const coordinator = await sessions.first();
  const { identity, relations } = await survey(coordinator, options);
  const { nulls = 'distinct', against = {} } = asked;
  const subject = subjectOf(identity.facts, options.profile, relations);
  const reading = { nulls, columnsOf: knownColumns(against, subject) };
  const isRead = readsOf(options);
  const { runs: counted, how } = await countAll(coordinator, relations, reading, isRead);
  const runs = inOrder(counted, target.label);
  const wanted: PlanOptions = { label: target.label, encoding: identity.encoding, options, isRead };
  const definition = options.mayBeResumed === true ? await definitionOf(coordinator, relations) : undefined;
  const read = { nulls, byValue: comparedByValue(runs) };
  const captureIdentity = captureIdentityOf(identity.liveIdentity, options.profile, relations, read, definition);
  const taken = await stillThere(coordinator, runs, how, captureIdentity, options.resume, identity.transactions.next);
  const feeds = await openFeeds(sessions, coordinator, planAll(runs, how, taken, wanted), wanted);
  const header: SnapshotHeader = {
    // A digest alone is no body: a capture of depth full would promise one.
    depth: relations.some(({ profile: { body } }) => body === undefined || isBytes(body)) ? 'digest' : 'full',
    subject,
    capturedAt: identity.capturedAt,
    tool: null,
    chains: chainRules(relations, runs),
    nulls: nulls === 'distinct' ? nulls : undefined,
    ...(await shardMember(coordinator, identity, options)),
  };
  const byPlace = new Map(runs.map((run) => [placeKey(run), run]));
  const records = runs.reduce((sum, run) => sum + (isRead?.(run) === false ? 0 : run.rows), 0);
  return {
    header,
    captureIdentity,
    since: identity.transactions.oldest,
    resumed: new Set(taken.keys()),
    runOf: (tenant, stream) => byPlace.get(placeKey({ tenant, stream })),
    liveIdentity: identity.liveIdentity,
    records,
    toRead: records - [...taken.values()].reduce((sum, { size }) => sum + size, 0),
    feeds,
    bytesRead: () => sessions.bytesRead(),
    commit: async () => {
      await requireSameTables(coordinator, relations);
      await sessions.commit();
    },
    close: () => sessions.close(),
  };
}

/**
 * Connects and makes everything ready to read rows.
 *
 * @throws EvidenceError that names what stands in the way; no connection stays open then
 */
export async function openCapture(
  target: ConnectionTarget,
  options: PostgresOptions,
  asked: Asked = {},
): Promise<OpenedCapture> {
  const sessions = new Sessions(target, options.stallMs ?? STALL_MS);
  try {
    return await prepare(target, options, asked, sessions);
  } catch (fault) {
    sessions.close();
    throw fault;
  }
}

/*
 * What an earlier run has read and need not be read again: the first records of ordered streams whose head is still
 * there, with as many rows before it as there were, of which none was written since.
 */

/** By `placeKey`. */
export type Taken = ReadonlyMap<string, ResumePoint>;

const NONE: Taken = new Map();

/** Numbers of transactions are compared by their lower 32 bits, and come round after so many. */
const ROUND = 2n ** 32n;
/** Those below are no transactions. */
const FIRST_NORMAL = 3n;

/** The number of the transaction as rows have it; undefined where it does not show which rows were written since. */
function asRowsHaveIt(since: string | undefined, next: string): string | undefined {
  if (since === undefined || !/^[0-9]{1,20}$/.test(since)) return undefined;
  const [was, is] = [BigInt(since), BigInt(next)];
  const short = was % ROUND;
  return was > is || is - was >= ROUND / 4n || short < FIRST_NORMAL ? undefined : String(short);
}

/** Whether the rows are those that were read: as many, none of them written since, and the last with the same hash. */
async function isStillThere(
  session: Session,
  run: Run,
  { size, lastSeq, head }: ResumePoint,
  since: string,
): Promise<boolean> {
  const query = rowsUpTo(run, lastSeq, since);
  const row = await session.row({ ...query, place: `${session.label} ${run.relation.label}` });
  const isHead = typeof run.relation.profile.hash !== 'string' || row[1] === head;
  return row[0] === String(size) && row[2] === '0' && isHead;
}

/**
 * The points of `resume` that still hold in this snapshot; none if they were read from another source.
 *
 * @param how - the index by which a table's streams are read; without one a stream cannot be entered in its middle
 * @throws EvidenceError
 */
async function stillThere(
  session: Session,
  runs: readonly Run[],
  how: ReadonlyMap<Relation, { readonly index: StreamIndex | undefined }>,
  identity: string | undefined,
  resume: ResumePoints | undefined,
  next: string,
): Promise<Taken> {
  const since = asRowsHaveIt(resume?.since, next);
  if (identity === undefined || resume?.identity !== identity || since === undefined) return NONE;
  const byPlace = new Map(runs.map((run) => [placeKey(run), run]));
  const taken = new Map<string, ResumePoint>();
  for (const point of resume.points) {
    const run = byPlace.get(placeKey(point));
    if (run === undefined || how.get(run.relation)?.index === undefined) continue;
    // Rows of a view are of no transaction of their own; and a condition may ask whatever it likes.
    if (run.relation.kind === 'v' || run.relation.profile.where !== undefined) continue;
    if (await isStillThere(session, run, point, since)) taken.set(placeKey(point), point);
  }
  return taken;
}

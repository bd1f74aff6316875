/**
 * What was signed of growing logs, and what may be signed next.
 *
 * "A log MUST not sign any checkpoint which is inconsistent with any checkpoint it previously signed"
 * (c2sp.org/tlog-checkpoint, "Signatures"). So what was signed is remembered by origin, and a tree is signed only if it is
 * shown to begin with the one before: same size and root, or larger and with the same root over its first leaves.
 */
import { EvidenceError } from '../core/errors.ts';
import { canonicalText } from '../core/json/canonical.ts';
import { Fields, type Reading } from '../core/json/fields.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import type { Json } from '../core/json/value.ts';
import type { Hash } from '../core/platform.ts';
import { type Checkpoint, originOfStream } from './signed-note.ts';

const KIND = 'evidence-checkpoint-state';
const STATE: Reading = { what: 'not a state of checkpoints', path: '' };

/** What a state file remembers. */
export interface SignedLogs {
  /** What all origins begin with. */
  readonly begin: string;
  /** From 1; raised by a rollback. */
  readonly attempt: number;
  /** The largest tree that was signed for each origin, of earlier attempts as well. */
  readonly signed: ReadonlyMap<string, Checkpoint>;
}

/** A log as it is now. */
export interface GrowingLog {
  readonly tenant: string;
  readonly stream: string;
  readonly size: number;
  readonly root: Hash;
}

/** Why nothing is signed. */
export interface Refusal {
  readonly kind: 'history-not-prefix' | 'chain-truncated' | 'stream-missing' | 'proof-unavailable' | 'input-changed';
  /** Whether the evidence contradicts what was signed; else that could not be found out. */
  readonly broken: boolean;
  readonly message: string;
}

/** The state as the text of its file; one origin a line. */
export function stateText({ begin, attempt, signed }: SignedLogs): string {
  const trees = [...signed.values()].map((tree) => `    ${canonicalText(jsonFrom(tree))}`);
  const list = trees.length === 0 ? '[]' : `[\n${trees.join(',\n')}\n  ]`;
  const head = [`"kind": ${JSON.stringify(KIND)}`, '"version": 1', `"begin": ${JSON.stringify(begin)}`];
  return `{\n  ${[...head, `"attempt": ${attempt}`, `"signed": ${list}`].join(',\n  ')}\n}\n`;
}

function treeOf(json: Json, reading: Reading): Checkpoint {
  const fields = new Fields(json, reading);
  const tree = { origin: fields.text('origin'), size: fields.count('size'), root: fields.hash('root') };
  fields.end();
  return tree;
}

/**
 * Reads the state that `json` is.
 *
 * @throws EvidenceError `schema-violation`
 */
export function parseState(json: Json): SignedLogs {
  const fields = new Fields(json, STATE);
  fields.literal('kind', KIND);
  fields.literal('version', 1);
  const [begin, attempt] = [fields.text('begin'), fields.count('attempt')];
  const trees = fields.array('signed', treeOf);
  fields.end();
  const signed = new Map(trees.map((tree) => [tree.origin, tree]));
  if (signed.size === trees.length && attempt > 0) return { begin, attempt, signed };
  throw new EvidenceError('schema-violation', `${STATE.what}: an origin stands twice, or its attempt is 0`);
}

/**
 * The state in which `attempt` of `begin` goes on: a new one, or the one that there was.
 *
 * @param attempt - undefined: the one that there was, or the first
 * @throws EvidenceError `input-changed` if the state is of other origins, or the attempt was ended
 */
export function stateFor(
  before: SignedLogs | undefined,
  begin: string | undefined,
  attempt: number | undefined,
): SignedLogs {
  const named = begin ?? before?.begin;
  const refuse = (reason: string, advice: string): never => {
    throw new EvidenceError('input-changed', reason, { advice });
  };
  if (named === undefined) return refuse('it names no system that origins could begin with', 'give --origin ORIGIN');
  if (before === undefined) return { begin: named, attempt: attempt ?? 1, signed: new Map() };
  if (before.begin !== named) {
    refuse(`the state is of the origin ${before.begin}, not of ${named}`, 'give each store a state of its own');
  }
  const wanted = attempt ?? before.attempt;
  if (wanted < before.attempt) refuse(`attempt ${before.attempt} was begun: ${wanted} is closed`, 'give that one');
  return { ...before, attempt: wanted };
}

/** The origin of `log` in the attempt of `state`. */
export function originIn(
  { begin, attempt }: SignedLogs,
  { tenant, stream }: Pick<GrowingLog, 'tenant' | 'stream'>,
): string {
  return originOfStream(begin, tenant, stream, attempt);
}

function refusalOf(was: Checkpoint, is: GrowingLog, rootThen: Hash | undefined): Refusal | undefined {
  const name = `stream ${JSON.stringify(is.stream)} of ${JSON.stringify(is.tenant)}`;
  const signed = `signed for the origin ${was.origin} was size ${was.size} with root ${was.root}`;
  const refuse = (kind: Refusal['kind'], now: string): Refusal => ({
    kind,
    broken: kind !== 'proof-unavailable',
    message: `${name}: ${signed}; ${now}`,
  });
  if (is.size < was.size) return refuse('chain-truncated', `it has ${is.size} records now`);
  const then = is.size === was.size ? is.root : rootThen;
  if (then === undefined) {
    return refuse('proof-unavailable', `that its ${is.size} records begin with these cannot be seen without records`);
  }
  return then === was.root
    ? undefined
    : refuse('history-not-prefix', `the first ${was.size} records have root ${then}`);
}

/**
 * What is to be remembered before `logs` are signed, or why they must not be.
 *
 * @param rootThen - the root over the first leaves of a log, as many as were signed of it; undefined if not seen
 */
export function remembering(
  state: SignedLogs,
  logs: readonly GrowingLog[],
  rootThen: (log: GrowingLog) => Hash | undefined,
): { readonly next: SignedLogs; readonly refused: readonly Refusal[] } {
  const signed = new Map(state.signed);
  const refused: Refusal[] = [];
  for (const log of logs) {
    const origin = originIn(state, log);
    const was = state.signed.get(origin);
    const refusal = was === undefined ? undefined : refusalOf(was, log, rootThen(log));
    if (refusal !== undefined) refused.push(refusal);
    signed.set(origin, { origin, size: log.size, root: log.root });
  }
  return { next: { ...state, signed }, refused: [...refused, ...missing(state, logs)] };
}

/** Logs of this attempt that are not there any more: a log that is gone has shrunk. */
function missing(state: SignedLogs, logs: readonly GrowingLog[]): readonly Refusal[] {
  const there = new Set(logs.map((log) => originIn(state, log)));
  const gone = [...state.signed.keys()].filter((origin) => isOfAttempt(state, origin) && !there.has(origin));
  return gone.map((origin) => ({
    kind: 'stream-missing',
    broken: true,
    message: `the origin ${origin} was signed, and its stream is not there any more`,
  }));
}

/** Names are encoded, so that a fourth part can be nothing but the attempt. */
function isOfAttempt({ begin, attempt }: SignedLogs, origin: string): boolean {
  const [, , suffix] = origin.slice(begin.length + 1).split('/');
  return suffix === (attempt === 1 ? undefined : `attempt-${attempt}`);
}

/** Witnesses of growing logs: checkpoints are submitted to them, and what they cosigned is demanded by a policy. */

import { fromHex, toBase64 } from '../core/base64.ts';
import { EvidenceError } from '../core/errors.ts';
import type { FindingKind } from '../core/kinds.ts';
import type { Hash } from '../core/platform.ts';
import type { Verdict } from '../core/report/report.ts';
import { auditSource } from '../engine/audit-run.ts';
import { LogGrowth } from '../engine/log-growth.ts';
import { exclusively } from '../files/exclusive-lock.ts';
import { httpPost } from '../files/http-get.ts';
import { writeWhole } from '../files/write-whole-file.ts';
import { openJournal } from '../runbook/journal/append-entry.ts';
import { STREAM as JOURNAL_STREAM } from '../runbook/journal/journal.ts';
import type { PublicKey } from '../trust/keys.ts';
import { isOriginOf } from '../trust/origin.ts';
import { type Checkpoint, parseCheckpoint, parseNote } from '../trust/signed-note.ts';
import { TrustError } from '../trust/trust-error.ts';
import {
  aheadIn,
  cosignedAt,
  judgeCheckpoint,
  type PolicyWitness,
  type WitnessPolicy,
} from '../trust/witness-policy.ts';
import { noteAt, policyAt, publicKeyAt } from './key-file.ts';
import { openSource } from './open-source.ts';
import { oneOf, readOptions, text } from './options.ts';
import { WITNESS_OPTIONS, type WitnessOptions } from './proof-options.ts';

const TIMEOUT_MS = 30_000;
const MOST_ANSWER_BYTES = 64 * 1024;

export type WitnessAction = 'add-checkpoint' | 'verify';

interface WitnessFinding {
  readonly kind: FindingKind;
  readonly message: string;
}

/** What witnesses say of a checkpoint. */
export interface WitnessCheck {
  /**
   * PASS: the policy is met. FAIL: a witness has seen another history of the log. UNTRUSTED: the policy is not met, or a
   * signature is bad. INCOMPLETE: a witness could not be asked, and without it the policy is not met.
   */
  readonly verdict: Verdict;
  readonly checkpoint: Checkpoint | null;
  /** Who has cosigned it, by the names of the policy, and when, in seconds since 1970. */
  readonly witnesses: readonly { readonly name: string; readonly time: number }[];
  readonly findings: readonly WitnessFinding[];
}

/** What a witness answered. */
interface Answer {
  readonly witness: PolicyWitness;
  /** The line that it has signed. */
  readonly cosignature?: string;
  /** The size that it knows, if the old size was another one. */
  readonly size?: number;
  readonly finding?: WitnessFinding;
}

function submissionUrl({ name, url = '' }: PolicyWitness): URL {
  const at = URL.canParse(url) ? new URL(`${url.replace(/\/+$/, '')}/add-checkpoint`) : undefined;
  if (at !== undefined && ['http:', 'https:'].includes(at.protocol) && at.username === '' && at.password === '')
    return at;
  throw new EvidenceError('source-incomplete', `the witness ${name} has no URL of http or https`);
}

/** The body of an add-checkpoint request (c2sp.org/tlog-witness). */
function requestOf(old: number, path: readonly Hash[], note: string): Uint8Array {
  const lines = path.map((hash) => `${toBase64(fromHex(hash))}\n`);
  return Buffer.from(`old ${old}\n${lines.join('')}\n${note}`);
}

/** The last cosignature of this very witness on `note` in an answer: no other one of its lines may be bad, and none is kept. */
function cosignatureIn(body: string, { key, name }: PolicyWitness, note: string): string {
  const { text: signed } = parseNote(note);
  const lines = body.split('\n').filter((line) => line.startsWith(`\u2014 ${key.name} `));
  let last: { readonly line: string; readonly time: number } | undefined;
  for (const line of lines) {
    const alone = parseNote(`${signed}\n${line}\n`);
    const time = alone.signatures[0]?.keyId === key.keyId ? cosignedAt(alone, key) : undefined;
    if (time !== undefined && time >= (last?.time ?? 0)) last = { line, time };
  }
  if (last === undefined)
    throw new TrustError('signature-invalid', `the witness ${name} answered without a cosignature by its key`);
  // Kept, it would take the place of one that counts.
  const isAhead = aheadIn(last.time, Date.now());
  if (isAhead !== undefined) throw new TrustError('signature-invalid', `the witness ${name} ${isAhead}`);
  return `${last.line}\n`;
}

/** The size that a witness knows, if that is why it refuses. */
function otherSize(status: number, body: string): number | undefined {
  return status === 409 && /^(0|[1-9][0-9]{0,14})\n$/.test(body) ? Number(body) : undefined;
}

/** @param old - the size that it was asked about */
function answerOf(status: number, body: string, witness: PolicyWitness, note: string, old: number): Answer {
  const { name } = witness;
  if (status === 200) return { witness, cosignature: cosignatureIn(body, witness, note) };
  const refusal = (kind: FindingKind, message: string): Answer => ({ witness, finding: { kind, message } });
  const size = otherSize(status, body);
  // Of trees of one size nothing is to be proven: where it does not know another size by now, it knows another root.
  const isWhole = old === parseCheckpoint(parseNote(note).text).size;
  const isFork = status === 409 && isWhole && (size ?? old) === old;
  if (size !== undefined && !isFork) return { witness, size };
  if (status === 422 || isFork) {
    return refusal(
      'history-not-prefix',
      `the witness ${name} refuses it: what it cosigned of this log is not its beginning`,
    );
  }
  if (status === 404)
    return refusal('proof-unavailable', `the witness ${name} does not know this log: tell its operator`);
  if (status === 403) return refusal('proof-unavailable', `the witness ${name} does not trust the key that signed it`);
  return refusal('proof-unavailable', `the witness ${name} answered with status ${status}`);
}

async function ask(witness: PolicyWitness, old: number, path: readonly Hash[], note: string): Promise<Answer> {
  try {
    const url = submissionUrl(witness);
    const options = { timeoutMs: TIMEOUT_MS, mostBytes: MOST_ANSWER_BYTES, headers: { 'content-type': 'text/plain' } };
    const { status, body } = await httpPost(url, requestOf(old, path, note), options);
    return answerOf(status, Buffer.from(body).toString(), witness, note, old);
  } catch (fault) {
    if (fault instanceof TrustError) return { witness, finding: { kind: fault.kind, message: fault.message } };
    if (!(fault instanceof EvidenceError)) throw fault;
    const message = `the witness ${witness.name} could not be asked: ${fault.reason}`;
    return { witness, finding: { kind: 'proof-unavailable', message } };
  }
}

/** The log of a checkpoint in the evidence that it is of. */
async function growthOf(
  { origin, size, root }: Checkpoint,
  from: readonly number[],
  { snapshot, journal, source, ...auditing }: WitnessOptions,
): Promise<LogGrowth> {
  const logs = new Map<string, LogGrowth>();
  const take = (tenant: string, stream: string, leaf: Hash): void => {
    if (!isOriginOf(origin, tenant, stream)) return;
    const key = JSON.stringify([tenant, stream]);
    const log = logs.get(key) ?? new LogGrowth(size, from);
    logs.set(key, log);
    log.append(leaf);
  };
  if (journal !== undefined) {
    const { entries, leaves, fault } = await openJournal(journal);
    if (fault !== undefined) throw new EvidenceError('input-malformed', fault.message, { where: { file: journal } });
    for (const leaf of leaves) take(entries[0]?.upgrade ?? '', JOURNAL_STREAM, leaf);
  } else if (snapshot !== undefined) {
    const opened = await openSource(snapshot, source);
    const { witnessPolicy: _, trustedKeys: __, ...options } = auditing;
    await auditSource(opened.source, options, ({ tenant, stream, leaf }) => take(tenant, stream, leaf));
  }
  const found = [...logs.values()].find((log) => log.root === root);
  if (found !== undefined) return found;
  const reason = `its ordered streams have none of the origin ${origin} with the root ${root} at size ${size}`;
  throw new EvidenceError('proof-unavailable', reason, { where: { file: snapshot ?? journal ?? '' } });
}

/** Asks once; who knows a size that another proof is needed for is asked once more, with that. */
async function submit(policy: WitnessPolicy, note: string, options: WitnessOptions): Promise<readonly Answer[]> {
  const tree = parseCheckpoint(parseNote(note).text);
  const witnesses = [...policy.witnesses.values()].filter(({ url }) => url !== undefined);
  const first = await Promise.all(witnesses.map((witness) => ask(witness, 0, [], note)));
  const known = first.flatMap(({ size }) => (size === undefined || size > tree.size ? [] : [size]));
  if (known.length === 0) return first.map((answer) => settled(answer, tree));
  let growth: LogGrowth;
  try {
    growth = await growthOf(tree, known, options);
  } catch (fault) {
    return unproven(first, tree, fault);
  }
  return Promise.all(
    first.map(async (answer) => {
      const { size, witness } = answer;
      if (size === undefined || size > tree.size) return settled(answer, tree);
      return settled(await ask(witness, size, growth.pathFrom(size), note), tree);
    }),
  );
}

/** Answers where the evidence shows no growth: that a witness has seen another history stands all the same, and is said. */
function unproven(answers: readonly Answer[], tree: Checkpoint, fault: unknown): readonly Answer[] {
  const all = answers.map((answer) => settled(answer, tree));
  const isBroken = all.some(({ finding }) => finding !== undefined && isBreak(finding));
  if (!isBroken || !(fault instanceof EvidenceError) || fault.kind === 'interrupted') throw fault;
  return all.map((answer, at) => {
    const { witness } = answer;
    if ((answers[at]?.size ?? tree.size + 1) > tree.size) return answer;
    return {
      witness,
      finding: { kind: 'proof-unavailable', message: `the witness ${witness.name}: ${fault.message}` },
    };
  });
}

function isBreak({ kind }: WitnessFinding): boolean {
  return kind === 'history-not-prefix' || kind === 'chain-truncated';
}

/** An answer that leaves nothing to be asked. */
function settled(answer: Answer, tree: Checkpoint): Answer {
  const { size, witness } = answer;
  if (size === undefined) return answer;
  const kind = size > tree.size ? 'chain-truncated' : 'proof-unavailable';
  const message = `the witness ${witness.name} has cosigned size ${size} of this log, and this is size ${tree.size}`;
  return { witness, finding: { kind, message } };
}

/** `note` with what the witnesses have signed; of one witness the last cosignature alone is kept. */
function cosigned(note: string, answers: readonly Answer[]): string {
  const head = note.slice(0, parseNote(note).text.length + 1);
  const fresh = answers.filter(({ cosignature }) => cosignature !== undefined);
  const replaced = fresh.map(({ witness: { key } }) => key);
  const kept = note
    .slice(head.length)
    .split('\n')
    .filter((line) => {
      if (line === '') return false;
      const [signature] = parseNote(`${head}${line}\n`).signatures;
      return !replaced.some(({ name, keyId }) => signature?.name === name && signature.keyId === keyId);
    });
  return `${head}${kept.map((line) => `${line}\n`).join('')}${fresh.map(({ cosignature }) => cosignature).join('')}`;
}

/** A policy, and the keys that stand in for the logs that it does not name. */
interface Known {
  readonly policy: WitnessPolicy;
  readonly keys: readonly PublicKey[];
}

async function knownBy({ witnessPolicy, trustedKeys = [] }: WitnessOptions): Promise<Known> {
  const policy = await policyAt(witnessPolicy);
  const keys: PublicKey[] = [];
  for (const path of trustedKeys) keys.push(await publicKeyAt(path));
  if (keys.length === 0 || policy.logs.length === 0) return { policy, keys };
  throw new TrustError(
    'key-untrusted',
    'the policy names logs, with their keys: leave out the trusted key, or the logs',
  );
}

function judged({ policy, keys }: Known, note: string, found: readonly WitnessFinding[]): WitnessCheck {
  const { checkpoint, witnesses, fault } = judgeCheckpoint(policy, note, Date.now(), keys);
  const isBroken = found.some(isBreak);
  const missed = fault === undefined ? [] : [{ kind: 'key-untrusted' as const, message: fault }];
  const findings = [...found, ...missed];
  if (isBroken) return { verdict: 'FAIL', checkpoint, witnesses, findings };
  if (fault === undefined) return { verdict: 'PASS', checkpoint, witnesses, findings };
  const unasked = found.some(({ kind }) => kind === 'proof-unavailable');
  return { verdict: unasked ? 'INCOMPLETE' : 'UNTRUSTED', checkpoint, witnesses, findings };
}

/**
 * Adds what witnesses have signed to the checkpoint as it lies there now: while they were asked, which takes up to a minute,
 * others may have added theirs, or a larger one may have come, which is never put back.
 *
 * @returns the checkpoint as it is now
 * @throws EvidenceError `input-changed` if there is another checkpoint now
 */
async function kept(path: string, note: string, answers: readonly Answer[]): Promise<string> {
  if (answers.every(({ cosignature }) => cosignature === undefined)) return note;
  return exclusively(`${path}.lock`, async () => {
    const there = await noteAt(path);
    if (parseNote(there).text !== parseNote(note).text) {
      const advice = 'nothing was written: submit the one that is there now';
      const reason = 'another checkpoint has come while witnesses were asked';
      throw new EvidenceError('input-changed', reason, { where: { file: path }, advice });
    }
    const now = cosigned(there, answers);
    if (now !== there) await writeWhole(path, Buffer.from(now));
    return now;
  });
}

async function added(path: string, known: Known, options: WitnessOptions): Promise<WitnessCheck> {
  const note = await noteAt(path);
  // Before anything is sent: whose log it is must be known.
  const { policy, keys } = known;
  const before = judgeCheckpoint({ ...policy, quorum: 'none' }, note, Date.now(), keys);
  if (before.fault !== undefined) throw new TrustError('key-untrusted', before.fault);
  const answers = await submit(policy, note, options);
  return judged(
    known,
    await kept(path, note, answers),
    answers.flatMap(({ finding }) => finding ?? []),
  );
}

/** @throws as `witness` of on-demand-trust.ts says */
export async function witness(action: WitnessAction, path: string, given: WitnessOptions): Promise<WitnessCheck> {
  const what = oneOf<WitnessAction>(['add-checkpoint', 'verify'])(action, 'witness: action');
  text(path, 'witness: the checkpoint');
  const options = readOptions<WitnessOptions>(given, WITNESS_OPTIONS, 'witness', ['witnessPolicy']);
  const { snapshot, journal, source } = options;
  const evidence = [snapshot, journal].filter((one) => one !== undefined).length;
  if (what === 'add-checkpoint' && evidence !== 1) throw new TypeError('witness: give snapshot or journal');
  if (what === 'verify' && evidence > 0) throw new TypeError('witness: verify reads no evidence');
  if (source !== undefined && snapshot === undefined) throw new TypeError('witness: source is about snapshot');
  try {
    const known = await knownBy(options);
    if (what === 'add-checkpoint') return await added(path, known, options);
    return judged(known, await noteAt(path), []);
  } catch (fault) {
    if (!(fault instanceof TrustError)) throw fault;
    const { kind, message } = fault;
    return { verdict: 'UNTRUSTED', checkpoint: null, witnesses: [], findings: [{ kind, message }] };
  }
}

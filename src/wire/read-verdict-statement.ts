/**
 * Reads a statement about a verdict, in each of its three predicates. Members that are not named here are passed over, as
 * in-toto demands of who reads; what is named must be there, and must agree.
 */
import { EvidenceError } from '../core/errors.ts';
import { momentOf } from '../core/instant.ts';
import { Fields, type Reading } from '../core/json/fields.ts';
import type { Json } from '../core/json/value.ts';
import { present } from '../core/present.ts';
import type { Subject } from '../core/snapshot/header.ts';
import { plainOf } from './plain.ts';
import { STATEMENT_TYPE } from './statement.ts';
import {
  type AttestedReport,
  type AttestedSide,
  INPUTS_MEMBER,
  levelsOf,
  type NamedDigest,
  POLICY_URI,
  ROOT_DIGEST,
  resourceUriOf,
  SIDE_NAMES,
  TIME_MEMBER,
  VERDICT_PREDICATES,
  VERIFIER_ID,
  VERIFIER_MEMBER,
  type VerdictPredicate,
  type VerdictStatement,
} from './verdict-statement.ts';

const STATEMENT: Reading = { what: 'not a statement about a verdict', path: '' };

function refuse(why: string): never {
  throw new EvidenceError('schema-violation', `${STATEMENT.what}: ${why}`);
}

const nothing = (): undefined => undefined;

function textOf(json: Json, { what, path }: Reading): string {
  if (typeof json === 'string') return json;
  throw new EvidenceError('schema-violation', `${what} at ${path}: expected a string`);
}

/** Texts in an array. */
function texts(fields: Fields, name: string): readonly string[] {
  return fields.array(name, textOf);
}

function timeIn(fields: Fields, name: string): string {
  const time = fields.text(name);
  return momentOf(time) === undefined ? refuse(`${name} is no RFC 3339 time`) : time;
}

function subjectIn(fields: Fields): Subject {
  const subject = fields.json('subject');
  return subject instanceof Map ? (plainOf(subject) as Subject) : refuse('the subject of a side is no object');
}

function sideIn(fields: Fields): AttestedSide {
  const digest = fields.object('digest');
  const says = fields.object('annotations');
  const sha256 = digest.has('sha256') ? digest.hash('sha256') : null;
  const globalRoot = says.textOrNull('globalRoot') === null ? null : says.hash('globalRoot');
  if (sha256 === null && digest.hash(ROOT_DIGEST) !== globalRoot) refuse('a side has two global roots');
  const signedBy = says.has('signedBy') ? says.hashes('signedBy') : undefined;
  return {
    sha256,
    globalRoot,
    records: says.count('records'),
    capturedAt: says.textOrNull('capturedAt'),
    subject: subjectIn(says),
    ...present({ signedBy }),
  };
}

interface Subjects {
  readonly sides: ReadonlyMap<string, AttestedSide>;
  readonly artifacts: readonly NamedDigest[];
}

function subjectsIn(fields: Fields): Subjects {
  const sides = new Map<string, AttestedSide>();
  const artifacts: NamedDigest[] = [];
  fields.array('subject', (json, reading) => {
    const entry = new Fields(json, reading);
    const name = entry.text('name');
    if (name === SIDE_NAMES.report) return nothing();
    if (name !== SIDE_NAMES.baseline && name !== SIDE_NAMES.current) {
      artifacts.push({ name, sha256: entry.object('digest').hash('sha256') });
    } else if (sides.has(name)) refuse(`it has two subjects ${name}`);
    else sides.set(name, sideIn(entry));
    return nothing();
  });
  return { sides, artifacts };
}

function reportsIn(fields: Fields, member: string): readonly AttestedReport[] {
  const reports = fields.array(member, (json, reading): AttestedReport => {
    const entry = new Fields(json, reading);
    const name = entry.has('name') ? entry.text('name') : undefined;
    const sha256 = entry.object('digest').hash('sha256');
    return { ...present({ name }), mediaType: entry.text('mediaType'), sha256 };
  });
  return reports.length === 0 ? refuse('it names no report') : reports;
}

type Policy = Pick<VerdictStatement, 'verdict' | 'mode' | 'relation' | 'reasons' | 'policySha256'>;

function policyIn(fields: Fields): Policy {
  fields.literal('uri', POLICY_URI);
  const policySha256 = fields.object('digest').hash('sha256');
  const says = fields.object('annotations');
  return {
    verdict: says.oneOf('result', ['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED']),
    mode: says.oneOf('mode', ['append', 'frozen']),
    relation: says.oneOf('relation', ['identical', 'extended', 'migrated', 'broken', 'unknown']),
    reasons: texts(says, 'reasons'),
    policySha256,
  };
}

/** The one policy in a list of them. */
function onlyPolicy(fields: Fields, name: string): Policy {
  const [policy, ...others] = fields.array(name, (json, reading) => policyIn(new Fields(json, reading)));
  return policy === undefined || others.length > 0
    ? refuse(`${name} holds another number of policies than one`)
    : policy;
}

type Predicate = Policy & {
  readonly verifiedAt: string;
  readonly reports: readonly AttestedReport[];
  /** What it says in the words of the predicate: whether it passed, and the names of what did. */
  readonly passed: boolean;
  readonly levels: readonly string[];
  /** The store that it names besides its subjects, if the predicate has a member for it. */
  readonly store?: string;
};

function vsaIn(fields: Fields): Predicate {
  fields.object('verifier').literal('id', VERIFIER_ID);
  return {
    ...policyIn(fields.object('policy')),
    verifiedAt: timeIn(fields, 'timeVerified'),
    store: fields.text('resourceUri'),
    reports: reportsIn(fields, 'inputAttestations'),
    passed: fields.oneOf('verificationResult', ['PASSED', 'FAILED']) === 'PASSED',
    levels: texts(fields, 'verifiedLevels'),
  };
}

function svrIn(fields: Fields): Predicate {
  const verifier = fields.object('verifier');
  verifier.literal('id', VERIFIER_ID);
  return {
    ...onlyPolicy(verifier, 'policies'),
    verifiedAt: timeIn(fields, 'timeCreated'),
    reports: reportsIn(fields, INPUTS_MEMBER),
    passed: true,
    levels: texts(fields, 'properties'),
  };
}

function testResultIn(fields: Fields): Predicate {
  fields.literal(VERIFIER_MEMBER, VERIFIER_ID);
  const passed = fields.oneOf('result', ['PASSED', 'FAILED']) === 'PASSED';
  const levels = texts(fields, 'passedTests');
  const failed = texts(fields, 'failedTests');
  if (passed && failed.length > 0) refuse('it says PASSED, and names what failed');
  return {
    ...onlyPolicy(fields, 'configuration'),
    verifiedAt: timeIn(fields, TIME_MEMBER),
    reports: reportsIn(fields, INPUTS_MEMBER),
    passed,
    levels: passed ? levels : ['FAILED'],
  };
}

const READERS: Readonly<Record<VerdictPredicate, (fields: Fields) => Predicate>> = {
  vsa: vsaIn,
  svr: svrIn,
  'test-result': testResultIn,
};

/** What makes a PASS of it, besides the word: nothing in it may say otherwise. */
function requirePass(statement: VerdictStatement): void {
  const { relation, reasons, baseline, current } = statement;
  if (relation === 'broken' || relation === 'unknown') refuse(`it says PASS, and the relation is ${relation}`);
  if (reasons.length > 0) refuse('it says PASS, and names what stands against it');
  if (baseline === undefined || current === undefined) refuse('it says PASS of one side alone');
  else if (baseline.records === 0 || current.records === 0) refuse('it says PASS of no record');
}

/**
 * The statement that `json` is.
 *
 * @throws EvidenceError `schema-violation` for anything else, for a statement of another verifier, and for one that
 *   contradicts itself
 */
export function parseVerdictStatement(json: Json): VerdictStatement {
  const fields = new Fields(json, STATEMENT);
  fields.literal('_type', STATEMENT_TYPE);
  const type = fields.oneOf('predicateType', Object.values(VERDICT_PREDICATES));
  const { sides, artifacts } = subjectsIn(fields);
  const names = Object.keys(VERDICT_PREDICATES) as VerdictPredicate[];
  const predicate = names.find((name) => VERDICT_PREDICATES[name] === type) ?? refuse('its predicate is not known');
  const { passed, levels, store, ...said } = READERS[predicate](fields.object('predicate'));
  const [baseline, current] = [sides.get(SIDE_NAMES.baseline), sides.get(SIDE_NAMES.current)];
  const statement: VerdictStatement = { predicate, ...said, artifacts, ...present({ baseline, current }) };
  if (passed !== (said.verdict === 'PASS')) refuse(`its result and the verdict ${said.verdict} contradict each other`);
  const expected = passed ? levelsOf(statement) : ['FAILED'];
  if (levels.join() !== expected.join()) refuse('its levels are not those of its verdict');
  if (store !== undefined && store !== resourceUriOf(statement))
    refuse('its resourceUri is another than its subjects name');
  if (passed) requirePass(statement);
  return statement;
}

/**
 * Rows of a findings ledger as a platform writes them: made by chance from a seed, equal on every machine.
 *
 * Every number in a body is spelled as jsonb keeps it (no exponents, no minus zero; zeros at the end of a fraction
 * stay), so that a hash made from the text here is the hash of what the column gives back.
 */
import { createHash } from 'node:crypto';
import { canonicalize } from '../../src/api/canonicalize.ts';
import { Chance, compareBytes } from '../tamper/value.ts';

export const EVENT_TYPES = [
  'finding.discovered',
  'finding.attachment_added',
  'finding.closed',
  'status.changed',
  'verdict.changed',
  'vex.applied',
  'airgap.bundle_imported',
] as const;

type EventType = (typeof EVENT_TYPES)[number];

export interface LedgerPlan {
  /** Over all chains; the first tenant and the first chain of a tenant have the most. */
  readonly rows: number;
  /** Default 5. */
  readonly tenants?: number;
  /** Default 2. */
  readonly chainsPerTenant?: number;
  /** Default `ledger`; the same seed gives the same rows. */
  readonly seed?: string;
  /** Whether event_body is the whole envelope that event_hash is of, or its payload alone. Default true. */
  readonly wholeEnvelope?: boolean;
  /** For databases that are not UTF-8. Default false. */
  readonly asciiOnly?: boolean;
  /** Rows that each chain has grown by since. Default 0. */
  readonly appended?: number;
}

export interface LedgerRow {
  readonly tenantId: string;
  readonly chainId: string;
  readonly sequenceNo: number;
  readonly eventId: string;
  readonly eventType: string;
  readonly policyVersion: string;
  readonly findingId: string;
  readonly artifactId: string;
  readonly sourceRunId: string | null;
  readonly actorId: string;
  readonly actorType: string;
  /** In microseconds since 1970, UTC. */
  readonly occurredAtUs: number;
  /** In microseconds since 1970, UTC. */
  readonly recordedAtUs: number;
  /** JSON text. */
  readonly eventBody: string;
  readonly eventHash: string;
  readonly previousHash: string;
  readonly merkleLeafHash: string;
}

export interface LedgerChain {
  readonly tenantId: string;
  readonly chainId: string;
  readonly policyVersion: string;
  /** Without those appended. */
  readonly rows: number;
}

/** Their order by bytes is not their order by any locale. */
const TENANTS = ['acme', 'Zenith', 'acme-eu', 'acmeeu', 'Ærø'];
const ASCII_TENANTS = ['acme', 'Zenith', 'acme-eu', 'acmeeu', 'Aero'];
const PEOPLE = ['ines', 'okonkwo', 'Zoë', 'renée@example.test', '李雷'];
const COMMENTS = [
  'accepted until the next release',
  'naïve façade — see "advisory" \\ note',
  'de\u0301ja\u0300 vu, not déjà vu',
  'line one\nline two\ttabbed',
  'עברית و العربية',
  '🛡️ patched 👩‍🚀 \u2028 separator',
  '',
];
const ASCII_COMMENTS = ['accepted until the next release', 'see "advisory" \\ note', 'line one\nline two', ''];
const SEVERITIES = ['low', 'medium', 'high', 'critical'];
const STATES = ['affected', 'triaged', 'accepted_risk', 'resolved', 'unknown'];
const ACTOR_TYPES = ['system', 'operator', 'integration'];

/** 2027-03-01T00:00:00Z in microseconds. */
const EPOCH_US = 1_803_859_200_000_000;

const ZERO_HASH = '0'.repeat(64);

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** 32 hex digits with hyphens. */
export function uuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

const FOUR_HEX_DIGITS = Array.from({ length: 65_536 }, (_, at) => at.toString(16).padStart(4, '0'));

export function hexOf(chance: Chance, digits: number): string {
  let made = '';
  while (made.length < digits) made += FOUR_HEX_DIGITS[chance.below(65_536)];
  return made.slice(0, digits);
}

/** A time as PostgreSQL prints it with TimeZone UTC: no zeros at the end of the fraction, none for a whole second. */
export function sqlTime(us: number): string {
  const second = new Date(Math.floor(us / 1_000_000) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const fraction = String(us % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${second}${fraction === '' ? '' : `.${fraction}`}+00`;
}

/** The same time as RFC 3339. */
export function rfc3339(us: number): string {
  return sqlTime(us).replace(' ', 'T').replace('+00', 'Z');
}

/** The envelope has milliseconds, the columns have microseconds. */
function envelopeTime(us: number): string {
  return new Date(Math.floor(us / 1000)).toISOString();
}

export function tenantNames({ tenants = 5, asciiOnly = false }: Pick<LedgerPlan, 'tenants' | 'asciiOnly'>): string[] {
  const known = asciiOnly ? ASCII_TENANTS : TENANTS;
  return Array.from({ length: tenants }, (_, at) => known[at] ?? `tenant-${String(at + 1).padStart(4, '0')}`);
}

/** `total` in `parts` whole parts, each smaller than the one before as long as there is enough. */
function shares(total: number, parts: number): number[] {
  const weights = Array.from({ length: parts }, (_, at) => 1 / (at + 2));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const whole = weights.map((weight) => Math.floor((total * weight) / sum));
  const rest = total - whole.reduce((all, share) => all + share, 0);
  return whole.map((share, at) => (at < rest ? share + 1 : share));
}

/** The chains of a ledger, in the order of a snapshot. */
export function chainsOf(plan: LedgerPlan): readonly LedgerChain[] {
  const { rows, chainsPerTenant = 2, seed = 'ledger' } = plan;
  const names = tenantNames(plan);
  const ofTenant = shares(rows, names.length);
  const chains = names.flatMap((tenantId, tenantAt) =>
    shares(ofTenant[tenantAt] ?? 0, chainsPerTenant).map((count, chainAt) => {
      const policyVersion = sha256(`${seed} policy ${chainAt}`);
      return { tenantId, chainId: uuid(sha256(`${tenantId}:${policyVersion}`)), policyVersion, rows: count };
    }),
  );
  return chains.sort((a, b) => compareBytes(a.tenantId, b.tenantId) || compareBytes(a.chainId, b.chainId));
}

const text = (value: string): string => JSON.stringify(value);

/** `0.10`, `7.00`: zeros at the end are part of what was written. */
function decimal(chance: Chance, whole: number, digits: number): string {
  return `${chance.below(whole)}.${String(chance.below(10 ** digits)).padStart(digits, '0')}`;
}

/** Beyond 2^53: a double would round it. */
function bigInteger(chance: Chance): string {
  return `9007${chance.between(100_000, 999_999)}${chance.between(1_000_000, 9_999_999)}1`;
}

class EventMaker {
  readonly #chance: Chance;
  readonly #comments: readonly string[];
  readonly #people: readonly string[];
  /** Members of an object whose order by UTF-16 is not their order by UTF-8. */
  readonly #members: string;

  constructor(chance: Chance, asciiOnly: boolean) {
    this.#chance = chance;
    this.#comments = asciiOnly ? ASCII_COMMENTS : COMMENTS;
    this.#people = asciiOnly ? PEOPLE.slice(0, 2) : PEOPLE;
    this.#members = asciiOnly ? '"zz":1,"b":2' : '"\ufb00":1,"😀":2';
  }

  person(): string {
    return this.#chance.pick(this.#people);
  }

  payload(type: EventType): string {
    const chance = this.#chance;
    const comment = text(chance.pick(this.#comments));
    switch (type) {
      case 'finding.discovered':
        return `{"severity":"${chance.pick(SEVERITIES)}","score":${decimal(chance, 10, 2)},"seenAtNs":${bigInteger(chance)},"paths":[["root",["dep-${chance.below(90)}",[]]],["root"]]}`;
      case 'finding.attachment_added':
        return `{"name":"report-${chance.below(9000)}.pdf","sizeBytes":${bigInteger(chance)},"digest":"sha256:${hexOf(chance, 64)}","note":${comment}}`;
      case 'finding.closed':
        return `{"reason":${comment},"labels":{},"evidence":[],"follow":null,"automatic":${chance.below(2) === 0}}`;
      case 'status.changed':
        return `{"from":"${chance.pick(STATES)}","to":"${chance.pick(STATES)}","comment":${comment},"severity":${decimal(chance, 10, 3)}}`;
      case 'verdict.changed':
        return `{"risk":0.0000${chance.between(10, 99)}0,"delta":-${chance.below(3)}.${String(chance.between(1, 9999)).padStart(4, '0')},"weights":[0.10,1.000,${decimal(chance, 2, 5)}],"total":${bigInteger(chance)}${bigInteger(chance)}}`;
      case 'vex.applied':
        return `{"statement":{"status":"not_affected","why":${comment},"bb":1,"a":{${this.#members}}},"products":["pkg:npm/a@1.${chance.below(9)}","pkg:npm/b"]}`;
      case 'airgap.bundle_imported':
        return `{"airgap":{"bundle":{"bundleId":"${uuid(hexOf(chance, 32))}","merkleRoot":"${hexOf(chance, 64)}","importOperator":${text(this.person())},"bytes":${bigInteger(chance)}}}}`;
    }
  }
}

function eventId(us: number, chance: Chance): string {
  const time = Math.floor(us / 1000)
    .toString(16)
    .padStart(12, '0');
  return uuid(`${time}7${hexOf(chance, 3)}8${hexOf(chance, 15)}`);
}

/** Whole seconds and milliseconds come too, so that fractions of every length are there. */
function later(us: number, chance: Chance): number {
  const unit = chance.pick([1, 1, 10, 1000, 1_000_000]);
  const next = us + 1 + chance.below(40_000_000);
  return next + ((unit - (next % unit)) % unit);
}

/** The rows of one chain by sequence_no, from the first. */
export function* rowsOfChain(chain: LedgerChain, plan: LedgerPlan): Generator<LedgerRow> {
  const { seed = 'ledger', asciiOnly = false, wholeEnvelope = true, appended = 0 } = plan;
  const { tenantId, chainId, policyVersion } = chain;
  const chance = new Chance(`${seed} ${tenantId} ${chainId}`);
  const maker = new EventMaker(chance, asciiOnly);
  let previousHash = ZERO_HASH;
  let recordedAtUs = EPOCH_US;
  for (let sequenceNo = 1; sequenceNo <= chain.rows + appended; sequenceNo++) {
    const occurredAtUs = later(recordedAtUs, chance);
    recordedAtUs = later(occurredAtUs, chance);
    const eventType = chance.pick(EVENT_TYPES);
    const id = eventId(recordedAtUs, chance);
    const vulnId = `CVE-2027-${chance.between(1000, 99_999)}`;
    const artifactId = `sha256:${hexOf(chance, 64)}`;
    const findingId = `${artifactId}|${vulnId}`;
    const actorType = chance.pick(ACTOR_TYPES);
    const actorId = actorType === 'operator' ? maker.person() : `${actorType}-${chance.below(9)}`;
    const payload = maker.payload(eventType);
    const envelope =
      `{"event":{"id":"${id}","type":"${eventType}","tenant":${text(tenantId)},"chainId":"${chainId}",` +
      `"sequence":${sequenceNo},"policyVersion":"${policyVersion}",` +
      `"finding":{"id":${text(findingId)},"artifactId":"${artifactId}","vulnId":"${vulnId}"},` +
      `"actor":{"id":${text(actorId)},"type":"${actorType}"},"occurredAt":"${envelopeTime(occurredAtUs)}",` +
      `"recordedAt":"${envelopeTime(recordedAtUs)}","payload":${payload}}}`;
    const eventHash = sha256(canonicalize(Buffer.from(envelope)));
    yield {
      tenantId,
      chainId,
      sequenceNo,
      eventId: id,
      eventType,
      policyVersion,
      findingId,
      artifactId,
      sourceRunId: chance.below(4) === 0 ? null : uuid(hexOf(chance, 32)),
      actorId,
      actorType,
      occurredAtUs,
      recordedAtUs,
      eventBody: wholeEnvelope ? envelope : payload,
      eventHash,
      previousHash,
      merkleLeafHash: sha256(`${eventHash}-${sequenceNo}`),
    };
    previousHash = eventHash;
  }
}

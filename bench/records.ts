/** Makes the records of a snapshot one by one, in its order, as canonical JSON text of about 300 bytes. */
import { hash } from 'node:crypto';
import { SeededRandom } from './random.ts';

export interface StreamPlan {
  readonly tenant: string;
  readonly stream: string;
  readonly ordered: boolean;
  /** How many of its records are in the baseline, and how many more in the current snapshot. */
  readonly records: number;
  readonly added: number;
}

export interface MadeRecord {
  /** Canonical JSON text. */
  readonly text: string;
  readonly type: string;
  readonly hash: string | null;
  readonly seq: number | undefined;
  /** Whether it came after the baseline. */
  readonly isNew: boolean;
}

/** Growth of the current snapshot, unless another is asked for: one record for each hundred. */
export const USUAL_GROWTH = 0.01;
const TENANTS: readonly string[] = ['acme', 'globex', 'initech', 'umbrella'];
/** A tenant's streams, by name, with their share of its records. */
const STREAMS: readonly (readonly [name: string, ordered: boolean, share: number])[] = [
  ['custody-index', true, 0.1],
  ['evidence-locker/bundles', false, 0.6],
  ['findings-ledger/5f3c', true, 0.3],
];
const ZEROS = '0'.repeat(64);
/** Two in a hundred texts are not ASCII, as names in real evidence are not. */
const PEOPLE: readonly string[] = [...new Array<string>(49).fill('Ann Example'), 'Zoë Müller'];
const SEVERITIES: readonly string[] = ['critical', 'high', 'medium', 'low'];
const FORMATS: readonly string[] = ['cyclonedx-1.6', 'spdx-2.3', 'in-toto-1.0'];

/**
 * How `records` spread over tenants and streams, in the order of a snapshot.
 *
 * @param growth - how many come for each
 */
export function planStreams(records: number, growth: number): readonly StreamPlan[] {
  const plans: StreamPlan[] = [];
  let left = records;
  for (const tenant of TENANTS) {
    for (const [stream, ordered, share] of STREAMS) {
      const isLast = plans.length === TENANTS.length * STREAMS.length - 1;
      const size = isLast ? left : Math.floor((records / TENANTS.length) * share);
      left -= size;
      plans.push({ tenant, stream, ordered, records: size, added: Math.round(size * growth) });
    }
  }
  return plans;
}

/** The records of one stream, those that the current snapshot has more among them. */
export function* recordsOf(plan: StreamPlan, seed: number): Generator<MadeRecord> {
  yield* plan.ordered ? chainOf(plan, new SeededRandom(seed)) : setOf(plan, new SeededRandom(seed));
}

function recordedAt(position: number): string {
  return `${new Date(Date.UTC(2026, 0, 1) + position * 1000).toISOString().slice(0, -1)}417Z`;
}

/** A custody chain grows at its end; `hash` is SHA-256 of `prev` and the body (recipe sha256-prev-body). */
function* chainOf(plan: StreamPlan, random: SeededRandom): Generator<MadeRecord> {
  const { tenant, stream } = plan;
  let prev = ZEROS;
  for (let seq = 1; seq <= plan.records + plan.added; seq++) {
    const type = random.pick(['finding.closed', 'finding.opened', 'vex.decision']);
    const cve = `CVE-2026-${10_000 + random.below(90_000)}`;
    const score = random.below(101) / 10;
    const body = `{"by":"${random.pick(PEOPLE)}","cve":"${cve}","score":${score},"severity":"${random.pick(SEVERITIES)}"}`;
    const id = `${stream.slice(0, 2)}-${random.hex(12)}-${seq}`;
    const digest = hash('sha256', prev + body, 'hex');
    const custody = `"hash":"${digest}","id":"${id}","prev":"${prev}","recordedAt":"${recordedAt(seq)}","seq":${seq}`;
    const text = `{"body":${body},${custody},"stream":"${stream}","tenant":"${tenant}","type":"${type}"}`;
    yield { text, type, hash: digest, seq, isNew: seq > plan.records };
    prev = digest;
  }
}

/** A set is sorted by id and grows anywhere. */
function* setOf(plan: StreamPlan, random: SeededRandom): Generator<MadeRecord> {
  const { tenant, stream } = plan;
  const total = plan.records + plan.added;
  let added = 0;
  for (let position = 0; position < total; position++) {
    // Spread evenly, so that the count comes out exact.
    const isNew = Math.floor(((position + 1) * plan.added) / total) > added;
    if (isNew) added++;
    const type = random.pick(['attestation', 'provenance', 'sbom']);
    const id = `bundle-${position.toString(16).padStart(8, '0')}-${random.hex(8)}`;
    const signed = random.onceIn(2);
    const body = `{"components":${random.below(900)},"format":"${random.pick(FORMATS)}","signed":${signed}}`;
    const attrs = `{"status":"stored","storageKey":"${tenant}/${random.hex(16)}"}`;
    const rest = `"id":"${id}","recordedAt":"${recordedAt(position)}","stream":"${stream}","tenant":"${tenant}"`;
    yield {
      text: `{"attrs":${attrs},"body":${body},${rest},"type":"${type}"}`,
      type,
      hash: null,
      seq: undefined,
      isNew,
    };
  }
}

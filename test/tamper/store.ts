/** A believable store of evidence, made from a seed: tenants, custody chains, sets, hostile names and contents. */
import { createHash } from 'node:crypto';
import { Chance, compareBytes, copyOf, fromPlain, jsonText, type Members, RawNumber, type Value } from './value.ts';

export interface StoreRecord {
  tenant: string;
  stream: string;
  id: string;
  seq?: number;
  type: string;
  recordedAt?: string;
  prev?: string | null;
  hash?: string;
  attrs?: Map<string, string>;
  body?: Members;
  bodyDigest?: string;
  /** Members that no record has, and members a second time; written after the others. */
  extra?: [name: string, value: Value][];
}

export type RecipeName = 'sha256-jcs-body' | 'sha256-prev-body' | 'none';

export interface Rule {
  readonly genesis: string;
  readonly recipe: RecipeName;
  readonly firstSeq: number;
}

export interface Store {
  readonly seed: number;
  /** Stream name, or a prefix and `*`, to the rule of its chain. */
  readonly rules: ReadonlyMap<string, Rule>;
  /** In the order of a snapshot. */
  readonly records: StoreRecord[];
}

const TENANTS = [
  'acme',
  'Zürich GmbH',
  '__proto__',
  '多企業',
  'acme ',
  '\u{1f600}-corp',
  '\ufb33',
  'tab\tand "quotes"',
  'ACME',
];
const TYPES = ['finding.opened', 'finding.closed', 'sbom', 'attestation', 'constructor', 'décision/é~1'];
const HOSTILE = [
  '<script>alert(1)</script>',
  '\u202egnp.exe',
  '\u0000\u001b[31m',
  "'; DROP TABLE evidence; --",
  '=1+1',
  '\u2028',
  'ﷺ',
];
const ZEROS = '0'.repeat(64);

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function bodyDigestOf(body: Value): string {
  return `sha256:${sha256(jsonText(body))}`;
}

/** The rule of a stream: its own name first, else the one pattern that these stores have. */
export function ruleOf(store: Pick<Store, 'rules'>, stream: string): Rule | undefined {
  return (
    store.rules.get(stream) ??
    (stream.startsWith('findings-ledger/') ? store.rules.get('findings-ledger/*') : undefined)
  );
}

/** What the source stores as `hash`; where the recipe is not known, something of its own. */
export function hashOf(store: Pick<Store, 'rules'>, record: StoreRecord): string {
  const body = record.body === undefined ? '' : jsonText(record.body);
  const recipe = ruleOf(store, record.stream)?.recipe;
  if (recipe === 'sha256-jcs-body' || record.seq === undefined) return sha256(body);
  if (recipe === 'sha256-prev-body') return sha256(`${record.prev ?? ''}${body}`);
  return sha256(`of its own\n${record.prev ?? ''}\n${body}`);
}

export function genesisOf(store: Pick<Store, 'rules'>, stream: string): string | null {
  const genesis = ruleOf(store, stream)?.genesis ?? 'zeros';
  return genesis === 'null' ? null : genesis === 'zeros' ? ZEROS : genesis;
}

/** Every kind of value that an edit looks for stands in every body. */
export function makeBody(chance: Chance): Members {
  return fromPlain({
    text: `Öffnung №${chance.below(1000)} ${chance.pick(HOSTILE)}`,
    composed: `Amélie ${chance.hex(4)}`,
    count: chance.between(1, 1_000_000),
    big: new RawNumber('9007199254740993'),
    price: new RawNumber('10.5000000000000000001'),
    far: new RawNumber('1e400', '1e+400'),
    half: new RawNumber('2.50', '2.5'),
    zero: 0,
    nothing: null,
    empty: '',
    zeroText: '0',
    flag: chance.below(2) === 0,
    list: [chance.below(9), chance.hex(6), null, [], { deep: [1, 2, 3] }],
    nested: { severity: 'high', cve: `CVE-2027-${chance.between(1000, 9999)}`, inner: { a: 'ab', b: 'c' } },
    none: {},
  }) as Members;
}

function recordedAt(chance: Chance): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const micros = String(chance.between(1, 999_998)).padStart(6, '0');
  return `2027-02-${two(chance.between(1, 28))}T${two(chance.between(2, 22))}:${two(chance.below(60))}:00.${micros}Z`;
}

/** A record as its source makes it, without position and links. */
export function makeRecord(chance: Chance, tenant: string, stream: string, id: string): StoreRecord {
  return {
    tenant,
    stream,
    id,
    type: chance.pick(TYPES),
    recordedAt: recordedAt(chance),
    attrs: new Map([
      ['status', chance.pick(['open', 'closed'])],
      ['storageKey', `s3://evidence/${chance.hex(8)}`],
    ]),
    body: makeBody(chance),
  };
}

/** A chain of custody, sound by its rule. */
export function makeChain(store: Pick<Store, 'rules'>, chance: Chance, tenant: string, stream: string): StoreRecord[] {
  const size = chance.between(4, 6);
  const records = Array.from({ length: size }, () => {
    const digits = chance.hex(20);
    return makeRecord(chance, tenant, stream, `${digits.slice(0, 8)}-${digits.slice(8)}-k`);
  });
  const firstSeq = ruleOf(store, stream)?.firstSeq ?? chance.pick([0, 1, 41]);
  for (const [at, record] of records.entries()) {
    record.seq = firstSeq + at;
    record.prev = at === 0 ? genesisOf(store, stream) : (records[at - 1]?.hash ?? null);
    record.hash = hashOf(store, record);
  }
  return records;
}

export function makeSet(store: Pick<Store, 'rules'>, chance: Chance, tenant: string, stream: string): StoreRecord[] {
  const size = chance.between(3, 4);
  // Counted ids are the same in all tenants, as they are in the field.
  const idOf = (at: number): string =>
    stream === 'attestations' ? `Attest-${100 + at}k` : `bundle-${chance.hex(12)}k`;
  const records = Array.from({ length: size }, (_, at) => makeRecord(chance, tenant, stream, idOf(at)));
  if (stream === 'attestations') for (const record of records) record.hash = hashOf(store, record);
  return records.sort((a, b) => compareBytes(a.id, b.id));
}

function makeRules(seed: number, chance: Chance): ReadonlyMap<string, Rule> {
  const recipes: readonly (RecipeName | undefined)[] = ['sha256-jcs-body', 'sha256-prev-body', 'none', undefined];
  const recipe = recipes[seed % recipes.length];
  if (recipe === undefined) return new Map();
  const genesis = chance.pick(['zeros', 'null', chance.hex(64)]);
  const rules = new Map<string, Rule>([['findings-ledger/*', { genesis, recipe, firstSeq: chance.pick([1, 1, 7]) }]]);
  if (chance.below(2) === 0) {
    rules.set('findings-ledger/02', {
      genesis: 'zeros',
      recipe: chance.pick(['sha256-jcs-body', 'sha256-prev-body']),
      firstSeq: 1,
    });
  }
  return rules;
}

/** The store of `seed`: the same on every machine. */
export function makeStore(seed: number): Store {
  const chance = new Chance(`store ${seed}`);
  const rules = makeRules(seed, chance);
  const tenants = chance.some(TENANTS, chance.pick([2, 2, 3, 4])).sort(compareBytes);
  const records = tenants.flatMap((tenant) => {
    const chains = Array.from({ length: chance.pick([1, 2, 2, 3]) }, (_, at) => `findings-ledger/0${at + 1}`);
    return [
      ...makeSet({ rules }, chance, tenant, 'attestations'),
      ...(chance.below(2) === 0 ? makeSet({ rules }, chance, tenant, 'evidence-locker/bundles') : []),
      ...chains.flatMap((stream) => makeChain({ rules }, chance, tenant, stream)),
    ];
  });
  return { seed, rules, records };
}

export function copyRecord(record: StoreRecord): StoreRecord {
  return {
    ...record,
    ...(record.attrs === undefined ? {} : { attrs: new Map(record.attrs) }),
    ...(record.body === undefined ? {} : { body: copyOf(record.body) }),
  };
}

/** Records by place, in the order in which the places come first. */
export function streamsOf(records: readonly StoreRecord[]): StoreRecord[][] {
  const streams = new Map<string, StoreRecord[]>();
  for (const record of records) {
    const key = JSON.stringify([record.tenant, record.stream]);
    const stream = streams.get(key) ?? [];
    streams.set(key, stream);
    stream.push(record);
  }
  return [...streams.values()];
}

/** The order of a snapshot; records of one chain stay as they stand. */
export function sorted(records: readonly StoreRecord[]): StoreRecord[] {
  return [...records].sort(
    (a, b) =>
      compareBytes(a.tenant, b.tenant) ||
      compareBytes(a.stream, b.stream) ||
      (a.seq === undefined && b.seq === undefined ? compareBytes(a.id, b.id) : 0),
  );
}

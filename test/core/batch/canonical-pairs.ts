/** Pairs of canonical NDJSON snapshots for the batch engine: streams of every kind, with edits on one side or on both. */
import { type PlainRecord, referenceCanonical, sha256, trailerOf, withoutBody, ZEROS } from '../../store.ts';
import { Chance } from '../../tamper/value.ts';

type RecipeName = 'sha256-jcs-body' | 'sha256-prev-body' | 'none';

/** How the records of a stream are chained; undefined for a set. */
interface Kind {
  readonly stream: string;
  readonly ordered: boolean;
  readonly recipe?: RecipeName;
  /** Whether `chains` has a rule for it. */
  readonly ruled?: boolean;
  readonly linked?: boolean;
  readonly digits?: number;
  readonly leaps?: boolean;
}

const KINDS: readonly Kind[] = [
  { stream: 'body/1', ordered: true, recipe: 'sha256-jcs-body', ruled: true, linked: true },
  { stream: 'bundles', ordered: false },
  { stream: 'hashed "set"', ordered: false, recipe: 'none', digits: 64 },
  { stream: 'leaps/é', ordered: true, recipe: 'sha256-prev-body', ruled: true, linked: true, leaps: true },
  { stream: 'log', ordered: true },
  { stream: 'none/1', ordered: true, recipe: 'none', ruled: true, linked: true, digits: 40 },
  { stream: 'own', ordered: true, recipe: 'none', linked: true, digits: 128 },
  { stream: 'prev/1', ordered: true, recipe: 'sha256-prev-body', ruled: true, linked: true },
  { stream: 'prev/2', ordered: true, recipe: 'sha256-prev-body', ruled: true, linked: true },
];

const CHAINS = {
  'body/*': { genesis: 'zeros', recipe: 'sha256-jcs-body', firstSeq: 1 },
  'leaps/*': { genesis: 'zeros', recipe: 'sha256-prev-body', firstSeq: 1, gaps: 'allowed' },
  'none/*': { genesis: 'null', recipe: 'none', firstSeq: 1 },
  'prev/*': { genesis: 'zeros', recipe: 'sha256-prev-body', firstSeq: 1 },
};

const TYPES = ['finding.opened', 'finding.closed', 'sbom', 'décision/é~1', 'tab\t"quoted"'];
const IDS = ['e-', 'urn:uuid:', '["', 'é-', '\u{1f600}', '\ufb33', 'a\u0001', '\\'];

function bodyOf(chance: Chance): Record<string, unknown> {
  const text = () =>
    chance.pick(['plain', 'Öffnung №', '\u{1f600}"\\\n', '', '\u0000\u001f', 'x'.repeat(chance.below(300))]);
  return {
    a: text(),
    b: chance.pick([0, -1, 1.5, 123456, 0.000001, -0.25, null, true, false]),
    list: Array.from({ length: chance.below(4) }, () => chance.pick([1, 'x', null, [], {}, { deep: [1] }])),
    [chance.pick(['n', 'é', '\ue000', 'z'])]: text(),
  };
}

function hashOf({ recipe, digits = 64 }: Kind, body: unknown, prev: string | null): string {
  const text = referenceCanonical(body);
  if (recipe === 'sha256-jcs-body') return sha256(text);
  if (recipe === 'sha256-prev-body') return sha256(prev ?? '', text);
  return sha256('own', prev ?? '', text)
    .repeat(2)
    .slice(0, digits);
}

function idsOf(chance: Chance, size: number, ordered: boolean): readonly string[] {
  const prefix = chance.pick(IDS);
  const ids = Array.from(
    { length: size },
    (_, at) => `${prefix}${chance.hex(4)}-${at}${chance.below(9) === 0 ? '"' : ''}`,
  );
  return ordered ? ids : ids.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function streamOf(chance: Chance, tenant: string, kind: Kind, depth: string): PlainRecord[] {
  const types = chance.some(TYPES, chance.between(1, TYPES.length));
  let prev: string | null = kind.stream.startsWith('none/') ? null : ZEROS.repeat(2).slice(0, kind.digits ?? 64);
  let seq = kind.ruled === true ? 1 : chance.pick([0, 1, 41]);
  return idsOf(chance, chance.between(1, 40), kind.ordered).map((id) => {
    const body = bodyOf(chance);
    const hash = kind.recipe === undefined ? undefined : hashOf(kind, body, prev);
    const record = {
      tenant,
      stream: kind.stream,
      id,
      type: chance.pick(types),
      ...(chance.below(3) === 0
        ? {}
        : { recordedAt: `2027-02-${chance.between(10, 28)}T10:00:00.${chance.between(1, 99)}Z` }),
      ...(chance.below(3) === 0 ? { attrs: { status: chance.pick(['open', 'closed "late"']), é: 'x' } } : {}),
      ...(kind.ordered ? { seq } : {}),
      ...(kind.linked === true ? { prev } : {}),
      ...(hash === undefined ? {} : { hash }),
      ...(depth === 'full' || chance.below(4) === 0 ? { body: body as never } : {}),
      ...(depth === 'digest' || chance.below(5) === 0
        ? { bodyDigest: `sha256:${sha256(referenceCanonical(body))}` }
        : {}),
    };
    seq += kind.leaps === true ? chance.pick([1, 1, 3]) : 1;
    prev = hash ?? prev;
    return record;
  });
}

export interface Side {
  readonly header: Readonly<Record<string, unknown>>;
  readonly records: PlainRecord[];
}

/** A sound history, the same for one seed. */
export function historyOf(chance: Chance): Side {
  const depth = chance.pick(['full', 'full', 'digest']);
  const kinds = KINDS.filter(() => chance.below(2) === 0);
  const tenants = ['acme', 'Zürich "GmbH"'].slice(0, chance.between(1, 2)).sort();
  const records = tenants.flatMap((tenant) => kinds.flatMap((kind) => streamOf(chance, tenant, kind, depth)));
  const rules = { canonical: 'jcs-exact', hash: 'sha256', tree: 'rfc9162' };
  return { header: { kind: 'evidence-snapshot', version: 1, depth, subject: {}, chains: CHAINS, ...rules }, records };
}

/** What may be done to record `at` of a side. */
const EDITS: Readonly<Record<string, (records: PlainRecord[], at: number, chance: Chance) => void>> = {
  body: (records, at, chance) => set(records, at, { body: bodyOf(chance) as never }),
  type: (records, at) => set(records, at, { type: 'other' }),
  hash: (records, at, chance) => set(records, at, { hash: chance.hex(chance.pick([64, 40, 63])) }),
  link: (records, at, chance) => set(records, at, { prev: chance.hex(64) }),
  fork: (records, at, chance) => {
    const prev = records[Math.max(0, at - chance.between(2, 12))]?.hash;
    if (prev !== undefined) set(records, at, { prev });
  },
  unlinked: (records, at) => set(records, at, { prev: null }),
  digest: (records, at, chance) => set(records, at, { bodyDigest: `sha256:${chance.hex(64)}` }),
  malformed: (records, at) => set(records, at, { bodyDigest: 'md5:1' }),
  time: (records, at, chance) =>
    set(records, at, {
      recordedAt: chance.pick(['2027-02-30T10:00:00Z', '2024-02-29t10:00:60+01:00', 'infinity', 'now']),
    }),
  position: (records, at, chance) => set(records, at, { seq: chance.below(90) }),
  bodiless: (records, at) => {
    records[at] = withoutBody(records[at] as PlainRecord);
  },
  twice: (records, at, chance) => set(records, at, { id: records[Math.max(0, at - chance.between(1, 20))]?.id ?? 'x' }),
  dropped: (records, at) => void records.splice(at, 1),
  doubled: (records, at) => void records.splice(at, 0, records[at] as PlainRecord),
  new: (records, at, chance) => {
    const before = records[at] as PlainRecord;
    records.splice(at + 1, 0, {
      ...before,
      id: `${before.id}~`,
      ...(before.seq === undefined ? {} : { seq: before.seq + chance.below(2) }),
    });
  },
  swapped: (records, at) => {
    const [a, b] = [records[at], records[at + 1]];
    if (a !== undefined && b !== undefined) records.splice(at, 2, b, a);
  },
  elsewhere: (records, at) => set(records, at, { stream: 'zz' }),
  unknown: (records, at) => set(records, at, { surplus: 1 } as never),
};

function set(records: PlainRecord[], at: number, members: Partial<PlainRecord>): void {
  records[at] = { ...(records[at] as PlainRecord), ...members };
}

/** Another spelling of a line, or bytes that are no record. */
function respelled(chance: Chance, line: string): string {
  return chance.pick([
    line.replace('{', '{ '),
    line.replace('"type"', '"typ\\u0065"'),
    line.replace(/:(\d+)/, ':$1.0'),
    line.slice(0, -2),
    `${line}x`,
    line.replace(/[a-f]/, (c) => c.toUpperCase()),
    line.replace(':', ': '),
    `${line.slice(0, 40)}\u0007${line.slice(40)}`,
  ]);
}

/** The text of a side; `chance` spells some of its lines otherwise. */
export function textOf({ header, records }: Side, chance?: Chance): string {
  const lines = records.map(referenceCanonical);
  if (chance !== undefined && lines.length > 0 && chance.below(4) === 0) {
    const at = chance.below(lines.length);
    lines[at] = respelled(chance, lines[at] ?? '');
  }
  return [referenceCanonical(header), ...lines, referenceCanonical(trailerOf(records)), ''].join('\n');
}

/** The same snapshot in the JSON container, with a line for each record. */
export function asJson(text: string): string {
  const [header = '', ...rest] = text.trimEnd().split('\n');
  const [records, trailer] = [rest.slice(0, -1), rest.at(-1)];
  return `${header.slice(0, -1)},"records":[\n${records.join(',\n')}\n],"trailer":${trailer}}\n`;
}

export interface MadePair {
  readonly edits: readonly string[];
  readonly baseline: string;
  readonly current: string;
}

export const EDIT_NAMES: readonly string[] = Object.keys(EDITS);
export const EDITED_SIDES = ['current', 'both', 'baseline'] as const;

/** A pair of full depth with one edit of record `at`: on one side, or the same on both, where one side finds it. */
export function makePairWith(edit: string, side: (typeof EDITED_SIDES)[number], at: number): MadePair {
  const was = fullHistory();
  const is: Side = { ...was, records: [...was.records] };
  if (side !== 'current') EDITS[edit]?.(was.records, at, new Chance(edit));
  if (side !== 'baseline') EDITS[edit]?.(is.records, at, new Chance(edit));
  return { edits: [`${edit} of record ${at}, ${side}`], baseline: textOf(was), current: textOf(is) };
}

/** A sound history of full depth with streams of every kind. */
function fullHistory(): Side {
  const chance = new Chance('full');
  const records = KINDS.flatMap((kind) => streamOf(chance, 'acme', kind, 'full'));
  const { header } = historyOf(chance);
  return { header: { ...header, depth: 'full' }, records };
}

export const fullSize: number = fullHistory().records.length;

/** A pair of texts with some edits: on the current side, on the baseline, or the same on both, where one side finds them. */
export function makeCanonicalPair(seed: number): MadePair {
  const chance = new Chance(`pair ${seed}`);
  const was = historyOf(chance);
  const is: Side = { ...was, records: [...was.records] };
  const edits: string[] = [];
  for (let count = chance.below(4); count > 0 && was.records.length > 1; count--) {
    const name = chance.pick(Object.keys(EDITS));
    const side = chance.pick(['current', 'current', 'both', 'baseline']);
    const at = chance.below(Math.min(was.records.length, is.records.length));
    const state = `${seed} ${count}`;
    if (side !== 'current') EDITS[name]?.(was.records, at, new Chance(state));
    if (side !== 'baseline') EDITS[name]?.(is.records, at, new Chance(state));
    edits.push(`${name} of record ${at}, ${side}`);
  }
  const both = new Chance(`text ${seed}`);
  const baseline = textOf(was, chance.below(2) === 0 ? both : undefined);
  return { edits, baseline, current: textOf(is, chance.below(3) === 0 ? new Chance(`text ${seed}`) : undefined) };
}

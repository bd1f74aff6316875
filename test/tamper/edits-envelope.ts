/** Edits of what stands around the records: header, trailer and the text itself. */
import { BARE, type Draft, type Edit, UNLINKED } from './edit.ts';
import { aChain, at } from './edits-records.ts';
import type { Container } from './snapshot-text.ts';
import { type Chance, fromPlain, type Members, RawNumber, type Value } from './value.ts';

function bare(
  name: string,
  threats: readonly string[],
  kinds: readonly string[],
  apply: (draft: Draft, chance: Chance) => void,
): Edit {
  const edit = { name, threats, levels: BARE, kinds };
  return {
    ...edit,
    apply: (draft, chance) => {
      apply(draft, chance);
      return [];
    },
  };
}

function first(value: Value | undefined): Members {
  return (value as Members[])[0] as Members;
}

function trailer(
  name: string,
  threats: readonly string[],
  kinds: readonly string[],
  change: (stated: Members) => Value | undefined,
): Edit {
  return bare(name, threats, kinds, (draft) => {
    draft.spoilTrailer = (stated) => change(stated);
  });
}

/** States another value in the trailer, in the part that `part` finds. */
function stated(name: string, part: (trailer: Members) => Members, path: string, change: (was: Value) => Value): Edit {
  return trailer(`the trailer states another ${name}`, ['A05', 'A19'], ['manifest-mismatch'], (whole) => {
    const found = part(whole);
    found.set(path, change(found.get(path) as Value));
    return whole;
  });
}

const whole = (stated: Members): Members => stated;
const tenant = (stated: Members): Members => first(stated.get('tenants'));
const stream = (stated: Members): Members => first(tenant(stated).get('streams'));
const chainOf = (stated: Members): Members => (tenant(stated).get('streams') as Members[]).at(-1) as Members;
const counts = (stated: Members): Members => tenant(stated).get('counts') as Members;
const other = (was: Value): Value => `${(was as string).slice(0, -1)}${(was as string).endsWith('7') ? '8' : '7'}`;
const less = (was: Value): Value => (was as number) - 1;
const without = (list: Value | undefined): Value => (list as Value[]).slice(1);

const TRAILERS: readonly Edit[] = [
  stated('number of records', whole, 'records', less),
  stated('global root', whole, 'globalRoot', other),
  stated('number of records of a tenant', tenant, 'records', less),
  stated('root of a tenant', tenant, 'root', other),
  stated('size of a stream', stream, 'size', less),
  stated('root of a stream', stream, 'root', other),
  stated('head of a stream', chainOf, 'head', other),
  stated('first position of a stream', chainOf, 'firstSeq', (was) => (was as number) + 1),
  stated('last position of a stream', chainOf, 'lastSeq', less),
  stated('kind of a stream', stream, 'ordered', (was) => was !== true),
  trailer('the trailer states another count of a type', ['A05'], ['manifest-mismatch'], (stated) => {
    const [type = ''] = counts(stated).keys();
    counts(stated).set(type, (counts(stated).get(type) as number) + 1);
    return stated;
  }),
  trailer('the trailer states a type that is not there', ['A05'], ['manifest-mismatch'], (stated) => {
    counts(stated).set('ghost', 1);
    return stated;
  }),
  trailer('the trailer leaves out a tenant', ['B17', 'A19'], ['manifest-mismatch'], (stated) =>
    stated.set('tenants', without(stated.get('tenants'))),
  ),
  trailer('the trailer leaves out a stream', ['B17', 'A19'], ['manifest-mismatch'], (stated) => {
    tenant(stated).set('streams', without(tenant(stated).get('streams')));
    return stated;
  }),
  trailer('the trailer names a tenant twice', ['A19'], ['manifest-mismatch'], (stated) => {
    (stated.get('tenants') as Value[]).push(tenant(stated));
    return stated;
  }),
  trailer('the trailer has a root that is no hash', ['A17'], ['schema-violation|manifest-mismatch'], (stated) =>
    stated.set('globalRoot', ''),
  ),
  trailer('the trailer has a member that nobody knows', ['B26'], ['schema-violation'], (stated) =>
    stated.set('__proto__', new Map<string, Value>([['records', 1]])),
  ),
  trailer('the trailer is missing', ['D13'], ['input-truncated'], () => undefined),
  trailer('the trailer is of another kind', ['D13'], ['input-truncated|unsupported-version'], (stated) =>
    stated.set('kind', 'evidence-snapshot'),
  ),
];

function header(
  name: string,
  threats: readonly string[],
  kinds: readonly string[],
  change: (header: Members, draft: Draft) => void,
): Edit {
  return bare(name, threats, kinds, (draft) => change(draft.header, draft));
}

/** Switches off the check of hashes, and edits a hash: the baseline's rules must hold all the same. */
function unruled(name: string, change: (header: Members, stream: string) => void): Edit {
  return {
    name,
    threats: ['B13', 'A18'],
    levels: UNLINKED,
    depth: 'full',
    kinds: ['record-relinked', 'hash-mismatch|chain-break'],
    apply: (draft, chance) => {
      const record = at(aChain(draft, chance), 1);
      record.hash = chance.hex(64);
      change(draft.header, record.stream);
      return [];
    },
  };
}

const NO_RULE = fromPlain({ genesis: 'zeros', recipe: 'none', firstSeq: 1 });

const HEADERS: readonly Edit[] = [
  ...['kind', 'version', 'canonical', 'hash', 'tree'].map((name) =>
    header(`the header has another ${name}`, ['D23', 'E08', 'A18'], ['unsupported-version'], (members) =>
      members.set(name, 'md5'),
    ),
  ),
  ...['kind', 'version', 'canonical', 'hash', 'tree'].map((name) =>
    header(`the header has no ${name}`, ['D23', 'E08'], ['unsupported-version'], (members) => members.delete(name)),
  ),
  header('the version is a text', ['D23'], ['unsupported-version'], (members) => members.set('version', '1')),
  header('the header has an unknown depth', ['D23'], ['schema-violation|unsupported-version'], (members) =>
    members.set('depth', 'shallow'),
  ),
  header('the header has a member that nobody knows', ['B26'], ['schema-violation'], (members) =>
    members.set('trusted', true),
  ),
  header('a rule names an unknown recipe', ['A18', 'D23'], ['unsupported-version|schema-violation'], (members) =>
    members.set('chains', fromPlain({ 'findings-ledger/*': { genesis: 'zeros', recipe: 'md5', firstSeq: 1 } })),
  ),
  header('the header calls the snapshot a summary', ['B14'], ['schema-violation'], (_, draft) => {
    draft.spoilText = (text) => text.replace(/"depth":"(?:full|digest)"/, '"depth":"summary"');
  }),
  {
    ...header('the header promises bodies that are not there', ['B14'], ['schema-violation'], (_, draft) => {
      draft.spoilText = (text) => text.replace('"depth":"digest"', '"depth":"full"');
    }),
    depth: 'digest',
  },
  unruled('a hash changes and its rule becomes `none`', (members, stream) => {
    const chains = (members.get('chains') ?? new Map()) as Members;
    members.set('chains', new Map<string, Value>([...chains.keys(), stream].map((name) => [name, NO_RULE])));
  }),
  unruled('a hash changes and the rules are removed', (members) => members.delete('chains')),
];

function text(
  name: string,
  threats: readonly string[],
  kinds: readonly string[],
  spoil: (text: string, container: Container) => string | Uint8Array,
): Edit {
  return bare(name, threats, kinds, (draft) => {
    draft.spoilText = spoil;
  });
}

function record(name: string, threats: readonly string[], kinds: readonly string[], extra: [string, Value]): Edit {
  return bare(name, threats, kinds, (draft, chance) => {
    chance.pick(draft.records).extra = [extra];
  });
}

/** A value in a body that no JSON text may have. */
function malformed(
  name: string,
  threats: readonly string[],
  value: Value,
  kinds: readonly string[] = ['input-malformed'],
): Edit {
  return {
    ...bare(name, threats, kinds, (draft, chance) => {
      chance.pick(draft.records).body?.set('spoiled', value);
    }),
    depth: 'full',
  };
}

function nested(depth: number): Value {
  let value: Value = [];
  for (let at = 1; at < depth; at++) value = [value];
  return value;
}

const NO_NUMBERS = ['NaN', 'Infinity', '01', '+1', '.5', '1.', '0x10', '1e', '--1', 'undefined'] as const;
/** Replaces the first place after the header, which is where records are. */
const inRecords = (text: string, was: string, is: string): string => {
  const from = text.indexOf('"attrs"');
  return text.slice(0, from) + text.slice(from).replace(was, () => is);
};

const TEXTS: readonly Edit[] = [
  record('a record has a member that nobody knows', ['B26'], ['schema-violation'], ['signedOff', true]),
  record(
    'a record has a member `__proto__`',
    ['D02', 'D03'],
    ['schema-violation'],
    ['__proto__', fromPlain({ hash: 'forged' })],
  ),
  record('a record has a member twice', ['D01'], ['input-malformed'], ['type', 'sbom']),
  record('a record has its id twice', ['D01'], ['input-malformed'], ['id', 'x']),
  record(
    'a record calls itself a trailer',
    ['D13'],
    ['schema-violation|input-truncated'],
    ['kind', 'evidence-snapshot-trailer'],
  ),
  text('a member comes twice, once behind an escape', ['D01'], ['input-malformed'], (whole) =>
    inRecords(whole, '"type":', '"\\u0074ype":"sbom","type":'),
  ),
  ...NO_NUMBERS.map((token) => malformed(`a number is written ${token}`, ['D09'], new RawNumber(token))),
  malformed('a text has a lone surrogate', ['D04'], 'x\ud800y'),
  malformed('a body is nested a million levels deep', ['D10'], new RawNumber(`${'['.repeat(1e6)}${']'.repeat(1e6)}`), [
    'input-limit',
  ]),
  malformed('a body is nested 129 levels deep', ['D10'], nested(129), ['input-limit']),
  text('a text is not UTF-8', ['D05'], ['input-malformed'], (whole) => {
    const bytes = Buffer.from(whole);
    bytes[bytes.indexOf('"attrs"') + 2] = 0xff;
    return bytes;
  }),
  text('the text begins with a byte order mark', ['D06'], ['input-malformed'], (whole) => `\ufeff${whole}`),
  text('a record begins with a byte order mark', ['D06'], ['input-malformed'], (whole) =>
    inRecords(whole, '\n{', '\n\ufeff{'),
  ),
  text('a comment stands between members', ['D12'], ['input-malformed'], (whole) =>
    inRecords(whole, '"type":', '/* x */"type":'),
  ),
  text('a no-break space stands between members', ['D12'], ['input-malformed'], (whole) =>
    inRecords(whole, '"type":', '\u00a0"type":'),
  ),
  text('a record is a number', ['D16'], ['input-malformed|schema-violation'], (whole, container) =>
    inRecords(whole, '\n{', container === 'json' ? '\n5,{' : '\n5\n{'),
  ),
  text('a line is empty', ['D15'], ['input-malformed'], (whole, container) =>
    inRecords(whole, '\n{', container === 'json' ? '\n,{' : '\n\n{'),
  ),
  text('something follows the end', ['D12'], ['input-malformed|input-truncated'], (whole) => `${whole}x`),
  text('another snapshot follows the end', ['D12'], ['input-malformed|input-truncated'], (whole) => `${whole}${whole}`),
  text('the trailer does not come last', ['D13'], ['input-truncated'], (whole, container) => {
    if (container === 'json') {
      const from = whole.lastIndexOf(',"trailer":');
      const trailerText = whole.slice(from, -2);
      return `${whole.slice(0, from)}}`.replace(',"records":', () => `${trailerText},"records":`);
    }
    const lines = whole.trimEnd().split('\n');
    return `${[...lines.slice(0, -2), lines.at(-1), lines.at(-2)].join('\n')}\n`;
  }),
  text('the text ends between two records', ['D13'], ['input-truncated'], (whole) =>
    whole.slice(0, whole.indexOf('\n{', whole.length / 2) + 1),
  ),
  text('the text ends within a record', ['D14'], ['input-truncated|input-malformed'], (whole) =>
    whole.slice(0, whole.length / 2),
  ),
  text('the text ends within the trailer', ['D14'], ['input-truncated|input-malformed'], (whole) =>
    whole.slice(0, -20),
  ),
  text('the text is empty', ['D16'], ['empty-current|input-malformed|input-truncated'], () => ''),
  text('the text is white space', ['D16'], ['empty-current|input-malformed|input-truncated'], () => ' \n\t\n'),
  text('the text is null', ['D16'], ['input-malformed|unsupported-version|schema-violation'], () => 'null\n'),
];

export const ENVELOPE_EDITS: readonly Edit[] = [...TRAILERS, ...HEADERS, ...TEXTS];

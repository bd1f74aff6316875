/**
 * Hash chains as others publish them: each is declared as in a profile, made here by code that follows its source and
 * shares nothing with the recipes, and recomputed; one record that was tampered with is found.
 *
 * Of Bitcoin the records are the published ones; of the others no originals were at hand.
 */
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { profileFrom } from '../../../src/wire/profile.ts';
import { auditText } from '../../in-memory.ts';
import { ndjson, type PlainRecord, referenceCanonical, sha256, ZEROS } from '../../store.ts';

type Attributes = Readonly<Record<string, string>>;

interface PublicChain {
  readonly name: string;
  /** Where its recipe is written down. */
  readonly source: string;
  /** What a profile says in `chain`. */
  readonly chain: Readonly<Record<string, unknown>>;
  readonly records: readonly PlainRecord[];
  readonly keys?: Readonly<Record<string, Uint8Array>>;
}

const LENGTH = 6;
const at = (n: number): string => `2027-01-01T00:00:0${n}Z`;
const raw = (hex: string): Buffer => Buffer.from(hex, 'hex');
const digest = (...parts: readonly (string | Uint8Array)[]): Buffer => raw(sha256(...parts));
const event = (n: number): { readonly actor: string; readonly count: number } => ({ actor: `user-${n}`, count: n });

/** A chain of records, each with the hash that `hash` makes of what is in it. */
function made(
  begin: string | null,
  hash: (prev: string, n: number) => string,
  members: (n: number, prev: string) => { readonly body: unknown; readonly attrs?: Attributes },
  first = 1,
): readonly PlainRecord[] {
  let link = begin;
  return Array.from({ length: LENGTH }, (_, index) => {
    const n = first + index;
    const rest = members(n, link ?? '');
    const record = { tenant: 'a', stream: 's', id: `e${n}`, seq: n, type: 'event', recordedAt: at(n), prev: link };
    link = hash(link ?? '', n);
    return { ...record, ...rest, hash: link } as PlainRecord;
  });
}

function uint(bits: 16 | 32 | 64, value: number): Buffer {
  const bytes = Buffer.alloc(bits / 8);
  if (bits === 64) bytes.writeBigUInt64BE(BigInt(value));
  else bytes.writeUIntBE(value, 0, bits / 8);
  return bytes;
}

/* immudb: Alh = H(txID || prevAlh || H(ts || version || mdLen || md || nentries || eH || blTxID || blRoot)). */

const tx = (n: number) => ({
  ts: 1_700_000_000 + n,
  nentries: n,
  eh: sha256(`eh ${n}`),
  blTx: n,
  root: sha256(`r ${n}`),
});

function alh(prev: string, n: number): string {
  const { ts, nentries, eh, blTx, root } = tx(n);
  const inner = digest(uint(64, ts), uint(16, 1), uint(16, 0), uint(32, nentries), raw(eh), uint(64, blTx), raw(root));
  return sha256(uint(64, n), raw(prev), inner);
}

const IMMUDB: PublicChain = {
  name: 'immudb, transaction headers of version 1',
  source: 'codenotary/immudb, embedded/store/tx.go, TxHeader.Alh and innerHash',
  chain: {
    recipe: {
      algorithm: 'sha256',
      of: [
        { field: '/seq', as: 'u64be' },
        { prev: 'raw' },
        {
          digest: [
            { field: '/body/ts', as: 'u64be' },
            { field: '/body/version', as: 'u16be' },
            { field: '/body/metadata', as: 'hex', lengthPrefix: 'u16be' },
            { field: '/body/nentries', as: 'u32be' },
            { field: '/body/eH', as: 'hex' },
            { field: '/body/blTxID', as: 'u64be' },
            { field: '/body/blRoot', as: 'hex' },
          ],
          as: 'raw',
        },
      ],
    },
  },
  records: made(ZEROS, alh, (n) => {
    const { ts, nentries, eh, blTx, root } = tx(n);
    return { body: { ts, version: 1, metadata: '', nentries, eH: eh, blTxID: blTx, blRoot: root } };
  }),
};

/* Bitcoin: the headers of blocks 0 and 1, as they are published; hashes in the order of their bytes, not as shown. */

const shown = (hex: string): string => raw(hex).reverse().toString('hex');
const GENESIS_BLOCK = shown('000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f');
const block = (n: number, prev: string, hash: string, root: string, time: number, nonce: number): PlainRecord => ({
  ...{ tenant: 'a', stream: 's', id: hash, seq: n, type: 'block', prev, hash },
  body: { version: 1, merkleRoot: shown(root), time, bits: 486_604_799, nonce },
});

const BITCOIN: PublicChain = {
  name: 'Bitcoin, block headers',
  source: 'developer.bitcoin.org, Block Chain, Block Headers; the values of blocks 0 and 1',
  chain: {
    firstSeq: 0,
    recipe: {
      algorithm: 'sha256',
      of: [
        {
          digest: [
            { field: '/body/version', as: 'u32le' },
            { prev: 'raw' },
            { field: '/body/merkleRoot', as: 'hex' },
            { field: '/body/time', as: 'u32le' },
            { field: '/body/bits', as: 'u32le' },
            { field: '/body/nonce', as: 'u32le' },
          ],
          as: 'raw',
        },
      ],
    },
  },
  records: [
    block(
      0,
      ZEROS,
      GENESIS_BLOCK,
      '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b',
      1_231_006_505,
      2_083_236_893,
    ),
    block(
      1,
      GENESIS_BLOCK,
      shown('00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048'),
      '0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098',
      1_231_469_665,
      2_573_394_689,
    ),
  ],
};

/* Texts of fields, one after another. */

const plain = (...texts: readonly string[]): string => sha256(texts.join(''));
const attributes = (...names: readonly string[]) => names.map((name) => ({ field: `/attrs/${name}`, null: '' }));
const joinedBy = (text: string, parts: readonly object[]): readonly object[] =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [{ text }, part]));

const INTELLIFIN: PublicChain = {
  name: 'IntelliFin, audit events',
  source: 'Romeo-CEO/intellifin-loan-management-system, story-1.15-tamper-evident-chain.md, AuditHashService',
  chain: {
    genesis: 'null',
    recipe: {
      algorithm: 'sha256',
      of: [{ prev: 'hex' }, { field: '/id' }, { field: '/recordedAt' }, ...attributes('actor', 'action', 'data')],
    },
  },
  records: made(
    null,
    (prev, n) => plain(prev, `e${n}`, at(n), `user-${n}`, '', `{"n": ${n}}`),
    // What is null in the source is an empty text in its hash, and no attribute here.
    (n) => ({ attrs: { actor: `user-${n}`, data: `{"n": ${n}}` }, body: event(n) }),
  ),
};

const ARHA: PublicChain = {
  name: 'ARHA, audit_logs',
  source: 'Manishadha/ARHA, docs/DB_SCHEMA.md: sha256(prev|ts(UTC ISO)|actor|action|target)',
  chain: {
    recipe: {
      algorithm: 'sha256',
      of: joinedBy('|', [{ prev: 'hex' }, { field: '/recordedAt' }, ...attributes('actor', 'action', 'target')]),
    },
  },
  records: made(
    ZEROS,
    (prev, n) => sha256([prev, at(n), `user-${n}`, 'login', `t${n}`].join('|')),
    (n) => ({ attrs: { actor: `user-${n}`, action: 'login', target: `t${n}` }, body: event(n) }),
  ),
};

const SZ_ORM: PublicChain = {
  name: 'sz-orm-audit, HashChainAuditor',
  source: 'docs.rs, sz-orm-audit 6.2.0, HashChainAuditor: SHA256(prev_hash || sql || user || timestamp)',
  chain: {
    recipe: {
      algorithm: 'sha256',
      of: [{ prev: 'hex' }, { field: '/body/sql' }, { field: '/body/user' }, { field: '/body/timestamp' }],
    },
  },
  records: made(
    ZEROS,
    (prev, n) => plain(prev, `SELECT ${n}`, 'admin', String(1000 + n)),
    (n) => ({ body: { sql: `SELECT ${n}`, user: 'admin', timestamp: 1000 + n } }),
  ),
};

const REGULOG: PublicChain = {
  name: 'regulog, actions',
  source: 'CRAN, regulog, vignette hash-chain: SHA256(entry_id | timestamp | app | … | payload fields | h_{n-1})',
  chain: {
    // The link of the first entry is the hash of a genesis record that is none of the entries.
    genesis: sha256('genesis record'),
    recipe: {
      algorithm: 'sha256',
      of: joinedBy('|', [
        { field: '/id' },
        { field: '/recordedAt' },
        ...attributes('app', 'version', 'user'),
        { field: '/type' },
        { field: '/body/action' },
        { field: '/body/object' },
        { prev: 'hex' },
      ]),
    },
  },
  records: made(
    sha256('genesis record'),
    (prev, n) => sha256([`e${n}`, at(n), 'demo', '1.0', 'analyst', 'event', 'read', `file ${n}`, prev].join('|')),
    (n) => ({ attrs: { app: 'demo', version: '1.0', user: 'analyst' }, body: { action: 'read', object: `file ${n}` } }),
  ),
};

/* JSON texts around a link. */

const WEBBUHO: PublicChain = {
  name: 'webbuholex, auditHashService',
  source:
    'ebrunofrei/webbuholex-nuevo, backend/services/audit/auditHashService.js: JSON.stringify({ payload, prevHash })',
  chain: {
    genesis: 'null',
    recipe: {
      algorithm: 'sha256',
      of: [
        { text: '{"payload":' },
        { field: '/body', as: 'rfc8785' },
        { text: ',"prevHash":"' },
        { prev: 'hex' },
        { text: '"}' },
      ],
    },
  },
  records: made(
    null,
    (prevHash, n) => sha256(JSON.stringify({ payload: event(n), prevHash })),
    (n) => ({ body: event(n) }),
  ),
};

/** Python's json.dumps, which has a space behind each comma and colon. */
const dumped = (n: number): string => `{"actor": "user-${n}", "count": ${n}}`;
const AUDIT_LOGGER: PublicChain = {
  name: 'HashChainAlgo, whose payload is kept as its own text',
  source: 'Haller17/HashChainAlgo, README.md: SHA256( json.dumps({ prev: prev_hash, payload }, sort_keys=True) )',
  chain: {
    recipe: {
      algorithm: 'sha256',
      preimage: 'payload',
      of: [
        { text: '{"payload": ' },
        { field: '/attrs/payload' },
        { text: ', "prev": "' },
        { prev: 'hex' },
        { text: '"}' },
      ],
    },
  },
  records: made(
    ZEROS,
    (prev, n) => sha256(`{"payload": ${dumped(n)}, "prev": "${prev}"}`),
    (n) => ({ attrs: { payload: dumped(n) }, body: event(n) }),
  ),
};

const SEED = Buffer.alloc(32, 7);
const FRAISEQL: PublicChain = {
  name: 'FraiseQL, HMAC over the link and the JSON of the entry',
  source: 'docs.rs, fraiseql-auth 2.9.0, audit/chain.rs: HMAC-SHA256(prev_chain_hash || entry_json)',
  chain: { recipe: { algorithm: 'sha256', hmacKey: 'seed', of: [{ prev: 'hex' }, { field: '/body', as: 'jcs' }] } },
  keys: { seed: SEED },
  records: made(
    ZEROS,
    (prev, n) =>
      createHmac('sha256', SEED)
        .update(prev)
        .update(referenceCanonical(event(n)))
        .digest('hex'),
    (n) => ({ body: event(n) }),
  ),
};

const file = (n: number, prev: string): string =>
  `{\n  "digestEndTime": "${at(n)}",\n  "previousDigestHashValue": ${prev === '' ? 'null' : `"${prev}"`}\n}\n`;
const CLOUDTRAIL: PublicChain = {
  name: 'CloudTrail, digest files',
  source: 'AWS CloudTrail User Guide, Digest File Structure: previousDigestHashValue is SHA-256 of the previous file',
  chain: { genesis: 'null', recipe: { algorithm: 'sha256', of: [{ field: '/body' }] } },
  records: made(
    null,
    (prev, n) => sha256(file(n, prev)),
    (n, prev) => ({ body: file(n, prev) }),
  ),
};

const LEDGER: PublicChain = {
  name: 'Findings Ledger, event_hash over the canonical envelope',
  source: 'Stella Ops, docs/modules/findings-ledger: sha256 of the canonical JSON, which holds the link',
  chain: { recipe: 'sha256-jcs-body' },
  records: made(
    ZEROS,
    (prev, n) => sha256(referenceCanonical({ event: event(n), previousHash: prev })),
    (n, previousHash) => ({ body: { event: event(n), previousHash } }),
  ),
};

/** Git's own: the text of an object with its kind and length before it, by SHA-1. */
const commit = (n: number, prev: string): string =>
  `tree ${'0'.repeat(40)}\n${prev === '' ? '' : `parent ${prev}\n`}\n${n}\n`;
const GIT: PublicChain = {
  name: 'Git, the commits of one branch',
  source: 'git-scm.com, Pro Git, Git Internals, Git Objects: header, zero byte, content',
  chain: {
    genesis: 'null',
    recipe: {
      algorithm: 'sha1',
      of: [{ text: 'commit ' }, { field: '/attrs/size' }, { text: '\0' }, { field: '/body' }],
    },
  },
  records: made(
    null,
    (prev, n) => {
      const text = commit(n, prev);
      return createHash('sha1').update(`commit ${text.length}\0${text}`).digest('hex');
    },
    (n, prev) => ({ attrs: { size: String(commit(n, prev).length) }, body: commit(n, prev) }),
  ),
};

const CHAINS = [
  ...[IMMUDB, BITCOIN, INTELLIFIN, ARHA, SZ_ORM, REGULOG, WEBBUHO, AUDIT_LOGGER, FRAISEQL, CLOUDTRAIL, LEDGER, GIT],
].map((chain) => [chain.name, chain] as const);

function profileWith(chain: unknown): unknown {
  const columns = { tenant: 'tenant', stream: { value: 's' }, id: 'id', seq: 'seq', type: 'type', body: 'body' };
  const table = { schema: 'public', table: 'audit', ...columns, prev: 'prev', hash: 'hash', chain };
  return { kind: 'evidence-profile', version: 1, name: 'theirs', tables: [table] };
}

/** Another text of the same length, in the content of a record: what is hashed, and not the hash. */
function tampered(record: PlainRecord): PlainRecord {
  const change = (text: string): string =>
    text.replace(/[0-9](?=[^0-9]*$)/, (digit) => String((Number(digit) + 1) % 10));
  const { body, attrs } = record;
  const payload = attrs?.['payload'] ?? attrs?.['data'] ?? attrs?.['target'];
  if (payload === undefined) return { ...record, body: JSON.parse(change(JSON.stringify(body))) };
  const name = Object.keys(attrs ?? {}).find((one) => attrs?.[one] === payload) ?? '';
  return { ...record, attrs: { ...attrs, [name]: change(payload) } };
}

const audited = ({ chain, keys = {} }: PublicChain, records: readonly PlainRecord[]) =>
  auditText(ndjson(records, { chains: { s: chain } }), { chainKeys: keys });

it('are more than ten, of as many sources', () => {
  expect(new Set(CHAINS.map(([, { source }]) => source)).size).toBeGreaterThanOrEqual(10);
});

describe.each(CHAINS)('%s', (_, given) => {
  const last = given.records.length - 1;

  it('is declared in a profile', () => {
    const profile = profileFrom(profileWith(given.chain), 'theirs.json');
    if (profile.version !== 1) throw new TypeError('a profile of tables is of version 1');
    expect(profile.tables[0]?.chain).toMatchObject(given.chain);
  });

  it('is recomputed', async () => {
    const audit = await audited(given, given.records);
    expect([audit.verdict, audit.findings]).toEqual(['PASS', []]);
  });

  it.each([0, Math.floor(last / 2), last])('with record %d tampered with, that one is found', async (position) => {
    const records = given.records.map((record, index) => (index === position ? tampered(record) : record));
    expect(records).not.toEqual(given.records);
    const { verdict, findings } = await audited(given, records);
    const id = given.records[position]?.id;
    expect([verdict, findings.map((finding) => [finding.kind, finding.id])]).toEqual(['FAIL', [['hash-mismatch', id]]]);
  });

  it('with a record taken out is broken there', async () => {
    const records = given.records.filter((_record, index) => index !== Math.floor(last / 2));
    const { verdict } = await audited(given, records);
    expect(verdict).toBe('FAIL');
  });
});

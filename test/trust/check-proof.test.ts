/** The judgement of a proof file: what vouches for it, what is demanded of that, and what is damaged beside it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyProof } from '../../src/api/verify-proof.ts';
import { EvidenceError } from '../../src/core/errors.ts';
import { canonicalBytes } from '../../src/core/json/canonical.ts';
import { portable } from '../../src/core/platform.ts';
import { proofLines } from '../../src/reports/proof-lines.ts';
import { checkProof, type ProofInput } from '../../src/trust/check-proof.ts';
import { signEnvelope } from '../../src/trust/dsse.ts';
import type { PrivateKey } from '../../src/trust/keys.ts';
import { newKeyPair, readPrivateKey } from '../../src/trust/node-keys.ts';
import { checkpointText, signNote } from '../../src/trust/signed-note.ts';
import { TrustError } from '../../src/trust/trust-error.ts';
import { jsonOf } from '../../src/wire/plain.ts';
import { STATEMENT_PAYLOAD_TYPE, statementJson } from '../../src/wire/statement.ts';
import { growthProofOf, growthProofText, recordProofText, recordsOf, textOf } from '../core/proof/stores.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';
import { trailerOf } from '../store.ts';

const newKey = (name: string): PrivateKey => readPrivateKey(newKeyPair(name).privatePem, name);
const [alice, bob] = [newKey('alice'), newKey('bob')];
const RECORDS = recordsOf([{ sets: [2], chains: [5] }]);
const { globalRoot, tenants } = trailerOf(RECORDS);
const ZEROS = '0'.repeat(64);

interface Signed {
  readonly globalRoot?: string;
  readonly system?: string | undefined;
  readonly upgrade?: string;
  readonly capturedAt?: string | null;
  readonly keys?: readonly PrivateKey[];
}

/** The envelope of a statement about the store. */
function statement({ keys = [alice], ...said }: Signed = {}) {
  const body = statementJson({
    name: 'baseline.ndjson',
    sha256: ZEROS,
    depth: 'full',
    subject: 'system' in said ? (said.system === undefined ? {} : { system: said.system }) : { system: 'prod' },
    capturedAt: said.capturedAt === undefined ? '2027-03-01T10:00:00Z' : said.capturedAt,
    signedAt: '2027-03-01T11:00:00Z',
    ...(said.upgrade === undefined ? {} : { upgrade: said.upgrade }),
    records: RECORDS.length,
    globalRoot: said.globalRoot ?? globalRoot,
    tenants: tenants.map(({ tenant, records, root, counts }) => ({ tenant, records, root, counts })),
  });
  return signEnvelope(STATEMENT_PAYLOAD_TYPE, canonicalBytes(jsonOf(body)), keys);
}

function checkpoint(origin = 'prod', root = globalRoot, key = alice): string {
  return signNote(checkpointText({ origin, size: tenants.length, root }), origin, key);
}

/** Another signature in the same form. */
const flipped = (base64: string): string => (base64.startsWith('A') ? 'B' : 'A') + base64.slice(1);

const bare = await recordProofText(textOf(RECORDS), RECORDS[3] ?? Object.assign({}, RECORDS[0]));

type Changes = Partial<Omit<ProofInput, 'content'>>;

function check(signed: object, changes: Changes = {}, text = bare) {
  const content = Buffer.from(JSON.stringify({ ...(JSON.parse(text) as object), signed }));
  return checkProof(portable, {
    name: 'p',
    content,
    trusted: [alice.publicKey],
    knownRoots: [],
    ...changes,
  });
}

/** Verdict, and kind and message of the one finding. */
function said(...args: Parameters<typeof check>): string {
  const { verdict, findings } = check(...args);
  return [verdict, ...findings.map(({ kind, message }) => `${kind}: ${message}`)].join(' | ');
}

const subject = (system: string): Changes => ({ demands: { subject: new Map([['system', system]]) } });
const origin = (name: string): Changes => ({ demands: { origin: name } });

describe('what was signed is said', () => {
  const lines = (signed: object, changes?: Changes): readonly string[] => proofLines(check(signed, changes), 'p');

  it('of a statement: system, time of capture and upgrade, or that it names none', () => {
    expect(lines({ dsse: statement({ upgrade: '2027.Q2' }) })).toContain(
      'signed was the system "prod", captured at 2027-03-01T10:00:00Z, the upgrade "2027.Q2"',
    );
    expect(lines({ dsse: statement({ system: undefined, capturedAt: null }) })).toContain(
      'signed was no system, no time of capture, no upgrade',
    );
  });

  it('of a checkpoint: the system in its origin, also where that had to be encoded', () => {
    expect(lines({ checkpoint: checkpoint('a%20b') })).toContain(
      'signed was the system "a b", no time of capture, no upgrade',
    );
    for (const odd of ['example.com/log', 'a%2', 'a%2f'])
      expect(lines({ checkpoint: checkpoint(odd) })).toContain(
        `signed was the system "${odd}", no time of capture, no upgrade`,
      );
  });

  it('of a root that is known: that nothing was asked', () => {
    expect(lines({}, { knownRoots: [globalRoot] })).toEqual([
      'PASS: the proof holds, and is vouched for',
      'proof p',
      expect.stringContaining('in stream'),
      `under the global root ${globalRoot}`,
      'the global root is known from elsewhere: no signature was asked for its system, time or upgrade',
    ]);
  });
});

describe('--expect-subject', () => {
  it('is held by the statement that names the system, and refuted by any other', () => {
    expect(said({ dsse: statement() }, subject('prod'))).toBe('PASS');
    expect(said({ dsse: statement() }, subject('staging'))).toBe(
      'UNTRUSTED | subject-mismatch: the global root: in what is signed, it has "prod" as "system", expected is "staging"',
    );
    expect(said({ dsse: statement({ system: undefined }) }, subject('prod'))).toMatch(/it has no "system"/);
    const region = { demands: { subject: new Map([['region', 'eu']]) } };
    expect(said({ dsse: statement() }, region)).toMatch(/^UNTRUSTED .* it has no "region"/);
  });

  it('is held by the origin of a checkpoint where there is no statement', () => {
    expect(said({ checkpoint: checkpoint() }, subject('prod'))).toBe('PASS');
    expect(said({ checkpoint: checkpoint('a%20b') }, subject('a b'))).toBe('PASS');
    expect(said({ checkpoint: checkpoint('staging') }, subject('prod'))).toMatch(/^UNTRUSTED \| subject-mismatch/);
    const both = { dsse: statement({ system: 'staging' }), checkpoint: checkpoint() };
    expect(said(both, subject('prod'))).toMatch(/^UNTRUSTED \| subject-mismatch/);
    expect(said({ ...both, dsse: statement() }, subject('prod'))).toBe('PASS');
  });

  it('is demanded of a signature, for a known root as well', () => {
    const known = { knownRoots: [globalRoot] };
    expect(said({}, known)).toBe('PASS');
    expect(said({}, { ...known, ...subject('prod') })).toMatch(/^UNTRUSTED \| signature-missing/);
    expect(said({}, { ...known, ...origin('prod') })).toMatch(/^UNTRUSTED \| signature-missing/);
    expect(said({ dsse: statement() }, { ...known, ...subject('prod') })).toBe('PASS');
    expect(said({}, { ...known, threshold: 1 })).toMatch(/^UNTRUSTED \| signature-missing/);
    expect(said({ dsse: statement() }, { ...known, threshold: 2 })).toMatch(/^UNTRUSTED \| key-untrusted/);
    expect(said({ dsse: statement() }, { ...known, threshold: 1 })).toBe('PASS');
  });

  it('is demanded of both roots of a proof of growth', async () => {
    const was = recordsOf([{ sets: [2], chains: [3] }]);
    const proof = await growthProofOf(textOf(was), textOf(RECORDS));
    const parts = JSON.parse(growthProofText(proof)) as Record<'from' | 'to', object>;
    const signed = (before: string, after: string): string =>
      JSON.stringify({
        ...parts,
        from: { ...parts.from, signed: { checkpoint: checkpoint(before, trailerOf(was).globalRoot) } },
        to: { ...parts.to, signed: { dsse: statement({ system: after }) } },
      });
    const judged = (text: string): string => {
      const input = { name: 'p', trusted: [alice.publicKey], knownRoots: [], ...subject('prod') };
      const { verdict, findings } = checkProof(portable, { ...input, content: Buffer.from(text) });
      return [verdict, ...findings.map(({ message }) => message.split(':')[0])].join(' | ');
    };
    expect(judged(signed('prod', 'prod'))).toBe('PASS');
    expect(judged(signed('staging', 'prod'))).toBe('UNTRUSTED | the root before');
    expect(judged(signed('prod', 'staging'))).toBe('UNTRUSTED | the root after');
  });
});

describe('--expect-origin', () => {
  it('is held by a checkpoint of that origin, letter by letter, and by nothing else', () => {
    expect(said({ checkpoint: checkpoint() }, origin('prod'))).toBe('PASS');
    expect(said({ checkpoint: checkpoint('a%20b') }, origin('a b'))).toBe(
      'UNTRUSTED | subject-mismatch: the global root: signed is a checkpoint of the origin "a%20b", expected is the origin "a b"',
    );
    expect(said({ dsse: statement() }, origin('prod'))).toMatch(
      /signed is no checkpoint, expected is the origin "prod"$/,
    );
    expect(said({ dsse: statement(), checkpoint: checkpoint() }, origin('prod'))).toBe('PASS');
  });
});

describe('two documents that vouch for one root', () => {
  it('must both be of that root', () => {
    const other = { dsse: statement(), checkpoint: checkpoint('prod', ZEROS) };
    expect(said(other)).toMatch(new RegExp(`^UNTRUSTED \\| subject-mismatch: the global root: signed was ${ZEROS}`));
    expect(said({ dsse: statement({ globalRoot: ZEROS }), checkpoint: checkpoint() })).toMatch(/^UNTRUSTED/);
    const size = signNote(checkpointText({ origin: 'prod', size: 2, root: globalRoot }), 'prod', alice);
    expect(said({ checkpoint: size })).toMatch(/over 2 tenants, not [0-9a-f]{64} over 1$/);
  });

  it('are one enough; that the other is damaged is said, that it is of others is not', () => {
    const damaged = checkpoint().replace(/(.)=\n$/, (_, digit) => `${digit === 'A' ? 'E' : 'A'}=\n`);
    const { verdict, notes } = check({ dsse: statement(), checkpoint: damaged });
    expect([verdict, notes]).toEqual([
      'PASS',
      [
        expect.stringMatching(
          /^the global root: beside what has signed it, a signature by the trusted key .* is not valid/,
        ),
      ],
    ]);
    expect(check({ dsse: statement(), checkpoint: checkpoint('prod', globalRoot, bob) }).notes).toEqual([]);
    expect(check({ dsse: { payload: 1 }, checkpoint: checkpoint() })).toMatchObject({
      verdict: 'PASS',
      notes: [expect.stringMatching(/beside what has signed it, not a DSSE envelope/)],
    });
    expect(said({ dsse: { payload: 1 } })).toMatch(/^UNTRUSTED \| signature-invalid: the global root: not a DSSE/);
  });

  it('a damaged signature beside a good one in an envelope is said, and counts for nothing', () => {
    const [good, other] = statement({ keys: [alice, bob] }).signatures;
    if (good === undefined || other === undefined) throw new Error('not signed');
    const dsse = { ...statement(), signatures: [good, { ...other, sig: flipped(other.sig) }] };
    const both = { trusted: [alice.publicKey, bob.publicKey] };
    expect(check({ dsse }, both)).toMatchObject({
      verdict: 'PASS',
      notes: [
        `the global root: beside what has signed it, there is a signature under the id of the trusted key ${bob.publicKey.id} that is not valid`,
      ],
    });
    expect(said({ dsse }, { ...both, threshold: 2 })).toMatch(
      /^UNTRUSTED .*1 of the trusted keys have signed, 2 are needed; there is a signature/,
    );
    // Whether the signature of a stranger is good nobody here can tell.
    expect(check({ dsse }).notes).toEqual([]);
  });
});

it('a checkpoint that too few trusted keys have signed vouches for nothing', () => {
  const two = { trusted: [alice.publicKey, bob.publicKey], threshold: 2 };
  expect(said({ checkpoint: checkpoint() }, two)).toBe(
    'UNTRUSTED | key-untrusted: the global root: 1 of the trusted keys have signed, 2 are needed',
  );
  const bobs = checkpoint('prod', globalRoot, bob).split('\n').at(-2);
  expect(said({ checkpoint: `${checkpoint()}${bobs}\n` }, two)).toBe('PASS');
});

describe('a proof that cannot be believed is named by its kind', () => {
  it('one that contradicts itself, one that shows something else, one that is cut off, a key that is none', () => {
    const record = JSON.parse(bare).record as object;
    const contradicting = JSON.stringify({ ...JSON.parse(bare), record: { ...record, tenant: 'another' } });
    const signed = { dsse: statement() };
    expect(said(signed, {}, contradicting)).toBe(
      'FAIL | proof-invalid: the record is of another tenant or stream than the proof',
    );
    const elsewhere = JSON.stringify({ ...JSON.parse(bare), globalRoot: ZEROS });
    expect(said(signed, { knownRoots: [ZEROS] }, elsewhere)).toMatch(/^FAIL \| proof-invalid: tenant in the whole: /);
    const input = { name: 'p', trusted: [], knownRoots: [] };
    const cut = checkProof(portable, { ...input, content: Buffer.from(bare.slice(0, -9)) });
    expect([cut.verdict, cut.document, cut.findings.map(({ kind }) => kind)]).toEqual([
      'INCOMPLETE',
      undefined,
      ['input-malformed'],
    ]);
    const noKey = new TrustError('key-untrusted', 'k: no key');
    expect(said(signed, { trusted: [noKey, alice.publicKey] })).toBe('UNTRUSTED | key-untrusted: k: no key');
    expect(() => check({}, { threshold: 0, knownRoots: [globalRoot] })).toThrow(RangeError);
    const unread = new EvidenceError('source-incomplete', 'it cannot be read');
    const nothing = checkProof(portable, { ...input, content: unread });
    expect([nothing.verdict, nothing.findings.map(({ kind }) => kind)]).toEqual(['INCOMPLETE', ['source-incomplete']]);
  });

  it('one of growth that shows a part: the set that grew is named', async () => {
    const is = recordsOf([{ sets: [3], chains: [5] }]);
    const content = Buffer.from(growthProofText(await growthProofOf(textOf(RECORDS), textOf(is))));
    const knownRoots = [globalRoot, trailerOf(is).globalRoot];
    const { verdict, findings } = checkProof(portable, { name: 'p', content, trusted: [], knownRoots });
    expect([verdict, findings.map(({ kind }) => kind)]).toEqual(['INCOMPLETE', ['proof-unavailable']]);
  });

  it('the gravest verdict stays, in whatever order they are found', () => {
    const elsewhere = JSON.stringify({ ...JSON.parse(bare), globalRoot: ZEROS });
    expect(said({}, {}, elsewhere)).toMatch(/^UNTRUSTED \| proof-invalid: .* \| signature-missing: /);
    const noKey = new TrustError('key-untrusted', 'k: no key');
    const known = { trusted: [noKey], knownRoots: [ZEROS] };
    expect(said({}, known, elsewhere)).toMatch(/^UNTRUSTED \| key-untrusted: .* \| proof-invalid: /);
  });
});

const FOLDER = 'cases/trust';
const folder = sharedFolder(FOLDER);

describe('a demand on a signature without a key that could have made it', () => {
  it.each([{ threshold: 2 }, { expectSubject: { system: 'x' } }, { expectOrigin: 'x' }])(
    '%j is refused before anything is read',
    async (unasked) => {
      const refused = verifyProof('there-is-no-such-file', { roots: [globalRoot], ...unasked });
      await expect(refused).rejects.toThrow(/has no meaning without trustedKeys/);
    },
  );
});

describe.skipIf(folder === undefined)(`proofs that were accepted without a word${skippedWithout(FOLDER)}`, () => {
  const at = (name: string): string => join(folder ?? '', name);
  const trustedKeys = [at('ed.key.pub')];

  it('p_badthengood.json: a good and a bad signature of one key', async () => {
    const { verdict, findings, vouched } = await verifyProof(at('p_badthengood.json'), { trustedKeys });
    expect([verdict, findings.map(({ kind }) => kind), vouched]).toEqual(['UNTRUSTED', ['signature-invalid'], []]);
    expect(readFileSync(at('badthengood.checkpoint'), 'utf8')).toContain('evidence-prod');
  });

  it('staging.proof.json: another system, which is shown always and refused where one is demanded', async () => {
    const shown = await verifyProof(at('staging.proof.json'), { trustedKeys });
    expect(proofLines(shown, 'p')).toEqual(
      expect.arrayContaining([
        'PASS: the proof holds, and is vouched for',
        'signed was the system "evidence-STAGING", no time of capture, no upgrade',
      ]),
    );
    for (const demand of [{ expectSubject: { system: 'evidence-prod' } }, { expectOrigin: 'evidence-prod' }]) {
      const { verdict, findings } = await verifyProof(at('staging.proof.json'), { trustedKeys, ...demand });
      expect([verdict, findings.map(({ kind }) => kind)]).toEqual(['UNTRUSTED', ['subject-mismatch']]);
    }
    const held = { expectSubject: { system: 'evidence-STAGING' }, expectOrigin: 'evidence-STAGING' };
    expect((await verifyProof(at('staging.proof.json'), { trustedKeys, ...held })).verdict).toBe('PASS');
  });
});

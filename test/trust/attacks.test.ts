/** The attacks on a signed baseline, one by one: each must end UNTRUSTED, under its own name. */
import { createHmac, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { openSource } from '../../src/api/open-source.ts';
import { openTrust } from '../../src/api/open-trust.ts';
import { compareSources } from '../../src/engine/compare.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import {
  auditSnapshot,
  compareSnapshots,
  signSnapshot,
  type TrustOptions,
  verifySnapshotSignature,
} from '../../src/index.ts';
import { preAuthEncoding } from '../../src/trust/dsse.ts';
import { readPrivateKey, readPublicKey } from '../../src/trust/node-keys.ts';
import { judgeSignature, verifySignature } from '../../src/trust/signed-baseline.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../../src/wire/statement.ts';
import { within } from '../faults/files.ts';
import { runs } from '../long.ts';
import { bodies, bundles, chained, sha256 } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import {
  fileOf,
  GROWN,
  keyFiles,
  outcomeOf,
  RECORDS,
  signed,
  statementText,
  textOf,
  writeEnvelope,
} from './signed-files.ts';

const folder = temporaryFolder();
const [alice, bob, mallory] = [keyFiles(folder, 'alice'), keyFiles(folder, 'bob'), keyFiles(folder, 'mallory')];
const current = fileOf(folder, 'current.ndjson', textOf(GROWN));
/** What an attacker wants to pass for the baseline: the same history, but for one body, perfect in itself. */
const FORGED = [...bundles(3), ...chained([{ n: 'forged' }, ...bodies(4).slice(1)])];
const forgedCurrent = fileOf(folder, 'forged-current.ndjson', textOf(FORGED));
const ours: TrustOptions = { trustedKeys: [alice.publicPath] };
const oursOrBobs = [alice.publicPath, bob.publicPath];

let times = 0;
/** A fresh copy of the baseline, signed by alice. */
async function signedBaseline(upgrade?: string): Promise<string> {
  times += 1;
  return signed(fileOf(folder, `baseline-${times}.ndjson`, textOf(RECORDS)), [alice], upgrade);
}

async function isUntrusted(kind: string, baseline: string, trust: TrustOptions = ours, is = current): Promise<void> {
  const { verdict, kinds, report } = await outcomeOf(baseline, is, trust);
  expect({ verdict, kinds, signature: report.baseline.signature }).toEqual({
    verdict: 'UNTRUSTED',
    kinds: expect.arrayContaining([kind]) as unknown,
    signature: null,
  });
}

async function isTrusted(baseline: string, trust: TrustOptions = ours): Promise<void> {
  const { verdict, kinds, report } = await outcomeOf(baseline, current, trust);
  expect({ verdict, kinds }).toEqual({ verdict: 'PASS', kinds: [] });
  expect(report.baseline.signature).not.toBeNull();
}

/** Changes the envelope beside `path` as JSON. */
function changeEnvelope(path: string, change: (envelope: Record<string, unknown>) => unknown): void {
  const file = `${path}.dsse.json`;
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)));
}

let baseline = '';
beforeAll(async () => {
  baseline = await signedBaseline('2027.Q2');
});

it('a baseline that nobody touched is believed', async () => {
  await isTrusted(baseline);
  await isTrusted(baseline, { trustedKeys: oursOrBobs, expectUpgrade: '2027.Q2' });
});

describe('C01: the baseline is edited', () => {
  it('in any of its bytes, one after the other', async () => {
    const path = await signedBaseline();
    const text = readFileSync(path);
    for (let at = 0; at < text.length; at += runs(37, 1, 149)) {
      const edited = Uint8Array.from(text);
      edited[at] = (edited[at] ?? 0) ^ 1;
      writeFileSync(path, edited);
      await isUntrusted('signature-invalid', path);
    }
  });

  it.each([
    ['rebuilt from end to end', textOf(FORGED)],
    ['with white space at its end', `${textOf(RECORDS)} `],
    ['packed', gzipSync(textOf(RECORDS))],
    ['cut off', textOf(RECORDS).slice(0, 300)],
    ['emptied', ''],
  ])('%s, and the edited one is equal to what is there now', async (_, text) => {
    const path = await signedBaseline();
    writeFileSync(path, text);
    await isUntrusted('signature-invalid', path, ours, forgedCurrent);
  });
});

describe('C02: the baseline is swapped', () => {
  it('and signed with the key of the attacker, who ships his public key beside it', async () => {
    const path = fileOf(folder, 'swapped.ndjson', textOf(FORGED));
    copyFileSync(mallory.publicPath, `${path}.pub`);
    await signed(path, [mallory]);
    changeEnvelope(path, (envelope) => ({ ...envelope, publicKey: readFileSync(mallory.publicPath, 'utf8') }));
    await isUntrusted('key-untrusted', path, ours, forgedCurrent);
  });

  it('and has the signature of the original', async () => {
    const path = fileOf(folder, 'with-original.ndjson', textOf(FORGED));
    await isUntrusted('signature-invalid', path, { ...ours, signature: `${baseline}.dsse.json` }, forgedCurrent);
  });
});

describe('a damaged signature beside a good one', () => {
  it('changes nothing, and is named by the report and by verify-signature', async () => {
    const path = await signed(fileOf(folder, 'damaged.ndjson', textOf(RECORDS)), [alice, bob]);
    changeEnvelope(path, (envelope) => {
      const [good, other] = envelope['signatures'] as readonly [{ sig: string }, { sig: string }];
      return { ...envelope, signatures: [good, { ...other, sig: good.sig }, { sig: 'no base64' }] };
    });
    const said = [
      `beside what has signed the baseline there is a signature under the id of the trusted key ${bob.key.publicKey.id} that is not valid`,
      'beside what has signed the baseline there is a signature that is not base64',
    ];
    const trust = { trustedKeys: oursOrBobs };
    const { verdict, report } = await outcomeOf(path, current, trust);
    expect([verdict, report.notChecked]).toEqual(['PASS', expect.arrayContaining(said)]);
    expect(await verifySnapshotSignature(path, trust)).toMatchObject({ findings: [], damaged: said });
    await isUntrusted('key-untrusted', path, { ...trust, threshold: 2 });
    const { damaged } = await verifySnapshotSignature(baseline, ours);
    expect(damaged).toEqual([]);
  });
});

describe('C03: the signature is removed', () => {
  it('as a file, or from the envelope', async () => {
    const path = await signedBaseline();
    changeEnvelope(path, (envelope) => ({ ...envelope, signatures: [] }));
    await isUntrusted('signature-missing', path);
    rmSync(`${path}.dsse.json`);
    await isUntrusted('signature-missing', path);
    await isUntrusted('signature-missing', path, { requireSignature: true });
  });

  it('and an unsigned baseline is called so where no signature is demanded', async () => {
    const path = fileOf(folder, 'unsigned.ndjson', textOf(RECORDS));
    const { verdict, report } = await outcomeOf(path, current, {});
    expect([verdict, report.baseline.signature]).toEqual(['PASS', null]);
    expect(report.notChecked).toContain('baseline is not signed');
    const { report: unverified } = await outcomeOf(baseline, current, {});
    expect(unverified.notChecked).toContain('baseline has a signature, which was not verified: no key is trusted');
  });

  it('and what demands one without a key to trust is not met', async () => {
    await isUntrusted('key-untrusted', baseline, { requireSignature: true });
    await isUntrusted('key-untrusted', baseline, { threshold: 2 });
    await isUntrusted('key-untrusted', baseline, { signature: `${baseline}.dsse.json` });
    await isUntrusted('key-untrusted', baseline, { expectUpgrade: '2027.Q2' });
  });
});

describe('C04: another algorithm than that of the key', () => {
  const body = (path: string): Buffer => Buffer.from(statementText(path, RECORDS));
  const envelope = (path: string, sig: Uint8Array, more: object = {}): void => {
    const signatures = [{ keyid: alice.key.publicKey.id, sig: Buffer.from(sig).toString('base64'), ...more }];
    const payload = body(path).toString('base64');
    writeFileSync(
      `${path}.dsse.json`,
      JSON.stringify({ payload, payloadType: STATEMENT_PAYLOAD_TYPE, signatures, ...more }),
    );
  };
  const message = (path: string): Uint8Array => preAuthEncoding(STATEMENT_PAYLOAD_TYPE, body(path));

  it.each(['HS256', 'none', 'EdDSA', 'ES256'])('HMAC with the public key as its secret, called %s', async (alg) => {
    const path = fileOf(folder, 'confused.ndjson', textOf(RECORDS));
    const pem = readFileSync(alice.publicPath, 'utf8');
    const der = createPublicKey(pem).export({ format: 'der', type: 'spki' });
    for (const secret of [pem, pem.trim(), der, alice.key.publicKey.bytes]) {
      for (const hash of ['sha256', 'sha512']) {
        envelope(path, createHmac(hash, secret).update(message(path)).digest(), { alg, algorithm: alg });
        await isUntrusted('signature-invalid', path);
      }
    }
  });

  it.each(['md5', 'sha1', 'sha256'])('an RSA key with %s, though it verifies in node:crypto', async (hash) => {
    const path = fileOf(folder, 'rsa.ndjson', textOf(RECORDS));
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const pem = fileOf(folder, 'rsa.pub', publicKey.export({ format: 'pem', type: 'spki' }));
    const signature = sign(hash, message(path), privateKey);
    expect(verify(hash, message(path), publicKey, signature)).toBe(true);
    envelope(path, signature, { alg: `RSA-${hash}` });
    await isUntrusted('key-untrusted', path, { trustedKeys: [pem] });
    await isUntrusted('signature-invalid', path);
  });

  it('an empty signature, or none that is base64', async () => {
    const path = fileOf(folder, 'empty.ndjson', textOf(RECORDS));
    envelope(path, new Uint8Array());
    await isUntrusted('signature-invalid', path);
    changeEnvelope(path, (one) => ({ ...one, signatures: [{ sig: '!!!!' }] }));
    await isUntrusted('signature-invalid', path);
  });
});

it('C05: a key of small order is refused with the signature that is valid for everything', async () => {
  const path = fileOf(folder, 'small.ndjson', textOf(RECORDS));
  const identity = Buffer.concat([Buffer.of(1), Buffer.alloc(31)]);
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), identity]);
  const pem = `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;
  const body = Buffer.from(statementText(path, RECORDS));
  const forged = Buffer.concat([identity, Buffer.alloc(32)]);
  // Most releases of OpenSSL take this signature for every message; what refuses it here is the key.
  const signatures = [{ sig: forged.toString('base64') }];
  const payload = body.toString('base64');
  writeFileSync(`${path}.dsse.json`, JSON.stringify({ payload, payloadType: STATEMENT_PAYLOAD_TYPE, signatures }));
  await isUntrusted('key-untrusted', path, { trustedKeys: [fileOf(folder, 'small.pub', pem)] });
});

describe('C06: signatures are no identities', () => {
  const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = readPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 'p256');
  const pem = fileOf(folder, 'p256.pub', publicKey.export({ format: 'pem', type: 'spki' }));

  it('n - s beside s is one signature of one key, never two', async () => {
    const path = fileOf(folder, 'malleable.ndjson', textOf(RECORDS));
    const body = Buffer.from(statementText(path, RECORDS));
    const message = preAuthEncoding(STATEMENT_PAYLOAD_TYPE, body);
    const raw = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const s = N - BigInt(`0x${raw.subarray(32).toString('hex')}`);
    const other = Buffer.concat([raw.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
    const integer = (bytes: Buffer): Buffer => {
      const digits = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
      return Buffer.concat([Buffer.of(2, digits.length), digits]);
    };
    const minimal = (bytes: Buffer): Buffer =>
      bytes.subarray(
        Math.max(
          0,
          bytes.findIndex((byte) => byte !== 0),
        ),
      );
    const der = (two: Buffer): Buffer => {
      const both = Buffer.concat([two.subarray(0, 32), two.subarray(32)].map((half) => integer(minimal(half))));
      return Buffer.concat([Buffer.of(0x30, both.length), both]);
    };
    expect([raw, other].map((one) => key.publicKey.verifies(message, der(one)))).toEqual([true, true]);
    const signatures = [raw, other].map((one) => ({ sig: der(one).toString('base64') }));
    const payload = body.toString('base64');
    writeFileSync(`${path}.dsse.json`, JSON.stringify({ payload, payloadType: STATEMENT_PAYLOAD_TYPE, signatures }));
    await isTrusted(path, { trustedKeys: [pem] });
    await isUntrusted('key-untrusted', path, { trustedKeys: [pem, alice.publicPath], threshold: 2 });
  });

  it('one key in two encodings is refused in the second: it would count twice', () => {
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const point = spki.subarray(-65);
    const head = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex');
    const der = Buffer.concat([head, Buffer.of(2 + ((point[64] ?? 0) & 1)), point.subarray(1, 33)]);
    const compressed = `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;
    expect(createPublicKey(compressed).equals(publicKey)).toBe(true);
    expect(() => readPublicKey(compressed, 'k.pub')).toThrow(/canonical/);
  });
});

it('C07: a signature over the payload itself, or over type and payload without lengths, is none', async () => {
  const path = fileOf(folder, 'pae.ndjson', textOf(RECORDS));
  const body = Buffer.from(statementText(path, RECORDS));
  const messages = [body, `${STATEMENT_PAYLOAD_TYPE} ${body}`, `DSSEv1 ${STATEMENT_PAYLOAD_TYPE} ${body}`];
  for (const message of [...messages, body.toString('base64')]) {
    const signatures = [{ keyid: alice.key.publicKey.id, sig: '' }];
    const sig = Buffer.from(alice.key.sign(Buffer.from(message))).toString('base64');
    const payload = body.toString('base64');
    const envelope = { payload, payloadType: STATEMENT_PAYLOAD_TYPE, signatures: [{ ...signatures[0], sig }] };
    writeFileSync(`${path}.dsse.json`, JSON.stringify(envelope));
    await isUntrusted('signature-invalid', path);
  }
});

describe('C08: what is verified is what is read', () => {
  it('an envelope with two payloads is refused, whichever comes first', async () => {
    const path = await signedBaseline();
    const text = readFileSync(`${path}.dsse.json`, 'utf8');
    const other = Buffer.from(statementText(path, FORGED)).toString('base64');
    for (const name of ['payload', 'p\\u0061yload']) {
      for (const doubled of [
        text.replace('{', `{"${name}": "${other}",`),
        text.replace(/\}\s*$/, `,"${name}": "${other}"}`),
      ]) {
        writeFileSync(`${path}.dsse.json`, doubled);
        await isUntrusted('signature-invalid', path);
      }
    }
  });

  it('a signed statement that names a member twice is refused', async () => {
    const path = fileOf(folder, 'twice.ndjson', textOf(RECORDS));
    const text = statementText(path, RECORDS);
    writeEnvelope(path, text, [alice]);
    await isTrusted(path);
    for (const doubled of [
      text.replace('{', '{"predicateType":"x",'),
      text.replace('"records":7', '"records":7,"records":7'),
    ]) {
      expect(doubled).not.toBe(text);
      writeEnvelope(path, doubled, [alice]);
      await isUntrusted('signature-invalid', path);
    }
  });

  it('an envelope that is no JSON, or far too deep, is refused', async () => {
    const path = await signedBaseline();
    for (const text of [
      '',
      '[]',
      'null',
      '{}',
      '['.repeat(200_000),
      `\ufeff${readFileSync(`${path}.dsse.json`, 'utf8')}`,
    ]) {
      writeFileSync(`${path}.dsse.json`, text);
      await isUntrusted('signature-invalid', path);
    }
  });
});

describe('C09: a signature over something else', () => {
  const path = fileOf(folder, 'else.ndjson', textOf(RECORDS));

  it('a report, or a statement under another type of payload', async () => {
    const report = await compareSnapshots(path, current);
    writeEnvelope(path, JSON.stringify(report), [alice], 'application/vnd.evidence-diff.report+json');
    await isUntrusted('signature-invalid', path);
    writeEnvelope(path, JSON.stringify(report), [alice]);
    await isUntrusted('signature-invalid', path);
    writeEnvelope(path, statementText(path, RECORDS), [alice], 'application/json');
    await isUntrusted('signature-invalid', path);
  });

  it.each([
    ['another predicate', { predicateType: 'https://slsa.dev/provenance/v1' }],
    ['another version of in-toto', { _type: 'https://in-toto.io/Statement/v0.1' }],
    ['two subjects', { subject: [1, 2].map(() => ({ name: 'else.ndjson', digest: { sha256: sha256('') } })) }],
    ['a digest of another kind', { subject: [{ name: 'else.ndjson', digest: { sha512: sha256('') } }] }],
    ['a member that is not known', { more: true }],
  ])('%s', async (_, others) => {
    writeEnvelope(path, statementText(path, RECORDS, {}, others), [alice]);
    await isUntrusted('signature-invalid', path);
  });
});

describe('C10: keys and thresholds', () => {
  it('a key id that points elsewhere changes nothing', async () => {
    const path = fileOf(folder, 'hint.ndjson', textOf(RECORDS));
    await signed(path, [mallory]);
    changeEnvelope(path, ({ signatures, ...envelope }) => ({
      ...envelope,
      signatures: (signatures as readonly object[]).map((one) => ({ ...one, keyid: alice.key.publicKey.id })),
    }));
    await isUntrusted('signature-invalid', path);
    const other = await signedBaseline();
    changeEnvelope(other, ({ signatures, ...envelope }) => ({
      ...envelope,
      signatures: (signatures as readonly object[]).map((one) => ({ ...one, keyid: 'nobody' })),
    }));
    await isTrusted(other);
  });

  it('two signatures by one key are one, under two names and in two files as well', async () => {
    const path = await signedBaseline();
    copyFileSync(alice.publicPath, join(folder, 'alice-again.pub'));
    changeEnvelope(path, ({ signatures, ...envelope }) => ({
      ...envelope,
      signatures: [...(signatures as object[]), ...(signatures as object[]).map((one) => ({ ...one, keyid: 'bob' }))],
    }));
    const twice = [alice.publicPath, join(folder, 'alice-again.pub')];
    await isUntrusted('key-untrusted', path, { trustedKeys: twice, threshold: 2 });
    await isUntrusted('key-untrusted', path, { trustedKeys: oursOrBobs, threshold: 2 });
    rmSync(`${path}.dsse.json`);
    await signed(path, [alice, bob]);
    await isTrusted(path, { trustedKeys: oursOrBobs, threshold: 2 });
    await isUntrusted('key-untrusted', path, { trustedKeys: oursOrBobs, threshold: 3 });
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a threshold of %s is refused', async (threshold) => {
    await expect(compareSnapshots(baseline, current, { trust: { ...ours, threshold } })).rejects.toThrow(TypeError);
  });

  it('one key that cannot be read spoils the trust in all', async () => {
    for (const bad of [join(folder, 'nowhere.pub'), folder, baseline]) {
      await isUntrusted('key-untrusted', baseline, { trustedKeys: [alice.publicPath, bad] });
    }
  });
});

it('C11: a private key as a trusted one is refused, and nothing of it is in the report', async () => {
  const { report } = await outcomeOf(baseline, current, { trustedKeys: [alice.path] });
  const pem = readFileSync(alice.path, 'utf8');
  const given = await outcomeOf(baseline, current, { trustedKeys: [pem], signature: pem });
  expect([report.verdict, given.verdict]).toEqual(['UNTRUSTED', 'UNTRUSTED']);
  const digits = pem.split('\n')[1] ?? '';
  const told = JSON.stringify([report, given.report]);
  for (let at = 0; at + 8 <= digits.length; at++) expect(told).not.toContain(digits.slice(at, at + 8));
});

describe('C12, B30: times and upgrades', () => {
  const DAY_MS = 86_400_000;
  const agoIs = (ms: number): string => new Date(Date.now() - ms).toISOString();
  const captured = async (capturedAt: string | null, trust: TrustOptions): Promise<readonly string[]> => {
    const text = textOf(RECORDS, { capturedAt: capturedAt ?? undefined });
    const path = fileOf(folder, 'dated.ndjson', text);
    rmSync(`${path}.dsse.json`, { force: true });
    await signed(path, [alice]);
    const { verdict, kinds } = await outcomeOf(path, current, { ...ours, ...trust });
    return [verdict, ...kinds];
  };

  it('the time of signing decides nothing: it is a claim, and told as one', async () => {
    const path = fileOf(folder, 'claimed.ndjson', textOf(RECORDS));
    for (const signedAt of ['2099-01-01T00:00:00.000Z', '1999-01-01T00:00:00.000Z', 'yesterday']) {
      writeEnvelope(path, statementText(path, RECORDS, { signedAt }), [alice]);
      await isTrusted(path);
      const stale = { ...ours, maxBaselineAgeMs: 0 };
      expect((await outcomeOf(path, current, stale)).kinds).toEqual(['baseline-stale']);
    }
  });

  it('of no time the demand of an age is impossible, of a time that is too old it is refuted', async () => {
    const stateOf = async (capturedAt: string | undefined): Promise<string | undefined> => {
      const path = fileOf(folder, 'aged.ndjson', textOf(RECORDS, { capturedAt }));
      const { report } = await outcomeOf(path, current, { maxBaselineAgeMs: DAY_MS });
      expect(report.verdict).toBe('UNTRUSTED');
      return report.demands.find(({ demand }) => demand === 'max-baseline-age')?.state;
    };
    expect([await stateOf(undefined), await stateOf(agoIs(8 * DAY_MS))]).toEqual(['impossible', 'refuted']);
  });

  it('a baseline that is too old, of the future, or of no time is stale', async () => {
    const maxBaselineAgeMs = 7 * DAY_MS;
    expect(await captured(agoIs(6 * DAY_MS), { maxBaselineAgeMs })).toEqual(['PASS']);
    expect(await captured(agoIs(8 * DAY_MS), { maxBaselineAgeMs })).toEqual(['UNTRUSTED', 'baseline-stale']);
    expect(await captured(agoIs(-DAY_MS), { maxBaselineAgeMs })).toEqual(['UNTRUSTED', 'baseline-stale']);
    expect(await captured(null, { maxBaselineAgeMs })).toEqual(['UNTRUSTED', 'baseline-stale']);
    expect(await captured(agoIs(8 * DAY_MS), {})).toEqual(['PASS']);
  });

  it('the time in the file and the one that was signed must agree', async () => {
    const path = fileOf(folder, 'redated.ndjson', textOf(RECORDS));
    writeEnvelope(path, statementText(path, RECORDS, { capturedAt: agoIs(0) }), [alice]);
    await isUntrusted('subject-mismatch', path);
  });

  it('B30: the signed baseline of an older upgrade, played again', async () => {
    const old = await signedBaseline('2026.Q4');
    await isUntrusted('subject-mismatch', old, { ...ours, expectUpgrade: '2027.Q2' });
    await isUntrusted('subject-mismatch', await signedBaseline(), { ...ours, expectUpgrade: '2027.Q2' });
    await isTrusted(old, { ...ours, expectUpgrade: '2026.Q4' });
  });

  it('B30: who signs again vouches for no upgrade that he did not name', async () => {
    const planted = fileOf(folder, 'planted.ndjson', textOf(RECORDS));
    writeEnvelope(planted, statementText(planted, RECORDS, { upgrade: '2027.Q3' }), [mallory]);
    await expect(signSnapshot(planted, { keys: [alice.path] })).rejects.toThrow(/the upgrade "2027\.Q3"/);
    await expect(signSnapshot(planted, { keys: [alice.path], upgrade: 'x' })).rejects.toThrow(/2027\.Q3/);
    await isUntrusted('key-untrusted', planted, { ...ours, expectUpgrade: '2027.Q3' });
  });
});

describe('C13, A19: the signature holds, and what was signed is not what is there', () => {
  it('a statement about another file, for each digit of its digest', async () => {
    const path = fileOf(folder, 'digits.ndjson', textOf(RECORDS));
    const text = statementText(path, RECORDS);
    const digest = sha256(readFileSync(path));
    for (const at of [0, 31, 63]) {
      const other = `${digest.slice(0, at)}${digest[at] === '0' ? '1' : '0'}${digest.slice(at + 1)}`;
      writeEnvelope(path, text.replace(digest, other), [alice]);
      await isUntrusted('signature-invalid', path);
    }
  });

  it.each<[string, Record<string, unknown>]>([
    ['another global root', { globalRoot: sha256('x') }],
    ['another number of records', { records: 8 }],
    ['no tenants', { tenants: [] }],
    ['other tenants', { tenants: [{ tenant: 'acme', records: 7, root: sha256('x'), counts: { event: 4, sbom: 3 } }] }],
    ['another depth', { depth: 'digest' }],
    ['another subject', { subject: { system: 'staging' } }],
    ['a time where the file has another', { capturedAt: null }],
  ])('A19: %s beside the right digest', async (_, predicate) => {
    const path = fileOf(folder, 'split.ndjson', textOf(RECORDS));
    writeEnvelope(path, statementText(path, RECORDS, predicate), [alice]);
    await isUntrusted('subject-mismatch', path);
  });

  it('the digest of the compared bytes and that of the signed ones are in the report, and the same', async () => {
    const { report } = await outcomeOf(baseline, current, ours);
    const digest = sha256(readFileSync(baseline));
    expect([report.baseline.sha256, report.baseline.signature?.signedSha256]).toEqual([digest, digest]);
  });
});

describe('C14: the file is swapped while it is looked at', () => {
  const many = [...bundles(12_000), ...chained(bodies(4))];
  const forgedMany = [...bundles(12_000), ...chained([{ n: 'forged' }, ...bodies(4).slice(1)])];

  it('renamed over while it is read: what was verified is what was compared, and neither is the other file', async () => {
    const path = fileOf(folder, 'raced.ndjson', textOf(many));
    await signed(path, [alice]);
    const other = fileOf(folder, 'other.ndjson', textOf(forgedMany));
    const is = fileOf(folder, 'raced-current.ndjson', textOf(forgedMany));
    let swaps = 0;
    const onProgress = (): void => {
      if (swaps++ === 0) renameSync(other, path);
    };
    const report = await within(compareSnapshots(path, is, { trust: ours, onProgress }));
    expect(swaps).toBeGreaterThan(0);
    // The history of before was read, so the forged one is named; and its file changed, so there is no digest of it.
    // That the file is what was signed could not be told, which is said of the baseline before all else.
    expect(report.verdict).toBe('UNTRUSTED');
    expect(report.findingCounts).toMatchObject({ 'record-modified': 1, 'input-changed': 1, 'signature-invalid': 1 });
    expect(report.baseline.signature).toBeNull();
    await isUntrusted('signature-invalid', path, ours, is);
  });

  it('swapped before it is opened, after its signature was verified', async () => {
    const path = fileOf(folder, 'early.ndjson', textOf(RECORDS));
    await signed(path, [alice]);
    const trust = await openTrust(path, ours);
    writeFileSync(path, textOf(FORGED));
    const [was, is] = [await openSource(path), await openSource(forgedCurrent)];
    const { verdict, findingCounts } = await compareSources(was.source, is.source, {}, { trust });
    expect([verdict, findingCounts]).toEqual(['UNTRUSTED', { 'signature-invalid': 1 }]);
  });
});

describe('B28, B29: the baseline is of something else', () => {
  it('B28: the current side itself, signed or not', async () => {
    const { verdict, kinds } = await outcomeOf(baseline, baseline, ours);
    expect([verdict, ...kinds]).toEqual(['UNTRUSTED', 'same-input']);
  });

  it('B29: a signed baseline of another system', async () => {
    const path = fileOf(folder, 'staging.ndjson', textOf(RECORDS, { subject: { system: 'staging', region: 7 } }));
    await signed(path, [alice]);
    const others: readonly Record<string, string>[] = [
      { system: 'prod' },
      { system: 'staging', tenant: 'acme' },
      { constructor: 'x' } as unknown as Record<string, string>,
    ];
    for (const expectSubject of others) {
      const { verdict, kinds } = await outcomeOf(path, current, { ...ours, expectSubject });
      expect({ verdict, kinds }).toEqual({ verdict: 'UNTRUSTED', kinds: ['subject-mismatch'] });
    }
    await isTrusted(path, { ...ours, expectSubject: { system: 'staging', region: '7' } });
  });

  it('names and numbers that JavaScript treats in a way of its own are signed and verified as they are', async () => {
    const odd = RECORDS.map((record) => (record.type === 'sbom' ? { ...record, type: '__proto__' } : record));
    const text = textOf(odd, { subject: { system: 'test', at: 0 } });
    const subject = '"at":9007199254740992,"big":1e300,"__proto__":{"a":"b"}';
    const path = fileOf(folder, 'odd.ndjson', text.replace('"at":0', subject));
    await signed(path, [alice]);
    expect((await verifySnapshotSignature(path, ours)).findings).toEqual([]);
    writeEnvelope(path, readBody(path).replace('"__proto__":3', '"__proto__":4'), [alice]);
    expect((await verifySnapshotSignature(path, ours)).findings).toMatchObject([{ kind: 'subject-mismatch' }]);
  });
});

function readBody(path: string): string {
  const { payload } = JSON.parse(readFileSync(`${path}.dsse.json`, 'utf8')) as { readonly payload: string };
  return Buffer.from(payload, 'base64').toString();
}

describe('files that are none', () => {
  it('a folder as a signature, or one that is far too long, is no signature', async () => {
    mkdirSync(join(folder, 'folder.ndjson.dsse.json'));
    await isUntrusted('signature-missing', fileOf(folder, 'folder.ndjson', textOf(RECORDS)));
    const huge = JSON.stringify({ payload: 'A'.repeat(4_000_000), payloadType: 'x', signatures: [{ sig: 'AAAA' }] });
    const path = fileOf(folder, 'huge.ndjson', textOf(RECORDS));
    fileOf(folder, 'huge.ndjson.dsse.json', huge);
    await isUntrusted('signature-invalid', path);
    const signatures = Array.from({ length: 101 }, () => ({ sig: 'AAAA' }));
    fileOf(folder, 'huge.ndjson.dsse.json', JSON.stringify({ payload: '', payloadType: 'x', signatures }));
    await isUntrusted('signature-invalid', path);
    fileOf(folder, 'long.pub', Buffer.alloc(2_000_000, 65));
    await isUntrusted('key-untrusted', path, { trustedKeys: [join(folder, 'long.pub')] });
  });
});

it('what is no file at all, a database for one, is not what was signed, even with the same roots', async () => {
  const { header, summary } = await auditSnapshot(baseline);
  if (header === null || summary === null) throw new Error('the baseline could not be read');
  const envelope = readFileSync(`${baseline}.dsse.json`);
  const signature = verifySignature(nodePlatform, envelope, [alice.key.publicKey], 1);
  const judge = (sha256OfFile: string | null) =>
    judgeSignature({ sha256: sha256OfFile, header, summary, complete: true }, signature, { threshold: 1, nowMs: 0 });
  expect(judge(null)).toMatchObject({ findings: [{ kind: 'signature-invalid' }], signature: null });
  expect(judge(sha256(readFileSync(baseline)))).toMatchObject({ findings: [], signature: { threshold: 1 } });
});

/**
 * Signed verdicts: made of a report that a comparison has made and of no other, in the members of the published predicates,
 * and believed only for what was demanded of them.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { attest, keygen, type VerdictPredicate, type VerifyVerdictOptions, verifyVerdict } from '../../src/index.ts';
import { preAuthEncoding } from '../../src/trust/dsse.ts';
import { run } from '../cli/in-process.ts';
import { ROOT } from '../e2e/documents.ts';
import { runs, seed } from '../long.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const ed = (...args: readonly string[]) => run(args, { cwd: folder });
const read = (name: string): string => readFileSync(at(name), 'utf8');
const digest = (name: string): string =>
  createHash('sha256')
    .update(readFileSync(at(name)))
    .digest('hex');

interface Bundle {
  readonly mediaType: string;
  readonly verificationMaterial: object;
  readonly dsseEnvelope: {
    readonly payload: string;
    readonly payloadType: string;
    readonly signatures: { sig: string }[];
  };
}

const bundleIn = (name: string): Bundle => JSON.parse(read(name)) as Bundle;
// biome-ignore lint/suspicious/noExplicitAny: JSON that others define
const payloadIn = (name: string): any =>
  JSON.parse(Buffer.from(bundleIn(name).dsseEnvelope.payload, 'base64').toString());

/** What each verdict is made with: the sides, and what is demanded besides. */
const CASES = {
  PASS: ['baseline.json', 'current.json'],
  FAIL: ['baseline.json', 'tampered.json'],
  INCOMPLETE: ['baseline.json', 'cut.json'],
  UNTRUSTED: ['baseline.json', 'current.json', '--expect-digest', `sha256:${'0'.repeat(64)}`],
} as const;
const CODES = { PASS: 0, FAIL: 1, INCOMPLETE: 2, UNTRUSTED: 3 } as const;
const VERDICTS = Object.keys(CASES) as (keyof typeof CASES)[];
const IMAGE = `registry.example/app@v2=sha256:${'a'.repeat(64)}`;

beforeAll(async () => {
  for (const name of ['baseline', 'current', 'tampered']) {
    const text = readFileSync(join(ROOT, `fixtures/quickstart/${name}.json`), 'utf8');
    writeFileSync(at(`${name}.json`), text.replace('"capturedAt":"2027', '"capturedAt":"2026'));
  }
  writeFileSync(at('cut.json'), readFileSync(at('current.json')).subarray(0, 5000));
  await keygen({ output: at('own.key') });
  await keygen({ output: at('other.key') });
  for (const verdict of VERDICTS) {
    const written = ['--output', `${verdict}.json`, '--output', `${verdict}.html`, '--artifact', IMAGE];
    const { status } = await ed(...CASES[verdict], ...written, '--attest', `${verdict}.bundle`, '--key', 'own.key');
    expect(status).toBe(CODES[verdict]);
  }
});

const trustedKeys = [at('own.key.pub')];
const check = (name: string, options: Partial<VerifyVerdictOptions> = {}) =>
  verifyVerdict(at(name), { trustedKeys, ...options });

describe('a comparison that attests', () => {
  it.each(VERDICTS)('signs %s as what it is, over its reports, sides and artefacts', async (verdict) => {
    const payload = payloadIn(`${verdict}.bundle`);
    expect(payload._type).toBe('https://in-toto.io/Statement/v1');
    expect(payload.predicateType).toBe('https://slsa.dev/verification_summary/v1');
    const { predicate, subject } = payload;
    expect(predicate.verificationResult).toBe(verdict === 'PASS' ? 'PASSED' : 'FAILED');
    expect(predicate.policy.annotations.result).toBe(verdict);
    expect(predicate.verifiedLevels).toEqual(
      verdict === 'PASS' ? ['EVIDENCE_CONTINUITY_EXTENDED', 'EVIDENCE_MODE_APPEND'] : ['FAILED'],
    );
    expect(predicate.timeVerified).toBe(
      (JSON.parse(read(`${verdict}.json`)) as { run: { finishedAt: string } }).run.finishedAt,
    );
    expect(predicate.inputAttestations).toEqual([
      { name: `${verdict}.json`, mediaType: 'application/json', digest: { sha256: digest(`${verdict}.json`) } },
      { name: `${verdict}.html`, mediaType: 'text/html', digest: { sha256: digest(`${verdict}.html`) } },
    ]);
    const named = Object.fromEntries(subject.map((one: { name: string; digest: object }) => [one.name, one.digest]));
    expect(named['evidence-baseline']).toEqual({ sha256: digest('baseline.json') });
    expect(named['registry.example/app@v2']).toEqual({ sha256: 'a'.repeat(64) });
    expect(await check(`${verdict}.bundle`)).toMatchObject({ verdict, findings: [] });
  });

  it('signs reports that are written piece by piece, and says so of nothing that is printed', async () => {
    const outputs = ['pieces.json', 'pieces.ndjson', '-'].flatMap((path) => ['--output', path]);
    const { status } = await ed(
      ...CASES.PASS,
      ...outputs,
      '--list',
      'all',
      '--attest',
      'pieces.bundle',
      '--key',
      'own.key',
    );
    expect(status).toBe(0);
    expect(read('pieces.ndjson')).toContain('"evidence-continuity-stream"');
    expect(payloadIn('pieces.bundle').predicate.inputAttestations.slice(0, -1)).toEqual([
      { name: 'pieces.json', mediaType: 'application/json', digest: { sha256: digest('pieces.json') } },
      { name: 'pieces.ndjson', mediaType: 'application/x-ndjson', digest: { sha256: digest('pieces.ndjson') } },
    ]);
  });

  it('states it among what was demanded of the report', () => {
    const { demands } = JSON.parse(read('PASS.json')) as { demands: unknown[] };
    expect(demands).toContainEqual({ demand: 'attest', asked: 'PASS.bundle', state: 'held' });
    expect(demands).toContainEqual({ demand: 'artifact', asked: IMAGE, state: 'held' });
  });

  it('of what could not be read is about what is known: the report', async () => {
    const { status } = await ed('./nowhere.json', './nothing.json', '--attest', 'nothing.bundle', '--key', 'own.key');
    expect(status).toBe(2);
    expect(payloadIn('nothing.bundle').subject.map((one: { name: string }) => one.name)).toEqual(['evidence-report']);
    expect(await check('nothing.bundle')).toMatchObject({ verdict: 'INCOMPLETE', findings: [] });
  });

  it('has the bundle or no PASS: what cannot be written or signed is found before anything is read', async () => {
    const sides = ['baseline.json', 'current.json', '--output', 'unwritten.json'];
    expect(await ed(...sides, '--attest', 'no-folder/b', '--key', 'own.key')).toMatchObject({ status: 2, stdout: '' });
    expect(await ed(...sides, '--attest', 'b', '--key', 'own.key.pub')).toMatchObject({ status: 3, stdout: '' });
    expect(await ed(...sides, '--attest', 'b', '--key', 'nowhere')).toMatchObject({ status: 3, stdout: '' });
    const full = await run([...sides, '--output', '-', '--format', 'json', '--attest', 'b', '--key', 'own.key'], {
      cwd: folder,
      stdoutFails: 'ENOSPC',
    });
    expect(full.status).toBe(2);
    expect([existsSync(at('b')), existsSync(at('unwritten.json'))]).toEqual([false, false]);
  });

  it.each([
    [['--attest', 'b'], /needs --key/],
    [['--key', 'own.key'], /no meaning without --attest/],
    [['--artifact', IMAGE], /no meaning without --attest/],
    [['--predicate', 'svr'], /no meaning without --attest/],
    [['--attest', '-', '--key', 'own.key'], /give a file/],
    [['--attest', 'b', '--key', 'own.key', '--allow-same'], /contradict/],
    [['--attest', 'own.key', '--key', 'own.key'], /would replace the input/],
    [['--attest', 'current.json', '--key', 'own.key'], /would replace the input/],
    [['--attest', 'b.json', '--key', 'own.key', '--output', './b.json'], /is an --output as well/],
    [['--attest', 'b', '--key', 'own.key', '--metrics', 'b'], /given more than once|as well|metrics/],
    [['--attest', 'b', '--key', 'own.key', '--artifact', 'x=y'], /sha256:/],
    [['--attest', 'b', '--key', 'own.key', '--artifact', IMAGE, '--artifact', IMAGE], /more than once/],
    [
      ['--attest', 'b', '--key', 'own.key', '--artifact', `evidence-baseline=sha256:${'a'.repeat(64)}`],
      /attestation itself/,
    ],
  ])('%j is a usage error', async (options, says) => {
    const { status, stderr } = await ed('baseline.json', 'current.json', ...options);
    expect({ status, stderr }).toEqual({ status: 64, stderr: expect.stringMatching(says) });
    expect(existsSync(at('b'))).toBe(false);
  });
});

describe('the predicates', () => {
  /** Every member, as the published predicates name them, and ours, which are URIs. */
  const MEMBERS = {
    vsa: {
      members: [
        ...['inputAttestations', 'policy', 'resourceUri', 'timeVerified', 'verificationResult', 'verifiedLevels'],
        'verifier',
      ],
      type: 'https://slsa.dev/verification_summary/v1',
    },
    svr: {
      members: ['properties', 'timeCreated', 'urn:evidence-diff:input-attestations:v1', 'verifier'],
      type: 'https://in-toto.io/attestation/svr/v0.2',
    },
    'test-result': {
      members: [
        ...['configuration', 'failedTests', 'passedTests', 'result', 'urn:evidence-diff:input-attestations:v1'],
        ...['urn:evidence-diff:time-verified:v1', 'urn:evidence-diff:verifier:v1', 'warnedTests'],
      ],
      type: 'https://in-toto.io/attestation/test-result/v0.1',
    },
  } as const;

  const attested = async (verdict: keyof typeof CASES, predicate: VerdictPredicate) => {
    const output = `${verdict}-${predicate}.bundle`;
    const expectReport = digest(`${verdict}.json`);
    return attest(at(`${verdict}.json`), { key: at('own.key'), output: at(output), expectReport, predicate });
  };

  it.each(['vsa', 'svr', 'test-result'] as const)('%s has the members of its specification', async (predicate) => {
    const { predicateType } = await attested('PASS', predicate);
    const { type, members } = MEMBERS[predicate];
    expect(predicateType).toBe(type);
    const payload = payloadIn(`PASS-${predicate}.bundle`);
    expect(payload.predicateType).toBe(type);
    expect(Object.keys(payload.predicate).sort()).toEqual([...members].sort());
    expect(await check(`PASS-${predicate}.bundle`)).toMatchObject({ verdict: 'PASS', statement: { predicate } });
  });

  it.each(['FAIL', 'INCOMPLETE', 'UNTRUSTED'] as const)('svr never says %s: the summary does', async (verdict) => {
    expect((await attested(verdict, 'svr')).predicateType).toBe(MEMBERS.vsa.type);
    expect(await check(`${verdict}-svr.bundle`)).toMatchObject({ verdict, findings: [] });
  });

  it('test-result names what failed by the kinds of its findings', async () => {
    await attested('FAIL', 'test-result');
    const { result, passedTests, failedTests } = payloadIn('FAIL-test-result.bundle').predicate;
    expect({ result, passedTests }).toEqual({ result: 'FAILED', passedTests: [] });
    expect(failedTests).toContain('chain-rewritten');
    expect(failedTests).not.toContain('record-added');
  });
});

describe('attest', () => {
  const output = at('later.bundle');
  const key = at('own.key');

  it('takes the digest that the comparison prints', async () => {
    const { stdout } = await ed(...CASES.PASS, '--output', '-', '--output', 'printed.json');
    const [, printed = ''] = /sha256 of the JSON report ([0-9a-f]{64})$/m.exec(stdout) ?? [];
    const args = ['attest', 'printed.json', '--key', 'own.key', '--output', 'printed.bundle'];
    expect((await ed(...args, '--expect-report', `sha256:${printed}`)).status).toBe(0);
    expect(await check('printed.bundle', { report: at('printed.json') })).toMatchObject({
      verdict: 'PASS',
      findings: [],
    });
  });

  it.each(VERDICTS)('compares again where no digest was noted, and signs %s', async (verdict) => {
    // The names in the report are those of the run, seen from where it ran.
    const { status, stderr } = await ed(
      'attest',
      `${verdict}.json`,
      '--key',
      'own.key',
      '--output',
      `again-${verdict}.bundle`,
    );
    expect(status, stderr).toBe(CODES[verdict]);
    expect(await check(`again-${verdict}.bundle`, { report: at(`${verdict}.json`) })).toMatchObject({
      verdict,
      findings: [],
    });
  });

  it('takes no other report than the one of the digest', async () => {
    const wrong = attest(at('PASS.json'), { key, output, expectReport: digest('FAIL.json') });
    await expect(wrong).rejects.toMatchObject({ name: 'TrustError', kind: 'digest-mismatch' });
    expect(existsSync(output)).toBe(false);
  });

  it('signs no report that was edited, be it at one byte', async () => {
    const text = read('PASS.json');
    const expectReport = digest('PASS.json');
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.integer({ min: 1, max: 127 }), async (where, flip) => {
        const bytes = Buffer.from(text);
        bytes[where] = (bytes[where] ?? 0) ^ flip;
        writeFileSync(at('edited.json'), bytes);
        await expect(attest(at('edited.json'), { key, output, expectReport })).rejects.toThrow();
        expect(existsSync(output)).toBe(false);
      }),
      { numRuns: runs(40, 2000), seed },
    );
  });

  it.each([
    ['a FAIL made a PASS, with figures that agree', (text: string) => text.replaceAll('tampered.json', 'current.json')],
    ['another baseline named', (text: string) => text.replaceAll('"baseline.json"', '"tampered.json"')],
    ['a count', (text: string) => text.replace(/("done": )(\d+)/, (_, name, count) => `${name}${Number(count) + 1}`)],
    ['a finding less', (text: string) => text.replace(/"message": "[^"]*"/, '"message": "nothing"')],
  ])('without a digest signs no report that its sources do not give: %s', async (_, edit) => {
    writeFileSync(at('edited.json'), edit(read('FAIL.json')));
    const { status, stderr } = await ed('attest', 'edited.json', '--key', 'own.key', '--output', 'edited.bundle');
    expect([2, 3]).toContain(status);
    expect(stderr).toMatch(/^(?:digest-mismatch|schema-violation|source-incomplete)/);
    expect(existsSync(at('edited.bundle'))).toBe(false);
  });

  it('without a digest signs nothing once a source was changed', async () => {
    for (const name of ['was', 'is'])
      copyFileSync(at(name === 'was' ? 'baseline.json' : 'current.json'), at(`${name}.json`));
    await ed('was.json', 'is.json', '--output', 'moved.json');
    writeFileSync(at('is.json'), `${read('is.json')}\n`);
    const { status, stderr } = await ed('attest', 'moved.json', '--key', 'own.key', '--output', 'moved.bundle');
    expect(status, stderr).toBe(3);
    expect(existsSync(at('moved.bundle'))).toBe(false);
  });

  it('says what it cannot compare again', async () => {
    const input = read('current.json');
    await run(['baseline.json', '-', '--output', 'piped.json'], { cwd: folder, input });
    const { status, stderr } = await ed('attest', 'piped.json', '--key', 'own.key', '--output', 'piped.bundle');
    expect(status).toBe(2);
    expect(stderr).toMatch(/a side was standard input; give --expect-report/);
  });

  it('signs no PASS of one input beside itself', async () => {
    await ed('baseline.json', 'baseline.json', '--allow-same', '--output', 'same.json');
    expect(JSON.parse(read('same.json'))).toMatchObject({ verdict: 'PASS' });
    const same = attest(at('same.json'), { key, output, expectReport: digest('same.json') });
    await expect(same).rejects.toMatchObject({ kind: 'same-input' });
    expect(existsSync(output)).toBe(false);
  });

  it('replaces neither the report nor the key', async () => {
    for (const path of [at('PASS.json'), key]) {
      await expect(attest(at('PASS.json'), { key, output: path })).rejects.toThrow(/would replace the input/);
    }
  });
});

describe('a signed verdict', () => {
  const sha = 'a'.repeat(64);
  const HELD: Partial<VerifyVerdictOptions> = {
    expectSubject: { system: 'evidence-prod', source: 'quickstart' },
    expectArtifacts: { 'registry.example/app@v2': sha },
    report: at('PASS.html'),
    maxAgeSeconds: 3600,
  };

  it('is what it says where all that is demanded holds', async () => {
    const demands = { ...HELD, expectDigest: digest('baseline.json') };
    expect(await check('PASS.bundle', demands)).toMatchObject({ verdict: 'PASS', findings: [] });
  });

  it.each<[string, Partial<VerifyVerdictOptions>, string]>([
    ['another system', { expectSubject: { system: 'evidence-staging' } }, 'subject-mismatch'],
    ['a member that is not there', { expectSubject: { database: 'x' } }, 'subject-mismatch'],
    ['another baseline', { expectDigest: 'b'.repeat(64) }, 'digest-mismatch'],
    [
      'another digest of the artefact',
      { expectArtifacts: { 'registry.example/app@v2': 'b'.repeat(64) } },
      'digest-mismatch',
    ],
    ['another artefact', { expectArtifacts: { 'registry.example/app@v3': sha } }, 'subject-mismatch'],
    ['a side as an artefact', { expectArtifacts: { 'evidence-current': sha } }, 'subject-mismatch'],
    ['another report', { report: at('FAIL.json') }, 'digest-mismatch'],
    ['another key', { trustedKeys: [at('other.key.pub')] }, 'key-untrusted'],
    ['a private key', { trustedKeys: [at('own.key')] }, 'key-untrusted'],
  ])('is UNTRUSTED for %s', async (_, demands, kind) => {
    const { verdict, findings } = await check('PASS.bundle', { ...HELD, ...demands });
    expect(verdict).toBe('UNTRUSTED');
    expect(findings.map((finding) => finding.kind)).toContain(kind);
  });

  it('is INCOMPLETE where it, or the report, cannot be read', async () => {
    expect((await check('nowhere.bundle')).verdict).toBe('INCOMPLETE');
    expect((await check('PASS.bundle', { report: at('nowhere.html') })).verdict).toBe('INCOMPLETE');
    expect((await check('PASS.json')).verdict).toBe('INCOMPLETE');
  });

  it('is no statement about something else that the same key has signed', async () => {
    await ed('sign', 'baseline.json', '--key', 'own.key');
    const bundle = { ...bundleIn('PASS.bundle'), dsseEnvelope: JSON.parse(read('baseline.json.dsse.json')) as object };
    writeFileSync(at('snapshot.bundle'), JSON.stringify(bundle));
    expect(await check('snapshot.bundle')).toMatchObject({
      verdict: 'UNTRUSTED',
      findings: [{ kind: 'signature-invalid' }],
    });
  });

  it('is signed over the pre-authentication encoding of its payload', () => {
    const { payload, payloadType, signatures } = bundleIn('PASS.bundle').dsseEnvelope;
    expect(payloadType).toBe('application/vnd.in-toto+json');
    const message = preAuthEncoding(payloadType, Buffer.from(payload, 'base64'));
    const [signature] = signatures;
    const key = createPublicKey(read('own.key.pub'));
    expect(verify(null, message, key, Buffer.from(signature?.sig ?? '', 'base64'))).toBe(true);
  });

  it.each(VERDICTS)('has the exit code of %s, and prints what was signed', async (verdict) => {
    const { status, stdout } = await ed('verify-verdict', `${verdict}.bundle`, '--trusted-key', 'own.key.pub');
    expect(status).toBe(CODES[verdict]);
    expect(stdout).toMatch(new RegExp(`^${verdict}: `));
    expect(stdout).toContain('of the system "evidence-prod"');
    const json = await ed('verify-verdict', `${verdict}.bundle`, '--trusted-key', 'own.key.pub', '--format', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ verdict, statement: { verdict } });
  });

  it('needs a key', async () => {
    expect(await ed('verify-verdict', 'PASS.bundle')).toMatchObject({ status: 64, stdout: '' });
  });
});

describe('what was given in the place of something else is answered with what to give:', () => {
  it.each([
    ['a report in HTML', ['attest', 'r.html', '--key', 'help.key', '--output', 'o.json'], 'give the report as JSON'],
    [
      'a report for a verdict',
      ['verify-verdict', 'r.json', '--trusted-key', 'help.key.pub'],
      'give the bundle that --attest',
    ],
    [
      'a key without a verdict',
      ['gate', 'cutover', '--report', 'r', '--metrics-file', 'm', '--verdict-key', 'k'],
      'without --verdict',
    ],
    [
      'a verdict without a key',
      ['gate', 'cutover', '--report', 'r', '--metrics-file', 'm', '--verdict', 'v'],
      '--verdict needs --verdict-key',
    ],
  ])('%s', async (_, args, says) => {
    await run(['keygen', '--output', 'help.key'], { cwd: folder });
    writeFileSync(join(folder, 'r.html'), '<html></html>');
    writeFileSync(join(folder, 'r.json'), '{}');
    const { status, stdout, stderr } = await run(args, { cwd: folder });
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain(says);
  });
});

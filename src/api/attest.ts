/** Signed verdicts: what a comparison has found, as an attestation that others can verify. */

import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import { MOST_ENVELOPE_BYTES } from '../core/limits.ts';
import type { Hash } from '../core/platform.ts';
import type { ContinuityReport, Verdict } from '../core/report/report.ts';
import { VERSION } from '../core/version.ts';
import { shardName } from '../core/words.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { readSmallFile } from '../files/read-small-file.ts';
import { WholeFile } from '../files/write-whole-file.ts';
import { renderHtml } from '../reports/html.ts';
import { jsonDigestOf, sha256Of } from '../reports/json.ts';
import type { PrivateKey } from '../trust/keys.ts';
import { signBundle } from '../trust/sigstore-bundle.ts';
import { TrustError } from '../trust/trust-error.ts';
import { parseContinuityReport } from '../wire/continuity-report.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../wire/statement.ts';
import {
  type AttestedReport,
  type Attesting,
  type NamedDigest,
  SIDE_NAMES,
  VERDICT_PREDICATES,
  verdictStatement,
  verdictStatementBytes,
} from '../wire/verdict-statement.ts';
import { comparedAgain } from './compare-again.ts';
import { requireOwnOutput } from './file-words.ts';
import { privateKeyAt } from './key-file.ts';
import { readOptions, text } from './options.ts';
import { ATTEST_OPTIONS, type AttestOptions } from './verdict-options.ts';
/** What was attested. */
export interface Attestation {
  /** Of the report: what was signed. */
  readonly verdict: Verdict;
  /** SHA-256 of the report as it lies in its file. */
  readonly reportSha256: Hash;
  /** Path of the bundle. */
  readonly attestation: string;
  readonly predicateType: string;
  /** SHA-256 of the SubjectPublicKeyInfo of the key that has signed it. */
  readonly key: Hash;
}

const JSON_TYPE = 'application/json';
const HTML_TYPE = 'text/html';

/**
 * The report as JSON and as HTML, by the digests that a file of it has: both are functions of it.
 *
 * @param written - those that were written, of any format, by the names of their files
 */
export function attestedReports(
  report: ContinuityReport,
  written: readonly AttestedReport[] = [],
): readonly AttestedReport[] {
  const drawn = [
    { mediaType: JSON_TYPE, sha256: jsonDigestOf(report) },
    { mediaType: HTML_TYPE, sha256: sha256Of(renderHtml(report)) },
  ].filter(({ sha256 }) => written.every((one) => one.sha256 !== sha256));
  const all = [...written, ...drawn];
  // What is attested is the report as JSON: it stands first.
  return [
    ...all.filter(({ mediaType }) => mediaType === JSON_TYPE),
    ...all.filter((one) => one.mediaType !== JSON_TYPE),
  ];
}

/** @throws TypeError for a name that a side of the comparison has, or that was given twice */
function requireArtifactNames(names: readonly string[], place: string): void {
  const taken = Object.values(SIDE_NAMES).find((name) => names.includes(name));
  if (taken !== undefined)
    throw new TypeError(`${place}: ${JSON.stringify(taken)} is a name of the attestation itself`);
}

/** A PASS of one input beside itself shows nothing, and whoever reads the attestation alone cannot see that. */
function requireTwoInputs({ verdict, demands }: ContinuityReport): void {
  if (verdict !== 'PASS' || demands.some(({ demand, state }) => demand === 'not-same-input' && state === 'held'))
    return;
  throw new TrustError('same-input', 'the report says PASS, and not that its sides are two inputs: it is not attested');
}

/** What a bundle says and who signs it. */
export interface Attested extends Attesting {
  readonly key: PrivateKey;
}

/**
 * The bundle over the verdict of `report`, which whoever calls this knows to be whole and as a comparison has made it.
 *
 * @throws TrustError `same-input` for a PASS of which it is not known that its sides were two inputs
 */
export function attestationOf(report: ContinuityReport, { key, ...attesting }: Attested) {
  requireTwoInputs(report);
  requireWhole(report);
  const statement = verdictStatement(nodePlatform, report, attesting);
  const body = verdictStatementBytes(statement, VERSION);
  return { bundle: signBundle(STATEMENT_PAYLOAD_TYPE, body, key), predicate: statement.predicate };
}

/** @throws EvidenceError for what one shard shows, which is no verdict about the whole */
function requireWhole({ shard }: ContinuityReport): void {
  if (shard === undefined) return;
  throw new EvidenceError('source-incomplete', `the report is of ${shardName(shard)}, which proves nothing by itself`, {
    advice: 'merge the reports of all shards, and attest what comes of it',
  });
}

/** HTML and PDF are drawn from it, and hold less. */
const REPORT_ADVICE = 'give the report as JSON, as --output report.json writes it';

interface ReadBack {
  readonly report: ContinuityReport;
  readonly sha256: Hash;
}

async function reportAt(path: string): Promise<ReadBack> {
  try {
    const { bytes, sha256 } = await readSmallFile(path, MOST_ENVELOPE_BYTES);
    const { demands, changes, mapping, migration, ...rest } = parseContinuityReport(
      nodePlatform,
      parseJson(nodePlatform, bytes),
    );
    if (demands === undefined || changes === undefined || mapping === undefined || migration === undefined) {
      throw new EvidenceError(
        'unsupported-version',
        'a report of an older version, which does not say what was demanded',
        {
          advice: 'compare again, and attest the report of that',
        },
      );
    }
    return { report: { ...rest, demands, changes, mapping, migration }, sha256 };
  } catch (fault) {
    if (!(fault instanceof EvidenceError)) throw fault;
    const placed = fault.at({ file: path });
    throw placed.advice === undefined ? placed.advising(REPORT_ADVICE) : placed;
  }
}

/**
 * Makes sure that the report is the one that a comparison has made.
 *
 * @returns when it was found to be so
 */
async function verifiedAtOf(path: string, { report, sha256 }: ReadBack, options: AttestOptions): Promise<string> {
  const { expectReport, maxFindings } = options;
  if (expectReport === undefined) return comparedAgain(path, report, maxFindings);
  if (expectReport === sha256) return report.run.finishedAt;
  throw new TrustError(
    'digest-mismatch',
    `${path}: the SHA-256 of the report is ${sha256}, expected is ${expectReport}`,
  );
}

async function signedInto(
  file: WholeFile,
  path: string,
  key: PrivateKey,
  options: AttestOptions,
): Promise<Attestation> {
  const read = await reportAt(path);
  const verifiedAt = await verifiedAtOf(path, read, options);
  const { report, sha256 } = read;
  const name = path.split('/').at(-1) ?? path;
  const { bundle, predicate } = attestationOf(report, {
    key,
    predicate: options.predicate ?? 'vsa',
    artifacts: artifactsOf(options.artifacts),
    reports: attestedReports(report, [{ name, mediaType: JSON_TYPE, sha256 }]),
    verifiedAt,
  });
  await file.fill(Buffer.from(bundle));
  await file.commit();
  return {
    verdict: report.verdict,
    reportSha256: sha256,
    attestation: file.path,
    predicateType: VERDICT_PREDICATES[predicate],
    key: key.publicKey.id,
  };
}

/** Artefacts by their names, as they are given. */
export function artifactsOf(artifacts: Readonly<Record<string, Hash>> = {}): readonly NamedDigest[] {
  return Object.entries(artifacts).map(([name, sha256]) => ({ name, sha256 }));
}

/** @throws as `attest` of on-demand-trust.ts says */
export async function attest(path: string, given: AttestOptions): Promise<Attestation> {
  const options = readOptions<AttestOptions>(given, ATTEST_OPTIONS, 'attest', ['key', 'output']);
  text(path, 'attest: path');
  requireArtifactNames(Object.keys(options.artifacts ?? {}), 'attest: artifacts');
  if (options.expectReport !== undefined && options.maxFindings !== undefined) {
    throw new TypeError('attest: maxFindings has no meaning with expectReport: nothing is compared again');
  }
  requireOwnOutput('attest: output', options.output, [path, options.key]);
  // The key first, and the file open: what cannot be signed or written is found before anything is read.
  const key = await privateKeyAt(options.key);
  const file = await WholeFile.open(options.output);
  try {
    return await signedInto(file, path, key, options);
  } finally {
    await file.close();
  }
}

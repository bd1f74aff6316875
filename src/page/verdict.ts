/**
 * A signed verdict with the report that it is of, and proofs under the roots that it names: what `evidence-diff verify-verdict`
 * says, in a browser. A key in the bundle counts for nothing; a report that nobody has signed is said to be that in red.
 */
import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import { gravest } from '../core/kinds.ts';
import { portable } from '../core/platform.ts';
import type { Verdict } from '../core/report/report.ts';
import { printable, quoted } from '../reports/printable.ts';
import { proofLines } from '../reports/proof-lines.ts';
import { verdictLines } from '../reports/verdict-lines.ts';
import { checkProof } from '../trust/check-proof.ts';
import { checkVerdict, type VerdictCheck, type VerdictInput } from '../trust/check-verdict.ts';
import type { PublicKey } from '../trust/keys.ts';
import { isLogProof } from '../trust/log-proof.ts';
import { isBundle } from '../trust/sigstore-bundle.ts';
import type { VerdictStatement } from '../wire/verdict-statement.ts';
import { element, facts, hashed, named, section } from './elements.ts';

/** A file as it was given. */
export interface GivenFile {
  readonly name: string;
  readonly content: Uint8Array | EvidenceError;
}

/** A signed verdict, and what was given beside it. */
export interface GivenVerdict {
  readonly verdict: GivenFile;
  readonly report?: GivenFile;
  readonly proof?: GivenFile;
}

/** What the page says. */
export interface Answer {
  readonly verdict: Verdict;
  /** Behind the verdict, in the first line. */
  readonly said: string;
  readonly sections: readonly HTMLElement[];
}

type FileKind = 'verdict' | 'proof' | 'report';

function kindOf({ content }: GivenFile): FileKind {
  if (content instanceof EvidenceError) return 'report';
  if (isLogProof(content)) return 'proof';
  try {
    const json = parseJson(portable, content);
    if (isBundle(json)) return 'verdict';
    return json instanceof Map && json.get('kind') === 'evidence-proof' ? 'proof' : 'report';
  } catch (fault) {
    if (fault instanceof EvidenceError) return 'report';
    throw fault;
  }
}

/** The files by what they are; undefined if there is no signed verdict among them, or two are of one kind. */
export function verdictAmong(files: readonly GivenFile[]): GivenVerdict | undefined {
  const byKind = new Map(files.map((file) => [kindOf(file), file]));
  const [verdict, report, proof] = [byKind.get('verdict'), byKind.get('report'), byKind.get('proof')];
  if (verdict === undefined || byKind.size < files.length) return undefined;
  return { verdict, ...(report === undefined ? {} : { report }), ...(proof === undefined ? {} : { proof }) };
}

/** What the statement is about, in short: its subjects are below, with their digests. */
function aboutOf({ baseline, current, artifacts }: VerdictStatement): string {
  const systems = new Set([baseline, current].map((side) => side?.subject['system']));
  const [system] = systems;
  const of = systems.size === 1 && typeof system === 'string' ? `the system ${quoted(system)}` : 'no one named system';
  return [`of ${of}`, ...artifacts.map(({ name }) => `about ${quoted(name)}`)].join(', ');
}

function signerOf({ signedBy }: VerdictCheck, trusted: VerdictInput['trusted']): string {
  const ids = new Set(signedBy.map(({ sha256 }) => sha256));
  const keys = trusted.filter((key): key is PublicKey => 'id' in key && ids.has(key.id));
  return keys.map(({ name, id }) => `${name} (${id})`).join(', ');
}

function headlineOf(check: VerdictCheck, trusted: VerdictInput['trusted'], report: GivenFile | undefined): string {
  const { statement, findings } = check;
  const [first] = findings;
  if (statement === undefined || first !== undefined)
    return `NOT verified: ${first?.message ?? 'nobody has signed it'}`;
  const what = report === undefined ? 'a verdict' : `${quoted(report.name)} is the report`;
  const signed = `${what} that the key ${signerOf(check, trusted)} has signed as ${statement.verdict}`;
  return `${signed}, ${aboutOf(statement)}${report === undefined ? '; NOT verified: any report, since none was given' : ''}`;
}

/** The proof under the roots of the verdict, which stand for those of both sides. */
function underRoots(proof: GivenFile, { statement, findings }: VerdictCheck) {
  if (statement === undefined || findings.length > 0) return undefined;
  const knownRoots = [statement.baseline, statement.current].flatMap((side) => side?.globalRoot ?? []);
  return checkProof(portable, { ...proof, trusted: [], knownRoots, demands: {} });
}

/** In red, what nobody who reads this page may take for verified. */
function notVerified(check: VerdictCheck, { report, proof }: GivenVerdict): HTMLElement {
  const lines = check.findings.map(({ message }) => message);
  if (report === undefined) lines.push('any report: none was given');
  if (check.findings.length > 0) {
    if (report !== undefined) lines.push(`what ${report.name} says`);
    if (proof !== undefined) lines.push(`what ${proof.name} says: nothing vouches for its root`);
  }
  lines.push('when it was signed: times are the word of whoever signed, and time stamps are not looked at here');
  lines.push('that what was compared is what it is called, and that an artefact belongs to it');
  return element('ul', 'lines', ...lines.map((line) => element('li', 'bad', `NOT verified: ${printable(line)}`)));
}

function digestOf({ content }: GivenFile): HTMLElement | string {
  return content instanceof EvidenceError ? 'it was not read' : hashed(portable.sha256(content));
}

function listOf(id: string, lines: readonly string[]): HTMLElement {
  const list = element('ul', 'lines', ...lines.map((line) => element('li', '', line)));
  list.id = id;
  return list;
}

/** Checks a signed verdict and what was given beside it. */
export function answerOf(
  given: GivenVerdict,
  trusted: VerdictInput['trusted'],
  demands: VerdictInput['demands'],
): Answer {
  const { verdict: bundle, report, proof } = given;
  const content = report?.content;
  const check =
    content instanceof EvidenceError
      ? checkVerdict(portable, { name: report?.name ?? '', content, trusted, demands })
      : checkVerdict(portable, {
          ...bundle,
          trusted,
          demands: content === undefined ? demands : { ...demands, reportSha256: portable.sha256(content) },
        });
  const proven = proof === undefined ? undefined : underRoots(proof, check);
  const [, ...lines] = verdictLines(check, bundle.name);
  const shown = proof === undefined || proven === undefined ? [] : proofLines(proven, proof.name);
  const files = [bundle, report, proof].filter((file) => file !== undefined);
  const verdict = gravest((one) => one === check.verdict || one === proven?.verdict) ?? check.verdict;
  const headline = headlineOf(check, trusted, report);
  const more = proven === undefined || proven.verdict === 'PASS' ? '' : `NOT verified: ${shown[0] ?? ''}; `;
  return {
    verdict,
    said: printable(`${more}${headline}`),
    sections: [
      section('What is not verified', notVerified(check, given)),
      section(
        'The signed verdict',
        listOf('lines', lines),
        facts(...files.map((file) => [`SHA-256 of ${printable(file.name)}`, digestOf(file)] as const)),
      ),
      ...(proof === undefined || shown.length === 0
        ? []
        : [
            section(
              'The proof, under the roots of the verdict',
              element('p', '', named(proof.name)),
              listOf('proof-lines', shown),
            ),
          ]),
    ],
  };
}

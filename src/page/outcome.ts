/** All that is shown of a check below its verdict. */
import { portable } from '../core/platform.ts';
import type { ProofCheck } from '../core/proof/proof-check.ts';
import type { RecordProofDocument } from '../core/proof/proof-document.ts';
import type { ProofInput } from '../trust/check-proof.ts';
import { TrustError } from '../trust/trust-error.ts';
import { type Child, element, facts, hashed, named, section, untrusted } from './elements.ts';
import { growthTable, recordPath } from './paths.ts';
import { prettyJson } from './pretty-json.ts';

/** Longer records are cut off on the screen; the whole of one is in the file. */
const MOST_CHARACTERS = 200_000;

function keyItem(key: ProofInput['trusted'][number], signers: ReadonlySet<string>): HTMLElement {
  if (key instanceof TrustError) return element('li', 'bad', ...untrusted(key.message));
  const signed = signers.has(key.id) ? 'has signed' : 'has signed nothing that counts';
  return element('li', '', named(key.name), ` ${key.algorithm}, ${signed} `, hashed(key.id));
}

function fileFacts({ content }: ProofInput): HTMLElement {
  if (content instanceof Error) return facts(['SHA-256 of the proof file', 'it was not read']);
  return facts(
    ['SHA-256 of the proof file', hashed(portable.sha256(content))],
    ['its length', `${content.length} bytes`],
  );
}

function keyList({ trusted }: ProofInput, { vouched }: ProofCheck): Child {
  if (trusted.length === 0) return element('p', '', 'No key is trusted.');
  const signers = new Set(vouched.flatMap(({ keys }) => keys.map(({ id }) => id)));
  const items = trusted.map((key) => keyItem(key, signers));
  return element('ul', 'keys', ...items);
}

function recordOf({ record, proof }: RecordProofDocument): readonly Child[] {
  if (record === undefined) {
    return [element('p', '', 'The proof holds the leaf hash of the record alone: '), hashed(proof.leafHash)];
  }
  const text = prettyJson(record);
  const isCut = text.length > MOST_CHARACTERS;
  const shown = element('pre', '', element('code', '', isCut ? text.slice(0, MOST_CHARACTERS) : text));
  shown.tabIndex = 0;
  shown.setAttribute('role', 'group');
  shown.setAttribute('aria-label', 'The record');
  return [shown, ...(isCut ? [element('p', 'bad', 'It is longer than that: the rest is in the file.')] : [])];
}

/** A file that is not shown to be right may say anything: its heading says whose words they are. */
function contents(check: ProofCheck): readonly HTMLElement[] {
  const { document: proof, verdict } = check;
  if (proof === undefined) return [];
  const claimed = verdict === 'PASS' ? '' : ', as the file says';
  if (proof.proves === 'consistency') return [section(`Streams${claimed}`, ...growthTable(proof.proof))];
  return [
    section(`The record${claimed}`, ...recordOf(proof)),
    section(`From the leaf to the root${claimed}`, ...recordPath(proof.proof)),
  ];
}

/**
 * The sections.
 *
 * @param lines - what the command prints, without the verdict
 */
export function outcome(input: ProofInput, check: ProofCheck, lines: readonly string[]): readonly HTMLElement[] {
  const list = element('ul', 'lines', ...lines.map((line) => element('li', '', line)));
  list.id = 'lines';
  return [
    section('Outcome', list, fileFacts(input), element('h3', '', 'Trusted keys'), keyList(input, check)),
    ...contents(check),
  ];
}

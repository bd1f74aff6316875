/** The verifier page: `evidence-diff verify-proof` in a browser, without a word to anybody. */
import { portable } from '../core/platform.ts';
import { printable } from '../reports/printable.ts';
import { proofLines } from '../reports/proof-lines.ts';
import { checkProof, type ProofInput } from '../trust/check-proof.ts';
import { Board, byId } from './elements.ts';
import { type Given, InputError, outcome, readGiven, type VerdictQuestion } from './inputs.ts';
import { type Answer, answerOf } from './verdict.ts';

const GIVE = 'Give a proof file and a key that you trust, then check.';

const board = new Board();
const form = byId('form', HTMLFormElement);
const proof = byId('proof', HTMLInputElement);
const keys = byId('keys', HTMLInputElement);
const pasted = byId('pasted', HTMLTextAreaElement);
const threshold = byId('threshold', HTMLInputElement);
const roots = byId('roots', HTMLTextAreaElement);
const subject = byId('subject', HTMLTextAreaElement);
const origin = byId('origin', HTMLInputElement);

/** Counts what was given and asked: an answer to anything but the latest is thrown away. */
let latest = 0;

function given(): Given {
  return {
    proofs: [...(proof.files ?? [])],
    keys: [...(keys.files ?? [])],
    pasted: pasted.value,
    threshold: threshold.value,
    roots: roots.value,
    subject: subject.value,
    origin: origin.value,
  };
}

/** Lets the browser paint. */
function painted(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function changed(): void {
  latest += 1;
  board.nothing(GIVE);
}

function ofProof(input: ProofInput): Answer {
  const result = checkProof(portable, input);
  const [headline = '', ...lines] = proofLines(result, input.name);
  const said = headline.slice(`${result.verdict}: `.length);
  return { verdict: result.verdict, said, sections: outcome(input, result, lines) };
}

function ofVerdict({ verdict, trusted, demands }: VerdictQuestion): Answer {
  return answerOf(verdict, trusted, demands);
}

async function check(): Promise<void> {
  latest += 1;
  const own = latest;
  board.nothing('Checking…');
  try {
    const input = await readGiven(given());
    await painted();
    if (own !== latest) return;
    const { verdict, said, sections } = 'verdict' in input ? ofVerdict(input) : ofProof(input);
    board.verdict(verdict, said, sections);
  } catch (fault) {
    if (own !== latest) return;
    if (fault instanceof InputError) board.nothing(printable(fault.message));
    else board.internalError(fault);
  }
}

/** A file that is dropped on `zone` is as good as one that was chosen with `input`. */
function takeDrops(zone: Element, input: HTMLInputElement): void {
  const over = (isOver: boolean): void => void zone.classList.toggle('over', isOver);
  zone.addEventListener('dragover', () => over(true));
  zone.addEventListener('dragleave', () => over(false));
  zone.addEventListener('drop', (event) => {
    over(false);
    if (!(event instanceof DragEvent) || event.dataTransfer === null) return;
    input.files = event.dataTransfer.files;
    changed();
  });
}

/** A file that is dropped beside the zones is not checked: no verdict of an older one may stand there as if it were. */
function refuseDrop(event: Event): void {
  if (event.target instanceof Element && event.target.closest('.drop') !== null) return;
  latest += 1;
  board.nothing(
    'A file was dropped beside the fields, and not taken. Drop it on “Proof file, or a signed verdict with its report” or “Trusted public keys”.',
  );
}

// The browser would open what is dropped anywhere, in place of this page.
for (const kind of ['dragenter', 'dragover', 'drop']) window.addEventListener(kind, (event) => event.preventDefault());
window.addEventListener('drop', refuseDrop);
takeDrops(byId('drop-proof', HTMLElement), proof);
takeDrops(byId('drop-keys', HTMLElement), keys);
for (const kind of ['input', 'change']) form.addEventListener(kind, changed);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void check();
});
for (const kind of ['error', 'unhandledrejection']) {
  window.addEventListener(kind, () => {
    latest += 1;
    board.internalError('the page met a fault; load it anew');
  });
}
changed();

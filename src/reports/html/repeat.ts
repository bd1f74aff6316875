/** How to make the same comparison again: what to type, and what must come out. */
import { createHash } from 'node:crypto';
import type { ContinuityReport, SideReport } from '../../core/continuity/report.ts';
import { renderJson } from '../json.ts';
import { printable } from '../printable.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { hash } from './tenants.ts';

function octets(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** One character inside `$'…'` of bash. Bytes mean the same in every locale. */
function inAnsiQuotes(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  return printable(character) === character ? character : octets(character);
}

/** `word` as a POSIX shell reads it back; with invisible characters in it, as bash does. */
export function shellWord(word: string): string {
  if (/^[A-Za-z0-9_./:@%+=,-]+$/.test(word)) return word;
  if (printable(word) === word) return `'${word.replaceAll("'", `'\\''`)}'`;
  return `$'${Array.from(word, inAnsiQuotes).join('')}'`;
}

function isDatabase({ name }: SideReport): boolean {
  return /^postgres(?:ql)?:\/\//i.test(name);
}

/** Options come first, so that no name is taken for a verb; `--` where a name would be taken for an option. */
export function commandOf({ baseline, current, mode, findingCounts }: ContinuityReport): string {
  // The digest that was read is not the one that was asked for: to pin it would make a bad baseline a good one.
  const refused = Object.hasOwn(findingCounts, 'digest-mismatch');
  const pinned = refused ? '"sha256:$BASELINE_DIGEST"' : `sha256:${baseline.sha256}`;
  const digest = baseline.sha256 === null ? '' : ` --expect-digest ${pinned}`;
  const names = [baseline.name, current.name];
  const ends = names.some((name) => name.startsWith('-') && name !== '-') ? ' --' : '';
  return `evidence-diff --mode ${mode}${digest}${ends} ${names.map(shellWord).join(' ')}`;
}

/** What checks that the files are those of this report; empty if neither is a file. */
export function digestLinesOf({ baseline, current }: ContinuityReport): readonly string[] {
  const files = [baseline, current].filter((side) => side.sha256 !== null && side.name !== '-' && !isDatabase(side));
  if (files.length === 0) return [];
  return [
    `sha256sum -- ${files.map(({ name }) => shellWord(name)).join(' ')}`,
    ...files.map(({ sha256 }) => `# ${sha256}`),
  ];
}

function notesOf({ baseline, current, findingCounts }: ContinuityReport): readonly string[] {
  const notes = ['Paths are those of the run, seen from the folder in which it ran.'];
  if (Object.hasOwn(findingCounts, 'digest-mismatch'))
    notes.push('BASELINE_DIGEST is the digest that was written down before the upgrade, not the one that was read.');
  if ([baseline, current].some(isDatabase))
    notes.push(
      'A database is read as it is now. Options that say how it is read (profile, schema) and passwords are in no report: give them as before.',
    );
  if ([baseline, current].some(({ name }) => name === '-'))
    notes.push('The name - is standard input: give the same bytes.');
  if (Object.hasOwn(findingCounts, 'weak-scheme'))
    notes.push('Roots that others published were compared as well: give each --legacy-root as before.');
  if (baseline.depth === 'summary')
    notes.push('For a baseline that is a file of roots: evidence-diff verify-roots --baseline with the same options.');
  return notes;
}

function digestOfJson(report: ContinuityReport): string {
  return createHash('sha256').update(renderJson(report), 'utf8').digest('hex');
}

/** The commands, and what ties this page to the JSON report of the same run. */
export function repeatSection(report: ContinuityReport): Markup {
  const digests = digestLinesOf(report).map(
    (line) => html`${line}
`,
  );
  return html`<section id="repeat" aria-labelledby="repeat-title"><h2 id="repeat-title">How to repeat it</h2>
<pre tabindex="0"><code>${digests}${commandOf(report)}</code></pre>
<ul>
${notesOf(report).map(
  (note) => html`<li>${note}</li>
`,
)}${
  digests.length === 0
    ? NOTHING
    : html`<li>The first command must print the digests below it.</li>
`
}<li>The same inputs and options give the same report, but for the times of the run.</li>
</ul>
<p>SHA-256 of the JSON report of this run, as <code>--output report.json</code> writes it:</p>
<p>${hash(digestOfJson(report), '')}</p></section>
`;
}

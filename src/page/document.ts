/**
 * The page as one file: its HTML, with style and script in it. The policy names the digests of both, so that nothing else
 * is obeyed, and allows no connection at all.
 */

import { fromHex, toBase64 } from '../core/base64.ts';
import { portable, utf8 } from '../core/platform.ts';
import { html, Markup } from '../reports/html-markup.ts';
import { STYLE } from '../reports/html-style.ts';

function sourceOf(text: string): string {
  return `'sha256-${toBase64(fromHex(portable.sha256(utf8(text))))}'`;
}

function policy(script: string): string {
  const own = `script-src ${sourceOf(script)}; style-src ${sourceOf(PAGE_STYLE)}; img-src data:`;
  const never = "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
  return `default-src 'none'; ${own}; ${never}`;
}

function head(script: string): Markup {
  return html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Nothing checked yet – evidence-diff proof verifier</title>
<link rel="icon" href="data:,">
<style>${Markup.trusted(PAGE_STYLE)}</style>
</head>`;
}

const BANNER: Markup = html`<header class="banner NONE" id="banner"><p class="kind">evidence-diff proof verifier</p>
<div class="verdict"><svg viewBox="0 0 48 48" width="72" height="72" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path id="shape" d="M24 24h.1"/></svg><div role="status" aria-atomic="true"><h1><span class="word" id="word">Nothing checked yet</span><span class="hidden">: </span><span id="said">this page needs JavaScript.</span></h1></div></div>
<p class="meaning">Proofs and signed verdicts are checked on this computer, by the code of <code>evidence-diff verify-proof</code> and <code>verify-verdict</code>. This page asks for nothing from a network and sends nothing.</p></header>
`;

const FORM: Markup = html`<section><h2>What to check</h2>
<form id="form" autocomplete="off">
<div><div class="drop" id="drop-proof"><label for="proof">Proof file, or a signed verdict with its report</label><input type="file" id="proof" multiple aria-describedby="proof-hint"><p class="hint" id="proof-hint">or drop them here: a proof; or the Sigstore bundle of a verdict with the report that was written with it (HTML, JSON or another), and a proof under its roots if you like</p></div>
<div class="field"><label for="roots">Known global roots, if any</label><p class="hint" id="roots-hint">64 hexadecimal digits each, e.g. from a report: nobody has to vouch for these.</p><textarea id="roots" rows="2" spellcheck="false" aria-describedby="roots-hint"></textarea></div>
<div class="field"><label for="subject">Expected system, if any</label><p class="hint" id="subject-hint">The system that must have been signed, or member=text of its subject, one a line: a proof of another system is as perfect as one of yours.</p><textarea id="subject" rows="2" spellcheck="false" aria-describedby="subject-hint"></textarea></div>
<div class="field"><label for="origin">Expected origin of a checkpoint, if any</label><input type="text" id="origin" spellcheck="false"></div></div>
<div><div class="drop" id="drop-keys"><label for="keys">Trusted public keys</label><input type="file" id="keys" multiple aria-describedby="keys-hint"><p class="hint" id="keys-hint">PEM files, one or more; or drop them here</p></div>
<div class="field"><label for="pasted">or paste them</label><textarea id="pasted" rows="4" spellcheck="false"></textarea></div>
<div class="field"><label for="threshold">Keys that must have signed</label><input type="text" inputmode="numeric" id="threshold" value="1"></div></div>
<div class="go"><button type="submit">Check</button></div>
</form></section>
`;

const LIMITS: Markup = html`<section><h2>What a PASS does not show</h2>
<ul><li>When the root was signed: a time of signing is a claim.</li>
<li>That whoever signed looked at anything but what the tool read, or that what the record says is true.</li>
<li>That it is of your system, unless you say which it must be: what was signed of system, time of capture and upgrade is shown.</li>
<li>With a known root alone: the place of the tenant among the others. All below the tenant is shown.</li>
<li>Of a signed verdict: anything that is said in red to be NOT verified. What a report says is what its signer vouches for, and no more.</li>
<li>Whose a key is: compare its id with what its owner tells you by another way.</li></ul></section>
`;

function provenance(version: string): Markup {
  return html`<section><h2>How to check this page</h2>
<p>It is made from the source of evidence-diff ${version}, the same bytes each time. Whoever changed it could make it say PASS, so take it from where you trust the source, or make it again and compare:</p>
<pre tabindex="0" role="group" aria-label="Commands"><code>npm ci
npm run verifier-page
sha256sum docs/verify.html</code></pre>
<p>The command answers the same, with the exit code: <code>evidence-diff verify-proof PROOF --trusted-key KEY</code>, <code>verify-verdict BUNDLE --trusted-key KEY --report REPORT</code>.</p></section>
`;
}

/** Code of others that the page carries, and its licence, which asks to go with it. */
export interface Licence {
  readonly name: string;
  readonly text: string;
}

/** Line by line: what is escaped for a page shows a line feed as a sign. */
function lines(text: string): readonly Markup[] {
  return text.split('\n').map(
    (line) => html`${line}
`,
  );
}

function notices(licences: readonly Licence[]): Markup {
  const all = licences.map(
    ({
      name,
      text,
    }) => html`<details><summary>${name}</summary><pre tabindex="0" role="group" aria-label="Licence of ${name}">${lines(text)}</pre></details>
`,
  );
  return html`<section><h2>Code of others in this page</h2>
${all}</section>
`;
}

/**
 * The page.
 *
 * @param script - the bundle of main.ts
 * @param version - of the project
 * @param licences - of the code of others that the script holds
 * @throws TypeError if the script would end its element
 */
export function verifierPage(script: string, version: string, licences: readonly Licence[]): string {
  if (/<\/script|<script|<!--/i.test(script))
    throw new TypeError('the script holds text that HTML would take for markup');
  const page = html`<!DOCTYPE html>
<html lang="en">
${head(script)}
<body>
${BANNER}<main>
${FORM}<div id="result"></div>
${LIMITS}${provenance(version)}${notices(licences)}</main>
<footer><p>evidence-diff ${version}, proof verifier</p></footer>
<script>${Markup.trusted(script)}</script>
</body>
</html>
`;
  return page.toString();
}

/* The style sheet of the page: that of the HTML report, and what a form needs. */

const FORM_STYLE = `
.banner.NONE { background: #46515f; }
.meaning { max-width: 78ch; }
.banner code { background: none; padding: 0; }
form { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 18px 28px; }
.drop { padding: 16px 18px; border: 2px dashed var(--before); border-radius: 10px; background: var(--tint); }
.drop.over { border-style: solid; border-color: var(--link); }
label { display: block; font-weight: 650; margin-bottom: 4px; }
.field { margin-top: 14px; }
.field:first-child { margin-top: 0; }
.hint { color: var(--soft); font-size: .93rem; margin-bottom: 6px; }
.drop .hint { margin: 8px 0 0; }
input, textarea, button { font: inherit; color: inherit; max-width: 100%; }
input[type=text], textarea { width: 100%; padding: 7px 10px; border: 1px solid var(--before); border-radius: 6px;
  background: var(--card); }
input[type=text] { width: 7rem; }
textarea { display: block; resize: vertical; font: .79rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas,
  "Liberation Mono", "DejaVu Sans Mono", monospace; }
input[type=file] { width: 100%; }
input::file-selector-button, button { padding: 7px 16px; border: 1px solid var(--before); border-radius: 8px;
  background: var(--card); color: var(--ink); font: inherit; cursor: pointer; margin-right: 10px; }
.go { grid-column: 1 / -1; }
button { padding: 10px 26px; border-color: var(--after); background: #1d4f91; color: #fff; font-weight: 650; }
.lines, .keys { list-style: none; padding: 0; margin-bottom: 16px; }
.lines > li, .keys > li { margin: 4px 0; }
.lines > li { padding: 3px 12px; border-left: 4px solid var(--before); background: var(--tint); border-radius: 0 6px 6px 0; }
#result h3 { margin-top: 18px; }
#result pre { max-height: 34rem; overflow: auto; }
#result .scroll { margin-top: 16px; }
caption { text-align: left; font-weight: 650; padding-bottom: 4px; }
.facts > div { grid-template-columns: 13rem minmax(0, 1fr); }
@media screen and (max-width: 860px) { form { grid-template-columns: minmax(0, 1fr); } }
@media screen and (max-width: 560px) { .facts > div { grid-template-columns: minmax(0, 1fr); } #result table { min-width: 34rem; } }
`;

/** Fixed text. */
const PAGE_STYLE: string = STYLE + FORM_STYLE;

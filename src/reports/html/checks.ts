/** What was not checked, and what was: a PASS is worth as much as these two lists. */
import type { Check, ContinuityReport } from '../../core/continuity/report.ts';
import { meaningOfCheck } from '../check-meanings.ts';
import { demandLine } from '../demand-lines.ts';
import { nextSteps } from '../text/next-steps.ts';
import { grouped } from '../text/page.ts';
import { html, type Markup, shown } from './markup.ts';

function bullets(texts: readonly string[]): Markup {
  return html`<ul>
${texts.map(
  (text) => html`<li>${shown(text)}</li>
`,
)}</ul>
`;
}

/** Everything that was demanded, and what came of it. */
export function demandsSection({ demands }: ContinuityReport): Markup {
  return html`<section id="demands" aria-labelledby="demands-title"><h2 id="demands-title">What was demanded</h2>
${demands.length === 0 ? html`<p>Nothing.</p>` : bullets(demands.map(demandLine))}</section>
`;
}

/** What nobody looked at, with what could only be looked at in part. */
export function notCheckedSection({ notChecked }: ContinuityReport): Markup {
  return html`<section id="not-checked" aria-labelledby="not-checked-title"><h2 id="not-checked-title">What was not checked</h2>
${notChecked.length === 0 ? html`<p>Nothing was left out.</p>` : bullets(notChecked)}</section>
`;
}

function row({ check, done, skipped = 0, why = '' }: Check): Markup {
  const left = skipped === 0 ? html`0` : html`<strong class="doubt">${grouped(skipped)} skipped</strong>`;
  const about = skipped === 0 ? meaningOfCheck(check) : why;
  return html`<tr><th scope="row"><code>${check}</code></th><td class="number">${grouped(done)}</td><td class="number">${left}</td><td>${shown(about)}</td></tr>
`;
}

/** How often each check was made and skipped, and why it was skipped. */
export function checksSection({ checks }: ContinuityReport): Markup {
  return html`<section id="checks" aria-labelledby="checks-title"><h2 id="checks-title">Checks that were made</h2>
<div class="scroll" role="region" aria-label="Checks" tabindex="0"><table class="checks"><thead><tr><th scope="col">Check</th><th scope="col" class="number">Made</th><th scope="col" class="number">Skipped</th><th scope="col">What one is, or why it was skipped</th></tr></thead><tbody>
${checks.map(row)}</tbody></table></div></section>
`;
}

/** The same advice as in the text report. */
export function nextSection(report: ContinuityReport): Markup {
  return html`<section id="next" aria-labelledby="next-title"><h2 id="next-title">What to do now</h2>
${bullets(nextSteps(report))}</section>
`;
}

/** The verdict: as a word, as a shape, as a colour, with counts and exit code. */
import type { ContinuityReport, Verdict } from '../../core/continuity/report.ts';
import { EXIT_CODE_OF } from '../exit-codes.ts';
import { grouped } from '../text/page.ts';
import { html, type Markup, NOTHING, shown } from './markup.ts';
import { SHAPE_OF } from './shape.ts';

const MEANING: Readonly<Record<Verdict, string>> = {
  PASS: 'Every check was made and every one held.',
  FAIL: 'Evidence is missing, changed, re-linked, reordered or, in frozen mode, added.',
  INCOMPLETE: 'Something could not be read or checked. This is not a PASS.',
  UNTRUSTED: 'The baseline itself cannot be believed.',
};

/** The headline in full; its first word is the verdict, and is drawn large. */
function headline({ verdict, headline: text }: ContinuityReport): Markup {
  const begin = `${verdict}: `;
  const said = text.startsWith(begin) ? text.slice(begin.length) : text;
  return html`<h1><span class="word">${verdict}</span><span class="hidden">: </span><span class="said">${shown(said)}</span></h1>`;
}

function tile(what: string, count: number, fault: boolean): Markup {
  return html`<div class="${fault && count > 0 ? 'fault' : 'plain'}"><dt>${what}</dt><dd>${grouped(count)}</dd></div>`;
}

const BAD = ['missing', 'modified', 'relinked', 'moved'] as const;

function tiles({ baseline, current, totals }: ContinuityReport): Markup {
  const { matched, added, unjudged } = totals;
  const not = (what: string, count: number): Markup => tile(`not compared, ${what}`, count, true);
  return html`<dl class="tiles">${tile('records before', baseline.records, false)}${tile('records after', current.records, false)}${tile('matched', matched, false)}${tile('added', added, false)}${BAD.map((what) => tile(what, totals[what], true))}${unjudged === undefined ? NOTHING : html`${not('before', unjudged.baseline)}${not('after', unjudged.current)}`}</dl>`;
}

/** The exit code of the run, with what a signal makes of it. */
function exitCode({ verdict, findingCounts }: ContinuityReport): Markup {
  const stopped = Object.hasOwn(findingCounts, 'interrupted') ? ' (130 or 143 if a signal stopped it)' : '';
  return html`exit code <strong>${EXIT_CODE_OF[verdict]}</strong>${stopped}`;
}

/** The top of the page. */
export function banner(report: ContinuityReport): Markup {
  const { verdict, relation, mode } = report;
  return html`<header class="banner ${verdict}"><p class="kind">Evidence continuity report</p>
<div class="verdict"><svg viewBox="0 0 48 48" width="72" height="72" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="${SHAPE_OF[verdict]}"/></svg>${headline(report)}</div>
<p class="meaning">${MEANING[verdict]}</p>
<p class="codes"><span>${exitCode(report)}</span> <span>relation <strong>${relation}</strong></span> <span>mode <strong>${mode}</strong></span></p>
${tiles(report)}</header>
`;
}

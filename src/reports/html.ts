/**
 * The report as one HTML file, for an auditor: it holds no script, asks for nothing from a network, and can be printed.
 *
 * The order is that of the questions: the verdict; what was compared; what was demanded; counts; roots; findings; what was
 * not checked; what was; what to do; how to repeat it.
 */

import { createHash } from 'node:crypto';
import type { ContinuityReport } from '../core/report/report.ts';
import type { CountedLine } from './counted-by.ts';
import { counted, type Fact, grouped, type Listed, shownFact } from './facts.ts';
import { changed, countsSection, found, rootsSection } from './html-findings.ts';
import { bullets, bytesOf, factMarkup, html, Markup, NOTHING, SHAPE_OF, section, shown } from './html-markup.ts';
import { STYLE } from './html-style.ts';
import { jsonDigestOf } from './json.ts';
import { type CheckLine, type DemandLine, type Outline, outlineOf, type SideOutline } from './outline.ts';
import type { Repeat } from './repeat.ts';

/** The name of each section beside its place in the page. */
const CONTENTS: readonly (readonly [string, string])[] = [
  ['compared', 'What was compared'],
  ['demands', 'What was demanded'],
  ['changes', 'What changed'],
  ['counts', 'Records'],
  ['roots', 'Roots'],
  ['findings', 'Findings'],
  ['not-checked', 'Not checked'],
  ['checks', 'Checks'],
  ['next', 'What to do now'],
  ['repeat', 'How to repeat it'],
];

function policy(): string {
  const digest = createHash('sha256').update(STYLE, 'utf8').digest('base64');
  return `default-src 'none'; style-src 'sha256-${digest}'; img-src data:; base-uri 'none'; form-action 'none'`;
}

function head({ verdict, title }: Outline): Markup {
  return html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>${verdict}: ${title.toLowerCase()}</title>
<link rel="icon" href="data:,">
<style>${Markup.trusted(STYLE)}</style>
</head>`;
}

/** The headline in full; its first word is the verdict, and is drawn large. */
function headline({ verdict, headline: text }: Outline): Markup {
  const begin = `${verdict}: `;
  const said = text.startsWith(begin) ? text.slice(begin.length) : text;
  return html`<h1><span class="word">${verdict}</span><span class="hidden">: </span><span class="said">${shown(said)}</span></h1>`;
}

/** What is a fault wherever it is not 0. */
const FAULTS = /^totals\.(?:missing|modified|relinked|moved|unjudged)/;

function tile(fact: Fact): Markup {
  const kind = FAULTS.test(fact.key) && fact.value !== 0 ? 'fault' : 'plain';
  return html`<div class="${kind}"><dt>${fact.label}</dt><dd>${shownFact(fact)}</dd></div>`;
}

/** The top of the page: the verdict as a word, as a shape, as a colour, with counts and exit code. */
function banner(outline: Outline): Markup {
  const { verdict, title, meaning, result, tally } = outline;
  const codes = result.map(({ label, value }) => html`<span>${label} <strong>${value}</strong></span> `);
  return html`<header class="banner ${verdict}"><p class="kind">${title}</p>
<div class="verdict"><svg viewBox="0 0 48 48" width="72" height="72" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="${SHAPE_OF[verdict]}"/></svg>${headline(outline)}</div>
<p class="meaning">${meaning}</p>
<p class="codes">${codes}</p>
<dl class="tiles">${tally.map(tile)}</dl></header>
`;
}

function side({ label, facts }: SideOutline): Markup {
  return html`<div class="card"><h3>${label}</h3><dl class="facts">${facts.map(factMarkup)}</dl></div>
`;
}

/** Both sides beside each other, then the run. */
function compared({ sides, run }: Outline): Markup {
  const content = html`<div class="sides">${sides.map(side)}</div>
<dl class="facts run">${run.map(factMarkup)}</dl>
`;
  return section('compared', 'What was compared', content);
}

/** What the migration says and did. */
function migrated({ migration }: Outline): Markup {
  if (migration.length === 0) return html``;
  return section('migration', 'Migration', html`<dl class="facts">${migration.map(factMarkup)}</dl>`);
}

function table(kind: string, label: string, columns: readonly string[], rows: readonly Markup[]): Markup {
  const heads = columns.map((column) => html`<th scope="col">${column}</th>`);
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table class="${kind}"><thead><tr>${heads}</tr></thead><tbody>
${rows}</tbody></table></div>`;
}

function demandRow({ state, what, why, tone }: DemandLine): Markup {
  return html`<tr><th scope="row"><strong class="${tone}">${state}</strong></th><td><code>${shown(what)}</code></td><td>${shown(why)}</td></tr>
`;
}

/** Everything that was demanded, and what came of it. */
function demanded({ title, items }: Listed<DemandLine>): Markup {
  const rows = table('demands', 'Demands', ['State', 'Demand', 'Why'], items.map(demandRow));
  return section('demands', 'What was demanded', html`<p>${title}.</p>${items.length === 0 ? NOTHING : rows}`);
}

function checkRow({ check, done, skipped, about }: CheckLine): Markup {
  const left = skipped === 0 ? html`0` : html`<strong class="doubt">${grouped(skipped)} skipped</strong>`;
  return html`<tr><th scope="row"><code>${check}</code></th><td class="number">${grouped(done)}</td><td class="number">${left}</td><td>${shown(about)}</td></tr>
`;
}

function checks(lines: readonly CheckLine[]): Markup {
  const columns = ['Check', 'Made', 'Skipped', 'What one is, or why it was skipped'];
  return section('checks', 'Checks that were made', table('checks', 'Checks', columns, lines.map(checkRow)));
}

function countedRow({ what, baseline, current, difference }: CountedLine): Markup {
  return html`<tr><th scope="row">${shown(what)}</th><td class="number">${baseline}</td><td class="number">${current}</td><td class="number">${difference}</td></tr>
`;
}

/** Records by attribute, where a profile names some. */
function countedBy(listed: Listed<CountedLine> | undefined): Markup {
  if (listed === undefined) return html``;
  const columns = ['Attribute', 'Before', 'After', 'Change'];
  const rows = table('counted', 'Records by attribute, before and after', columns, listed.items.map(countedRow));
  return section('counted', 'Records by attribute', html`<p>${shown(listed.title)}.</p>${rows}`);
}

/** The commands, and what ties this page to the JSON report of the same run. */
function repeat({ digests, command, notes }: Repeat, digest: string): Markup {
  const lines = digests.map(
    (line) => html`${line}
`,
  );
  const first = digests.length === 0 ? [] : ['The first command must print the digests below it.'];
  const content = html`<pre tabindex="0"><code>${lines}${command}</code></pre>
${bullets([...first, ...notes])}<p>SHA-256 of the JSON report of this run, as <code>--output report.json</code> writes it:</p>
<p><code class="hash">${digest}</code></p>`;
  return section('repeat', 'How to repeat it', content);
}

/** Bytes of what a page has of changes, counts, findings and roots; the last have what the others leave, and some at least. */
const MOST_BYTES = 4_600_000;
const LEAST_ROOT_BYTES = 300_000;

/**
 * The report as HTML: a pure function of `report`, the same bytes on every machine.
 *
 * No text of the evidence stands in an attribute, in the style sheet or in a link; between tags it is escaped, and
 * characters that would not be seen are shown as marked escapes.
 */
export function renderHtml(report: ContinuityReport): string {
  const outline = outlineOf(report);
  const { notChecked, steps, declared, tenants } = outline;
  const links = CONTENTS.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`);
  const left = notChecked.items.length === 0 ? html`<p>Nothing was left out.</p>` : bullets(notChecked.items);
  const [changes, counts, findings] = [changed(outline.changes), countsSection(tenants.items), found(outline.findings)];
  const taken = [changes, counts, findings].reduce((sum, part) => sum + bytesOf(part), 0);
  const roots = rootsSection(report, tenants.items, Math.max(LEAST_ROOT_BYTES, MOST_BYTES - taken));
  const page = html`<!DOCTYPE html>
<html lang="en">
${head(outline)}
<body>
${banner(outline)}<nav aria-label="Contents"><ul>${links}</ul></nav>
<main>
${compared(outline)}${migrated(outline)}${demanded(outline.demands)}${changes}${counts}${countedBy(outline.countedBy)}${roots}${findings}${declared === undefined ? html`` : section('declared', 'What was declared', html`<p>${declared.title}.</p>${bullets(declared.items)}`)}${section('not-checked', 'What was not checked', left)}${checks(outline.checks)}${section('next', 'What to do now', bullets(steps))}${repeat(outline.repeat, jsonDigestOf(report))}</main>
<footer><p>${outline.identity}; ${report.run.tool}; ${counted(report.tenants.length, 'tenant')}</p></footer>
</body>
</html>
`;
  return page.toString();
}

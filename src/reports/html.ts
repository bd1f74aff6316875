/**
 * The report as one HTML file, for an auditor: it holds no script, asks for nothing from a network, and can be printed.
 *
 * The order is that of the questions: the verdict; what was compared; what was demanded; counts; roots; findings; what was
 * not checked; what was; what to do; how to repeat it.
 */
import { createHash } from 'node:crypto';
import type { ContinuityReport, Finding } from '../core/report/report.ts';
import { type ChangeLine, morePlaces } from './changes.ts';
import { counted, type Fact, grouped, type Listed, shownFact } from './facts.ts';
import { type Group, moreText, placeFacts, valueFacts } from './found.ts';
import { factMarkup, html, Markup, NOTHING, SHAPE_OF, shown } from './html-markup.ts';
import { STYLE } from './html-style.ts';
import { countsSection, rootsSection } from './html-tenants.ts';
import { jsonDigestOf } from './json.ts';
import { type CheckLine, type DemandLine, type Outline, outlineOf, type SideOutline } from './outline.ts';
import { shortened } from './printable.ts';
import type { Repeat } from './repeat.ts';

/** Findings of a kind that are open from the start; the rest is there, and folded. */
const OPEN_FINDINGS = 20;

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

function section(id: string, title: string, content: Markup): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}</section>
`;
}

function bullets(texts: readonly string[]): Markup {
  const items = texts.map(
    (text) => html`<li>${shown(text)}</li>
`,
  );
  return html`<ul>
${items}</ul>
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

/** Groups that are open from the start. */
const OPEN_GROUPS = 3;

function change({ count, places, more, examples, held }: ChangeLine, at: number): Markup {
  const [first] = places;
  const lines = places.map(
    ({
      what,
      values,
    }) => html`<li><code>${shown(what)}</code>${values === '' ? NOTHING : html` <code>${shown(values)}</code>`}</li>
`,
  );
  const rest = [...(more === '' ? [] : [more]), ...(held === '' ? [] : [`Concentrated in: ${held}.`])];
  const examplesLine =
    examples.length === 0 ? NOTHING : html`<p class="soft">For example ${shown(examples.join('; '))}.</p>`;
  const summary = html`<summary><strong>${grouped(count)}</strong> <code>${shown(first?.what ?? '')}</code>${places.length > 1 ? html` and ${counted(places.length - 1, 'other place')}` : NOTHING}</summary>`;
  const begin = at < OPEN_GROUPS ? html`<details class="change" open>` : html`<details class="change">`;
  return html`${begin}${summary}
<ul>
${lines}</ul>
${rest.map((line) => html`<p class="soft">${shown(line)}</p>`)}${examplesLine}</details>
`;
}

/** Modified records by what changed in them. */
function changed({ title, items }: Listed<ChangeLine>): Markup {
  return section(
    'changes',
    'What changed',
    html`<p>${title}.</p>
${items.map(change)}`,
  );
}

/** The places of one finding that are shown in its fold. */
const SHOWN_PLACES = 20;

function placeFold(one: Finding): Markup {
  const lines = morePlaces(one, SHOWN_PLACES);
  return lines.length === 0
    ? NOTHING
    : html`<details><summary>${counted(lines.length, 'line')} of places</summary>${bullets(lines)}</details>`;
}

function finding(one: Finding): Markup {
  const places = placeFacts(one);
  const place =
    places.length === 0
      ? html`<p class="soft">about the whole</p>`
      : html`<dl class="place">${places.map(factMarkup)}</dl>`;
  const values = valueFacts(one).map(
    ({ label, value }) => html`<div class="${label}"><dt>${label}</dt><dd><code>${value}</code></dd></div>`,
  );
  return html`<li><div><p>${shown(shortened(one.message, 600))}</p>${place}${placeFold(one)}</div>${values.length === 0 ? NOTHING : html`<dl class="values">${values}</dl>`}</li>
`;
}

function findingList(findings: readonly Finding[]): Markup {
  return findings.length === 0
    ? NOTHING
    : html`<ul class="findings">
${findings.map(finding)}</ul>
`;
}

function group(each: Group): Markup {
  const { kind, forced, count, listed } = each;
  // Growth that is allowed is no fault: it is counted in the open, and listed in a fold.
  const isGrowth = forced === 'info' && kind !== 'weak-scheme';
  const open = isGrowth ? [] : listed.slice(0, OPEN_FINDINGS);
  const folded = listed.slice(open.length);
  const which = open.length === 0 ? `${grouped(folded.length)} listed` : `${grouped(folded.length)} more`;
  const fold =
    folded.length === 0
      ? NOTHING
      : html`<details><summary>${which}</summary>
${findingList(folded)}</details>
`;
  const more = moreText(each, listed.length);
  return html`<div class="group ${forced}"><h3><code>${kind}</code> <span class="badge ${forced}">${forced}</span> <span class="count">${grouped(count)}</span></h3>
${findingList(open)}${fold}${more === '' ? NOTHING : html`<p class="soft">${more}</p>`}</div>
`;
}

/** All findings that the report lists, and how many it only counts. */
function found({ title, items }: Listed<Group>): Markup {
  const summary = items.length === 0 ? html`<p>None.</p>` : html`<p>${title}. Values are shown as JSON.</p>`;
  return section(
    'findings',
    'Findings',
    html`${summary}
${items.map(group)}`,
  );
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

/**
 * The report as HTML: a pure function of `report`, the same bytes on every machine.
 *
 * No text of the evidence stands in an attribute, in the style sheet or in a link; between tags it is escaped, and
 * characters that would not be seen are shown as marked escapes.
 */
export function renderHtml(report: ContinuityReport): string {
  const outline = outlineOf(report);
  const { notChecked, steps, declared } = outline;
  const links = CONTENTS.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`);
  const left = notChecked.items.length === 0 ? html`<p>Nothing was left out.</p>` : bullets(notChecked.items);
  const page = html`<!DOCTYPE html>
<html lang="en">
${head(outline)}
<body>
${banner(outline)}<nav aria-label="Contents"><ul>${links}</ul></nav>
<main>
${compared(outline)}${migrated(outline)}${demanded(outline.demands)}${changed(outline.changes)}${countsSection(outline.tenants.items)}${rootsSection(report, outline.tenants.items)}${found(outline.findings)}${declared === undefined ? html`` : section('declared', 'What was declared', html`<p>${declared.title}.</p>${bullets(declared.items)}`)}${section('not-checked', 'What was not checked', left)}${checks(outline.checks)}${section('next', 'What to do now', bullets(steps))}${repeat(outline.repeat, jsonDigestOf(report))}</main>
<footer><p>${outline.identity}; ${report.run.tool}; ${counted(report.tenants.length, 'tenant')}</p></footer>
</body>
</html>
`;
  return page.toString();
}

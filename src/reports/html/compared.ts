/** What was compared, when, from where, signed by whom, and by which run. */
import type { ContinuityReport, SideReport } from '../../core/continuity/report.ts';
import { counted, grouped } from '../text/page.ts';
import { html, type Markup, named, shown, valued } from './markup.ts';
import { hash } from './tenants.ts';

/** Deeper values, and what comes after so many members, are shown as JSON: a report must not grow with them. */
const MOST_MEMBERS = 40;
const DEEPEST = 3;

function fact(what: string, value: Markup, kind: '' | 'wide' = ''): Markup {
  return html`<div class="${kind}"><dt>${what}</dt><dd>${value}</dd></div>`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Any value: the members of an object one below the other, everything else as JSON. */
function anyValue(value: unknown, depth: number = DEEPEST): Markup {
  if (!isObject(value) || depth === 0) return valued(value);
  const members = Object.entries(value);
  const left = members.length - MOST_MEMBERS;
  const rows = members
    .slice(0, MOST_MEMBERS)
    .map(([name, member]) => html`<div><dt>${named(name, 120)}</dt><dd>${anyValue(member, depth - 1)}</dd></div>`);
  const more =
    left > 0 ? [html`<div><dt>and</dt><dd>${counted(left, 'more member')}, in the JSON report</dd></div>`] : [];
  return members.length === 0 ? valued(value) : html`<dl class="members">${rows}${more}</dl>`;
}

function textOr(value: string | null, otherwise: string): Markup {
  return value === null ? html`<span class="soft">${otherwise}</span>` : shown(value);
}

function side(role: string, report: SideReport, more: readonly Markup[]): Markup {
  const { name, sha256, globalRoot, records, depth, capturedAt, subject } = report;
  return html`<div class="card"><h3>${role}</h3><dl class="facts">${fact('Name', named(name, 2000))}${fact('SHA-256 of its bytes', hash(sha256, 'unknown: not a file, or not all bytes were read'), 'wide')}${fact('Global root', hash(globalRoot, 'unknown: not read to its end'), 'wide')}${fact('Records', html`${grouped(records)}`)}${fact('Depth', textOr(depth, 'unknown'))}${fact('Captured', textOr(capturedAt, 'unknown'))}${fact('Of', subject === null ? textOr(null, 'not named') : anyValue(subject))}${more}</dl></div>
`;
}

function signatureOf(signature: unknown): Markup {
  return signature === null ? html`<strong class="doubt">not signed</strong>` : anyValue(signature);
}

function runFacts({ run }: ContinuityReport): Markup {
  const seconds = `${grouped(Math.round(run.durationMs))} ms`;
  return html`<dl class="facts run">${fact('Compared by', named(run.tool))}${fact('Started', shown(run.startedAt))}${fact('Finished', shown(run.finishedAt))}${fact('Took', html`${seconds}, at most ${grouped(Math.round(run.peakRssBytes / 1_000_000))} MB of memory`)}</dl>
`;
}

/** Both sides beside each other, then the run. */
export function comparedSection(report: ContinuityReport): Markup {
  const { baseline, current } = report;
  const signature = fact('Signed by', signatureOf(baseline.signature));
  return html`<section id="compared" aria-labelledby="compared-title"><h2 id="compared-title">What was compared</h2>
<div class="sides">${side('Baseline, before', baseline, [signature])}${side('Current, after', current, [])}</div>
${runFacts(report)}</section>
`;
}

/** Every finding with what was before and what is now, grouped by kind. */
import type { ContinuityReport, Finding } from '../../core/continuity/report.ts';
import { shortened } from '../printable.ts';
import { type Group, groupsOf } from '../text/findings.ts';
import { counted, grouped } from '../text/page.ts';
import { html, type Markup, NOTHING, named, shown, valued } from './markup.ts';

/** Findings of a kind that are open from the start; the rest is there, and folded. */
const OPEN_FINDINGS = 20;

function part(what: string, value: Markup): Markup {
  return html`<div><dt>${what}</dt><dd>${value}</dd></div>`;
}

function placeOf({ tenant, stream, seq, id, path }: Finding): Markup {
  const parts: Markup[] = [];
  if (tenant !== undefined) parts.push(part('tenant', named(tenant)));
  if (stream !== undefined) parts.push(part('stream', named(stream)));
  if (seq !== undefined) parts.push(part('seq', named(String(seq))));
  if (id !== undefined) parts.push(part('id', named(id)));
  // The empty JSON Pointer is the whole record.
  if (path !== undefined) parts.push(part('at', path === '' ? html`the whole record` : named(path)));
  return parts.length === 0 ? html`<p class="soft">about the whole</p>` : html`<dl class="place">${parts}</dl>`;
}

function valuesOf({ baseline, current }: Finding): Markup {
  const parts: Markup[] = [];
  if (baseline !== undefined) parts.push(html`<div><dt>before</dt><dd>${valued(baseline)}</dd></div>`);
  if (current !== undefined) parts.push(html`<div class="after"><dt>after</dt><dd>${valued(current)}</dd></div>`);
  return parts.length === 0 ? NOTHING : html`<dl class="values">${parts}</dl>`;
}

function item(finding: Finding): Markup {
  return html`<li><div><p>${shown(shortened(finding.message, 600))}</p>${placeOf(finding)}</div>${valuesOf(finding)}</li>
`;
}

function list(findings: readonly Finding[]): Markup {
  return html`<ul class="findings">
${findings.map(item)}</ul>
`;
}

function listOf({ kind, forced, listed }: Group): Markup {
  // Growth that is allowed is no fault: it is counted in the open, and listed in a fold.
  const isGrowth = forced === 'info' && kind !== 'weak-scheme';
  const open = isGrowth ? [] : listed.slice(0, OPEN_FINDINGS);
  const folded = listed.slice(open.length);
  const which = open.length === 0 ? `${grouped(folded.length)} listed` : `${grouped(folded.length)} more`;
  const more =
    folded.length === 0
      ? NOTHING
      : html`<details><summary>${which}</summary>
${list(folded)}</details>
`;
  return html`${open.length === 0 ? NOTHING : list(open)}${more}`;
}

function unlisted({ count, listed }: Group): Markup {
  const left = count - listed.length;
  if (left <= 0) return NOTHING;
  return html`<p class="soft">${grouped(left)} more were counted and are not listed: <code>--max-findings</code> lists more.</p>
`;
}

function group(each: Group): Markup {
  const { kind, forced, count } = each;
  return html`<div class="group ${forced}"><h3><code>${kind}</code> <span class="badge ${forced}">${forced}</span> <span class="count">${grouped(count)}</span></h3>
${listOf(each)}${unlisted(each)}</div>
`;
}

/** All findings that the report lists, and how many it only counts. */
export function findingsSection(report: ContinuityReport): Markup {
  const groups = groupsOf(report);
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const summary =
    total === 0
      ? 'None.'
      : `${counted(total, 'finding')} of ${counted(groups.length, 'kind')}. Values are shown as JSON.`;
  return html`<section id="findings" aria-labelledby="findings-title"><h2 id="findings-title">Findings</h2>
<p>${summary}</p>
${groups.map(group)}</section>
`;
}

/** Roots, chain heads and types of every tenant, folded where everything held. */
import type { ContinuityReport, StreamReport, TenantReport, TypeCount } from '../../core/continuity/report.ts';
import { counted, grouped } from '../text/page.ts';
import { absence, tally, worstFirst } from '../text/tenants.ts';
import { difference, holds, relationBadge } from './counts.ts';
import { html, type Markup, NOTHING, named } from './markup.ts';
import { sizesOf } from './picture.ts';

/** Tenants that stand in the page one by one; more of those that held lie together in one fold. */
const OPEN_TENANTS = 40;

/** A hash in full, or the word that stands for its absence. */
export function hash(value: string | null, otherwise: string): Markup {
  return value === null ? html`<span class="soft">${otherwise}</span>` : html`<code class="hash">${value}</code>`;
}

function pair(what: string, baseline: string | null, current: string | null): Markup {
  if (baseline === null && current === null) return NOTHING;
  if (baseline === current) return html`<div><dt>${what}, both sides</dt><dd>${hash(baseline, 'none')}</dd></div>`;
  return html`<div><dt>${what} before</dt><dd>${hash(baseline, 'none')}</dd></div><div><dt>${what} after</dt><dd>${hash(current, 'none')}</dd></div>`;
}

function prefix({ rootAtBaselineSize, baseline, current }: StreamReport): Markup {
  if (rootAtBaselineSize === null || baseline === null || baseline.size === current?.size) return NOTHING;
  const what = `Root of the first ${counted(baseline.size, 'record')} now`;
  return rootAtBaselineSize === baseline.root
    ? html`<div><dt>${what}</dt><dd><strong class="good">equal to the root before</strong></dd></div>`
    : html`<div><dt>${what}</dt><dd>${hash(rootAtBaselineSize, 'none')} <strong class="bad">not the root before</strong></dd></div>`;
}

function stream(report: StreamReport): Markup {
  const { baseline, current, ordered, relation } = report;
  const sizes = { baseline: baseline?.size ?? 0, current: current?.size ?? 0 };
  const absent = absence(report, ', ');
  const size = `${grouped(sizes.baseline)} \u2192 ${grouped(sizes.current)} (${difference(sizes, report)})`;
  return html`<li><p>${relationBadge(relation)} ${named(report.stream)} <span class="soft">${ordered ? 'ordered' : 'unordered'}, ${size}${absent}</span></p>
<dl class="hashes">${pair('Root', baseline?.root ?? null, current?.root ?? null)}${pair('Head', baseline?.head ?? null, current?.head ?? null)}${prefix(report)}</dl></li>
`;
}

function typeRow(count: TypeCount, of: TenantReport): Markup {
  return html`<tr><th scope="row">${named(count.type, 120)}</th><td class="number">${grouped(count.baseline)}</td><td class="number">${grouped(count.current)}</td><td class="number">${difference(count, of)}</td></tr>
`;
}

function types(of: TenantReport): Markup {
  const { counts } = of;
  if (counts.length === 0) return html`<p class="soft">Not counted by type.</p>`;
  return html`<table class="types"><thead><tr><th scope="col">Type</th><th scope="col" class="number">Before</th><th scope="col" class="number">After</th><th scope="col" class="number">Change</th></tr></thead><tbody>
${counts.map((count) => typeRow(count, of))}</tbody></table>`;
}

function tenant(report: TenantReport, open: boolean): Markup {
  const { relation, streams } = report;
  const sizes = sizesOf(report);
  const size = `${grouped(sizes.baseline)} \u2192 ${grouped(sizes.current)} (${difference(sizes, report)})`;
  const about = `${size}, ${counted(streams.length, 'stream')}${streams.length === 0 ? '' : `: ${tally(streams)}`}`;
  return html`<details class="tenant ${relation}"${open ? html` open` : NOTHING}><summary>${relationBadge(relation)} ${named(report.tenant)} <span class="soft">${about}</span></summary>
<dl class="hashes">${pair('Tenant root', report.baselineRoot, report.currentRoot)}</dl>
${types(report)}
<ul class="streams">
${worstFirst(streams).map(stream)}</ul></details>
`;
}

/** Every tenant with its roots, types and streams. What did not hold is first, and open. */
export function tenantsSection({ tenants, baseline, current }: ContinuityReport): Markup {
  const inOrder = worstFirst(tenants);
  const single = inOrder.filter(({ relation }, at) => !holds(relation) || at < OPEN_TENANTS);
  const folded = inOrder.slice(single.length);
  const few = tenants.length <= 3;
  const more =
    folded.length === 0
      ? NOTHING
      : html`<details class="bulk"><summary>${counted(folded.length, 'more tenant')}, in which everything held: ${tally(folded)}</summary>
${folded.map((report) => tenant(report, false))}</details>
`;
  return html`<section id="roots" aria-labelledby="roots-title"><h2 id="roots-title">Roots and chain heads</h2>
<p>Roots are recomputed from the records, as RFC 9162 defines them: equal roots are equal records in equal order. A head is the last hash of a custody chain.</p>
<dl class="hashes">${pair('Global root', baseline.globalRoot, current.globalRoot)}</dl>
${single.map((report) => tenant(report, few || !holds(report.relation)))}${more}</section>
`;
}

/** Records, roots, chain heads and types of every tenant, folded where everything held. */
import type { ContinuityReport, Relation, StreamReport, TenantReport, TypeCount } from '../core/report/report.ts';
import { counted, grouped } from './facts.ts';
import { factMarkup, html, type Markup, NOTHING, named, Room, within } from './html-markup.ts';
import { drawPicture, pictureOf } from './html-picture.ts';
import {
  aboutStream,
  aboutTenant,
  difference,
  globalRootFacts,
  holds,
  sizesOf,
  streamFacts,
  tally,
  tenantRootFacts,
  worstFirst,
} from './relations.ts';

/** Tenants that stand in the page one by one; more of those that held lie together in one fold. */
const OPEN_TENANTS = 40;

/** Bytes of the table of counts; of a tenant the types and the streams each have a part of the room for all. */
const MOST_COUNT_BYTES = 300_000;

function moreOf(all: readonly unknown[], shown: readonly unknown[], noun: string): Markup {
  const left = all.length - shown.length;
  return left <= 0 ? NOTHING : html`<p class="soft">and ${counted(left, noun)}; all in the JSON report</p>`;
}

/** The relation as a word; its colour comes from its class. */
function relationBadge(relation: Relation): Markup {
  return html`<span class="badge ${relation}">${relation}</span>`;
}

interface Split {
  readonly open: readonly TenantReport[];
  readonly folded: readonly TenantReport[];
}

/** What did not hold is open, and the first of the rest. */
function split(inOrder: readonly TenantReport[]): Split {
  const open = inOrder.filter(({ relation }, at) => !holds(relation) || at < OPEN_TENANTS);
  return { open, folded: inOrder.slice(open.length) };
}

function bulk(folded: readonly TenantReport[], content: () => Markup): Markup {
  if (folded.length === 0) return NOTHING;
  return html`<details class="bulk"><summary>${counted(folded.length, 'more tenant')}, in which everything held: ${tally(folded)}</summary>
${content()}</details>
`;
}

function row(tenant: TenantReport): Markup {
  const sizes = sizesOf(tenant);
  const { baseline, current } = sizes;
  return html`<tr><th scope="row">${named(tenant.tenant, 120)}</th><td>${relationBadge(tenant.relation)}</td><td class="number">${grouped(baseline)}</td><td class="number">${grouped(current)}</td><td class="number">${difference(sizes, tenant.unjudged)}</td><td class="number">${grouped(tenant.streams.length)}</td></tr>
`;
}

function table(tenants: readonly TenantReport[], label: string, room: Room): Markup {
  const rows = within(tenants, room, row);
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table class="tenants"><thead><tr><th scope="col">Tenant</th><th scope="col">Relation</th><th scope="col" class="number">Before</th><th scope="col" class="number">After</th><th scope="col" class="number">Change</th><th scope="col" class="number">Streams</th></tr></thead><tbody>
${rows}</tbody></table></div>
${moreOf(tenants, rows, 'more tenant')}`;
}

/** Counts of every tenant, those that did not hold first. */
export function countsSection(inOrder: readonly TenantReport[]): Markup {
  const { open, folded } = split(inOrder);
  const summary =
    inOrder.length === 0 ? 'No tenant was read.' : `${counted(inOrder.length, 'tenant')}: ${tally(inOrder)}.`;
  const room = new Room(MOST_COUNT_BYTES);
  const first = table(open, 'Records by tenant', room);
  const more = bulk(folded, () => table(folded, 'Records of the other tenants', room));
  return html`<section id="counts" aria-labelledby="counts-title"><h2 id="counts-title">Records before and after</h2>
<p>${summary}</p>
${inOrder.length === 0 ? NOTHING : html`${drawPicture(pictureOf(inOrder))}${first}${more}`}</section>
`;
}

function stream(report: StreamReport): Markup {
  return html`<li><p>${relationBadge(report.relation)} ${named(report.stream)} <span class="soft">${aboutStream(report)}</span></p>
<dl class="hashes">${streamFacts(report).map(factMarkup)}</dl></li>
`;
}

function typeRow(count: TypeCount, of: TenantReport): Markup {
  return html`<tr><th scope="row">${named(count.type, 120)}</th><td class="number">${grouped(count.baseline)}</td><td class="number">${grouped(count.current)}</td><td class="number">${difference(count, of.unjudged)}</td></tr>
`;
}

function types(of: TenantReport, room: Room): Markup {
  const { counts } = of;
  if (counts.length === 0) return html`<p class="soft">Not counted by type.</p>`;
  const rows = within(counts, room, (one) => typeRow(one, of));
  return html`<table class="types"><thead><tr><th scope="col">Type</th><th scope="col" class="number">Before</th><th scope="col" class="number">After</th><th scope="col" class="number">Change</th></tr></thead><tbody>
${rows}</tbody></table>${moreOf(counts, rows, 'more type')}`;
}

function tenant(report: TenantReport, open: boolean, room: Room): Markup {
  const { relation, streams } = report;
  const inner = new Room(room.left / 2);
  const typesTable = types(report, inner);
  const listed = within(worstFirst(streams), inner, stream);
  return html`<details class="tenant ${relation}"${open ? html` open` : NOTHING}><summary>${relationBadge(relation)} ${named(report.tenant)} <span class="soft">${aboutTenant(report)}</span></summary>
<dl class="hashes">${tenantRootFacts(report).map(factMarkup)}</dl>
${typesTable}
<ul class="streams">
${listed}</ul>${moreOf(streams, listed, 'more stream')}</details>
`;
}

/**
 * Tenants with their roots, types and streams, as many as there is room for. What did not hold is first, and open.
 *
 * @param bytes - how long the section may be
 */
export function rootsSection(report: ContinuityReport, inOrder: readonly TenantReport[], bytes: number): Markup {
  const { open, folded } = split(inOrder);
  const few = inOrder.length <= 3;
  const room = new Room(bytes);
  const first = within(open, room, (one) => tenant(one, few || !holds(one.relation), room));
  const more = bulk(folded, () => {
    const listed = within(folded, room, (one) => tenant(one, false, room), 0);
    return html`${listed}${moreOf(folded, listed, 'more tenant')}`;
  });
  return html`<section id="roots" aria-labelledby="roots-title"><h2 id="roots-title">Roots and chain heads</h2>
<p>Roots are recomputed from the records, as RFC 9162 defines them: equal roots are equal records in equal order. A head is the last hash of a custody chain.</p>
<dl class="hashes">${globalRootFacts(report).map(factMarkup)}</dl>
${first}${moreOf(open, first, 'more tenant')}${more}</section>
`;
}

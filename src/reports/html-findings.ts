/** What changed and was found, and how each tenant stands, as parts of a page that a browser opens at once however much there is. */

import type {
  ContinuityReport,
  Finding,
  Relation,
  StreamReport,
  TenantReport,
  TypeCount,
} from '../core/report/report.ts';
import { type ChangeLine, morePlaces } from './changes.ts';
import { counted, grouped, type Listed } from './facts.ts';
import { type Group, leftOutText, placeFacts, valueFacts } from './found.ts';
import { bullets, factMarkup, html, type Markup, NOTHING, named, Room, section, shown, within } from './html-markup.ts';
import { drawPicture, pictureOf } from './html-picture.ts';
import { shortened } from './printable.ts';
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

/** Bytes of changes and of findings in a page; with all else it stays under 5 MB. The JSON report has them all. */
const MOST_CHANGE_BYTES = 1_000_000;
const MOST_FINDING_BYTES = 3_000_000;

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
export function changed({ title, items }: Listed<ChangeLine>): Markup {
  const made = within(items, new Room(MOST_CHANGE_BYTES), change);
  const left = items.slice(made.length);
  const records = left.reduce((sum, { count }) => sum + count, 0);
  const more = `and ${counted(left.length, 'more kind')} of change in ${counted(records, 'record')}; all in the JSON report`;
  return section(
    'changes',
    'What changed',
    html`<p>${title}.</p>
${made}${left.length === 0 ? NOTHING : html`<p class="soft">${more}</p>`}`,
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

/** Findings of a kind that are open from the start; the rest is folded. */
const OPEN_FINDINGS = 20;

function list(items: readonly Markup[]): Markup {
  return items.length === 0
    ? NOTHING
    : html`<ul class="findings">
${items}</ul>
`;
}

function group(each: Group, mostBytes: number): Markup {
  const { kind, forced, count, listed } = each;
  const items = within(listed, new Room(mostBytes), finding);
  // Growth that is allowed is no fault: it is counted in the open, and listed in a fold.
  const isGrowth = forced === 'info' && kind !== 'weak-scheme';
  const open = isGrowth ? [] : items.slice(0, OPEN_FINDINGS);
  const folded = items.slice(open.length);
  const which = open.length === 0 ? `${grouped(folded.length)} listed` : `${grouped(folded.length)} more`;
  const fold =
    folded.length === 0
      ? NOTHING
      : html`<details><summary>${which}</summary>
${list(folded)}</details>
`;
  const more = leftOutText(each, items.length);
  return html`<div class="group ${forced}"><h3><code>${kind}</code> <span class="badge ${forced}">${forced}</span> <span class="count">${grouped(count)}</span></h3>
${list(open)}${fold}${more === '' ? NOTHING : html`<p class="soft">${more}</p>`}</div>
`;
}

/** Each group, the short ones first allotted what they take: what they leave is shared by the long ones. */
function groups(items: readonly Group[]): readonly Markup[] {
  const made = new Map<Group, Markup>();
  let left = MOST_FINDING_BYTES;
  for (const each of [...items].sort((a, b) => a.listed.length - b.listed.length)) {
    const markup = group(each, left / (items.length - made.size));
    left -= Buffer.byteLength(markup.toString());
    made.set(each, markup);
  }
  return items.map((each) => made.get(each) ?? NOTHING);
}

/** All findings that there is room for, and how many more there are. */
export function found({ title, items }: Listed<Group>): Markup {
  const summary = items.length === 0 ? html`<p>None.</p>` : html`<p>${title}. Values are shown as JSON.</p>`;
  return section(
    'findings',
    'Findings',
    html`${summary}
${groups(items)}`,
  );
}

/* Records, roots, chain heads and types of every tenant, folded where everything held. */

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

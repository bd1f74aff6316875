/** What changed and what was found, as parts of a page that a browser opens at once however much there is. */
import type { Finding } from '../core/report/report.ts';
import { type ChangeLine, morePlaces } from './changes.ts';
import { counted, grouped, type Listed } from './facts.ts';
import { type Group, leftOutText, placeFacts, valueFacts } from './found.ts';
import { bullets, factMarkup, html, type Markup, NOTHING, Room, section, shown, within } from './html-markup.ts';
import { shortened } from './printable.ts';

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

/**
 * The report as Markdown: for a pull request, a wiki, and the page of a run on GitHub, whose summary it is.
 *
 * GitHub drops a summary of more than 1 MiB, so what is listed has limits, which keep it below that whatever is in it.
 */
import type { ContinuityReport, StreamReport, TenantReport } from '../core/report/report.ts';
import { type ChangeLine, morePlaces } from './changes.ts';
import type { CountedLine } from './counted-by.ts';
import { counted, type Fact, grouped, type Listed, shownFact } from './facts.ts';
import { findingText, type Group, moreText } from './found.ts';
import { type CheckLine, type DemandLine, type Outline, outlineOf } from './outline.ts';
import { printable, shortened } from './printable.ts';
import {
  aboutStream,
  aboutTenant,
  streamFacts,
  tally,
  tenantRootFacts,
  typeChange,
  wordOf,
  worstFirst,
} from './relations.ts';
import type { Repeat } from './repeat.ts';

const MOST = {
  changes: 20,
  places: 10,
  tenants: 40,
  shownPlaces: 5,
  streams: 80,
  types: 8,
  findings: 50,
  notes: 40,
  text: 600,
  name: 120,
} as const;

/**
 * `text` as Markdown that shows just that text, on one line: every ASCII punctuation mark could begin something (a link,
 * a mention, HTML, a cell), and CommonMark lets each be escaped. `@` and `&`, `<`, `>` are given by number, for what is
 * done to a text after Markdown; so is `:`, which would make a link of an address.
 */
function inline(text: string, most: number = MOST.text): string {
  return printable(shortened(text, most)).replace(/[!-/:-@[-`{-~]/g, (mark) =>
    '@&<>:'.includes(mark) ? `&#${mark.charCodeAt(0)};` : `\\${mark}`,
  );
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [row(heads), row(heads.map(() => '---')), ...rows.map(row), ''];
}

function title(text: string): readonly string[] {
  return [`#### ${inline(text)}`, ''];
}

function bullets({ title: over, items }: Listed<string>): readonly string[] {
  const left = items.length - MOST.notes;
  const more = left > 0 ? [`- and ${grouped(left)} more, in the JSON report`] : [];
  const list = [...items.slice(0, MOST.notes).map((what) => `- ${inline(what)}`), ...more];
  return [...title(over), ...(list.length === 0 ? [] : [...list, ''])];
}

/** A hash or a count has nothing in it that would have to be escaped. */
function cell(fact: Fact | undefined): string {
  if (fact === undefined) return '';
  return fact.as === 'hash' || fact.as === 'count' ? shownFact(fact) : inline(String(fact.value));
}

function demands({ title: over, items }: Listed<DemandLine>): readonly string[] {
  const rows = items.map(({ state, what, why }) => [state, inline(what), inline(why)]);
  return [...title(over), ...(rows.length === 0 ? [] : table(['state', 'demand', 'why'], rows))];
}

/** Both sides beside each other; what only one of them has stands alone in its line. */
function changes({ title: over, items }: Listed<ChangeLine>): readonly string[] {
  const lines = items
    .slice(0, MOST.changes)
    .flatMap(({ count, places, more, examples, held }) => [
      `- **${grouped(count)}** ${inline(examples.length === 0 ? '' : `such as ${examples.join('; ')}`)}`,
      ...places.slice(0, MOST.places).map(({ what, values }) => `  - ${inline(`${what} ${values}`.trim())}`),
      ...(places.length > MOST.places
        ? [`  - and ${counted(places.length - MOST.places, 'more place')}, in the JSON report`]
        : []),
      ...(more === '' ? [] : [`  - ${inline(more)}`]),
      ...(held === '' ? [] : [`  - concentrated in: ${inline(held)}`]),
    ]);
  const left = items.length - MOST.changes;
  const rest = left > 0 ? [`- and ${counted(left, 'more kind')}, in the JSON report`] : [];
  return [...title(over), ...lines, ...rest, ...(items.length === 0 ? [] : [''])];
}

function compared({ sides, tally }: Outline): readonly string[] {
  const labels = [...new Set(sides.flatMap(({ facts }) => facts.map(({ label }) => label)))];
  const rows = labels.map((label) => [
    inline(label),
    ...sides.map(({ facts }) => cell(facts.find((fact) => fact.label === label))),
  ]);
  return [
    ...title('Compared'),
    ...table(['', ...sides.map(({ role }) => role)], rows),
    ...table(
      tally.map(({ label }) => label),
      [tally.map(shownFact)],
    ),
  ];
}

function hashes(facts: readonly Fact[], indent: string): readonly string[] {
  return facts.map((fact) => `${indent}- ${inline(fact.label)} ${cell(fact)}`);
}

function stream(report: StreamReport): readonly string[] {
  const about = `stream ${inline(report.stream, MOST.name)}, ${inline(aboutStream(report))}`;
  return [`  - ${wordOf(report.relation)} ${about}`, ...hashes(streamFacts(report), '    ')];
}

function tenant(report: TenantReport, streams: readonly StreamReport[]): readonly string[] {
  const types = report.counts.slice(0, MOST.types);
  const left = report.counts.length - types.length;
  const hidden = worstFirst(report.streams).slice(streams.length);
  return [
    `- **${wordOf(report.relation)}** ${inline(report.tenant, MOST.name)}, ${inline(aboutTenant(report))}`,
    ...hashes(tenantRootFacts(report), '  '),
    ...types.map((count) => `  - type ${inline(count.type, MOST.name)}, ${inline(typeChange(count, report))}`),
    ...(left > 0 ? [`  - and ${counted(left, 'more type')}, in the JSON report`] : []),
    ...streams.flatMap(stream),
    ...(hidden.length > 0
      ? [`  - and ${counted(hidden.length, 'more stream')} (${tally(hidden)}), in the JSON report`]
      : []),
  ];
}

function tenants({ title: over, items }: Listed<TenantReport>): readonly string[] {
  let left: number = MOST.streams;
  const lines = items.slice(0, MOST.tenants).flatMap((report) => {
    const streams = worstFirst(report.streams).slice(0, left);
    left -= streams.length;
    return tenant(report, streams);
  });
  const hidden = items.slice(MOST.tenants);
  const more =
    hidden.length > 0 ? [`- and ${counted(hidden.length, 'more tenant')} (${tally(hidden)}), in the JSON report`] : [];
  return [...title(over), ...lines, ...more, ...(items.length === 0 ? [] : [''])];
}

/** Every kind has its share of the lines: a thousand of one must not hide the one of another. */
function findings({ title: over, items }: Listed<Group>): readonly string[] {
  const share = Math.max(1, Math.floor(MOST.findings / Math.max(1, items.length)));
  const lines = items.flatMap((group) => {
    const { kind, forced, count, listed } = group;
    const shown = listed.slice(0, share);
    const more = moreText(group, shown.length);
    return [
      `- **${kind}** (${forced}) ${grouped(count)}`,
      ...shown.flatMap((finding) => [
        `  - ${inline(findingText(finding))}`,
        ...morePlaces(finding, MOST.shownPlaces).map((line) => `    - ${inline(line)}`),
      ]),
      ...(more === '' ? [] : [`  - ${inline(more)}`]),
    ];
  });
  return [...title(over), ...lines, ...(lines.length === 0 ? [] : [''])];
}

function checks(lines: readonly CheckLine[]): readonly string[] {
  const rows = lines.map(({ check, done, skipped, about }) => [
    inline(check),
    grouped(done),
    grouped(skipped),
    inline(about),
  ]);
  return [...title('Checks'), ...table(['check', 'made', 'skipped', 'what one is, or why it was skipped'], rows)];
}

function countedBy({ title: over, items }: Listed<CountedLine>): readonly string[] {
  const rows = items.map(({ what, baseline, current, difference }) => [inline(what), baseline, current, difference]);
  return [...title(over), ...table(['', 'before', 'after', 'change'], rows)];
}

/** A command is to be copied: it stands as it is, in a block whose lines all begin with words of ours. */
function repeat({ digests, command, notes }: Repeat): readonly string[] {
  return [
    ...title('How to repeat it'),
    '```sh',
    ...digests,
    command,
    '```',
    '',
    ...notes.map((note) => `- ${inline(note)}`),
    '',
  ];
}

/** The report as Markdown: a pure function of `report`; no text of the evidence is anything but text in it. */
export function renderMarkdown(report: ContinuityReport): string {
  const outline = outlineOf(report);
  const { headline, meaning, result, run } = outline;
  const said = (facts: readonly Fact[]): string => facts.map(({ label, value }) => `${label} ${value}`).join(', ');
  const lines = [
    `### ${inline(headline)}`,
    '',
    inline(`${meaning} ${said(result)}.`),
    '',
    ...demands(outline.demands),
    ...changes(outline.changes),
    ...compared(outline),
    ...(outline.migration.length === 0 ? [] : [...title('Migration'), ...hashes(outline.migration, ''), '']),
    ...tenants(outline.tenants),
    ...(outline.countedBy === undefined ? [] : countedBy(outline.countedBy)),
    ...findings(outline.findings),
    ...(outline.declared === undefined ? [] : bullets(outline.declared)),
    ...bullets(outline.notChecked),
    ...checks(outline.checks),
    ...bullets({ title: 'What to do now', items: outline.steps }),
    ...repeat(outline.repeat),
    inline(`${outline.identity}; ${said(run)}`),
  ];
  return `${lines.join('\n')}\n`;
}

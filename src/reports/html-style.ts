/** The style sheet of the HTML report. The policy of the page names its digest: no other style is obeyed. */
const COLORS = `
:root { color-scheme: light dark; --ground: #f5f6f8; --card: #fff; --ink: #1b2129; --soft: #566070; --line: #d8dde4;
  --tint: #eef1f5; --link: #1d4f91; --good: #0f6b3c; --bad: #a8201a; --doubt: #855000; --distrust: #6a2c8f;
  --good-tint: #e2f2e8; --bad-tint: #fbe7e5; --doubt-tint: #fbf0da; --distrust-tint: #f1e6f7;
  --before: #71839a; --before-ground: #e6ebf1; --after: #2b66ad; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ground: #12161b; --card: #1a2027; --ink: #e5e9ee; --soft: #a6b1bf; --line: #333d49; --tint: #242c36;
    --link: #8db8f0; --good: #7fd6a2; --bad: #ff9c93; --doubt: #f0bd66; --distrust: #d5a6ef; --good-tint: #163524;
    --bad-tint: #45201f; --doubt-tint: #3b2c10; --distrust-tint: #37214a; --before: #8fa0b5; --before-ground: #2a333f;
    --after: #5c9be6; }
}
`;

const TEXT = `
* { box-sizing: border-box; }
html { font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", "DejaVu Sans", sans-serif;
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; padding: 24px; max-width: 1240px; background: var(--ground); color: var(--ink);
  overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
h1, h2, h3, p, ul, dl, dd, figure, pre { margin: 0; padding: 0; }
h2 { font-size: 1.3rem; line-height: 1.3; font-weight: 650; letter-spacing: -.01em; margin-bottom: 10px; }
h3 { font-size: 1.02rem; font-weight: 650; }
code, pre { font: .84em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; }
code { unicode-bidi: isolate; white-space: break-spaces; background: var(--tint); border-radius: 4px; padding: 1px 5px;
  -webkit-box-decoration-break: clone; box-decoration-break: clone; }
code.hash { background: none; padding: 0; font-size: .79em; }
.escape { white-space: nowrap; color: var(--bad); border: 1px solid currentColor; border-radius: 3px; padding: 0 2px; }
.soft { color: var(--soft); }
.good { color: var(--good); }
.bad { color: var(--bad); }
.doubt { color: var(--doubt); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
a { color: var(--link); text-underline-offset: 3px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
section { margin-top: 20px; padding: 22px 24px; background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  scroll-margin-top: 12px; }
section > ul { padding-left: 1.2em; max-width: 78ch; }
section > ul > li { margin: 6px 0; }
section > p { max-width: 78ch; margin-bottom: 12px; }
footer { margin: 20px 4px 0; color: var(--soft); font-size: .87rem; }
nav { margin: 16px 4px 0; font-size: .93rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0 20px; list-style: none; }
nav a { display: inline-block; padding: 4px 0; }
`;

const BANNER = `
.banner { padding: 24px 28px 28px; border-radius: 14px; color: #fff; }
.banner.PASS { background: #0f6b3c; }
.banner.FAIL { background: #a8201a; }
.banner.INCOMPLETE { background: #855000; }
.banner.UNTRUSTED { background: #6a2c8f; }
.kind { font-size: .93rem; letter-spacing: .01em; }
.verdict { display: flex; gap: 20px; align-items: flex-start; margin: 14px 0 10px; }
.verdict svg { flex: none; fill: none; stroke: #fff; stroke-width: 4.5; stroke-linecap: round; stroke-linejoin: round; }
.verdict circle { stroke-width: 2.5; }
h1 { font-size: 1.3rem; line-height: 1.35; font-weight: 500; min-width: 0; }
.word { display: block; font-size: 2.5rem; line-height: 1.05; font-weight: 750; letter-spacing: .01em; margin-bottom: 6px; }
.banner .escape { color: #fff; }
.codes { display: flex; flex-wrap: wrap; gap: 4px 26px; margin: 6px 0 20px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(112px, 1fr)); gap: 8px; }
.tiles div { display: flex; flex-direction: column-reverse; justify-content: flex-end; padding: 9px 13px 10px;
  border-radius: 8px; background: rgb(0 0 0 / .2); }
.tiles dt { font-size: .87rem; line-height: 1.3; }
.tiles dd { font-size: 1.3rem; line-height: 1.3; font-weight: 650; }
.tiles .fault { background: #fff; color: #1b2129; }
`;

const FACTS = `
.sides { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 36px; }
.card h3 { padding-bottom: 6px; border-bottom: 2px solid var(--ink); margin-bottom: 6px; }
.facts > div { display: grid; grid-template-columns: 8.2rem minmax(0, 1fr); gap: 2px 12px; padding: 6px 0;
  border-bottom: 1px solid var(--line); }
.facts > .wide { grid-template-columns: minmax(0, 1fr); }
dt { color: var(--soft); font-size: .93em; }
.banner dt, .tiles .fault dt { color: inherit; }
.members > div { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: baseline; margin-bottom: 3px; }
.members code { background: none; padding: 0; }
.facts.run { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 4px 36px; margin-top: 18px; }
.facts.run > div { display: block; border: 0; }
.hashes > div { display: grid; grid-template-columns: 15.5rem minmax(0, 1fr); gap: 0 12px; padding: 3px 0; }
.badge { display: inline-block; padding: 0 9px; border-radius: 999px; font-size: .82rem; line-height: 1.6; font-weight: 650;
  background: var(--tint); color: var(--ink); white-space: nowrap; }
.badge.identical, .badge.extended, .badge.migrated { background: var(--good-tint); color: var(--good); }
.badge.broken, .badge.FAIL { background: var(--bad-tint); color: var(--bad); }
.badge.unknown, .badge.INCOMPLETE { background: var(--doubt-tint); color: var(--doubt); }
.badge.UNTRUSTED { background: var(--distrust-tint); color: var(--distrust); }
`;

const TABLES = `
.scroll { overflow-x: auto; margin: 4px 0; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { text-align: left; vertical-align: baseline; padding: 7px 14px 7px 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 500; border-bottom: 2px solid var(--line); white-space: nowrap; }
tbody th { font-weight: 400; }
.number { text-align: right; white-space: nowrap; }
.tenants th:first-child { min-width: 9rem; }
.checks { min-width: 560px; }
.checks th, .checks code { white-space: nowrap; }
.types th, .types td { padding-top: 4px; padding-bottom: 4px; }
.types { width: auto; min-width: min(100%, 30rem); margin: 8px 0 14px; }
pre { overflow-x: auto; padding: 14px 16px; border-radius: 8px; background: var(--tint); margin-bottom: 12px; }
pre code { padding: 0; background: none; white-space: pre-wrap; }
.legend { color: var(--soft); font-size: .93rem; margin-bottom: 10px; }
.legend span { display: inline-block; margin-right: 18px; }
.legend svg { vertical-align: -1px; margin-right: 3px; }
.picture { display: block; overflow: hidden; }
.picture text { fill: var(--ink); font-size: 14px; }
.picture .who { font-weight: 600; }
.picture .tick { fill: var(--soft); font-size: 12.5px; }
.picture .bad { fill: var(--bad); font-weight: 650; }
.grid { stroke: var(--line); }
.bar.before { stroke: var(--before); }
.bar.after { fill: var(--after); }
.hatch-ground { fill: var(--before-ground); }
.hatch-line { fill: var(--before); }
figure { margin: 14px 0 18px; }
figcaption { color: var(--soft); font-size: .93rem; margin-top: 8px; }
`;

const FOLDS = `
summary { cursor: pointer; padding: 8px 0; }
summary > code { background: none; padding: 0; font-weight: 650; }
.tenant { border-top: 1px solid var(--line); }
.tenant[open] { padding-bottom: 14px; }
.bulk { border-top: 1px solid var(--line); margin-top: 4px; }
.bulk > .tenant { margin-left: 16px; }
.streams { list-style: none; }
.streams > li { padding: 10px 0 4px 16px; border-left: 3px solid var(--line); margin-top: 8px; }
.change { border-top: 1px solid var(--line); }
.change[open] { padding-bottom: 12px; }
.group { margin-top: 22px; }
.group h3 { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: center; padding-bottom: 8px;
  border-bottom: 2px solid var(--line); }
.group h3 code { background: none; padding: 0; font-size: .95em; }
.group.FAIL h3 { border-color: var(--bad); }
.group.INCOMPLETE h3 { border-color: var(--doubt); }
.group.UNTRUSTED h3 { border-color: var(--distrust); }
.findings { list-style: none; }
.findings > li { display: grid; grid-template-columns: minmax(0, 10fr) minmax(0, 13fr); gap: 6px 32px; padding: 12px 0;
  border-bottom: 1px solid var(--line); }
.place { display: flex; flex-wrap: wrap; gap: 4px 14px; margin-top: 5px; font-size: .95rem; }
.place > div { display: flex; gap: 6px; align-items: baseline; min-width: 0; }
.values > div { display: grid; grid-template-columns: 3.6rem minmax(0, 1fr); gap: 10px; align-items: baseline; margin-bottom: 5px; }
.values dd { padding: 3px 10px; border-left: 4px solid var(--before); background: var(--tint); border-radius: 0 6px 6px 0; }
.values .after dd { border-left-color: var(--after); }
.values code { background: none; padding: 0; font-size: .79em; }
`;

const NARROW = `
@media screen and (max-width: 860px) {
  .sides, .findings > li { grid-template-columns: minmax(0, 1fr); }
  .hashes > div { grid-template-columns: minmax(0, 1fr); }
}
@media screen and (max-width: 560px) {
  body { padding: 10px; }
  .banner { padding: 18px 16px; border-radius: 12px; }
  .verdict { gap: 12px; }
  .verdict svg { width: 46px; height: 46px; }
  .word { font-size: 1.85rem; }
  h1 { font-size: 1.12rem; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  section { padding: 16px; margin-top: 12px; }
  .facts > div { grid-template-columns: minmax(0, 1fr); }
  .bulk > .tenant { margin-left: 0; }
  .streams > li { padding-left: 10px; }
  table { font-size: .88rem; }
  th, td { padding-right: 8px; }
  .tenants th:first-child { min-width: 6rem; }
  .badge { padding: 0 7px; font-size: .78rem; }
}
`;

/**
 * How the report is printed: black on white, folds open, headings with what they head, the head of a table on each page.
 * Only the folds of tenants in which everything held stay shut: there may be thousands.
 */
const PRINT = `
@page { size: A4; margin: 16mm 14mm 18mm; @bottom-left { content: "Evidence continuity report"; font: 8pt sans-serif; color: #566070; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #566070; } }
@media print {
  :root { --ground: #fff; --soft: #444c58; }
  html { font-size: 10.5pt; }
  body { padding: 0; max-width: none; }
  nav { display: none; }
  .banner, .badge, .bar, .hatch-ground, .hatch-line, .values dd, .tiles div { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  section { border: 0; border-radius: 0; padding: 0; margin-top: 20pt; }
  .sides { gap: 18pt; }
  .tiles { grid-template-columns: repeat(4, 1fr); }
  .scroll, pre { overflow: visible; }
  .checks { min-width: 0; }
  .hashes > div { grid-template-columns: 11rem minmax(0, 1fr); }
  code.hash { font-size: .74em; }
  details:not(.bulk)::details-content { content-visibility: visible; display: block; block-size: auto; }
  .bulk:not([open])::after { content: "Folded on the screen when this was printed."; color: var(--soft); }
  thead { display: table-header-group; }
  tr, .findings > li, .streams > li, .facts > div, .facts.run, .banner, figure, .place, .values, pre { break-inside: avoid; }
  h2, h3, summary, .legend, .streams > li > p { break-after: avoid; }
}
`;

/** The whole style sheet. Fixed text: nothing of a report is in it. */
export const STYLE: string = [COLORS, TEXT, BANNER, FACTS, TABLES, FOLDS, NARROW, PRINT].join('');

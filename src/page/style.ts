/** The style sheet of the page: that of the HTML report, and what a form needs. */
import { STYLE } from '../reports/html-style.ts';

const FORM = `
.banner.NONE { background: #46515f; }
.meaning { max-width: 78ch; }
.banner code { background: none; padding: 0; }
form { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 18px 28px; }
.drop { padding: 16px 18px; border: 2px dashed var(--before); border-radius: 10px; background: var(--tint); }
.drop.over { border-style: solid; border-color: var(--link); }
label { display: block; font-weight: 650; margin-bottom: 4px; }
.field { margin-top: 14px; }
.field:first-child { margin-top: 0; }
.hint { color: var(--soft); font-size: .93rem; margin-bottom: 6px; }
.drop .hint { margin: 8px 0 0; }
input, textarea, button { font: inherit; color: inherit; max-width: 100%; }
input[type=text], textarea { width: 100%; padding: 7px 10px; border: 1px solid var(--before); border-radius: 6px;
  background: var(--card); }
input[type=text] { width: 7rem; }
textarea { display: block; resize: vertical; font: .79rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas,
  "Liberation Mono", "DejaVu Sans Mono", monospace; }
input[type=file] { width: 100%; }
input::file-selector-button, button { padding: 7px 16px; border: 1px solid var(--before); border-radius: 8px;
  background: var(--card); color: var(--ink); font: inherit; cursor: pointer; margin-right: 10px; }
.go { grid-column: 1 / -1; }
button { padding: 10px 26px; border-color: var(--after); background: #1d4f91; color: #fff; font-weight: 650; }
.lines, .keys { list-style: none; padding: 0; margin-bottom: 16px; }
.lines > li, .keys > li { margin: 4px 0; }
.lines > li { padding: 3px 12px; border-left: 4px solid var(--before); background: var(--tint); border-radius: 0 6px 6px 0; }
#result h3 { margin-top: 18px; }
#result pre { max-height: 34rem; overflow: auto; }
#result .scroll { margin-top: 16px; }
caption { text-align: left; font-weight: 650; padding-bottom: 4px; }
.facts > div { grid-template-columns: 13rem minmax(0, 1fr); }
@media screen and (max-width: 860px) { form { grid-template-columns: minmax(0, 1fr); } }
@media screen and (max-width: 560px) { .facts > div { grid-template-columns: minmax(0, 1fr); } #result table { min-width: 34rem; } }
`;

/** Fixed text. */
export const PAGE_STYLE: string = STYLE + FORM;

/**
 * The report as one HTML file, for an auditor: it holds no script, asks for nothing from a network, and can be printed.
 *
 * The order is that of the questions: the verdict; what was compared; what was demanded; counts; roots; findings; what was not checked; what
 * was; what to do; how to repeat it.
 */
import { createHash } from 'node:crypto';
import type { ContinuityReport } from '../core/continuity/report.ts';
import { banner } from './html/banner.ts';
import { checksSection, demandsSection, nextSection, notCheckedSection } from './html/checks.ts';
import { comparedSection } from './html/compared.ts';
import { countsSection } from './html/counts.ts';
import { findingsSection } from './html/findings.ts';
import { html, Markup } from './html/markup.ts';
import { repeatSection } from './html/repeat.ts';
import { STYLE } from './html/style.ts';
import { tenantsSection } from './html/tenants.ts';

/** The name of each section beside its place in the page. */
const CONTENTS: readonly (readonly [string, string])[] = [
  ['compared', 'What was compared'],
  ['demands', 'What was demanded'],
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

function head(report: ContinuityReport): Markup {
  return html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>${report.verdict}: evidence continuity report</title>
<link rel="icon" href="data:,">
<style>${Markup.trusted(STYLE)}</style>
</head>`;
}

/**
 * The report as HTML: a pure function of `report`, the same bytes on every machine.
 *
 * No text of the evidence stands in an attribute, in the style sheet or in a link; between tags it is escaped, and
 * characters that would not be seen are shown as marked escapes.
 */
export function renderHtml(report: ContinuityReport): string {
  const links = CONTENTS.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`);
  const page = html`<!DOCTYPE html>
<html lang="en">
${head(report)}
<body>
${banner(report)}<nav aria-label="Contents"><ul>${links}</ul></nav>
<main>
${comparedSection(report)}${demandsSection(report)}${countsSection(report)}${tenantsSection(report)}${findingsSection(report)}${notCheckedSection(report)}${checksSection(report)}${nextSection(report)}${repeatSection(report)}</main>
<footer><p>${report.kind}, version ${report.version}; ${report.run.tool}</p></footer>
</body>
</html>
`;
  return page.toString();
}

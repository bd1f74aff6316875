/**
 * How the report is printed: black on white, folds open, headings with what they head, the head of a table on each page.
 * Only the folds of tenants in which everything held stay shut: there may be thousands.
 */
export const PRINT: string = `
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

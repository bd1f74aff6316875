/** The layers of docs/decisions/0001-layers.md. layers.check.ts plants a violation of every rule here. */

const CORE_PACKAGES = ['@noble/hashes', 'canonicalize', 'merkletreejs'];

/** Folders of src/ and the other folders that each may import. */
const LAYERS = {
  core: [],
  // A file read, written whole, appended to, locked, fetched: each once.
  files: ['core'],
  wire: ['core'],
  'legacy-roots': ['core'],
  // What does not fit into memory, brought into order.
  sorting: ['core'],
  engine: ['core', 'files', 'legacy-roots', 'sorting'],
  sources: ['core', 'wire', 'sorting'],
  trust: ['core', 'wire'],
  reports: ['core', 'wire'],
  // Two capabilities whole: the format, who makes it, who reads and who draws it.
  bundle: ['core', 'files', 'wire', 'sources', 'engine'],
  // One reader a published layout; signatures in them are checked by trust.
  layouts: ['core', 'sources', 'trust'],
  'audit-report': ['core', 'wire', 'engine', 'reports'],
  runbook: ['core', 'files', 'wire', 'engine'],
  // What runs in a browser; docs/verify.html is made of it.
  page: ['core', 'wire', 'trust', 'reports'],
  // Where all of them meet, for programs: it has what the command has, so it may import whatever a verb needs.
  api: [
    ...['core', 'files', 'wire', 'legacy-roots', 'engine', 'sources', 'trust', 'reports'],
    ...['bundle', 'layouts', 'audit-report', 'runbook'],
  ],
};

const layer = ([name, allowed]) => ({
  name: `${name}-layer`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: `^src/(${[name, ...allowed].join('|')})/` },
});

// An uninstalled package is reported by its bare name, an installed one by its path: match both.
const packages = (...names) => `(^|node_modules/)(@types/)?(${names.join('|')})(/|$)`;

const confined = (names, place, pattern = `${place}/`) => ({
  name: `${names[0]}-only-in-${place.replaceAll('/', '-')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${pattern}` },
  to: { path: packages(...names) },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    // A specifier that resolves to nothing would slip through every rule below that matches paths.
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'known-layers',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: `^src/(index\\.ts$|(${[...Object.keys(LAYERS), 'cli'].join('|')})/)` },
    },
    ...Object.entries(LAYERS).map(layer),
    { name: 'core-is-portable', severity: 'error', from: { path: '^src/core/' }, to: { dependencyTypes: ['core'] } },
    {
      name: 'core-packages',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: 'node_modules/', pathNot: `node_modules/(${CORE_PACKAGES.join('|')})/` },
    },
    {
      name: 'nobody-imports-cli',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'nobody-imports-page',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/page/' },
      to: { path: '^src/page/' },
    },
    {
      // Not by way of anything else, either: there is no Node in a browser.
      name: 'page-is-portable',
      severity: 'error',
      from: { path: '^src/page/' },
      to: { path: '^(?!src/|node_modules/)', reachable: true },
    },
    // Beside it, the documents that a room of their own reads, and the JSON Schemas that are made of all of them.
    confined(['zod'], 'wire', '(wire/|(bundle|audit-report)/document\\.ts$|api/json-schemas\\.ts$)'),
    confined(['@noble/curves'], 'page'),
    confined(['pg', 'pg-query-stream'], 'sources/postgres'),
    confined(['csv-parse'], 'sources/items'),
    confined(['yauzl', 'fzstd'], 'sources/tree'),
    confined(['pdfkit', 'fontkit'], 'reports/pdf', 'reports/pdf'),
    { name: 'only-shipped-code', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench|fixtures)/' } },
    {
      name: 'only-shipped-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], pathNot: packages('pg', 'pg-query-stream', '@noble/curves') },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};

/** An HTML report as a parser of HTML sees it, and reports made to break it. */
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import * as sample from './sample-report.ts';

export type Element = DefaultTreeAdapterTypes.Element;
type Node = DefaultTreeAdapterTypes.Node;

function under(root: Node): readonly Element[] {
  const found: Element[] = [];
  const walk = (node: Node): void => {
    if ('tagName' in node) found.push(node);
    if ('childNodes' in node) for (const child of node.childNodes) walk(child);
  };
  walk(root);
  return found;
}

/** Every element of `page`, in its order. */
export function elementsOf(page: string): readonly Element[] {
  return under(parse(page));
}

/** What a reader sees of `node`. */
export function textOf(node: Node): string {
  if ('value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

export function attributeOf(element: Element, name: string): string | undefined {
  return element.attrs.find((attribute) => attribute.name === name)?.value;
}

/** The elements inside the one with this id; none if it is not there. */
export function inside(elements: readonly Element[], id: string): readonly Element[] {
  const outer = elements.find((element) => attributeOf(element, 'id') === id);
  return outer === undefined ? [] : under(outer).slice(1);
}

/** The value beside each name of the description lists among `elements`; the first of a name counts. */
export function factsOf(elements: readonly Element[]): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  for (const [at, element] of elements.entries()) {
    if (element.tagName !== 'dt') continue;
    const value = elements.slice(at).find(({ tagName }) => tagName === 'dd');
    const name = textOf(element);
    if (value !== undefined && !facts.has(name)) facts.set(name, textOf(value));
  }
  return facts;
}

/** A report in which every text that can come from outside is `text`. */
export function hostileReport(text: string): ContinuityReport {
  const base = sample.failedReport();
  const side = { name: text, capturedAt: text, subject: { system: text, [text]: { [text]: [text] } } };
  const place = { tenant: text, stream: text, id: text, path: text, baseline: text, current: text, message: text };
  return {
    ...base,
    headline: `FAIL: ${text}`,
    baseline: { ...base.baseline, ...side, signature: { ...sample.signature(), signedAt: text, upgrade: text } },
    current: { ...base.current, ...side },
    tenants: [
      sample.tenant({
        tenant: text,
        relation: 'broken',
        counts: [{ type: text, baseline: 1, current: 2 }],
        streams: [sample.stream({ stream: text })],
      }),
    ],
    findings: sample.findings(1, place),
    findingCounts: { 'record-modified': 1 },
    checks: [{ check: text, done: 1, skipped: 1, why: text }],
    demands: [{ demand: 'expect-subject', asked: text, state: 'refuted', why: text }],
    notChecked: [text],
    run: { ...base.run, tool: text, startedAt: text, finishedAt: text },
  };
}

/** Text that means something in HTML, in a style sheet, in SVG or in a URL. */
export const MARKUP: readonly string[] = [
  '<script>alert(1)</script>',
  '</script><script>alert(1)</script>',
  '</style><img src=x onerror=alert(1)>',
  '</title><base href="//evil.example">',
  '--><svg onload=alert(1)>',
  ']]><foreignObject>',
  '" onmouseover="alert(1)',
  "' autofocus onfocus='alert(1)",
  '<a href="javascript:alert(1)">PASS</a>',
  '</details></section></main></body></html><h1>PASS</h1>',
  '&lt;b&gt;',
  '&#60;script&#62;',
  '<!--',
  '<![CDATA[',
  '<plaintext>',
  '<meta http-equiv="refresh" content="0;url=//evil.example">',
  '<link rel=stylesheet href=//evil.example>',
  '<template>',
  '<textarea>',
  '$'.concat('{alert(1)}'),
  'url(#hatch)',
  '</desc></svg><math><mtext><table><mglyph><style>',
];

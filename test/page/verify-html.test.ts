/** docs/verify.html: what its source makes, one file, bound by its policy. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { verifierPage } from '../../src/page/document.ts';
import { ROOT } from '../e2e/documents.ts';
import { attributeOf, elementsOf, textOf } from '../reports/html-page.ts';
import { makePage, PAGE } from './bundle.ts';

const page = readFileSync(PAGE, 'utf8');
const elements = elementsOf(page);
const named = (name: string) => elements.filter(({ tagName }) => tagName === name);
const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

describe('docs/verify.html', () => {
  it('is what the source makes, byte by byte (npm run verifier-page writes it anew)', async () => {
    expect((await makePage()) === page, 'docs/verify.html is older than its source: npm run verifier-page').toBe(true);
  });

  it('allows its one style and its one script, and no connection', () => {
    const [meta] = named('meta').filter((element) => attributeOf(element, 'http-equiv') !== undefined);
    const policy = meta === undefined ? '' : attributeOf(meta, 'content');
    const [style, ...styles] = named('style').map(textOf);
    const [script, ...scripts] = named('script').map(textOf);
    expect([styles, scripts]).toEqual([[], []]);
    expect(policy?.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${digest(script ?? '')}`,
      `style-src ${digest(style ?? '')}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
  });

  it('names no other file, and begins with no verdict', () => {
    const links = elements.flatMap(({ attrs }) =>
      attrs.filter(({ name }) => ['src', 'href', 'action', 'srcset'].includes(name)),
    );
    expect(links.map(({ value }) => value)).toEqual(['data:,']);
    expect(named('h1').map(textOf)).toEqual(['Nothing checked yet: this page needs JavaScript.']);
    expect(named('header').map((element) => attributeOf(element, 'class'))).toEqual(['banner NONE']);
  });

  it('has the licence of each package in it, word by word', () => {
    for (const name of ['@noble/curves', '@noble/hashes']) {
      const licence = readFileSync(`${ROOT}node_modules/${name}/LICENSE`, 'utf8').trim();
      expect(licence).toContain('The MIT License');
      expect(named('pre').map((element) => textOf(element).trim())).toContain(licence);
      expect(named('summary').map(textOf).join()).toContain(`${name} `);
    }
    expect(named('summary')).toHaveLength(2);
  });

  it('holds no name of Node, reads no text as HTML, and knows no way to a network or a store', () => {
    const [script = ''] = named('script').map(textOf);
    const node = [/\bBuffer\b/, /\bprocess\./, /\brequire\(/, /\bnode:/];
    const markup = [/innerHTML/, /insertAdjacentHTML/, /document\.write/, /\beval\(/, /new Function/];
    const ways = [/\bfetch\(/, /XMLHttpRequest/, /WebSocket/, /sendBeacon/, /import\(/, /localStorage/, /indexedDB/];
    expect([...node, ...markup, ...ways].filter((name) => name.test(script))).toEqual([]);
  });

  it.each(['</script>', '<!--', '<script'])('is not made of a script with %s in it', (text) => {
    expect(() => verifierPage(`const x = '${text}';`, '1.0.0', [])).toThrow(TypeError);
  });
});

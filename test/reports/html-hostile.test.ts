/** G25: evidence is called whatever an attacker likes, and the page is still ours alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/reports/html.ts';
import { printable } from '../../src/reports/printable.ts';
import { runs } from '../long.ts';
import { anyCharacter, controls } from './hostile.ts';
import { type Element, elementsOf, hostileReport, inside, MARKUP, textOf } from './html-page.ts';

const anyText = fc
  .array(fc.oneof({ weight: 2, arbitrary: anyCharacter }, { weight: 1, arbitrary: fc.constantFrom(...MARKUP) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) => parts.join(''));

/** Marks around escapes, and the word for the empty name: all that a name can add to a page. */
function isMark({ tagName, attrs }: Element): boolean {
  return tagName === 'span' && attrs.length === 1 && attrs[0]?.name === 'class' && attrs[0].value === 'escape';
}

/** Elements with their attributes, as they stand in the page; what a mark is, is left out. */
function bones(elements: readonly Element[]): readonly string[] {
  return elements
    .filter((element) => !isMark(element))
    .map(({ tagName, attrs }) => [tagName, ...attrs.map(({ name, value }) => `${name}=${value}`)].join(' '));
}

/** Each lists a thousand. */
const PAGES = runs(2, 10);

const USUAL = bones(elementsOf(renderHtml(hostileReport('x'))));

describe('the HTML report of hostile evidence', () => {
  it('G25: has no element and no attribute that it would not have anyway, whatever the evidence is called', () => {
    let seen = 0;
    fc.assert(
      fc.property(anyText, (text) => {
        const page = renderHtml(hostileReport(text));
        const elements = elementsOf(page);
        expect(bones(elements)).toEqual(USUAL);
        expect(controls(page.replaceAll('\n', ''))).toBe(false);
        seen++;
      }),
      { numRuns: runs(50, 20_000, 25) },
    );
    expect(seen).toBeGreaterThanOrEqual(25);
  });

  it('G25: thousands of ids stand in pages as text, each one whole and in its place', () => {
    // Longer ones are shortened, which is another matter.
    const texts = fc.sample(anyText, { numRuns: 1000 * PAGES, seed: 20_270_301 }).map((text) => text.slice(0, 200));
    const base = hostileReport('x');
    const [finding] = base.findings;
    if (finding === undefined) throw new TypeError('the sample has no finding');
    // A page lists those that there is room for.
    const pages = Array.from({ length: PAGES }, (_, at) => texts.slice(1000 * at, 1000 * (at + 1)));
    for (const some of pages) {
      const findings = some.map((id) => ({
        ...finding,
        id,
        tenant: id,
        message: id,
        path: id,
        baseline: id,
        current: id,
      }));
      const page = renderHtml({ ...base, findings, findingCounts: { 'record-modified': findings.length } });
      const known = new Set(USUAL);
      const elements = elementsOf(page);
      const strange = bones(elements).filter((bone) => !known.has(bone));
      // The fold of those that are not open from the start.
      expect(strange).toEqual(['details']);
      const items = inside(elements, 'findings').filter(({ tagName }) => tagName === 'li');
      expect(items).toHaveLength(some.length);
      for (const [at, item] of items.entries()) {
        const id = printable(some[at] ?? '');
        expect(textOf(item)).toContain(`id${id}`);
        expect(textOf(item).startsWith(id)).toBe(true);
      }
    }
  });

  it.each(MARKUP)('G25: shows %s and does not obey it', (text) => {
    const page = renderHtml(hostileReport(text));
    expect(textOf(elementsOf(page).find(({ tagName }) => tagName === 'h1') as Element)).toBe(`FAIL: ${text}`);
    expect(page).not.toContain(text.includes('<') ? text : 'no text of this kind');
  });

  it('G27: tells an escape from text that looks like one', () => {
    const page = renderHtml(hostileReport('\u202e\\u{202e}'));
    expect(page).toContain('<code><span class="escape">\\u{202e}</span>\\u{202e}</code>');
  });

  it('has no link but to its own sections', () => {
    const links = elementsOf(renderHtml(hostileReport('https://evil.example/'))).flatMap(({ attrs }) =>
      attrs.filter(({ name }) => name === 'href' || name === 'src').map(({ value }) => value),
    );
    expect(links.filter((link) => !/^#[a-z-]+$/.test(link))).toEqual(['data:,']);
  });
});

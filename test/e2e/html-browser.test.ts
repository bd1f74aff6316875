/** The HTML report in a real browser, made by the command: what a user sees, and what the page asks for. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import axe from 'axe-core';
import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/reports/html.ts';
import { printable } from '../../src/reports/printable.ts';
import { hasBrowser, sharedBrowser } from '../browser.ts';
import { run } from '../cli/in-process.ts';
import { runs } from '../long.ts';
import { anyCharacter } from '../reports/hostile.ts';
import { hostileReport, MARKUP } from '../reports/html-page.ts';
import * as sample from '../reports/sample-report.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { ROOT } from './documents.ts';

const folder = temporaryFolder();
const browser = sharedBrowser();
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What a theme decides: the colours. Everything else is looked for in the light one. */
const AXE_RUN = { light: AXE_TAGS, dark: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } } as const;
const WIDTHS = [360, 1440] as const;
const THEMES = ['light', 'dark'] as const;

/** Many of everything, with names that are long, wide and hostile. */
function manyReport(): string {
  const names = [
    'long-'.repeat(60),
    '\u8a3c\u62e0'.repeat(40),
    '\u202e<b>x</b>',
    ...Array.from({ length: runs(15, 60, 6) }, (_, at) => `t${at}`),
  ];
  const tenants = names.map((name, at) => sample.tenant({ tenant: name, relation: at < 4 ? 'broken' : 'identical' }));
  const added = sample.findings(runs(10, 50, 4), { kind: 'record-added', class: 'info', id: 'x'.repeat(300) });
  return renderHtml({
    ...sample.failedReport(),
    tenants,
    findings: [
      ...sample.findings(runs(40, 200, 12), { path: `/body/${'deep/'.repeat(30)}`, baseline: sample.hash('a') }),
      ...added,
    ],
    findingCounts: { 'record-modified': 5000, 'record-added': 50 },
  });
}

/** As many as a page shows whole, or four pages of them. */
const HOSTILE_NAMES = runs(2500, 10_000);
const PAGES = ['pass', 'fail', 'many', 'incomplete', 'untrusted'] as const;
const fileOf = (name: string): string => join(folder, `${name}.html`);

async function compare(current: string, name: string): Promise<void> {
  const args = ['fixtures/quickstart/baseline.json', `fixtures/quickstart/${current}`, '--output', fileOf(name)];
  await run(args, { cwd: ROOT });
}

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  await compare('current.json', 'pass');
  await compare('tampered.json', 'fail');
  writeFileSync(fileOf('many'), manyReport());
  writeFileSync(fileOf('incomplete'), renderHtml(sample.incompleteReport()));
  writeFileSync(fileOf('untrusted'), renderHtml(sample.untrustedReport()));
});

interface Opened {
  readonly page: Page;
  readonly requests: string[];
  readonly complaints: string[];
}

interface Look {
  readonly width?: number;
  readonly theme?: (typeof THEMES)[number];
}

/** Shows `url` to `use`, and closes it whatever comes of that. */
async function withPage(url: string, { width = 1440, theme = 'light' }: Look, use: (opened: Opened) => Promise<void>) {
  // The page runs no script; what the tests evaluate in it is not bound by its policy.
  const context = await browser().newContext({
    viewport: { width, height: 900 },
    colorScheme: theme,
    bypassCSP: false,
  });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`));
  try {
    await page.goto(url);
    await use({ page, requests, complaints });
  } finally {
    await context.close();
  }
}

const fileUrl = (name: string): string => `file://${fileOf(name)}`;
const skipped = hasBrowser ? '' : ' (skipped: no chromium)';

describe.skipIf(!hasBrowser)(`the HTML report in a browser${skipped}`, { timeout: 300_000 }, () => {
  it('shows headline, facts, tables and the picture', async () => {
    await withPage(fileUrl('fail'), {}, async ({ page, complaints }) => {
      const headline = 'FAIL: 1 missing, 2 modified, 1 relinked of 15 baseline records in 2 tenants; 6 added';
      expect(await page.locator('h1').textContent()).toBe(headline);
      expect(await page.locator('header').getByText('exit code 1').isVisible()).toBe(true);
      const picture = page.getByRole('img', { name: 'Records of each tenant, before and after' });
      expect(await picture.isVisible()).toBe(true);
      const widths = await picture
        .locator('rect.bar')
        .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
      expect(widths).toHaveLength(4);
      // 10 to 12 records of acme, 5 to 8 of globex, to one scale.
      expect(widths.map((width) => Math.round((width / (widths[0] ?? 1)) * 10))).toEqual([10, 12, 5, 8]);
      expect(await page.getByRole('table').first().isVisible()).toBe(true);
      expect(await page.getByRole('row', { name: 'acme broken 10 12 +2 2' }).isVisible()).toBe(true);
      expect(complaints).toEqual([]);
    });
  });

  it.each(PAGES.flatMap((name) => WIDTHS.map((width) => [name, width] as const)))(
    '%s at %i pixels does not scroll sideways, and no hash is cut off',
    async (name, width) => {
      await withPage(fileUrl(name), { width }, async ({ page }) => {
        const open = 'for (const fold of document.querySelectorAll("details")) fold.open = true';
        for (const step of ['0', open]) {
          await page.evaluate(step);
          expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(width);
        }
        const beyond =
          'x => [...document.querySelectorAll("code.hash")].filter(e => e.getBoundingClientRect().right > innerWidth).length';
        expect(await page.evaluate<number>(`(${beyond})()`)).toBe(0);
      });
    },
  );

  it.each(PAGES.flatMap((name) => THEMES.map((theme) => [name, theme] as const)))(
    '%s in the %s theme has no fault that axe knows, contrast included',
    async (name, theme) => {
      await withPage(fileUrl(name), { theme, width: name === 'many' ? 360 : 1440 }, async ({ page }) => {
        const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
        expect(ground).toBe(theme === 'light' ? 'rgb(245, 246, 248)' : 'rgb(18, 22, 27)');
        await page.evaluate(axe.source);
        const run = `axe.run({ runOnly: ${JSON.stringify(AXE_RUN[theme])} }).then(({ violations, passes }) => ({
          passes: passes.map(({ id }) => id),
          violations: violations.map(({ id, nodes }) => id + ': ' + nodes[0].html + ' ' + nodes[0].failureSummary) }))`;
        const { violations, passes } = await page.evaluate<{ violations: string[]; passes: string[] }>(run);
        expect(violations).toEqual([]);
        expect(passes).toContain('color-contrast');
      });
    },
  );

  it('asks a server for itself alone, and complains of nothing', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(readFileSync(fileOf('fail')));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      await withPage(`http://127.0.0.1:${port}/report.html`, {}, async ({ page, requests, complaints }) => {
        await page.waitForLoadState('networkidle');
        expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([`http://127.0.0.1:${port}/report.html`]);
        expect(complaints).toEqual([]);
      });
      expect(asked).toEqual(['/report.html']);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('is bound by its policy: a script or a style that got in would do nothing', async () => {
    const page = readFileSync(fileOf('pass'), 'utf8');
    const planted =
      '<script>document.title = "taken"</script><style>h1 { display: none }</style><h1 style="color: red">x</h1></main>';
    writeFileSync(fileOf('planted'), page.replace('</main>', planted));
    await withPage(fileUrl('planted'), {}, async ({ page: shown, complaints }) => {
      expect(await shown.title()).toBe('PASS: evidence continuity report');
      expect(await shown.locator('h1').first().isVisible()).toBe(true);
      expect(complaints.filter((text) => text.includes('Content Security Policy')).length).toBeGreaterThanOrEqual(3);
    });
  });

  it(`G25: ${HOSTILE_NAMES} hostile names make no element, run nothing, and are text`, async () => {
    const anyText = fc.oneof(
      fc.constantFrom(...MARKUP),
      fc.string({ unit: anyCharacter, minLength: 1, maxLength: 12 }),
    );
    const texts = fc
      .sample(fc.array(anyText, { minLength: 1, maxLength: 4 }), { numRuns: HOSTILE_NAMES, seed: 25 })
      .map((parts) => parts.join(''));
    const base = hostileReport(MARKUP.join(''));
    for (let from = 0; from < texts.length; from += 2500) {
      const here = texts.slice(from, from + 2500);
      const findings = sample
        .findings(here.length)
        .map((finding, at) => ({ ...finding, id: here[at] ?? '', message: here[at] ?? '' }));
      const findingCounts = { 'record-modified': here.length };
      writeFileSync(fileOf('hostile'), renderHtml({ ...base, findings, findingCounts }));
      await withPage(fileUrl('hostile'), {}, async ({ page, requests, complaints }) => {
        const read = '[...document.querySelectorAll(".findings > li > div > p")].map((line) => line.textContent)';
        expect(await page.evaluate<string[]>(read)).toEqual(here.map(printable));
        const strange =
          '[...document.querySelectorAll("script, img, a:not([href^=\\"#\\"]), base, iframe, object, form, input, template, math, foreignObject, [style], [onload], [onerror], [onmouseover]")].length';
        expect(await page.evaluate<number>(strange)).toBe(0);
        expect(requests.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
        expect(complaints).toEqual([]);
      });
    }
  });

  it('can be printed: with its findings, without what is only for the screen', async () => {
    await withPage(fileUrl('fail'), {}, async ({ page }) => {
      const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
      expect(pdf.subarray(0, 5).toString('latin1')).toBe('%PDF-');
      expect(pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(3);
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
      expect(await page.locator('nav').isVisible()).toBe(false);
      // Growth is folded on the screen, and printed.
      const folded = page.locator('#findings details li').first();
      expect(await folded.evaluate((item) => item.getBoundingClientRect().height)).toBeGreaterThan(10);
      const display = 'getComputedStyle(document.querySelector("thead")).display';
      expect(await page.evaluate<string>(display)).toBe('table-header-group');
    });
  });
});

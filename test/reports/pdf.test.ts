/** The PDF says what the report object says, in whole, whatever its texts hold; read back by programs of others. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { renderJson } from '../../src/reports/json.ts';
import { renderPdf } from '../../src/reports/pdf.ts';
import { drawnAs, runsOf, sfntOf } from '../../src/reports/pdf-fonts.ts';
import { linesOf, widthOf } from '../../src/reports/pdf-sheet.ts';
import { printable } from '../../src/reports/printable.ts';
import { runs } from '../long.ts';
import { anyCharacter } from './hostile.ts';
import {
  closeSet,
  pagesOf,
  popplerAvailable,
  printed,
  qpdfAvailable,
  skippedWithoutPoppler,
  skippedWithoutQpdf,
} from './pdf-tools.ts';
import {
  failedReport,
  findings,
  incompleteReport,
  sampleReport,
  signature,
  stream,
  tenant,
  untrustedReport,
} from './sample-report.ts';

const MANY: ContinuityReport = {
  ...failedReport(),
  findings: findings(1000),
  findingCounts: { 'record-modified': 1000 },
};
const WORLD = ['证据包-漢字', 'scan 🧿🚀', 'σύστημα → ελέγχου', 'مرحبا', '한국어', '\u{20000}', '\u{e000f}', '\u202e'];

const WORLDLY = withIds(WORLD);

const drawn = new Map<ContinuityReport, Promise<Uint8Array>>();

/** `report` as it was drawn for the test before: it takes a second. */
function drawnOnce(report: ContinuityReport): Promise<Uint8Array> {
  const bytes = drawn.get(report) ?? renderPdf(report);
  drawn.set(report, bytes);
  return bytes;
}

function withIds(ids: readonly string[]): ContinuityReport {
  const listed = ids.map((id, at) => ({ ...findings(1)[0], id, seq: at + 1 }) as ContinuityReport['findings'][number]);
  return { ...failedReport(), findings: listed, findingCounts: { 'record-modified': ids.length } };
}

describe('the PDF report', () => {
  it.each([
    ['PASS', sampleReport()],
    ['FAIL', failedReport()],
    ['INCOMPLETE', incompleteReport()],
    ['UNTRUSTED', untrustedReport()],
  ])('of a %s has the same bytes each time, and begins and ends as a PDF', async (_, report) => {
    const bytes = Buffer.from(await renderPdf(report));
    expect(Buffer.compare(bytes, Buffer.from(await renderPdf(structuredClone(report))))).toBe(0);
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('%PDF-1.7');
    expect(bytes.subarray(-6).toString('latin1')).toMatch(/%%EOF\s*$/);
  });

  it('differs where the report does', async () => {
    const other = sampleReport({ totals: { ...sampleReport().totals, matched: 6 } });
    expect(Buffer.compare(Buffer.from(await renderPdf(sampleReport())), Buffer.from(await renderPdf(other)))).not.toBe(
      0,
    );
  });

  it('of 1,000 findings has less than 5 MB', async () => {
    expect((await drawnOnce(MANY)).length).toBeLessThan(5_000_000);
  });

  it('does not take a time that is none', async () => {
    const { run } = sampleReport();
    await expect(renderPdf(sampleReport({ run: { ...run, finishedAt: 'yesterday' } }))).rejects.toThrow();
  });
});

describe.runIf(popplerAvailable)(`its text${skippedWithoutPoppler}`, () => {
  it.each([
    ['PASS', sampleReport()],
    ['FAIL', failedReport()],
    ['INCOMPLETE', incompleteReport()],
    ['UNTRUSTED', untrustedReport()],
  ])('of a %s has verdict, headline, counts and digests of the report object', async (verdict, report) => {
    const pages = pagesOf(await renderPdf(report));
    const first = closeSet(pages[0] ?? '');
    expect(first).toContain(`Evidencecontinuityreport${verdict}${closeSet(report.headline)}`);
    const json = createHash('sha256').update(renderJson(report)).digest('hex');
    for (const digest of [report.baseline.sha256, report.current.sha256, report.baseline.globalRoot, json]) {
      if (digest !== null) expect(first).toContain(digest);
    }
    const { matched, added, missing, modified, relinked, moved } = report.totals;
    expect(pages[0]).toMatch(new RegExp([matched, added, missing, modified, relinked, moved].join('\\s+')));
    const all = closeSet(pages.join(' ').replace(/\n[^\n]*Page \d+ of \d+\s*/g, '\n'));
    for (const what of report.notChecked) expect(all).toContain(closeSet(what));
    for (const { check } of report.checks) expect(all).toContain(check);
    for (const { message } of report.findings) expect(all).toContain(closeSet(message));
    for (const name of report.tenants) expect(all).toContain(name.tenant);
  });

  it.each([
    ['PASS', sampleReport({ baseline: { ...sampleReport().baseline, signature: signature() } })],
    ['UNTRUSTED', untrustedReport()],
  ])('of a %s has on its first page what an auditor signs, and room for it', async (_, report) => {
    const [first = ''] = pagesOf(await renderPdf(report));
    const text = closeSet(first);
    for (const { demand, asked, state } of report.demands) {
      expect(text).toContain(closeSet(`${demand} ${asked}`));
      expect(first.toLowerCase()).toContain(state);
    }
    for (const what of report.notChecked) expect(text).toContain(closeSet(what));
    for (const { sha256 } of report.baseline.signature?.keys ?? []) expect(text).toContain(sha256);
    expect(first).toMatch(/Signatures[\s\S]*Name +Role +Date +Signature/);
  });

  it('keeps that room where what was demanded and not checked fills more than a page', async () => {
    const notChecked = Array.from({ length: 90 }, (_, at) => `that ${at} is true`);
    const pages = pagesOf(await renderPdf(sampleReport({ notChecked })));
    expect(pages[0]).toMatch(/Signatures[\s\S]*Name +Role +Date +Signature/);
    expect(pages.slice(1).join('')).toContain('that 89 is true');
    expect(pages.join('').match(/Name +Role +Date +Signature/g)).toHaveLength(1);
  });

  it('has each digest on one line, so that it can be copied', async () => {
    const lines = pagesOf(await renderPdf(failedReport())).join('\n');
    for (const digit of ['e', '0', 'f', '9', 'c', 'd', 'a', 'b', '1', '2', '7'])
      expect(lines).toMatch(new RegExp(`(?<![0-9a-f])${digit}{64}(?![0-9a-f])`));
  });

  it.each([
    ['PASS', sampleReport()],
    ['1,000 findings', MANY],
    ['long rows', withIds(['x'.repeat(1023), 'deep/'.repeat(204), ...Array.from({ length: 40 }, (_, at) => `r${at}`)])],
  ])('leaves no page but the last half empty: %s', async (_, report) => {
    const boxes = printed(await drawnOnce(report), 'pdftotext', '-bbox', 'FILE', '-')
      .split('<page ')
      .slice(1, -1);
    for (const page of boxes) {
      // The foot of the page begins at 803 points.
      const ends = [...page.matchAll(/yMax="([\d.]+)"/g)].map(([, end]) => Number(end)).filter((end) => end < 790);
      expect(Math.max(...ends)).toBeGreaterThan(842 / 2);
    }
  });

  it('is tagged: a reader that shows no pages gets headings, lists and tables', async () => {
    const bytes = await renderPdf(failedReport());
    expect(printed(bytes, 'pdfinfo', 'FILE')).toMatch(/Tagged: +yes/);
    const structure = printed(bytes, 'pdfinfo', '-struct-text', 'FILE');
    for (const role of ['Document', 'H1', 'H2', 'H3', 'L', 'LI', 'LBody', 'Table', 'TR', 'TH', 'TD', 'Figure'])
      expect(structure).toMatch(new RegExp(`^ *${role}\\b`, 'm'));
    for (const heading of ['What was compared', 'Signatures', 'Checks', 'How to repeat it'])
      expect(structure).toContain(`"${heading}"`);
    expect(closeSet(structure.replaceAll('"', ''))).toContain(closeSet(failedReport().headline));
  });

  it('has the identity of the report and "Page x of y" at the foot of each page', async () => {
    const pages = pagesOf(await drawnOnce(MANY));
    expect(pages.length).toBeGreaterThan(9);
    for (const [index, page] of pages.entries()) {
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
      expect(page).toContain('Evidence continuity report: FAIL; baseline eeeeeeeeeeee, current 000000000000');
    }
  });

  it('repeats the header of a table on each page, and says where the findings are that it has no room for', async () => {
    const pages = pagesOf(await drawnOnce(MANY));
    const withRows = pages.filter((page) => /^ *id "r\d+"/m.test(page));
    for (const page of withRows) expect(page).toContain('Where (record-modified)');
    const listed = new Set(pages.flatMap((page) => [...page.matchAll(/id "r(\d+)"/g)].map(([, at]) => at)));
    expect(pages.length).toBeLessThanOrEqual(20);
    expect(listed.size).toBeGreaterThan(100);
    const text = pages.join(' ').replace(/\s+/g, ' ');
    expect(text).toContain(
      `and ${1000 - listed.size} more; all in the JSON report; --output report.ndjson writes each`,
    );
  });

  it('shows a character of any script, and the number of one that no font has', async () => {
    const all = closeSet(pagesOf(await drawnOnce(WORLDLY)).join(''));
    for (const text of ['证据包-漢字', '🧿🚀', 'σύστημα→ελέγχου', '한국어', '[U+20000]', '\\udb40\\udc0f', '\\u202e']) {
      expect(all).toContain(text);
    }
    // Arabic letters are set from right to left: which order a reader of the file gives them is its own affair.
    for (const letter of 'مرحبا') expect(all.normalize('NFKC')).toContain(letter);
  });

  it('shows ids of 1,024 characters whole, and a very long message', async () => {
    const ids = ['x'.repeat(1023), 'deep/'.repeat(204), '证'.repeat(1000), ' '.repeat(500)];
    const report = withIds(ids);
    const long = { ...findings(1)[0], message: 'word '.repeat(3000) } as ContinuityReport['findings'][number];
    const pages = pagesOf(await renderPdf({ ...report, findings: [...report.findings, long] }));
    // The columns stand side by side, so a cell is read back by the letters that only it has.
    const all = pages.join('');
    expect(all.match(/x/g)?.length ?? 0).toBeGreaterThanOrEqual(1023);
    expect(all.match(/deep/g)?.length).toBe(204);
    expect(all.match(/证/g)?.length).toBe(1000);
    expect(all).toContain('more)...');
  });

  it('has a row for each of 200 tenants', async () => {
    const tenants = Array.from({ length: 200 }, (_, at) => tenant({ tenant: `t${at}`, streams: [stream()] }));
    const all = pagesOf(await renderPdf(sampleReport({ tenants }))).join('');
    for (const { tenant: name } of tenants) expect(all).toContain(`"${name}"`);
    expect(all).toContain('and 170 more tenants');
  });

  it('is set in fonts that are all in the file', async () => {
    const lines = printed(await drawnOnce(WORLDLY), 'pdffonts', 'FILE')
      .trim()
      .split('\n')
      .slice(2);
    expect(lines.length).toBeGreaterThanOrEqual(5);
    for (const line of lines) expect(line).toMatch(/ yes +yes +yes +\d+ +0$/);
  });

  it('lets no text of the evidence become a link, a script, or anything but text', async () => {
    const nasty = [
      'https://evil.example/x',
      ') Tj /JS (app.alert(1)) /S /JavaScript',
      'javascript:alert(1)',
      '<script>',
    ];
    const bytes = await renderPdf(withIds(nasty));
    expect(printed(bytes, 'pdfinfo', 'FILE')).toMatch(/JavaScript: +no/);
    const raw = Buffer.from(bytes).toString('latin1');
    expect(raw).not.toMatch(/\/(?:URI|JavaScript|JS|Launch|EmbeddedFile|OpenAction|AA)\b/);
    expect(closeSet(pagesOf(bytes).join(''))).toContain('https://evil.example/x');
  });

  it('survives anything in names and messages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyCharacter, { minLength: 1, maxLength: 40 }), async (characters) => {
        const text = characters.join('');
        const report = { ...withIds([text]), headline: `FAIL: ${text}`, notChecked: [text] };
        const pages = pagesOf(await renderPdf(report));
        expect(pages.join('')).toMatch(/Page 1 of \d+/);
        expect(pages.length).toBeLessThan(8);
      }),
      { numRuns: runs(10, 200, 4) },
    );
  });
});

describe.runIf(qpdfAvailable)(`its structure${skippedWithoutQpdf}`, () => {
  it.each([
    ['PASS', sampleReport()],
    ['1,000 findings', MANY],
    ['scripts', WORLDLY],
  ])('is sound: %s', async (_, report) => {
    expect(printed(await drawnOnce(report), 'qpdf', '--check', 'FILE')).toContain(
      'No syntax or stream encoding errors',
    );
  });
});

describe('lines', () => {
  it('hold every character, and none is wider than it may be', () => {
    fc.assert(
      fc.property(
        fc.array(anyCharacter, { maxLength: 200 }),
        fc.integer({ min: 60, max: 300 }),
        (characters, width) => {
          const text = printable(characters.join(''));
          const lines = linesOf('text', 8, text, width);
          expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
          for (const line of lines) {
            if (Array.from(line).length > 1) expect(widthOf('text', 8, line)).toBeLessThanOrEqual(width + 0.001);
          }
        },
      ),
    );
  });

  it('are broken between words', () => {
    expect(linesOf('text', 10, 'one two three', widthOf('text', 10, 'one two thr'))).toEqual(['one two', 'three']);
    expect(linesOf('mono', 10, 'abcdef', widthOf('mono', 10, 'abc'))).toEqual(['abc', 'def']);
    expect(linesOf('text', 10, '', 100)).toEqual(['']);
  });
});

describe('fonts', () => {
  it('draw every character, or its number', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        const safe = printable(text);
        const drawn = runsOf('mono', safe)
          .map((run) => run.text)
          .join('');
        expect(
          drawn.replace(/\[U\+([0-9A-F]{4,6})\]/g, (_, code) => String.fromCodePoint(Number.parseInt(code, 16))),
        ).toBe(safe);
      }),
    );
    expect(drawnAs('text', '\u{20000}').text).toBe('[U+20000]');
  });

  it('set letters that are written from right to left apart, so that those beside them keep their order', () => {
    expect(runsOf('text', 'abcمرحبا123').map((run) => run.text)).toEqual(['abc', 'مرحبا', '123']);
  });

  it('come out of WOFF as the font library reads them', () => {
    const path = createRequire(import.meta.url).resolve(
      '@fontsource/dejavu-mono/files/dejavu-mono-latin-400-normal.woff',
    );
    const sfnt = Buffer.from(sfntOf(readFileSync(path)));
    expect(sfnt.readUInt32BE(0)).toBe(0x00010000);
    expect(sfnt.length % 4).toBe(0);
    expect(() => sfntOf(sfnt)).toThrow('not a WOFF file');
  });
});

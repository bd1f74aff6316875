/** Where there is one of a thing, it is called by its singular: "1 record", never "1 records". */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inTurn } from '../long.ts';
import { bodies, bundles, chained, LEDGER_RULE, ndjson, type PlainRecord, type TextOptions } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { run } from './in-process.ts';

const cwd = temporaryFolder();
const put = (name: string, records: readonly PlainRecord[], options: TextOptions = {}): void =>
  writeFileSync(join(cwd, name), ndjson(records, options));

/* One tenant, one stream, one record, of each kind of stream; and what may have become of it. */
const [bundle] = bundles(1);
const altered = bundles(1).map((record) => ({ ...record, body: { name: 'another' } }));
const chains = { ...LEDGER_RULE, none: { recipe: 'none' } };
const hashed = chained(bodies(1), { stream: 'none' });
const SIDES: Readonly<Record<string, readonly [readonly PlainRecord[], TextOptions?]>> = {
  set: [bundles(1)],
  'grown-set': [bundles(2)],
  altered: [altered],
  twice: [[...bundles(1), ...bundles(1)]],
  elsewhere: [bundles(1, { tenant: 'globex' })],
  'new-tenant': [[...bundles(1), ...bundles(1, { tenant: 'globex' })]],
  'new-stream': [[...bundles(1), ...bundles(1, { stream: 'zz' })]],
  chain: [chained(bodies(1)), { chains }],
  'grown-chain': [chained(bodies(2)), { chains }],
  'other-chain': [chained([{ n: 9 }]), { chains }],
  'by-value': [hashed, { chains }],
  'exact-number': [[{ ...(bundle ?? altered[0]), tenant: 'acme', body: { n: '12' } } as PlainRecord]],
  'digest-only': [bundles(1), { header: { digestOnly: 1 } }],
};
for (const [name, [records, options]] of Object.entries(SIDES)) {
  put(`${name}.ndjson`, records, options);
  put(`${name}.summary.ndjson`, records, { ...options, depth: 'summary' });
}
const numbered = ndjson(SIDES['exact-number']?.[0] ?? []).replace('"12"', '12345678901234567890123');
writeFileSync(join(cwd, 'exact-number.ndjson'), numbered);
writeFileSync(join(cwd, 'cut.ndjson'), ndjson(bundles(2)).split('\n').slice(0, 2).join('\n'));

/** Words that follow a number and are no plural, though they end as one. */
const NO_PLURAL = new Set(['as', 'is', 'was', 'has', 'this', 'its', 'ms', 'differs']);

/** Plurals that stand behind a 1 in `text`, each with what is around it; lines of `stats` name a value behind its label. */
function plurals(text: string): readonly string[] {
  const found = text.matchAll(/(?<![\w,.:#/"-])(?<count>1) (?:more |other |new )?(?<word>[a-z]+s)\b.{0,30}/g);
  return [...found].flatMap((one) => (NO_PLURAL.has(one.groups?.['word'] ?? '') ? [] : [one[0]]));
}

async function told(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(args, { cwd });
  expect([0, 1, 2, 3]).toContain(status);
  return `${stdout}\n${stderr}`;
}

describe('one of a thing is called by its singular', () => {
  it('and what looks for plurals finds them', () => {
    expect(plurals('its 1 records are gone')).toHaveLength(1);
    expect(plurals('and 1 more hashes')).toHaveLength(1);
    expect(plurals('11 records, 1.1 records, b1 records; 1 is there, and 1 record')).toEqual([]);
  });

  const names = [...Object.keys(SIDES).flatMap((name) => [name, `${name}.summary`]), 'cut'];
  it.each(names.map((name, nth) => [name, nth] as const))('in comparisons with %s', async (current, nth) => {
    for (const [at, baseline] of ['set', 'chain', 'by-value.summary', 'twice.summary'].entries())
      for (const mode of inTurn(['append', 'frozen'], nth + at)) {
        if (baseline === current) continue;
        const text = await told(`${baseline}.ndjson`, `${current}.ndjson`, '--mode', mode, '--details');
        expect(plurals(text)).toEqual([]);
      }
  });

  it.each(['markdown', 'html', 'junit', 'brief', 'ndjson'])('in reports as %s', async (format) => {
    for (const current of ['grown-set', 'altered', 'elsewhere', 'chain', 'cut', 'set.summary'])
      expect(plurals(await told('set.ndjson', `${current}.ndjson`, '--format', format))).toEqual([]);
  });

  it.each(names)('in what verbs say of %s alone', async (name) => {
    const file = `${name}.ndjson`;
    for (const args of [
      ['verify-all', file],
      ['cross-check', file],
      ['audit-report', file, '--since', '2027-01-01T00:00:00Z', '--format', 'text'],
      ['digest-index', file, '--output', `${name}.index`],
      ['export', file, '--all', '--include-proofs', '--output', `${name}.bundle`],
      ['verify-bundle', `${name}.bundle`],
      ['reindex-check', file, '--baseline', 'set.ndjson'],
    ])
      expect(plurals(await told(...args))).toEqual([]);
  });

  it('in what is said of signatures, proofs and a journal', async () => {
    await told('keygen', '--output', 'k');
    await told('sign', 'set.ndjson', '--key', 'k', '--upgrade', 'u1');
    const all = [
      await told('verify-signature', 'set.ndjson', '--trusted-key', 'k.pub'),
      await told('prove', '--from', 'chain.ndjson', '--to', 'grown-chain.ndjson', '--output', 'growth.json'),
      await told('verify-proof', 'growth.json'),
      await told(
        'prove',
        '--snapshot',
        'set.ndjson',
        '--tenant',
        'acme',
        '--stream',
        'bundles',
        '--id',
        'b000000',
        '--output',
        'p.json',
      ),
      await told('verify-proof', 'p.json'),
      await told('journal', 'append', 'u.journal', '--upgrade', 'u1', '--step', '1', '--type', 'step', '--actor', 'a'),
      await told('journal', 'verify', 'u.journal'),
    ];
    expect(all.flatMap(plurals)).toEqual([]);
  });
});

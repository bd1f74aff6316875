/** The worked example of docs/snapshot.md, recomputed from the words of that page by other code than that of src/. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalize, canonicalizeRfc8785 } from '../../src/index.ts';
import { evidenceDiff } from './command.ts';
import { blocks, textOf } from './documents.ts';

type Members = Readonly<Record<string, unknown>>;

function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Enough for the example: its member names are ASCII, its numbers short. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

function leafInputOf({ body, ...rest }: Members): string {
  return canonical({ ...rest, bodyDigest: `sha256:${sha256(canonical(body))}` });
}

const leafHash = (input: string): string => sha256(Uint8Array.of(0), input);
const nodeHash = (left: string, right: string): string =>
  sha256(Uint8Array.of(1), Buffer.from(left, 'hex'), Buffer.from(right, 'hex'));

const lines = blocks('docs/snapshot.md', 'ndjson')[0]?.lines ?? [];
const [, first = {}, second = {}, trailer = {}] = lines.map((line) => JSON.parse(line) as Members);
const shown = blocks('docs/snapshot.md', 'text').flatMap((block) => block.lines);

describe('the worked example of snapshot.md', () => {
  it('shows the numbers that its text gives', () => {
    const inputs = [first, second].map(leafInputOf);
    const [one = '', two = ''] = inputs.map(leafHash);
    const root = nodeHash(one, two);
    const stream = { stream: 'ledger/1', ordered: true, size: 2, root, head: second['hash'] };
    const tenantInput = canonical(stream);
    const tenant = { tenant: 'acme', streams: 1, records: 2, root: leafHash(tenantInput) };
    const globalInput = canonical(tenant);
    expect(shown).toEqual([
      `canonical body ${canonical(first['body'])}`,
      `sha256 ${sha256(canonical(first['body']))}`,
      `leaf input ${inputs[0]}`,
      `leaf hash ${one}`,
      `leaf input ${inputs[1]}`,
      `leaf hash ${two}`,
      `stream root ${root}`,
      `leaf input ${tenantInput}`,
      `tenant root ${tenant.root}`,
      `leaf input ${globalInput}`,
      `global root ${leafHash(globalInput)}`,
    ]);
    expect(trailer).toEqual({
      kind: 'evidence-snapshot-trailer',
      records: 2,
      globalRoot: leafHash(globalInput),
      tenants: [
        {
          tenant: 'acme',
          records: 2,
          root: tenant.root,
          counts: { 'finding.opened': 1, 'finding.closed': 1 },
          streams: [{ ...stream, firstSeq: 1, lastSeq: 2 }],
        },
      ],
    });
    expect([first['hash'], second['hash'], second['prev']]).toEqual([
      sha256(canonical(first['body'])),
      sha256(canonical(second['body'])),
      first['hash'],
    ]);
  });

  it('is a snapshot that the command finds sound, with the same root', () => {
    const folder = mkdtempSync(join(tmpdir(), 'worked-example-'));
    try {
      writeFileSync(join(folder, 'example.ndjson'), `${lines.join('\n')}\n`);
      const { status, stdout } = evidenceDiff(['roots-export', join(folder, 'example.ndjson')]);
      expect({ status, root: stdout.split(' ')[2] }).toEqual({ status: 0, root: trailer['globalRoot'] });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('has a table of numbers whose canonical forms are those', () => {
    const rows = [...textOf('docs/snapshot.md').matchAll(/^\| (`[-0-9].*`) \| `(.+)` \| (`.+`|none) \|$/gm)];
    expect(rows.length).toBeGreaterThan(4);
    for (const [, tokens = '', exact, rounded = ''] of rows) {
      for (const token of tokens.replaceAll('`', '').split(', ')) {
        const bytes = new TextEncoder().encode(token);
        expect({ token, exact: canonicalize(bytes) }).toEqual({ token, exact });
        if (rounded === 'none') expect(() => canonicalizeRfc8785(bytes)).toThrow('beyond the range of a double');
        else expect({ token, rounded: canonicalizeRfc8785(bytes) }).toEqual({ token, rounded: rounded.slice(1, -1) });
      }
    }
  });
});

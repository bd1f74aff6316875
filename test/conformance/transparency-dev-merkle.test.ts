/**
 * The proof probes of transparency-dev/merkle: `wantErr` says which must be refused.
 *
 * Only inclusion and consistency. The folders subtreeinclusion and subtreeconsistency are out of scope: proofs about
 * subtrees that do not start at leaf 0 are no part of RFC 9162 and nothing here makes or takes them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProofError, verifyConsistency, verifyInclusion } from '../../src/core/merkle/proof.ts';
import { portable } from '../../src/core/platform.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';

const FOLDER = 'vectors/transparency-dev-merkle/testdata';
const folder = sharedFolder(FOLDER);

interface Probe {
  readonly name: string;
  readonly text: string;
  readonly wantErr: boolean;
}

function probesOf(kind: string): Probe[] {
  if (folder === undefined) return [];
  return readdirSync(join(folder, kind), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const text = readFileSync(path, 'utf8');
      return { name: relative(folder, path), text, wantErr: (JSON.parse(text) as Probe).wantErr };
    });
}

/** A count of the probe, from the text: some are above 2^53 and JSON.parse would round them. */
function countIn(text: string, member: string): bigint {
  const digits = new RegExp(`"${member}": (\\d+)[,\\n]`).exec(text)?.[1];
  if (digits === undefined) throw new Error(`the probe has no ${member}`);
  return BigInt(digits);
}

/**
 * A hash of the probe in the form that the core takes. Where the probe says "don't care", it is the SHA-256 of that, so
 * that the probe asks what it is named after and not what a malformed hash does. Empty hashes stay empty.
 */
function hashIn(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString().startsWith("don't care") ? portable.sha256(bytes) : bytes.toString('hex');
}

function pathIn(text: string): string[] {
  return ((JSON.parse(text) as { proof: readonly string[] | null }).proof ?? []).map(hashIn);
}

function verifyInclusionProbe({ text }: Probe): void {
  const { root, leafHash } = JSON.parse(text) as { root: string; leafHash: string };
  verifyInclusion(portable, {
    leafIndex: countIn(text, 'leafIdx'),
    treeSize: countIn(text, 'treeSize'),
    leafHash: hashIn(leafHash ?? ''),
    path: pathIn(text),
    root: hashIn(root ?? ''),
  });
}

function verifyConsistencyProbe({ text }: Probe): void {
  const { root1, root2 } = JSON.parse(text) as { root1: string; root2: string };
  verifyConsistency(portable, {
    size1: countIn(text, 'size1'),
    size2: countIn(text, 'size2'),
    root1: hashIn(root1 ?? ''),
    root2: hashIn(root2 ?? ''),
    path: pathIn(text),
  });
}

const KINDS = [
  { kind: 'inclusion', verify: verifyInclusionProbe },
  { kind: 'consistency', verify: verifyConsistencyProbe },
];

describe.skipIf(folder === undefined).each(KINDS)(`A04: $kind probes${skippedWithout(FOLDER)}`, ({ kind, verify }) => {
  const probes = probesOf(kind);

  it('are there: both such as must be accepted and such as must be refused', () => {
    expect(probes.length).toBe(98);
    expect(probes.filter((probe) => !probe.wantErr).length).toBe(6);
  });

  it.each(probes)('$name, wantErr $wantErr', (probe) => {
    if (probe.wantErr) expect(() => verify(probe)).toThrow(ProofError);
    else verify(probe);
  });
});

it.skipIf(folder === undefined)(
  `A16: a probe has an index above 2^53 that is read exactly${skippedWithout(FOLDER)}`,
  () => {
    const large = probesOf('inclusion').filter(({ text }) => countIn(text, 'leafIdx') > 2n ** 53n);
    expect(large.map(({ text }) => countIn(text, 'leafIdx'))).toEqual([2n ** 64n - 1n, 2n ** 64n - 1n]);
  },
);

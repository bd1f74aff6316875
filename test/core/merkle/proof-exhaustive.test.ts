/** Every proof that there is for small trees, made by the recursions of RFC 9162 §2.1.3.1 and §2.1.4.1. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type ConsistencyProof,
  type InclusionProof,
  ProofError,
  verifyConsistency,
  verifyInclusion,
} from '../../../src/core/merkle/proof.ts';
import { rootOf } from '../../../src/core/merkle/tree.ts';
import { type Platform, portable } from '../../../src/core/platform.ts';
import { runs } from '../../long.ts';
import { consistencyShape, inclusionShape, numberedLeaves, ReferenceTree, sha256Hex } from './reference-tree.ts';

const LARGEST = 130;
/** The work grows with its cube. */
const LARGEST_TAMPERED = runs(20, 40);
const LEAVES = numberedLeaves(LARGEST);
const TREE = new ReferenceTree(LEAVES);
const STRANGER = sha256Hex(Buffer.from('not in the tree'));
const fast: Platform = { ...portable, sha256: (bytes) => sha256Hex(bytes) };

/** SHA-256 over the text of all roots and proofs for sizes 0 to 130; pinned, so that a change of rule cannot hide. */
const GOLDEN = 'f70cc54450febf98177e2cc68bcc23730be32b6448029feb8070e9ed0335d272';

type Inclusion = InclusionProof & { readonly root: string };

function inclusion(leafIndex: number, treeSize: number): Inclusion {
  const path = TREE.path(leafIndex, 0, treeSize);
  return { leafIndex, treeSize, leafHash: LEAVES[leafIndex] ?? '', path, root: TREE.root(0, treeSize) };
}

function consistency(size1: number, size2: number): ConsistencyProof {
  return { size1, size2, root1: TREE.root(0, size1), root2: TREE.root(0, size2), path: TREE.proof(size1, size2) };
}

function flipped(hash: string, bit: number): string {
  const bytes = Buffer.from(hash, 'hex');
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bytes.toString('hex');
}

/** The paths made from `path` by one change: a flipped bit in each hash, one hash fewer, more, or exchanged. */
function tamperedPaths(path: readonly string[]): string[][] {
  const paths: string[][] = [
    [STRANGER, ...path],
    [...path, STRANGER],
  ];
  path.forEach((hash, at) => {
    paths.push(path.with(at, flipped(hash, (at * 37) % 256)), path.toSpliced(at, 1), path.toSpliced(at, 0, hash));
    const next = path[at + 1];
    if (next !== undefined) paths.push(path.with(at, next).with(at + 1, hash));
  });
  return paths;
}

const isAccepted = (verify: () => void): boolean => {
  try {
    verify();
    return true;
  } catch (error) {
    if (error instanceof ProofError) return false;
    throw error;
  }
};

const included = (proof: Inclusion): boolean => isAccepted(() => verifyInclusion(fast, proof));
const consistent = (proof: ConsistencyProof): boolean => isAccepted(() => verifyConsistency(fast, proof));

describe(`all trees of up to ${LARGEST} leaves`, () => {
  it('have roots and proofs that verify, and together the pinned digest', () => {
    const digest = createHash('sha256');
    let proofs = 0;
    for (let size = 0; size <= LARGEST; size++) {
      expect(rootOf(fast, LEAVES.slice(0, size))).toBe(TREE.root(0, size));
      digest.update(`root ${size} ${TREE.root(0, size)}\n`);
      for (let index = 0; index < size; index++) {
        const proof = inclusion(index, size);
        verifyInclusion(fast, proof);
        digest.update(`inclusion ${index} ${size} ${proof.path.join(',')}\n`);
        proofs += 1;
      }
      for (let size1 = 1; size1 <= size; size1++) {
        const proof = consistency(size1, size);
        verifyConsistency(fast, proof);
        digest.update(`consistency ${size1} ${size} ${proof.path.join(',')}\n`);
        proofs += 1;
      }
    }
    expect(proofs).toBe(LARGEST * (LARGEST + 1));
    expect(digest.digest('hex')).toBe(GOLDEN);
  });
});

describe(`inclusion proofs in all trees of up to ${LARGEST_TAMPERED} leaves`, () => {
  it('A04: are refused with a flipped bit, an exchanged hash, or a shorter or longer path', () => {
    for (let size = 1; size <= LARGEST_TAMPERED; size++) {
      for (let index = 0; index < size; index++) {
        const proof = inclusion(index, size);
        for (const path of tamperedPaths(proof.path)) expect(included({ ...proof, path })).toBe(false);
        expect(included({ ...proof, leafHash: flipped(proof.leafHash, index) })).toBe(false);
        expect(included({ ...proof, root: flipped(proof.root, index) })).toBe(false);
      }
    }
  });

  it('A04: A08: are refused for every other index, in the tree or out of range', () => {
    for (let size = 1; size <= LARGEST_TAMPERED; size++) {
      for (let index = 0; index < size; index++) {
        const proof = inclusion(index, size);
        for (let other = -1; other <= size + 1; other++) {
          expect(included({ ...proof, leafIndex: other })).toBe(other === index);
        }
      }
    }
  });

  it('A05: are refused for every other size, unless the leaf has the same path in a tree of that size', () => {
    let shared = 0;
    for (let size = 1; size <= LARGEST_TAMPERED; size++) {
      for (let index = 0; index < size; index++) {
        const proof = inclusion(index, size);
        for (let other = 0; other <= 2 * LARGEST_TAMPERED; other++) {
          const sameShape = index < other && inclusionShape(index, other) === inclusionShape(index, size);
          expect(included({ ...proof, treeSize: other })).toBe(sameShape);
          if (sameShape && other !== size) shared += 1;
        }
      }
    }
    expect(shared).toBeGreaterThan(0);
  });

  it('A08: are refused for a leaf that is not in the tree', () => {
    for (let size = 1; size <= LARGEST_TAMPERED; size++) {
      for (let index = 0; index < size; index++) {
        expect(included({ ...inclusion(index, size), leafHash: STRANGER })).toBe(false);
      }
    }
  });

  it('A01: are refused for an inner node in place of a leaf, with the path shortened to fit', () => {
    for (let size = 3; size <= LARGEST_TAMPERED; size++) {
      for (let index = 0; index + 1 < size; index += 2) {
        const node = TREE.root(index, index + 2);
        const children = Buffer.from(`${LEAVES[index]}${LEAVES[index + 1]}`, 'hex');
        const asLeaf = sha256Hex(Buffer.from([0]), children);
        const path = inclusion(index, size).path.slice(1);
        const halved = { leafIndex: index / 2, treeSize: Math.ceil(size / 2), path, root: TREE.root(0, size) };
        expect(included({ ...halved, leafHash: asLeaf })).toBe(false);
        expect(included({ ...halved, leafHash: node, leafIndex: index, treeSize: size })).toBe(false);
      }
    }
  });
});

describe(`consistency proofs between all trees of up to ${LARGEST_TAMPERED} leaves`, () => {
  it('A04: are refused with a flipped bit, an exchanged hash, a shorter or longer path, or other roots', () => {
    for (let size2 = 1; size2 <= LARGEST_TAMPERED; size2++) {
      for (let size1 = 1; size1 <= size2; size1++) {
        const proof = consistency(size1, size2);
        for (const path of tamperedPaths(proof.path)) expect(consistent({ ...proof, path })).toBe(false);
        expect(consistent({ ...proof, root1: flipped(proof.root1, size1) })).toBe(false);
        expect(consistent({ ...proof, root2: flipped(proof.root2, size2) })).toBe(false);
        expect(consistent({ ...proof, root1: proof.root2, root2: proof.root1 })).toBe(size1 === size2);
      }
    }
  });

  it('A05: are refused for every other pair of sizes, unless the path is the same between trees of those sizes', () => {
    for (let size2 = 2; size2 <= LARGEST_TAMPERED; size2++) {
      for (let size1 = 1; size1 < size2; size1++) {
        const proof = consistency(size1, size2);
        const shape = consistencyShape(size1, size2);
        expect(consistent({ ...proof, size1: size2, size2: size1 })).toBe(false);
        for (let other = 0; other <= LARGEST_TAMPERED + 2; other++) {
          const same1 = other > 0 && other <= size2 && consistencyShape(other, size2) === shape;
          expect(consistent({ ...proof, size1: other })).toBe(same1);
          const same2 = other >= size1 && consistencyShape(size1, other) === shape;
          expect(consistent({ ...proof, size2: other })).toBe(same2);
        }
      }
    }
  });
});

/** What a proof is made of, to look at: the way from the leaf to the root, or how each stream grew. */

import { ProofError, stepsOfInclusionProof } from '../core/merkle/proof.ts';
import { type Hash, portable } from '../core/platform.ts';
import type { GrowthProof } from '../core/proof/growth-proof.ts';
import type { RecordProof, TreePath } from '../core/proof/record-proof.ts';
import { placeKey, type StreamLeaf, streamLeafHash, tenantLeafHash } from '../core/snapshot/summary.ts';
import { type Child, type Column, element, hashed, named, table } from './elements.ts';

const STEPS: readonly Column[] = [
  ['level', 'number'],
  ['node', ''],
  ['sibling', ''],
];

function tree(caption: string, leaf: Hash, { index, size, path }: TreePath, root: Hash): readonly Child[] {
  const title = `${caption}: leaf ${index + 1} of ${size}`;
  try {
    const steps = stepsOfInclusionProof(portable, { leafIndex: index, treeSize: size, leafHash: leaf, path });
    const nodes = [leaf, ...steps.map(({ parent }) => parent)];
    const rows = nodes.map((node, level) => {
      const step = steps[level];
      const sibling =
        step === undefined ? 'none: this is the root' : element('span', '', `${step.side} `, hashed(step.hash));
      return [String(level), hashed(node), sibling];
    });
    const agrees = nodes.at(-1) === root;
    const end = agrees ? 'It is the root that is stated.' : 'It is another root than the one that is stated:';
    return [
      table(title, STEPS, rows),
      element('p', agrees ? 'good' : 'bad', end, ...(agrees ? [] : [' ', hashed(root)])),
    ];
  } catch (fault) {
    if (!(fault instanceof ProofError)) throw fault;
    return [element('h3', '', title), element('p', 'bad', `There is no such path: ${fault.message}.`)];
  }
}

/** Three trees, one above the other; the leaf of each is made from the root below it. */
export function recordPath({ leafHash, stream, tenant, globalRoot, inclusion }: RecordProof): readonly Child[] {
  return [
    element('p', 'soft', 'Each node is the hash of the one above it in the table and its sibling (RFC 9162).'),
    ...tree('The record in its stream', leafHash, inclusion.record, stream.root),
    ...tree('The stream in its tenant', streamLeafHash(portable, stream), inclusion.stream, tenant.root),
    ...tree('The tenant in the whole', tenantLeafHash(portable, tenant), inclusion.tenant, globalRoot),
  ];
}

const STREAMS: readonly Column[] = [
  ['tenant', ''],
  ['stream', ''],
  ['before', 'number'],
  ['after', 'number'],
  ['what became of it', ''],
];

function changeOf(was: StreamLeaf | undefined, is: StreamLeaf | undefined): string {
  if (was === undefined) return 'new';
  if (is === undefined) return 'gone';
  if (is.size === was.size) return is.root === was.root && is.head === was.head ? 'as it was' : 'changed';
  if (is.size < was.size) return 'shrank';
  return is.ordered && was.ordered ? 'grew' : 'a set that grew: how is not shown';
}

/** More rows than a reader looks at make a browser slow. */
const MOST_ROWS = 1000;

/** The streams of either side. */
export function growthTable({ from, to }: GrowthProof): readonly Child[] {
  type Place = { readonly tenant: string; readonly stream: string; was?: StreamLeaf; is?: StreamLeaf };
  const places = new Map<string, Place>();
  for (const [state, side] of [
    [from, 'was'],
    [to, 'is'],
  ] as const) {
    for (const { tenant, streams } of state.tenants) {
      for (const leaf of streams) {
        const place = { tenant, stream: leaf.stream };
        const known = places.get(placeKey(place)) ?? place;
        places.set(placeKey(place), { ...known, [side]: leaf });
      }
    }
  }
  const rows = [...places.values()]
    .slice(0, MOST_ROWS)
    .map(({ tenant, stream, was, is }) => [
      named(tenant),
      named(stream),
      String(was?.size ?? '–'),
      String(is?.size ?? '–'),
      changeOf(was, is),
    ]);
  const left = places.size - rows.length;
  const more = left === 0 ? [] : [element('p', 'soft', `${left} more streams are in the file.`)];
  return [table('Records of each stream, before and after', STREAMS, rows), ...more];
}

/** Keys, snapshots and envelopes on disk, honest and forged. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ContinuityReport, compareSnapshots, signSnapshot, type TrustOptions } from '../../src/index.ts';
import { signEnvelope } from '../../src/trust/dsse.ts';
import type { PrivateKey } from '../../src/trust/keys.ts';
import { newKeyPair, readPrivateKey } from '../../src/trust/node-keys.ts';
import { PREDICATE_TYPE, STATEMENT_PAYLOAD_TYPE, STATEMENT_TYPE } from '../../src/wire/statement.ts';
import { within } from '../faults/files.ts';
import { bodies, bundles, chained, LEDGER_RULE, ndjson, type PlainRecord, sha256, trailerOf } from '../store.ts';

export interface KeyFiles {
  readonly path: string;
  readonly publicPath: string;
  readonly key: PrivateKey;
}

/** A new pair of keys in `folder`. */
export function keyFiles(folder: string, name: string): KeyFiles {
  const path = join(folder, name);
  const { privatePem, publicPem } = newKeyPair(name);
  writeFileSync(path, privatePem);
  writeFileSync(`${path}.pub`, publicPem);
  return { path, publicPath: `${path}.pub`, key: readPrivateKey(privatePem, name) };
}

const CAPTURED_AT = '2027-03-01T10:00:00.000Z';

/** A set and a chain. */
export const RECORDS: readonly PlainRecord[] = [...bundles(3), ...chained(bodies(4))];
export const GROWN: readonly PlainRecord[] = [...bundles(3), ...chained(bodies(6))];

export function textOf(
  records: readonly PlainRecord[],
  header: Readonly<Record<string, unknown>> = {},
  depth: 'full' | 'digest' | 'summary' = 'full',
): string {
  return ndjson(records, { depth, chains: LEDGER_RULE, header: { capturedAt: CAPTURED_AT, ...header } });
}

export function fileOf(folder: string, name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

export async function signed(path: string, keys: readonly KeyFiles[], upgrade?: string): Promise<string> {
  await signSnapshot(path, { keys: keys.map((one) => one.path), ...(upgrade === undefined ? {} : { upgrade }) });
  return path;
}

/** The statement that an honest signer of `path` makes, with members in place of its own. */
export function statementText(
  path: string,
  records: readonly PlainRecord[],
  predicate: Readonly<Record<string, unknown>> = {},
  others: Readonly<Record<string, unknown>> = {},
): string {
  const { globalRoot, tenants } = trailerOf(records);
  return JSON.stringify({
    _type: STATEMENT_TYPE,
    subject: [{ name: basename(path), digest: { sha256: sha256(readFileSync(path)) } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      depth: 'full',
      subject: { system: 'test' },
      capturedAt: CAPTURED_AT,
      signedAt: '2027-03-01T11:00:00.000Z',
      records: records.length,
      globalRoot,
      tenants: tenants.map(({ tenant, records: count, root, counts }) => ({ tenant, records: count, root, counts })),
      ...predicate,
    },
    ...others,
  });
}

/** Writes an envelope over `body` beside `path`. */
export function writeEnvelope(
  path: string,
  body: string,
  keys: readonly KeyFiles[],
  payloadType = STATEMENT_PAYLOAD_TYPE,
): void {
  const envelope = signEnvelope(
    payloadType,
    Buffer.from(body),
    keys.map(({ key }) => key),
  );
  writeFileSync(`${path}.dsse.json`, JSON.stringify(envelope));
}

/** Verdict and kinds of a comparison that demands what `trust` says. */
export async function outcomeOf(
  baseline: string,
  current: string,
  trust: TrustOptions,
): Promise<{ readonly verdict: string; readonly kinds: readonly string[]; readonly report: ContinuityReport }> {
  const report = await within(compareSnapshots(baseline, current, { trust }));
  const kinds = Object.keys(report.findingCounts).filter((kind) => kind !== 'record-added');
  return { verdict: report.verdict, kinds, report };
}

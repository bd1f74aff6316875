/**
 * The proof file, version 1 (docs/trust.md): one JSON document with a proof and with what vouches for its roots. It is
 * all that a verifier needs besides a key.
 */
import { EvidenceError } from '../errors.ts';
import { canonicalBytes, canonicalText } from '../json/canonical.ts';
import { Fields, type Reading } from '../json/fields.ts';
import { jsonFrom } from '../json/from-plain.ts';
import type { Json, JsonObject } from '../json/value.ts';
import { ProofError } from '../merkle/proof.ts';
import { type Hash, type Platform, utf8 } from '../platform.ts';
import { RecordDecoder } from '../snapshot/record.ts';
import type { StreamLeaf, TenantLeaf } from '../snapshot/summary.ts';
import type { GrowthProof, StateTenant, StoreState, StreamGrowth } from './growth-proof.ts';
import type { RecordProof, TreePath } from './record-proof.ts';

/** What vouches for a global root: neither is verified by reading it. */
export interface Voucher {
  /** A signed note that holds a C2SP checkpoint of the global tree. */
  readonly checkpoint?: string;
  /** A DSSE envelope over an in-toto statement about the snapshot. */
  readonly dsse?: Json;
}

export interface RecordProofDocument {
  readonly proves: 'inclusion';
  /** The record, with its body or without; undefined if the proof shows its leaf hash alone. */
  readonly record: Json | undefined;
  readonly proof: RecordProof;
  readonly voucher: Voucher;
}

export interface GrowthProofDocument {
  readonly proves: 'consistency';
  readonly proof: GrowthProof;
  readonly vouchers: { readonly from: Voucher; readonly to: Voucher };
}

const PROOF: Reading = { what: 'proof', path: '' };

export type ProofDocument = RecordProofDocument | GrowthProofDocument;

function voucherJson({ checkpoint, dsse }: Voucher): Record<string, unknown> {
  return { ...(checkpoint === undefined ? {} : { checkpoint }), ...(dsse === undefined ? {} : { dsse }) };
}

function stateJson({ globalRoot, tenants }: StoreState, voucher: Voucher): Record<string, unknown> {
  return { globalRoot, tenants, signed: voucherJson(voucher) };
}

/** The document as plain values, in the order in which a person reads it; to be written as JSON. */
function proofJson(document: ProofDocument): Readonly<Record<string, unknown>> {
  const head = { kind: 'evidence-proof', version: 1, proves: document.proves };
  if (document.proves === 'consistency') {
    const { from, to, growth } = document.proof;
    const { vouchers } = document;
    return { ...head, from: stateJson(from, vouchers.from), to: stateJson(to, vouchers.to), growth };
  }
  const { record, proof, voucher } = document;
  const { leafHash, stream, tenant, globalRoot, inclusion } = proof;
  const subject = record === undefined ? { leafHash } : { record };
  return { ...head, ...subject, stream, tenant, globalRoot, inclusion, signed: voucherJson(voucher) };
}

function voucherOf(fields: Fields): Voucher {
  const voucher = {
    ...(fields.has('checkpoint') ? { checkpoint: fields.text('checkpoint') } : {}),
    ...(fields.has('dsse') ? { dsse: fields.json('dsse') } : {}),
  };
  fields.end();
  return voucher;
}

function streamLeafOf(json: Json | undefined, reading: Reading): StreamLeaf {
  const fields = new Fields(json, reading);
  const leaf = {
    stream: fields.text('stream'),
    ordered: fields.flag('ordered'),
    size: fields.count('size'),
    root: fields.hash('root'),
    head: fields.textOrNull('head'),
  };
  fields.end();
  return leaf;
}

function tenantLeafFrom(fields: Fields): TenantLeaf {
  const leaf = {
    tenant: fields.text('tenant'),
    streams: fields.count('streams'),
    records: fields.count('records'),
    root: fields.hash('root'),
  };
  fields.end();
  return leaf;
}

function treePathOf(fields: Fields): TreePath {
  const path = { index: fields.count('index'), size: fields.count('size'), path: fields.hashes('path') };
  fields.end();
  return path;
}

/** The leaf hash of `record`, which is decoded as any record is; its body must be the one that its digest states. */
function leafOf(decoder: RecordDecoder, record: Json, stream: StreamLeaf, tenant: TenantLeaf): Hash {
  const bytes = canonicalBytes(record);
  const decoded = decoder.decode(bytes, 0, bytes.length);
  const { statedBodyDigest, bodyDigest } = decoded;
  if (statedBodyDigest !== undefined && statedBodyDigest !== bodyDigest) {
    throw new ProofError('the body of the record does not match its digest');
  }
  if (decoded.tenant !== tenant.tenant || decoded.stream !== stream.stream) {
    throw new ProofError('the record is of another tenant or stream than the proof');
  }
  if ((decoded.seq !== undefined) !== stream.ordered) throw new ProofError('only an ordered stream has `seq`');
  return decoded.leaf;
}

function recordDocument(decoder: RecordDecoder, fields: Fields): RecordProofDocument {
  const record = fields.has('record') ? fields.json('record') : undefined;
  const stream = streamLeafOf(fields.json('stream'), { ...PROOF, path: '/stream' });
  const tenant = tenantLeafFrom(fields.object('tenant'));
  const leafHash = record === undefined ? fields.hash('leafHash') : leafOf(decoder, record, stream, tenant);
  const globalRoot = fields.hash('globalRoot');
  const paths = fields.object('inclusion');
  const inclusion = {
    record: treePathOf(paths.object('record')),
    stream: treePathOf(paths.object('stream')),
    tenant: treePathOf(paths.object('tenant')),
  };
  paths.end();
  const voucher = voucherOf(fields.object('signed'));
  fields.end();
  return { proves: 'inclusion', record, proof: { leafHash, stream, tenant, globalRoot, inclusion }, voucher };
}

function stateTenantOf(json: Json, reading: Reading): StateTenant {
  const fields = new Fields(json, reading);
  const tenant = {
    tenant: fields.text('tenant'),
    records: fields.count('records'),
    streams: fields.array('streams', streamLeafOf),
  };
  fields.end();
  return tenant;
}

function stateOf(fields: Fields): { readonly state: StoreState; readonly voucher: Voucher } {
  const state = { globalRoot: fields.hash('globalRoot'), tenants: fields.array('tenants', stateTenantOf) };
  const voucher = voucherOf(fields.object('signed'));
  fields.end();
  return { state, voucher };
}

function growthOf(json: Json, reading: Reading): StreamGrowth {
  const fields = new Fields(json, reading);
  const growth = { tenant: fields.text('tenant'), stream: fields.text('stream'), path: fields.hashes('path') };
  fields.end();
  return growth;
}

function growthDocument(fields: Fields): GrowthProofDocument {
  const from = stateOf(fields.object('from'));
  const to = stateOf(fields.object('to'));
  const growth = fields.array('growth', growthOf);
  fields.end();
  return {
    proves: 'consistency',
    proof: { from: from.state, to: to.state, growth },
    vouchers: { from: from.voucher, to: to.voucher },
  };
}

/**
 * Reads a proof file. Nothing is verified yet, but that a record that is in it has the leaf that it is proven by.
 *
 * @param json - strictly parsed
 * @param decoder - reads the record; whoever reads many proofs keeps one
 * @throws EvidenceError `unsupported-version`, `schema-violation`
 * @throws ProofError if the record contradicts itself or its place
 */
export function parseProof(
  platform: Platform,
  json: Json,
  decoder: RecordDecoder = new RecordDecoder(platform),
): ProofDocument {
  const kind = json instanceof Map ? (json as JsonObject).get('kind') : undefined;
  if (kind !== 'evidence-proof') throw new EvidenceError('unsupported-version', 'it is no proof of evidence-diff');
  const fields = new Fields(json, PROOF);
  fields.literal('kind', 'evidence-proof');
  fields.literal('version', 1);
  const proves = fields.text('proves');
  if (proves === 'inclusion') return recordDocument(decoder, fields);
  if (proves === 'consistency') return growthDocument(fields);
  throw new EvidenceError(
    'unsupported-version',
    `it proves ${JSON.stringify(proves)}: this version does not know that`,
  );
}

/* A proof as the text of its file. */

/**
 * The file: one member a line, each in canonical form, so that no number and no text in it is changed.
 */
export function proofText(document: ProofDocument): Uint8Array {
  const members = Object.entries(proofJson(document)).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${canonicalText(jsonFrom(value))}`,
  );
  return utf8(`{\n${members.join(',\n')}\n}\n`);
}

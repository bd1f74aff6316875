/** Who vouches for the global root of a proof: a signed checkpoint, or a signed statement about the snapshot. */
import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Platform } from '../core/platform.ts';
import type { VouchedRoot } from '../core/proof/proof-check.ts';
import type { Voucher } from '../core/proof/proof-document.ts';
import { parseEnvelope } from '../wire/dsse.ts';
import { parseStatement, STATEMENT_PAYLOAD_TYPE } from '../wire/statement.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { verifyEnvelope } from './dsse.ts';
import type { PublicKey } from './keys.ts';
import { parseNote, verifyNote } from './signed-note.ts';
import { TrustError } from './trust-error.ts';

type Vouching = (voucher: Voucher, trusted: readonly PublicKey[], threshold: number) => VouchedRoot;

function byStatement(platform: Platform): Vouching {
  return ({ dsse }, trusted, threshold) => {
    if (dsse === undefined) throw new TrustError('signature-missing', 'there is no statement');
    const { body, keys } = verifyEnvelope(parseEnvelope(dsse), STATEMENT_PAYLOAD_TYPE, trusted, threshold);
    const { globalRoot, tenants, name } = parseStatement(parseJson(platform, body));
    return { globalRoot, tenants: tenants.length, keys, by: 'statement', name };
  };
}

const byCheckpoint: Vouching = ({ checkpoint }, trusted, threshold) => {
  if (checkpoint === undefined) throw new TrustError('signature-missing', 'there is no checkpoint');
  const note = parseNote(checkpoint);
  const { origin, size, root } = parseCheckpoint(note.text);
  // Under the name of the origin: a key may sign for other logs as well.
  const { keys } = verifyNote(note, trusted, origin);
  if (keys.length < threshold) {
    throw new TrustError('key-untrusted', `${keys.length} of the trusted keys have signed, ${threshold} are needed`);
  }
  return { globalRoot: root, tenants: size, keys, by: 'checkpoint', name: origin };
};

/**
 * The root that `voucher` vouches for.
 *
 * @param what - which root, for the message
 * @throws TrustError if no document in it is signed by enough trusted keys
 */
export function verifyVoucher(
  platform: Platform,
  voucher: Voucher,
  what: string,
  trusted: readonly PublicKey[],
  threshold: number,
): VouchedRoot {
  const ways = [
    ...(voucher.dsse === undefined ? [] : [byStatement(platform)]),
    ...(voucher.checkpoint === undefined ? [] : [byCheckpoint]),
  ];
  let refused = new TrustError('signature-missing', `${what}: nobody has signed it`);
  for (const way of ways) {
    try {
      return way(voucher, trusted, threshold);
    } catch (fault) {
      if (fault instanceof EvidenceError) refused = new TrustError('signature-invalid', `${what}: ${fault.message}`);
      else if (fault instanceof TrustError) refused = new TrustError(fault.kind, `${what}: ${fault.message}`);
      else throw fault;
    }
  }
  throw refused;
}

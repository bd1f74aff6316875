/** PEM files of one key (RFC 7468 §3, strict), and which kind of file it is that was given instead. */
import { fromBase64 } from './base64.ts';
import { TrustError } from './trust-error.ts';

/** Labels of RFC 7468 that are read here. */
export type PemLabel = 'PUBLIC KEY' | 'PRIVATE KEY';

const BLOCK = /^-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n([A-Za-z0-9+/=\r\n]*)-----END \1-----\s*$/;
const MOST_CHARACTERS = 16 * 1024;

function otherLabel(label: string, wanted: PemLabel): string {
  if (label.includes('PRIVATE KEY') && wanted === 'PUBLIC KEY') {
    return 'it is a private key: keep it secret, and give the public one (K.pub)';
  }
  if (label.includes('PUBLIC KEY') && wanted === 'PRIVATE KEY') {
    return 'it is a public key, with which nothing can be signed: give the private one (K)';
  }
  if (label === 'CERTIFICATE') return 'it is a certificate: give its public key (openssl x509 -pubkey -noout)';
  if (label === 'ENCRYPTED PRIVATE KEY') return 'the private key is encrypted: decrypt it first (openssl pkey)';
  if (label === 'EC PRIVATE KEY') return 'it is a key in SEC 1 form: convert it (openssl pkcs8 -topk8 -nocrypt)';
  return `it holds ${JSON.stringify(label)}, not ${wanted}`;
}

/**
 * The DER bytes of the one block that `text` is.
 *
 * @param text - the whole file
 * @param name - how the user called the file
 * @throws TrustError `key-untrusted` for anything but one block of that label, with nothing around it but white space
 */
export function derOf(text: string, wanted: PemLabel, name: string): Uint8Array {
  const refuse = (reason: string): never => {
    throw new TrustError('key-untrusted', `${name}: ${reason}`);
  };
  if (text.length > MOST_CHARACTERS) refuse('too long for one key');
  const match = BLOCK.exec(text);
  if (match === null) return refuse(`no single PEM block (-----BEGIN ${wanted}-----) of one key`);
  const [, label = '', body = ''] = match;
  if (label !== wanted) refuse(otherLabel(label, wanted));
  const digits = body.replace(/[\r\n]/g, '');
  return fromBase64(digits) ?? refuse('its base64 is malformed');
}

/** Time-stamping authorities (RFC 3161) of OpenSSL: keys, certificates, and replies to queries. */
import { spawnSync } from 'node:child_process';
import { createHash, sign, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { hexOf } from '../../src/core/platform.ts';
import { context, type Der, der, readDer, TAG } from '../../src/trust/der.ts';

export const opensslMissing: boolean = spawnSync('openssl', ['version']).status !== 0;
export const skippedWithoutOpenssl: string = opensslMissing ? ' (skipped: no openssl)' : '';

const CONFIG = `
[ ca ]
default_ca = own
[ own ]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[ any ]
commonName = supplied
[ root ]
basicConstraints = critical,CA:TRUE
[ short ]
basicConstraints = critical,CA:TRUE,pathlen:0
[ within ]
basicConstraints = critical,CA:TRUE
nameConstraints = critical,permitted;dirName:inside
[ inside ]
O = inside
[ strange ]
extendedKeyUsage = critical,timeStamping
1.2.3.4.5 = critical,ASN1:NULL
[ stamps ]
extendedKeyUsage = critical,timeStamping
[ uncritical ]
extendedKeyUsage = timeStamping
[ more ]
extendedKeyUsage = critical,timeStamping,serverAuth
[ server ]
extendedKeyUsage = critical,serverAuth
[ signs ]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature,nonRepudiation
[ encrypts ]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,keyEncipherment
[ signsAndEncrypts ]
extendedKeyUsage = critical,timeStamping
keyUsage = digitalSignature,keyEncipherment
[ rootOfTime ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
extendedKeyUsage = timeStamping,serverAuth
[ rootOfSites ]
basicConstraints = critical,CA:TRUE
extendedKeyUsage = serverAuth
[ req ]
distinguished_name = dn
[ dn ]
[ tsa ]
default_tsa = ours
[ ours ]
serial = tsa-serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256,sha384,sha512
accuracy = secs:1
`;

/** What a certificate is for: a section of the config. */
export type Purpose =
  | 'root'
  | 'short'
  | 'within'
  | 'strange'
  | 'stamps'
  | 'uncritical'
  | 'more'
  | 'server'
  | KeyPurpose;

/** Those whose key may do what their certificate says, and no more. */
type KeyPurpose = 'signs' | 'encrypts' | 'signsAndEncrypts' | 'rootOfTime' | 'rootOfSites';

type KeyKind = 'ec' | 'rsa' | 'weak' | 'small';

const KEYS: Readonly<Record<KeyKind, readonly [algorithm: string, parameters: string]>> = {
  ec: ['EC', 'ec_paramgen_curve:P-256'],
  rsa: ['RSA', 'rsa_keygen_bits:2048'],
  weak: ['RSA', 'rsa_keygen_bits:1024'],
  small: ['EC', 'ec_paramgen_curve:P-224'],
};

export class Authority {
  readonly folder: string;

  /** @param folder - is made; keys and certificates lie in it by names: `root`, and those that are issued */
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder);
    writeFileSync(this.at('config'), CONFIG);
    writeFileSync(this.at('index'), '');
    for (const name of ['serial', 'tsa-serial']) writeFileSync(this.at(name), '01\n');
    this.#key('root', 'ec');
    this.openssl(
      ['req', '-new', '-x509', '-key', 'root.key', '-subj', '/CN=root', '-days', '3650', '-config', 'config'].concat([
        '-extensions',
        'root',
        '-out',
        'root.crt',
      ]),
    );
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  openssl(args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: this.folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}\n${stderr}`);
    return stdout;
  }

  #key(name: string, kind: KeyKind): void {
    const [algorithm, parameters] = KEYS[kind];
    this.openssl(['genpkey', '-algorithm', algorithm, '-pkeyopt', parameters, '-out', `${name}.key`]);
  }

  /** A certificate that the root, or another one, has issued, valid between two times (`YYYYMMDDHHMMSSZ`). */
  issue(
    name: string,
    kind: KeyKind,
    purpose: Purpose,
    from = '20200101000000Z',
    to = '20500101000000Z',
    issuer = 'root',
  ): void {
    this.#key(name, kind);
    this.openssl([
      'req',
      '-new',
      '-key',
      `${name}.key`,
      '-subj',
      `/CN=${name}`,
      '-config',
      'config',
      '-out',
      `${name}.csr`,
    ]);
    this.certify(name, name, purpose, from, to, issuer);
  }

  /** A certificate more for the key of `name`. */
  certify(
    name: string,
    as: string,
    purpose: Purpose,
    from = '20200101000000Z',
    to = '20500101000000Z',
    issuer = 'root',
    digest = 'sha256',
  ): void {
    this.openssl(
      [
        'ca',
        '-md',
        digest,
        '-batch',
        '-notext',
        '-config',
        'config',
        '-extensions',
        purpose,
        '-startdate',
        from,
        '-enddate',
        to,
      ].concat([...['-cert', `${issuer}.crt`, '-keyfile', `${issuer}.key`, '-in', `${name}.csr`, '-out', `${as}.crt`]]),
    );
  }

  /** The reply to a query, signed by an authority that was issued. */
  reply(query: Uint8Array, name: string, digest = 'sha256'): Buffer {
    const file = createHash('sha256').update(query).digest('hex').slice(0, 16);
    writeFileSync(this.at(`${file}.tsq`), query);
    const signer = ['-signer', `${name}.crt`, '-inkey', `${name}.key`, `-${digest}`];
    this.openssl(['ts', '-reply', '-config', 'config', '-queryfile', `${file}.tsq`, ...signer, '-out', `${file}.tsr`]);
    return readFileSync(this.at(`${file}.tsr`));
  }
}

/** RFC 2634 and RFC 5035: the same but for the last digit. */
const SIGNING_CERTIFICATE = '060b2a864886f70d010910020c';
const SIGNING_CERTIFICATE_V2 = '060b2a864886f70d010910022f';

/** RFC 5652 §11.2. */
const MESSAGE_DIGEST = '06092a864886f70d010904';

/**
 * The same time, stamped by whoever has `name`: also where OpenSSL itself would not let it.
 *
 * @param more - parts of the TSTInfo behind its own
 */
export function stampedBy(
  authority: Authority,
  reply: Uint8Array,
  name: string,
  ...more: readonly Uint8Array[]
): Buffer {
  const { raw } = new X509Certificate(readFileSync(authority.at(`${name}.crt`)));
  const [status, token] = readDer(reply).parts;
  const data = token?.parts[1]?.parts[0]?.parts ?? [];
  const [version, sid, digest, attributes, algorithm] = data.at(-1)?.parts[0]?.parts ?? [];
  const tbs = readDer(raw).parts[0]?.parts ?? [];
  const hash = der(TAG.octetString, createHash('sha256').update(raw).digest());
  const named = der(TAG.sequence, der(TAG.sequence, der(TAG.sequence, hash)));
  const [type, wrapped] = data[2]?.parts ?? [];
  const info = der(
    TAG.sequence,
    ...readDer(wrapped?.parts[0]?.content ?? new Uint8Array()).parts.map(({ raw: part }) => part),
    ...more,
  );
  const digestOfInfo = der(TAG.octetString, createHash('sha256').update(info).digest());
  const signed = (attributes?.parts ?? []).map((part) => {
    if (hexOf(part.parts[0]?.raw ?? new Uint8Array()) === MESSAGE_DIGEST) {
      return der(TAG.sequence, Buffer.from(MESSAGE_DIGEST, 'hex'), der(TAG.set, digestOfInfo));
    }
    const isName = [SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2].includes(
      hexOf(part.parts[0]?.raw ?? new Uint8Array()),
    );
    return isName ? der(TAG.sequence, Buffer.from(SIGNING_CERTIFICATE_V2, 'hex'), der(TAG.set, named)) : part.raw;
  });
  const signature = sign('sha256', der(TAG.set, ...signed), readFileSync(authority.at(`${name}.key`)));
  const bytes = (value: Der | undefined): Uint8Array => value?.raw ?? new Uint8Array();
  const signer = der(
    TAG.sequence,
    bytes(version),
    der(sid?.tag ?? 0, bytes(tbs[3]), bytes(tbs[1])),
    bytes(digest),
    der(context(0), ...signed),
    bytes(algorithm),
    der(TAG.octetString, signature),
  );
  const content = der(TAG.sequence, bytes(type), der(context(0), der(TAG.octetString, info)));
  const parts = [...data.slice(0, 2).map(bytes), content, der(context(0), raw), der(TAG.set, signer)];
  const made = der(TAG.sequence, bytes(token?.parts[0]), der(context(0), der(TAG.sequence, ...parts)));
  return Buffer.from(der(TAG.sequence, bytes(status), made));
}

/** An authority over HTTP on this machine. `answer` makes the reply to a query. */
export function timestampServer(
  answer: (query: Buffer) => { status?: number; type?: string; body: Uint8Array },
): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const isQuery = request.method === 'POST' && request.headers['content-type'] === 'application/timestamp-query';
      const { status = 200, type = 'application/timestamp-reply', body } = answer(Buffer.concat(chunks));
      response.writeHead(isQuery ? status : 400, { 'content-type': type });
      response.end(body);
    });
  });
}

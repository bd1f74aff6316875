/** OpenSSL before 3.5 (Node 20 and 22) takes one signature of the key of order one for every message; later ones refuse. */
export const OPENSSL_TAKES_IDENTITY: boolean = Number.parseFloat(process.versions.openssl) < 3.5;

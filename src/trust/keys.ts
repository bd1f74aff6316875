/** Keys as everything that signs or verifies sees them: each bound to its one algorithm. */

/** Ed25519 (RFC 8032), or ECDSA on P-256 with SHA-256 (FIPS 186-5), which people have in a KMS or from cosign. */
export type KeyAlgorithm = 'ed25519' | 'ecdsa-p256-sha256';

/**
 * Whether `signature` is one over `message`.
 *
 * @param signature - Ed25519: 64 bytes; ECDSA: ASN.1 DER
 */
export type Verifies = (message: Uint8Array, signature: Uint8Array) => boolean;

export interface PublicKey {
  /** How the user called it. */
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  /** SHA-256 of the SubjectPublicKeyInfo (RFC 5280 §4.1) in DER, as lower-case hex: what pins a key. */
  readonly id: string;
  /** Ed25519: the 32 bytes of the key. Else the SubjectPublicKeyInfo. */
  readonly bytes: Uint8Array;
  readonly verifies: Verifies;
}

export interface PrivateKey {
  readonly publicKey: PublicKey;
  /** Ed25519: 64 bytes (RFC 8032 §5.1.6); ECDSA: ASN.1 DER. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/**
 * The seam to what computes on curves: node:crypto for the command, @noble/curves for the page in the browser. Both give
 * the same answers (test/trust/wycheproof.test.ts).
 *
 * @param spki - a SubjectPublicKeyInfo of just this algorithm, in its canonical form
 * @returns what verifies under that key
 * @throws Error if its point is not on the curve
 */
export type VerifierOf = (algorithm: KeyAlgorithm, spki: Uint8Array) => Verifies;

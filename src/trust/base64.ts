/** Base64 (RFC 4648 §4 and §5) where a text must be exactly one encoding of its bytes. */

/**
 * The bytes of `text`.
 *
 * @param text - standard or URL-safe base64 with padding (DSSE allows both)
 * @returns undefined if it is not the canonical encoding of any bytes
 */
export function fromBase64(text: string): Uint8Array | undefined {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Buffer.from(standard, 'base64');
  return bytes.toString('base64') === standard ? Uint8Array.from(bytes) : undefined;
}

/** `bytes` in standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Base64 (RFC 4648 §4 and §5) where a text must be exactly one encoding of its bytes. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = '=';
const NO_DIGIT = 0xff;

/** The value of each digit by its code; that of both alphabets. */
const VALUES: Uint8Array = new Uint8Array(128).fill(NO_DIGIT);
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS.charCodeAt(value)] = value;
VALUES['-'.charCodeAt(0)] = 62;
VALUES['_'.charCodeAt(0)] = 63;

function valueAt(text: string, at: number): number {
  return VALUES[text.charCodeAt(at)] ?? NO_DIGIT;
}

function paddingOf(text: string): number {
  if (!text.endsWith(PAD)) return 0;
  return text.endsWith(PAD + PAD) ? 2 : 1;
}

/**
 * The bytes of `text`.
 *
 * @param text - standard or URL-safe base64 with padding (DSSE allows both)
 * @returns undefined if it is not the canonical encoding of any bytes
 */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const digits = text.length - paddingOf(text);
  const bytes = new Uint8Array((digits * 3) >> 2);
  let [bits, held, length] = [0, 0, 0];
  for (let at = 0; at < digits; at++) {
    const value = valueAt(text, at);
    if (value === NO_DIGIT) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[length++] = bits >> held;
  }
  // What is left over of the last digit is zero in the canonical encoding.
  return (bits & ((1 << held) - 1)) === 0 ? bytes : undefined;
}

/**
 * The bytes of `text`, as of `fromBase64`, in the standard alphabet alone (RFC 4648, section 4): notes have no other, and
 * what two spellings say could be changed without a key.
 */
export function fromStandardBase64(text: string): Uint8Array | undefined {
  return /[-_]/.test(text) ? undefined : fromBase64(text);
}

const CHUNK_BYTES = 3 * 4096;

function chunkToBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = bytes.subarray(at, at + 3);
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    const digit = (shift: number): string => DIGITS[(bits >> shift) & 63] ?? PAD;
    text += digit(18) + digit(12) + (b === undefined ? PAD : digit(6)) + (c === undefined ? PAD : digit(0));
  }
  return text;
}

/** `bytes` in standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    parts.push(chunkToBase64(bytes.subarray(at, at + CHUNK_BYTES)));
  return parts.join('');
}

/* Bytes put together, where there may be no Buffer. */

/** `parts` one after another. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The bytes that `hex` stands for: an even number of hexadecimal digits. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}

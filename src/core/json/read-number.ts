/** Number tokens of JSON text: RFC 8259 §6. */
import { EvidenceError } from '../errors.ts';
import type { Platform } from '../platform.ts';
import type { Allowance } from './allowance.ts';
import { CASE_BIT, isDigit, LOWER_E, MINUS, PLUS, POINT, ZERO } from './ascii.ts';
import type { Cursor } from './cursor.ts';
import { canonicalNumber, MAX_EXPONENT_DIGITS } from './number.ts';
import { JsonNumber } from './value.ts';

/**
 * The number whose first byte, a digit or a minus, is the next; the cursor ends up behind it.
 *
 * @throws EvidenceError `input-malformed` for anything outside the grammar, `input-limit` for an exponent that could
 *   not be written back, and for more text than `allowance` has left
 */
export function readNumber(platform: Platform, cursor: Cursor, allowance: Allowance): JsonNumber {
  const from = cursor.at;
  if (cursor.peek() === MINUS) cursor.at++;
  if (cursor.peek() === ZERO) {
    cursor.at++;
    if (isDigit(cursor.peek())) throw cursor.malformed('leading zero in a number', from);
  } else skipDigits(cursor);
  if (cursor.peek() === POINT) {
    cursor.at++;
    skipDigits(cursor);
  }
  const exponentDigits = skipExponent(cursor);
  allowance.takeText(from, cursor);
  const token = platform.text(cursor.bytes, from, cursor.at);
  if (exponentDigits >= MAX_EXPONENT_DIGITS) checkExponent(token, cursor, from);
  return new JsonNumber(token);
}

/** Steps over an exponent, if there is one; how many digits it has. */
function skipExponent(cursor: Cursor): number {
  if ((cursor.peek() | CASE_BIT) !== LOWER_E) return 0;
  cursor.at++;
  if (cursor.peek() === PLUS || cursor.peek() === MINUS) cursor.at++;
  return skipDigits(cursor);
}

function skipDigits(cursor: Cursor): number {
  const from = cursor.at;
  while (isDigit(cursor.peek())) cursor.at++;
  if (cursor.at === from) throw cursor.unexpected();
  return cursor.at - from;
}

/** What could not be written is refused here, where the place is still known. */
function checkExponent(token: string, cursor: Cursor, from: number): void {
  try {
    canonicalNumber(token);
  } catch (error) {
    throw error instanceof EvidenceError ? cursor.limit(error.reason, from) : error;
  }
}

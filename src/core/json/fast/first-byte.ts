/** What the first byte of a value tells of it. */
import { CASE_BIT, isDigit, LOWER_E, MINUS, OPEN_BRACE, PLUS, POINT, QUOTE } from '../../ascii.ts';

/** What the value that begins with `byte` is. */
export function kindOf(byte: number): string {
  if (byte === OPEN_BRACE) return 'an object';
  return byte === QUOTE ? 'a string' : 'a scalar';
}

/** Whether `c` may stand in a number. */
export function isNumberByte(c: number): boolean {
  return isDigit(c) || c === MINUS || c === PLUS || c === POINT || (c | CASE_BIT) === LOWER_E;
}

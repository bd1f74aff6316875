/**
 * "I could not look": the one error class that a reader or a source throws. It becomes an INCOMPLETE finding.
 *
 * A break in the evidence is never thrown (it is a finding); our own mistake is a TypeError or RangeError (exit 70).
 */
import type { IncompleteKind } from './kinds.ts';

/** Where in an input a fault was seen. */
export interface Where {
  /** The name of the input, as the user gave it. */
  readonly file?: string;
  /** Line, counted from 1. */
  readonly line?: number;
  /** Byte offset in the (uncompressed) input, counted from 0. */
  readonly byteOffset?: number;
  /** Element of a list in the input, counted from 0. */
  readonly item?: number;
  /** JSON Pointer into the item, or the column of a row. */
  readonly member?: string;
}

export interface EvidenceErrorOptions {
  readonly where?: Where;
  /** What the user can do about it, as a sentence fragment. */
  readonly advice?: string;
  readonly cause?: unknown;
}

/** A place in words. */
export function placeText(where: Where): string {
  const parts: string[] = [];
  if (where.file !== undefined) parts.push(where.file);
  if (where.line !== undefined) parts.push(`line ${where.line}`);
  if (where.byteOffset !== undefined) parts.push(`byte ${where.byteOffset}`);
  if (where.item !== undefined) parts.push(`item ${where.item}`);
  if (where.member !== undefined) parts.push(`at ${where.member}`);
  return parts.join(', ');
}

/** Something could not be read or checked; `kind` is the finding that it becomes. */
export class EvidenceError extends Error {
  override readonly name: string = 'EvidenceError';
  readonly kind: IncompleteKind;
  readonly where: Where;
  /** What is wrong, without the place and the advice. */
  readonly reason: string;
  readonly advice: string | undefined;

  /**
   * @param kind - the finding kind that this becomes in a report
   * @param reason - what is wrong; never holds content of a record's body
   */
  constructor(kind: IncompleteKind, reason: string, options: EvidenceErrorOptions = {}) {
    const where = options.where ?? {};
    const place = placeText(where);
    const advice = options.advice === undefined ? '' : `; ${options.advice}`;
    super(
      `${place === '' ? '' : `${place}: `}${reason}${advice}`,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.kind = kind;
    this.where = where;
    this.reason = reason;
    this.advice = options.advice;
  }

  /** The same error with the place filled in: an inner reader knows the offset, an outer one the file and line. */
  at(outer: Where): EvidenceError {
    const advice = this.advice === undefined ? {} : { advice: this.advice };
    return new EvidenceError(this.kind, this.reason, {
      where: { ...this.where, ...outer },
      ...advice,
      cause: this.cause,
    });
  }

  /** The same error with what to do about it: whoever knows more of the input says it better. */
  advising(advice: string): EvidenceError {
    const { kind, reason, where, cause } = this;
    return new EvidenceError(kind, reason, { where, advice, cause });
  }
}

/**
 * The code of a fault of the system (`ENOENT`) or of a server (SQLSTATE), for a message: its own words may hold what was
 * read or sent.
 *
 * @returns `unknown fault` where it has none
 */
export function codeOf(fault: unknown): string {
  const code = fault instanceof Error ? (fault as { readonly code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : 'unknown fault';
}

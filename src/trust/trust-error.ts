/**
 * "This cannot be believed": the one error class of signatures and keys. It becomes a finding that makes the verdict
 * UNTRUSTED; it never says that evidence differs.
 */
import type { UntrustedKind } from '../core/kinds.ts';

export class TrustError extends Error {
  override readonly name: string = 'TrustError';
  readonly kind: UntrustedKind;

  /**
   * @param kind - the finding that it becomes
   * @param message - what is wrong, where, and what to do; never holds key material
   */
  constructor(kind: UntrustedKind, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.kind = kind;
  }
}

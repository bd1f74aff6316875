/** What a draft says of itself until somebody has read it. */

/** The names that a person has to fill in. */
export const DRAFT_NAMES = { upgrade: 'DRAFT: name the upgrade', from: 'DRAFT', to: 'DRAFT' } as const;

/** Whether a name is still that of a draft, however it is spelled and whatever signs stand before it. */
export function isDraftName(name: string): boolean {
  return /^[^\p{L}\p{N}]*draft(?!\p{L})/iu.test(name.normalize('NFKC'));
}

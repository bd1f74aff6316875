/**
 * The hashes of the last records of a chain, in a table of fixed size, so that a link that goes to one of them can be
 * called a fork. What has been overwritten is called a break: the name is less exact, the verdict is the same.
 */

const SLOTS = 4096;

export class RecentHashes {
  readonly #slots: (string | undefined)[] = [];

  add(hash: string): void {
    this.#slots[slotOf(hash)] = hash;
  }

  has(hash: string): boolean {
    return this.#slots[slotOf(hash)] === hash;
  }
}

function slotOf(hash: string): number {
  const slot = Number.parseInt(hash.slice(0, 3), 16);
  return Number.isNaN(slot) ? 0 : slot % SLOTS;
}

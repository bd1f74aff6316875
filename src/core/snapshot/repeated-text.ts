/** Texts that come again and again, recognised by their bytes, so that they need not be decoded each time. */

function holds(bytes: Uint8Array, from: number, to: number, text: Uint8Array): boolean {
  if (to - from !== text.length) return false;
  for (let at = 0; at < text.length; at++) if (bytes[from + at] !== text[at]) return false;
  return true;
}

/** A fixed set of ASCII names; found by length and first byte, then compared. */
export class KnownNames<Name extends string> {
  readonly #byKey: Map<number, readonly { readonly name: Name; readonly bytes: Uint8Array }[]> = new Map();

  constructor(names: readonly Name[]) {
    for (const name of names) {
      const bytes = Uint8Array.from(name, (character) => character.charCodeAt(0));
      const key = keyOf(bytes[0], bytes.length);
      this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), { name, bytes }]);
    }
  }

  /** The name whose bytes are `bytes[from, to)`, if it is one of them. */
  find(bytes: Uint8Array, from: number, to: number): Name | undefined {
    for (const known of this.#byKey.get(keyOf(bytes[from], to - from)) ?? []) {
      if (holds(bytes, from, to, known.bytes)) return known.name;
    }
    return undefined;
  }
}

function keyOf(first: number | undefined, length: number): number {
  return length * 256 + (first ?? 0);
}

/** The last text of a member, with the bytes that it was made from. */
export class LastText {
  text = '';
  #bytes: Uint8Array = new Uint8Array(0);

  isSame(bytes: Uint8Array, from: number, to: number): boolean {
    return holds(bytes, from, to, this.#bytes);
  }

  keep(bytes: Uint8Array, from: number, to: number, text: string): void {
    // A copy, which `slice` is not for a Buffer: the next record is written over these bytes, and would equal itself.
    this.#bytes = new Uint8Array(bytes.subarray(from, to));
    this.text = text;
  }
}

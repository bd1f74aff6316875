/**
 * Patterns of paths: `*` and `?` within a name, `**` as a whole name for any number of folders. No regular expression is
 * made of them, so that none can take for ever.
 */

/** Whether `name` fits `pattern`, in which `*` stands for any characters and `?` for one. Of several `*` only the last is tried anew. */
function nameFits(pattern: readonly string[], name: readonly string[]): boolean {
  let [at, in_, star, mark] = [0, 0, -1, 0];
  while (in_ < name.length) {
    if (at < pattern.length && (pattern[at] === '?' || (pattern[at] !== '*' && pattern[at] === name[in_]))) {
      at++;
      in_++;
    } else if (pattern[at] === '*') {
      star = at++;
      mark = in_;
    } else if (star >= 0) {
      at = star + 1;
      in_ = ++mark;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** A pattern, ready to be matched. */
export class Glob {
  readonly #parts: readonly (readonly string[] | '**')[];

  constructor(pattern: string) {
    this.#parts = pattern.split('/').map((part) => (part === '**' ? part : [...part]));
  }

  /** Whether `path`, with `/` between its names, fits. */
  fits(path: string): boolean {
    const names = path.split('/');
    // As with names: of several `**` only the last needs to be tried at more than one place.
    let [at, in_, star, mark] = [0, 0, -1, 0];
    while (in_ < names.length) {
      const part = this.#parts[at];
      if (part === '**') {
        star = at++;
        mark = in_;
      } else if (part !== undefined && nameFits(part, [...(names[in_] ?? '')])) {
        at++;
        in_++;
      } else if (star >= 0) {
        at = star + 1;
        in_ = ++mark;
      } else return false;
    }
    while (this.#parts[at] === '**') at++;
    return at === this.#parts.length;
  }
}

/** A second strict reader of JSON, small and slow: what `JSON.parse` takes, less duplicate names and lone surrogates. */
import { type Members, RawNumber, type Value } from './value.ts';

/** The exact value of a number token: sign, significant digits, power of ten. */
function exactNumber(token: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? fail(`not a number: ${token}`);
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return `${sign}0`;
  return `${sign}${significant}e${BigInt(power) - BigInt(fraction.length) + BigInt(digits.length - significant.length)}`;
}

function fail(reason: string): never {
  throw new SyntaxError(reason);
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws SyntaxError if the text is not one JSON value */
  read(): Value {
    const value = this.#value();
    if (this.#space() < this.#text.length) fail('something follows');
    return value;
  }

  #space(): number {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
    return this.#at;
  }

  #take(expression: RegExp): string {
    const sticky = new RegExp(expression.source, 'y');
    sticky.lastIndex = this.#space();
    const [found = fail(`unexpected at ${this.#at}`)] = sticky.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #string(): string {
    const token = this.#take(/"(?:[^"\\]|\\.)*"/);
    const text = JSON.parse(token) as string;
    return /\p{Surrogate}/u.test(text) ? fail('lone surrogate') : text;
  }

  #value(): Value {
    const first = this.#text[this.#space()];
    if (first === '"') return this.#string();
    if (first === '{') return this.#object();
    if (first === '[') return this.#array();
    const token = this.#take(/[-+.\w]+/);
    if (token === 'null') return null;
    if (token === 'true' || token === 'false') return token === 'true';
    return new RawNumber(exactNumber(token));
  }

  #array(): Value {
    this.#take(/\[/);
    const items: Value[] = [];
    if (this.#text[this.#space()] === ']') return this.#take(/\]/) === ']' ? items : fail('');
    do items.push(this.#value());
    while (this.#take(/[,\]]/) === ',');
    return items;
  }

  #object(): Value {
    this.#take(/\{/);
    const members: Members = new Map();
    if (this.#text[this.#space()] === '}') return this.#take(/\}/) === '}' ? members : fail('');
    do {
      this.#space();
      const name = this.#string();
      if (members.has(name)) fail('duplicate name');
      this.#take(/:/);
      members.set(name, this.#value());
    } while (this.#take(/[,}]/) === ',');
    return members;
  }
}

/** @throws SyntaxError if `text` is not JSON, or a name comes twice in an object */
export function strictJson(text: string): Value {
  return new Reader(text).read();
}

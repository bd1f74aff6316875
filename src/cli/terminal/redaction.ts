/**
 * Passwords are printed nowhere. Everything that goes to standard error comes through here: what looks like the login of
 * a URL is struck out, and so is every password that was seen in the arguments, the environment or the config file,
 * wherever it turns up again.
 *
 * A mistyped URL is no URL any more, so what may be a password is whatever stands between a colon and an at sign. To take
 * too much for one costs a word in a message.
 */
const STRUCK = '***';

/** Shorter ones would strike out half of every message, and hide nothing. */
const SHORTEST_LITERAL = 3;

/** Colons and at signs that are looked at: nobody's URL has more. */
const MOST_MARKS = 8;

/** What a login ends at. */
const UNBROKEN = /[^\s"'`]+/g;

/** `password=…`, as a parameter of a URL or a part of a connection text of libpq. */
const ASSIGNED = /(pass(?:word|wd)?\s*=\s*)('[^']*'|"[^"]*"|[^\s&'"]+)/gi;

/** A private key that was given itself, in place of its file; cut off or not. */
const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*-----|$)/g;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function formsOf(secret: string): readonly string[] {
  const plain = decoded(secret);
  return [secret, plain, encodeURIComponent(plain)].filter(({ length }) => length >= SHORTEST_LITERAL);
}

/**
 * `//user:password@` in a text without spaces and quotes, as far as it goes: passwords with an unescaped @ or / in them
 * are mistakes that happen. By two searches: a pattern would look for the @ behind every slash again.
 */
function withoutLogin(text: string): string {
  const from = text.indexOf('//');
  const to = from < 0 ? -1 : text.lastIndexOf('@');
  return to < from + 2 ? text : `${text.slice(0, from)}//${STRUCK}${text.slice(to)}`;
}

function placesOf(mark: string, text: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(mark); at >= 0 && places.length < MOST_MARKS; at = text.indexOf(mark, at + 1)) {
    places.push(at);
  }
  return places;
}

/** `//user` behind the colon of a scheme that is known: a name, and no password. */
function isUserOfScheme(scheme: string, text: string): boolean {
  return /(?:^|[^a-z0-9])(?:postgres(?:ql)?|https?)$/i.test(scheme) && /^\/\/[^/:]*$/.test(text);
}

function betweenMarks(text: string): readonly string[] {
  const ends = placesOf('@', text);
  return placesOf(':', text).flatMap((colon) => {
    const scheme = text.slice(Math.max(0, colon - 16), colon);
    const found = ends.filter((at) => at > colon).map((at) => text.slice(colon + 1, at));
    return found.filter((one) => !isUserOfScheme(scheme, one));
  });
}

/** `//user:password` whose host was forgotten; a number there is a port. */
function withoutHost(text: string): readonly string[] {
  const tail = /\/\/[^/?#:@]*:([^/?#@]*)/.exec(text)?.[1] ?? '';
  return /^[0-9]*$/.test(tail) ? [] : [tail];
}

function without(text: string, known: ReadonlySet<string>): string {
  let safe = text;
  // The longest first: a password that is a part of another must not leave the rest of that one behind.
  for (const secret of [...known].sort((a, b) => b.length - a.length)) safe = safe.replaceAll(secret, STRUCK);
  return safe.replace(PRIVATE_KEY, STRUCK).replace(UNBROKEN, withoutLogin).replace(ASSIGNED, `$1${STRUCK}`);
}

/** The passwords that one call of the command has seen. */
export class Secrets {
  /** Also what only may be one: see {@link note}. */
  readonly #possible = new Set<string>();
  /** What is one without doubt: variables, tokens, the logins of URLs that are used. */
  readonly #certain = new Set<string>();

  /** What a call was started with. */
  static of(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): Secrets {
    const secrets = new Secrets();
    for (const argument of argv) secrets.note(argument);
    secrets.note(environment['EVIDENCE_SOURCE']);
    secrets.remember(environment['PGPASSWORD'] ?? '');
    return secrets;
  }

  /** Takes note of what may be a password in `text`: an argument, a variable, a value of the config file. */
  note(text: string | undefined): void {
    if (text === undefined) return;
    const assigned = [...text.matchAll(ASSIGNED)].map(([, , value = '']) => value.replace(/^['"]|['"]$/g, ''));
    for (const secret of [...betweenMarks(text), ...withoutHost(text), ...assigned]) {
      for (const form of formsOf(secret)) this.#possible.add(form);
    }
  }

  /** Takes note of a password or token that is known as such. */
  remember(secret: string): void {
    for (const form of formsOf(secret)) {
      this.#possible.add(form);
      this.#certain.add(form);
    }
  }

  /** `text` without any password in it. */
  redacted(text: string): string {
    return without(text, this.#possible);
  }

  /**
   * The same for what is kept and not only shown: what merely may be a password stays, since a note that says
   * `at 10:30 by a@b` holds none, and must not be falsified.
   */
  redactedRecord(text: string): string {
    return without(text, this.#certain);
  }
}

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const CUT_SCHEME = /^postgres(?:ql)?:/i;

/** `//user:password@`, without a slash in it, anywhere in `text`. */
function hasLogin(text: string): boolean {
  const parts = text.split('/');
  return parts.some((part, at) => {
    const colon = part.indexOf(':');
    return at >= 2 && parts[at - 1] === '' && colon >= 0 && part.indexOf('@', colon) > colon;
  });
}

/**
 * Whether `name` looks as if it held a password: unless it is a connection URL, which is shown without it, it must not
 * be taken for the name of a file, since reports show that.
 */
export function mayHoldPassword(name: string): boolean {
  const text = name.trim();
  return [SCHEME, CUT_SCHEME, ASSIGNED].some((form) => text.search(form) >= 0) || hasLogin(text);
}

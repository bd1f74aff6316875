/** What the origins of growing logs may begin with: the name of a key (c2sp.org/signed-note), and a path in it. */
const MOST_CHARACTERS = 256;

/** The rule in words. */
export const ORIGIN_BEGIN = `up to ${MOST_CHARACTERS} characters without white space, plus, or a slash at an end`;

/** Whether origins may begin with `text`. */
export function isOriginBegin(text: string): boolean {
  // What signed-note demands of the name of a key, and no slash at an end, where an empty name would begin.
  const isName = /^[^\s+/](?:[^\s+]*[^\s+/])?$/u.test(text) && !/\p{Cc}/u.test(text);
  return isName && text.length <= MOST_CHARACTERS;
}

/** Where in an origin the names of a stream begin, with the slash before them, as `checkpoint` makes them; -1 if it has others. */
function placeOf(origin: string, tenant: string, stream: string): number {
  const end = `/${[tenant, stream].map(encodeURIComponent).join('/')}`;
  const first = origin.replace(/\/attempt-[1-9][0-9]*$/, '');
  const whole = [origin, first].find((one) => one.endsWith(end));
  return whole === undefined ? -1 : whole.length - end.length;
}

/** Whether an origin ends in the names of a stream. */
export function isOriginOf(origin: string, tenant: string, stream: string): boolean {
  return placeOf(origin, tenant, stream) >= 0;
}

/** What the origin of a stream begins with; undefined if it is that of another one. */
export function beginOfOrigin(origin: string, tenant: string, stream: string): string | undefined {
  const place = placeOf(origin, tenant, stream);
  return place <= 0 ? undefined : origin.slice(0, place);
}

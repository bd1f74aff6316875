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

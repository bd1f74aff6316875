/**
 * `--legacy-root scheme=… root=…`: an external root.
 *
 * What belongs to it are the words after it that begin with one of its keys and `=`, or one word with commas or spaces
 * between them. So no name of a source can be swallowed, unless it is called like that; such a file is given as ./NAME.
 */
import { LEGACY_ROOT_WORDS, type LegacyRoot, legacyRootsFault } from '../../legacy-roots/check.ts';
import { UsageError } from '../terminal/exit.ts';
import { list } from './define.ts';
import { notEmpty } from './readers.ts';

const FLAG = '--legacy-root';

const KEYS: readonly string[] = [...LEGACY_ROOT_WORDS.keys()];

const HELP =
  'scheme=NAME root=HEX [leaf=hash|bodyDigest|leafHash|attrs.NAME] [hash-leaves=bytes|text] [side=baseline|current] ' +
  '[tenant=NAME [stream=NAME]]: recompute an external root';

const PAIR = new RegExp(`^(${KEYS.join('|')})=(.*)$`, 's');
/** What is between two pairs: what follows must be a key, so that a name may have commas and spaces. */
const BETWEEN = new RegExp(`(?:, ?| )(?=(?:${KEYS.join('|')})=)`);

/** Its values are read by `legacyRootsOf`. */
export const legacyRoot = list('<pairs>', HELP, notEmpty, { page: 'see [legacy-roots.md](legacy-roots.md)' });

/** `argv` with the words of each `--legacy-root` made one, as a parser of options with one value needs them. */
export function joinLegacyRoots(argv: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let isOpen = false;
  for (const [at, word] of argv.entries()) {
    if (word === '--') return [...joined, ...argv.slice(at)];
    const before = joined.at(-1);
    if (isOpen && before !== undefined && before !== FLAG && PAIR.test(word)) {
      joined[joined.length - 1] = `${before} ${word}`;
      continue;
    }
    isOpen = word === FLAG || word.startsWith(`${FLAG}=`) || (isOpen && before === FLAG);
    joined.push(word);
  }
  return joined;
}

/** As it is printed: bare, as a digest, or as merkletreejs does. */
function hashOf(root: string): string {
  return root.replace(/^(?:sha256:|0x)/, '');
}

function legacyRootOf(text: string): LegacyRoot {
  const members = new Map<keyof LegacyRoot, string>();
  for (const part of text.split(BETWEEN)) {
    const [, key = '', value = ''] = PAIR.exec(part) ?? [];
    const member = LEGACY_ROOT_WORDS.get(key);
    if (member === undefined) throw new UsageError(`${FLAG}: ${JSON.stringify(part)} is none of ${KEYS.join('=, ')}=`);
    if (members.has(member)) throw new UsageError(`${FLAG}: ${key}= was given more than once`);
    members.set(member, member === 'root' ? hashOf(value) : value);
  }
  for (const needed of ['scheme', 'root'] as const) {
    if (!members.has(needed)) throw new UsageError(`${FLAG} needs ${needed}=: ${HELP}`);
  }
  // Texts, whatever was typed: legacyRootsFault says what is not taken.
  return Object.fromEntries(members) as unknown as LegacyRoot;
}

/**
 * What the values of the option result in.
 *
 * @throws UsageError if they are no pairs, name what there is not, or ask the same twice
 */
export function legacyRootsOf(values: readonly string[]): readonly LegacyRoot[] {
  const roots = values.map(legacyRootOf);
  const fault = legacyRootsFault(roots);
  if (fault !== undefined) throw new UsageError(`${FLAG}: ${fault}`);
  return roots;
}

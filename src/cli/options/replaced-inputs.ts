/** An output must not replace a file that another option or an argument names: that file would be lost. */
import { refuseReplaced } from '../terminal/outputs.ts';
import type { WrittenFile } from '../terminal/session.ts';
import { CONFIG_NAME } from './config-file.ts';
import { flagOf, type Given, type Options } from './define.ts';

/** Options that name what is written. */
const WRITTEN: ReadonlySet<string> = new Set(['output', 'metrics', 'attest', 'draft', 'state']);

/** Of values with other metavars none is a path. */
export const PATHS = /^<(?:file|folder|path|profile|source|report|report or baseline|name=file)>$/;

function pathsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '-' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(pathsIn);
  const path = typeof value === 'object' && value !== null && 'path' in value ? value.path : undefined;
  return typeof path === 'string' ? [path] : [];
}

/** What was given on a command line, as it is defined and as it was read. */
interface Read {
  readonly defined: Options;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Paths of all that `names` says is read. */
function readBy({ defined, values }: Read, names: (name: string, given: Given<unknown>) => boolean): readonly string[] {
  return Object.entries(defined).flatMap(([name, given]) => (names(name, given) ? pathsIn(values[name]) : []));
}

/** All that options name to be written. */
export function writtenBy({ defined, values }: Read): readonly WrittenFile[] {
  const names = Object.keys(defined).filter((one) => WRITTEN.has(one));
  return names.flatMap((name) => pathsIn(values[name]).map((path) => ({ path, option: flagOf(name) })));
}

/**
 * Whatever a verb reads, from whatever option its name comes: each verb looks besides at what it alone knows, such as the
 * signature beside a baseline or what lies in a folder.
 *
 * @throws UsageError if an output is the same directory entry as something that is read, or the file that it links to
 */
export function refuseReplacedInputs(options: Read, args: Read): void {
  // Where none is named, the one that lies here is in use.
  const config =
    Object.hasOwn(options.defined, 'config') && options.values['config'] === undefined ? [CONFIG_NAME] : [];
  const read = [
    ...config,
    ...readBy(options, (name, { metavar }) => !WRITTEN.has(name) && PATHS.test(metavar)),
    ...readBy(args, (_, { choices }) => choices.length === 0),
  ];
  refuseReplaced(writtenBy(options), read);
}

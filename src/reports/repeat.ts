/** How a comparison is made again: what to type, what must come out, and what a report cannot say of it. */
import { type Demand, type DemandName, isOnBaseline } from '../core/report/demands.ts';
import { PARTS_BELIEVED } from '../core/report/part-report.ts';
import type { ContinuityReport, SideReport } from '../core/report/report.ts';
import { LATER_ALLOWED } from '../core/report/subjects.ts';
import { printable } from './printable.ts';

export interface Repeat {
  /** The command, word by word, each as a shell reads it. */
  readonly words: readonly string[];
  /** The same on one line. */
  readonly command: string;
  /** A command that shows whether the files are those of this report, then a comment for each digest it must print. */
  readonly digests: readonly string[];
  readonly notes: readonly string[];
  /** What the command needs besides, since the report does not have it; undefined where it needs nothing. */
  readonly leftOut: string | undefined;
}

function octets(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** One character inside `$'…'` of bash. Bytes mean the same in every locale; `##[…]` would be an order to a CI system. */
function inAnsiQuotes(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  return printable(character) === character && character !== '#' ? character : octets(character);
}

/** `word` as a POSIX shell reads it back; with invisible characters in it, as bash does. */
export function shellWord(word: string): string {
  if (/^[A-Za-z0-9_./:@%+=,-]+$/.test(word)) return word;
  if (printable(word) === word) return `'${word.replaceAll("'", `'\\''`)}'`;
  return `$'${Array.from(word, inAnsiQuotes).join('')}'`;
}

export function isDatabase({ name }: SideReport): boolean {
  return /^postgres(?:ql)?:\/\//i.test(name);
}

/** A file of roots says neither what it is of nor when it was made; a snapshot says both. */
export function isFileOfRoots({ depth, capturedAt, subject }: SideReport): boolean {
  return depth === 'summary' && capturedAt === null && Object.keys(subject ?? {}).length === 0;
}

/**
 * Demands that are not typed again: what both sides must not be is demanded by default, and to write the outputs again
 * would replace the reports that are to be checked.
 */
const NOT_TYPED: ReadonlySet<DemandName> = new Set<DemandName>([
  'not-same-input',
  'profile',
  'output',
  'metrics',
  'attest',
  'artifact',
]);

/** What lets a later baseline through is no demand: the report names it among what was not checked. */
export const LATER_BASELINE = '--allow-later-baseline';

function wordsOfDemand({ demand, asked }: Demand): readonly string[] {
  return asked === '' ? [`--${demand}`] : [`--${demand}`, shellWord(asked)];
}

/**
 * The digest that was read, where nothing speaks against it. Where a digest was asked for, that one is typed and no other;
 * and to pin what a demand has refuted would make a bad baseline a good one.
 */
function pinOf({ demands, baseline, verdict }: ContinuityReport): readonly string[] {
  const asked = demands.some(({ demand }) => demand === 'expect-digest');
  const refused = verdict === 'UNTRUSTED' || demands.some((one) => one.state !== 'held' && isOnBaseline(one.demand));
  return asked || refused || baseline.sha256 === null ? [] : ['--expect-digest', `sha256:${baseline.sha256}`];
}

const KEY_OPTION = '--chain-key';

/** How the sides are read, word by word; nothing in reports that do not say. */
function readingOf({ mapping }: ContinuityReport): readonly string[] {
  return mapping.options ?? [];
}

/** Options come first, so that no name is taken for a verb; `--` where a name would be taken for an option. */
function wordsOf(report: ContinuityReport): readonly string[] {
  const { baseline, current, mode, demands, notChecked } = report;
  const reading = readingOf(report);
  const isTyped = ({ demand }: Demand): boolean =>
    !NOT_TYPED.has(demand) && !(demand === 'chain-key' && reading.includes(KEY_OPTION));
  const options = [...reading.map(shellWord), ...demands.filter(isTyped).flatMap(wordsOfDemand), ...pinOf(report)];
  const ofRoots = isFileOfRoots(baseline);
  if (!ofRoots && !demands.some(({ demand }) => demand === 'not-same-input')) options.push('--allow-same');
  if (notChecked.includes(LATER_ALLOWED)) options.push(LATER_BASELINE);
  const verb = ofRoots ? ['verify-roots', '--baseline', shellWord(baseline.name)] : [];
  const names = ofRoots ? [current.name] : [baseline.name, current.name];
  const ends = names.some((name) => name !== '-' && /^-|=/.test(name)) ? ['--'] : [];
  return ['evidence-diff', ...verb, '--mode', mode, ...options, ...ends, ...names.map(shellWord)];
}

/** Read by a profile, in this very run, from files of others: a snapshot that was made so says when. */
function isImported({ capturedAt, subject }: SideReport): boolean {
  return capturedAt === null && subject?.['profileDigest'] !== undefined;
}

/** Whether options said how files of others are read. */
export function isReadByOptions(sides: readonly SideReport[]): boolean {
  return sides.some((side) => isImported(side) && side.subject?.['recognised'] === undefined);
}

function isFile(side: SideReport): boolean {
  const isFolder = isImported(side) && side.subject?.['source'] === 'folder';
  return side.sha256 !== null && side.name !== '-' && !isDatabase(side) && !isFolder;
}

function digestsOf({ baseline, current }: ContinuityReport): readonly string[] {
  const files = [baseline, current].filter(isFile);
  if (files.length === 0) return [];
  return [
    `sha256sum -- ${files.map(({ name }) => shellWord(name)).join(' ')}`,
    ...files.map(({ sha256 }) => `# ${sha256}`),
  ];
}

/** Whether the report does not say by which options a side was read that needed some. */
function isReadingLeftOut(report: ContinuityReport): boolean {
  return readingOf(report).length === 0 && isReadByOptions([report.baseline, report.current]);
}

/** Whether it was merged of parts that have read shards of a capture, each a file of its own. */
export function isOfShards({ baseline, current, notChecked }: ContinuityReport): boolean {
  return (
    notChecked.includes(PARTS_BELIEVED) && [baseline, current].some((side) => side.sha256 === null && !isDatabase(side))
  );
}

function notesOf(report: ContinuityReport): readonly string[] {
  const { baseline, current, demands } = report;
  const demanded = (name: DemandName): boolean => demands.some(({ demand }) => demand === name);
  const sides = [baseline, current];
  return [
    'Paths are those of the run, seen from the folder in which it ran.',
    ...(sides.some(isDatabase)
      ? [
          'A database is read as it is now. Passwords, and what a namespace of a config file or the environment says of it, are in no report: give them as before.',
        ]
      : []),
    ...(isReadingLeftOut(report)
      ? [
          'How files of others are read (profile, or records and map) is not in this report as options: give them as before.',
        ]
      : []),
    ...(isOfShards(report)
      ? [
          'Of a side that lies in shards give the snapshot that merge makes of all of them, and its name in the place of theirs.',
        ]
      : []),
    ...(sides.some(({ name }) => name === '-') ? ['The name - is standard input: give the same bytes.'] : []),
    ...(demanded('max-baseline-age')
      ? ['The age of the baseline grows: what was held to it then may not be now.']
      : []),
    ...(demanded('chain-key') && !readingOf(report).includes(KEY_OPTION)
      ? ['The keys of chains are in no report: give their files in the place of FILE.']
      : []),
    ...(demanded('output') || demanded('metrics') || demanded('attest')
      ? ['The outputs of this run are left out: to write them again would replace what is to be checked.']
      : []),
    'The same inputs and options give the same report, but for the times of the run.',
  ];
}

/** What the command alone does not give, in a few words. */
function besides(report: ContinuityReport): string | undefined {
  const stdin = [report.baseline, report.current].some(({ name }) => name === '-');
  const needed = [
    ...(isReadingLeftOut(report) ? ['the profile, or records and map, as before'] : []),
    ...(stdin ? ['the same bytes on standard input'] : []),
    ...(isOfShards(report) ? ['what merge makes of the shards of a side in the place of their name'] : []),
  ];
  return needed.length === 0 ? undefined : needed.join(', and ');
}

/** What repeats the comparison that `report` is of, with every demand that was made. */
export function repeatOf(report: ContinuityReport): Repeat {
  const words = wordsOf(report);
  return {
    words,
    command: words.join(' '),
    digests: digestsOf(report),
    notes: notesOf(report),
    leftOut: besides(report),
  };
}

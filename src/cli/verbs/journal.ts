/** `evidence-diff journal append|verify|show`: what was done in an upgrade, and by whom, in a hash chain. */
import { Argument, InvalidArgumentError, Option } from 'commander';
import { momentOf } from '../../core/instant.ts';
import { printable, printableJson, quoted } from '../../reports/printable.ts';
import type { Appended, NewEntry } from '../../runbook/journal/append-entry.ts';
import type { Journal, JournalEntry, JournalFault } from '../../runbook/journal/journal.ts';
import { MOST_FILES, MOST_NAME_LENGTH, MOST_NOTE_LENGTH, STEP, TYPE } from '../../wire/journal-entry.ts';
import { each, newCommand, notEmpty, oneOf, type Parsed, parseWith, valueOption } from '../options/command-line.ts';
import { EXIT, type ExitCode, exitCodeOf, UsageError } from '../terminal/exit.ts';
import { planOutputs, writeOutputs } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

const ACTIONS = ['append', 'verify', 'show'] as const;
const FORMATS = ['text', 'json'] as const;
const CLOCK_SKEW_MS = 60_000;

type Action = (typeof ACTIONS)[number];

interface AppendOptions {
  readonly step?: string;
  readonly type?: string;
  readonly upgrade?: string;
  readonly actor?: string;
  readonly note?: string;
  readonly file?: readonly string[];
  readonly at?: string;
  readonly repairTornLine?: boolean;
}

interface Options extends AppendOptions {
  readonly expectHead?: string;
  readonly format?: 'text' | 'json';
}

export interface JournalArguments {
  readonly action: Action;
  readonly path: string;
  readonly expectHead: string | undefined;
  readonly format: 'text' | 'json';
  /** What is to be entered; undefined unless the action is `append`. */
  readonly entry: NewEntry | undefined;
}

const DESCRIPTION = `A journal of an upgrade: steps, approvals, hand-offs, decisions and digests of files, one record a line, each with
the hash of the one before it. append verifies all that is there first; verify names the first entry that does not
hold; show prints the entries of a journal that holds.`;

const EPILOGUE = `Exit code 0 if the journal holds, 1 if it was altered or cut, 2 if it could not be read, has no entries or an
unfinished last line. Keep the head that is printed somewhere else: a journal alone cannot show that its end is missing.

Example:
  evidence-diff journal append upgrade.ndjson --upgrade 2027.Q2 --step 5 --type step --file baseline.json`;

function matching(pattern: RegExp, says: string): (value: string) => string {
  return (value) => {
    if (pattern.test(value)) return value;
    throw new InvalidArgumentError(says);
  };
}

function ofLength(most: number): (value: string) => string {
  return (value) => {
    if (value.length > most) throw new InvalidArgumentError(`It is longer than ${most} characters.`);
    if (/\p{Cs}/u.test(value)) throw new InvalidArgumentError('It is not well-formed Unicode.');
    return value;
  };
}

function timestamp(value: string): string {
  const moment = momentOf(value);
  if (moment === undefined) throw new InvalidArgumentError('Give date, time and offset: 2027-03-01T10:00:00Z.');
  if (moment > Date.now() + CLOCK_SKEW_MS) throw new InvalidArgumentError('It lies in the future.');
  return value;
}

const head = matching(/^[0-9a-f]{64}$/, 'It is not a head: 64 lower-case hex digits.');
const step = matching(STEP, 'A step is called by letters, digits, dots and dashes, at most 32: 12, R3.');
const type = matching(
  TYPE,
  'A type is called by lower-case letters, digits, dots and dashes: step, approval, hand-off.',
);

const APPEND_ONLY: readonly (keyof AppendOptions)[] = [
  ...(['step', 'type', 'upgrade', 'actor', 'note', 'file', 'at', 'repairTornLine'] as const),
];

function entryOf(options: Options): NewEntry {
  const { step: called, type: kind, upgrade, at, actor, note, file = [], expectHead, repairTornLine = false } = options;
  if (called === undefined || kind === undefined) throw new UsageError('journal append needs --step and --type');
  if (file.length > MOST_FILES) throw new UsageError(`--file: at most ${MOST_FILES} files in one entry`);
  return {
    upgrade,
    step: called,
    type: kind,
    ...(at === undefined ? {} : { at }),
    ...(actor === undefined ? {} : { actor }),
    ...(note === undefined ? {} : { note }),
    files: file,
    expectHead,
    repairTornLine,
  };
}

/** What is appended stays for ever: a password must not be among it. */
function withoutPasswords({ actor, note, ...entry }: NewEntry, { secrets }: Session): NewEntry {
  const safe = (text: string): string => secrets.redactedRecord(text);
  return {
    ...entry,
    upgrade: entry.upgrade === undefined ? undefined : safe(entry.upgrade),
    ...(actor === undefined ? {} : { actor: safe(actor) }),
    ...(note === undefined ? {} : { note: safe(note) }),
  };
}

/**
 * Reads the command line of `journal`.
 *
 * @throws UsageError if it is wrong
 */
export function parseJournal(argv: readonly string[]): Parsed<JournalArguments> {
  const name = ofLength(MOST_NAME_LENGTH);
  const append = [
    valueOption('--step <step>', 'the step of the runbook: 12, R3', step),
    valueOption('--type <type>', 'what it is: step, approval, hand-off, decision, …', type),
    valueOption('--upgrade <id>', 'which upgrade the journal is of; needed for its first entry', name),
    valueOption('--actor <name>', 'who it was, by their own word', name),
    valueOption('--note <text>', 'free text; passwords are struck out', ofLength(MOST_NOTE_LENGTH)),
    new Option('--file <path>', 'a file of which digest and size are entered; may be repeated').argParser(each),
    valueOption('--at <time>', 'when it happened, if not now: RFC 3339', timestamp),
    new Option('--repair-torn-line', 'cut off an unfinished last line; a copy of it is kept beside the journal'),
  ];
  const command = newCommand('journal <action> <file> [options]', DESCRIPTION, EPILOGUE)
    .addArgument(new Argument('<action>', ACTIONS.join(', ')).argParser(oneOf(ACTIONS)))
    .addArgument(new Argument('<file>', 'the journal, NDJSON').argParser(notEmpty))
    .addOption(valueOption('--expect-head <hash>', 'a head noted earlier, which must still be in the chain', head))
    .addOption(valueOption('--format <format>', 'text or json; text if not given', oneOf(FORMATS)));
  for (const option of append) command.addOption(option.helpGroup('For append:'));
  return parseWith(command, argv, ({ processedArgs }) => {
    const [action, path]: readonly [Action, string] = processedArgs as [Action, string];
    const options = command.opts<Options>();
    const { expectHead, format = 'text' } = options;
    if (action === 'append') return { action, path, expectHead, format, entry: entryOf(options) };
    const stray = APPEND_ONLY.find((option) => options[option] !== undefined);
    if (stray !== undefined) throw new UsageError(`journal ${action} takes none of the options of append`);
    return { action, path, expectHead, format, entry: undefined };
  });
}

async function print(text: string, session: Session): Promise<ExitCode> {
  const faults = await writeOutputs(planOutputs([], 'text', FORMATS), () => text, session);
  for (const fault of faults) session.complain(`${fault.kind}: ${printable(fault.message)}`);
  return exitCodeOf('PASS', faults.length === 0);
}

function json(value: object): string {
  return `${printableJson(JSON.stringify(value, null, 2))}\n`;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${printable(text)}\n`).join('');
}

function entryText({ seq, step: called, type: kind, recordedAt, hash, ...rest }: JournalEntry): string {
  const texts = [
    `${seq} ${recordedAt} step ${called} ${kind}${rest.actor === undefined ? '' : ` by ${quoted(rest.actor)}`}`,
  ];
  if (rest.at !== undefined) texts.push(`  happened at ${rest.at}`);
  if (rest.note !== undefined) texts.push(`  note ${quoted(rest.note)}`);
  for (const { path, sha256, bytes } of rest.files ?? [])
    texts.push(`  file ${quoted(path)} sha256 ${sha256}, ${bytes} bytes`);
  if (rest.repaired !== undefined) {
    const { sha256, bytes } = rest.repaired;
    texts.push(`  before it an unfinished line was cut off: sha256 ${sha256}, ${bytes} bytes`);
  }
  texts.push(`  hash ${hash}`);
  return lines(texts);
}

function reportFault(path: string, { kind, broken, line, message }: JournalFault, session: Session): ExitCode {
  session.complain(printable(`${broken ? 'FAIL' : 'INCOMPLETE'}: ${path}, line ${line}: ${kind}: ${message}`));
  return broken ? EXIT.fail : EXIT.incomplete;
}

async function append({ path, format }: JournalArguments, entry: NewEntry, session: Session): Promise<ExitCode> {
  const { appendEntry, BrokenJournalError } = await import('../../runbook/journal/append-entry.ts');
  let appended: Appended;
  try {
    appended = await appendEntry(path, entry, () => new Date().toISOString());
  } catch (fault) {
    if (!(fault instanceof BrokenJournalError)) throw fault;
    session.complain('nothing was appended: the journal does not hold');
    return reportFault(path, fault.fault, session);
  }
  const { seq, hash } = appended.entry;
  if (appended.tornCopy !== undefined) {
    session.complain(printable(`an unfinished last line was cut off; a copy of it is in ${appended.tornCopy}`));
  }
  if (format === 'json') return print(json(appended.entry), session);
  return print(lines([`entry ${seq} appended to ${path}`, `head ${hash}`]), session);
}

function verified({ entries, head: last }: Journal, after: number | undefined): string {
  const pinned = after === undefined ? [] : [`the expected head is there; ${after} entries follow it`];
  return lines([
    `PASS: ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} of the upgrade ${quoted(entries[0]?.upgrade ?? '')} hold`,
    `head ${last}`,
    ...pinned,
  ]);
}

async function look({ action, path, expectHead, format }: JournalArguments, session: Session): Promise<ExitCode> {
  const { headFault, openJournal } = await import('../../runbook/journal/append-entry.ts');
  const { entriesAfter } = await import('../../runbook/journal/journal.ts');
  const journal = await openJournal(path);
  const { entries, fault } = journal;
  const after = expectHead === undefined ? undefined : entriesAfter(journal, expectHead);
  const headIsGone = expectHead !== undefined && after === undefined;
  // An unfinished line hides no entry whose head was ever printed: a head that is not before it was cut off.
  if (headIsGone && (fault === undefined || journal.torn !== undefined))
    return reportFault(path, headFault(journal), session);
  if (fault !== undefined) return reportFault(path, fault, session);
  if (entries.length === 0) {
    const message = 'the journal has no entries';
    return reportFault(path, { kind: 'input-truncated', broken: false, line: 1, message }, session);
  }
  const upgrade = entries[0]?.upgrade;
  if (format === 'json') {
    const shown = action === 'show' ? { entries } : { count: entries.length };
    return print(
      json({ kind: 'evidence-upgrade-journal', version: 1, upgrade, head: journal.head, ...shown }),
      session,
    );
  }
  return print(action === 'show' ? entries.map(entryText).join('') : verified(journal, after), session);
}

export async function run(argv: readonly string[], session: Session): Promise<ExitCode> {
  const parsed = parseJournal(argv);
  if ('help' in parsed) {
    await session.print(parsed.help);
    return EXIT.pass;
  }
  const { entry } = parsed.run;
  return entry === undefined
    ? look(parsed.run, session)
    : append(parsed.run, withoutPasswords(entry, session), session);
}

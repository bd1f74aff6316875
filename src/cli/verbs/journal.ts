/** `evidence-diff journal append|verify|show`: what was done in an upgrade, and by whom, in a hash chain. */
import type { ShownJournal } from '../../api/journal.ts';
import { momentOf } from '../../core/instant.ts';
import { present } from '../../core/present.ts';
import { counted } from '../../core/words.ts';
import { printable, quoted } from '../../reports/printable.ts';
import type { Appended, NewEntry } from '../../runbook/journal/append-entry.ts';
import type { JournalEntry, JournalFault } from '../../runbook/journal/journal.ts';
import { isAhead, MOST_FILES, MOST_NAME_LENGTH, MOST_NOTE_LENGTH, STEP, TYPE } from '../../wire/journal-entry.ts';
import { defineVerb, flag, grouped, list, required, type Values, value } from '../options/define.ts';
import { InvalidArgumentError, matching, notEmpty, oneOf, type Reader } from '../options/readers.ts';
import { TEXT_OR_JSON } from '../options/shared.ts';
import { type ExitCode, exitCodeOf, UsageError } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';

const ACTIONS = ['append', 'verify', 'show'] as const;

type Action = (typeof ACTIONS)[number];

export interface JournalArguments {
  readonly action: Action;
  readonly path: string;
  readonly expectHead: string | undefined;
  readonly format: 'text' | 'json';
  /** What is to be entered; undefined unless the action is `append`. */
  readonly entry: NewEntry | undefined;
}

function ofLength(most: number): Reader<string> {
  return (value) => {
    if (value.length > most) throw new InvalidArgumentError(`It is longer than ${most} characters.`);
    if (/\p{Cs}/u.test(value)) throw new InvalidArgumentError('It is not well-formed Unicode.');
    return value;
  };
}

function timestamp(value: string): string {
  if (momentOf(value) === undefined)
    throw new InvalidArgumentError('Give date, time and offset: 2027-03-01T10:00:00Z.');
  if (isAhead(value, Date.now())) throw new InvalidArgumentError('It lies in the future.');
  return value;
}

const head = matching(/^[0-9a-f]{64}$/, 'It is not a head: 64 lower-case hex digits.');
const step = matching(STEP, 'A step is called by letters, digits, dots and dashes, at most 32: 12, R3.');
const type = matching(
  TYPE,
  'A type is called by lower-case letters, digits, dots and dashes: step, approval, hand-off.',
);

const name = ofLength(MOST_NAME_LENGTH);

const APPEND_OPTIONS = grouped('For append:', {
  step: value('<step>', 'the step of the runbook: 12, R3', step),
  type: value('<type>', 'what it is: step, approval, hand-off, decision, …', type),
  upgrade: value('<id>', 'which upgrade the journal is of; needed for its first entry', name, {
    page: 'all others must agree',
  }),
  actor: value('<name>', 'who it was, by their own word', name, { page: 'the journal asks nobody for a signature' }),
  note: value('<text>', 'free text; passwords are struck out', ofLength(MOST_NOTE_LENGTH), {
    page: `at most ${MOST_NOTE_LENGTH} characters`,
  }),
  file: list('<path>', 'a file of which digest and size are entered', notEmpty),
  at: value('<time>', 'when it happened, if not now: RFC 3339', timestamp, {
    page: 'not in the future; the time of writing is entered in any case',
  }),
  repairTornLine: flag('cut off an unfinished last line; a copy of it is kept beside the journal', {
    page: 'the next entry says so',
  }),
});

const OPTIONS = {
  expectHead: value('<hash>', 'a head noted earlier, which must still be in the chain', head, {
    page: 'also before something is appended',
  }),
  format: value('<format>', 'text or json; text if not given', oneOf(TEXT_OR_JSON)),
  ...APPEND_OPTIONS,
};

const ARGUMENTS = {
  action: required(value('<action>', ACTIONS.join(', '), oneOf(ACTIONS))),
  file: required(value('<file>', 'the journal, NDJSON', notEmpty)),
};

function entryOf(options: Values<typeof OPTIONS>): NewEntry {
  const { step: called, type: kind, upgrade, at, actor, note, file = [], expectHead, repairTornLine = false } = options;
  if (called === undefined || kind === undefined) throw new UsageError('journal append needs --step and --type');
  if (file.length > MOST_FILES) throw new UsageError(`--file: at most ${MOST_FILES} files in one entry`);
  return {
    upgrade,
    step: called,
    type: kind,
    ...present({ at, actor, note }),
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

function request(options: Values<typeof OPTIONS>, { action, file: path }: Values<typeof ARGUMENTS>): JournalArguments {
  const { expectHead, format = 'text' } = options;
  if (action === 'append') return { action, path, expectHead, format, entry: entryOf(options) };
  const stray = Object.keys(APPEND_OPTIONS).some((option) => option in options);
  if (stray) throw new UsageError(`journal ${action} takes none of the options of append`);
  return { action, path, expectHead, format, entry: undefined };
}

export const verb = defineVerb({
  name: 'journal',
  summary: 'steps and approvals of an upgrade, in a hash chain',
  description: `A journal of an upgrade: steps, approvals, hand-offs, decisions and digests of files, one record a line, each with
the hash of the one before it. append verifies all that is there first; verify names the first entry that does not
hold; show prints the entries of a journal that holds.`,
  arguments: ARGUMENTS,
  options: OPTIONS,
  notes: `Exit code 0 if the journal holds, 1 if it was altered or cut, 2 if it could not be read, has no entries or an
unfinished last line. Keep the head that is printed somewhere else: a journal alone cannot show that its end is missing.`,
  example: 'journal append upgrade.ndjson --upgrade 2027.Q2 --step 5 --type step --file baseline.json',
  request,
  run: (asked, session) =>
    asked.entry === undefined ? look(asked, session) : append(asked, withoutPasswords(asked.entry, session), session),
});

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

/** @param before - what is said first */
function reportFault(path: string, fault: JournalFault, session: Session, before: readonly string[] = []): ExitCode {
  const { kind, broken, line, message } = fault;
  const verdict = broken ? 'FAIL' : 'INCOMPLETE';
  const place = `${path}, line ${line}`;
  const ended = { kind, message: printable([...before, `${place}: ${message}`].join('; ')) };
  const lines = [...before, printable(`${verdict}: ${place}: ${kind}: ${message}`)];
  return session.fail(ended, exitCodeOf(verdict, true), lines, { verdict, line });
}

async function append({ path, format }: JournalArguments, entry: NewEntry, session: Session): Promise<ExitCode> {
  const { appendEntry, BrokenJournalError } = await import('../../runbook/journal/append-entry.ts');
  let appended: Appended;
  try {
    appended = await appendEntry(path, entry, () => new Date().toISOString());
  } catch (fault) {
    if (!(fault instanceof BrokenJournalError)) throw fault;
    return reportFault(path, fault.fault, session, ['nothing was appended: the journal does not hold']);
  }
  const { seq, hash } = appended.entry;
  if (appended.tornCopy !== undefined) {
    session.complain(printable(`an unfinished last line was cut off; a copy of it is in ${appended.tornCopy}`));
  }
  const text = lines([`entry ${seq} appended to ${path}`, `head ${hash}`]);
  return session.result(format, 'PASS', text, appended.entry);
}

function verified({ count, head: last, upgrade, after }: ShownJournal): string {
  const pinned =
    after === null ? [] : [`the expected head is there; ${counted(after, 'entry follows', 'entries follow')} it`];
  return lines([
    `PASS: ${counted(count, 'entry', 'entries')} of the upgrade ${quoted(upgrade ?? '')} ${count === 1 ? 'holds' : 'hold'}`,
    `head ${last}`,
    ...pinned,
  ]);
}

async function look({ action, path, expectHead, format }: JournalArguments, session: Session): Promise<ExitCode> {
  const { lookAtJournal } = await import('../../api/journal.ts');
  const journal = await lookAtJournal(path, expectHead === undefined ? {} : { expectHead });
  const { fault, upgrade, head: last, count, entries } = journal;
  if (fault !== null) return reportFault(path, fault, session);
  const shown = action === 'show' ? { entries } : { count };
  const text = action === 'show' ? entries.map(entryText).join('') : verified(journal);
  return session.result(format, 'PASS', text, {
    kind: 'evidence-upgrade-journal',
    version: 1,
    upgrade,
    head: last,
    ...shown,
  });
}

/** Upgrade journals by names. */
import type { Verdict } from '../core/report/report.ts';
import { type Appended, appendEntry, openJournal } from '../runbook/journal/append-entry.ts';
import { entriesAfter, faultFor, type JournalEntry, type JournalFault } from '../runbook/journal/journal.ts';
import { oneOf, readOptions, text } from './options.ts';
import {
  JOURNAL_ENTRY_OPTIONS,
  JOURNAL_OPTIONS,
  type JournalEntryOptions,
  type JournalOptions,
} from './runbook-options.ts';

/** What can be done with a journal. */
export type JournalAction = 'append' | 'verify' | 'show';

/** A journal as it was verified. */
export interface JournalCheck {
  /** PASS: it holds. FAIL: it was altered or cut. INCOMPLETE: no entries, or an unfinished last line. */
  readonly verdict: Verdict;
  /** What speaks against it; null if nothing does. */
  readonly fault: JournalFault | null;
  /** The upgrade that it is of; null if it has no entries. */
  readonly upgrade: string | null;
  /** Entries up to the first fault. */
  readonly count: number;
  /** The hash of the last of them: kept elsewhere, it shows later that the end is still there. */
  readonly head: string;
  /** How many entries follow the expected head; null if none was given, or it is not there. */
  readonly after: number | null;
}

/** The same with its entries. */
export interface ShownJournal extends JournalCheck {
  readonly entries: readonly JournalEntry[];
}

/** Verifies the journal `path`, and gives its entries up to the first fault. */
export async function lookAtJournal(path: string, { expectHead }: JournalOptions): Promise<ShownJournal> {
  const read = await openJournal(path);
  const { entries, head } = read;
  const fault = faultFor(read, expectHead) ?? null;
  return {
    verdict: fault === null ? 'PASS' : fault.broken ? 'FAIL' : 'INCOMPLETE',
    fault,
    upgrade: entries[0]?.upgrade ?? null,
    count: entries.length,
    head,
    after: expectHead === undefined ? null : (entriesAfter(read, expectHead) ?? null),
    entries,
  };
}

async function append(path: string, given: object): Promise<Appended> {
  const needed = ['step', 'type'] as const;
  const options = readOptions<JournalEntryOptions>(given, JOURNAL_ENTRY_OPTIONS, 'journal', needed);
  const { upgrade, expectHead, repairTornLine = false, files = [], ...said } = options;
  const entry = { ...said, upgrade, expectHead, repairTornLine, files };
  return appendEntry(path, entry, () => new Date().toISOString());
}

/** @throws as `journal` of on-demand.ts says */
export async function journal(
  action: JournalAction,
  path: string,
  given: object = {},
): Promise<Appended | JournalCheck | ShownJournal> {
  oneOf<JournalAction>(['append', 'verify', 'show'])(action, 'journal: the action');
  text(path, 'journal: path');
  if (action === 'append') return append(path, given);
  const shown = await lookAtJournal(path, readOptions<JournalOptions>(given, JOURNAL_OPTIONS, 'journal'));
  if (action === 'show') return shown;
  const { entries: _, ...check } = shown;
  return check;
}

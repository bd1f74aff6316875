/** `evidence-diff checkpoint [source] --key K --state F --output DIR`: signed checkpoints for other people's tools. */
import type { LogSigning, LogsRead, SignedCheckpoints, SizeSigned } from '../../api/checkpoints.ts';
import { present } from '../../core/present.ts';
import { printable } from '../../reports/printable.ts';
import { defineVerb, required, type Values, value } from '../options/define.ts';
import { InvalidArgumentError, notEmpty, wholeNumber } from '../options/readers.ts';
import {
  findSource,
  SOURCE_ARGUMENT,
  SOURCE_OPTIONS,
  type SourceRequest,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import { EXIT, type ExitCode, exitCodeOf, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

export interface CheckpointArguments {
  /** A source, or the path of an upgrade journal. */
  readonly of: { readonly source: SourceRequest } | { readonly journal: string };
  readonly signing: LogSigning;
  readonly output: string;
}

const MOST_ORIGIN_CHARACTERS = 256;
const NO_LOG =
  'global and tenant roots are roots of no growing log: state them in a signature, evidence-diff sign FILE --key K';

function attemptNumber(value: string): number {
  const attempt = wholeNumber(value);
  if (attempt === 0) throw new InvalidArgumentError('It is 0: attempts are counted from 1.');
  return attempt;
}

function originBegin(value: string): string {
  // What signed-note demands of the name of a key, and no slash at an end, where an empty name would begin.
  const isName = /^[^\s+/](?:[^\s+]*[^\s+/])?$/u.test(notEmpty(value)) && !/\p{Cc}/u.test(value);
  if (isName && value.length <= MOST_ORIGIN_CHARACTERS) return value;
  throw new InvalidArgumentError(
    `It is no origin: up to ${MOST_ORIGIN_CHARACTERS} characters without white space, plus, or a slash at an end.`,
  );
}

const OPTIONS = {
  key: required(value('<file>', 'a private Ed25519 key in PEM', notEmpty)),
  output: required(value('<folder>', 'where the checkpoints go', notEmpty)),
  state: required(
    value('<file>', 'remembers what was signed; made if it is not there', notEmpty),
    `checkpoint needs --state FILE, which remembers what was signed of ordered streams; ${NO_LOG}`,
  ),
  origin: value('<origin>', 'what origins begin with, in place of the system', originBegin),
  attempt: value('<n>', 'of the upgrade, from 1; a rollback begins the next one', attemptNumber),
  journal: value('<file>', 'sign this upgrade journal, in place of a source', notEmpty),
  ...SOURCE_OPTIONS,
};

function request(options: Values<typeof OPTIONS>, argument: string | undefined): CheckpointArguments {
  const { output, key, state, origin, attempt, journal } = options;
  if (output === DASH) throw new UsageError('--output -: checkpoints are several files: give a folder');
  if (state === DASH) throw new UsageError('--state -: what was signed is remembered in a file');
  checkNotSources([{ path: state, format: 'json' }], [key, ...(argument === undefined ? [] : [argument])]);
  const signing = {
    key,
    state,
    ...present({ origin, attempt }),
  };
  const source = sourceRequest(argument, options);
  if (journal === undefined) return { of: { source }, signing, output };
  if (Object.keys(source).length > 0) throw new UsageError('--journal: give a journal or a source, not both');
  if (origin === undefined) throw new UsageError('--journal needs --origin: a journal names no system');
  checkNotSources([{ path: state, format: 'json' }], [journal]);
  return { of: { journal }, signing, output };
}

export const verb = defineVerb({
  name: 'checkpoint',
  summary: 'signs roots as C2SP checkpoints',
  description:
    'Signs each ordered stream, or an upgrade journal, as a checkpoint (c2sp.org/tlog-checkpoint), which Go’s note and tlog packages read.',
  arguments: SOURCE_ARGUMENT,
  options: OPTIONS,
  notes: `${WAYS}.
The source is audited first; of what is not sound nothing is signed. A log never signs two trees that do not grow out of
one another: the state file remembers what was signed, and nothing is signed of a stream that lost or changed records since.
After a rollback --attempt N begins new origins. Keep one state for each store, and never an older copy of it.
What is no growing log has no checkpoint: ${NO_LOG}.

Exit codes: 0 written; 1 the evidence does not hold, or contradicts what was signed; 2 that could not be found out, or a
file not written; 3 the key cannot be used.`,
  example: 'checkpoint baseline.ndjson --key evidence.key --state checkpoints.state --output checkpoints',
  request: (options: Values<typeof OPTIONS>, { source }) => request(options, source),
  run: (asked, session) =>
    'source' in asked.of ? ofSource(asked.of.source, asked, session) : ofJournal(asked.of.journal, asked, session),
});

async function report({ written, refused }: SignedCheckpoints, session: Session): Promise<ExitCode> {
  if (refused.length > 0) {
    const broken = refused.some((refusal) => refusal.broken);
    session.complain(`${broken ? 'FAIL' : 'INCOMPLETE'}: nothing was signed: it does not fit what was signed before`);
    for (const { kind, message } of refused.slice(0, 20)) session.complain(printable(`${kind}: ${message}`));
    session.complain('after a rollback, and only then, begin new origins: --attempt N');
    return broken ? EXIT.fail : EXIT.incomplete;
  }
  const lines = written.map(
    ({ path, size, root, verifierKey }) => `${path} size ${size} root ${root} key ${verifierKey}`,
  );
  await session.print(`${lines.map(printable).join('\n')}\n`);
  return EXIT.pass;
}

async function ofSource(
  asked: SourceRequest,
  { signing, output }: CheckpointArguments,
  session: Session,
): Promise<ExitCode> {
  const { name, options: source } = await findSource(asked, session);
  const interruption = session.listen();
  const { writeCheckpoints } = await import('../../api/checkpoints.ts');
  const signed = await writeCheckpoints(name, output, { ...signing, source, signal: interruption.signal });
  const { audit, sets } = signed;
  if (audit.verdict !== 'PASS') {
    session.complain(printable(`${audit.verdict}: ${audit.name} is not sound: nothing was signed`));
    for (const { kind, message } of audit.findings.slice(0, 20)) session.complain(printable(`${kind}: ${message}`));
    return interruption.exitCode() ?? exitCodeOf(audit.verdict, true);
  }
  if (signed.written.length === 0 && signed.refused.length === 0) {
    session.complain(printable(`INCOMPLETE: ${audit.name} has no ordered stream: nothing was signed; ${NO_LOG}`));
    return interruption.exitCode() ?? EXIT.incomplete;
  }
  if (sets > 0 && signed.refused.length === 0) session.complain(`${sets} sets have no checkpoint; ${NO_LOG}`);
  return interruption.exitCode() ?? (await report(signed, session));
}

async function ofJournal(path: string, { signing, output }: CheckpointArguments, session: Session): Promise<ExitCode> {
  const { BrokenJournalError, openJournal } = await import('../../runbook/journal/append-entry.ts');
  const { journalLog } = await import('../../runbook/journal/append-entry.ts');
  const { signLogs } = await import('../../api/checkpoints.ts');
  const read = async (sizeSigned: SizeSigned): Promise<LogsRead> => {
    const { log, rootThen } = journalLog(path, await openJournal(path), sizeSigned);
    return { begin: undefined, logs: log.size === 0 ? [] : [log], rootThen: () => rootThen };
  };
  try {
    const signed = await signLogs(output, signing, read);
    if (signed.written.length > 0 || signed.refused.length > 0) return await report(signed, session);
    session.complain(printable(`INCOMPLETE: ${path} has no entries: nothing was signed`));
    return EXIT.incomplete;
  } catch (fault) {
    if (!(fault instanceof BrokenJournalError)) throw fault;
    session.complain(printable(`nothing was signed: ${fault.message}`));
    return fault.fault.broken ? EXIT.fail : EXIT.incomplete;
  }
}

/** `evidence-diff checkpoint [source] --key K --state F --output DIR`: signed checkpoints for other people's tools. */
import type { Checkpoints, LogSigning } from '../../api/checkpoints.ts';
import { present } from '../../core/present.ts';
import type { Finding } from '../../core/report/report.ts';
import { printable } from '../../reports/printable.ts';
import { isOriginBegin, ORIGIN_BEGIN } from '../../trust/origin.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, required, type Values, value } from '../options/define.ts';
import { InvalidArgumentError, notEmpty, wholeNumber } from '../options/readers.ts';
import { type PrintedAs, printedAs } from '../options/shared.ts';
import {
  findSource,
  SOURCE_ARGUMENT,
  SOURCE_OPTIONS,
  type SourceRequest,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH, type Output } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';
import { unfitWords } from './audit-text.ts';

export interface CheckpointArguments {
  /** A source, or the path of an upgrade journal. */
  readonly of: { readonly source: SourceRequest } | { readonly journal: string };
  readonly signing: LogSigning;
  readonly output: string;
  readonly format: PrintedAs;
  readonly chainKey: ChainKeyRequest;
}

const NO_LOG =
  'global and tenant roots are roots of no growing log: state them in a signature, evidence-diff sign FILE --key K';

function attemptNumber(value: string): number {
  const attempt = wholeNumber(value);
  if (attempt === 0) throw new InvalidArgumentError('It is 0: attempts are counted from 1.');
  return attempt;
}

function originBegin(value: string): string {
  if (isOriginBegin(notEmpty(value))) return value;
  throw new InvalidArgumentError(`It is no origin: ${ORIGIN_BEGIN}.`);
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
  format: printedAs,
  ...CHAIN_KEYS,
  ...SOURCE_OPTIONS,
};

/** Where what was signed is remembered, as what is written. */
function stateFile(path: string): Output {
  return { path, format: 'json', option: '--state' };
}

function request(options: Values<typeof OPTIONS>, argument: string | undefined): CheckpointArguments {
  const { output, key, state, origin, attempt, journal, format, chainKey } = options;
  if (output === DASH) throw new UsageError('--output -: checkpoints are several files: give a folder');
  if (state === DASH) throw new UsageError('--state -: what was signed is remembered in a file');
  checkNotSources([stateFile(state)], [key, ...(argument === undefined ? [] : [argument])]);
  const signing = {
    key,
    state,
    ...present({ origin, attempt }),
  };
  const source = sourceRequest(argument, options);
  if (journal === undefined) return { of: { source }, signing, output, format, chainKey };
  if (Object.keys(source).length > 0) throw new UsageError('--journal: give a journal or a source, not both');
  if (origin === undefined) throw new UsageError('--journal needs --origin: a journal names no system');
  checkNotSources([stateFile(state)], [journal]);
  return { of: { journal }, signing, output, format, chainKey };
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

type Outcome = Pick<Checkpoints, 'verdict' | 'written' | 'refused'> & { readonly findings: readonly Finding[] };

async function publish({ verdict, ...rest }: Outcome, format: PrintedAs, session: Session): Promise<ExitCode> {
  const { written, refused, findings } = rest;
  if (refused.length > 0) session.complain(`${verdict}: nothing was signed: it does not fit what was signed before`);
  for (const { kind, message } of [...refused, ...findings].slice(0, 20)) {
    session.complain(printable(`${kind}: ${message}`));
  }
  if (refused.length > 0) session.complain('after a rollback, and only then, begin new origins: --attempt N');
  const lines = written.map(
    ({ path, size, root, verifierKey }) => `${printable(`${path} size ${size} root ${root} key ${verifierKey}`)}\n`,
  );
  const result = { kind: 'evidence-checkpoints', version: 1, verdict, written, refused, findings };
  return session.result(format, verdict, lines.join(''), result);
}

async function ofSource(
  asked: SourceRequest,
  { signing, output, format, chainKey }: CheckpointArguments,
  session: Session,
): Promise<ExitCode> {
  const { name, options: source } = await findSource(asked, session);
  const keys = await chainKeysOf(
    { chainKey, config: asked.config, outputs: [stateFile(signing.state)] },
    session.secrets,
  );
  const interruption = session.listen();
  const { checkpoint } = await import('../../api/checkpoints.ts');
  const signed = await checkpoint(name, { ...signing, ...keys, output, source, signal: interruption.signal });
  const { audit, sets, verdict } = signed;
  const isSound = audit === null || audit.verdict === 'PASS';
  if (!isSound) {
    session.complain(printable(`${audit.verdict}: ${audit.name} ${unfitWords(audit)}: nothing was signed`));
  } else if (signed.written.length === 0 && signed.refused.length === 0) {
    session.complain(
      printable(`${verdict}: ${audit?.name ?? name} has no ordered stream: nothing was signed; ${NO_LOG}`),
    );
  } else if (sets > 0 && signed.refused.length === 0) {
    session.complain(`${sets} sets have no checkpoint; ${NO_LOG}`);
  }
  const findings = isSound ? [] : audit.findings;
  const { written, refused } = signed;
  return publish({ verdict, written, refused, findings }, format, session);
}

async function ofJournal(
  journal: string,
  { signing, output, format }: CheckpointArguments,
  session: Session,
): Promise<ExitCode> {
  const { checkpoint } = await import('../../api/checkpoints.ts');
  const signed = await checkpoint({ journal }, { ...signing, output });
  const { verdict, fault, written, refused } = signed;
  if (fault !== null) {
    session.complain(printable(`nothing was signed: ${journal}, line ${fault.line}: ${fault.message}`));
  } else if (written.length === 0 && refused.length === 0) {
    session.complain(printable(`${verdict}: ${journal} has no entries: nothing was signed`));
  }
  return publish({ verdict, written, refused, findings: [] }, format, session);
}

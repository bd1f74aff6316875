/** `evidence-diff snapshot hold|show`: one snapshot of a database, held for many readers. */
import { isPostgresUrl } from '../../core/database-url.ts';
import { present } from '../../core/present.ts';
import { writeWhole } from '../../files/write-whole-file.ts';
import { printable } from '../../reports/printable.ts';
import { heldSnapshotOf } from '../../sources/postgres/held-name.ts';
import { defineVerb, refuseOthers, required, type Values, value } from '../options/define.ts';
import { notEmpty, oneOf, seconds } from '../options/readers.ts';
import { type PrintedAs, printedAs } from '../options/shared.ts';
import { findSource, SOURCE_OPTIONS, type SourceRequest, sourceRequest, WAYS } from '../options/source-options.ts';
import { type ExitCode, SIGNAL_ENDS, UsageError } from '../terminal/exit.ts';
import { DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

const ACTIONS = ['hold', 'show'] as const;

const ARGUMENTS = {
  action: required(value('<action>', ACTIONS.join(', '), oneOf(ACTIONS))),
  name: value('<name>', 'for hold the database, postgres://…; for show the name of a snapshot', notEmpty),
};

const OPTIONS = {
  output: value('<file>', 'for hold: write the name to a file as well, whole, once the snapshot is held', notEmpty, {
    writes: 'report',
  }),
  holdFor: value('<span>', 'for hold: end after 90s, 15m, 24h or 7d; else with SIGINT or SIGTERM', seconds),
  format: printedAs,
  ...SOURCE_OPTIONS,
};

interface SnapshotArguments {
  readonly action: (typeof ACTIONS)[number];
  /** The name of a snapshot, for `show`. */
  readonly name: string | undefined;
  readonly source: SourceRequest;
  readonly output: string | undefined;
  readonly holdMs: number | undefined;
  readonly format: PrintedAs;
}

function request(options: Values<typeof OPTIONS>, { action, name }: Values<typeof ARGUMENTS>): SnapshotArguments {
  const { output, holdFor, format } = options;
  if (output === DASH) throw new UsageError('--output -: the name is printed anyway');
  const isHold = action === 'hold';
  if (!isHold) refuseOthers(options, ['format'], 'snapshot show');
  const holdMs = holdFor === undefined ? undefined : holdFor * 1000;
  return { action, name, source: sourceRequest(isHold ? name : undefined, options), output, holdMs, format };
}

export const verb = defineVerb({
  name: 'snapshot',
  summary: 'holds one snapshot of a database for many readers',
  description: `hold takes a snapshot of a database, with the tables of the profile locked against what is not MVCC-safe, prints its
name, and holds it until it is stopped: verify-all --snapshot-id reads it, whole or a shard of it, from any machine.
show says what a name stands for.`,
  arguments: ARGUMENTS,
  options: OPTIONS,
  notes: `For hold: ${WAYS}.
Exit code 0 after --hold-for, ${SIGNAL_ENDS}; 2 if the database could not be read, or the connection is gone:
then every reader that comes later is refused. While it is held, rows that are deleted or changed keep their space.`,
  example: 'snapshot show 00000003-0000001B-1@2027-03-01T10:00:00.000Z@0/16B3748@0123456789abcdef',
  request,
  run: (asked, session) => (asked.action === 'hold' ? hold(asked, session) : show(asked, session)),
});

async function show({ name, format }: SnapshotArguments, session: Session): Promise<ExitCode> {
  const held = heldSnapshotOf(name ?? '');
  if (held === undefined) throw new UsageError('snapshot show: give the name that snapshot hold has printed');
  const { id, capturedAt, lsn, tables } = held;
  const text = `snapshot ${id}\ntaken ${capturedAt}\nlsn ${lsn ?? 'unknown'}\ntables ${tables}\n`;
  return session.result(format, 'PASS', text, { kind: 'evidence-held-snapshot', version: 1, name, ...held });
}

async function hold({ source, output, holdMs, format }: SnapshotArguments, session: Session): Promise<ExitCode> {
  const { name: database, options } = await findSource(source, session);
  if (!isPostgresUrl(database)) throw new UsageError(`snapshot hold: ${database} is no database: give postgres://…`);
  const interruption = session.listen();
  const unheard = new AbortController();
  const signal = AbortSignal.any([interruption.signal, unheard.signal]);
  const { snapshot } = await import('../../api/on-demand.ts');
  let code: ExitCode = 0;
  const onHeld = async (held: string): Promise<void> => {
    if (output !== undefined) await writeWhole(output, new TextEncoder().encode(`${held}\n`));
    const members = { kind: 'evidence-held-snapshot', version: 1, name: held, ...heldSnapshotOf(held) };
    code = await session.result(format, 'PASS', `${printable(held)}\n`, members);
    // A snapshot whose name nobody was given is held for nobody.
    if (code !== 0) unheard.abort();
  };
  await snapshot('hold', database, { source: options, signal, onHeld, ...present({ holdMs }) });
  return interruption.exitCode() ?? code;
}

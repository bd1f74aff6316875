/** `evidence-diff witness add-checkpoint|verify C --witness-policy P`: what witnesses say of a growing log. */
import type { WitnessAction } from '../../api/witness.ts';
import { present } from '../../core/present.ts';
import { printable, quoted } from '../../reports/printable.ts';
import { defineVerb, list, required, type Values, value } from '../options/define.ts';
import { fileName, notEmpty, oneOf } from '../options/readers.ts';
import { type PrintedAs, printedAs } from '../options/shared.ts';
import {
  findReading,
  READING_OPTIONS,
  type ReadingRequest,
  readingRequest,
  sourceName,
} from '../options/source-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

const ACTIONS = ['add-checkpoint', 'verify'] as const;

interface WitnessArguments {
  readonly action: WitnessAction;
  readonly file: string;
  readonly policy: string;
  readonly trustedKeys: readonly string[] | undefined;
  readonly evidence: { readonly snapshot?: string; readonly journal?: string };
  readonly format: PrintedAs;
  readonly reading: ReadingRequest;
}

const ARGUMENTS = {
  action: required(value('<action>', ACTIONS.join(', '), oneOf<WitnessAction>(ACTIONS))),
  file: required(value('<file>', 'a checkpoint, as checkpoint writes it', fileName)),
};

const OPTIONS = {
  witnessPolicy: required(value('<file>', 'logs, witnesses and the quorum (c2sp.org/tlog-policy)', fileName)),
  snapshot: value('<source>', 'for add-checkpoint: the evidence that the checkpoint is of', sourceName),
  journal: value('<file>', 'for add-checkpoint: the upgrade journal that it is of', notEmpty),
  trustedKey: list('<file>', 'a public key that signs the logs, where the policy names none', fileName),
  format: printedAs,
  ...READING_OPTIONS,
};

function request(options: Values<typeof OPTIONS>, { action, file }: Values<typeof ARGUMENTS>): WitnessArguments {
  const { witnessPolicy: policy, trustedKey: trustedKeys, snapshot, journal, format } = options;
  if (file === DASH) throw new UsageError('give the file of a checkpoint');
  const given = [snapshot, journal].filter((one) => one !== undefined).length;
  if (action === 'verify' && given > 0) throw new UsageError('witness verify reads no evidence: leave it out');
  if (action === 'add-checkpoint' && given !== 1) {
    throw new UsageError('witness add-checkpoint needs --snapshot or --journal: what shows that the log grew');
  }
  const evidence = present({ snapshot, journal });
  return { action, file, policy, trustedKeys, evidence, format, reading: readingRequest(options) };
}

export const verb = defineVerb({
  name: 'witness',
  summary: 'has checkpoints cosigned, and checks who has',
  description:
    'Submits a checkpoint to the witnesses of a policy (c2sp.org/tlog-witness), or says whether enough of them have cosigned it.',
  arguments: ARGUMENTS,
  options: OPTIONS,
  notes: `add-checkpoint asks each witness of the policy that has a URL, proves to it that the log grew out of what it knows, and adds
its cosignature to the file. verify asks nobody.
A witness that has seen another history of the log refuses: FAIL, also where the others have cosigned.

Exit codes: 0 the policy is met; 1 a witness has seen another history; 2 a witness or the evidence could not be asked; 3 the
policy is not met, or a signature is bad.`,
  example: 'witness verify cosigned.checkpoint --witness-policy witnesses.policy',
  request,
  run: asked,
});

async function asked(wanted: WitnessArguments, session: Session): Promise<ExitCode> {
  const { action, file, policy, trustedKeys, evidence, format, reading } = wanted;
  const outputs = [{ path: file, format: 'checkpoint' }];
  const inputs = [evidence.snapshot, evidence.journal, policy, ...(trustedKeys ?? [])].filter(
    (name) => name !== undefined,
  );
  checkNotSources(outputs, inputs);
  const { snapshot } = evidence;
  const source = snapshot === undefined ? {} : { source: await findReading(reading, [snapshot], session) };
  const interruption = session.listen();
  const { witness } = await import('../../api/witness.ts');
  const options = {
    witnessPolicy: policy,
    ...present({ trustedKeys }),
    ...evidence,
    ...source,
    signal: interruption.signal,
  };
  const { verdict, checkpoint, witnesses, findings } = await witness(action, file, options);
  for (const { kind, message } of findings) session.complain(printable(`${kind}: ${message}`));
  const times = witnesses.map(({ name, time }) => `${quoted(name)} at ${new Date(time * 1000).toISOString()}`);
  const tree = checkpoint === null ? '' : `size ${checkpoint.size} root ${checkpoint.root} of ${checkpoint.origin}`;
  const lines = [`${verdict}: ${file}`, ...(tree === '' ? [] : [tree]), ...times.map((time) => `cosigned by ${time}`)];
  const result = { kind: 'evidence-witness-check', version: 1, verdict, checkpoint, witnesses, findings };
  return session.result(format, verdict, `${lines.map(printable).join('\n')}\n`, result);
}

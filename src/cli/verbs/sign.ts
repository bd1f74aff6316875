/** `evidence-diff sign F --key K`: signs a snapshot or a file of roots. */

import { present } from '../../core/present.ts';
import { printable } from '../../reports/printable.ts';
import { defineVerb, list, required, value } from '../options/define.ts';
import { notEmpty } from '../options/readers.ts';
import { EXIT, type ExitCode, exitCodeOf, UsageError } from '../terminal/exit.ts';
import { DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

export interface SignArguments {
  readonly file: string;
  readonly keys: readonly string[];
  readonly upgrade: string | undefined;
}

export const verb = defineVerb({
  name: 'sign',
  summary: 'signs a snapshot or a file of roots',
  description:
    'Signs a snapshot or a file of roots: an in-toto statement about it, in a DSSE envelope F.dsse.json beside it.',
  arguments: { file: required(value('<file>', 'a snapshot, or what roots-export has written as JSON', notEmpty)) },
  options: {
    key: required(list('<file>', 'a private key in PEM (PKCS #8); may be repeated', notEmpty)),
    upgrade: value('<id>', 'the upgrade that the file is the baseline of', notEmpty),
  },
  notes: `The file is read and audited first; what is not sound is not signed. A further signature of the same file is added to
those that are there.

Exit codes: 0 signed; 1 the evidence does not hold; 2 it could not be read, or the signature not written; 3 the key
cannot be used.`,
  example: 'sign baseline.ndjson --key evidence.key --upgrade 2027.Q2',
  request: ({ key, upgrade }, { file }): SignArguments => {
    if (file === DASH) throw new UsageError('standard input cannot be signed: give a file');
    return { file, keys: key, upgrade };
  },
  run: sign,
});

async function sign({ file, keys, upgrade }: SignArguments, session: Session): Promise<ExitCode> {
  const { signSnapshot } = await import('../../api/sign-snapshot.ts');
  const interruption = session.listen();
  const options = { keys, signal: interruption.signal, ...present({ upgrade }) };
  const { audit, signature, keys: signers } = await signSnapshot(file, options);
  if (signature === null) {
    session.complain(printable(`${audit.verdict}: ${file} is not sound, and was not signed`));
    for (const { kind, message } of audit.findings.slice(0, 20)) session.complain(printable(`${kind}: ${message}`));
    return interruption.exitCode() ?? exitCodeOf(audit.verdict, true);
  }
  const lines = [`signed ${file}`, `sha256 ${audit.sha256}`, `signature ${signature}`];
  await session.print(`${[...lines, ...signers.map((id) => `key ${id}`)].map(printable).join('\n')}\n`);
  return EXIT.pass;
}

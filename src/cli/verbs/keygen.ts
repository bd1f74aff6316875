/** `evidence-diff keygen --output K`: a pair of Ed25519 keys. */
import { printable } from '../../reports/printable.ts';
import { defineVerb, required, value } from '../options/define.ts';
import { notEmpty } from '../options/readers.ts';
import { type PrintedAs, printedAs } from '../options/shared.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

interface KeygenArguments {
  readonly output: string;
  readonly format: PrintedAs;
}

export const verb = defineVerb({
  name: 'keygen',
  summary: 'a pair of keys to sign with',
  description:
    'Makes a pair of Ed25519 keys: a private one in K (PKCS #8, readable by its owner alone) and the public one in K.pub.',
  arguments: {},
  options: {
    output: required(value('<file>', 'the private key; the public one goes to <file>.pub', notEmpty)),
    format: printedAs,
  },
  notes: `Keep K where those who can write to the store cannot read it; hand K.pub to those who verify.
A file that is there already is never replaced: exit code 64.`,
  example: 'keygen --output evidence.key',
  request: ({ output, format }): KeygenArguments => {
    if (output === DASH) throw new UsageError('--output -: a private key is not printed: give the name of a file');
    return { output, format };
  },
  run: makeKeys,
});

async function makeKeys({ output, format }: KeygenArguments, session: Session): Promise<ExitCode> {
  const { KeyPlaceError, keygen } = await import('../../api/keygen.ts');
  const { privateKey, publicKey, sha256 } = await keygen({ output }).catch((fault: unknown) => {
    throw fault instanceof KeyPlaceError ? new UsageError(`${fault.where.file} ${fault.reason}`) : fault;
  });
  const lines = [`private key ${privateKey}`, `public key  ${publicKey}`, `sha256      ${sha256}`];
  const result = { kind: 'evidence-key-pair', version: 1, privateKey, publicKey, sha256 };
  return session.result(format, 'PASS', `${lines.map(printable).join('\n')}\n`, result);
}

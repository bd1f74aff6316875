/** `evidence-diff sign F --key K`: signs a snapshot or a file of roots. */

import { present } from '../../core/present.ts';
import { printable } from '../../reports/printable.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, flag, list, required, value } from '../options/define.ts';
import { fileName, notEmpty } from '../options/readers.ts';
import { type PrintedAs, printedAs } from '../options/shared.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';
import { unfitWords } from './audit-text.ts';

export interface SignArguments {
  readonly file: string;
  readonly keys: readonly string[];
  readonly upgrade: string | undefined;
  readonly allowUnsound: boolean | undefined;
  readonly format: PrintedAs;
  readonly chainKey: ChainKeyRequest;
}

export const verb = defineVerb({
  name: 'sign',
  summary: 'signs a snapshot, a file of roots or a migration',
  description:
    'Signs a snapshot, a file of roots or a migration: an in-toto statement about it, in a DSSE envelope F.dsse.json beside it.',
  arguments: {
    file: required(value('<file>', 'a snapshot, what roots-export has written as JSON, or a migration', fileName)),
  },
  options: {
    key: required(list('<file>', 'a private key in PEM (PKCS #8)', fileName)),
    upgrade: value('<id>', 'the upgrade that the file is the baseline of', notEmpty),
    allowUnsound: flag('also a file whose faults are known: the signature vouches for its bytes'),
    format: printedAs,
    ...CHAIN_KEYS,
  },
  notes: `The file is read and audited first; what is not sound is not signed. With --allow-unsound it is, if it was read to its end, for
a migration that calls its faults known; the exit code stays 1. A further signature of the same file is added to those that are
there.

Exit codes: 0 sound, and signed; 1 the evidence does not hold; 2 it could not be read, or the signature not written; 3 the key
cannot be used.`,
  example: 'sign baseline.ndjson --key evidence.key --upgrade 2027.Q2',
  request: ({ key, upgrade, allowUnsound, format, chainKey }, { file }): SignArguments => {
    if (file === DASH) throw new UsageError('standard input cannot be signed: give a file');
    return { file, keys: key, upgrade, allowUnsound, format, chainKey };
  },
  run: sign,
});

async function sign(wanted: SignArguments, session: Session): Promise<ExitCode> {
  const { file, keys, upgrade, allowUnsound, format, chainKey } = wanted;
  const { signSnapshot } = await import('../../api/sign-snapshot.ts');
  const interruption = session.listen();
  const options = {
    ...(await chainKeysOf({ chainKey }, session.secrets)),
    keys,
    signal: interruption.signal,
    ...present({ upgrade, allowUnsound }),
  };
  const { audit, signature, keys: signers } = await signSnapshot(file, options);
  const { verdict, sha256, findings } = audit;
  const result = { kind: 'evidence-signing', version: 1, verdict, file, sha256, signature, keys: signers, findings };
  if (verdict !== 'PASS') {
    const what = signature === null ? 'and was not signed' : 'and was signed as it is';
    session.complain(printable(`${verdict}: ${file} ${unfitWords(audit)}, ${what}`));
    for (const { kind, message } of findings.slice(0, 20)) session.complain(printable(`${kind}: ${message}`));
  }
  if (signature === null) return session.result(format, verdict, '', result);
  const lines = [`signed ${file}`, `sha256 ${sha256}`, `signature ${signature}`, ...signers.map((id) => `key ${id}`)];
  return session.result(format, verdict, `${lines.map(printable).join('\n')}\n`, result);
}

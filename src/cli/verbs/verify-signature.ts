/** `evidence-diff verify-signature F --trusted-key K.pub`: whether F is what trusted keys have signed. */

import { counted } from '../../core/words.ts';
import type { SignatureCheck } from '../../index.ts';
import { printable, quoted } from '../../reports/printable.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, required, value } from '../options/define.ts';
import { fileName, notEmpty } from '../options/readers.ts';
import { type PrintedAs, printedAs } from '../options/shared.ts';
import { findTrust, TRUST_OPTIONS, type TrustRequest } from '../options/trust-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

export interface VerifySignatureArguments {
  readonly file: string;
  readonly trust: TrustRequest;
  readonly config: string | undefined;
  readonly format: PrintedAs;
  readonly chainKey: ChainKeyRequest;
}

export const verb = defineVerb({
  name: 'verify-signature',
  summary: 'whether trusted keys have signed a file',
  description:
    'Verifies that a snapshot, a file of roots or a migration is the very file that trusted keys have signed.',
  arguments: { file: required(value('<file>', 'a snapshot, a file of roots, or a migration', fileName)) },
  options: {
    config: value('<file>', 'config file, which may name trusted keys', notEmpty),
    format: printedAs,
    ...CHAIN_KEYS,
    ...TRUST_OPTIONS,
  },
  notes: `Exit codes: 0 it is, and is sound; 1 its evidence does not hold; 2 it could not be read to its end; 3 it is not, or no
trusted key has signed it.`,
  example: 'verify-signature baseline.ndjson --trusted-key evidence.key.pub',
  request: (options, { file }): VerifySignatureArguments => {
    if (file === DASH) throw new UsageError('give a file: standard input has no signature beside it');
    return { file, trust: options, config: options.config, format: options.format, chainKey: options.chainKey };
  },
  run: verifySignature,
});

function textOf({ audit, signature, damaged }: SignatureCheck, file: string): string {
  if (signature === null) throw new TypeError('a signature that holds without a report of it');
  const upgrade = signature.upgrade === null ? '' : ` for the upgrade ${quoted(signature.upgrade)}`;
  const lines = [
    `VERIFIED: ${file} is what ${counted(signature.keys.length, 'trusted key')} signed`,
    `sha256 ${signature.signedSha256}`,
    ...(audit.summary === null
      ? []
      : [`global root ${audit.summary.globalRoot}, ${counted(audit.summary.records, 'record')}`]),
    `signed at ${signature.signedAt} by the signer's clock${upgrade}`,
    ...signature.keys.map(({ sha256, algorithm }) => `key ${sha256} ${algorithm}`),
    ...damaged,
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

async function verifySignature(
  { file, trust: request, config, format, chainKey }: VerifySignatureArguments,
  session: Session,
): Promise<ExitCode> {
  const trust = await findTrust(request, config, session.secrets);
  if (trust.trustedKeys === undefined) throw new UsageError('no key is trusted: give --trusted-key');
  const keys = await chainKeysOf({ chainKey, config }, session.secrets);
  const { verifySnapshotSignature } = await import('../../api/verify-signature.ts');
  const interruption = session.listen();
  const check = await verifySnapshotSignature(file, trust, { signal: interruption.signal, ...keys });
  const { verdict, audit, findings } = check;
  for (const { kind, message } of [...findings, ...audit.findings.slice(0, 20)]) {
    session.complain(printable(`${kind}: ${message}`));
  }
  const { signature, damaged } = check;
  const all = [...findings, ...audit.findings];
  const result = { kind: 'evidence-signature-check', version: 1, verdict, file, signature, damaged, findings: all };
  if (verdict !== 'PASS') session.complain(printable(`${verdict}: ${file}`));
  return session.result(format, verdict, verdict === 'PASS' ? textOf(check, file) : '', result);
}

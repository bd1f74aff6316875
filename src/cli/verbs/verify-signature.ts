/** `evidence-diff verify-signature F --trusted-key K.pub`: whether F is what trusted keys have signed. */
import { Argument } from 'commander';
import type { SignatureCheck } from '../../index.ts';
import { printable, quoted } from '../../reports/printable.ts';
import { newCommand, notEmpty, type Parsed, parseWith, valueOption } from '../options/command-line.ts';
import { addTrustOptions, findTrust, type TrustRequest } from '../options/trust-options.ts';
import { EXIT, type ExitCode, exitCodeOf, UsageError } from '../terminal/exit.ts';
import { DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

export interface VerifySignatureArguments {
  readonly file: string;
  readonly trust: TrustRequest;
  readonly config: string | undefined;
}

const DESCRIPTION = 'Verifies that a snapshot or a file of roots is the very file that trusted keys have signed.';
const EPILOGUE = `Exit codes: 0 it is, and is sound; 1 its evidence does not hold; 2 it could not be read to its end; 3 it is not, or no
trusted key has signed it.

Example:
  evidence-diff verify-signature baseline.ndjson --trusted-key evidence.key.pub`;

/**
 * Reads the command line of `verify-signature`.
 *
 * @throws UsageError if it is wrong
 */
export function parseVerifySignature(argv: readonly string[]): Parsed<VerifySignatureArguments> {
  const command = newCommand('verify-signature <file> [options]', DESCRIPTION, EPILOGUE)
    .addArgument(new Argument('<file>', 'a snapshot, or a file of roots').argParser(notEmpty))
    .addOption(valueOption('--config <file>', 'config file, which may name trusted keys', notEmpty));
  addTrustOptions(command);
  return parseWith(command, argv, ({ processedArgs }) => {
    const options = command.opts<TrustRequest & { readonly config?: string }>();
    if (processedArgs[0] === DASH) throw new UsageError('give a file: standard input has no signature beside it');
    return { file: processedArgs[0], trust: options, config: options.config };
  });
}

function told({ audit, signature, damaged }: SignatureCheck, file: string): string {
  if (signature === null) throw new TypeError('a signature that holds without a report of it');
  const upgrade = signature.upgrade === null ? '' : ` for the upgrade ${quoted(signature.upgrade)}`;
  const lines = [
    `VERIFIED: ${file} is what ${signature.keys.length} trusted key${signature.keys.length === 1 ? '' : 's'} signed`,
    `sha256 ${signature.signedSha256}`,
    `global root ${audit.summary?.globalRoot}, ${audit.summary?.records} records`,
    `signed at ${signature.signedAt} by the signer's clock${upgrade}`,
    ...signature.keys.map(({ sha256, algorithm }) => `key ${sha256} ${algorithm}`),
    ...damaged,
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

export async function run(argv: readonly string[], session: Session): Promise<ExitCode> {
  const parsed = parseVerifySignature(argv);
  if ('help' in parsed) {
    await session.print(parsed.help);
    return EXIT.pass;
  }
  const { file, trust: request, config } = parsed.run;
  const trust = await findTrust(request, config, session.secrets);
  if (trust.trustedKeys === undefined) throw new UsageError('no key is trusted: give --trusted-key');
  const { verifySnapshotSignature } = await import('../../api/verify-signature.ts');
  const interruption = session.listen();
  const check = await verifySnapshotSignature(file, trust, { signal: interruption.signal });
  const { audit, findings } = check;
  for (const { kind, message } of [...findings, ...audit.findings.slice(0, 20)]) {
    session.complain(printable(`${kind}: ${message}`));
  }
  const verdict = findings.length > 0 ? 'UNTRUSTED' : audit.verdict;
  if (verdict !== 'PASS') {
    session.complain(printable(`${verdict}: ${file}`));
    return interruption.exitCode() ?? exitCodeOf(verdict, true);
  }
  await session.print(told(check, file));
  return interruption.exitCode() ?? EXIT.pass;
}

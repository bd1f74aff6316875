/** `evidence-diff timestamp F`: has an authority outside say when F was there (RFC 3161), and checks what it said. */

import { isAuthorityUrl } from '../../api/proof-options.ts';
import type { TimestampCheck } from '../../api/timestamp.ts';
import { present } from '../../core/present.ts';
import { printable, quoted } from '../../reports/printable.ts';
import { shellWord } from '../../reports/repeat.ts';
import { defineVerb, required, type Values, value } from '../options/define.ts';
import { fileName, InvalidArgumentError } from '../options/readers.ts';
import { printedAs } from '../options/shared.ts';
import { tsaCertificate } from '../options/trust-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

function authorityUrl(text: string): string {
  if (isAuthorityUrl(text)) return text;
  throw new InvalidArgumentError('Give a URL of http or https, without a login.');
}

const OPTIONS = {
  timestampUrl: value('<url>', 'ask this time-stamping authority (http or https)', authorityUrl, {
    conflicts: ['reply'],
    page: 'one POST',
  }),
  reply: value('<file>', 'take the reply to the query, which somebody has brought back', fileName),
  tsaCertificate: tsaCertificate('certificates in PEM: of the authority, or of who has issued it'),
  format: printedAs,
};

export interface TimestampArguments extends Values<typeof OPTIONS> {
  readonly file: string;
}

export const verb = defineVerb({
  name: 'timestamp',
  summary: 'outside time for a file, RFC 3161',
  description: `Has a time-stamping authority say that a file was there, as it is, at a time: a baseline, a signature, a signed
verdict. Without options it writes the query to FILE.tsq, to be carried to an authority by hand; with --tsa-certificate alone it
verifies the time stamp that is there.`,
  arguments: {
    file: required(value('<file>', 'a baseline, a signature, a signed verdict, or any other file', fileName)),
  },
  options: OPTIONS,
  notes: `The reply is verified first, and then kept in FILE.tsr, unless there is one: a first time is never written over. That to
a signed verdict goes into its bundle. Nothing but a digest leaves this machine.

Exit codes: 0 the query was written, or the time stamp holds; 2 a file could not be read or written, or the authority not be
asked; 3 the time stamp is not to be believed: nothing was written then.`,
  example: 'timestamp baseline.ndjson',
  request: (options, { file }): TimestampArguments => {
    const { timestampUrl, reply, tsaCertificate: certificates } = options;
    if (file === DASH) throw new UsageError('give a file: standard input has no time stamp beside it');
    if ((timestampUrl ?? reply) !== undefined && certificates === undefined) {
      throw new UsageError('give --tsa-certificate: without a certificate no time can be verified');
    }
    return { file, ...options };
  },
  run: stampFile,
});

function textOf(
  { stamped, sha256, timestamp, written, findings }: TimestampCheck,
  { file, timestampUrl, reply }: TimestampArguments,
): readonly string[] {
  const of = stamped === 'file' ? file : `the signature in ${file}`;
  if (findings.length > 0) return findings.map(({ kind, message }) => `UNTRUSTED: ${kind}: ${message}`);
  if (timestamp === null) {
    const query = written ?? `${file}.tsq`;
    const answer = `${file}.reply`;
    return [
      `query ${query}`,
      `of ${of}, sha256 ${sha256}`,
      `have an authority answer it: curl -sSf -H 'Content-Type: application/timestamp-query' --data-binary ${shellWord(`@${query}`)} -o ${shellWord(answer)} URL`,
      `then take its answer: evidence-diff timestamp ${shellWord(file)} --reply ${shellWord(answer)} --tsa-certificate CERTIFICATE`,
    ];
  }
  const isAsked = (timestampUrl ?? reply) !== undefined;
  const isFirst = isAsked ? [`kept ${file}.tsr, which was there: the reply holds too, and its time is later`] : [];
  return [
    `VERIFIED: ${of} was there at ${timestamp.time}`,
    `sha256 ${sha256}`,
    `stamped by the authority ${quoted(timestamp.authority.subject)}, certificate ${timestamp.authority.sha256}`,
    ...(written === null ? isFirst : [`written ${written}`]),
  ];
}

async function stampFile(request: TimestampArguments, session: Session): Promise<ExitCode> {
  const { file, timestampUrl, reply, tsaCertificate: tsaCertificates, format } = request;
  const { timestamp } = await import('../../api/timestamp.ts');
  const check = await timestamp(file, present({ timestampUrl, reply, tsaCertificates }));
  const lines = textOf(check, request).map(printable);
  const result = { kind: 'evidence-timestamp', version: 1, ...check, file };
  // Exit code 0: what was asked for was done, and nothing says that anything was verified.
  return session.result(format, check.verdict ?? 'PASS', `${lines.join('\n')}\n`, result);
}

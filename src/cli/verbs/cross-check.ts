/** `evidence-diff cross-check [source]`: every stream root a second time, by other people's code. */
import { EvidenceError } from '../../core/errors.ts';
import type { Verdict } from '../../core/report/report.ts';
import { counted } from '../../core/words.ts';
import type { SecondOpinion } from '../../engine/cross-check.ts';
import { UnsoundSnapshotError } from '../../engine/prove.ts';
import { printable, quoted } from '../../reports/printable.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb } from '../options/define.ts';
import { type PrintedAs, printedAs } from '../options/shared.ts';
import {
  findSource,
  SOURCE_ARGUMENT,
  SOURCE_OPTIONS,
  type SourceRequest,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import type { ExitCode } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';

interface CrossCheckArguments {
  readonly source: SourceRequest;
  readonly format: PrintedAs;
  readonly chainKey: ChainKeyRequest;
}

export const verb = defineVerb({
  name: 'cross-check',
  summary: 'stream roots a second time, by other libraries',
  description:
    'Computes every stream root a second time with canonicalize, @noble/hashes and merkletreejs, in place of our own code.',
  arguments: SOURCE_ARGUMENT,
  options: { format: printedAs, ...CHAIN_KEYS, ...SOURCE_OPTIONS },
  notes: `Exit code 0 if all roots are equal, 1 if one differs or the snapshot is unsound, 2 if it could not be read
to its end, has no records, or has a stream of more than a million.
${WAYS}.`,
  example: 'cross-check baseline.json',
  request: (options, { source }) => ({
    source: sourceRequest(source, options),
    format: options.format,
    chainKey: options.chainKey,
  }),
  run: crossCheck,
});

function opinionText({ streams, agreed, exactNumberTexts }: SecondOpinion): string {
  const lines = [agreed ? 'PASS: all stream roots are the same' : 'FAIL: stream roots differ'];
  for (const { tenant, stream, records, root, secondRoot } of streams) {
    const answer = root === secondRoot ? `same ${root}` : `DIFFERENT ours ${root} theirs ${secondRoot}`;
    lines.push(`tenant ${quoted(tenant)} stream ${quoted(stream)} records ${records} ${answer}`);
  }
  if (exactNumberTexts > 0) {
    lines.push(
      `${counted(exactNumberTexts, 'text holds', 'texts hold')} a number that plain RFC 8785 would round: its canonical form is ours here too`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** What a fault of the snapshot means for the verdict; any other fault is ours. */
function reportError(error: unknown, session: Session): Verdict {
  if (!(error instanceof EvidenceError) && !(error instanceof UnsoundSnapshotError)) throw error;
  session.complain(printable(error.message));
  return error instanceof EvidenceError ? 'INCOMPLETE' : 'FAIL';
}

async function publish(opinion: SecondOpinion, format: PrintedAs, session: Session): Promise<ExitCode> {
  const verdict = opinion.agreed ? 'PASS' : 'FAIL';
  const { streams, exactNumberTexts } = opinion;
  const result = { kind: 'evidence-cross-check', version: 1, verdict, streams, exactNumberTexts };
  return session.result(format, verdict, opinionText(opinion), result);
}

async function crossCheck({ source, format, chainKey }: CrossCheckArguments, session: Session): Promise<ExitCode> {
  const { name, options } = await findSource(source, session);
  const keys = await chainKeysOf({ chainKey, config: source.config }, session.secrets);
  const { crossCheck: compute } = await import('../../api/cross-check.ts');
  let opinion: SecondOpinion;
  try {
    opinion = await compute(name, { ...options, ...keys });
  } catch (error) {
    const verdict = reportError(error, session);
    const result = { kind: 'evidence-cross-check', version: 1, verdict, streams: [], exactNumberTexts: 0 };
    return session.result(format, verdict, '', result);
  }
  return publish(opinion, format, session);
}

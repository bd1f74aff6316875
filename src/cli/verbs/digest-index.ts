/** `evidence-diff digest-index [source] --output F`: the leaves of the sets, with which a small file shows their growth. */
import type { DigestIndex } from '../../api/digest-index.ts';
import { printable, quoted } from '../../reports/printable.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, required, type Values, value } from '../options/define.ts';
import { notEmpty } from '../options/readers.ts';
import { type PrintedAs, printedAs, progress } from '../options/shared.ts';
import {
  findSource,
  SOURCE_ARGUMENT,
  SOURCE_OPTIONS,
  type SourceRequest,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH } from '../terminal/outputs.ts';
import type { AskedProgress } from '../terminal/progress.ts';
import type { Session } from '../terminal/session.ts';
import { unfitWords } from './audit-text.ts';

interface DigestIndexArguments {
  readonly source: SourceRequest;
  readonly output: string;
  readonly format: PrintedAs;
  readonly progress: AskedProgress | undefined;
  readonly chainKey: ChainKeyRequest;
}

const OPTIONS = {
  output: required(
    value('<file>', 'the index, 32 bytes a record; beside a summary or roots of the same source', notEmpty, {
      writes: 'index',
    }),
  ),
  format: printedAs,
  ...progress,
  ...CHAIN_KEYS,
  ...SOURCE_OPTIONS,
};

export const verb = defineVerb({
  name: 'digest-index',
  summary: 'leaf hashes of sets, to prove their growth',
  description:
    'Writes the leaf hashes of all records of sets. Beside a baseline without records they show that each of its records is still there.',
  arguments: SOURCE_ARGUMENT,
  options: OPTIONS,
  notes: `${WAYS}.
The source is audited first; of what is not sound no index is made. Give the index to a comparison, with --digest-index: it
is held to the roots of the baseline, so it needs no signature of its own.

Exit codes: 0 written; 1 the evidence does not hold; 2 it could not be read, or has no records, or the file not be written.`,
  example: 'digest-index baseline.json --output baseline.index',
  request: (options: Values<typeof OPTIONS>, { source }): DigestIndexArguments => {
    const { output, format, progress, chainKey } = options;
    if (output === DASH) throw new UsageError('--output -: an index is no text: give the name of a file');
    return { source: sourceRequest(source, options), output, format, progress, chainKey };
  },
  run: makeIndex,
});

function reportWhyNot({ audit }: DigestIndex, session: Session): DigestIndex['audit']['verdict'] {
  const { name, findings } = audit;
  if (audit.verdict === 'PASS') {
    session.complain(printable(`INCOMPLETE: ${name} has no records to make an index of: give the source itself`));
    return 'INCOMPLETE';
  }
  session.complain(printable(`${audit.verdict}: ${name} ${unfitWords(audit)}: no index is made of it`));
  for (const { kind, message } of findings.slice(0, 20)) session.complain(printable(`${kind}: ${message}`));
  return audit.verdict;
}

async function makeIndex(asked: DigestIndexArguments, session: Session): Promise<ExitCode> {
  const { output, format } = asked;
  const { name, options: source } = await findSource(asked.source, session);
  const outputs = [{ path: output, format: 'index' }];
  checkNotSources(outputs, [name]);
  const keys = await chainKeysOf({ chainKey: asked.chainKey, config: asked.source.config, outputs }, session.secrets);
  const interruption = session.listen();
  const meter = session.meter(asked.progress, false);
  const { signal } = interruption;
  const { digestIndex } = await import('../../api/digest-index.ts');
  const made = await digestIndex(name, { output, source, signal, onProgress: meter.update, ...keys }).finally(
    meter.done,
  );
  const { written, sets, audit } = made;
  const verdict = written === null ? reportWhyNot(made, session) : 'PASS';
  const globalRoot = audit.summary?.globalRoot ?? null;
  const lines = sets.map(
    ({ tenant, stream, size, root }) => `tenant ${quoted(tenant)} stream ${quoted(stream)} size ${size} root ${root}`,
  );
  const head =
    written === null
      ? []
      : [
          printable(`index ${written.path}`),
          `sha256 ${written.sha256}, ${written.bytes} bytes`,
          `global root ${globalRoot}`,
        ];
  const text = [...head, ...lines].map((line) => `${line}\n`).join('');
  const { path: index = null, sha256 = null, bytes = null } = written ?? {};
  const findings = written === null ? audit.findings : [];
  return session.result(format, verdict, text, {
    ...{ kind: 'evidence-digest-index-made', version: 1, verdict },
    ...{ index, sha256, bytes, globalRoot, sets, findings },
  });
}

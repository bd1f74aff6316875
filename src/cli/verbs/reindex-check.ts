/** `evidence-diff reindex-check --baseline F [source]`: identifiers and payload digests kept, though roots differ. */
import type { ReindexCheck } from '../../api/reindex-check.ts';
import type { Mode } from '../../core/kinds.ts';
import type { Hash } from '../../core/platform.ts';
import { present } from '../../core/present.ts';
import { grouped, Page } from '../../reports/text.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, required, type Values, value, withDefault } from '../options/define.ts';
import { oneOf } from '../options/readers.ts';
import { maxFindings, type PrintedAs, printedAs, progress } from '../options/shared.ts';
import {
  findSource,
  SOURCE_ARGUMENT,
  SOURCE_OPTIONS,
  type SourceRequest,
  sourceName,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import { expectDigest, findTrust, TRUST_OPTIONS, type TrustRequest } from '../options/trust-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { DASH } from '../terminal/outputs.ts';
import type { AskedProgress } from '../terminal/progress.ts';
import type { Session } from '../terminal/session.ts';

const OPTIONS = {
  baseline: required(value('<file>', 'snapshot from before the reindex', sourceName)),
  mode: withDefault(
    value(
      '<mode>',
      'append: what is new is counted (default); frozen: it is a FAIL',
      oneOf<Mode>(['append', 'frozen']),
    ),
    'append',
  ),
  expectDigest,
  format: printedAs,
  maxFindings,
  ...progress,
  ...TRUST_OPTIONS,
  ...CHAIN_KEYS,
  ...SOURCE_OPTIONS,
};

export interface ReindexArguments {
  readonly baseline: string;
  readonly source: SourceRequest;
  readonly mode: Mode;
  readonly expectDigest: Hash | undefined;
  readonly format: PrintedAs;
  readonly maxFindings: number;
  readonly progress: AskedProgress | undefined;
  readonly chainKey: ChainKeyRequest;
  readonly trust: TrustRequest;
  readonly config: string | undefined;
}

export const verb = defineVerb({
  name: 'reindex-check',
  summary: 'identifiers and payload digests kept, though roots differ',
  description: `Whether a reindex has kept what it may not change: each record by tenant, stream and id, with its type and the digest
of its payload. Roots, links, hashes, order, times and attributes may differ. Each side is audited by itself.`,
  arguments: SOURCE_ARGUMENT,
  options: OPTIONS,
  notes: `Exit codes: 0 everything was kept; 1 something is missing or changed, or a side is unsound; 2 not everything could be
read; 3 one of them cannot be believed.
${WAYS}.`,
  example: 'reindex-check --baseline baseline.json current.json',
  request: (options: Values<typeof OPTIONS>, { source }): ReindexArguments => ({
    baseline: options.baseline,
    source: sourceRequest(source, options),
    mode: options.mode,
    expectDigest: options.expectDigest,
    format: options.format,
    maxFindings: options.maxFindings,
    progress: options.progress,
    chainKey: options.chainKey,
    trust: options,
    config: options.config,
  }),
  run: check,
});

async function check(wanted: ReindexArguments, session: Session): Promise<ExitCode> {
  const { name, options: source } = await findSource(wanted.source, session);
  if (name === DASH && wanted.baseline === DASH) throw new UsageError('only one source can be - (standard input)');
  const trust = await findTrust(wanted.trust, wanted.config, session.secrets);
  const keys = await chainKeysOf(wanted, session.secrets);
  const interruption = session.listen();
  const meter = session.meter(wanted.progress, false);
  const { reindexCheck } = await import('../../api/reindex-check.ts');
  const { mode, maxFindings: most, expectDigest: digest } = wanted;
  const options = { mode, maxFindings: most, source, trust, signal: interruption.signal, onProgress: meter.update };
  const result = await reindexCheck(wanted.baseline, name, {
    ...options,
    ...keys,
    ...present({ expectDigest: digest }),
  }).finally(meter.done);
  const json = { kind: 'evidence-reindex-check', version: 1, ...result };
  return session.result(wanted.format, result.verdict, textOf(result), json);
}

function textOf({ verdict, totals, sameRoots, baseline, current, findings, notChecked }: ReindexCheck): string {
  const page = new Page(false, 100);
  const tally =
    totals === null
      ? 'not everything could be read: nothing was compared'
      : `${grouped(totals.kept)} kept, ${grouped(totals.missing)} missing, ${grouped(totals.changed)} changed; ${grouped(totals.added)} added`;
  page.line(`${verdict}: ${tally}`);
  page.line(
    `  roots ${sameRoots ? 'are the same' : 'differ'}: ${baseline.globalRoot ?? 'unknown'}, ${current.globalRoot ?? 'unknown'}`,
  );
  for (const { kind, message, tenant, stream, id } of findings.slice(0, 50)) {
    const place =
      tenant === undefined ? '' : ` (${[tenant, stream, id].filter((one) => one !== undefined).join(' / ')})`;
    page.line(`  ${kind}: ${message}${place}`);
  }
  page.title('Not checked');
  for (const note of notChecked) page.line(`  ${note}`);
  return page.text();
}

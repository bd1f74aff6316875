/** `evidence-diff explain REPORT` or `explain BASELINE CURRENT`: what changed, alone, and where it is concentrated. */
import type { Explained } from '../../api/explain.ts';
import type { Mode } from '../../core/kinds.ts';
import type { Hash } from '../../core/platform.ts';
import { present } from '../../core/present.ts';
import { type ChangeLine, changesOf } from '../../reports/changes.ts';
import { CONCENTRATIONS, type ConcentrationBy } from '../../reports/concentration.ts';
import { printable, quoted, shortened } from '../../reports/printable.ts';
import { counted, grouped, Page, writeChanges } from '../../reports/text.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, flagOf, required, type Values, value } from '../options/define.ts';
import { oneOf } from '../options/readers.ts';
import { type PrintedAs, printedAs, progress } from '../options/shared.ts';
import {
  findReading,
  READING_OPTIONS,
  type ReadingRequest,
  readingRequest,
  sourceName,
} from '../options/source-options.ts';
import { expectDigest, findTrust, TRUST_OPTIONS, type TrustRequest } from '../options/trust-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { DASH } from '../terminal/outputs.ts';
import type { AskedProgress } from '../terminal/progress.ts';
import type { Session } from '../terminal/session.ts';

/** How two sources are compared: of a report nobody can ask that. */
const OF_TWO = {
  mode: value(
    '<mode>',
    'of two sources: append: growth is normal (default); frozen: any addition is a FAIL',
    oneOf<Mode>(['append', 'frozen']),
  ),
  expectDigest,
  ...TRUST_OPTIONS,
  ...CHAIN_KEYS,
  ...READING_OPTIONS,
};

const OPTIONS = {
  by: value('<what>', `where changes are concentrated: ${CONCENTRATIONS.join(', ')}`, oneOf(CONCENTRATIONS)),
  format: printedAs,
  ...progress,
  ...OF_TWO,
};

export interface ExplainArguments {
  readonly report: string;
  /** Undefined where the first is a report. */
  readonly current: string | undefined;
  readonly by: ConcentrationBy | undefined;
  readonly mode: Mode | undefined;
  readonly format: PrintedAs;
  readonly progress: AskedProgress | undefined;
  readonly expectDigest: Hash | undefined;
  readonly trust: TrustRequest;
  readonly chainKey: ChainKeyRequest;
  readonly reading: ReadingRequest;
}

export const verb = defineVerb({
  name: 'explain',
  summary: 'what changed, by class, and where it is concentrated',
  description: `Prints the groups of changes of a report alone, the rarest first; of two sources, which are compared first.
With --by also where they are concentrated.`,
  arguments: {
    report: required(value('<report or baseline>', 'a continuity report (JSON), or the side from before', sourceName)),
    current: value('<current>', 'the side from after; then the first is the baseline', sourceName),
  },
  options: OPTIONS,
  notes: `The exit code is that of the comparison: 0 only for PASS. A report is read, not verified: gate does that.
To demand a migration, compare with --output and explain the report.`,
  example: 'explain baseline.json tampered.json --by tenant',
  request: (options: Values<typeof OPTIONS>, { report, current }): ExplainArguments => {
    const idle = Object.keys(OF_TWO).find((name) => Object.hasOwn(options, name));
    if (current === undefined && idle !== undefined)
      throw new UsageError(`${flagOf(idle)} is for two sources: ${report} is taken for a report`);
    if (report === DASH && current === DASH) throw new UsageError('only one source can be - (standard input)');
    return {
      report,
      current,
      by: options.by,
      mode: options.mode,
      format: options.format,
      progress: options.progress,
      expectDigest: options.expectDigest,
      trust: options,
      chainKey: options.chainKey,
      reading: readingRequest(options),
    };
  },
  run: print,
});

async function print(wanted: ExplainArguments, session: Session): Promise<ExitCode> {
  const { explain } = await import('../../api/explain.ts');
  const { report, current, by, format, mode } = wanted;
  const explained =
    current === undefined
      ? await explain(report, undefined, present({ by }))
      : await explain(report, current, {
          ...present({ by, mode }),
          ...(await comparing(wanted, [report, current], session)),
        });
  const json = { kind: 'evidence-explanation', version: 1, ...explained };
  return session.result(format, explained.verdict, textOf(explained), json);
}

async function comparing(wanted: ExplainArguments, names: readonly string[], session: Session) {
  const source = await findReading(wanted.reading, names, session);
  const trust = await findTrust(wanted.trust, wanted.reading.config, session.secrets);
  const keys = await chainKeysOf({ chainKey: wanted.chainKey, config: wanted.reading.config }, session.secrets);
  const interruption = session.listen();
  const { update } = session.meter(wanted.progress, false);
  const demanded = { trust, ...present({ expectDigest: wanted.expectDigest }) };
  return { source, ...demanded, ...keys, signal: interruption.signal, onProgress: update };
}

/** All of them: who asks for the changes alone wants each. */
const ALL = { changes: Number.POSITIVE_INFINITY, places: 100 } as const;

/** Names of a turned-round list, and changes at each. */
const SHOWN = { names: 100, changes: 5 } as const;

function textOf(explained: Explained): string {
  const page = new Page(false, 100);
  page.line(printable(explained.headline));
  const { changes, changesOmitted, modified } = explained;
  const listed = changesOf({ changes, changesOmitted, totals: { modified } });
  if (listed.items.length === 0) page.title('Changes: no record of both sides was modified');
  writeChanges(page, listed, ALL);
  if (explained.by !== null) writeConcentrations(page, explained, listed.items);
  return page.text();
}

function writeConcentrations(page: Page, explained: Explained, groups: readonly ChangeLine[]): void {
  const { by, concentrations, changes: all } = explained;
  page.title(`By ${by}: ${concentrations.length === 0 ? 'concentrated nowhere' : 'the most modified records first'}`);
  for (const { name, records, changes } of concentrations.slice(0, SHOWN.names)) {
    page.line(`  ${grouped(records).padStart(8)} ${quoted(shortened(name, 400))}`, 'plain');
    for (const { group, records: of } of changes.slice(0, SHOWN.changes)) {
      // Of a group that is listed by one of its places, that place.
      const at = by === 'pointer' ? all[group]?.places.findIndex(({ pointer }) => pointer === name) : 0;
      page.line(`           ${grouped(of)} ${groups[group]?.places[Math.max(0, at ?? 0)]?.what ?? ''}`);
    }
    const left = changes.length - SHOWN.changes;
    if (left > 0) page.line(`           and ${counted(left, 'more kind')} of change`);
  }
  const left = concentrations.length - SHOWN.names;
  if (left > 0) page.line(`  and ${grouped(left)} more; --format json has all`);
}

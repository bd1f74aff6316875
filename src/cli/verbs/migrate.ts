/** `evidence-diff migrate`: whether evidence has to be migrated, a draft of how, and the expected state as a snapshot. */

import type { Migrated } from '../../api/migrated.ts';
import { DRAFT_NAMES } from '../../core/migration/draft-names.ts';
import type { Hash } from '../../core/platform.ts';
import { present } from '../../core/present.ts';
import { ENDING_WORDS } from '../../core/snapshot/endings.ts';
import type { MigrateOptions } from '../../index.ts';
import { counted } from '../../reports/facts.ts';
import { printable } from '../../reports/printable.ts';
import { shellWord } from '../../reports/repeat.ts';
import { grouped, Page } from '../../reports/text.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, flag, type Values, value } from '../options/define.ts';
import { fileName, notEmpty } from '../options/readers.ts';
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
import { expectDigest } from '../options/trust-options.ts';
import { EXIT, type ExitCode, exitCodeOf, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH, requireSnapshotEnding } from '../terminal/outputs.ts';
import type { AskedProgress } from '../terminal/progress.ts';
import type { Session } from '../terminal/session.ts';

const OPTIONS = {
  dryRun: flag('say whether evidence has to be migrated, and draft how; nothing is written but the draft'),
  baseline: value('<file>', 'snapshot from before, as verify-all has written it', sourceName),
  migration: value('<file>', 'the migration', fileName),
  output: value('<file>', `the snapshot to write, the expected state: ${ENDING_WORDS}`, notEmpty, {
    writes: 'snapshot',
  }),
  expectDigest,
  draft: value('<file>', 'with --dry-run: write the draft to this file; one that is there is not replaced', fileName),
  format: printedAs,
  maxFindings,
  ...progress,
  ...CHAIN_KEYS,
  ...SOURCE_OPTIONS,
};

export interface MigrateArguments {
  readonly dryRun: boolean;
  readonly baseline: string | undefined;
  readonly migration: string | undefined;
  readonly output: string | undefined;
  readonly draft: string | undefined;
  readonly expectDigest: Hash | undefined;
  /** What is there now; undefined where nothing names a source. */
  readonly source: SourceRequest;
  readonly namesSource: boolean;
  readonly format: PrintedAs;
  readonly maxFindings: number;
  readonly progress: AskedProgress | undefined;
  readonly chainKey: ChainKeyRequest;
}

function request(options: Values<typeof OPTIONS>, argument: string | undefined): MigrateArguments {
  const { dryRun = false, baseline, migration, output, draft, source, namespace } = options;
  const namesSource = [argument, source, namespace].some((one) => one !== undefined);
  if (baseline === undefined && options.expectDigest !== undefined) {
    throw new UsageError('--expect-digest is about a baseline: give --baseline with it');
  }
  if (baseline === DASH) throw new UsageError('--baseline -: it is read twice: give a file');
  if (dryRun && output !== undefined) throw new UsageError('--output is what a migration makes; a dry run has --draft');
  if (!dryRun && draft !== undefined) throw new UsageError('--draft is what --dry-run makes: give it as well');
  if (!dryRun && (baseline === undefined || migration === undefined || output === undefined)) {
    throw new UsageError(
      'without --dry-run it has no meaning but to write a file: give --migration, --baseline and --output',
    );
  }
  if (!dryRun && namesSource)
    throw new UsageError('the expected state is made of the baseline alone: no source is read');
  if (output === DASH) throw new UsageError('--output -: a snapshot is written to a file, whole or not at all');
  if (output !== undefined) requireSnapshotEnding(output);
  const inputs = [baseline, migration].filter((path) => path !== undefined);
  checkNotSources(
    [output, draft].filter((path) => path !== undefined).map((path) => ({ path, format: 'json' })),
    inputs,
  );
  return {
    dryRun,
    baseline,
    migration,
    output,
    draft,
    expectDigest: options.expectDigest,
    source: sourceRequest(argument, options),
    namesSource,
    format: options.format,
    maxFindings: options.maxFindings,
    progress: options.progress,
    chainKey: options.chainKey,
  };
}

export const verb = defineVerb({
  name: 'migrate',
  summary: 'whether evidence has to be migrated, and the expected state',
  description: `Says whether evidence has to be migrated and drafts a migration from what changed (--dry-run), or writes what a
migration makes of a baseline as a snapshot: the expected state. It never writes to a store.`,
  arguments: SOURCE_ARGUMENT,
  options: OPTIONS,
  notes: `A dry run looks at the baseline and at what is there now, or at the baseline and a migration.
${WAYS}.

Exit codes of a dry run: 0 nothing to do; 12 evidence has to be migrated; 2 that cannot be said, for want of a baseline, too; 3
the baseline is not the one that --expect-digest says.
Otherwise 0: the expected state was written; 1: the baseline is unsound, or the migration does not fit it; 2: not everything
could be read or written; 3: it is another baseline than the migration or --expect-digest says. A draft is a proposal that nobody has signed.`,
  example: 'migrate --dry-run --baseline baseline.json current.json',
  request: (options: Values<typeof OPTIONS>, { source }) => request(options, source),
  run: migrate,
});

async function optionsOf(wanted: MigrateArguments, session: Session): Promise<MigrateOptions> {
  const { dryRun, baseline, migration, output, expectDigest, source, namesSource } = wanted;
  // A dry run with a migration needs no source; what the environment names is one only where nothing else is asked.
  const looks = dryRun && baseline !== undefined && (namesSource || migration === undefined);
  const live = looks ? await findSource(source, session) : undefined;
  return {
    dryRun,
    maxFindings: wanted.maxFindings,
    ...present({ baseline, migration, output, expectDigest, current: live?.name, source: live?.options }),
  };
}

/** Neither the expected state nor a draft may replace a key. */
function keysOf({ chainKey, source, output, draft }: MigrateArguments, session: Session) {
  const outputs = [output, draft].filter((path) => path !== undefined).map((path) => ({ path, format: 'json' }));
  return chainKeysOf({ chainKey, config: source.config, outputs }, session.secrets);
}

async function migrate(wanted: MigrateArguments, session: Session): Promise<ExitCode> {
  const keys = await keysOf(wanted, session);
  if (wanted.draft !== undefined) await requireDraft(wanted.draft);
  const interruption = session.listen();
  const options = { ...(await optionsOf(wanted, session)), ...keys };
  const meter = session.meter(wanted.progress, false);
  const { migrate: run } = await import('../../api/migrate.ts');
  const result = await run({ ...options, signal: interruption.signal, onProgress: meter.update }).finally(meter.done);
  if (wanted.draft !== undefined && result.draftText !== null) await writeDraft(wanted.draft, result.draftText);
  const next = nextOf(result, wanted, options.current);
  const text = `${textOf(result, wanted)}${next === undefined ? '' : `Next: ${session.secrets.redacted(next)}\n`}`;
  const printed = await session.result(wanted.format, 'PASS', text, jsonOf(result, wanted));
  if (printed !== EXIT.pass) return printed;
  return codeOf(result, wanted);
}

function codeOf({ needed, verdict, findingCounts }: Migrated, { dryRun }: MigrateArguments): ExitCode {
  if (!dryRun) return exitCodeOf(verdict, true);
  // Of another baseline than the one that was demanded nothing is said.
  if (Object.hasOwn(findingCounts, 'digest-mismatch')) return EXIT.untrusted;
  if (needed === null) return EXIT.incomplete;
  return needed ? EXIT.migrationNeeded : EXIT.pass;
}

/** What is there may be this very draft, as long as nobody has said what it is of. */
async function requireDraft(path: string): Promise<void> {
  const { requireNew } = await import('../../files/write-new-file.ts');
  await requireNew(path, (bytes) => Buffer.from(bytes).includes(JSON.stringify(DRAFT_NAMES.upgrade)));
}

async function writeDraft(path: string, text: string): Promise<void> {
  const { writeNew } = await import('../../files/write-new-file.ts');
  await writeNew(path, Buffer.from(text));
}

function headlineOf({ verdict, needed, because }: Migrated, { dryRun }: MigrateArguments): string {
  if (!dryRun) return `${verdict}: ${because}`;
  const words = needed === null ? 'cannot be said' : needed ? 'needed' : 'not needed';
  return `migration ${words}: ${because}`;
}

function writeRules(page: Page, { migration }: Migrated): void {
  if (migration === null) return;
  page.title('Rules');
  for (const { name, records } of migration.rules) page.line(`  ${name}: ${counted(records, 'record')}`);
  for (const { rule, path, loss, count } of migration.dropped) {
    page.line(`  ${rule} drops ${path === '' ? 'records' : path}: ${grouped(count)} ${loss}`);
  }
}

/** A place that no rule explains, and of how many records: what one alone shows is no rule of change. */
function unexplainedText({ stream, type, pointer, was, is, ...more }: Migrated['unexplained'][number]): string {
  const { records, id, why } = more;
  const such = id === undefined ? '' : records === 1 ? ` ${id}` : `, such as ${id}`;
  const seen = records === undefined ? '' : ` (${counted(records, 'record')}${such})`;
  return `${stream}, type ${type}, ${pointer}: ${was ?? 'absent'} -> ${is ?? 'absent'}${seen}${why === undefined ? '' : `: ${why}`}`;
}

/** Entries of a list that the text has: all are in the JSON. */
const MOST_LINES = 20;

function writeFirst<T>(page: Page, all: readonly T[], line: (one: T) => string): void {
  for (const one of all.slice(0, MOST_LINES)) page.line(line(one));
  if (all.length > MOST_LINES) page.line(`  and ${grouped(all.length - MOST_LINES)} more: --format json has them`);
}

function textOf(result: Migrated, wanted: MigrateArguments): string {
  const { findings, written, draft, explained, unexplained, beyond } = result;
  const page = new Page(false, 100);
  page.line(headlineOf(result, wanted));
  writeRules(page, result);
  if (written !== null) {
    page.line(
      `  written to ${written.path}: depth ${written.depth}, ${grouped(written.bytes)} bytes, sha256:${written.sha256}`,
    );
  }
  if (draft !== null) {
    page.title('Draft, a proposal: read it, complete it, sign it');
    if (explained !== null)
      page.line(
        `  explains ${grouped(explained.records)} of ${counted(explained.of, 'record')} that ${explained.of === 1 ? 'differs' : 'differ'}`,
      );
    if (wanted.draft !== undefined) page.line(`  written to ${wanted.draft}`);
  }
  if (beyond !== null) page.line(`  ${beyond}`);
  writeFirst(page, unexplained.map(unexplainedText), (text) => `  not explained: ${text}`);
  const deciding = findings.filter(({ class: forced }) => forced !== 'info');
  writeFirst(page, deciding, ({ kind, message }) => `  ${kind}: ${message}`);
  return page.text();
}

/** What is done next, with the command for it; nothing where what was asked could not be said. */
function nextOf(
  { needed, draft, written }: Migrated,
  { dryRun, baseline = '', migration, draft: file }: MigrateArguments,
  current = 'CURRENT',
): string | undefined {
  const [before, after] = [shellWord(baseline), shellWord(current)];
  const under = migration === undefined ? '' : ` --migration ${shellWord(migration)}`;
  const compare = `evidence-diff verify-continuity --baseline ${before}${under} ${after} --output continuity.json`;
  if (!dryRun) return written === null ? undefined : `migrate the store, then \`${compare}\``;
  if (needed === null) return undefined;
  if (!needed) return `\`${compare}\` says so in a report`;
  const expect = (by: string): string =>
    `\`evidence-diff migrate --migration ${by} --baseline ${before} --output expected.ndjson\` writes the expected state`;
  if (migration !== undefined) return expect(shellWord(migration));
  if (draft === null) return undefined;
  if (file === undefined) return 'the same command with --draft FILE, which writes the draft';
  const drafted = shellWord(file);
  const signed = `\`evidence-diff sign ${drafted} --key KEY\``;
  return `say in the draft which upgrade it is of, and have it signed (${signed}); then ${expect(drafted)}`;
}

function jsonOf(result: Migrated, wanted: MigrateArguments): object {
  const { verdict, needed, because, migration, written, draft, explained, unexplained } = result;
  const { beyond, findings, findingCounts } = result;
  return {
    kind: 'evidence-migrating',
    version: 1,
    dryRun: wanted.dryRun,
    verdict,
    needed,
    because: printable(because),
    migration,
    written,
    draft,
    explained,
    unexplained,
    beyond,
    findings,
    findingCounts,
  };
}

/** `evidence-diff stats [source]`: counts by tenant and type, one fact a line, so that `diff` shows what changed. */

import { type AttributeFigures, statsOf, typesOf } from '../../api/figures.ts';
import type { Finding } from '../../core/report/report.ts';
import { leftOutNotes } from '../../core/report/subjects.ts';
import type { SnapshotSummary } from '../../core/snapshot/summary.ts';
import type { SnapshotAudit } from '../../engine/audit-run.ts';
import type { OutputKind } from '../../files/spared-file.ts';
import type { AuditOptions } from '../../index.ts';
import { printable, printableJson, quoted } from '../../reports/printable.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, flag, list, type Options, type Values, value, writing } from '../options/define.ts';
import { notEmpty, oneOf } from '../options/readers.ts';
import { progress, TEXT_OR_JSON } from '../options/shared.ts';
import {
  findSource,
  type LiveSource,
  SOURCE_ARGUMENT,
  SOURCE_OPTIONS,
  type SourceRequest,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import { type ExitCode, exitCodeOf, OTHER_ENDS } from '../terminal/exit.ts';
import { checkNotSources, OpenOutputs, type Output, planOutputs } from '../terminal/outputs.ts';
import type { AskedProgress } from '../terminal/progress.ts';
import type { Session } from '../terminal/session.ts';
import { printableAudit, unfitWords } from './audit-text.ts';

type Tenant = SnapshotSummary['tenants'][number];
type Stream = Tenant['streams'][number];

function streamLine(tenant: string, { stream, ordered, size, root, firstSeq, lastSeq }: Stream): string {
  const order = ordered ? 'ordered' : 'unordered';
  const range = firstSeq === undefined || lastSeq === undefined ? '' : ` seq ${firstSeq}..${lastSeq}`;
  return `tenant ${quoted(tenant)} stream ${quoted(stream)} ${order} size ${size}${range} root ${root}`;
}

function tenantLines(tenant: Tenant, detailed: boolean): readonly string[] {
  const name = quoted(tenant.tenant);
  const lines = [`tenant ${name} records ${tenant.records} streams ${tenant.streams.length}`];
  for (const { type, records } of typesOf(tenant)) lines.push(`tenant ${name} type ${quoted(type)} records ${records}`);
  if (!detailed) return lines;
  lines.push(`tenant ${name} root ${tenant.root}`);
  return [...lines, ...tenant.streams.map((stream) => streamLine(tenant.tenant, stream))];
}

function attributeLines({ attribute, values, others, absent }: AttributeFigures): readonly string[] {
  const by = `attribute ${quoted(attribute)}`;
  if (values === null) return [`${by} unknown, since there are no records`];
  return [
    ...values.map(({ value, records }) => `${by} value ${quoted(value)} records ${records}`),
    `${by} others records ${others}`,
    `${by} absent records ${absent}`,
  ];
}

type Counted = Pick<SnapshotAudit, 'countBy'>;

/** No file name, no time, no digest of the file: nothing that changes when the evidence does not. */
export function statsText(summary: SnapshotSummary, detailed: boolean, { countBy = [] }: Counted = {}): string {
  const lines = [`records ${summary.records}`, `tenants ${summary.tenants.length}`];
  if (detailed) lines.push(`root ${summary.globalRoot}`);
  for (const tenant of summary.tenants) lines.push(...tenantLines(tenant, detailed));
  for (const counted of statsOf(summary, false, countBy).countBy ?? []) lines.push(...attributeLines(counted));
  return `${lines.join('\n')}\n`;
}

/** The same facts as JSON. */
export function statsJson(summary: SnapshotSummary, detailed: boolean, { countBy }: Counted = {}): string {
  return `${printableJson(JSON.stringify(statsOf(summary, detailed, countBy), null, 2))}\n`;
}

/* What stats and roots-export share: read one source, recompute everything, print figures only if it is sound. */

export interface FiguresArguments {
  readonly source: SourceRequest;
  readonly outputs: readonly Output[];
  readonly progress: AskedProgress | undefined;
  readonly detailed: boolean;
  readonly chainKey: ChainKeyRequest;
}

type Draw = (summary: SnapshotSummary, detailed: boolean, audit: SnapshotAudit) => string;

/** What makes one of these verbs different from the others. */
interface Figures<O> {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly example: string;
  /** What it has besides a source, outputs and progress. */
  readonly own: O;
  /** Of which format standard output is, in words. */
  readonly otherwise: string;
  /** What is written. */
  readonly writes: OutputKind;
  readonly text: Draw;
  readonly json: Draw;
}

type Drawing = Pick<Figures<unknown>, 'text' | 'json'>;

const SHOWN_FINDINGS = 20;

const NOTES = `${WAYS}.

Everything is recomputed, and figures are printed only if it is sound: exit code 0.
Otherwise nothing is printed or written but its findings, on standard error: exit code 1 if its evidence does not
hold, 2 if it could not be read to its end. ${OTHER_ENDS}.`;

const OUTPUT = list('<file>', 'write to a file, whole or not at all', notEmpty);

function figuresRequest(
  options: SourceRequest & {
    readonly output?: readonly string[];
    readonly format?: 'text' | 'json';
    readonly progress?: AskedProgress;
    readonly chainKey?: NonNullable<ChainKeyRequest>;
    readonly detailed?: boolean;
  },
  argument: string | undefined,
): FiguresArguments {
  const { output = [], format, detailed = false } = options;
  const source = sourceRequest(argument, options);
  const outputs = planOutputs(output, format, TEXT_OR_JSON, detailed ? 'json' : 'text');
  if (source.source !== undefined) checkNotSources(outputs, [source.source]);
  return { source, outputs, progress: options.progress, detailed, chainKey: options.chainKey };
}

/** A verb that reads one source and prints figures of it. */
export function figuresVerb<O extends Options>({ own, otherwise, writes, text, json, ...about }: Figures<O>) {
  const options = {
    output: writing(OUTPUT, writes),
    format: value('<format>', `text or json; else by the ending of --output, ${otherwise}`, oneOf(TEXT_OR_JSON)),
    ...progress,
    ...own,
    ...CHAIN_KEYS,
    ...SOURCE_OPTIONS,
  };
  return defineVerb({
    ...about,
    arguments: SOURCE_ARGUMENT,
    options,
    notes: NOTES,
    request: (given: Values<typeof options>, { source }) => figuresRequest(given, source),
    run: (request, session) => runFigures({ text, json }, request, session),
  });
}

function placeOf({ tenant, stream, seq, id }: Finding): string {
  const parts = [tenant, stream, seq, id].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function reportFindings(audit: SnapshotAudit, session: Session): ExitCode {
  const { name: source, verdict, findings } = audit;
  const headline = `${verdict}: ${source} ${unfitWords(audit)}; no figures are printed`;
  const lines = findings.slice(0, SHOWN_FINDINGS).map((one) => `${one.kind}: ${one.message}${placeOf(one)}`);
  const left = findings.length - SHOWN_FINDINGS;
  const said = [headline, ...lines, ...(left > 0 ? [`and ${left} more`] : [])].map(printable);
  // What decides comes first: a finding of the class of the verdict.
  const [first] = [...findings.filter((one) => one.class === verdict), ...findings];
  const ended = { kind: first?.kind ?? 'source-incomplete', message: first?.message ?? headline };
  return session.fail(ended, exitCodeOf(verdict, true), said, { verdict, headline, findings });
}

async function publish(
  drawing: Drawing,
  detailed: boolean,
  outputs: OpenOutputs,
  audit: SnapshotAudit,
  session: Session,
): Promise<ExitCode> {
  const { summary } = audit;
  if (summary === null) throw new TypeError('a sound snapshot without a summary');
  const faults = await outputs.write(({ format }) =>
    drawing[format === 'json' ? 'json' : 'text'](summary, detailed, audit),
  );
  return session.ended('PASS', faults);
}

async function readAndPublish(
  drawing: Drawing,
  { progress, detailed }: FiguresArguments,
  { name, options: source }: LiveSource,
  keys: Pick<AuditOptions, 'chainKeys'>,
  outputs: OpenOutputs,
  session: Session,
): Promise<ExitCode> {
  const interruption = session.listen();
  const meter = session.meter(progress, false);
  const { auditSnapshot } = await import('../../api/compare-snapshots.ts');
  const { signal } = interruption;
  const audit = await auditSnapshot(name, { signal, onProgress: meter.update, source, ...keys }).finally(meter.done);
  // Beside the figures, which say nothing but what the evidence is.
  for (const note of leftOutNotes(audit.header?.subject ?? {})) session.complain(printable(`not read: ${note}`));
  if (audit.verdict !== 'PASS') return reportFindings(printableAudit(audit, session), session);
  return publish(drawing, detailed, outputs, audit, session);
}

async function runFigures(drawing: Drawing, request: FiguresArguments, session: Session): Promise<ExitCode> {
  const live = await findSource(request.source, session);
  checkNotSources(request.outputs, [live.name]);
  const keys = await chainKeysOf({ ...request, config: request.source.config }, session.secrets);
  const outputs = await OpenOutputs.open(request.outputs, session);
  try {
    return await readAndPublish(drawing, request, live, keys, outputs, session);
  } finally {
    await outputs.close();
  }
}

export const verb = figuresVerb({
  name: 'stats',
  summary: 'counts by tenant and type, made for diff',
  description:
    'Counts by tenant and type, one fact a line. The same evidence gives the same bytes: compare two runs with diff.',
  example: 'stats baseline.json --detailed --output stats.json',
  own: {
    detailed: flag(
      'also streams with their sizes, and the roots, so that changed content shows even where no count changed',
    ),
  },
  otherwise: 'else text, or with --detailed JSON',
  writes: 'report',
  text: statsText,
  json: statsJson,
});

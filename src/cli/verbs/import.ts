/** `evidence-diff import SOURCE --output F`: a snapshot of evidence that others wrote, by a profile. */
import { present } from '../../core/present.ts';
import { ENDING_WORDS } from '../../core/snapshot/endings.ts';
import type { Depth } from '../../core/snapshot/header.ts';
import { CHAIN_KEYS } from '../options/chain-keys.ts';
import { defineVerb, required, type Values, value } from '../options/define.ts';
import { notEmpty, oneOf } from '../options/readers.ts';
import { color, maxFindings, printedAs, progress, quiet } from '../options/shared.ts';
import { ITEMS_OPTIONS, SOURCE_ARGUMENT } from '../options/source-options.ts';
import { UsageError } from '../terminal/exit.ts';
import { DASH, requireSnapshotEnding } from '../terminal/outputs.ts';
import { type CaptureArguments, verifyAll } from './verify-all.ts';

const OPTIONS = {
  output: required(
    value('<file>', `the snapshot: ${ENDING_WORDS}`, notEmpty, {
      page: 'its trailer states the roots',
      writes: 'snapshot',
    }),
  ),
  depth: value(
    '<depth>',
    'full; digest: without bodies; summary: roots and counts alone. Default: what the profile reads',
    oneOf<Depth>(['digest', 'full', 'summary']),
  ),
  format: printedAs,
  maxFindings,
  quiet,
  ...progress,
  color,
  ...CHAIN_KEYS,
  ...ITEMS_OPTIONS,
};

function request(options: Values<typeof OPTIONS>, source: string): CaptureArguments {
  const { output, profile, records, map } = options;
  if (output === DASH) throw new UsageError('--output -: a snapshot is written to a file, whole or not at all');
  requireSnapshotEnding(output);
  return {
    source: { source, ...present({ profile, records, map }) },
    part: {},
    output,
    chainKey: options.chainKey,
    metrics: undefined,
    depth: options.depth,
    roots: true,
    resume: false,
    format: options.format,
    maxFindings: options.maxFindings,
    quiet: options.quiet === true,
    progress: options.progress,
    color: options.color,
  };
}

export const verb = defineVerb({
  name: 'import',
  summary: 'makes a snapshot of evidence that others wrote',
  description:
    'Reads JSON, NDJSON, CSV or files by a profile (docs/profile.md), brings the records into order, audits them and writes a snapshot.',
  arguments: { source: required(SOURCE_ARGUMENT.source) },
  options: OPTIONS,
  notes: `Exit codes are those of verify-all. Numbers are kept exactly. What is unreadable, has no id or comes twice ends the
import, with its file, item and place: nothing is passed over.`,
  example: 'import sboms.json --records /sboms --map id=/serialNumber --map tenant==acme --output sboms.ndjson',
  request: (options: Values<typeof OPTIONS>, { source }) => request(options, source),
  run: verifyAll,
});

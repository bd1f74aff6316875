/** `evidence-diff verify-bundle DIR…`: every file of one or more bundles, checked. */

import { gravest } from '../../core/kinds.ts';
import { present } from '../../core/present.ts';
import type { Verdict } from '../../core/report/report.ts';
import { uncheckedIn } from '../../core/report/subjects.ts';
import type { BundleAudit } from '../../index.ts';
import { printableJson, quoted, shortened } from '../../reports/printable.ts';
import { counted, type Page } from '../../reports/text.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, list, required, type Values, writing } from '../options/define.ts';
import { fileName } from '../options/readers.ts';
import { color, format, maxFindings, output, progress, TEXT_OR_JSON } from '../options/shared.ts';
import { tsaCertificate } from '../options/trust-options.ts';
import { type ExitCode, OTHER_ENDS } from '../terminal/exit.ts';
import { checkNotSources, DASH, OpenOutputs, type Output, planOutputs } from '../terminal/outputs.ts';
import type { AskedProgress } from '../terminal/progress.ts';
import type { Session } from '../terminal/session.ts';
import { auditHeadline, auditText } from './audit-text.ts';

export interface VerifyBundleArguments {
  readonly folders: readonly string[];
  readonly trustedKeys?: readonly string[];
  readonly tsaCertificates?: readonly string[];
  readonly outputs: readonly Output[];
  readonly maxFindings: number;
  readonly chainKey: ChainKeyRequest;
  readonly progress: AskedProgress | undefined;
  readonly color: boolean;
}

const trustedKey = list(
  '<file>',
  'a public key (PEM): each signature in a layout of others must be by one of them',
  fileName,
);

const stamped = tsaCertificate(
  'certificates in PEM: an authority with or by one must have stamped manifest.json (RFC 3161, in manifest.json.tsr)',
);

const FOLDERS = {
  folder: required(
    list('<folder>', 'bundles that export has written, or what is in a known layout of others', fileName),
  ),
};

const OPTIONS = {
  trustedKey,
  tsaCertificate: stamped,
  output: writing(output, 'report'),
  format: format(TEXT_OR_JSON),
  maxFindings,
  ...CHAIN_KEYS,
  ...progress,
  color,
};

const STEPS: Readonly<Record<Verdict, string>> = {
  PASS: 'Go on. The bundle is whole and does not contradict itself; that it is the one that was written only its digest can show.',
  FAIL: 'Do not use this bundle as a backup. Take another copy of it, or export again, and find out who changed it.',
  INCOMPLETE: 'This is not a PASS: something could not be read. Mend what is named here, then repeat the command.',
  UNTRUSTED: 'Do not go on.',
};

/** What these kinds say of a time stamp, which is all that they are of here. */
const ADVICE: Readonly<Record<string, string>> = {
  'baseline-stale':
    'baseline-stale: the time stamp is from before the capture, or in the future. Find out whose clock was wrong.',
  'digest-mismatch':
    'digest-mismatch: the time stamp is of another manifest. Find the bundle that it belongs to, or who has changed this one.',
};

export const verb = defineVerb({
  name: 'verify-bundle',
  summary: 'checks every file of bundles, ours and others',
  description:
    'Checks bundles: every file is there, none is too many, each is what its name says, and all roots are recomputed.',
  arguments: FOLDERS,
  options: OPTIONS,
  notes: `Exit code 0 if every bundle is whole and sound; 1 if something is altered, missing or too many in one; 2 if one could not
be read, or is in a layout that is not known here; 3 if a signature or the time stamp in one is missing or not by
whoever is trusted. ${OTHER_ENDS}.`,
  example: 'verify-bundle evidence-bundles',
  request: (options: Values<typeof OPTIONS>, { folder: folders }: Values<typeof FOLDERS>): VerifyBundleArguments => {
    const outputs = planOutputs(options.output ?? [], options.format, TEXT_OR_JSON);
    checkNotSources(outputs, [...folders, ...(options.tsaCertificate ?? [])]);
    const { trustedKey: trustedKeys, tsaCertificate: tsaCertificates, ...others } = options;
    const { progress, chainKey } = options;
    return { ...others, ...present({ trustedKeys, tsaCertificates }), folders, outputs, progress, chainKey };
  },
  run: verifyBundles,
});

/** The worst of all: a bundle that is altered outranks one that could not be read. */
function verdictOf(audits: readonly BundleAudit[]): Verdict {
  return gravest((verdict) => audits.some((audit) => audit.verdict === verdict)) ?? 'PASS';
}

function headlineOf(audits: readonly BundleAudit[]): string {
  const verdict = verdictOf(audits);
  const sound = audits.filter((audit) => audit.verdict === 'PASS').length;
  return `${verdict}: ${sound} of ${counted(audits.length, 'bundle')} whole and sound`;
}

/** A verified time is in the one line that must be right if nothing else is read. */
function bundleHeadline(audit: BundleAudit): string {
  const { verdict, timestamp } = audit;
  const stamped = verdict === 'PASS' && timestamp ? `; its manifest was there at ${timestamp.time}` : '';
  return `${auditHeadline(audit)}${stamped}`;
}

function writeTime(page: Page, { timestamp, notLookedAt = [] }: BundleAudit): void {
  if (timestamp === undefined && notLookedAt.length === 0) return;
  page.title('Outside time');
  for (const note of notLookedAt) page.line(`  not looked at: ${note} (--tsa-certificate)`, 'doubt');
  if (timestamp === null) page.line('  not verified', 'doubt');
  if (!timestamp) return;
  page.line(`  the manifest was there at ${timestamp.time}, says an authority outside (RFC 3161)`);
  page.line(`  authority    ${quoted(shortened(timestamp.authority.subject, 200))}`);
  page.line(`  certificate  sha256 ${timestamp.authority.sha256}`);
}

function textOf(audits: readonly BundleAudit[], color: boolean): string {
  const pages = audits.map((audit) =>
    auditText(
      {
        audit,
        headline: bundleHeadline(audit),
        writeResult: (page) => writeTime(page, audit),
        digestOf: audit.header?.depth === 'full' ? 'manifest' : 'sha256',
        steps: STEPS,
        advice: ADVICE,
      },
      color,
    ),
  );
  return audits.length === 1 ? pages.join('') : [`${headlineOf(audits)}\n`, ...pages].join('\n');
}

function bundleOf(audit: BundleAudit): object {
  const { name, verdict, sha256, header, summary, findings, findingCounts, timestamp, notLookedAt } = audit;
  const found = { records: summary?.records ?? null, globalRoot: summary?.globalRoot ?? null };
  const { subject = {} } = header ?? {};
  const { origin, size, root, signedBy = [] } = subject;
  const log = subject['layout'] === 'tlog-tiles' ? { log: { origin, size, root, signedBy } } : {};
  const ofOthers =
    subject['layout'] === undefined ? {} : { layout: subject['layout'], notChecked: uncheckedIn(subject) };
  const time = present({ timestamp, notChecked: notLookedAt });
  return {
    name,
    verdict,
    headline: bundleHeadline(audit),
    sha256,
    ...found,
    ...ofOthers,
    ...log,
    ...time,
    findings,
    findingCounts,
  };
}

function jsonOf(audits: readonly BundleAudit[]): string {
  const bundles = audits.map(bundleOf);
  const report = { kind: 'evidence-bundle-verification', version: 1, verdict: verdictOf(audits), bundles };
  return `${printableJson(JSON.stringify(report, null, 2))}\n`;
}

async function publish(
  audits: readonly BundleAudit[],
  allowed: boolean,
  outputs: OpenOutputs,
  session: Session,
): Promise<ExitCode> {
  const painted = session.wantsColor(allowed);
  const faults = await outputs.write(({ path, format }) =>
    format === 'json' ? jsonOf(audits) : textOf(audits, path === DASH && painted),
  );
  return session.ended(verdictOf(audits), faults, headlineOf(audits));
}

/** The exit code is that of the worst verdict, or of the signal that stopped it. */
async function verifyBundles(request: VerifyBundleArguments, session: Session): Promise<ExitCode> {
  const { folders, trustedKeys, tsaCertificates, maxFindings: most, progress: asked, color: allowed } = request;
  const keys = await chainKeysOf(request, session.secrets);
  const outputs = await OpenOutputs.open(request.outputs, session);
  const interruption = session.listen();
  const meter = session.meter(asked, false);
  const { verifyBundle } = await import('../../api/bundles.ts');
  const { signal } = interruption;
  const audits: BundleAudit[] = [];
  try {
    for (const folder of folders)
      audits.push(
        await verifyBundle(folder, {
          ...keys,
          ...present({ trustedKeys, tsaCertificates }),
          maxFindings: most,
          signal,
          onProgress: meter.update,
        }),
      );
    meter.done();
    return await publish(audits, allowed, outputs, session);
  } finally {
    await outputs.close();
  }
}

/**
 * Writes what a migration makes of a baseline as a snapshot: the expected state. The baseline is read twice: once to see
 * that it is sound, that the migration fits and which rules its chains then have; and once to write.
 */
import { randomInt } from 'node:crypto';
import { headerText, trailerText } from '../core/audit/envelope-text.ts';
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { RecipeBook, unusedKeyText } from '../core/custody/declared.ts';
import { EvidenceError } from '../core/errors.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import { Findings } from '../core/judge/findings.ts';
import { gravest } from '../core/kinds.ts';
import type { Migration } from '../core/migration/migration.ts';
import type { Hash } from '../core/platform.ts';
import { present } from '../core/present.ts';
import type { Finding, Verdict } from '../core/report/report.ts';
import { containerOf } from '../core/snapshot/endings.ts';
import { type ChainRules, chainRuleOf, type Depth, type SnapshotHeader } from '../core/snapshot/header.ts';
import { IdSet } from '../core/snapshot/id-set.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import type { Written } from '../files/write-whole-file.ts';
import type { CompareOptions } from './compare-options.ts';
import { MigratedBaseline, type MigrationDone } from './migrated-baseline.ts';
import type { MigrationMarks } from './migration-marks.ts';
import { nodeDigests } from './node-engines.ts';
import { FINDINGS_BYTES, nodePlatform } from './node-platform.ts';
import { toolName } from './run.ts';
import { digestFault } from './run-demands.ts';
import { Side } from './side.ts';
import { SnapshotText, writeChunks } from './write-snapshot.ts';

export type MigrateOptions = Pick<
  CompareOptions,
  'signal' | 'onProgress' | 'maxFindings' | 'chainKeys' | 'expectDigest'
>;

export interface Expectation {
  /** PASS: the baseline is sound, and the migration fits every record of it. */
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Record<string, number>>;
  /** What the rules did; null if nothing could be read. */
  readonly did: MigrationDone | null;
  /** What was written; null if nothing was to be, or nothing was. */
  readonly written: (Written & { readonly path: string; readonly depth: Depth }) | null;
}

/** Opens the baseline, and its migration, anew: rules note which of the records that they name have come. */
export interface Inputs {
  readonly source: () => Promise<EvidenceSource>;
  readonly migration: () => Promise<Migration>;
}

class Pass {
  readonly side: Side;
  readonly migrated: MigratedBaseline;
  readonly findings: Findings;
  readonly #options: MigrateOptions;
  readonly #recipes: RecipeBook;
  #interrupted = false;

  constructor(source: EvidenceSource, migration: Migration, options: MigrateOptions) {
    this.#options = options;
    this.findings = new Findings('append', options.maxFindings ?? 1000, FINDINGS_BYTES);
    const recipes = new RecipeBook(nodeDigests, options.chainKeys);
    this.#recipes = recipes;
    const { findings } = this;
    const ids = (): IdSet => new IdSet(randomInt(2 ** 32));
    const known = {
      excuse: (fault: Parameters<MigrationMarks['knownOfBaseline']>[0]) => this.migrated.marks.knownOfBaseline(fault),
    };
    this.side = new Side(source, { side: 'baseline', platform: nodePlatform, findings, ids: ids(), recipes, ...known });
    // Who asks for the expected state wants to see it, whoever has signed it.
    this.migrated = new MigratedBaseline(this.side, {
      ...{ migration, signed: true, findings, recipes, ids: ids() },
      isAlone: true,
    });
  }

  /** Canonical texts of the expected records. */
  async *records(depth: (header: SnapshotHeader) => Depth): AsyncGenerator<Uint8Array> {
    const bodies = await this.#open(depth);
    for (;;) {
      while (!this.#interrupted && !this.migrated.frame()) await this.#fill();
      if (this.#interrupted) break;
      this.migrated.decode();
      const { record } = this.migrated;
      if (record === undefined) break;
      this.migrated.audit?.append(record);
      yield this.migrated.canonical(bodies);
      this.migrated.take();
    }
    await this.#finish();
  }

  async #open(depth: (header: SnapshotHeader) => Depth): Promise<boolean> {
    await this.side.open();
    const { header } = this.side;
    this.side.startAudit((stream) => (header === undefined ? undefined : chainRuleOf(header.chains, stream)));
    this.migrated.start(header);
    if (this.side.isSummary) {
      const reason = 'a migration is made record by record, and a summary has none';
      this.side.reader.fail(new EvidenceError('proof-unavailable', reason));
    }
    return header !== undefined && depth(header) === 'full';
  }

  async #fill(): Promise<void> {
    await this.migrated.fill();
    const { signal, onProgress } = this.#options;
    this.#interrupted = signal?.aborted === true;
    const { bytesRead, bytesTotal, recordsTotal } = this.side.source;
    onProgress?.({ records: this.side.audit?.records ?? 0, bytesRead, bytesTotal, recordsTotal });
  }

  async #finish(): Promise<void> {
    await this.side.finish(this.#interrupted);
    const read = this.side.read();
    this.migrated.finish(read.complete);
    this.migrated.pending(read.summary, read.complete);
    if (this.#interrupted) {
      this.findings.add('both', { kind: 'interrupted', message: 'the run was interrupted before its end' });
    }
    for (const name of this.#recipes.unusedKeys) {
      this.findings.add('both', { kind: 'proof-unavailable', message: unusedKeyText(name) });
    }
    this.findings.conclude();
  }

  get summary(): SnapshotSummary {
    return this.migrated.summary(this.side.read().summary);
  }

  /** Binds it to the baseline that it was made for, and that to the digest that was demanded. */
  bind({ baseline }: Migration): void {
    const read = this.side.read();
    const { sha256 } = read;
    const fault = digestFault(read, this.#options.expectDigest);
    if (fault !== undefined) {
      this.findings.add('baseline', { kind: 'digest-mismatch', message: `baseline: ${fault}` });
    }
    if (sha256 === null || sha256 === baseline) return;
    const message = `migration: it was made for a baseline with the SHA-256 ${baseline}, this one has ${sha256}`;
    this.findings.add('baseline', { kind: 'subject-mismatch', message });
  }

  get verdict(): Verdict {
    const forced = gravest((verdict) => this.findings.has(verdict));
    if (forced !== undefined) return forced;
    if (!this.side.read().complete)
      throw new RangeError('the baseline was not read to its end, but no finding says so');
    return 'PASS';
  }

  async close(): Promise<void> {
    await this.migrated.close();
    await this.side.source.close();
  }
}

/** Stubs have digests in the place of their bodies: a snapshot of depth `full` would have to count them beforehand. */
function depthOf({ rules }: Migration): (header: SnapshotHeader) => Depth {
  const leavesStubs = rules.some(({ retire }) => retire?.leave === 'stubs');
  return ({ depth }) => (depth === 'full' && !leavesStubs ? 'full' : 'digest');
}

function expectedHeader(header: SnapshotHeader, depth: Depth, chains: ChainRules): Uint8Array {
  const { subject, capturedAt, digestOnly, nulls } = header;
  return headerText({
    depth,
    subject: jsonFrom(subject),
    ...(capturedAt === null ? {} : { capturedAt }),
    tool: toolName(),
    ...(digestOnly === undefined || depth !== 'full' ? {} : { digestOnly }),
    ...(chains.size === 0 ? {} : { chains: Object.fromEntries(chains) }),
    ...present({ nulls }),
  });
}

/** What was found when the baseline was read the first time: it is written as that. */
interface Looked {
  readonly chains: ChainRules;
  readonly sha256: Hash | null;
}

async function* chunksOf(
  pass: Pass,
  text: SnapshotText,
  { chains, sha256 }: Looked,
  depth: (header: SnapshotHeader) => Depth,
) {
  let begun = false;
  for await (const record of pass.records(depth)) {
    const { header } = pass.side;
    if (!begun && header !== undefined) text.header(expectedHeader(header, depth(header), chains));
    begun = true;
    text.record(record);
    if (text.isFull) yield text.take();
  }
  if (pass.verdict !== 'PASS' || !begun || pass.side.read().sha256 !== sha256) {
    throw new EvidenceError('input-changed', 'the baseline is not what it was when it was read the first time');
  }
  text.trailer(trailerText(pass.summary));
  yield text.take();
}

/**
 * What `migration` makes of a baseline; written to `path`, whole or not at all, if it is sound and the migration fits.
 *
 * @param path - undefined to look only
 * @throws ReportWriteError if it cannot be written, EvidenceError if the baseline changes meanwhile
 */
export async function migrateSource(
  { source, migration }: Inputs,
  path: string | undefined,
  options: MigrateOptions = {},
): Promise<Expectation> {
  const rules = await migration();
  const depth = depthOf(rules);
  const look = new Pass(await source(), rules, options);
  try {
    for await (const _ of look.records(depth));
    look.bind(rules);
  } finally {
    await look.close();
  }
  const { verdict, findings } = look;
  const did = look.side.header === undefined ? null : look.migrated.report(look.side.read().summary);
  const found = { findings: findings.list(), findingCounts: findings.counts };
  if (path === undefined || verdict !== 'PASS') return { verdict, did, ...found, written: null };
  const looked = { chains: look.migrated.statedChains(), sha256: look.side.read().sha256 };
  const write = new Pass(await source(), await migration(), options);
  try {
    const written = await writeChunks(path, chunksOf(write, new SnapshotText(containerOf(path)), looked, depth));
    const { header } = write.side;
    const of = header === undefined ? 'full' : depth(header);
    return { verdict, did, ...found, written: { ...written, path, depth: of } };
  } finally {
    await write.close();
  }
}

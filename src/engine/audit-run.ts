/** One source while it is read and audited by itself: what an audit and a capture have in common. */
import { randomInt } from 'node:crypto';
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { recipeNotes, wrongRecipeOf, wrongRecipeText } from '../core/custody/chain-tally.ts';
import { RecipeBook, unusedKeyText } from '../core/custody/declared.ts';
import { RECIPES } from '../core/custody/recipes.ts';
import type { EvidenceError } from '../core/errors.ts';
import { Findings } from '../core/judge/findings.ts';
import { type FailKind, type FindingKind, gravest } from '../core/kinds.ts';
import { type Hash, utf8 } from '../core/platform.ts';
import { type CountedBy, countByOf, countedBy } from '../core/report/count-by.ts';
import type { Finding, Verdict } from '../core/report/report.ts';
import { type RecipeChoice, takesBody } from '../core/snapshot/declared-recipe.ts';
import { type ChainRule, chainRuleOf, type Depth, type SnapshotHeader } from '../core/snapshot/header.ts';
import { IdSet } from '../core/snapshot/id-set.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import { type CleanLines, cleanLinesOf, type OnBatch } from './clean-lines.ts';
import type { CompareOptions } from './compare.ts';
import { batchEngineFor, nodeDigests } from './node-engines.ts';
import { FINDINGS_BYTES, nodePlatform } from './node-platform.ts';
import { Side } from './side.ts';
import type { SideReader } from './side-reader.ts';

export type AuditOptions = Pick<CompareOptions, 'signal' | 'onProgress' | 'maxFindings' | 'chainKeys'>;

export interface SnapshotAudit {
  readonly name: string;
  /** SHA-256 of the input's bytes; null if not all were read. */
  readonly sha256: Hash | null;
  readonly header: SnapshotHeader | null;
  /** The summary of the records; null if they could not be read to their end. */
  readonly summary: SnapshotSummary | null;
  /** Its records by the attributes that its header names, as the current side; null where that is not known. */
  readonly countBy?: readonly CountedBy[];
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Record<string, number>>;
  /** PASS: sound in itself, which says nothing about the past. */
  readonly verdict: Verdict;
  /** What the recipes of its chains leave open, each in words; nothing where there is nothing. */
  readonly notChecked?: readonly string[];
  /** A recipe that is probably wrong itself, in words: it gives none of the hashes of a stream. */
  readonly wrongRecipe?: string;
}

/** `work`, or undefined if `signal` comes first: a wait for bytes that never come cannot be broken off otherwise. */
function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T | undefined> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

export class AuditRun {
  readonly #side: Side;
  readonly #findings: Findings;
  readonly #recipes: RecipeBook;
  readonly #options: AuditOptions;
  readonly #ids: IdSet = new IdSet(randomInt(2 ** 32));
  readonly #onBatch: OnBatch | undefined;
  #clean: CleanLines | undefined;
  #finished = false;

  /** @param onBatch - is called with records that are taken many at once (see `takeMany`); by default none are */
  constructor(source: EvidenceSource, options: AuditOptions, onBatch?: OnBatch) {
    this.#options = options;
    this.#onBatch = onBatch;
    this.#findings = new Findings('append', options.maxFindings ?? 1000, FINDINGS_BYTES);
    this.#recipes = new RecipeBook(nodeDigests, options.chainKeys);
    this.#side = new Side(source, {
      side: 'current',
      isAlone: true,
      platform: nodePlatform,
      findings: this.#findings,
      ids: this.#ids,
      recipes: this.#recipes,
    });
  }

  get reader(): SideReader {
    return this.#side.reader;
  }

  /** Undefined if it could not be read. */
  get header(): SnapshotHeader | undefined {
    return this.#side.header;
  }

  /** False if the run was interrupted: then nothing but `finish` may be called. */
  async open(): Promise<boolean> {
    const { signal } = this.#options;
    await unlessAborted(signal, this.#side.open());
    if (signal?.aborted === true) return false;
    this.#start();
    return true;
  }

  #start(): void {
    const side = this.#side;
    const ruleOf = (stream: string): ChainRule | undefined =>
      this.header === undefined ? undefined : chainRuleOf(this.header.chains, stream);
    const countBy = countByOf(this.header?.subject ?? {});
    const mayTakeMany = this.#onBatch !== undefined && countBy.length === 0 && !side.isSummary;
    const engine = mayTakeMany ? batchEngineFor([side.source]) : undefined;
    const audit = side.startAudit(ruleOf, undefined, engine, countBy);
    if (engine !== undefined) this.#clean = cleanLinesOf(engine, side, audit, this.#ids, this.#onBatch);
  }

  /** Audits as many records as can be taken at once; none where they come one by one. */
  takeMany(): void {
    this.#clean?.take();
  }

  /** Waits for bytes; false if the run was interrupted. */
  async fill(): Promise<boolean> {
    const { signal, onProgress } = this.#options;
    await unlessAborted(signal, this.reader.fill());
    if (signal?.aborted === true) return false;
    const { bytesRead, bytesTotal, recordsTotal } = this.#side.source;
    onProgress?.({ records: this.#side.audit?.records ?? 0, bytesRead, bytesTotal, recordsTotal });
    return true;
  }

  /** Audits the record that is framed, which is then the reader's; false at the end. */
  step(): boolean {
    this.#side.decode();
    const { record } = this.reader;
    if (record !== undefined) this.#side.audit?.append(record);
    return record !== undefined;
  }

  /** Reads what is left, unless the run was interrupted; to be called once. */
  async finish(stopped: boolean): Promise<void> {
    this.#finished = true;
    const interrupted = stopped || this.#options.signal?.aborted === true;
    await this.#side.finish(interrupted);
    if (interrupted) {
      this.#findings.add('both', { kind: 'interrupted', message: 'the run was interrupted before its end' });
    }
    for (const name of this.#recipes.unusedKeys) {
      this.#findings.add('both', { kind: 'proof-unavailable', message: unusedKeyText(name) });
    }
  }

  /** Says that what was read could not be written down. */
  async failToWrite({ kind, message }: EvidenceError): Promise<void> {
    if (!this.#finished) await this.#side.finish(true);
    this.#finished = true;
    this.#findings.add('both', { kind, message });
  }

  /**
   * Whether a later run may take over what was read so far: nothing in it is unsound, and no hash was passed over for want of a
   * key, since a run that has the key would take it for recomputed.
   */
  get mayBeTakenOver(): boolean {
    return !this.#findings.has('FAIL') && (this.#side.audit?.tally.missingKeys.size ?? 0) === 0;
  }

  /** How many findings there are of `kind`. */
  countOf(kind: FindingKind): number {
    return this.#findings.countOf(kind);
  }

  /** The summary of the source; after `finish`. */
  conclude(): SnapshotAudit {
    this.#findings.conclude();
    const { header } = this.#side;
    const { name, sha256, summary, complete, audit } = this.#side.read();
    const wrong = audit === undefined ? undefined : wrongRecipeOf([audit.tally]);
    const attributes = countByOf(header?.subject ?? {});
    return {
      name,
      sha256,
      header: header ?? null,
      summary: complete ? summary : null,
      ...(attributes.length === 0
        ? {}
        : { countBy: countedBy(attributes, undefined, complete ? audit?.counted : undefined) }),
      findings: this.#findings.list(),
      findingCounts: this.#findings.counts,
      verdict: this.#verdict(complete),
      ...(audit === undefined ? {} : { notChecked: recipeNotes(audit.tally) }),
      ...(wrong === undefined ? {} : { wrongRecipe: wrongRecipeText(wrong) }),
    };
  }

  #verdict(complete: boolean): Verdict {
    return gravest((verdict) => this.#findings.has(verdict)) ?? (complete ? 'PASS' : 'INCOMPLETE');
  }
}

/* Reads one source by itself and recomputes everything: what `stats` and `roots-export` stand on. */

/**
 * Sees each record once it was audited; the record and the reader's views hold until the next one. A promise that it gives
 * is waited for.
 */
export type OnRecord = (record: EvidenceRecord, reader: SideReader) => unknown;

/** False if the run was interrupted. */
async function readRecords(run: AuditRun, onRecord: OnRecord | undefined): Promise<boolean> {
  if (!(await run.open())) return false;
  for (;;) {
    // Asked first without waiting: a record must not cost a promise.
    run.takeMany();
    while (!run.reader.frame()) if (!(await run.fill())) return false;
    if (!run.step()) return true;
    const { record } = run.reader;
    const wait = record === undefined ? undefined : onRecord?.(record, run.reader);
    if (wait instanceof Promise) await wait;
    run.reader.take();
  }
}

/**
 * Audits `source` and closes it.
 *
 * @param onRecord - sees each record as it comes by
 * @returns its summary, and every fault that it shows by itself
 * @throws RangeError or TypeError if the program itself is wrong
 */
export async function auditSource(
  source: EvidenceSource,
  options: AuditOptions = {},
  onRecord?: OnRecord,
): Promise<SnapshotAudit> {
  const run = new AuditRun(source, options, onRecord === undefined ? () => {} : undefined);
  try {
    await run.finish(!(await readRecords(run, onRecord)));
    return run.conclude();
  } finally {
    await source.close();
  }
}

/*
 * Which faults a snapshot no longer shows. A snapshot is made of what was recomputed: where that mends what was stated,
 * unsound evidence would come out sound, and a comparison with it could pass.
 */

const ANY_RECORD: EvidenceRecord = {
  tenant: 'a',
  stream: 'a',
  id: 'a',
  seq: 1,
  type: 'a',
  recordedAt: undefined,
  prev: null,
  hash: undefined,
  attrs: undefined,
  bodyDigest: `sha256:${'0'.repeat(64)}`,
  statedBodyDigest: undefined,
  body: undefined,
  leaf: '0'.repeat(64),
};

/** Whether a recipe gives hashes for records with a body only. */
function needsBody(recipe: RecipeChoice): boolean {
  if (typeof recipe !== 'string') return takesBody(recipe);
  const gives = (record: EvidenceRecord): boolean =>
    typeof RECIPES.get(recipe)?.expectedHash(nodePlatform, record) === 'string';
  return gives({ ...ANY_RECORD, body: utf8('null') }) && !gives(ANY_RECORD);
}

function recipesIn({ recipe, segments = [] }: ChainRule): readonly RecipeChoice[] {
  return [recipe, ...segments.map((segment) => segment.recipe)];
}

/**
 * The kinds of faults that a snapshot of a source with `header` does not show.
 *
 * @param of - `derives`: whether the source itself has rules for derived values, which no snapshot states; `reports`:
 *   whether it reports of faults that no record shows
 * @returns undefined if it shows none at all, since it has no records
 */
export function hiddenFaults(
  depth: Depth,
  { chains }: SnapshotHeader,
  of: { readonly derives?: boolean; readonly reports?: boolean } = {},
): ReadonlySet<FailKind> | undefined {
  if (depth === 'summary') return undefined;
  const { derives = false, reports = false } = of;
  const hidden = new Set<FailKind>(['manifest-mismatch']);
  if (derives) for (const kind of ['hash-mismatch', 'hash-missing'] as const) hidden.add(kind);
  if (reports) hidden.add('body-digest-mismatch');
  if (depth === 'full') return hidden;
  hidden.add('body-digest-mismatch');
  if ([...chains.values()].flatMap(recipesIn).some(needsBody)) hidden.add('hash-mismatch');
  return hidden;
}

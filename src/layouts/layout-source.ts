/**
 * A tree of files in a published layout as a source of evidence. All of it is read when it is opened, since records must
 * come in order; what is held of a record is its text, and there is a limit on how many.
 */
import { Buffer } from 'node:buffer';
import type { EvidenceSource, InputFault, ReportFault } from '../core/audit/evidence-source.ts';
import { EvidenceError, type Where } from '../core/errors.ts';
import { canonicalText } from '../core/json/canonical.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import { compareUtf8 } from '../core/json/utf8.ts';
import type { FindingKind } from '../core/kinds.ts';
import { type Hash, type Platform, portable } from '../core/platform.ts';
import type { PlainJson, SnapshotHeader } from '../core/snapshot/header.ts';
import { counted } from '../core/words.ts';
import type { Tree, TreeFile } from '../sources/tree/tree.ts';
import type { PublicKey } from '../trust/keys.ts';
import type { Layout, LayoutContents, LayoutRecord } from './layout.ts';
import { LayoutTree } from './layout-tree.ts';
import { type Recognised, recognised } from './registry.ts';

/** More records than this are refused: they are sorted in memory. */
const MOST_LAYOUT_RECORDS = 1_000_000;

export interface LayoutOptions {
  readonly platform?: Platform;
  /** Keys by which signatures in the layout are checked. */
  readonly keys?: readonly PublicKey[];
}

/** By tenant and stream, then by position or id: the order of a snapshot. */
function inOrder(a: LayoutRecord, b: LayoutRecord): number {
  const place = compareUtf8(a.tenant, b.tenant) || compareUtf8(a.stream, b.stream);
  if (place !== 0) return place;
  return a.seq !== undefined && b.seq !== undefined ? a.seq - b.seq : compareUtf8(a.id, b.id);
}

export class LayoutSource implements EvidenceSource {
  readonly #tree: Tree;
  readonly #known: Recognised | undefined;
  readonly #platform: Platform;
  /** By which signatures in it are checked. */
  readonly keys: readonly PublicKey[];
  #report: ReportFault | undefined;
  #files: LayoutTree | undefined;
  #records: readonly LayoutRecord[] = [];
  #at = -1;
  bytes: Uint8Array = new Uint8Array(0);
  readonly start = 0;
  /** What a layout states of itself its reader has checked: there are no counts or roots of ours in it. */
  readonly trailer = undefined;

  /**
   * @param tree - it is this source's from now on
   * @param known - its layout, where somebody says so; else it is recognised by the names of its files
   */
  constructor(tree: Tree, known?: Recognised, options: LayoutOptions = {}) {
    this.#tree = tree;
    this.#known = known;
    this.#platform = options.platform ?? portable;
    this.keys = options.keys ?? [];
  }

  get name(): string {
    return this.#tree.name;
  }

  get identity(): string | undefined {
    return this.#tree.identity;
  }

  get bytesRead(): number {
    return this.#tree.bytesRead;
  }

  /** Not known: it is read in as many passes as the layout asks for. */
  get bytesTotal(): null {
    return null;
  }

  get recordsTotal(): number | null {
    return this.#files === undefined ? null : this.#records.length;
  }

  get end(): number {
    return this.bytes.length;
  }

  reportFaults(report: ReportFault): void {
    this.#report = report;
  }

  /** The file that the record at hand was read from. */
  where(): Where {
    const record = this.#records[this.#at];
    if (record === undefined || this.#files === undefined) return { file: this.name };
    const { path, line } = record;
    return { file: this.#files.place(path), ...(line === undefined ? {} : { line }) };
  }

  #raise(fault: InputFault): void {
    const report = this.#report;
    if (report !== undefined) {
      report(fault);
      return;
    }
    // Whoever does not ask for faults must not take what has some for sound.
    throw new EvidenceError('source-incomplete', `the evidence is not sound: ${fault.kind}: ${fault.message}`);
  }

  /** What to do with files that are in no layout; before `open`. */
  adviceForOther: string | undefined;

  async open(): Promise<SnapshotHeader> {
    const listed = await this.#tree.list();
    const { layout, root } = this.#known ?? this.#recognised(listed);
    const files = new LayoutTree(this.#tree, root, listed, this.#platform);
    this.#files = files;
    const report = (kind: FindingKind, path: string, what: string, place: object = {}): void =>
      this.#raise({ kind, message: `${files.place(path)}: ${what}`, ...place });
    const contents = await layout.read(files, { platform: this.#platform, keys: this.keys, report });
    if (contents.records.length > MOST_LAYOUT_RECORDS) {
      const reason = `more than ${MOST_LAYOUT_RECORDS} records, which are sorted in memory`;
      throw new EvidenceError('input-limit', reason, { where: { file: this.name } });
    }
    if (contents.records.length === 0) {
      throw new EvidenceError('source-incomplete', `${layout.title} without any evidence in it`, {
        where: { file: this.name },
      });
    }
    if (this.keys.length > 0 && (contents.signaturesChecked ?? 0) === 0) {
      const what = `${layout.title} in which there is no signature that a key could be held against`;
      this.#raise({ kind: 'signature-missing', message: `${this.name}: ${what}` });
    }
    this.#records = this.#distinct([...contents.records].sort(inOrder));
    return {
      depth: 'digest',
      subject: this.#subject(layout, files, contents),
      capturedAt: null,
      tool: null,
      chains: new Map(),
    };
  }

  #recognised(listed: readonly TreeFile[]): Recognised {
    const found = recognised(
      this.name,
      listed.map(({ path }) => path),
    );
    if (found !== undefined) return found;
    const reason = `holds ${counted(listed.length, 'file that is', 'files that are')} in no layout which is known here`;
    const advice = this.adviceForOther ?? 'say by a profile how its files become records';
    throw new EvidenceError('unsupported-version', reason, { where: { file: this.name }, advice });
  }

  /** What comes twice is reported here, where both files are known, and read once. */
  #distinct(sorted: readonly LayoutRecord[]): readonly LayoutRecord[] {
    return sorted.filter((record, at) => {
      const before = sorted[at - 1];
      if (before === undefined || inOrder(before, record) !== 0) return true;
      const { tenant, stream, id } = record;
      const message = `${this.#shown(record)}: ${id} is in ${this.#shown(before)} already`;
      this.#raise({ kind: 'duplicate-id', message, tenant, stream, id });
      return false;
    });
  }

  #shown({ path, line }: LayoutRecord): string {
    return `${this.#files?.place(path)}${line === undefined ? '' : `, line ${line}`}`;
  }

  #subject(
    { id }: Layout,
    files: LayoutTree,
    { subject, signaturesChecked, notChecked }: LayoutContents,
  ): Record<string, PlainJson> {
    const read = { files: files.files.size, bytes: files.bytes };
    const signed = this.keys.length > 0 && signaturesChecked !== undefined ? { signaturesChecked } : {};
    return { layout: id, ...read, ...subject, ...signed, ...(notChecked.length === 0 ? {} : { notChecked }) };
  }

  next(): 'record' | 'end' {
    if (this.#at >= this.#records.length) return 'end';
    const record = this.#records[++this.#at];
    if (record === undefined) return 'end';
    const { path: _, line: __, ...members } = record;
    this.bytes = Buffer.from(canonicalText(jsonFrom(members)));
    return 'record';
  }

  async fill(): Promise<void> {}

  async finish(): Promise<Hash | null> {
    return this.#tree.finish();
  }

  async close(): Promise<void> {
    await this.#tree.close();
  }
}

/** What a layout is: how it is known, and how its files become records. One file each; registry.ts lists them. */
import type { InputFault } from '../core/audit/evidence-source.ts';
import type { FindingKind } from '../core/kinds.ts';
import type { Platform } from '../core/platform.ts';
import type { PlainJson } from '../core/snapshot/header.ts';
import type { PublicKey } from '../trust/keys.ts';
import type { LayoutTree } from './layout-tree.ts';

/** The name of a layout, as a profile gives it. */
export type LayoutId =
  | 'oci'
  | 'in-toto'
  | 'sigstore'
  | 'archivista'
  | 'tlog-tiles'
  | 'bagit'
  | 'stella-export'
  | 'stella-sealed'
  | 'stella-vex';

/** A record of a layout: bodies are seen by their digest. */
export interface LayoutRecord {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
  readonly seq?: number;
  readonly type: string;
  /** A link that is no content: what the record belongs to. */
  readonly hash?: string;
  /** `sha256:` and the digest of the bytes, as `sha256sum` gives it. */
  readonly bodyDigest: string;
  readonly attrs?: Readonly<Record<string, string>>;
  /** The file that it was read from, and the line in it. */
  readonly path: string;
  readonly line?: number;
}

/** What a reader has found; the faults it reports itself. */
export interface LayoutContents {
  readonly records: readonly LayoutRecord[];
  /** What was read, for the header: it need not be sorted. */
  readonly subject: Readonly<Record<string, PlainJson>>;
  /** How many signatures were checked, where keys were given; undefined where the layout has none that can be. */
  readonly signaturesChecked?: number;
  /** What the reader could not check, each as a phrase behind "not checked:". */
  readonly notChecked: readonly string[];
}

/** What a reader works with. */
export interface LayoutTools {
  readonly platform: Platform;
  /** The keys by which signatures are checked; none: they are not. */
  readonly keys: readonly PublicKey[];
  /**
   * Reports a fault of the evidence.
   *
   * @param path - the file, from the top of the layout
   */
  readonly report: (
    kind: FindingKind,
    path: string,
    what: string,
    place?: Omit<InputFault, 'kind' | 'message'>,
  ) => void;
}

export interface Layout {
  readonly id: LayoutId;
  /** What it is, with its article: `an OCI image layout`. */
  readonly title: string;
  /** What knows it, in words, for the page of the layouts. */
  readonly knownBy: string;
  /** Whether it is known by the names of single files alone, which other layouts hold as well: they go first. */
  readonly generic?: true;
  /** Whether files of these paths are of this layout, be it a damaged one: then the damage is reported, and not that it is unknown. */
  readonly recognises: (paths: ReadonlySet<string>) => boolean;
  /** @throws EvidenceError if it cannot be read */
  readonly read: (tree: LayoutTree, tools: LayoutTools) => Promise<LayoutContents>;
}

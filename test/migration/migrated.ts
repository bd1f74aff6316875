/** Comparisons under a migration, in memory: stores as plain values, rules as they stand in a file. */
import { createHash } from 'node:crypto';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { type CompareOptions, compareSources } from '../../src/engine/compare.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { type GivenMigration, underMigration } from '../../src/engine/run-migration.ts';
import { parseMigration } from '../../src/wire/migration.ts';
import { sourceOf } from '../in-memory.ts';
import { ndjson, type PlainRecord, type TextOptions } from '../store.ts';

export interface Written {
  readonly rules?: readonly object[];
  readonly known?: readonly object[];
  /** In place of the digest of the baseline. */
  readonly baseline?: string;
}

export interface Setting {
  /** Files that the rules name, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether a trusted key has signed it. */
  readonly signed?: boolean;
  readonly before?: TextOptions;
  readonly after?: TextOptions;
  readonly options?: CompareOptions;
  /** Whether every record is made the simple way. */
  readonly simply?: boolean;
  /** Sides that are in the JSON container, a record on each line. */
  readonly inJson?: readonly ('before' | 'after')[];
  /** What is made of the canonical text of a side: its records in other spellings. */
  readonly spell?: (side: 'before' | 'after', text: string) => string;
}

function asJson(lines: string): string {
  const [header = '', ...others] = lines.trimEnd().split('\n');
  const trailer = others.pop() ?? '';
  return `${header.slice(0, -1)},"records":[\n${others.join(',\n')}\n],"trailer":${trailer}}\n`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A file as a rule names it. */
export function named(file: string, text: string): object {
  return { file, sha256: digestOf(text), count: text.trimEnd().split('\n').length - 1 };
}

const SIGNATURE = { keys: [{ sha256: '0'.repeat(64), algorithm: 'ed25519' }], signedAt: '2027-03-01T10:00:00Z' };

/** The migration as `openMigration` gives it, of a file of this text. */
function given(text: string, { files = {}, signed = false, simply = false }: Setting): GivenMigration {
  const read = (name: string): Uint8Array => new TextEncoder().encode(files[name] ?? '');
  const migration = parseMigration(nodePlatform, new TextEncoder().encode(text), read);
  const signature = signed ? SIGNATURE : null;
  return { asked: 'migration.json', sha256: digestOf(text), migration, faults: [], signature, notes: [], simply };
}

/** Compares `after` with what the rules make of `before`. */
export async function compareMigrated(
  before: readonly PlainRecord[],
  after: readonly PlainRecord[],
  { rules = [], known = [], baseline }: Written,
  setting: Setting = {},
): Promise<ContinuityReport> {
  const textOf = (side: 'before' | 'after', records: readonly PlainRecord[]): string => {
    const canonical = ndjson(records, setting[side]);
    const lines = setting.spell?.(side, canonical) ?? canonical;
    return setting.inJson?.includes(side) === true ? asJson(lines) : lines;
  };
  const was = textOf('before', before);
  const form = { kind: 'evidence-migration', version: 1, upgrade: 'u', from: '1', to: '2' };
  const text = JSON.stringify({ ...form, baseline: baseline ?? digestOf(was), rules, known });
  const migration = underMigration(given(text, setting));
  return compareSources(sourceOf(was), sourceOf(textOf('after', after)), setting.options ?? {}, { migration });
}

/**
 * Whether what lies in the place of an output is an earlier one of its kind: that is replaced, since whoever runs a command
 * again means that. Anything else is somebody's file, a key, a policy or a baseline, and a name typed wrongly.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { gunzipSync, constants as zlib } from 'node:zlib';
import { codeOf } from '../core/errors.ts';

/** So much is looked at of either end of a file: an output says in its first lines what it is, a PDF near its end. */
const LOOKED_AT_BYTES = 64 * 1024;

interface Kind {
  /** `a` or `an`, and what it is called. */
  readonly name: string;
  /** How one of them begins, in any of its formats. */
  readonly begins: readonly RegExp[];
  /** Whether it is drawn as a PDF, too. */
  readonly pdf?: boolean;
}

/** A document in JSON of ours says first what it is. */
const document = (kinds: string): RegExp => new RegExp(`^\\{\\s*"kind":\\s*"(?:${kinds})"`);
const VERDICT = '(?:PASS|FAIL|INCOMPLETE|UNTRUSTED)';
const HEADLINE = new RegExp(`^${VERDICT}: `);

const REPORT: Kind = {
  name: 'a report of a comparison',
  begins: [
    HEADLINE,
    document('evidence-continuity-(?:report|summary)'),
    new RegExp(`^### ${VERDICT}`),
    new RegExp(`^<!DOCTYPE html>[\\s\\S]*<title>${VERDICT}: evidence continuity report</title>`),
    /^<\?xml [\s\S]*<testsuite [^>]*package="evidence-diff"/,
  ],
  pdf: true,
};

/** What verbs write, by what each of them calls it. */
const KINDS = {
  report: REPORT,
  // Its lines are like those of many a list: it is one only where one is to be written.
  brief: { ...REPORT, begins: [...REPORT.begins, /^(?:(?:[-+~*!] \S+ \S.*|# .*)\n)+$/] },
  audit: { name: 'an audit report', begins: [HEADLINE, document('evidence-audit-report')], pdf: true },
  check: { name: 'a verification of a bundle', begins: [HEADLINE, document('evidence-bundle-verification')] },
  decision: {
    name: 'a decision of a gate',
    begins: [/^(?:proceed|rollback|unknown|pause|investigate): /, document('evidence-gate-decision')],
  },
  // The header of a snapshot is in the order of its names, and of any length.
  snapshot: {
    name: 'a snapshot',
    begins: [/^\{"canonical":"/, /^\s*\{[^{]*"kind"\s*:\s*"evidence-snapshot"/],
  },
  roots: { name: 'a file of roots', begins: [/^global root /, document('evidence-roots')] },
  stats: { name: 'a file of counts', begins: [/^records \d/, document('evidence-stats')] },
  schema: { name: 'a JSON Schema of evidence-diff', begins: [/^\{\s*(?:"[\w-]+":\s*\{\s*)?"title":\s*"Evidence /] },
  metrics: { name: 'a file of metrics', begins: [/^# HELP evidence_/] },
  attestation: {
    name: 'a Sigstore bundle',
    begins: [/^\{\s*"mediaType":\s*"application\/vnd\.dev\.sigstore\.bundle/],
  },
  proof: { name: 'a proof', begins: [document('evidence-proof'), /^c2sp\.org\/tlog-proof@/] },
  index: { name: 'a digest index', begins: [/^evidence-digest-index v/] },
  held: { name: 'the name of a held snapshot', begins: [/^[0-9A-F]{8}-[0-9A-F]{8}-\d+@\d{4}-[^\n]*\n?$/] },
} satisfies Readonly<Record<string, Kind>>;

/** What an option writes. */
export type OutputKind = keyof typeof KINDS;

function unpacked(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: 16 * LOOKED_AT_BYTES });
  } catch {
    return bytes;
  }
}

function bytesAt(file: number, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, at));
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function isOf({ begins, pdf = false }: Kind, file: number, size: number): boolean {
  const first = bytesAt(file, 0, Math.min(size, LOOKED_AT_BYTES));
  if (pdf && textOf(first.subarray(0, 5)) === '%PDF-') {
    const last = bytesAt(file, Math.max(0, size - LOOKED_AT_BYTES), LOOKED_AT_BYTES);
    return textOf(last).includes('evidence-diff/');
  }
  const whole = textOf(unpacked(first));
  // What is looked at may end within a line.
  const text = size > first.length ? whole.slice(0, whole.lastIndexOf('\n') + 1) || whole : whole;
  return begins.some((pattern) => pattern.test(text));
}

/**
 * What speaks against replacing `path`, in words that go on from its name; undefined if nothing does. An empty file is
 * nothing that could be lost, and a link is followed: what it leads to says what is meant by its name.
 *
 * @param kind - what is to be written
 */
export function faultOfReplacing(path: string, kind: OutputKind): string | undefined {
  const { name } = KINDS[kind];
  let file: number;
  try {
    // Not blocking: opening a pipe that nobody writes to would wait for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (fault) {
    // Nothing there, or nothing that could be opened in any case: whoever opens the output says what is wrong with that.
    if (codeOf(fault) !== 'EACCES') return undefined;
    return `is there, and cannot be read to see that it is ${name}: remove it, or give another name`;
  }
  try {
    const status = fstatSync(file);
    if (!status.isFile() || status.size === 0 || isOf(KINDS[kind], file, status.size)) return undefined;
    return `is there, and is not ${name} of evidence-diff, so it is not replaced: remove it, or give another name`;
  } finally {
    closeSync(file);
  }
}

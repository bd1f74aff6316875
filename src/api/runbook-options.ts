/** The options of the gate and of the journal, as options.ts has those of everything else. */
import { momentOf } from '../core/instant.ts';
import {
  flag,
  listOf,
  mapOfSome,
  nested,
  numberWithin,
  type OptionTable,
  sha256,
  spanSeconds,
  text,
  textLike,
  textMembers,
  wholeNumber,
} from '../core/options.ts';
import type { Hash } from '../core/platform.ts';
import { FIGURES, type Figure } from '../runbook/cutover/limits.ts';
import type { ServerAccess } from '../runbook/cutover/metrics-server.ts';
import { isAhead, MOST_FILES, MOST_NAME_LENGTH, MOST_NOTE_LENGTH, STEP, TYPE } from '../wire/journal-entry.ts';

/** Where figures are found. */
export type FigureTexts = { readonly [Name in Figure]?: string | undefined };

/** What a gate reads, and what it holds it against. */
export interface GateOptions extends ServerAccess {
  /** Path of a continuity report as JSON. */
  readonly report: string;
  /** A Prometheus server: where its API begins, `https://host:port`. */
  readonly metricsUrl?: string;
  /** In its place: paths of metrics in the text exposition format, whose series are taken together. */
  readonly metricsFiles?: readonly string[];
  /** The digest that the baseline of the report must have had: 64 hexadecimal digits, or `sha256:` and them. */
  readonly expectDigest?: Hash;
  /** Members of the subject of both sides, and the texts that they must have. */
  readonly expectSubject?: Readonly<Record<string, string>>;
  /** Paths of public keys in PEM, of which one must have signed the baseline, and the migration if there is one. */
  readonly trustedKeys?: readonly string[];
  /** Path of a signed verdict: it must be of this very report, by one of `verdictKeys`. */
  readonly verdict?: string;
  /** Paths of public keys in PEM that may have signed the verdict; default: `trustedKeys`. */
  readonly verdictKeys?: readonly string[];
  /** Paths of certificates in PEM: an authority (RFC 3161) must have stamped the verdict, and the comparison the baseline's time. */
  readonly tsaCertificates?: readonly string[];
  /** What the signed verdict must be about as well: SHA-256 by name. */
  readonly expectArtifacts?: Readonly<Record<string, Hash>>;
  /** Of `observation`: when it began, RFC 3339. */
  readonly observedSince?: string;
  /** Of `post-migration`: takes a report that lets evidence be added, as after a rollback. */
  readonly acceptGrowth?: boolean;
  /** Takes a report of any store; without it and `expectSubject` the report is `unknown`. */
  readonly acceptAnyStore?: boolean;
  /** Takes a report with any baseline; without it and `expectDigest` the report is `unknown`. */
  readonly acceptAnyBaseline?: boolean;
  /** Failed requests of all, as a ratio from 0 to 1; more is `pause`. Default 0.01. */
  readonly maxErrorRate?: number;
  /** 99th percentile of the latency, in seconds; more is `investigate`. Default 5. */
  readonly maxP99LatencySeconds?: number;
  /** More is `rollback`. Default 0. */
  readonly maxEvidenceFailures?: number;
  /** Of the last verification, in seconds; older is `unknown`. Default 3600, of `pre-upgrade` 86400. */
  readonly maxReportAgeSeconds?: number;
  /** Of samples and files of metrics, in seconds; older is `unknown`. Default 300. */
  readonly maxMetricsAgeSeconds?: number;
  /** PromQL for figures, in place of that of docs/gates.md. */
  readonly queries?: FigureTexts;
  /** Series of figures in files, likewise. */
  readonly samples?: FigureTexts;
}

const FIGURE_TEXTS = Object.fromEntries(FIGURES.map((figure) => [figure, text])) as OptionTable<FigureTexts>;

const ACCESS_OPTIONS = {
  timeoutSeconds: spanSeconds,
  bearerToken: text,
  allowPlaintext: flag,
} satisfies OptionTable<ServerAccess>;

export const GATE_OPTIONS = {
  ...ACCESS_OPTIONS,
  report: text,
  metricsUrl: text,
  metricsFiles: listOf(text),
  expectDigest: sha256,
  expectSubject: textMembers,
  trustedKeys: listOf(text),
  verdict: text,
  verdictKeys: listOf(text),
  tsaCertificates: listOf(text),
  expectArtifacts: mapOfSome(sha256),
  observedSince: textLike((value) => momentOf(value) !== undefined, 'an RFC 3339 time, as 2027-03-01T10:00:00Z'),
  acceptGrowth: flag,
  acceptAnyStore: flag,
  acceptAnyBaseline: flag,
  maxErrorRate: numberWithin(0, 1),
  maxP99LatencySeconds: spanSeconds,
  maxEvidenceFailures: wholeNumber(0),
  maxReportAgeSeconds: wholeNumber(1),
  maxMetricsAgeSeconds: wholeNumber(1),
  queries: nested<FigureTexts>(FIGURE_TEXTS),
  samples: nested<FigureTexts>(FIGURE_TEXTS),
} satisfies OptionTable<GateOptions>;

/** How a journal is looked at. */
export interface JournalOptions {
  /** A head that was noted earlier, 64 hexadecimal digits: it must still be in the chain. */
  readonly expectHead?: Hash;
}

/** What is appended to a journal. */
export interface JournalEntryOptions extends JournalOptions {
  /** The step of the runbook: `12`, `R3`. */
  readonly step: string;
  /** What it is: `step`, `approval`, `hand-off`, `decision`, … */
  readonly type: string;
  /** Which upgrade the journal is of; needed for its first entry. */
  readonly upgrade?: string;
  /** Who it was, by their own word. */
  readonly actor?: string;
  /** Free text. It stays for ever, as it is: no password belongs into it. */
  readonly note?: string;
  /** Paths of files of which digest and size are entered; at most 100. */
  readonly files?: readonly string[];
  /** When it happened, if not now: RFC 3339. */
  readonly at?: string;
  /** Whether an unfinished last line is cut off, once a copy of it was kept beside the journal. */
  readonly repairTornLine?: boolean;
}

export const JOURNAL_OPTIONS = {
  expectHead: textLike((value) => /^[0-9a-f]{64}$/.test(value), 'a head: 64 lower-case hexadecimal digits'),
} satisfies OptionTable<JournalOptions>;

const ofLength = (most: number) =>
  textLike(
    (value) => value !== '' && value.length <= most && !/\p{Cs}/u.test(value),
    `a string of at most ${most} characters that is not empty`,
  );
const files = listOf(text);

export const JOURNAL_ENTRY_OPTIONS = {
  ...JOURNAL_OPTIONS,
  step: textLike((value) => STEP.test(value), 'the name of a step: letters, digits, dots and dashes, at most 32'),
  type: textLike((value) => TYPE.test(value), 'a type: lower-case letters, digits, dots and dashes, at most 64'),
  upgrade: ofLength(MOST_NAME_LENGTH),
  actor: ofLength(MOST_NAME_LENGTH),
  note: ofLength(MOST_NOTE_LENGTH),
  files: (value, place) => {
    const paths = files(value, place);
    if (paths.length > MOST_FILES) throw new TypeError(`${place} must be a list of at most ${MOST_FILES} paths`);
    return paths;
  },
  at: textLike(
    (value) => momentOf(value) !== undefined && !isAhead(value, Date.now()),
    'date, time and offset of what has happened: 2027-03-01T10:00:00Z',
  ),
  repairTornLine: flag,
} satisfies OptionTable<JournalEntryOptions>;

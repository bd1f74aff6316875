/** What to do now: for whoever reads the report in the middle of a change window. */
import { classOf, FINDING_KINDS, type FindingKind } from '../core/kinds.ts';
import { isDraftName } from '../core/migration/draft-names.ts';
import { isUnlooked } from '../core/report/demands.ts';
import { doneBy, partFinding, unbelieved } from '../core/report/headline.ts';
import type { ContinuityReport, Verdict } from '../core/report/report.ts';
import { counted, grouped } from './facts.ts';
import { isOfShards, shellWord } from './repeat.ts';

/**
 * What a PASS says of the records of the baseline.
 *
 * @param side - what the current side is called, e.g. `the current side`
 * @returns one sentence; under a migration with how many records it was for, by what it did to them
 */
export function heldSentence({ migration }: Pick<ContinuityReport, 'migration'>, side: string): string {
  if (migration === null) return `Every record of the baseline is in ${side}, unchanged and in its place.`;
  const [first, ...others] = doneBy(migration);
  const list =
    first === undefined
      ? 'no record was for it to change'
      : [
          `${counted(first.records, 'record')} ${first.what}`,
          ...others.map(({ records, what }) => `${grouped(records)} ${what}`),
        ].join(', ');
  const what = `holds exactly what the migration makes of the baseline: ${list}; everything else of it is unchanged.`;
  return `${side.slice(0, 1).toUpperCase()}${side.slice(1)} ${what}`;
}

const PASS_STEPS = (report: ContinuityReport): readonly string[] => [
  `Go on. ${heldSentence(report, 'the current side')} ${
    report.totals.added === 0 ? 'Nothing was added.' : 'What was added is counted above.'
  }`,
  isOfShards(report)
    ? 'Keep this report with the two inputs, and with the reports that it was merged from: they have the sha256 of each shard.'
    : 'Keep this report with the two inputs: their sha256 above tie it to them.',
  `This does not say that the baseline itself was complete or true, nor anything of evidence that neither side holds${
    report.notChecked.length === 0 ? '' : ': see "Not checked"'
  }.`,
];

const STEPS: Readonly<Record<Exclude<Verdict, 'PASS' | 'UNTRUSTED'>, readonly string[]>> = {
  FAIL: [
    'Do not go on. Keep both inputs and this report as they are, and let nothing more be written to the store.',
    'If the current side is live, capture it once more to a new file, so that the state that failed is kept.',
  ],
  INCOMPLETE: [
    'This is not a PASS: something could not be read or checked. Mend what is named here, then repeat the same command.',
  ],
};

/** Where to get what cannot be believed. */
const BELIEVABLE = {
  baseline:
    'Get the baseline that was pinned before the upgrade from where it was stored, and repeat the same command with it.',
  'current side':
    'Find out who wrote the current side and with which key, or get it again from where it was made; then repeat the same command with it.',
  migration:
    'Get the migration that was approved, with its signature in the file beside it (.dsse.json), from who signed it, or have it read and signed (`sign`); then repeat the same command.',
} as const;

function untrustedSteps({ findings }: ContinuityReport): readonly string[] {
  const which = unbelieved(findings);
  return [
    `Do not go on, and do not judge by this comparison: the ${which.join(' and the ')} cannot be believed.`,
    ...which.map((one) => BELIEVABLE[one]),
  ];
}

const UNLOOKED: readonly string[] = [
  'This is not a PASS: the baseline could not be read, so nothing that was demanded of it could be checked. Mend what is named here, then repeat the same command.',
];

/** Whether it was made under a migration that nobody has declared yet. */
function isOfDraft({ migration }: ContinuityReport): boolean {
  return [migration?.upgrade, migration?.from, migration?.to].some((name) => isDraftName(name ?? ''));
}

function draftSteps({ migration }: ContinuityReport): readonly string[] {
  const file = shellWord(migration?.name ?? '');
  return [
    'Nothing is proven: the migration is a draft. Made of what changed, it fits whatever that was.',
    `Read it: \`--details\` says what each rule does, \`why\` in ${file} of how many records it is made and what it does not explain. Keep what the upgrade was meant to change, and take out the rest.`,
    `Write into ${file} what \`upgrade\`, \`from\` and \`to\` are, in place of DRAFT.`,
    `Have it signed by whoever approves the upgrade: \`evidence-diff sign ${file} --key approver.key\`. Then repeat the same command with \`--trusted-key approver.key.pub\`; the baseline has to be signed by that key, too.`,
  ];
}

/** Whether the baseline could not be read, which is why it cannot be believed: no other baseline would help. */
function isUnread({ demands, findingCounts, mode }: ContinuityReport): boolean {
  const kinds = Object.keys(findingCounts) as FindingKind[];
  return isUnlooked(demands) && kinds.some((kind) => classOf(kind, mode) === 'INCOMPLETE');
}

/** Whether it is of one shard, in which nothing was found and nothing was left undone. */
function isSoundPart({ shard, verdict, findingCounts, mode }: ContinuityReport): boolean {
  if (shard === undefined || verdict !== 'INCOMPLETE') return false;
  const { kind: own } = partFinding(shard);
  const open = (Object.keys(findingCounts) as FindingKind[]).filter((kind) => classOf(kind, mode) === 'INCOMPLETE');
  return open.every((kind) => kind === own) && findingCounts[own] === 1;
}

const PART_STEPS: readonly string[] = [
  'This is not a PASS: one shard proves nothing. Keep its report as JSON; when every shard has one, join them: `evidence-diff merge REPORT… --output report.json`.',
];

function stepsOf(report: ContinuityReport): readonly string[] {
  const { verdict } = report;
  if (isSoundPart(report)) return PART_STEPS;
  if (verdict === 'PASS') return PASS_STEPS(report);
  if (verdict === 'INCOMPLETE' && isOfDraft(report)) return draftSteps(report);
  if (verdict === 'UNTRUSTED') return isUnread(report) ? UNLOOKED : untrustedSteps(report);
  return STEPS[verdict];
}

const OLD_FAULTS =
  'What was already in the baseline did not come with the upgrade. Once it is understood, list each such fault as `known` in a ' +
  'signed migration: it then forces no verdict (docs/migration.md).';

/** Causes before consequences: once the first is explained, those after it usually are too. */
const FIRST: readonly FindingKind[] = [
  'tenant-missing',
  'stream-missing',
  'record-missing',
  'chain-truncated',
  'record-modified',
  'chain-rewritten',
  'record-inserted-in-history',
  'duplicate-id',
  'record-moved',
  'record-reordered',
  'chain-fork',
  'chain-break',
  'record-relinked',
];

const ADVICE: ReadonlyMap<FindingKind, string> = new Map<FindingKind, string>([
  [
    'tenant-missing',
    'tenant-missing: see whether the capture left the tenant out (rights, filters) before the store did.',
  ],
  ['stream-missing', 'stream-missing: see whether the stream was renamed or left out of the capture.'],
  [
    'duplicate-id',
    'duplicate-id: if many ids come twice, the id of the profile may not be the key of the table: name all its columns, e.g. "id": ["a", "b"].',
  ],
  [
    'record-added',
    'record-added: nothing may be written in frozen mode. Find the writer, or use --mode append if growth is meant.',
  ],
  [
    'tenant-added',
    'tenant-added: nothing may be added in frozen mode. Find the writer, or use --mode append if growth is meant.',
  ],
  [
    'manifest-mismatch',
    'manifest-mismatch: a snapshot contradicts itself: it was edited or badly written after its capture.',
  ],
  [
    'chain-rewritten',
    'chain-rewritten: a history with fresh links verifies by itself. Whoever made it could write all of it.',
  ],
  [
    'input-malformed',
    'input-malformed: where the finding says what the file is, do as it says; else fetch or capture it again. Nothing after the place named was judged.',
  ],
  [
    'input-truncated',
    'input-truncated: the file has no end: the copy or the capture broke off. Copy or capture it again.',
  ],
  [
    'input-changed',
    'input-changed: the file changed while it was read. Wait until its writer is done, or compare a copy.',
  ],
  ['input-limit', 'input-limit: the input goes beyond a limit of the reader, which the finding names.'],
  [
    'schema-violation',
    'schema-violation: where the finding says what the file is, do as it says. `evidence-diff schema` prints what a snapshot is.',
  ],
  [
    'unsupported-version',
    'unsupported-version: no snapshot, or one of another version of the format. Where the finding says what it is, do as it says; else use the release that reads both.',
  ],
  [
    'empty-baseline',
    'empty-baseline: no records before the upgrade prove nothing. Capture the baseline again, with the rights to see them.',
  ],
  [
    'empty-current',
    'empty-current: no records now. Nothing was compared: see whether the capture may see them (row level security).',
  ],
  [
    'proof-unavailable',
    'proof-unavailable: a summary cannot prove this. Compare with a baseline of depth digest or full.',
  ],
  ['interrupted', 'interrupted: the comparison was stopped before its end. Repeat it.'],
  [
    'key-untrusted',
    'key-untrusted: where the finding says that a key or certificate is not there or is none, mend its path (--trusted-key, --tsa-certificate): another baseline helps nothing. Else find out who signed the baseline, and by which key it should be.',
  ],
  [
    'digest-mismatch',
    'digest-mismatch: the file is not the one whose digest was given. Check the digest, then the path, then who could write it.',
  ],
  [
    'same-input',
    'same-input: both arguments lead to one file. Give the other one; --allow-same is for trying things out.',
  ],
  [
    'baseline-stale',
    'baseline-stale: if both times are right, swap the two arguments; --allow-later-baseline is for a side that was restored.',
  ],
  [
    'subject-mismatch',
    'subject-mismatch: the baseline is not of what was demanded, or not the one that the migration was made for. Check the demand, and that the right files were given.',
  ],
]);

/**
 * What to do after `report`: for its verdict first, then for each kind of finding that has advice.
 *
 * @returns one sentence or two for each step, in order
 */
export function nextSteps(report: ContinuityReport): readonly string[] {
  if (report.verdict === 'PASS') return stepsOf(report);
  const seen = (kind: FindingKind): boolean => (report.findingCounts[kind] ?? 0) > 0;
  const steps = [...stepsOf(report)];
  if (report.findings.some(({ alreadyInBaseline, class: forced }) => alreadyInBaseline === true && forced === 'FAIL'))
    steps.push(OLD_FAULTS);
  const first = FIRST.filter(seen);
  if (first.length > 0)
    steps.push(`Look at these first, the rest usually follows from them: ${first.slice(0, 3).join(', ')}.`);
  const { mode, findingCounts, verdict } = report;
  const unread = verdict === 'UNTRUSTED' && isUnread(report);
  // What the first steps have said already.
  const isSaid = (kind: FindingKind): boolean =>
    (unread && classOf(kind, mode) === 'UNTRUSTED') ||
    (kind === 'schema-violation' && findingCounts[kind] === 1 && verdict === 'INCOMPLETE' && isOfDraft(report));
  const counts = Object.entries(findingCounts).filter(([kind]) => !isSaid(kind as FindingKind));
  return [...steps, ...adviceOn({ mode, findingCounts: Object.fromEntries(counts) })];
}

/**
 * What to do about the kinds of findings that came.
 *
 * @returns a sentence or two for each kind that has advice, in the order of the kinds
 */
export function adviceOn({ mode, findingCounts }: Pick<ContinuityReport, 'mode' | 'findingCounts'>): readonly string[] {
  const meant = (kind: FindingKind): boolean =>
    mode === 'append' && (kind === 'record-added' || kind === 'tenant-added');
  return FINDING_KINDS.flatMap((kind) => {
    const advice = (findingCounts[kind] ?? 0) > 0 && !meant(kind) ? ADVICE.get(kind) : undefined;
    return advice === undefined ? [] : [advice];
  });
}

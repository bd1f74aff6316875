/**
 * The gates of the runbook and what each demands, once: the code, the help and docs/gates.md have it from here.
 */
import type { InputName } from './judge-inputs.ts';

export interface GateDefinition {
  /** Steps of the runbook behind which it stands. */
  readonly steps: string;
  /** What it answers, as a question. */
  readonly question: string;
  /** What is judged, in this order. */
  readonly inputs: readonly InputName[];
  /** The report's age that is too old, in seconds, where nobody says another. */
  readonly maxReportAgeSeconds: number;
  /** Whether the report must be one of mode frozen: nobody may have written meanwhile. */
  readonly frozen: boolean;
  /** Whether the baseline must have been signed by a key that is demanded. */
  readonly signedBaseline: boolean;
  /** How long the new version must have been observed before the signed verdict, in seconds. */
  readonly observedSeconds?: number;
}

const HOUR = 3600;
const METRICS = ['verification', 'evidence-failures', 'last-verification', 'error-rate', 'p99-latency'] as const;
const ORDINARY = { maxReportAgeSeconds: HOUR, frozen: false, signedBaseline: false } as const;

export const GATES = {
  'pre-upgrade': {
    steps: '1 to 11',
    question: 'may the upgrade begin?',
    inputs: ['continuity-report'],
    maxReportAgeSeconds: 24 * HOUR,
    frozen: false,
    signedBaseline: true,
  },
  'post-migration': {
    steps: '19 to 21',
    question: 'may green get traffic?',
    inputs: ['continuity-report'],
    maxReportAgeSeconds: HOUR,
    frozen: true,
    signedBaseline: true,
  },
  cutover: {
    ...ORDINARY,
    steps: '25 to 29',
    question: 'may the cutover go on?',
    inputs: ['continuity-report', ...METRICS],
  },
  'post-cutover': {
    ...ORDINARY,
    steps: '30 to 37',
    question: 'is the upgrade done?',
    inputs: ['continuity-report', 'signed-verdict', ...METRICS],
  },
  observation: {
    ...ORDINARY,
    steps: '40',
    question: 'may blue be removed?',
    inputs: ['continuity-report', 'signed-verdict', 'observation', ...METRICS],
    observedSeconds: 72 * HOUR,
  },
} as const satisfies Readonly<Record<string, GateDefinition>>;

export type GateName = keyof typeof GATES;

export const GATE_NAMES = Object.keys(GATES) as readonly GateName[];

/** The gate of that name, in the form that all have. */
export function gateNamed(name: GateName): GateDefinition {
  return GATES[name];
}

/** Whether a gate reads metrics. */
export function readsMetrics({ inputs }: GateDefinition): boolean {
  return inputs.includes('verification');
}

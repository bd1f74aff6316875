/** A decision of a gate, drawn: the headline first, then each input with what speaks for and against it. */
import { printable, printableJson } from '../../reports/printable.ts';
import type { GateDecision } from '../../runbook/cutover/decide-cutover.ts';
import type { ExitCode } from '../terminal/exit.ts';

function aboutLines({ about }: GateDecision): readonly string[] {
  if (about === null) return ['about: no report was believed'];
  const { subject, baselineSha256, baselineCapturedAt, baselineAgeSeconds, baselineSignedBy } = about;
  const age = baselineAgeSeconds === null ? 'age unknown' : `${baselineAgeSeconds} s old`;
  const signed = baselineSignedBy.length === 0 ? 'no verified signature' : `signed by ${baselineSignedBy.join(', ')}`;
  return [
    `subject ${subject === null ? 'not named' : JSON.stringify(subject)}`,
    `baseline sha256:${baselineSha256 ?? 'unknown'}, captured ${baselineCapturedAt ?? 'at an unknown time'}, ${age}, ${signed}`,
  ];
}

/** The decision as text. Line 1 is the headline. */
export function gateText(decision: GateDecision, code: ExitCode): string {
  const { headline, gate, decidedAt } = decision;
  const lines = [headline, `gate ${gate}, decided at ${decidedAt}`, ...aboutLines(decision), ''];
  for (const input of decision.inputs) {
    lines.push(`${input.input}: ${input.decision}; value ${input.value ?? 'none'}, limit ${input.limit}`);
    lines.push(...input.why.map((reason) => `  - ${reason}`), `  from ${input.source}`);
  }
  lines.push('', `Exit code ${code}`);
  return lines.map((line) => `${printable(line)}\n`).join('');
}

/** The decision as JSON, safe on a terminal. */
export function gateJson(decision: GateDecision): string {
  return `${printableJson(JSON.stringify(decision, null, 2))}\n`;
}

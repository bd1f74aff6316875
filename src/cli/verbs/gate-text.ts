/** A decision of a gate, drawn: the headline first, then each input with what speaks for and against it. */
import { printable, printableJson } from '../../reports/printable.ts';
import type { GateDecision } from '../../runbook/cutover/decide-cutover.ts';
import type { ExitCode } from '../exit-code.ts';

/** The decision as text. Line 1 is the headline. */
export function gateText(decision: GateDecision, code: ExitCode): string {
  const lines = [decision.headline, `gate ${decision.gate}, decided at ${decision.decidedAt}`, ''];
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

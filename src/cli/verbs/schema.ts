import { defineVerb, list, value } from '../options/define.ts';
import { notEmpty, oneOf } from '../options/readers.ts';
import type { ExitCode } from '../terminal/exit.ts';
import { type Output, planOutputs, writeOutputs } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

const NAMES = ['snapshot', 'record', 'report', 'report-line', 'audit-report', 'migration'] as const;

export interface SchemaArguments {
  /** Which one; all of them, by name, if undefined. */
  readonly name: (typeof NAMES)[number] | undefined;
  readonly outputs: readonly Output[];
}

export const verb = defineVerb({
  name: 'schema',
  summary: 'JSON Schemas of snapshot, record and report',
  description:
    'Prints the JSON Schema of a snapshot, a record, the report, a line of it, the audit report or a migration; all without an argument.',
  arguments: { name: value('<name>', NAMES.join(', '), oneOf(NAMES)) },
  options: {
    output: list('<file>', 'write to a file', notEmpty, { writes: 'report' }),
    format: value('<format>', 'json: there is no other', oneOf(['json'])),
  },
  example: 'schema report --output report.schema.json',
  request: ({ output = [] }, { name }): SchemaArguments => ({ name, outputs: planOutputs(output, 'json', ['json']) }),
  run: printSchemas,
});

async function printSchemas({ name, outputs }: SchemaArguments, session: Session): Promise<ExitCode> {
  const { jsonSchemas } = await import('../../api/json-schemas.ts');
  const schemas = jsonSchemas();
  const text = `${JSON.stringify(name === undefined ? schemas : schemas[name], null, 2)}\n`;
  const faults = await writeOutputs(outputs, () => text, session);
  return session.ended('PASS', faults);
}

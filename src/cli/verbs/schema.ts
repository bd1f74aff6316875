/** `evidence-diff schema [snapshot|record|report|report-line|audit-report]`: the JSON Schemas of the formats. */
import { Argument, Option } from 'commander';
import { printable } from '../../reports/printable.ts';
import { each, newCommand, oneOf, type Parsed, parseWith } from '../options/command-line.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../terminal/exit.ts';
import { type Output, planOutputs, writeOutputs } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

const NAMES = ['snapshot', 'record', 'report', 'report-line', 'audit-report'] as const;

export interface SchemaArguments {
  /** Which one; all of them, by name, if undefined. */
  readonly name: (typeof NAMES)[number] | undefined;
  readonly outputs: readonly Output[];
}

const DESCRIPTION =
  'Prints the JSON Schema of a snapshot, a record, the report, a line of it or the audit report; all without an argument.';
const EPILOGUE = 'Example:\n  evidence-diff schema report --output report.schema.json';

/**
 * Reads the command line of `schema`.
 *
 * @throws UsageError if it is wrong
 */
export function parseSchema(argv: readonly string[]): Parsed<SchemaArguments> {
  const command = newCommand('schema [name] [options]', DESCRIPTION, EPILOGUE)
    .addArgument(new Argument('[name]', NAMES.join(', ')).argParser(oneOf(NAMES)))
    .addOption(new Option('--output <file>', 'write to a file; may be given more than once').argParser(each));
  return parseWith(command, argv, ({ processedArgs }) => {
    const { output = [] } = command.opts<{ output?: readonly string[] }>();
    return { name: processedArgs[0], outputs: planOutputs(output, 'json', ['json']) };
  });
}

export async function run(argv: readonly string[], session: Session): Promise<ExitCode> {
  const parsed = parseSchema(argv);
  if ('help' in parsed) {
    await session.print(parsed.help);
    return EXIT.pass;
  }
  const { name, outputs } = parsed.run;
  const { jsonSchemas } = await import('../../api/json-schemas.ts');
  const schemas = jsonSchemas();
  const text = `${JSON.stringify(name === undefined ? schemas : schemas[name], null, 2)}\n`;
  const faults = await writeOutputs(outputs, () => text, session);
  for (const fault of faults) session.complain(`${fault.kind}: ${printable(fault.message)}`);
  return exitCodeOf('PASS', faults.length === 0);
}

#!/usr/bin/env node
// Exit code 0 is earned: until a verdict was reached and written down, any way out of this process says 70.
process.exitCode = 70;

const argv = process.argv.slice(2);
let settled = false;

async function start(): Promise<void> {
  const { Secrets } = await import('./terminal/redaction.ts');
  const secrets = Secrets.of(argv, process.env);
  const { guardExit } = await import('./terminal/guard.ts');
  guardExit(secrets, () => settled);
  const { processIo } = await import('./terminal/process-io.ts');
  const { main } = await import('./main.ts');
  const code: unknown = await main(argv, processIo(secrets));
  const { EXIT, isExitCode } = await import('./terminal/exit.ts');
  process.exitCode = isExitCode(code) ? code : EXIT.internal;
  settled = true;
}

async function printVersion(): Promise<void> {
  const { VERSION } = await import('../core/version.ts');
  process.stdout.write(`${VERSION}\n`);
  process.exitCode = 0;
}

/** Also by what this process takes records, which depends on the machine. */
async function printAll(): Promise<void> {
  const { engineWords } = await import('../engine/node-engines.ts');
  process.stdout.write(`batch engine: ${engineWords()}\n`);
}

/** A broken installation lands here: Node's own answer would be 1, which means FAIL. */
function failToStart(fault: unknown): void {
  const code = process.env['EVIDENCE_DIFF_DEBUG'] && fault instanceof Error ? fault.stack : String(fault);
  process.stderr.write(`internal error: could not start: ${code}\n`);
  process.exitCode = 70;
  settled = true;
}

const [asked, ...others] = argv;
const isVersion = asked === '--version' || asked === '-V';
// Nothing else is loaded for --version: scripts ask for it often.
if (isVersion && others.length === 0) printVersion().catch(failToStart);
else if (isVersion && others.length === 1 && others[0] === '--verbose') {
  printVersion().then(printAll).catch(failToStart);
} else start().catch(failToStart);

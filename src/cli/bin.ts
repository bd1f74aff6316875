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

function print(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.once('error', reject);
    process.stdout.write(`${line}\n`, (fault) => (fault ? reject(fault) : resolve()));
  });
}

async function printVersion(): Promise<void> {
  const { VERSION } = await import('../core/version.ts');
  await print(VERSION);
}

/** Also by what this process takes records, which depends on the machine. */
async function printAll(): Promise<void> {
  const { engineWords } = await import('../engine/node-engines.ts');
  await print(`batch engine: ${engineWords()}`);
}

/** A broken installation lands here: Node's own answer would be 1, which means FAIL. */
function failToStart(fault: unknown): void {
  const code = process.env['EVIDENCE_DIFF_DEBUG'] && fault instanceof Error ? fault.stack : String(fault);
  process.stderr.write(`internal error: could not start: ${code}\n`);
  process.exitCode = 70;
  settled = true;
}

/** Whoever reads no more has what it wanted; what no disk takes is no result: Node's own answer would be 1. */
function failToPrint(fault: NodeJS.ErrnoException): void {
  process.exitCode = fault.code === 'EPIPE' ? 0 : 2;
  if (fault.code !== 'EPIPE')
    process.stderr.write(`report-write-failed: standard output: could not be written (${fault.code})\n`);
}

function endVersion(printed: Promise<void>): void {
  printed.then(
    () => {
      process.exitCode = 0;
    },
    (fault: NodeJS.ErrnoException) => (fault.syscall === 'write' ? failToPrint(fault) : failToStart(fault)),
  );
}

const [asked, ...others] = argv;
const isVersion = asked === '--version' || asked === '-V';
// Nothing else is loaded for --version: scripts ask for it often.
if (isVersion && others.length === 0) endVersion(printVersion());
else if (isVersion && others.length === 1 && others[0] === '--verbose') endVersion(printVersion().then(printAll));
else start().catch(failToStart);

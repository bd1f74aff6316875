// Writes reports in a loop until it is killed: `node writer.mjs FILE BYTES [TIMES]`. Each says how long it is and which
// it is, at its beginning and at its end, so that a part of one cannot be taken for the whole.
import { writeWhole } from '../../dist/files/write-whole-file.js';

const [file, bytes, times = 'Infinity'] = process.argv.slice(2);

async function* report(run) {
  const mark = `${process.pid}-${run}`;
  const line = `${'x'.repeat(1022)}\n`;
  yield Buffer.from(`begin ${mark}\n`);
  for (let written = 0; written < Number(bytes); written += line.length) yield Buffer.from(line);
  yield Buffer.from(`end ${mark}\n`);
}

try {
  for (let run = 0; run < Number(times); run++) {
    await writeWhole(file, report(run));
    if (run === 0) process.stdout.write('ready\n');
  }
} catch (fault) {
  process.stdout.write(`${fault.name} ${fault.kind}: ${fault.message}\n`);
  process.exitCode = 2;
}

/**
 * What the known JSON differs do of the job: both files parsed, records matched by tenant, stream and id, members
 * compared. They read no digest, follow no link and count nothing. Plain JavaScript, so that no loader is measured.
 */
import { readFileSync } from 'node:fs';

const [, , name, ...paths] = process.argv;

/** The records of a snapshot by what identifies them; the first line is the header, the last one the trailer. */
function recordsOf(path) {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(1, -1);
  return Object.fromEntries(
    lines.map((line) => {
      const record = JSON.parse(line);
      return [`${record.tenant} ${record.stream} ${record.id}`, record];
    }),
  );
}

/** How each is asked for the difference of two objects; how many differences it found shows that it did its work. */
const DIFFERS = {
  jsondiffpatch: ({ diff }, a, b) => Object.keys(diff(a, b) ?? {}).length,
  microdiff: ({ default: diff }, a, b) => diff(a, b, { cyclesFix: false }).length,
  'json-diff-ts': ({ diff }, a, b) => diff(a, b).length,
};

const [baseline, current] = paths.map(recordsOf);
console.log(DIFFERS[name](await import(name), baseline, current));

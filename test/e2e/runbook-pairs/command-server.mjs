// Runs the shipped command for what stands in for `evidence-diff` in the tests of the runbook (see ask.sh), many times in one
// process: starting node costs more than what is asked of it here. Of a case of pairs.ts it also writes down what it was
// asked, how it answered, and what the store and the baseline were at that moment.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { main } from '../../../dist/cli/main.js';

const texts = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr']) {
  process[name].write = (chunk, ...rest) => {
    texts[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    rest.find((last) => typeof last === 'function')?.();
    return true;
  };
}

const digestOf = (path) => (existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : '-');

async function answer([folder, mask, ofCase, storeUrl, ...argv]) {
  texts.stdout = '';
  texts.stderr = '';
  process.chdir(folder);
  process.umask(Number.parseInt(mask, 8));
  process.env['STORE_URL'] = storeUrl;
  const before = ofCase === '' ? '-' : digestOf(join(ofCase, 'store.ndjson'));
  const code = await main(argv);
  for (const name of ['SIGINT', 'SIGTERM']) process.removeAllListeners(name);
  for (const name of ['stdout', 'stderr']) process[name].removeAllListeners('error');
  process.exitCode = undefined;
  if (ofCase !== '') {
    const at = argv.indexOf('--baseline');
    const baseline = at < 0 ? '-' : digestOf(argv[at + 1]);
    appendFileSync(join(ofCase, 'calls.log'), `= ${code} ${before} ${baseline} ${argv.join(' ')}\n`);
  }
  return `${texts.stdout}\0${texts.stderr}\0${code}\n`;
}

let queue = Promise.resolve();
const server = createServer((socket) => {
  let asked = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    asked += chunk;
    const [count = '', ...words] = asked.split('\0');
    if (words.length <= Number(count)) return;
    queue = queue
      .then(() => answer(words.slice(0, Number(count))))
      .then((text) => socket.end(text))
      // Without an answer the stand-in ends with its own code, which no verdict has.
      .catch(() => socket.destroy());
  });
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit(0));

// Runs the shipped command for what stands in for `evidence-diff` in the tests of the runbook (see ask.sh), many times in one
// process: starting node costs more than what is asked of it here. Of a case of pairs.ts it also writes down what it was
// asked, how it answered, and what the store and the baseline were at that moment.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { main } from '../../../dist/cli/main.js';

const digestOf = (path) => (existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : '-');

async function answer([folder, mask, ofCase, storeUrl, ...argv]) {
  const texts = { stdout: [], stderr: [] };
  const io = {
    stdout: { isTerminal: false, write: async (bytes) => void texts.stdout.push(Buffer.from(bytes)) },
    stderr: { isTerminal: false, write: (text) => void texts.stderr.push(Buffer.from(text)) },
    env: { ...process.env, STORE_URL: storeUrl },
  };
  process.chdir(folder);
  process.umask(Number.parseInt(mask, 8));
  const before = ofCase === '' ? '-' : digestOf(join(ofCase, 'store.ndjson'));
  const code = await main(argv, io);
  if (ofCase !== '') {
    const at = argv.indexOf('--baseline');
    const baseline = at < 0 ? '-' : digestOf(argv[at + 1]);
    appendFileSync(join(ofCase, 'calls.log'), `= ${code} ${before} ${baseline} ${argv.join(' ')}\n`);
  }
  return `${Buffer.concat(texts.stdout)}\0${Buffer.concat(texts.stderr)}\0${code}\n`;
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

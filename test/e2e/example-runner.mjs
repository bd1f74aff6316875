// Runs the examples of the library that it is told of, one after the other, in one process: the library is loaded once.
// It answers with what an example has printed, and what it has thrown. Nobody ends it: without its parent it has nothing left
// to wait for, unless an example has left something open.
import { pathToFileURL } from 'node:url';

let printed = '';
const keep = (text) => {
  printed += typeof text === 'string' ? text : Buffer.from(text);
  return true;
};
process.stdout.write = keep;
process.stderr.write = keep;

async function answer(path) {
  printed = '';
  const thrown = await import(pathToFileURL(path).href).then(
    () => undefined,
    (fault) => String(fault?.stack ?? fault),
  );
  // What an example has not waited for is said before the next one begins.
  await new Promise((resolve) => setImmediate(resolve));
  process.send({ printed, thrown });
}

let queue = Promise.resolve();
process.on('message', (path) => {
  queue = queue.then(() => answer(path));
});

// Fault injection: the command with an engine that is broken in the way BROKEN_ENGINE names. Everything else of the
// command is the real thing.
import { register } from 'node:module';

const ENGINES = {
  'never-settles': '() => new Promise(() => {})',
  hangs: '() => { console.error("hanging"); return new Promise(() => setInterval(() => {}, 1000)); }',
  throws: 'async () => { throw new TypeError("broken \\u001b[31mengine"); }',
  // As a fault of a driver might: with all that it was called with.
  'throws-source': 'async (...given) => { throw new TypeError("cannot use " + JSON.stringify(given)); }',
  'throws-later':
    '() => { setTimeout(() => { throw new Error("too late"); }); return new Promise(() => setInterval(() => {}, 1000)); }',
  'rejects-later':
    '() => { Promise.reject(new Error("nobody looks")); return new Promise(() => setInterval(() => {}, 1000)); }',
};

// The names of functions are kept in a chunk: the real one stays, and nothing calls it.
const DECLARED = 'async function compareSnapshots(';
const hooks = `
  export async function load(url, context, next) {
    const loaded = await next(url, context);
    if (!url.includes('/dist/cli/chunks/compare-snapshots-')) return loaded;
    const parts = String(loaded.source).split(${JSON.stringify(DECLARED)});
    if (parts.length !== 2) throw new Error('the chunk of the comparison has another form');
    const source = parts.join('async function realComparison(') + ';\\nvar compareSnapshots = ' + ${JSON.stringify(ENGINES[process.env.BROKEN_ENGINE])} + ';';
    return { ...loaded, source };
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

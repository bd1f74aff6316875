// Fault injection: the command with an engine that is broken in the way BROKEN_ENGINE names. Everything else of the
// command is the real thing.
import { register } from 'node:module';

const ENGINES = {
  'never-settles': 'export const compareSnapshots = () => new Promise(() => {});',
  hangs:
    'export const compareSnapshots = () => { console.error("hanging"); return new Promise(() => setInterval(() => {}, 1000)); };',
  throws: 'export const compareSnapshots = async () => { throw new TypeError("broken \\u001b[31mengine"); };',
  // As a fault of a driver might: with all that it was called with.
  'throws-source':
    'export const compareSnapshots = async (...given) => { throw new TypeError("cannot use " + JSON.stringify(given)); };',
  'throws-later':
    'export const compareSnapshots = () => { setTimeout(() => { throw new Error("too late"); }); return new Promise(() => setInterval(() => {}, 1000)); };',
  'rejects-later':
    'export const compareSnapshots = () => { Promise.reject(new Error("nobody looks")); return new Promise(() => setInterval(() => {}, 1000)); };',
};

const hooks = `
  export async function load(url, context, next) {
    if (!url.endsWith('/dist/api/compare-snapshots.js')) return next(url, context);
    return { format: 'module', shortCircuit: true, source: ${JSON.stringify(ENGINES[process.env.BROKEN_ENGINE])} };
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

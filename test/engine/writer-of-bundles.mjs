// Exports SOURCE to TARGET, with more arguments as `resume`; prints what came of it: `node writer-of-bundles.mjs SOURCE TARGET`.
import { exportBundle } from '../../dist/index.js';

const [source, target, resume] = process.argv.slice(2);
const { verdict, findings, unfinished } = await exportBundle(source, target, { resume: resume === 'resume' });
process.stdout.write(`${verdict} ${findings[0]?.message ?? ''} ${unfinished === null ? 'nothing kept' : 'kept'}\n`);

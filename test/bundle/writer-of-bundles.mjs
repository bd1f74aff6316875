// Exports SOURCE to TARGET, with `resume` and `proofs` if they are given; prints what came of it:
// `node writer-of-bundles.mjs SOURCE TARGET [resume] [proofs]`.
import { exportBundle } from '../../dist/api/bundles.js';

const [source, target, ...options] = process.argv.slice(2);
const [resume, includeProofs] = ['resume', 'proofs'].map((option) => options.includes(option));
const { verdict, findings, unfinished } = await exportBundle(source, target, { resume, includeProofs });
process.stdout.write(`${verdict} ${findings[0]?.message ?? ''} ${unfinished === null ? 'nothing kept' : 'kept'}\n`);

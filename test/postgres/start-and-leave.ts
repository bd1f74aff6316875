/** A program that starts a server, says where it lies, and leaves in the way that its argument names. */
import { writeSync } from 'node:fs';
import { PostgresServer } from './server.ts';

const [, , way] = process.argv;
process.exitCode = 3;
const server = await PostgresServer.start();
writeSync(1, `${JSON.stringify({ folder: server.folder, url: server.url() })}\n`);
if (way === 'stop') await server.stop();
if (way === 'throw') throw new Error('on purpose');
if (way === 'kill') process.kill(process.pid, 'SIGKILL');

/** `npm run figures`: the house in figures, as JSON. */
import { houseFigures } from './house.ts';

process.stdout.write(`${JSON.stringify(houseFigures(), null, 2)}\n`);

/** `npm run option-tables`: writes the tables of options in docs/command-line.md anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { PAGE, withOptionTables } from './option-tables.ts';

writeFileSync(PAGE, await withOptionTables(readFileSync(PAGE, 'utf8')));

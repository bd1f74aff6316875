/** `npm run verifier-page`: writes docs/verify.html anew. */
import { writeFileSync } from 'node:fs';
import { makePage, PAGE } from './bundle.ts';

writeFileSync(PAGE, await makePage());

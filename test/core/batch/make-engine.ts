/** `npm run batch-engine`: makes src/core/batch/engine-bytes.ts again. */
import { writeFileSync } from 'node:fs';
import { buildEngine, ENGINE_FILE, engineModule } from './build-engine.ts';

writeFileSync(ENGINE_FILE, engineModule(await buildEngine()));

/** A source of which a part was read before is for all else the source itself. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ResumableSource } from '../../src/core/audit/evidence-source.ts';
import type { Checkpoint } from '../../src/engine/checkpoint.ts';
import { ResumedSource } from '../../src/engine/resume-capture.ts';
import { temporaryFolder } from '../temporary-folder.ts';

it('says of itself what the source says', async () => {
  const journal = join(temporaryFolder(), 'journal');
  writeFileSync(journal, '');
  const bytes = new Uint8Array([1, 2, 3]);
  const says = { name: 'live', bytes, start: 1, end: 2, trailer: {}, bytesRead: 7, bytesTotal: 8, recordsTotal: 9 };
  const live = { ...says, close: async () => undefined } as unknown as ResumableSource;
  const checkpoint = { streams: [], journalBytes: 0 } as unknown as Checkpoint;
  const resumed = new ResumedSource(live, checkpoint, journal);
  for (const name of Object.keys(says) as (keyof typeof says)[])
    expect([name, resumed[name]]).toEqual([name, says[name]]);
  expect(resumed.trailer).toBe(live.trailer);
  await resumed.close();
});

/** A source that is closed while it is opened lets go of what it has opened. */
import { expect, it, vi } from 'vitest';
import { openCapture } from '../../../src/sources/postgres/open-capture.ts';
import { PostgresSource } from '../../../src/sources/postgres/postgres-source.ts';

vi.mock('../../../src/sources/postgres/open-capture.ts');

it('and is not read', async () => {
  const close = vi.fn();
  const source = new PostgresSource('postgres://u:p@127.0.0.1/d', {} as never);
  vi.mocked(openCapture).mockImplementation(async () => {
    await source.close();
    return { close, header: {} } as never;
  });
  await expect(source.open()).rejects.toMatchObject({ kind: 'interrupted', reason: 'closed while it was opened' });
  expect(close).toHaveBeenCalledTimes(1);
});

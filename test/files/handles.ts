/** The open files of this process, so that a test can put a disk in their place that fails, or does things by halves. */
import { type FileHandle, open } from 'node:fs/promises';

/** What all open files have their methods from: for `vi.spyOn`. */
export async function prototypeOfHandles(): Promise<FileHandle> {
  const handle = await open('/dev/null');
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}

/** The methods as they are called here, whose bytes come and go at an offset. */
export interface ByteCalls {
  read: (to: Uint8Array, at: number, length: number, from: number | null) => Promise<{ bytesRead: number }>;
  write: (from: Uint8Array, at: number, length: number, to: number | null) => Promise<{ bytesWritten: number }>;
}

/** The same prototype as the code under test calls it. */
export async function byteCalls(): Promise<ByteCalls> {
  return (await prototypeOfHandles()) as unknown as ByteCalls;
}

export function failing(code: string): Error {
  return Object.assign(new Error(code), { code });
}

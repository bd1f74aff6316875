/** Builds the engine of src/core/batch/assembly with the AssemblyScript compiler: the same bytes for the same source. */
export const SOURCE = 'src/core/batch/assembly/batch.ts';
export const ENGINE_FILE = 'src/core/batch/engine-bytes.ts';

const OPTIONS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--enable', 'bulk-memory'];

/** @throws Error with what the compiler says, where it does not compile */
export async function buildEngine(): Promise<Uint8Array> {
  // Loaded when it is needed: that alone takes a second.
  const { main } = await import('assemblyscript/asc');
  let built: Uint8Array | undefined;
  const { error, stderr } = await main([SOURCE, ...OPTIONS, '--outFile', 'engine.wasm'], {
    writeFile: (_name, contents) => {
      if (contents instanceof Uint8Array) built = contents;
    },
  });
  if (error !== null || built === undefined) throw new Error(`the engine was not built: ${stderr.toString()}`);
  return built;
}

/** The module that holds `bytes`: 100 characters of base64 a line. */
export function engineModule(bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,100}/g);
  const text = (lines ?? []).map((line) => `  '${line}',`).join('\n');
  return [
    '/** The engine as WebAssembly, in base64: made of assembly/ by `npm run batch-engine`, and held to it by a test. */',
    'export const ENGINE_BYTES: string = [',
    text,
    "].join('');",
    '',
  ].join('\n');
}

/** Manifests held against the types of Kubernetes by the compiler. */
import ts from 'typescript';
import type { Published } from './published.ts';

/** A part of a manifest, and what it must be. */
export type Part = readonly [kind: keyof Published, value: unknown];

/** Beside this file, so that the types are found; it is never written. */
const FILE = new URL('checked-manifest.ts', import.meta.url).pathname;
const TYPES = new URL('published.ts', import.meta.url).pathname;

/** Literals, since of these alone the compiler says that they have a member too many. */
function sourceOf(parts: readonly Part[]): string {
  const all = parts.map(([kind, value], at) => `const part${at}: Published['${kind}'] = ${JSON.stringify(value)};`);
  return [`import type { Published } from './published.ts';`, ...all].join('\n');
}

/** What was read for one call is there for the next. */
const read = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says of `parts`, a sentence each; nothing where they are what they must be. Without the types it says that. */
export function faultsOf(parts: readonly Part[]): readonly string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  const text = sourceOf(parts);
  host.fileExists = (path) => path === FILE || fileExists(path);
  host.getSourceFile = (path, version) => {
    if (path === FILE) return ts.createSourceFile(path, text, version);
    if (!read.has(path)) read.set(path, getSourceFile(path, version));
    return read.get(path);
  };
  const program = ts.createProgram([FILE], options, host);
  const files = [FILE, TYPES].map((path) => program.getSourceFile(path));
  const said = files.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  return said.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

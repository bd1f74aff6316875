/** Manifests held against the types of Kubernetes, as they were published with its API, by the compiler. */
import type { Job } from 'kubernetes-types/batch/v1.js';
import type { Container, PersistentVolumeClaim, PodSecurityContext, Volume } from 'kubernetes-types/core/v1.js';
import ts from 'typescript';

/** What a part of a manifest can be held against. */
export interface Published {
  readonly Job: Job;
  readonly Container: Container;
  readonly PersistentVolumeClaim: PersistentVolumeClaim;
  readonly PodSecurityContext: PodSecurityContext;
  readonly Volume: Volume;
}

/** A part of a manifest, and what it must be. */
export type Part = readonly [kind: keyof Published, value: unknown];

/** Beside this file, so that the types are found; it is never written. */
const FILE = new URL('checked-manifest.ts', import.meta.url).pathname;

/** Literals, since of these alone the compiler says that they have a member too many. */
function sourceOf(parts: readonly Part[]): string {
  const all = parts.map(([kind, value], at) => `const part${at}: Published['${kind}'] = ${JSON.stringify(value)};`);
  return [`import type { Published } from './published-types.ts';`, ...all].join('\n');
}

/** What the compiler says of `parts`, a sentence each; nothing where they are what they must be. */
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
  host.getSourceFile = (path, version, ...rest) =>
    path === FILE ? ts.createSourceFile(path, text, version) : getSourceFile(path, version, ...rest);
  const program = ts.createProgram([FILE], options, host);
  const file = program.getSourceFile(FILE);
  const said = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return said.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

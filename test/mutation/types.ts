/** What TypeScript refuses is no break that could be committed: such mutants are left out of the count. */
import { join } from 'node:path';
import ts from 'typescript';

/** Says whether the project refuses `text` as its file `file`; one language service for all, so that it stays warm. */
export function typeChecker(project: string): (file: string, text: string) => boolean {
  const unreadable = (fault: ts.Diagnostic): never => {
    throw new Error(ts.flattenDiagnosticMessageText(fault.messageText, ' '));
  };
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: unreadable };
  const config = ts.getParsedCommandLineOfConfigFile(join(project, 'tsconfig.json'), {}, host);
  if (config === undefined) throw new Error('tsconfig.json is not read');
  const changed = new Map<string, { readonly version: number; readonly text: string | undefined }>();
  const service = ts.createLanguageService({
    getScriptFileNames: () => config.fileNames,
    getScriptVersion: (path) => String(changed.get(path)?.version ?? 0),
    getScriptSnapshot: (path) => {
      const text = changed.get(path)?.text ?? ts.sys.readFile(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => project,
    getCompilationSettings: () => config.options,
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  let version = 0;
  return (file, text) => {
    const path = join(project, file);
    changed.set(path, { version: ++version, text });
    const refused = service.getSyntacticDiagnostics(path).length + service.getSemanticDiagnostics(path).length > 0;
    changed.set(path, { version: ++version, text: undefined });
    return refused;
  };
}

/**
 * One warm vitest: transforms stay cached, and every run has a worker of its own, so that constants of modules are read
 * anew. Started by tests.ts, which kills it with all its workers where a mutant does not come to an end.
 */
import { join, relative } from 'node:path';
import { BaseSequencer, createVitest, type TestModule, type TestSpecification } from 'vitest/node';

/** Files to run one after the other, until one of their tests fails. */
export interface Run {
  readonly mutant: number;
  readonly files: readonly string[];
  /** Where the code that was run writes which mutants it has in it. */
  readonly hits?: string;
}

export type Told =
  | { readonly is: 'ready' }
  | { readonly is: 'file'; readonly file: string; readonly failed: string | undefined; readonly milliseconds: number }
  | { readonly is: 'done'; readonly fault: string | undefined };

class AsGiven extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files;
  }
}

const [tree = ''] = process.argv.slice(2);
const say = (told: Told): void => void process.send?.(told);

function failureOf(module: TestModule): string | undefined {
  const [failed] = module.children.allTests('failed');
  if (failed !== undefined) return failed.fullName;
  return module.state() === 'failed' ? (module.errors()[0]?.message ?? 'a hook failed') : undefined;
}

function onTestModuleEnd(module: TestModule): void {
  const { duration, collectDuration, setupDuration } = module.diagnostic();
  const milliseconds = Math.round(duration + collectDuration + setupDuration);
  say({ is: 'file', file: relative(tree, module.moduleId), failed: failureOf(module), milliseconds });
}

process.chdir(tree);
process.env['EVIDENCE_DIFF_NO_BUILD'] = '1';
const vitest = await createVitest('test', {
  config: join(tree, 'test/vitest.config.ts'),
  root: tree,
  watch: false,
  reporters: [{ onTestModuleEnd }],
  maxWorkers: 1,
  bail: 1,
  // A mutant may fill the memory: it is dead then.
  execArgv: ['--max-old-space-size=1024'],
  sequence: { sequencer: AsGiven },
  setupFiles: ['test/seed-properties.ts', 'test/mutation/spent.ts'],
});
await vitest.standalone();

process.on('message', async ({ mutant, files, hits }: Run) => {
  process.env['MUTANT'] = String(mutant);
  process.env['MUTANT_HITS'] = hits ?? '';
  // By their names and not by a search, which costs more than a small test.
  const specifications = files.map((file) => vitest.getRootProject().createSpecification(join(tree, file)));
  const isAsked = ({ moduleId }: { readonly moduleId: string }): boolean => files.includes(relative(tree, moduleId));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  // A warm vitest tells of the files of former runs too.
  const [fault] = [
    ...testModules
      .filter(isAsked)
      .map(failureOf)
      .filter((failure) => failure !== undefined),
    ...unhandledErrors.map((error) => (error instanceof Error ? error.message : String(error))),
  ];
  say({ is: 'done', fault });
});
process.on('disconnect', () => process.exit());
say({ is: 'ready' });

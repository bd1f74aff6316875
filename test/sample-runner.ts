/** Vitest's runner, which leaves out what is not in the sample (sample.ts). Of each file at least the first test is run. */
import { type RunnerTestFile, type RunnerTestSuite, TestRunner } from 'vitest';
import { isInSample } from './sample.ts';

export default class SampleRunner extends TestRunner {
  onCollected(files: RunnerTestFile[]): void {
    for (const file of files) {
      const first = firstOf(file);
      keep(file, '', (name) => name === first || isInSample(file.name, name));
    }
  }
}

function firstOf({ tasks: [first] }: RunnerTestSuite): string {
  if (first === undefined) return '';
  return first.type === 'suite' ? `${first.name} > ${firstOf(first)}` : first.name;
}

function keep(suite: RunnerTestSuite, above: string, isKept: (name: string) => boolean): void {
  suite.tasks = suite.tasks.filter((task) => {
    if (task.type === 'test') return isKept(above + task.name);
    keep(task, `${above}${task.name} > `, isKept);
    return task.tasks.length > 0;
  });
}

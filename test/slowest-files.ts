/** Names the files that took longest, and their sum, at the end of a run: what grows is seen. It judges nothing. */
import type { Reporter, TestModule } from 'vitest/node';

const NAMED = 10;

export class SlowestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (modules.length <= NAMED) return;
    const took = modules
      .map((module) => ({ name: module.relativeModuleId, seconds: module.diagnostic().duration / 1000 }))
      .toSorted((a, b) => b.seconds - a.seconds);
    const sum = took.reduce((all, { seconds }) => all + seconds, 0);
    const lines = took.slice(0, NAMED).map(({ name, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${name}`);
    process.stdout.write(`\nOf ${Math.round(sum)} s in ${took.length} files most went into\n${lines.join('\n')}\n`);
  }
}

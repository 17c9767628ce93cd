import type { Reporter, TestModule } from "vitest/node";

/**
 * Where nothing may be left out, a skipped test is a failure, since it would look like a promise that was kept.
 * Promises that an engine cannot keep are excepted; their titles, and the docs, say why.
 */
export class NoSkips implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules
      .flatMap((module) => [...module.children.allTests("skipped")])
      .filter(({ name }) => !name.includes("(skipped: "));
    if (skipped.length === 0) return;
    for (const test of skipped) console.error(`Skipped, which CI does not allow: ${test.fullName}`);
    process.exitCode = 1;
  }
}

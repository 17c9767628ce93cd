/**
 * Takes one step after the other; one that fails, as on a broken disk, does not keep the others from being taken.
 *
 * @throws the first failure, after the last step
 */
export async function doAll(steps: readonly (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

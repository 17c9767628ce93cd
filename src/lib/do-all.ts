/**
 * Does one thing after the other; one that fails, as on a broken disk, does not keep the others from being done.
 *
 * @throws the first failure, behind the last of them
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

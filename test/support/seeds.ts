/** Seeds of a test: the given ones, or the one in TEST_SEED, to see a failure again. */
export function seedsOf(seeds: readonly number[]): readonly number[] {
  const chosen = process.env["TEST_SEED"];
  return chosen === undefined ? seeds : [Number(chosen)];
}

/** Runs a test and names its seed if it fails. */
export async function withSeed(seed: number, run: (seed: number) => Promise<void>): Promise<void> {
  try {
    await run(seed);
  } catch (cause) {
    const message = Error.isError(cause) ? cause.message : String(cause);
    throw new Error(`With seed ${seed} (TEST_SEED=${seed} runs it alone): ${message}`, { cause });
  }
}

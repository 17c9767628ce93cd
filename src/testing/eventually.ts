import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits for a fact: asks again until `check` no longer throws.
 *
 * @param withinMs how long to ask at most, in ms; what the last try threw is thrown after that
 */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 20_000): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    await sleep(10);
  }
}

/**
 * Repeats a call until it takes less than so many ms. What is prompt does so at once, unless the machine stalls.
 *
 * @param call does everything once more, and gives how long it took
 */
export async function promptly(ms: number, call: () => Promise<number>): Promise<void> {
  const took: number[] = [];
  while (took.length < 5) {
    took.push(await call());
    if (Math.min(...took) < ms) return;
  }
  throw new Error(`Of calls that should take less than ${ms} ms each took ${took.join(", ")}.`);
}

/** How long a call took, in ms, and what it gave. */
export async function timed<T>(call: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const start = performance.now();
  const value = await call();
  return { ms: performance.now() - start, value };
}
